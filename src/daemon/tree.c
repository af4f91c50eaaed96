/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process tree: what the kernel says of forks, execs and exits, and what ran before egret. The records come in one
 * ring with everything else that is decided upon, so whoever acts is known before what it does is judged.
 *
 * Failure stance: a record that does not fit into memory leaves a process whose origin is not known; its ancestors are
 * then read from /proc, and counted as lost.
 */
#include <errno.h>
#include <string.h>

#include "inside.h"

#define PATH_ROOM (EG_PATH_MAX + 1)

static const char *text_of(const char *from, size_t len, char dst[PATH_ROOM])
{
	if (!len || len >= PATH_ROOM)
		return NULL;
	memcpy(dst, from, len);
	dst[len] = 0;
	return dst;
}

int tree_open(struct guard *g)
{
	g->procs = proctab_new();
	return g->procs ? 0 : -ENOMEM;
}

/* After attaching: what starts from now on is told, so nothing falls between. */
int tree_preload(struct guard *g)
{
	return proctab_preload(g->procs, "/proc");
}

void tree_fork(struct guard *g, const struct event *e)
{
	const struct ev_fork *f = e->fork;

	if (proctab_fork(g->procs, (pid_t)f->head.tgid, f->head.start_ns, (pid_t)f->child, f->child_start_ns,
			 f->head.boot_ns) < 0)
		g->lost[LOST_PROCESSES]++;
}

void tree_exec(struct guard *g, const struct event *e)
{
	char exe[PATH_ROOM], cwd[PATH_ROOM], comm[EG_COMM_MAX + 1];
	struct process_exec x = { .pid = (pid_t)e->head->tgid, .ppid = (pid_t)e->head->ppid, .start_ns = e->head->start_ns,
				  .now_ns = e->head->boot_ns, .uid = e->head->uid, .comm = comm, .argv = e->argv,
				  .argv_len = e->argv_len, .exec_id = e->exec->exec_id };

	memcpy(comm, e->head->comm, EG_COMM_MAX);
	comm[EG_COMM_MAX] = 0;
	x.exe = text_of(e->path, e->path_len, exe);
	x.cwd = text_of(e->cwd, e->cwd_len, cwd);
	if (proctab_exec(g->procs, &x) < 0)
		g->lost[LOST_PROCESSES]++;
}

void tree_exit(struct guard *g, const struct event *e)
{
	proctab_exit(g->procs, (pid_t)e->head->tgid, e->head->start_ns, e->exit->code, e->head->boot_ns);
}
