/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What /proc tells of one process (private to enrich/). Everything in it is the process's own word except pid, parent,
 * start, uid and executable.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "proctab.h"

struct procfs_process {
	pid_t ppid;
	uint64_t start_ns; /* whole clock ticks */
	uid_t uid;         /* effective */
	char comm[PROCTAB_COMM_MAX];
	char *exe;         /* owned; NULL for a kernel thread or where it may not be read */
	char *argv;        /* owned; NULL for a kernel thread */
	size_t argv_len;
};

/* `dir` is an open /proc/PID. 0; -ESRCH it is gone; -EBADMSG; -ENOMEM. */
int procfs_read(int dir, struct procfs_process *ret);
void procfs_done(struct procfs_process *p);
/* Calls fn for each process, with its directory open, until it returns < 0. That, 0, or the errno of opening `proc`. */
int procfs_each(const char *proc, int (*fn)(void *arg, pid_t pid, int dir), void *arg);
/* 1 that process is there, 0 it is not (or is another one), -errno if that cannot be said. */
int procfs_alive(const char *proc, pid_t pid, uint64_t start_ns);
