/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a watchlist: what every form means, and that every mistake is one sentence at its place. */
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/policy/ids.h"
#include "../../../src/policy/watchlist.h"
#include "../../../src/policy/when.h"

static struct policy *load(const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct problem problem = { 0 };
	struct policy *p = NULL;

	assert_true(asprintf(&path, "%s/watchlist/%s", getenv("EGRET_TEST_DATA"), name) > 0);
	if (policy_load(&(struct policy_sources){ .watchlist = path, .watchlist_required = true }, &p, &problem) < 0)
		fail_msg("%s:%u:%u: %s", name, problem.line, problem.column, problem.text);
	return p;
}

static int parse(const char *text, struct watchlist **ret, struct problem *p)
{
	return watchlist_parse("w.yaml", text, strlen(text), ret, p);
}

static const struct rule *rule_by_id(const struct policy *p, const char *id)
{
	uint32_t i;

	for (i = 1; policy_rule(p, i); i++)
		if (streq(policy_rule(p, i)->id, id))
			return policy_rule(p, i);
	fail_msg("no rule %s", id);
	return NULL;
}

static void test_sample(void **state)
{
	struct policy *p = load("narc.yaml");
	static const struct {
		const char *id, *exe, *resource;
		enum rule_type type;
		enum verdict decision;
		unsigned rank, line;
	} rows[] = {
		{ "1", "*", "~/.aws/credentials", RULE_FILE, V_DENY, 0, 10 },
		{ "2", "*", "/home/victor/.config/gcloud/*", RULE_FILE, V_DENY, 0, 18 },
		{ "3", "/home/victor/bin/google-cloud-sdk/platform/bundledpythonunix/bin/python3",
		  "/home/victor/.config/gcloud/*", RULE_FILE, V_ALLOW, 3, 21 },
		{ "e268d5b0", "/usr/bin/curl", "github.com:443", RULE_NETWORK, V_DENY, 3, 30 },
		{ "4b9a912e", "/usr/bin/nc", "*", RULE_NETWORK, V_DENY, 3, 42 },
		{ "7833ce9a", "/usr/bin/cat", "/tmp/1.txt", RULE_FILE, V_DENY, 3, 51 },
	};
	size_t i;

	(void)state;
	assert_int_equal(p->n_watches, 7);
	assert_int_equal(p->n_rules, ARRAY_SIZE(rows));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct rule *r = rule_by_id(p, rows[i].id);

		assert_string_equal(r->executable, rows[i].exe);
		assert_string_equal(r->resource, rows[i].resource);
		assert_int_equal(r->type, rows[i].type);
		assert_int_equal(r->decision, rows[i].decision);
		assert_int_equal(r->exe_rank, rows[i].rank);
		assert_int_equal(r->line, rows[i].line);
		assert_true(r->enabled);
		assert_int_equal(r->number, i + 1);
	}
	/* An entry that only denies still taints whoever gets at the file. */
	assert_int_equal(policy_watch(p, 2)->class_bit, policy_class_bit(p, "watched"));
	assert_int_equal(policy_watch(p, 4)->class_bit, -1);
	assert_int_equal(policy_watch(p, 3)->n_rules, 2);
	assert_null(policy_watch(p, 8));
	assert_null(policy_rule(p, 0));
	assert_true(p->has_network_rules);
	policy_free(p);
}

static void test_extensions(void **state)
{
	struct policy *p = load("extended.yaml");
	char text[64];

	(void)state;
	assert_false(p->enforce);
	assert_int_equal(p->n_classes, 3);
	assert_string_equal(policy_label_text(p, 5, text, sizeof(text)), "deploy, watched");
	assert_string_equal(policy_label_text(p, 7, text, 9), "deplo...");
	assert_string_equal(policy_label_text(p, 0, text, sizeof(text)), "");
	assert_int_equal(rule_by_id(p, "limited")->class_mask, 3);
	assert_int_equal(rule_by_id(p, "limited")->until_ms, 1777665600000ull);
	assert_int_equal(rule_by_id(p, "ask")->decision, V_HOLD);
	assert_false(rule_by_id(p, "ask")->enabled);
	assert_int_equal(rule_by_id(p, "script")->exe_rank, 2);
	assert_int_equal(rule_by_id(p, "name")->exe_rank, 1);
	assert_int_equal(rule_by_id(p, "glob")->exe_rank, 2);
	assert_string_equal(rule_by_id(p, "every file")->resource, "/**");
	policy_free(p);
}

/* Forms in which '*' stands alone, and forms in which it must not be touched. */
static void test_bare_star(void **state)
{
	static const struct {
		const char *line, *executable;
	} rows[] = {
		{ "executable: *", "*" },     { "executable:   *  # all", "*" }, { "executable: '*'", "*" },
		{ "executable: \"*\"", "*" }, { "executable:\n          *", "*" }, { "executable: '*' # *", "*" },
		{ "note: |\n          a: *\n        executable: x", "x" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_watchlist_ struct watchlist *w = NULL;
		struct problem p = { 0 };
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "files:\n  - path: /a\n    rules:\n      - decision: deny\n        %s\n", rows[i].line);
		if (parse(text, &w, &p) < 0)
			fail_msg("%s: %u:%u: %s", rows[i].line, p.line, p.column, p.text);
		assert_string_equal(w->entries[0].rules[0].rule.executable, rows[i].executable);
	}
}

#define RULE "files:\n  - path: /a\n    rules:\n      - {executable: x, decision: deny, "

static const struct {
	const char *text;
	unsigned line, column;
	const char *says; /* part of the sentence */
} mistakes[] = {
	{ "filez: []\n", 1, 1, "'filez' is not a key of a watchlist; did you mean 'files'?" },
	{ "files:\n  - path: /a\n    rulez: 1\n", 3, 5, "did you mean 'rules'? Known: id, path, class, rules, note" },
	{ "files:\n  - pfad: /a\n", 2, 5, "known: id" },
	{ "files:\n  - id: 1\n", 2, 5, "without 'path'" },
	{ "files:\n  - path: a/b\n", 2, 11, "" },
	{ "files:\n  - path:\n", 2, 9, "this is nothing" },
	{ "files:\n  path: /a\n", 2, 3, "must be a list" },
	{ "files: 3\n", 1, 8, "must be a list" },
	{ "network:\n  - destination: http://a.test/\n", 2, 18, "URL" },
	{ "network:\n  - destination: a.test\n    class: x\n", 3, 5, "'class' is not a key of a network entry" },
	{ "executables:\n  - path: bin/nc\n", 2, 11, "not an executable" },
	{ "executables:\n  - path: ~/nc\n", 2, 11, "'~'" },
	{ "executables:\n  - path: 'python3:'\n", 2, 11, "interpreter:script" },
	{ "executables:\n  - path: nc\n    rules:\n      - {type: file, decision: deny}\n", 4, 9, "without 'resource'" },
	{ "executables:\n  - path: nc\n    rules:\n      - {resource: '*', decision: deny}\n", 4, 9, "without 'type'" },
	{ "executables:\n  - path: nc\n    rules:\n      - {resource: /a, type: file, decision: deny, classes: [x]}\n", 4, 61,
	  "a file rule has none" },
	{ "executables:\n  - path: nc\n    rules:\n      - {resource: /a, type: network, decision: deny}\n", 4, 20, "" },
	{ RULE "enabled: maybe}\n", 4, 50, "neither true nor false" },
	{ RULE "until: tomorrow}\n", 4, 48, "is not a time" },
	{ RULE "until: 2026-02-31T00:00:00Z}\n", 4, 48, "is not a time" },
	{ RULE "classes: [x]}\n", 4, 41, "is not a key of a rule of a files entry" },
	{ "files:\n  - path: /a\n    rules:\n      - {executable: x, decision: alow}\n", 4, 35, "did you mean 'allow'?" },
	{ "files:\n  - path: /a\n    rules:\n      - {executable: x}\n", 4, 9, "without 'decision'" },
	{ "files:\n  - path: /a\n    rules:\n      - {decision: deny}\n", 4, 9, "without 'executable'" },
	{ "files:\n  - {path: /a, id: x}\n  - {path: /b, id: x}\n", 3, 20, "twice, first in the entry or rule of line 2" },
	{ "files:\n  - {path: /a, id: 'catalog:a:1'}\n", 2, 20, "belong to the catalogue" },
	{ "mode: strict\n", 1, 7, "known: monitor, enforce, trace" },
	{ "version: 2\n", 1, 10, "must be 1" },
	{ "mode: monitor\nmode: enforce\n", 2, 1, "twice (first in line 1)" },
	{ "files:\n  - path: /\xc3\xa9/\xc3\xa9\n    class: Ab\n", 3, 12, "not a name for a class" },
	{ "files:\n  - {path: /\xc3\xa9\xc3\xa9\xc3\xa9, clas: x}\n", 2, 18, "did you mean 'class'?" },
	/* What YAML could do and these files do not. */
	{ "files:\n  - path: *.pem\n", 2, 11, "quotes" },
	{ "files:\n  - path: &a /x\n", 2, 11, "anchor" },
	{ "files:\n  - path: !x /x\n", 2, 11, "tag" },
	{ "files:\n  - <<: x\n", 2, 5, "merge key" },
	{ "files:\n\t- path: /x\n", 2, 1, "tab" },
	{ "%YAML 1.2\n---\nfiles:\n", 1, 1, "directive" },
	{ "files:\n---\nfiles:\n", 2, 1, "second YAML document" },
	{ "files:\n  - path: \"/x\n", 2, 12, "not YAML" },
	{ "files: %\xf6\n", 1, 9, "UTF-8" },
	{ "files: \x1b[0m\n", 1, 8, "control character" },
	{ "files: \"\\e\"\n", 1, 8, "control character" },
	{ "files: \xc2\x85\n", 1, 8, "control character" },
	{ "a\rb: c\n", 1, 2, "carriage return" },
	{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1, 33, "nested too deeply" },
	{ "? [a]\n: b\n", 1, 3, "key that is not a word" },
};

static void test_mistakes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct watchlist *w = NULL;
		struct problem p = { 0 };

		if (parse(mistakes[i].text, &w, &p) != -EINVAL)
			fail_msg("accepted: %s", mistakes[i].text);
		assert_null(w);
		if (p.line != mistakes[i].line || p.column != mistakes[i].column || !strstr(p.text, mistakes[i].says))
			fail_msg("%zu: %s\nexpected %u:%u %s\nfound    %u:%u %s", i, mistakes[i].text, mistakes[i].line,
				 mistakes[i].column, mistakes[i].says, p.line, p.column, p.text);
		assert_string_equal(p.file, "w.yaml");
		assert_null(strchr(p.text, '\n'));
	}
}

static void test_empty(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n", "---\n", "files:\nnetwork: []\nexecutables: ~\n",
					     "\xef\xbb\xbf" "mode: enforce\r\nfiles:\r\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_watchlist_ struct watchlist *w = NULL;
		struct problem p = { 0 };

		if (parse(texts[i], &w, &p) < 0)
			fail_msg("%zu: %u:%u %s", i, p.line, p.column, p.text);
		assert_int_equal(w->n_entries, 0);
		assert_true(w->enforce);
	}
}

/* Made-up ids: eight digits, the same each time, untouched by neighbours, distinct for twins. */
static void test_made_ids(void **state)
{
	_cleanup_watchlist_ struct watchlist *a = NULL, *b = NULL;
	const char *one = "files:\n  - path: /a\n  - path: /b\n  - path: /a\n";
	const char *two = "files:\n  - path: /c\n  - path: /a\n";

	(void)state;
	assert_int_equal(parse(one, &a, NULL), 0);
	assert_int_equal(parse(two, &b, NULL), 0);
	assert_int_equal(strspn(a->entries[0].id, "0123456789abcdef"), ID_GENERATED);
	assert_string_equal(a->entries[0].id, b->entries[1].id);
	assert_string_not_equal(a->entries[0].id, a->entries[2].id);
	assert_string_not_equal(a->entries[0].id, a->entries[1].id);
}

static void test_large(void **state)
{
	_cleanup_watchlist_ struct watchlist *w = NULL;
	_cleanup_buf_ struct buf b = { 0 };
	struct problem p = { 0 };
	int i;

	(void)state;
	buf_init(&b, 0);
	buf_adds(&b, "files:\n");
	for (i = 0; i < 5000; i++)
		buf_addf(&b, "  - path: /srv/%d\n    rules:\n      - executable: *\n        decision: deny\n", i);
	assert_int_equal(watchlist_parse("w", buf_str(&b), b.len, &w, &p), 0);
	assert_int_equal(w->n_entries, 5000);
	while (b.len < 10u << 20)
		buf_adds(&b, "  - path: /srv/more\n");
	w = watchlist_free(w);
	assert_int_equal(watchlist_parse("w", buf_str(&b), b.len, &w, &p), -EINVAL);
	assert_non_null(strstr(p.text, "1024 KiB"));
}

static void test_too_many_classes(void **state)
{
	_cleanup_watchlist_ struct watchlist *w = NULL;
	struct policy *policy = calloc(1, sizeof(*policy));
	_cleanup_buf_ struct buf b = { 0 };
	struct problem p = { 0 };
	int i;

	(void)state;
	buf_init(&b, 0);
	buf_adds(&b, "files:\n");
	for (i = 0; i <= EG_CLASSES_MAX; i++)
		buf_addf(&b, "  - {path: /%d, class: c%d}\n", i, i);
	assert_int_equal(parse(buf_str(&b), &w, &p), 0);
	assert_int_equal(watchlist_apply(w, policy, &p), -EINVAL);
	assert_int_equal(p.line, 66);
	assert_non_null(strstr(p.text, "64 classes are the most"));
	policy_free(policy);
}

static void test_missing_file(void **state)
{
	struct policy_sources src = { .watchlist = "/nonexistent/w.yaml" };
	struct problem problem = { 0 };
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(policy_load(&src, &p, &problem), 0);
	assert_true(p->enforce);
	p = policy_free(p);
	src.watchlist_required = true;
	assert_int_equal(policy_load(&src, &p, &problem), -ENOENT);
	assert_null(p);
	assert_string_equal(problem.file, src.watchlist);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} rows[] = {
		{ "2026-05-01T20:00:00Z", 1777665600000 },	{ "2026-05-01T22:00:00+02:00", 1777665600000 },
		{ "2026-05-01t20:00:00.75z", 1777665600000 }, { "2024-02-29T00:00:00Z", 1709164800000 },
		{ "2026-05-01", 0 },				{ "2026-05-01T20:00:00", 0 },
		{ "2026-13-01T00:00:00Z", 0 },			{ "2026-05-01T24:00:00Z", 0 },
		{ "2025-02-29T00:00:00Z", 0 },			{ "1969-12-31T23:59:59Z", 0 },
		{ "2026-05-01T20:00:00+2", 0 },		{ "", 0 },
	};
	char text[WHEN_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t ms = 0;

		assert_int_equal(when_parse(rows[i].text, &ms), rows[i].ms ? 0 : -EINVAL);
		assert_int_equal(ms, rows[i].ms);
	}
	assert_string_equal(when_format(1777665600001, text), "2026-05-01T20:00:01Z");
	assert_string_equal(when_format(UINT64_MAX, text), "9999-12-31T23:59:59Z");
}

/* Every key of every table is explained, as `key`, in the page about the file. */
static void test_documented(void **state)
{
	_cleanup_free_ char *page = NULL;
	size_t i, k;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, EGRET_SOURCE_DATADIR "/docs/watchlist.md", 1 << 20, &page, NULL), 0);
	for (i = 0; watchlist_tables[i]; i++)
		for (k = 0; k < watchlist_tables[i]->n_keys; k++) {
			char key[64];

			(void)snprintf(key, sizeof(key), "`%s`", watchlist_tables[i]->keys[k].name);
			if (!strstr(page, key))
				fail_msg("docs/watchlist.md does not explain %s of %s", key, watchlist_tables[i]->where);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),	   cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_bare_star),  cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_empty),	   cmocka_unit_test(test_made_ids),
		cmocka_unit_test(test_large),	   cmocka_unit_test(test_too_many_classes),
		cmocka_unit_test(test_missing_file), cmocka_unit_test(test_times),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
