/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the history small. Removing is done in slices of a few thousand rows (some 20 ms): between two slices the
 * front drains its socket, so that the guard never finds it full.
 */
#include "db.h"

#include <errno.h>

#define SLICE_ROWS  5000
#define SLICE_BYTES (4u << 20) /* 1024 pages of SQLite's default size */
/* Interned strings nobody refers to are swept only when there are this many: the sweep reads every record. */
#define STRINGS_MAX 65536

static int remove_oldest(struct store *s, uint64_t before_ms, bool *ret_full)
{
	int r = 0, rc;
	sqlite3_stmt *q = db_stmt(s, STMT_REMOVE, &r);

	if (!q)
		return r;
	(void)sqlite3_bind_int64(q, 1, SLICE_ROWS);
	(void)sqlite3_bind_int64(q, 2, before_ms > INT64_MAX ? INT64_MAX : (int64_t)before_ms);
	rc = sqlite3_step(q);
	*ret_full = rc == SQLITE_DONE && sqlite3_changes(s->db) >= SLICE_ROWS;
	(void)sqlite3_reset(q);
	return db_errno(rc);
}

/* Bytes in use, and bytes of the file. */
static int measure(struct store *s, uint64_t *ret_used, uint64_t *ret_file)
{
	int64_t pages, free_pages, size;
	int r = db_pragma(s, "page_count", &pages);

	if (r == 0)
		r = db_pragma(s, "freelist_count", &free_pages);
	if (r == 0)
		r = db_pragma(s, "page_size", &size);
	if (r < 0)
		return r;
	*ret_used = (uint64_t)((pages - free_pages) * size);
	*ret_file = (uint64_t)(pages * size);
	return 0;
}

/* One slice towards max_bytes. Free pages are used again by new rows; the file itself shrinks only if it is too long,
 * as after the bound was lowered. */
static int retain_bytes(struct store *s, uint64_t max_bytes, bool *ret_more)
{
	uint64_t used = 0, file = 0;
	int r = measure(s, &used, &file);

	if (r < 0)
		return r;
	if (used > max_bytes) {
		bool full;

		r = remove_oldest(s, UINT64_MAX, &full);
		*ret_more |= full;
	} else if (file > max_bytes) {
		r = db_exec(s, "PRAGMA incremental_vacuum(1024)");
		*ret_more |= file > max_bytes + SLICE_BYTES;
	}
	return r;
}

static int sweep_strings(struct store *s)
{
	int64_t last = 0;
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, "SELECT count(*) FROM string", -1, &q, NULL);

	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		last = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	if (rc != SQLITE_OK || last <= STRINGS_MAX)
		return db_errno(rc);
	db_forget_strings(s);
	return db_exec(s, "DELETE FROM string WHERE id NOT IN (SELECT exe_id FROM record WHERE exe_id IS NOT NULL)");
}

int store_retain(struct store *s, const struct store_bounds *bounds, uint64_t now_ms, bool *ret_more)
{
	bool more = false;
	int r = s->writing ? -EBUSY : 0;

	if (r == 0 && bounds->max_age_ms && now_ms > bounds->max_age_ms)
		r = remove_oldest(s, now_ms - bounds->max_age_ms, &more);
	if (r == 0 && bounds->max_bytes && !more)
		r = retain_bytes(s, bounds->max_bytes, &more);
	if (r == 0 && !more)
		r = sweep_strings(s);
	if (r == 0)
		*ret_more = more;
	return r;
}
