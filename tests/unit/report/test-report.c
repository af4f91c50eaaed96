/* SPDX-License-Identifier: Apache-2.0 */
/* What a record is to a report, which records are one row, and the line of each type. */
#include "fixture.h"

static void test_types(void **state _unused_)
{
	const struct {
		struct record r;
		enum report_type type;
		enum report_outcome outcome;
		const char *name, *policy;
	} rows[] = {
		{ { .kind = RECORD_FLOW, .verdict = "allow" }, REPORT_NETWORK, OUTCOME_PASS, "network", "pass" },
		{ { .kind = RECORD_FLOW, .verdict = "deny" }, REPORT_NETWORK, OUTCOME_BLOCK, "network", "block" },
		{ { .kind = RECORD_FLOW, .verdict = "allow", .would_hold = true }, REPORT_NETWORK, OUTCOME_WOULD, "network", "pass" },
		{ { .kind = RECORD_CONNECT }, REPORT_NETWORK, OUTCOME_PASS, "network", "pass" },
		{ { .kind = RECORD_DENIED, .address = "192.0.2.1" }, REPORT_NETWORK, OUTCOME_BLOCK, "network", "block" },
		{ { .kind = RECORD_DENIED, .path = "/etc/shadow" }, REPORT_FILE, OUTCOME_BLOCK, "file", "block" },
		{ { .kind = RECORD_DENIED, .path = "/x", .would_hold = true }, REPORT_FILE, OUTCOME_WOULD, "file", "pass" },
		{ { .kind = RECORD_DENIED }, REPORT_PROCESS, OUTCOME_BLOCK, "process", "block" },
		{ { .kind = RECORD_WATCH, .path = "/x" }, REPORT_FILE, OUTCOME_FLAG, "file", "flag" },
		{ { .kind = RECORD_TAINT, .source = TAINT_READ, .path = "/x" }, REPORT_FILE, OUTCOME_FLAG, "file", "flag" },
		{ { .kind = RECORD_TAINT, .source = TAINT_PIPE }, REPORT_OTHER, OUTCOME_NONE, "taint", NULL },
		{ { .kind = RECORD_EXEC }, REPORT_PROCESS, OUTCOME_NONE, "process", NULL },
		{ { .kind = RECORD_DNS, .verdict = "deny" }, REPORT_DNS, OUTCOME_BLOCK, "dns", "block" },
		{ { .kind = RECORD_ALERT }, REPORT_OTHER, OUTCOME_FLAG, "alert", "flag" },
		{ { .kind = RECORD_SYSTEM }, REPORT_OTHER, OUTCOME_NONE, "system", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *policy = report_policy_name(report_outcome_of(&rows[i].r));

		assert_int_equal(report_type_of(&rows[i].r), rows[i].type);
		assert_int_equal(report_outcome_of(&rows[i].r), rows[i].outcome);
		assert_string_equal(report_type_name(&rows[i].r), rows[i].name);
		assert_true(policy == rows[i].policy || streq(policy, rows[i].policy));
	}
}

/* kntrl keeps one record per address and port: a second process and a later verdict are invisible there. */
static void test_rows(void **state _unused_)
{
	struct record later = flow(7, "a.test", "192.0.2.1", "allow"), reused = later, weighted = later;
	_cleanup_(report_freep) struct report *p = NULL;

	reused.start_ns++;
	weighted.count = 5;
	weighted.time_ms += 1000;
	p = REPORT(flow(7, "a.test", "192.0.2.1", "allow"), later, weighted, flow(8, "a.test", "192.0.2.1", "allow"),
		   flow(7, "a.test", "192.0.2.1", "deny"), reused, flow(7, "b.test", "192.0.2.1", "allow"));
	assert_non_null(report_row(p, 4));
	assert_null(report_row(p, 5));
	assert_int_equal(report_row(p, 0)->count, 7);
	assert_int_equal(report_row(p, 0)->last_ms, weighted.time_ms);
	assert_int_equal(report_row(p, 1)->first->pid, 8);
	assert_int_equal(report_row(p, 2)->outcome, OUTCOME_BLOCK);
	assert_int_equal(report_count(p, REPORT_NETWORK, OUTCOME_PASS), 10);
	assert_int_equal(report_total(p, OUTCOME_BLOCK), 1);
}

static void test_never_folded(void **state _unused_)
{
	struct record e = exec_of(5, 1, 10, "true"), same = e;
	_cleanup_(report_freep) struct report *p = NULL;

	same.id++;
	p = REPORT(e, same);
	assert_non_null(report_row(p, 1));
}

static json_t *parse(const struct record *r, uint64_t count)
{
	_cleanup_buf_ struct buf b = { 0 };
	size_t at;
	json_t *doc;

	report_line(r, count, WHEN, &b, &at);
	assert_int_equal(buf_error(&b), 0);
	assert_null(strchr(buf_str(&b), '\n'));
	assert_int_equal(strtoull(buf_str(&b) + at, NULL, 10), count);
	assert_int_equal(strtoull(buf_str(&b) + at + REPORT_LAST_AFTER, NULL, 10), WHEN);
	doc = json_loads(buf_str(&b), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	return doc;
}

static const char *text(const json_t *doc, const char *key)
{
	return json_string_value(json_object_get(doc, key));
}

/* The shape that kntrl's readers know. */
static void test_network_line(void **state _unused_)
{
	struct record r = flow(2806, "x.test", "192.0.2.1", "deny");
	json_t *doc = parse(&r, 3);

	assert_string_equal(text(doc, "type"), "network");
	assert_int_equal(json_integer_value(json_object_get(doc, "pid")), 2806);
	assert_string_equal(text(doc, "task_name"), "curl");
	assert_string_equal(text(doc, "proto"), "tcp");
	assert_string_equal(text(doc, "daddr"), "192.0.2.1");
	assert_int_equal(json_integer_value(json_object_get(doc, "dport")), 443);
	assert_string_equal(json_string_value(json_array_get(json_object_get(doc, "domains"), 0)), "x.test");
	assert_string_equal(text(doc, "policy"), "block");
	assert_int_equal(json_array_size(json_object_get(doc, "ancestors")), 3);
	assert_string_equal(text(doc, "kind"), "flow"); /* and ours */
	assert_string_equal(text(doc, "sentence"), "because of a rule");
	json_decref(doc);
	r.name = NULL;
	r.ancestors = NULL;
	doc = parse(&r, 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(doc, "domains"), 0)), ".");
	assert_int_equal(json_array_size(json_object_get(doc, "ancestors")), 0);
	json_decref(doc);
}

static void test_other_lines(void **state _unused_)
{
	struct record e = exec_of(5, 4, 10, "curl -H x:ghp_0123456789abcdefghij01 http://x.test"),
		      f = secret_read(9, "/home/a/.aws/credentials"),
		      d = { .id = 1, .kind = RECORD_DNS, .pid = 3, .name = "q.test", .address = "192.0.2.53", .time_ms = WHEN },
		      full = { .id = 2, .kind = RECORD_EXIT, .pid = 3 };
	json_t *doc = parse(&e, 1);

	assert_string_equal(text(doc, "event_type"), "exec");
	assert_string_equal(text(doc, "filename"), "/usr/bin/dash");
	assert_string_equal(text(doc, "args"), "curl -H x:ghp_… http://x.test");
	assert_null(json_object_get(doc, "policy"));
	json_decref(doc);
	doc = parse(&f, 1);
	assert_string_equal(text(doc, "filename"), "/home/a/.aws/credentials");
	assert_string_equal(text(doc, "policy"), "flag");
	assert_string_equal(text(doc, "operation"), "open");
	json_decref(doc);
	doc = parse(&d, 1);
	assert_string_equal(text(doc, "query_domain"), "q.test");
	assert_string_equal(text(doc, "dns_server"), "192.0.2.53");
	assert_int_equal(json_integer_value(json_object_get(doc, "ts_us")), WHEN * 1000);
	json_decref(doc);
	doc = parse(&full, 9999999999ull);
	assert_string_equal(text(doc, "event_type"), "exit");
	json_decref(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),	     cmocka_unit_test(test_rows),	 cmocka_unit_test(test_never_folded),
		cmocka_unit_test(test_network_line), cmocka_unit_test(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
