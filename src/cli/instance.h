/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The guard that was started in a runtime directory, as far as files tell: egret.pid for people and scripts, run.json for
 * `egret stop`. Both are written when the guard enforces and removed when it ends by itself: what is still there afterwards
 * tells of one that was killed.
 */
#include "cli.h"

#define INSTANCE_LOG "egret.log" /* messages of a guard in the background, in the runtime directory */

struct instance {
	pid_t pid, front;
	uint64_t start; /* clock ticks since boot: with pid its identity */
	uint64_t since_ms;
	bool enforce, tree;
	char *coverage, *report; /* report: the report file, NULL = none */
};

/* 0, or -errno after which neither file is there. */
int instance_write(const struct cli *c, const struct instance *i);
void instance_remove(const struct cli *c);
/* The same for one that was killed: its socket too. */
void instance_forget(const struct cli *c);
/* -ENOENT: none; -EPERM: made by another user, so not to be believed; -EBADMSG. To be given to instance_done. */
int instance_read(const struct cli *c, struct instance *ret);
void instance_done(struct instance *i);
#define _cleanup_instance_ _cleanup_(instance_done)

/* Start of a process in clock ticks since boot; 0 if there is none. */
uint64_t process_start(pid_t pid);
/* True while the very process of that instance lives. */
bool instance_alive(const struct instance *i);
/* Waits for the end of a process; false if it still lives after that time. */
bool process_wait(pid_t pid, uint64_t start, unsigned ms);
/* True if a guard of ours left something attached there. */
bool instance_left(const struct cli *c);
/* Removes what a killed guard left attached; *ret_found says whether anything was. -errno. */
int instance_detach(const struct cli *c, bool *ret_found);
