/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, tree and summary: what people see, whatever the records say. */
#include "fixture.h"

static const char *const hostile = "a|b`c\x1b[31m\n<script>[x](http://evil.test)\\";

static char *output(void (*write)(const struct report *, const struct report_head *, struct buf *), const struct report *p,
		    const struct report_head *h)
{
	struct buf b = { 0 };

	write(p, h, &b);
	assert_int_equal(buf_error(&b), 0);
	return buf_take(&b);
}

static void test_tables(void **state _unused_)
{
	struct record d = { .id = ++next_id, .kind = RECORD_DNS, .pid = 3, .name = "q.test", .address = "192.0.2.53" }, e = d;
	_cleanup_(report_freep) struct report *p = NULL;
	struct report_head h = { .enforce = true, .coverage = "full" };
	_cleanup_free_ char *text = NULL;

	e.pid = 4;
	p = REPORT(flow(2806, NULL, "192.0.2.1", "allow"), flow(3201, "evil.test", "2001:db8::1", "deny"), d, e,
		   secret_read(9, "/home/a/.ssh/id_rsa"), secret_read(9, "/home/a/.aws/credentials"),
		   exec_of(5, 1, 10, "npm install"));
	text = output(report_tables, p, &h);
	assert_memory_equal(text, "egret enforced with full coverage: 1 blocked, 0 would have been blocked, 2 noticed, 3 passed\n", 30);
	assert_non_null(strstr(text, "2806 | curl | tcp   | .         | 192.0.2.1:443     | pass   | 1     | because of a rule\n"));
	assert_non_null(strstr(text, "3201 | curl | tcp   | evil.test | [2001:db8::1]:443 | block  | 1     | because of a rule\n"));
	assert_non_null(strstr(text, "q.test | 192.0.2.53 | pass\n"));
	assert_non_null(strstr(text, "9   | cat  | /home/a/.ssh/id_rsa, /home/a/.aws/credentials\n"));
	assert_non_null(strstr(text, "5   | 1    | exec | dash | npm install | .\n"));
	assert_ptr_equal(strstr(strstr(text, "q.test") + 1, "q.test"), NULL); /* once, whoever asked */
}

static void test_empty(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = NULL;
	struct report_head h = { .killed = true };
	_cleanup_free_ char *text = NULL;

	assert_int_equal(report_new(&p), 0);
	text = output(report_tables, p, &h);
	assert_string_equal(text, "egret monitored: 0 blocked, 0 would have been blocked, 0 noticed, 0 passed; the guard did "
				  "not end by itself\n");
}

/* pid 20 is used twice; 40's parent is the second one, 21's the first. */
static void test_tree(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = NULL;
	struct record blocked = flow(0, "evil.test", "192.0.2.1", "deny");
	struct buf b = { 0 };

	blocked.pid = 21;
	blocked.start_ns = 300;
	blocked.ppid = 20;
	p = REPORT(exec_of(10, 1, 100, "bash"), exec_of(20, 10, 200, "npm install"), exec_of(21, 20, 300, "sh -c curl"),
		   exec_of(21, 20, 300, "curl evil.test"), exec_of(30, 10, 310, "git clone"), blocked,
		   exec_of(20, 10, 400, "make"), exec_of(40, 20, 500, "cc"));
	report_tree(p, &b);
	assert_string_equal(buf_str(&b), "\nProcess Tree\n\n"
					 "[10] bash\n"
					 "├── [20] npm install\n"
					 "│   └── [21] curl evil.test [BLOCKED]\n"
					 "├── [30] git clone\n"
					 "└── [20] make\n"
					 "    └── [40] cc\n");
	buf_done(&b);
}

/* Nobody's parents: a circle, a process that is its own parent, unknown starts. All are shown, once. */
static void test_odd_tree(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = REPORT(exec_of(1, 2, 0, "one"), exec_of(2, 1, 0, "two"),
							  exec_of(3, 3, 5, "three"), exec_of(4, 0, 0, "four"));
	struct buf b = { 0 };

	report_tree(p, &b);
	assert_string_equal(buf_str(&b), "\nProcess Tree\n\n[1] one\n└── [2] two\n[3] three\n[4] four\n");
	buf_done(&b);
}

static void test_deep_tree(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = NULL;
	struct buf b = { 0 };

	assert_int_equal(report_new(&p), 0);
	for (uint32_t i = 1; i <= 5000; i++) {
		struct record r = exec_of(i, i - 1, i, "x");

		assert_int_equal(report_add(p, &r), 0);
	}
	report_tree(p, &b);
	assert_int_equal(buf_error(&b), 0);
	assert_non_null(strstr(buf_str(&b), "[5000] x\n"));
	assert_true(b.len < 5000 * 400);
	buf_done(&b);
}

static void test_hostile(void **state _unused_)
{
	struct record r = flow(1, hostile, "192.0.2.1", "deny"), e = exec_of(2, 1, 3, "```\n# title");
	_cleanup_(report_freep) struct report *p = NULL;
	struct report_head h = { .tree = true };
	_cleanup_free_ char *tables = NULL, *markdown = NULL;
	const char *row, *span;

	r.script = hostile;
	r.sentence = hostile;
	p = REPORT(r, e);
	tables = output(report_tables, p, &h);
	assert_null(strchr(tables, 0x1b));
	assert_non_null(strstr(tables, "a|b`c\\x1b[31m\\x0a<script>"));
	markdown = output(report_markdown, p, &h);
	assert_null(strchr(markdown, 0x1b));
	assert_null(strstr(markdown, "\n# title"));
	row = strstr(markdown, "| `curl`");
	assert_non_null(row);
	span = strstr(row, "<script>");
	assert_non_null(span);
	/* inside a code span: backticks before it on this line are odd in number */
	size_t ticks = 0, bars = 0;
	for (const char *c = row; c < span; c++)
		ticks += *c == '`';
	assert_int_equal(ticks % 2, 1);
	for (const char *c = row; *c != '\n'; c++)
		bars += *c == '|' && c[-1] != '\\';
	assert_int_equal(bars, 6);
}

static void test_markdown(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = REPORT(flow(1, "a.test", "192.0.2.1", "allow"),
							  flow(1, "evil.test", "192.0.2.2", "deny"),
							  secret_read(3, "/home/a/.aws/credentials"));
	struct report_head h = { .enforce = true, .coverage = "full" };
	_cleanup_free_ char *text = output(report_markdown, p, &h);

	assert_memory_equal(text, "## ⛔ egret: 1 blocked\n", strlen("## ⛔ egret: 1 blocked\n"));
	assert_non_null(strstr(text, "\n### Blocked (1)\n\n| Process | What | Secrets | Why | Times |\n|---|---|---|---|---:|\n"
				     "| `curl` (1) | `evil.test` `192.0.2.2:443` `tcp` | . | `because of a rule` | 1 |\n"));
	assert_non_null(strstr(text, "`/home/a/.aws/credentials` | `aws` |"));
	assert_non_null(strstr(text, "<details><summary>Connections that were allowed (1)</summary>\n\n| Process"));
}

/* GitHub refuses more than 1 MiB whole. */
static void test_markdown_bound(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = NULL;
	struct report_head h = { 0 };
	_cleanup_free_ char *text = NULL, *name = malloc(20001);

	memset(name, 'x', 20000);
	name[20000] = 0;
	assert_int_equal(report_new(&p), 0);
	for (uint32_t i = 1; i <= 1000; i++) {
		struct record r = flow(i, "evil.test", "192.0.2.2", "deny");

		r.sentence = name;
		assert_int_equal(report_add(p, &r), 0);
	}
	text = output(report_markdown, p, &h);
	assert_true(strlen(text) < 1 << 20);
	assert_non_null(strstr(text, " more are in the report file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),	  cmocka_unit_test(test_empty),	   cmocka_unit_test(test_tree),
		cmocka_unit_test(test_odd_tree),  cmocka_unit_test(test_deep_tree), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_markdown), cmocka_unit_test(test_markdown_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
