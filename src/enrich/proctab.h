/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The processes of this machine as events tell them: who started whom, with what. Outlives the processes themselves, so
 * that what a short-lived one did can still be explained.
 *
 * Owner: the guard has one table, filled from /proc at start and by exec, fork and exit events afterwards. Invariants:
 * T1 a process is (pid, start); start times are CLOCK_BOOTTIME nanoseconds, compared in clock ticks (process_same_start);
 * T2 the parent is whoever forked it and is never rewritten: being adopted by init or a subreaper hides nobody's origin;
 * T3 a parent started no later than its child, so walking up ends, even over reused pids;
 * T4 at most PROCTAB_MAX entries; dead ones go first, oldest first;
 * T5 what an ancestor was called is never forgotten while a descendant lives (forebears.h): neither by its death nor by
 * its exec, however often somebody forks to get away from it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	PROCTAB_MAX = 65536,
	PROCTAB_DEAD_MAX = 16384,
	PROCTAB_GRACE_S = 600, /* how long a dead process is remembered */
	PROCTAB_ARGV_MAX = 1024,
	PROCTAB_PATH_MAX = 4096,
	PROCTAB_COMM_MAX = 16, /* TASK_COMM_LEN */
	PROCTAB_DEPTH_MAX = 64, /* ancestors walked */
};

/* Strings are owned by the table and live until its next change. */
struct process {
	pid_t pid, ppid;        /* ppid 0: none, or not known */
	uint64_t start_ns, parent_start_ns;
	uid_t uid;
	const char *exe;        /* NULL = not known */
	const char *script;     /* of an interpreter, NULL = none */
	const char *argv;       /* argv_len bytes, each argument with its NUL; the last one may be cut but has a NUL */
	size_t argv_len;
	const char *cwd;        /* at the last exec; NULL = not known */
	uint32_t exec_id;       /* which image (task->self_exec_id); 0 = not known */
	bool rooted;            /* the fork was seen, or it was there at start: its ancestors are known */
	char comm[PROCTAB_COMM_MAX];
	uint64_t exec_ns;       /* 0 = never seen to exec */
	uint64_t exit_ns;       /* 0 = alive */
	int exit_code;          /* wait status */
};

struct proctab_stats {
	size_t live, dead;
	uint64_t evicted; /* dead entries given up before their time */
	uint64_t refused; /* new processes not taken: the table was full of live ones */
};

struct proctab;
struct proctab *proctab_new(void); /* NULL: no memory */
struct proctab *proctab_free(struct proctab *t);

/* Start times of one process told by the kernel half (nanoseconds) and by /proc/PID/stat (clock ticks, rounded down) are
 * the same within a tick. No pid comes round again that fast. */
static inline bool process_same_start(uint64_t a, uint64_t b)
{
	return a / 10000000 == b / 10000000; /* USER_HZ is 100 on every Linux that runs BPF */
}

/* Reads all processes there are from the procfs at `proc` ("/proc"). Processes that vanish meanwhile are left out. Known
 * ones are not changed. 0 or -errno. */
int proctab_preload(struct proctab *t, const char *proc);
/* Marks as dead what procfs does not know any more (exit events can be lost). Returns how many, or -errno. */
int proctab_sweep(struct proctab *t, const char *proc, uint64_t now_ns);

/* The child starts as a copy of its parent. An unknown parent is fine: the link is kept. 0, -ENOMEM, -ENOSPC. */
int proctab_fork(struct proctab *t, pid_t parent, uint64_t parent_start_ns, pid_t child, uint64_t child_start_ns,
		 uint64_t now_ns);
/* Which image a process runs (it changes with every exec), where the event or an iterator told. */
void proctab_set_exec_id(struct proctab *t, pid_t pid, uint64_t start_ns, uint32_t exec_id);

/* What exec changes; all borrowed for the call, NULL = not known. ppid is used only for a process never seen before. */
struct process_exec {
	pid_t pid, ppid;
	uint64_t start_ns, now_ns;
	uid_t uid;
	const char *exe, *script, *comm, *cwd;
	const char *argv;
	size_t argv_len;
	uint32_t exec_id;
};
int proctab_exec(struct proctab *t, const struct process_exec *e); /* 0, -ENOMEM, -ENOSPC */

/* Unknown processes are ignored; exiting twice too. */
void proctab_exit(struct proctab *t, pid_t pid, uint64_t start_ns, int code, uint64_t now_ns);

/* start_ns 0 = the live process with that pid. NULL if there is none. */
const struct process *proctab_find(const struct proctab *t, pid_t pid, uint64_t start_ns);
/* NULL: none, or not known any more. */
const struct process *proctab_parent(const struct proctab *t, const struct process *p);
/* Ancestors, nearest first, at most min(max, PROCTAB_DEPTH_MAX). Returns how many. */
size_t proctab_ancestors(const struct proctab *t, const struct process *p, const struct process **ret, size_t max);
/* Calls fn for each process that lives. */
void proctab_each(const struct proctab *t, void (*fn)(void *user, const struct process *p), void *user);
void proctab_get_stats(const struct proctab *t, struct proctab_stats *ret);
