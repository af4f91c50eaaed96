/* SPDX-License-Identifier: Apache-2.0 */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static const char *const sql_of[_STMT_MAX] = {
	[STMT_BEGIN] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ADD] = "INSERT INTO record(id, time_ms, kind, pid, start_ns, exe_id, label, verdict, path, file, destination,"
		     " prompt, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[STMT_STRING_FIND] = "SELECT id FROM string WHERE text = ?1",
	[STMT_STRING_ADD] = "INSERT INTO string(text) VALUES (?1)",
	[STMT_LAST] = "SELECT ifnull(max(id), 0) FROM record",
	[STMT_REMOVE] = "DELETE FROM record WHERE id IN (SELECT id FROM record ORDER BY id LIMIT ?1) AND time_ms < ?2",
	[STMT_GET] = "SELECT json FROM record WHERE id = ?1",
	[STMT_TAINTS] = "SELECT json FROM record WHERE kind = 1 AND pid = ?1 AND start_ns = ?2 AND id < ?3"
			" ORDER BY id LIMIT ?4",
	[STMT_LATEST_START] = "SELECT start_ns FROM record WHERE kind = 1 AND pid = ?1 AND id < ?2"
			      " ORDER BY id DESC LIMIT 1",
	/* those who read the file have records with its key too */
	[STMT_FILE_SOURCE] = "SELECT json FROM record WHERE kind = 1 AND file = ?1 AND id < ?2"
			     " AND json ->> '$.source' IN ('file', 'link', 'channel') ORDER BY id DESC LIMIT ?3",
	[STMT_PROMPT] = "SELECT json FROM record WHERE kind = 4 AND prompt = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1",
	[STMT_ANSWER] = "SELECT json FROM record WHERE kind = 5 AND prompt = ?1 AND id > ?2 ORDER BY id LIMIT 1",
};
_Static_assert(RECORD_TAINT == 1 && RECORD_PROMPT == 4 && RECORD_ANSWER == 5, "kinds in sql_of and the partial indexes");

int db_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_IOERR:
		return -EIO;
	default:
		return -EINVAL;
	}
}

int db_exec(struct store *s, const char *sql)
{
	return db_errno(sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

sqlite3_stmt *db_stmt(struct store *s, enum statement which, int *ret_error)
{
	sqlite3_stmt **stmt = &s->stmt[which];

	if (!*stmt) {
		int rc = sqlite3_prepare_v3(s->db, sql_of[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);

		if (rc != SQLITE_OK) {
			*ret_error = db_errno(rc);
			return NULL;
		}
	}
	(void)sqlite3_reset(*stmt);
	(void)sqlite3_clear_bindings(*stmt);
	return *stmt;
}

int db_pragma(struct store *s, const char *name, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	char sql[64];
	int rc;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? -EINVAL : db_errno(rc);
}

void db_forget_strings(struct store *s)
{
	for (size_t i = 0; i < STRINGS_CACHED; i++) {
		free(s->strings[i].text);
		s->strings[i].text = NULL;
	}
}

int db_record(sqlite3_stmt *row, int column, struct record_owned **ret)
{
	const char *json = (const char *)sqlite3_column_text(row, column);
	int len = sqlite3_column_bytes(row, column);

	return json ? record_from_json(json, (size_t)len, ret) : -EBADMSG;
}

const char *db_file_text(const struct file_key *key, char dst[64])
{
	(void)snprintf(dst, 64, "%" PRIu32 ":%" PRIu64 ":%" PRIu32, key->dev, (uint64_t)key->ino, key->gen);
	return dst;
}

/* The directory's symbolic links resolved, the file's own left alone: the file lies where an unprivileged process can
 * write and root reads it, so SQLite is told to follow none. */
static int resolve(const char *path, char ret[PATH_MAX])
{
	_cleanup_free_ char *dir = strdup(path), *real = NULL;
	char *slash;

	if (!dir)
		return -ENOMEM;
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	real = realpath(slash ? dir : ".", NULL);
	if (!real)
		return -errno;
	slash = strrchr(path, '/');
	return snprintf(ret, PATH_MAX, "%s/%s", real, slash ? slash + 1 : path) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int open_flags(struct store *s, const char *name, int flags)
{
	int rc = sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return db_errno(rc);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_busy_timeout(s->db, 200);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 1 << 20);
	return db_exec(s, "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
}

/* SQLite would make the file with the umask's mode, and -wal and -shm follow the file's. What is wrong with it SQLite
 * will say. */
static void make_file(const char *real)
{
	_cleanup_close_ _unused_ int fd = open(real, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int store_prepare(void)
{
	unsigned char seed;
	int rc = sqlite3_initialize();

	/* The first use of the generator reads /dev/urandom, for this process and for good. */
	if (rc == SQLITE_OK)
		sqlite3_randomness(sizeof(seed), &seed);
	return db_errno(rc);
}

int store_open_write(const char *path, struct store **ret)
{
	_cleanup_(store_closep) struct store *s = calloc(1, sizeof(*s));
	char real[PATH_MAX];
	int r;

	if (!s)
		return -ENOMEM;
	r = resolve(path, real);
	if (r < 0)
		return r;
	make_file(real);
	r = open_flags(s, real, SQLITE_OPEN_READWRITE);
	if (r == 0)
		r = schema_apply(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

/* True if nobody's log lies beside the file, so that the file alone is the whole history. */
static bool no_log(const char *real)
{
	char log[PATH_MAX + 8];
	struct stat st;

	(void)snprintf(log, sizeof(log), "%s-wal", real);
	return stat(log, &st) < 0 ? errno == ENOENT : st.st_size == 0;
}

/* "file:" URI of a path, for the one option that only a URI can give. */
static void immutable_uri(struct buf *uri, const char *real)
{
	buf_adds(uri, "file:");
	for (const char *c = real; *c; c++)
		if (strchr("%?#", *c))
			buf_addf(uri, "%%%02x", (unsigned char)*c);
		else
			buf_addc(uri, *c);
	buf_adds(uri, "?immutable=1");
}

static int open_immutable(struct store *s, const char *real)
{
	_cleanup_buf_ struct buf uri = { 0 };
	int r;

	(void)sqlite3_close(s->db);
	s->db = NULL;
	immutable_uri(&uri, real);
	r = buf_error(&uri);
	if (r < 0)
		return r;
	return open_flags(s, buf_str(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

int store_open_read(const char *path, struct store **ret)
{
	_cleanup_(store_closep) struct store *s = calloc(1, sizeof(*s));
	char real[PATH_MAX];
	struct stat st;
	int r;

	if (!s)
		return -ENOMEM;
	r = resolve(path, real);
	if (r < 0)
		return r;
	if (lstat(real, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	r = open_flags(s, real, SQLITE_OPEN_READONLY);
	if (r == 0)
		r = schema_check(s);
	if (r == -EACCES && access(real, R_OK) == 0 && no_log(real)) {
		r = open_immutable(s, real);
		if (r == 0)
			r = schema_check(s);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < _STMT_MAX; i++)
		(void)sqlite3_finalize(s->stmt[i]);
	(void)sqlite3_close(s->db);
	db_forget_strings(s);
	free(s);
	return NULL;
}
