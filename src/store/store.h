/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of store/: the history of records in one SQLite file. The only folder that includes sqlite3.h.
 *
 * Owner: the front holds the one writer; any number of readers (the CLI, later the page) open the file for themselves.
 * Invariants: S1 records are only added and, oldest first, removed; never changed. S2 the numbered steps of schema.c are
 * append only; a file from a newer program is refused, not guessed at. S3 a reader never writes to the tables; the file
 * may have been written by a hostile unprivileged process, so its schema is not trusted.
 *
 * Reading while the front writes: a write-ahead log lets readers go on, but a reader must be able to write the -shm file
 * beside the database (root and its owner can). Where it cannot and no writer's log is left, the file is read as
 * immutable; where it cannot and there is a log, opening fails with -EACCES rather than showing a stale history.
 *
 * Errors: -ENOENT no such history; -EACCES; -EUCLEAN not a database or damaged; -EPROTONOSUPPORT made by a newer egret;
 * -ENOSPC the disk (or a quota) is full; -EIO; -EBUSY another writer; -EEXIST the id is taken; -ENOMEM.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../event/event.h"

#define STORE_FILE "history.db" /* in the state directory */

struct store;

/* What the writer needs from outside its directory (random seeds): to be called before the process confines itself. */
int store_prepare(void);
/* Opens for writing; makes the file (0600) and brings an older one up to date. *ret is the caller's (store_close). */
int store_open_write(const char *path, struct store **ret);
/* Opens for reading. *ret is the caller's (store_close). */
int store_open_read(const char *path, struct store **ret);
struct store *store_close(struct store *s); /* rolls back what was not committed; NULL is fine; returns NULL */
DEFINE_CLEANUP(struct store *, store_close)

/* --- writing ----------------------------------------------------------------------------------------- */

/* Adds one record; `json` is what record_json wrote for it. The first one opens a transaction. After -EEXIST the others
 * of the transaction stand; after any other error call store_rollback. */
int store_add(struct store *s, const struct record *r, const char *json, size_t len);
/* Ends the transaction, if one is open. After an error nothing of it is kept and none is open. */
int store_commit(struct store *s);
void store_rollback(struct store *s);
/* The greatest id, 0 when empty. */
int store_last_id(struct store *s, uint64_t *ret);

struct store_bounds {
	uint64_t max_age_ms; /* 0 = no bound */
	uint64_t max_bytes;  /* of the database file without its log; 0 = no bound */
};
/* Removes a slice of what is too old or too much, so that the caller is never away long; *ret_more says to come back.
 * Not inside a transaction. */
int store_retain(struct store *s, const struct store_bounds *bounds, uint64_t now_ms, bool *ret_more);

/* --- reading ----------------------------------------------------------------------------------------- */

/* Everything zero or NULL selects everything. */
struct store_filter {
	uint64_t since_ms, until_ms; /* since <= time < until */
	uint32_t kinds;		     /* RECORD_BIT of each; 0 = all */
	const char *exe;	     /* part of the executable's path, ASCII case ignored */
	const char *class_name;	     /* carries that class */
	const char *verdict;
	uint32_t pid;
	uint64_t after_id; /* only greater ids */
	uint64_t limit;	   /* the newest so many that match */
	bool newest_first; /* order of delivery */
};
/* Called for each record; borrowed for the call. Not 0 ends the query, which returns it. */
typedef int (*store_visit)(void *user, const struct record *r, const char *json, size_t len);
/* Rows that are no record this program can read are skipped and counted in *ret_skipped (may be NULL). */
int store_query(struct store *s, const struct store_filter *f, store_visit visit, void *user, uint64_t *ret_skipped);
/* One record; -ESRCH if there is none. *ret is the caller's (record_owned_free). */
int store_get(struct store *s, uint64_t id, struct record_owned **ret);

/* --- explaining -------------------------------------------------------------------------------------- */

enum why_role {
	WHY_SUBJECT, /* the record that is explained */
	WHY_PROMPT,  /* the question it waited for */
	WHY_ANSWER,  /* and who answered it */
	WHY_CAUSE,   /* how the step above it came by its classes */
	WHY_GAP,     /* the history does not say; `classes` tells what is unexplained */
};
#define WHY_STEPS_MAX 256
#define WHY_DEPTH_MAX 32

struct why_step {
	enum why_role role;
	unsigned level;		     /* 0 the subject; causes stand under what they explain */
	struct record_owned *record; /* NULL for WHY_GAP */
	char *classes;		     /* WHY_GAP: names, comma separated; NULL = unknown */
	uint32_t pid;		     /* WHY_GAP: whose */
};
struct why {
	struct why_step steps[WHY_STEPS_MAX];
	size_t n_steps;
	bool truncated; /* there is more than a person would read: bounded by depth or number of steps */
};
/* Explains a record: how its process came to carry what it carries, back to the reads of watched files. -ESRCH if there
 * is no such record. *ret is the caller's (why_free). */
int store_why(struct store *s, uint64_t id, struct why **ret);
struct why *why_free(struct why *w); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(struct why *, why_free)
