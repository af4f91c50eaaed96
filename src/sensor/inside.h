/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the files of sensor/ share: the struct behind the door. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "progs.h"
#include "sensor.h"

#define PROGS_MAX 64

struct prog_state {
	struct bpf_link *link;
	bool loaded;
	char why[SENSOR_WHY_MAX]; /* not loaded or not attached */
};

/* refusal.c: who was refused and the verifier's last words. */
struct refusal {
	char prog[32], words[128];
};

struct sensor {
	struct egret_bpf *skel;
	struct bpf_object *obj;
	enum coverage coverage;
	char why_reduced[SENSOR_WHY_MAX];
	bool quiet; /* no libbpf messages */
	char pin_dir[256]; /* "" = none */
	bool inherited;
	int cgroup_fd;
	struct prog_state progs[PROGS_MAX];
	struct sensor_flow flow; /* scratch for sensor_flow */
	struct ring_buffer *decisions, *telemetry;
	sensor_record_fn fn;
	void *user;
	uint64_t swept; /* live.sweep when last looked */
	unsigned budget; /* telemetry records still to hand out in this drain */
	int map_config, map_live, map_stats, map_procs, map_makers, map_files, map_chans, map_gates, map_verdicts, map_advance;
	int map_dfa, map_bytes, map_starts, map_rules, map_subjects, map_sets, map_resolvers, map_askers;
	struct live *live; /* mapped */
};

/* load.c */
const struct prog_row *prog_row(size_t i);
struct bpf_program *prog_of(const struct sensor *s, size_t i);
/* refusal.c: libbpf's complaints go to *r (may be NULL) and, when debugging and not quiet, to stderr. */
void refusal_listen(struct refusal *r, bool quiet);
/* maps.c: file descriptors of all maps; -ENOENT if the object lacks one. */
int maps_find(struct sensor *s);
void maps_done(struct sensor *s);
/* pin.c */
int pins_prepare(struct sensor *s);               /* before load: pin paths of maps, taking over what is there */
int pins_maps(struct sensor *s);                  /* after load */
int pins_links(struct sensor *s);                 /* after attach: new links pinned, old ones dropped */
/* cgroup.c: that cgroup, or for NULL the v2 root wherever it is mounted (hybrid layouts too); fd or -errno. */
int cgroup_open(const char *path);
