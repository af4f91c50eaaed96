/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Private to store/: one open database. Statements are prepared on first use and kept.
 */
#include <sqlite3.h>

#include "store.h"

enum statement {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_ADD,
	STMT_STRING_FIND,
	STMT_STRING_ADD,
	STMT_LAST,
	STMT_REMOVE,
	STMT_GET,
	STMT_TAINTS,
	STMT_LATEST_START,
	STMT_FILE_SOURCE,
	STMT_PROMPT,
	STMT_ANSWER,
	_STMT_MAX
};

/* Executables seen lately and their row in `string`: a direct-mapped cache, so bounded and without a policy. */
#define STRINGS_CACHED 1024
struct cached_string {
	char *text;
	int64_t id;
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *stmt[_STMT_MAX];
	struct cached_string strings[STRINGS_CACHED];
	bool writing; /* a transaction is open */
};

/* What an SQLite result means to us: 0 or -errno. */
int db_errno(int rc);
/* Runs SQL without results. */
int db_exec(struct store *s, const char *sql);
/* The prepared statement, reset and without bindings; NULL with *ret_error set. */
sqlite3_stmt *db_stmt(struct store *s, enum statement which, int *ret_error);
/* Value of "PRAGMA name". */
int db_pragma(struct store *s, const char *name, int64_t *ret);
/* Forgets cached string rows: after a rollback they may not exist. */
void db_forget_strings(struct store *s);
/* The record in a column of a row. */
int db_record(sqlite3_stmt *row, int column, struct record_owned **ret);
/* The key as the `file` column keeps it; returns dst. */
const char *db_file_text(const struct file_key *key, char dst[64]);

/* schema.c: checks and migrates. */
int schema_apply(struct store *s);
int schema_check(struct store *s);
