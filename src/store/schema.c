/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables and how they came to be. Step i brings a file from version i to i + 1 (PRAGMA user_version); steps that were
 * released are never edited.
 *
 * Ids grow with time, so the row order is the time order and no index on time is needed. Text indexes cost ten times
 * the write rate: executables are interned, and the other indexes are partial, over the rare rows that questions ask for.
 */
#include "db.h"

#include <errno.h>

static const char *const steps[] = {
	"CREATE TABLE string(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE record("
	"  id INTEGER PRIMARY KEY,"
	"  time_ms INTEGER NOT NULL,"
	"  kind INTEGER NOT NULL,"
	"  pid INTEGER,"
	"  start_ns INTEGER,"
	"  exe_id INTEGER,"   /* string.id */
	"  label INTEGER,"    /* the 64 bits, as signed */
	"  verdict TEXT,"
	"  path TEXT,"
	"  file TEXT,"	      /* dev:ino:gen */
	"  destination TEXT,"
	"  prompt INTEGER,"
	"  json TEXT NOT NULL" /* the whole record */
	") STRICT;"
	"CREATE INDEX record_verdict ON record(verdict, id) WHERE verdict IS NOT NULL;"
	"CREATE INDEX record_taint ON record(pid, start_ns) WHERE kind = 1;"
	"CREATE INDEX record_file ON record(file) WHERE kind = 1 AND file IS NOT NULL;"
	"CREATE INDEX record_prompt ON record(prompt) WHERE prompt IS NOT NULL;",
};

#define VERSION ((int64_t)ARRAY_SIZE(steps))

static int apply_step(struct store *s, int64_t version)
{
	char done[64];
	int r = db_exec(s, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	(void)snprintf(done, sizeof(done), "PRAGMA user_version = %d; COMMIT", (int)version + 1);
	r = db_exec(s, steps[version]);
	if (r == 0)
		r = db_exec(s, done);
	if (r < 0)
		(void)db_exec(s, "ROLLBACK");
	return r;
}

/* auto_vacuum must be set before the first table; the rest holds for this connection. NORMAL loses the last batches at
 * a power cut and never the file; the history is not worth an fsync per batch. */
static int tune(struct store *s)
{
	return db_exec(s, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			  "PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16384");
}

int schema_apply(struct store *s)
{
	int64_t version;
	int r = tune(s);

	if (r == 0)
		r = db_pragma(s, "user_version", &version);
	if (r < 0)
		return r;
	if (version < 0 || version > VERSION)
		return -EPROTONOSUPPORT;
	for (; version < VERSION; version++) {
		r = apply_step(s, version);
		if (r < 0)
			return r;
	}
	return 0;
}

int schema_check(struct store *s)
{
	int64_t version;
	int r = db_pragma(s, "user_version", &version);

	if (r < 0)
		return r;
	if (version == 0)
		return -ENOENT; /* made a moment ago, or never finished: nothing in it */
	/* Readers of version n cannot ask an older file for newer columns; the daemon's next start migrates it. */
	return version == VERSION ? db_exec(s, "PRAGMA query_only = ON") : -EPROTONOSUPPORT;
}
