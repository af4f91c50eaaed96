/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of sensor/: load, attach, pin and drain the kernel half; the only folder that includes libbpf.
 *
 * Order of life: sensor_open (load what this kernel takes) -> fill the maps -> sensor_attach -> sensor_adopt ->
 * sensor_drain from the loop -> sensor_close. With a pin directory the maps and links outlive the process: the next
 * sensor_open takes the maps over, attaches its own links and only then drops the old ones, so there is no gap.
 *
 * Owner: the guard. Invariants: S1 nothing else writes eg_config; S2 decisions are drained before telemetry;
 * S3 a failing optional program costs one flow and is listed (sensor_uncovered), a failing required one fails the load.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../abi/dfa.h"
#include "../../abi/event.h"
#include "../../abi/state.h"
#include "../../abi/stats.h"
#include "../base/base.h"

enum coverage { COVERAGE_NONE, COVERAGE_REDUCED, COVERAGE_FULL };
const char *coverage_name(enum coverage c);

struct sensor;

struct sensor_options {
	enum coverage at_most; /* COVERAGE_FULL to try everything */
	const char *pin_dir;   /* inside a bpffs; NULL = nothing outlives us */
	const char *cgroup;    /* directory of a cgroup v2: only its processes' sockets are gated; NULL = the root, all */
	bool quiet;            /* no libbpf messages */
};

/* Finds out what the kernel takes and loads it. On failure *ret is untouched, *problem says why in one sentence.
 * -EPERM without privileges, -ENOSYS when even the reduced coverage cannot be loaded. */
int sensor_open(const struct sensor_options *o, struct sensor **ret, struct problem *problem);
/* Detaches what is not pinned. NULL is fine; returns NULL. */
struct sensor *sensor_close(struct sensor *s);

enum coverage sensor_coverage(const struct sensor *s);
/* Why coverage is not full: one sentence, "" if it is. */
const char *sensor_why_reduced(const struct sensor *s);
/* True if maps of an earlier guard were taken over (its labels live on). */
bool sensor_inherited(const struct sensor *s);

#define SENSOR_WHY_MAX 256

/* One row of what is covered. */
struct sensor_flow {
	const char *flow;    /* what a person calls it: "pipe reads of blocked readers" */
	const char *program; /* the program that would cover it */
	bool covered;
	uint32_t verified;   /* instructions the verifier went through; 0 = not loaded */
	char why[SENSOR_WHY_MAX]; /* not covered: reason */
};
/* Row i, or NULL beyond the last. */
const struct sensor_flow *sensor_flow(const struct sensor *s, size_t i);

/* Attaches all loaded programs and pins them. Old pins are dropped afterwards. */
int sensor_attach(struct sensor *s, struct problem *problem);
/* Takes in processes, files and sockets that exist (iterators, run twice: see bpf/adopt.bpf.c). */
int sensor_adopt(struct sensor *s);
/* Marks the watched ones among the files that this process holds open with O_PATH: no other guard sees a read. */
int sensor_mark(struct sensor *s);
/* Looks for shared memory under the kernel's locks as long as the kernel half asks for it (see bpf/shared.bpf.c). */
int sensor_sweep(struct sensor *s);
/* Removes every pin under dir: protection ends there. */
int sensor_unpin(const char *dir);
/* True if a guard's pins are there. */
bool sensor_pinned(const char *dir);
/* A bpffs directory for pins: under /sys/fs/bpf if mounted, else a private bpffs mounted at <runtime_dir>/bpf. */
int sensor_pin_dir(const char *runtime_dir, char *dst, size_t size);

/* --- records up -------------------------------------------------------------------------------------- */

typedef int (*sensor_record_fn)(void *user, const void *data, size_t len); /* 0; data lives until it returns */
void sensor_on_record(struct sensor *s, sensor_record_fn fn, void *user);
/* File descriptors to poll: decisions and telemetry. */
int sensor_decision_fd(const struct sensor *s);
int sensor_telemetry_fd(const struct sensor *s);
/* Hands out a record for each process (EV_HERE) or for each connection that a process holds (EV_CONNECT). */
enum sensor_census { CENSUS_TASKS, CENSUS_SOCKETS };
int sensor_census(struct sensor *s, enum sensor_census what);
/* Hands out what is there: all decisions; at most `max` telemetry records. Number handed out or -errno. */
int sensor_drain_decisions(struct sensor *s);
int sensor_drain_telemetry(struct sensor *s, unsigned max);

/* --- maps down --------------------------------------------------------------------------------------- */

int sensor_config_get(struct sensor *s, struct config *ret);
int sensor_config_set(struct sensor *s, const struct config *c);

/* One automaton into the half that is not in force; the caller then sets config.half. starts: absolute states. */
struct sensor_automaton {
	const struct dfa_row *rows;
	size_t n_rows;
	const struct dfa_classes *classes;
	const struct dfa_dev *devs; /* .half filled here */
	const uint32_t *starts;
	size_t n_starts;
	const struct file_rules *rules;
	size_t n_rules;
};
int sensor_automaton_write(struct sensor *s, unsigned half, const struct sensor_automaton *a);

int sensor_verdict_set(struct sensor *s, const struct flow_key *k, const struct flow_verdict *v);
int sensor_advance_set(struct sensor *s, const struct advance_key *k, const struct flow_verdict *v);
/* Where the guard's resolver listens in a network namespace; NULL = nowhere. */
int sensor_resolver_set(struct sensor *s, uint64_t netns, const struct resolver_ports *r);
void sensor_resolvers_clear(struct sensor *s); /* an earlier guard's */
/* Who sent a redirected query, and to whom it was meant to go. */
int sensor_asker_get(struct sensor *s, const struct asker_key *k, struct asker *ret);
int sensor_gate_get(struct sensor *s, uint64_t cookie, struct gate *ret);
int sensor_proc_get(struct sensor *s, uint32_t tgid, struct proc *ret);
int sensor_proc_set(struct sensor *s, uint32_t tgid, const struct proc *p); /* counts it as alive if new */
int sensor_proc_del(struct sensor *s, uint32_t tgid);
/* Names a labelled process a maker (abi/state.h) for as long as it is the same process and carries no more than that. */
int sensor_maker_set(struct sensor *s, uint32_t tgid, const struct maker *m);
int sensor_file_get(struct sensor *s, const struct file_key *k, struct file_label *ret);
int sensor_file_set(struct sensor *s, const struct file_key *k, const struct file_label *l);
int sensor_file_del(struct sensor *s, const struct file_key *k);

int sensor_subject_set(struct sensor *s, uint32_t tgid, const struct subject_state *st);
int sensor_set_put(struct sensor *s, const struct set_key *k, const struct set_entry *e);
int sensor_set_del(struct sensor *s, const struct set_key *k);
/* An EV_DNS record was dealt with: what it says of addresses is in the sets. */
void sensor_dns_done(struct sensor *s);
/* Drains the decisions and makes the counters of EV_DNS agree again. */
void sensor_dns_settle(struct sensor *s);

enum sensor_map { SENSOR_PROCS, SENSOR_FILES, SENSOR_CHANS, SENSOR_GATES, SENSOR_VERDICTS, SENSOR_SETS };
/* Calls fn for every entry; stops at a non-zero return and returns it. Entries may be deleted by fn. */
int sensor_walk(struct sensor *s, enum sensor_map map, int (*fn)(void *user, const void *key, const void *value),
		void *user);
size_t sensor_count(struct sensor *s, enum sensor_map map);
int sensor_del(struct sensor *s, enum sensor_map map, const void *key);

/* Sums of the per-CPU counters. */
void sensor_stats(struct sensor *s, uint64_t ret[ST_MAX]);
const char *stat_name(unsigned which);  /* "held", "lost-telemetry" ... */
bool stat_is_loss(unsigned which);
