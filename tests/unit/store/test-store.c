/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <sqlite3.h>
#include <sys/wait.h>

static const char *const aws[] = { "aws", NULL };
static const char *const npm[] = { "npm", NULL };

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	place_make(p);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	place_remove(*state);
	free(*state);
	return 0;
}

static struct store *writer(const struct place *p)
{
	struct store *s = NULL;

	assert_int_equal(store_open_write(p->path, &s), 0);
	return s;
}

static struct store *reader(const struct place *p)
{
	struct store *s = NULL;

	assert_int_equal(store_open_read(p->path, &s), 0);
	return s;
}

/* Ten records: odd ids are flows of node with aws, even ones execs of bash; ids 9 and 10 are denied flows of curl. */
static void fill(const struct place *p)
{
	_cleanup_(store_closep) struct store *s = writer(p);

	for (uint64_t id = 1; id <= 10; id++) {
		struct record r = { .id = id, .time_ms = 1000 * id, .pid = (uint32_t)(100 + id) };

		if (id > 8) {
			r.kind = RECORD_FLOW, r.exe = "/usr/bin/Curl", r.classes = npm, r.label = 2, r.verdict = "deny";
		} else if (id % 2) {
			r.kind = RECORD_FLOW, r.exe = "/usr/bin/node", r.classes = aws, r.label = 1, r.verdict = "allow";
		} else {
			r.kind = RECORD_EXEC, r.exe = "/usr/bin/bash";
		}
		assert_int_equal(add(s, &r), 0);
	}
	assert_int_equal(store_commit(s), 0);
}

struct ids {
	char text[256];
	unsigned stop_after, n;
};

static int note_id(void *user, const struct record *r, const char *json, size_t len)
{
	struct ids *ids = user;
	size_t at = strlen(ids->text);

	assert_true(len > 2 && json[0] == '{' && json[len - 1] == '}');
	(void)snprintf(ids->text + at, sizeof(ids->text) - at, "%s%" PRIu64, at ? " " : "", r->id);
	return ++ids->n == ids->stop_after ? 42 : 0;
}

static void expect(struct store *s, const struct store_filter *f, const char *wanted)
{
	struct ids ids = { 0 };

	assert_int_equal(store_query(s, f, note_id, &ids, NULL), 0);
	assert_string_equal(ids.text, wanted);
}

static void filters_select(void **state)
{
	_cleanup_(store_closep) struct store *s = NULL;
	struct ids stopped = { .stop_after = 2 };

	fill(*state);
	s = reader(*state);
#define EXPECT(wanted, ...) expect(s, &(struct store_filter){ __VA_ARGS__ }, wanted)
	EXPECT("1 2 3 4 5 6 7 8 9 10", 0);
	EXPECT("10 9 8 7 6 5 4 3 2 1", .newest_first = true);
	EXPECT("9 10", .limit = 2);
	EXPECT("10 9", .limit = 2, .newest_first = true);
	EXPECT("3 4 5", .since_ms = 3000, .until_ms = 6000);
	EXPECT("2 4 6 8", .kinds = RECORD_BIT(RECORD_EXEC));
	EXPECT("1 2 3 4 5 6 7 8 9 10", .kinds = RECORD_BIT(RECORD_EXEC) | RECORD_BIT(RECORD_FLOW));
	EXPECT("9 10", .exe = "bin/cURL");
	EXPECT("", .exe = "%");
	EXPECT("1 3 5 7", .class_name = "aws");
	EXPECT("", .class_name = "aw");
	EXPECT("9 10", .verdict = "deny");
	EXPECT("4", .pid = 104);
	EXPECT("9 10", .after_id = 8);
	EXPECT("7", .class_name = "aws", .verdict = "allow", .exe = "node", .limit = 1);
	assert_int_equal(store_query(s, &(struct store_filter){ 0 }, note_id, &stopped, NULL), 42);
	assert_string_equal(stopped.text, "1 2");
}

static void ids_are_unique(void **state)
{
	_cleanup_(store_closep) struct store *s = NULL;
	struct record r = { .id = 10, .time_ms = 1, .kind = RECORD_SYSTEM };
	uint64_t last;

	fill(*state);
	s = writer(*state);
	assert_int_equal(store_last_id(s, &last), 0);
	assert_int_equal(last, 10);
	assert_int_equal(add(s, &(struct record){ .id = 11, .time_ms = 1, .kind = RECORD_SYSTEM }), 0);
	assert_int_equal(add(s, &r), -EEXIST);
	r.id = 0;
	assert_int_equal(add(s, &r), -EINVAL);
	assert_int_equal(store_commit(s), 0);
	expect(s, &(struct store_filter){ .after_id = 9 }, "10 11");
}

static void rollback_keeps_nothing(void **state)
{
	_cleanup_(store_closep) struct store *s = writer(*state);
	struct record r = { .id = 1, .time_ms = 1, .kind = RECORD_EXEC, .exe = "/bin/true" };

	assert_int_equal(add(s, &r), 0);
	store_rollback(s);
	expect(s, &(struct store_filter){ 0 }, "");
	/* the interned name went with it: adding again must not point at a row that is gone */
	assert_int_equal(add(s, &r), 0);
	assert_int_equal(store_commit(s), 0);
	expect(s, &(struct store_filter){ .exe = "true" }, "1");
}

static void readers_see_commits_while_writing(void **state)
{
	_cleanup_(store_closep) struct store *w = writer(*state), *r = reader(*state);

	assert_int_equal(add(w, &(struct record){ .id = 1, .time_ms = 1, .kind = RECORD_SYSTEM }), 0);
	expect(r, &(struct store_filter){ 0 }, "");
	assert_int_equal(store_commit(w), 0);
	expect(r, &(struct store_filter){ 0 }, "1");
}

static void run_sql(const struct place *p, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void foreign_files_are_refused(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;

	assert_int_equal(store_open_read(p->path, &s), -ENOENT);
	assert_int_equal(file_write(p->path, "not a database, but long enough to look at, is it not", 53, 0600), 0);
	assert_int_equal(store_open_read(p->path, &s), -EUCLEAN);
	assert_int_equal(store_open_write(p->path, &s), -EUCLEAN);
	assert_int_equal(unlink(p->path), 0);
	fill(p);
	run_sql(p, "PRAGMA user_version = 1000");
	assert_int_equal(store_open_read(p->path, &s), -EPROTONOSUPPORT);
	assert_int_equal(store_open_write(p->path, &s), -EPROTONOSUPPORT);
	assert_null(s);
}

static void links_are_not_followed(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	char other[128];

	(void)snprintf(other, sizeof(other), "%s/other.db", p->dir);
	fill(p);
	assert_int_equal(rename(p->path, other), 0);
	assert_int_equal(symlink(other, p->path), 0);
	assert_int_equal(store_open_read(p->path, &s), -EACCES);
	assert_int_equal(store_open_write(p->path, &s), -EACCES);
}

static void unreadable_rows_are_counted(void **state)
{
	_cleanup_(store_closep) struct store *s = NULL;
	struct ids ids = { 0 };
	uint64_t skipped = 0;

	fill(*state);
	run_sql(*state, "UPDATE record SET json = '{\"id\":3,\"kind\":\"of a later time\"}' WHERE id = 3");
	s = reader(*state);
	assert_int_equal(store_query(s, &(struct store_filter){ .until_ms = 5000 }, note_id, &ids, &skipped), 0);
	assert_string_equal(ids.text, "1 2 4");
	assert_int_equal(skipped, 1);
}

/* As a user who may read but not write: in a child, because there is no way back from setuid. */
static int read_as_nobody(const struct place *p)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct store *s = NULL;
		struct ids ids = { 0 };
		int r;

		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		r = store_open_read(p->path, &s);
		if (r == 0)
			r = store_query(s, &(struct store_filter){ .after_id = 8 }, note_id, &ids, NULL);
		_exit(r < 0 ? -r : streq(ids.text, "9 10") ? 0 : 98);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void read_only_places_can_be_read(void **state)
{
	struct place *p = *state;
	char log[128];

	fill(p);
	assert_int_equal(chmod(p->path, 0444), 0);
	assert_int_equal(chmod(p->above, 0755), 0);
	assert_int_equal(chmod(p->dir, 0555), 0);
	assert_int_equal(read_as_nobody(p), 0);
	/* a log nobody can look into may hold newer records: refuse rather than show a stale history */
	assert_int_equal(chmod(p->dir, 0755), 0);
	(void)snprintf(log, sizeof(log), "%s-wal", p->path);
	assert_int_equal(file_write(log, "x", 1, 0600), 0);
	assert_int_equal(chmod(p->dir, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(read_as_nobody(p), -EACCES);
	assert_int_equal(chmod(p->dir, 0700), 0);
}

static void old_records_go(void **state)
{
	_cleanup_(store_closep) struct store *s = NULL;
	const struct store_bounds bounds = { .max_age_ms = 4000 };
	bool more = true;

	fill(*state);
	s = writer(*state);
	assert_int_equal(store_retain(s, &bounds, 10000, &more), 0);
	assert_false(more);
	expect(s, &(struct store_filter){ 0 }, "6 7 8 9 10");
}

static uint64_t file_size(const struct place *p)
{
	struct stat st;

	assert_int_equal(stat(p->path, &st), 0);
	return (uint64_t)st.st_size;
}

static void the_size_is_bounded(void **state)
{
	_cleanup_(store_closep) struct store *s = writer(*state);
	const struct store_bounds bounds = { .max_bytes = 1 << 20 };
	char text[400];
	uint64_t last;
	bool more = true;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (uint64_t id = 1; id <= 12000; id++) {
		struct record r = { .id = id, .time_ms = id, .kind = RECORD_SYSTEM, .text = text };

		assert_int_equal(add(s, &r), 0);
	}
	assert_int_equal(store_retain(s, &bounds, 1, &more), -EBUSY);
	assert_int_equal(store_commit(s), 0);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(store_retain(s, &bounds, 1, &more), 0);
	assert_false(more);
	assert_int_equal(store_last_id(s, &last), 0);
	s = store_close(s); /* checkpoints: the file is as long as it will be */
	assert_true(file_size(*state) <= bounds.max_bytes);
	assert_true(file_size(*state) < 12000 * sizeof(text));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(filters_select), T(ids_are_unique), T(rollback_keeps_nothing), T(readers_see_commits_while_writing),
		T(foreign_files_are_refused), T(links_are_not_followed), T(unreadable_rows_are_counted),
		T(read_only_places_can_be_read), T(old_records_go), T(the_size_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
