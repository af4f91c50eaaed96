/* SPDX-License-Identifier: Apache-2.0 */
/* Editing a watchlist: only the wanted lines change, and a file that cannot be changed safely is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../../../src/policy/watchlist.h"

static char dir[64], file[96];

static int setup(void **state)
{
	(void)state;
	(void)strcpy(dir, "/tmp/egret-edit-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/watchlist.yaml", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(dir);
}

static void put(const char *text)
{
	assert_int_equal(file_write(file, text, strlen(text), 0640), 0);
}

static char *get(void)
{
	char *text = NULL;

	assert_int_equal(file_read(AT_FDCWD, file, 1 << 20, &text, NULL), 0);
	return text;
}

static void expect(const char *text)
{
	_cleanup_free_ char *found = get();

	if (!streq(found, text))
		fail_msg("expected:\n%s\nfound:\n%s", text, found);
}

static char *sample(void)
{
	_cleanup_free_ char *path = NULL;
	char *text = NULL;

	assert_true(asprintf(&path, "%s/watchlist/narc.yaml", getenv("EGRET_TEST_DATA")) > 0);
	assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, NULL), 0);
	return text;
}

/* sample() with `lines` put in before `anchor` (or at the end, anchor NULL). */
static char *sample_with(const char *anchor, const char *lines)
{
	_cleanup_free_ char *text = sample();
	size_t at = anchor ? (size_t)(strstr(text, anchor) - text) : strlen(text);
	char *out = NULL;

	assert_true(asprintf(&out, "%.*s%s%s", (int)at, text, lines, text + at) > 0);
	return out;
}

static void add_rule(const struct edit_rule *rule, char id[16])
{
	struct problem p = { 0 };

	if (watchlist_add_rule(file, rule, id, &p) < 0)
		fail_msg("%u:%u: %s", p.line, p.column, p.text);
}

static const struct edit_rule curl_to_code = {
	.kind = WATCH_NETWORK, .pattern = "github.com:443", .executable = "/usr/bin/wget", .decision = V_ALLOW,
};

static void test_rule_in_sample(void **state)
{
	_cleanup_free_ char *before = sample(), *after = NULL;
	char id[16], lines[256];

	(void)state;
	put(before);
	add_rule(&curl_to_code, id);
	(void)snprintf(lines, sizeof(lines), "      - id: %s\n        executable: /usr/bin/wget\n        decision: allow\n", id);
	after = sample_with("  # watch requests to registry.test", lines);
	expect(after);
	assert_int_equal(watchlist_remove(file, id, NULL), 0);
	expect(before);
}

/* Twice the same is once. */
static void test_rule_again(void **state)
{
	_cleanup_free_ char *before = sample(), *after = NULL;
	char id[16], again[16];

	(void)state;
	put(before);
	add_rule(&curl_to_code, id);
	after = get();
	add_rule(&curl_to_code, again);
	assert_string_equal(id, again);
	expect(after);
}

/* The entry has no rules yet. */
static void test_first_rule(void **state)
{
	_cleanup_free_ char *before = sample(), *after = NULL;
	struct edit_rule rule = { .kind = WATCH_NETWORK, .pattern = "registry.test:443", .executable = "*",
				  .decision = V_HOLD, .classes = (const char *const[]){ "npm", "pypi", NULL },
				  .until_ms = 1777665600500 };
	char id[16], lines[256];

	(void)state;
	put(before);
	add_rule(&rule, id);
	(void)snprintf(lines, sizeof(lines),
		       "    rules:\n      - id: %s\n        executable: '*'\n        decision: prompt\n"
		       "        classes: [npm, pypi]\n        until: 2026-05-01T20:00:01Z\n", id);
	after = sample_with("\nexecutables:", lines);
	expect(after);
}

static void test_new_entry(void **state)
{
	_cleanup_free_ char *before = sample(), *after = NULL, *text = NULL;
	struct edit_rule rule = { .kind = WATCH_EXECUTABLE, .pattern = "/usr/bin/socat", .resource = "10.0.0.0/8",
				  .type = RULE_NETWORK, .decision = V_DENY };
	_cleanup_watchlist_ struct watchlist *w = NULL;
	const struct wl_entry *e;
	char id[16], lines[256];

	(void)state;
	put(before);
	add_rule(&rule, id);
	assert_int_equal(watchlist_load(file, &w, NULL), 0);
	e = &w->entries[w->n_entries - 1];
	assert_string_equal(e->rules[0].rule.id, id);
	(void)snprintf(lines, sizeof(lines),
		       "  - id: %s\n    path: /usr/bin/socat\n    rules:\n      - id: %s\n        resource: 10.0.0.0/8\n"
		       "        type: network\n        decision: deny\n", e->id, id);
	after = sample_with(NULL, lines);
	expect(after);
	assert_int_equal(watchlist_remove(file, e->id, NULL), 0);
	expect(before);
}

static void test_new_file(void **state)
{
	_cleanup_free_ char *text = NULL;
	char id[16], other[16];
	struct stat st;

	(void)state;
	assert_int_equal(watchlist_add_watch(file, WATCH_FILE, "~/deploy/key", "deploy", id, NULL), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	text = get();
	assert_int_equal(text[0], '#');
	assert_non_null(strstr(text, "\nfiles:\n  - id: "));
	assert_non_null(strstr(text, "\n    path: ~/deploy/key\n    class: deploy\n"));
	assert_int_equal(watchlist_add_watch(file, WATCH_NETWORK, "*.corp.test", NULL, other, NULL), 0);
	assert_string_not_equal(id, other);
	assert_int_equal(watchlist_add_watch(file, WATCH_FILE, "~/deploy/key", "deploy", other, NULL), 0);
	assert_string_equal(id, other);
	assert_int_equal(watchlist_add_watch(file, WATCH_FILE, "~/deploy/key", "other", other, NULL), -EINVAL);
	assert_int_equal(watchlist_remove(file, id, NULL), 0);
	assert_int_equal(watchlist_remove(file, id, NULL), -ENOENT);
}

/* Layouts of the person's own, and what one watch more makes of them. ID stands for the new id. */
static const struct {
	const char *before, *after;
} layouts[] = {
	{ "files:\n- path: /a\n  note: x # why\n\n# end\n",
	  "files:\n- path: /a\n  note: x # why\n- id: ID\n  path: /new\n\n# end\n" },
	{ "files:\n    -   path: /a\n", "files:\n    -   path: /a\n    -   id: ID\n        path: /new\n" },
	{ "files:\n  - path: /a", "files:\n  - path: /a\n  - id: ID\n    path: /new\n" },
	{ "files: [] # none yet\nmode: monitor\n", "files: # none yet\n  - id: ID\n    path: /new\nmode: monitor\n" },
	{ "files: []", "files:\n  - id: ID\n    path: /new\n" },
	{ "files:\n\nmode: monitor\n", "files:\n  - id: ID\n    path: /new\n\nmode: monitor\n" },
	{ "files: ~\n", "files:\n  - id: ID\n    path: /new\n" },
	{ "mode: monitor\r\nfiles:\r\n  - path: /a\r\n", "mode: monitor\r\nfiles:\r\n  - path: /a\r\n  - id: ID\r\n    path: /new\r\n" },
	{ "mode: monitor\n", "mode: monitor\n\nfiles:\n  - id: ID\n    path: /new\n" },
	{ "mode: monitor", "mode: monitor\n\nfiles:\n  - id: ID\n    path: /new\n" },
	{ "", "files:\n  - id: ID\n    path: /new\n" },
	{ "network:\n- destination: a.test\n", "network:\n- destination: a.test\n\nfiles:\n- id: ID\n  path: /new\n" },
	{ "files:\n  - path: /a\n    note: |\n      text\n\n      more\n\nmode: monitor\n",
	  "files:\n  - path: /a\n    note: |\n      text\n\n      more\n  - id: ID\n    path: /new\n\nmode: monitor\n" },
	{ "files:\n  - {path: /a}\n", "files:\n  - {path: /a}\n  - id: ID\n    path: /new\n" },
	{ "files:\n  - path: \"/\xc3\xa9\"\n", "files:\n  - path: \"/\xc3\xa9\"\n  - id: ID\n    path: /new\n" },
};

static char *with_id(const char *text, const char *id)
{
	const char *at = strstr(text, "ID");
	char *out = NULL;

	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, id, at + 2) > 0);
	return out;
}

static void test_layouts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		_cleanup_free_ char *after = NULL;
		struct problem p = { 0 };
		struct stat st;
		char id[16];

		put(layouts[i].before);
		if (watchlist_add_watch(file, WATCH_FILE, "/new", NULL, id, &p) < 0)
			fail_msg("%s: %u:%u: %s", layouts[i].before, p.line, p.column, p.text);
		after = with_id(layouts[i].after, id);
		expect(after);
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
}

/* Refused, and the file untouched. */
static const struct {
	const char *text;
	const char *says;
} refused[] = {
	{ "files: [{path: /a}]\n", "by hand" },
	{ "{files: [{path: /a}]}\n", "by hand" },
	{ "files:\n  -\n    path: /a\n", "by hand" },
	{ "files: [\n  ]\n", "by hand" },
	{ "filez:\n", "did you mean" },
	{ "mode: monitor\n...\n", "" },
};

static void test_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		struct problem p = { 0 };
		char id[16] = "untouched";

		put(refused[i].text);
		if (watchlist_add_watch(file, WATCH_FILE, "/new", NULL, id, &p) != -EINVAL)
			fail_msg("accepted: %s", refused[i].text);
		if (!p.text[0] || !strstr(p.text, refused[i].says))
			fail_msg("%s: says %s", refused[i].text, p.text);
		assert_string_equal(id, "untouched");
		expect(refused[i].text);
	}
}

static void test_remove(void **state)
{
	static const struct {
		const char *id, *before, *after;
	} rows[] = {
		{ "b", "files:\n  # first\n  - id: a\n    path: /a\n    # kept: of a\n  # second\n  # too\n  - id: b\n    path: /b # x\n\n  # third\n"
		       "  - {id: c, path: /c}\n",
		  "files:\n  # first\n  - id: a\n    path: /a\n    # kept: of a\n\n  # third\n  - {id: c, path: /c}\n" },
		{ "c", "files:\n  - id: a\n    path: /a\n  - {id: c, path: /c}\n", "files:\n  - id: a\n    path: /a\n" },
		{ "a", "files:\n  - id: a\n    path: /a\n", "files:\n" },
		{ "r", "files:\n  - id: a\n    path: /a\n    rules:\n      # why\n      - id: r\n        executable: *\n        decision: deny\n"
		       "    note: n\n",
		  "files:\n  - id: a\n    path: /a\n    rules:\n    note: n\n" },
		{ "a", "files:\n- id: a\n  path: /a\n- path: /b\n- path: /b\n", "files:\n- path: /b\n- path: /b\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct problem p = { 0 };

		put(rows[i].before);
		if (watchlist_remove(file, rows[i].id, &p) < 0)
			fail_msg("%zu: %u:%u: %s", i, p.line, p.column, p.text);
		expect(rows[i].after);
	}
}

/* An id that was made up is as good as a written one, twins included. */
static void test_remove_made_id(void **state)
{
	_cleanup_watchlist_ struct watchlist *w = NULL;

	(void)state;
	put("files:\n  - path: /a\n  - path: /b\n  - path: /a\n");
	assert_int_equal(watchlist_load(file, &w, NULL), 0);
	assert_int_equal(watchlist_remove(file, w->entries[0].id, NULL), 0);
	expect("files:\n  - path: /b\n  - path: /a\n");
}

static void test_bad_values(void **state)
{
	const struct edit_rule rows[] = {
		{ .kind = WATCH_NETWORK, .pattern = "a.test", .executable = "x\ndecision: allow", .decision = V_DENY },
		{ .kind = WATCH_NETWORK, .pattern = "http://a.test", .executable = "*", .decision = V_DENY },
		{ .kind = WATCH_NETWORK, .pattern = "a.test", .executable = "a/b", .decision = V_DENY },
		{ .kind = WATCH_NETWORK, .pattern = "a.test", .executable = "*", .decision = V_NONE },
		{ .kind = WATCH_FILE, .pattern = "*", .executable = "*", .decision = V_DENY },
		{ .kind = WATCH_FILE, .pattern = "/a\xff", .executable = "*", .decision = V_DENY },
		{ .kind = WATCH_FILE, .pattern = "/a", .executable = "*", .decision = V_DENY,
		  .classes = (const char *const[]){ "aws", NULL } },
	};
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct problem p = { 0 };
		char id[16];

		assert_int_equal(watchlist_add_rule(file, &rows[i], id, &p), -EINVAL);
		assert_true(p.text[0]);
		assert_int_equal(stat(file, &st), -1);
	}
	put(""); /* for teardown */
}

/* What YAML would take for something else comes back as it was. */
static void test_quoting(void **state)
{
	static const char *const paths[] = { "/a b/c", "/it's", "/x: y", "/a #b", "/[a-c]*", "~/q\"r", "/\xc3\xa9", "/{a,b}" };
	size_t i;

	(void)state;
	put("files:\n");
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_watchlist_ struct watchlist *w = NULL;
		struct problem p = { 0 };
		char id[16];

		if (watchlist_add_watch(file, WATCH_FILE, paths[i], NULL, id, &p) < 0)
			fail_msg("%s: %s", paths[i], p.text);
		assert_int_equal(watchlist_load(file, &w, NULL), 0);
		assert_int_equal(w->n_entries, i + 1);
		assert_string_equal(w->entries[i].pattern, paths[i]);
	}
}

static void test_link(void **state)
{
	char target[128], id[16];
	struct problem p = { 0 };
	struct stat st;

	(void)state;
	(void)snprintf(target, sizeof(target), "%s/target", dir);
	assert_int_equal(file_write(target, "files:\n", 7, 0600), 0);
	assert_int_equal(symlink(target, file), 0);
	assert_int_equal(watchlist_add_watch(file, WATCH_FILE, "/new", NULL, id, &p), -EINVAL);
	assert_non_null(strstr(p.text, "not a regular file"));
	assert_int_equal(lstat(file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	(void)unlink(target);
}

/* As root, a user's file stays the user's. */
static void test_owner(void **state)
{
	struct stat st;
	char id[16];

	(void)state;
	put("files:\n");
	if (geteuid() != 0 || chown(file, 4321, 4322) < 0)
		skip();
	assert_int_equal(watchlist_add_watch(file, WATCH_FILE, "/new", NULL, id, NULL), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, 4321);
	assert_int_equal(st.st_gid, 4322);
}

#define EDIT_TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EDIT_TEST(test_rule_in_sample), EDIT_TEST(test_rule_again), EDIT_TEST(test_first_rule),
		EDIT_TEST(test_new_entry),	EDIT_TEST(test_new_file),   EDIT_TEST(test_layouts),
		EDIT_TEST(test_refused),	EDIT_TEST(test_remove),	    EDIT_TEST(test_remove_made_id),
		EDIT_TEST(test_bad_values),	EDIT_TEST(test_quoting),    EDIT_TEST(test_link),
		EDIT_TEST(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
