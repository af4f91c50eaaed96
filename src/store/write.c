/* SPDX-License-Identifier: Apache-2.0 */
#include "db.h"

#include <errno.h>
#include <string.h>

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* Row of a text in `string`; adds it. */
static int string_row(struct store *s, const char *text, int64_t *ret)
{
	int r = 0, rc;
	sqlite3_stmt *q = db_stmt(s, STMT_STRING_FIND, &r);

	if (!q)
		return r;
	(void)sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(q, 0);
	(void)sqlite3_reset(q);
	if (rc != SQLITE_DONE)
		return db_errno(rc);
	q = db_stmt(s, STMT_STRING_ADD, &r);
	if (!q)
		return r;
	(void)sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	*ret = sqlite3_last_insert_rowid(s->db);
	(void)sqlite3_reset(q);
	return db_errno(rc);
}

static int intern(struct store *s, const char *text, int64_t *ret)
{
	struct cached_string *c = &s->strings[hash(text) % STRINGS_CACHED];
	int64_t id = 0;
	int r;

	if (c->text && streq(c->text, text)) {
		*ret = c->id;
		return 0;
	}
	r = string_row(s, text, &id);
	if (r < 0)
		return r;
	free(c->text);
	c->text = strdup(text); /* NULL only means a slower next time */
	c->id = id;
	*ret = id;
	return 0;
}

static void bind_number(sqlite3_stmt *q, int at, uint64_t v)
{
	if (v)
		(void)sqlite3_bind_int64(q, at, (int64_t)v);
}

static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
	if (text)
		(void)sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

static int add_row(struct store *s, const struct record *r, int64_t exe_id, const char *json, size_t len)
{
	int error = 0, rc;
	sqlite3_stmt *q = db_stmt(s, STMT_ADD, &error);
	char file[64];

	if (!q)
		return error;
	(void)sqlite3_bind_int64(q, 1, (int64_t)r->id);
	(void)sqlite3_bind_int64(q, 2, (int64_t)r->time_ms);
	(void)sqlite3_bind_int64(q, 3, (int64_t)r->kind);
	bind_number(q, 4, r->pid);
	bind_number(q, 5, r->start_ns);
	bind_number(q, 6, (uint64_t)exe_id);
	bind_number(q, 7, r->label);
	bind_text(q, 8, r->verdict);
	bind_text(q, 9, r->path);
	if (r->file.ino)
		bind_text(q, 10, db_file_text(&r->file, file));
	bind_text(q, 11, r->destination);
	bind_number(q, 12, r->prompt);
	(void)sqlite3_bind_text64(q, 13, json, len, SQLITE_STATIC, SQLITE_UTF8);
	rc = sqlite3_step(q);
	(void)sqlite3_reset(q);
	return db_errno(rc);
}

static int step_once(struct store *s, enum statement which)
{
	int r = 0, rc;
	sqlite3_stmt *q = db_stmt(s, which, &r);

	if (!q)
		return r;
	rc = sqlite3_step(q);
	(void)sqlite3_reset(q);
	return db_errno(rc);
}

int store_add(struct store *s, const struct record *r, const char *json, size_t len)
{
	int64_t exe_id = 0;
	int error;

	if (r->id == 0 || r->id > INT64_MAX || r->time_ms > INT64_MAX)
		return -EINVAL;
	if (!s->writing) {
		error = step_once(s, STMT_BEGIN);
		if (error < 0)
			return error;
		s->writing = true;
	}
	if (r->exe) {
		error = intern(s, r->exe, &exe_id);
		if (error < 0)
			return error;
	}
	return add_row(s, r, exe_id, json, len);
}

int store_commit(struct store *s)
{
	int r;

	if (!s->writing)
		return 0;
	r = step_once(s, STMT_COMMIT);
	if (r < 0)
		store_rollback(s);
	s->writing = false;
	return r;
}

void store_rollback(struct store *s)
{
	/* SQLite rolls back by itself on a full disk: an error here only says that it did. */
	if (s->writing && !sqlite3_get_autocommit(s->db))
		(void)db_exec(s, "ROLLBACK");
	s->writing = false;
	db_forget_strings(s);
}

int store_last_id(struct store *s, uint64_t *ret)
{
	int r = 0, rc;
	sqlite3_stmt *q = db_stmt(s, STMT_LAST, &r);

	if (!q)
		return r;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*ret = (uint64_t)sqlite3_column_int64(q, 0);
	(void)sqlite3_reset(q);
	return db_errno(rc);
}
