/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Who acts: one process read from /proc. Fields have the names and meanings of policy's struct subject, which borrows
 * them; the owner of a subject_info frees it with subject_info_free.
 *
 * Trust: exe comes from the kernel. script, names of scripts and comm come from the process's own memory. What makes
 * the identity doubtful clears `intact`; a doubt that cannot be resolved (unreadable, too long) counts as doubt.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SUBJECT_ANCESTORS_MAX 32 /* processes walked upwards */

struct subject_info {
	pid_t pid, ppid;
	uint64_t start_ns; /* since boot; as asked for, else to the clock tick */
	uid_t uid;         /* real */
	char *exe;         /* without " (deleted)"; NULL for kernel threads and zombies */
	char *script;      /* resolved to the end of its links where it exists; NULL if none */
	char *comm;
	char *cwd;         /* may be NULL */
	char **names;      /* NULL-terminated */
	size_t n_names;
	char **ancestors;  /* names of ancestors, nearest first, each ancestor with all its names; NULL-terminated */
	uint8_t *ancestor_of; /* for each of them, which ancestor it names: 0 = the parent; names that are only remembered count as
				 ancestors of their own, farther than all others */
	size_t n_ancestors;
	bool intact;
	const char *doubt; /* static text: what cleared `intact`; NULL if intact */
};

/* procfd: a descriptor of /proc/PID, or -1 to open it (borrowed, never closed). start_ns 0 = not compared.
 * -ESRCH: no such process, or the pid is another process now. -ENOMEM, -EACCES ... of reading /proc/PID/stat.
 * On success *ret is the caller's. */
int subject_from_proc(int procfd, pid_t pid, uint64_t start_ns, struct subject_info **ret);

/* The same for a process of the table: the image is the table's (what was executed, with which words), /proc says whether
 * it is intact. Without ancestors if the table has them. */
struct process;
int subject_from_proc_as(const struct process *known, struct subject_info **ret);

/* The same from the process table, for a process that is gone: never intact, script as it was given.
 * -ESRCH: the table does not know it. -ENOMEM. */
struct proctab;
int subject_from_table(const struct proctab *t, pid_t pid, uint64_t start_ns, struct subject_info **ret);

/* Replaces the ancestors by the table's where it saw the process come, or knows at least as many: /proc forgets parents
 * that died, the table does not. 0, or -ENOMEM with *s unchanged. */
int subject_add_lineage(struct subject_info *s, const struct proctab *t);
/* The best there is: from /proc while it lives, else from the table; with the table's lineage. Errors of both. */
int subject_look_up(const struct proctab *t, pid_t pid, uint64_t start_ns, struct subject_info **ret);

/* A process that is only spoken of, running that executable and (NULL = none) that script: its names, intact, no pid.
 * 0 or -ENOMEM. */
int subject_from_words(const char *exe, const char *script, struct subject_info **ret);

struct subject_info *subject_info_free(struct subject_info *info); /* NULL is fine; returns NULL */

/* "node (script setup.js), pid 42, in /srv/app, started by npm" into dst, escaped. 0, or -ENOBUFS if cut. */
int subject_describe(const struct subject_info *info, char *dst, size_t size);
