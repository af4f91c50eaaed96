/* SPDX-License-Identifier: Apache-2.0 */
#include "db.h"

#include <errno.h>
#include <string.h>

/* A condition is in the statement only when it is asked for; values are bound by name, never pasted. */
static void build_where(struct buf *sql, const struct store_filter *f)
{
	buf_adds(sql, "SELECT id, json FROM record WHERE id > :after");
	if (f->since_ms)
		buf_adds(sql, " AND time_ms >= :since");
	if (f->until_ms)
		buf_adds(sql, " AND time_ms < :until");
	if (f->kinds)
		buf_adds(sql, " AND (:kinds >> kind) & 1");
	if (f->pid)
		buf_adds(sql, " AND pid = :pid");
	if (f->verdict)
		buf_adds(sql, " AND verdict = :verdict");
	if (f->exe)
		buf_adds(sql, " AND exe_id IN (SELECT id FROM string WHERE instr(lower(text), lower(:exe)))");
	/* Bits of a label change their meaning with the policy: classes are compared by name. */
	if (f->class_name)
		buf_adds(sql, " AND label IS NOT NULL AND EXISTS"
			      " (SELECT 1 FROM json_each(record.json, '$.classes') WHERE value = :class)");
}

static void build_query(struct buf *sql, const struct store_filter *f)
{
	if (f->limit && !f->newest_first)
		buf_adds(sql, "SELECT * FROM (");
	build_where(sql, f);
	if (f->limit)
		buf_adds(sql, " ORDER BY id DESC LIMIT :limit");
	if (f->limit && !f->newest_first)
		buf_adds(sql, ") ORDER BY id");
	else if (!f->limit)
		buf_adds(sql, f->newest_first ? " ORDER BY id DESC" : " ORDER BY id");
}

static void bind_number(sqlite3_stmt *q, const char *name, uint64_t v)
{
	int at = sqlite3_bind_parameter_index(q, name);

	if (at)
		(void)sqlite3_bind_int64(q, at, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

static void bind_text(sqlite3_stmt *q, const char *name, const char *text)
{
	int at = sqlite3_bind_parameter_index(q, name);

	if (at)
		(void)sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

static void bind_filter(sqlite3_stmt *q, const struct store_filter *f)
{
	bind_number(q, ":after", f->after_id);
	bind_number(q, ":since", f->since_ms);
	bind_number(q, ":until", f->until_ms);
	bind_number(q, ":kinds", f->kinds);
	bind_number(q, ":pid", f->pid);
	bind_number(q, ":limit", f->limit);
	bind_text(q, ":verdict", f->verdict);
	bind_text(q, ":exe", f->exe);
	bind_text(q, ":class", f->class_name);
}

static int visit_row(sqlite3_stmt *q, store_visit visit, void *user, uint64_t *skipped)
{
	_cleanup_(record_owned_freep) struct record_owned *o = NULL;
	int r = db_record(q, 1, &o);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		(*skipped)++;
		return 0;
	}
	return visit(user, record_of(o), (const char *)sqlite3_column_text(q, 1), (size_t)sqlite3_column_bytes(q, 1));
}

static int run_query(sqlite3_stmt *q, store_visit visit, void *user, uint64_t *skipped)
{
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = visit_row(q, visit, user, skipped);

		if (r)
			return r;
	}
	return db_errno(rc);
}

int store_query(struct store *s, const struct store_filter *f, store_visit visit, void *user, uint64_t *ret_skipped)
{
	_cleanup_buf_ struct buf sql = { 0 };
	sqlite3_stmt *q = NULL;
	uint64_t skipped = 0;
	int r;

	build_query(&sql, f);
	r = buf_error(&sql);
	if (r == 0)
		r = db_errno(sqlite3_prepare_v2(s->db, buf_str(&sql), -1, &q, NULL));
	if (r < 0)
		return r;
	bind_filter(q, f);
	r = run_query(q, visit, user, &skipped);
	(void)sqlite3_finalize(q);
	if (r >= 0 && ret_skipped)
		*ret_skipped = skipped;
	return r;
}

int store_get(struct store *s, uint64_t id, struct record_owned **ret)
{
	int r = 0, rc;
	sqlite3_stmt *q = db_stmt(s, STMT_GET, &r);

	if (!q)
		return r;
	if (id > INT64_MAX)
		return -ESRCH;
	(void)sqlite3_bind_int64(q, 1, (int64_t)id);
	rc = sqlite3_step(q);
	r = rc == SQLITE_ROW ? db_record(q, 0, ret) : rc == SQLITE_DONE ? -ESRCH : db_errno(rc);
	(void)sqlite3_reset(q);
	return r;
}
