/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The guard: the privileged process, one thread, one loop. It loads the kernel half, decides, releases and asks.
 * No disk (the front writes the history), no HTTP, no text from outside but the files of policy.
 *
 * Owner: `egret start` and `egret run` make one. Its parts are private to daemon/; pipeline.c is the only file that
 * knows all stages. Invariants: G1 every held flow is in exactly one place: flows (waiting) or decided; G2 an answer by
 * nobody denies once and is never stored; G3 records reach the front or are counted as lost.
 */
#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "../act/act.h"
#include "../enrich/enrich.h"
#include "../event/event.h"
#include "../ipc/ipc.h"
#include "../policy/policy.h"
#include "../sensor/sensor.h"

/* What to do with a flow that no rule, home or mode decides. */
enum unknown { UNKNOWN_HOLD, UNKNOWN_DENY, UNKNOWN_ALLOW };

struct guard_options {
	const char *state_dir, *runtime_dir;
	struct policy_sources sources;
	int mode;             /* MODE_*, or -1: as the files say */
	enum unknown unknown;
	const char *cgroup;   /* only the sockets of processes in this cgroup v2 are gated; NULL = all */
	uint64_t ask_ms;      /* how long a question stands; then it is denied once */
	bool tree;            /* guard only the tree added with guard_add_tree */
	bool keep;            /* pin: enforcement outlives the process */
	bool history;         /* start a front */
	int report_fd;        /* the open report file, written by the front; 0: none. Stays the caller's */
	bool control;         /* serve the control socket */
	bool any_coverage;    /* enforce even if coverage is reduced */
	uid_t owner;          /* who may answer */
	void (*on_record)(void *user, const struct record *r); /* may be NULL */
	void *user;
};

struct guard;

/* Everything up to "enforcing". On failure *ret is untouched and *problem says why. */
int guard_open(const struct guard_options *o, sd_event *loop, struct guard **ret, struct problem *problem);
/* Ends protection unless `keep` was set and leave is true. NULL is fine; returns NULL. */
struct guard *guard_close(struct guard *g, bool leave);
/* Puts a process (and all it forks from now on) under a tree guard. */
int guard_add_tree(struct guard *g, pid_t pid);
/* True when no process of the tree is left. */
bool guard_tree_empty(struct guard *g);
/* The front's pid, 0 if there is none. */
pid_t guard_front(const struct guard *g);
/* Reads the files again; on failure the old rules stay and *problem says why. */
int guard_reload(struct guard *g, struct problem *problem);
/* Would a guard on this machine take these files? Reads and compiles them; *problem says what is wrong. */
int guard_check(const struct policy_sources *sources, struct problem *problem);
/* Handles whatever is waiting, without blocking: before a summary is made. */
void guard_drain(struct guard *g);
enum coverage guard_coverage(const struct guard *g);
const struct policy *guard_policy(const struct guard *g);
struct sensor *guard_sensor(const struct guard *g); /* for its coverage table */
