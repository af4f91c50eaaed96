/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 by its structure: for each kind of object that we write, which properties it must have, which it may have (the
 * schema forbids others), and of which type each is. Written from the standard's text, section by section.
 */
#include "fixture.h"

struct property {
	const char *name;
	json_type type;
	const char *object; /* of an object, or of the members of an array: its kind; NULL: not looked into */
	bool required;
};
struct kind {
	const char *name;
	struct property properties[16];
};
#define END { NULL, JSON_NULL, NULL, false }

static const struct kind kinds[] = {
	{ "sarifLog", /* 3.13 */
	  { { "$schema", JSON_STRING, NULL, false }, { "version", JSON_STRING, NULL, true }, { "runs", JSON_ARRAY, "run", true }, END } },
	{ "run", /* 3.14 */
	  { { "tool", JSON_OBJECT, "tool", true }, { "invocations", JSON_ARRAY, "invocation", false },
	    { "columnKind", JSON_STRING, NULL, false }, { "results", JSON_ARRAY, "result", false }, END } },
	{ "tool", { { "driver", JSON_OBJECT, "toolComponent", true }, END } }, /* 3.18 */
	{ "toolComponent", /* 3.19 */
	  { { "name", JSON_STRING, NULL, true }, { "version", JSON_STRING, NULL, false },
	    { "rules", JSON_ARRAY, "reportingDescriptor", false }, END } },
	{ "reportingDescriptor", /* 3.49 */
	  { { "id", JSON_STRING, NULL, true }, { "name", JSON_STRING, NULL, false },
	    { "shortDescription", JSON_OBJECT, "message", false }, { "defaultConfiguration", JSON_OBJECT, "configuration", false },
	    { "properties", JSON_OBJECT, NULL, false }, END } },
	{ "configuration", { { "level", JSON_STRING, NULL, false }, END } }, /* 3.50 */
	{ "message", { { "text", JSON_STRING, NULL, true }, END } },	     /* 3.11, 3.12 */
	{ "invocation", /* 3.20 */
	  { { "executionSuccessful", JSON_TRUE, NULL, true }, { "startTimeUtc", JSON_STRING, NULL, false },
	    { "endTimeUtc", JSON_STRING, NULL, false }, { "properties", JSON_OBJECT, NULL, false }, END } },
	{ "result", /* 3.27 */
	  { { "ruleId", JSON_STRING, NULL, false }, { "ruleIndex", JSON_INTEGER, NULL, false },
	    { "level", JSON_STRING, NULL, false }, { "message", JSON_OBJECT, "message", true },
	    { "locations", JSON_ARRAY, "location", false }, { "partialFingerprints", JSON_OBJECT, NULL, false },
	    { "occurrenceCount", JSON_INTEGER, NULL, false }, { "properties", JSON_OBJECT, NULL, false }, END } },
	{ "location", /* 3.28 */
	  { { "physicalLocation", JSON_OBJECT, "physicalLocation", false },
	    { "logicalLocations", JSON_ARRAY, "logicalLocation", false }, END } },
	{ "physicalLocation", /* 3.29 */
	  { { "artifactLocation", JSON_OBJECT, "artifactLocation", true }, { "region", JSON_OBJECT, "region", false }, END } },
	{ "artifactLocation", /* 3.4 */
	  { { "uri", JSON_STRING, NULL, true }, { "uriBaseId", JSON_STRING, NULL, false }, END } },
	{ "region", { { "startLine", JSON_INTEGER, NULL, true }, END } }, /* 3.30 */
	{ "logicalLocation", { { "name", JSON_STRING, NULL, false }, { "kind", JSON_STRING, NULL, false }, END } }, /* 3.33 */
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (streq(kinds[i].name, name))
			return &kinds[i];
	fail_msg("no kind %s", name);
	return NULL;
}

static void check(const json_t *o, const char *kind_name);

static void check_value(const json_t *v, const struct property *p)
{
	const json_t *item;
	size_t i;

	if (p->type == JSON_TRUE)
		assert_true(json_is_boolean(v));
	else
		assert_int_equal(json_typeof(v), p->type);
	if (p->type == JSON_OBJECT && p->object)
		check(v, p->object);
	if (p->type == JSON_ARRAY && p->object)
		json_array_foreach(v, i, item)
			check(item, p->object);
}

static void check(const json_t *o, const char *kind_name)
{
	const struct kind *k = kind_of(kind_name);
	const struct property *p;
	const char *name;
	json_t *v;

	assert_true(json_is_object(o));
	for (p = k->properties; p->name; p++)
		if (p->required && !json_object_get(o, p->name))
			fail_msg("%s has no %s", kind_name, p->name);
	json_object_foreach((json_t *)(uintptr_t)o, name, v) {
		for (p = k->properties; p->name && !streq(p->name, name); p++)
			;
		if (!p->name)
			fail_msg("%s may not have %s", kind_name, name);
		check_value(v, p);
	}
}

static json_t *sarif_of(const struct report *p, const struct report_head *h)
{
	_cleanup_buf_ struct buf b = { 0 };
	json_t *doc;

	report_sarif(p, h, &b);
	assert_int_equal(buf_error(&b), 0);
	doc = json_loads(buf_str(&b), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	check(doc, "sarifLog");
	assert_string_equal(json_string_value(json_object_get(doc, "version")), "2.1.0");
	return doc;
}

static const json_t *run_of(const json_t *doc)
{
	return json_array_get(json_object_get(doc, "runs"), 0);
}

static const json_t *result(const json_t *doc, size_t i)
{
	return json_array_get(json_object_get(run_of(doc), "results"), i);
}

static const char *text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static const json_t *artifact(const json_t *r)
{
	const json_t *location = json_array_get(json_object_get(r, "locations"), 0);

	return json_object_get(json_object_get(location, "physicalLocation"), "artifactLocation");
}

/* ruleIndex must lead to the rule that ruleId names, and the level be one of the four words. */
static void check_rules(const json_t *doc)
{
	const json_t *driver = json_object_get(json_object_get(run_of(doc), "tool"), "driver");
	const json_t *rules = json_object_get(driver, "rules"), *r;

	for (size_t i = 0; (r = result(doc, i)); i++) {
		size_t at = (size_t)json_integer_value(json_object_get(r, "ruleIndex"));

		assert_string_equal(text(json_array_get(rules, at), "id"), text(r, "ruleId"));
		assert_true(streq(text(r, "level"), "error") || streq(text(r, "level"), "warning") ||
			    streq(text(r, "level"), "note") || streq(text(r, "level"), "none"));
		assert_true(json_integer_value(json_object_get(r, "occurrenceCount")) >= 1);
	}
}

static void test_every_outcome(void **state _unused_)
{
	struct record would = flow(1, "w.test", "192.0.2.9", "allow"),
		      file = { .id = 900, .kind = RECORD_DENIED, .pid = 5, .path = "/etc/shadow", .time_ms = WHEN },
		      exec = { .id = 901, .kind = RECORD_DENIED, .pid = 6, .time_ms = WHEN },
		      dns = { .id = 902, .kind = RECORD_DNS, .name = "x.test", .verdict = "deny", .pid = 6, .time_ms = WHEN },
		      alert = { .id = 903, .kind = RECORD_ALERT, .text = "odd", .time_ms = WHEN };
	struct report_head h = { .enforce = true, .coverage = "full", .since_ms = WHEN, .until_ms = WHEN + 5 };
	_cleanup_(report_freep) struct report *p = NULL;
	json_t *doc;

	would.would_hold = true;
	p = REPORT(flow(1, "evil.test", "192.0.2.1", "deny"), flow(1, "evil.test", "192.0.2.1", "deny"), would,
		   flow(1, "good.test", "192.0.2.2", "allow"), file, exec, dns, alert, secret_read(4, "/home/a/.netrc"));
	doc = sarif_of(p, &h);
	check_rules(doc);
	assert_int_equal(json_array_size(json_object_get(run_of(doc), "results")), 7); /* what passed is no result */
	assert_string_equal(text(result(doc, 0), "ruleId"), "egress-blocked");
	assert_string_equal(text(json_object_get(result(doc, 0), "message"), "text"),
			    "curl (pid 1): evil.test, 192.0.2.1:443. A process tried to reach a destination that it may not "
			    "reach, and was stopped. because of a rule.");
	assert_int_equal(json_integer_value(json_object_get(result(doc, 0), "occurrenceCount")), 2);
	json_decref(doc);
}

static void test_empty(void **state _unused_)
{
	_cleanup_(report_freep) struct report *p = NULL;
	struct report_head h = { .killed = true };
	json_t *doc;

	assert_int_equal(report_new(&p), 0);
	doc = sarif_of(p, &h);
	assert_int_equal(json_array_size(json_object_get(run_of(doc), "results")), 0);
	assert_true(json_is_false(json_object_get(json_array_get(json_object_get(run_of(doc), "invocations"), 0),
						  "executionSuccessful")));
	json_decref(doc);
}

static void test_locations(void **state _unused_)
{
	struct record inside = flow(1, "a.test", "192.0.2.1", "deny"), outside = inside, unknown = inside, beside = inside;
	struct report_head h = { .root = "/work space/" };
	_cleanup_(report_freep) struct report *p = NULL;
	json_t *doc;

	inside.script = "/work space/node_modules/x y/in#.js";
	outside.pid = 2;
	unknown.pid = 3;
	unknown.exe = NULL;
	beside.pid = 4;
	beside.script = "/work spaces/x.js";
	p = REPORT(inside, outside, unknown, beside);
	doc = sarif_of(p, &h);
	assert_string_equal(text(artifact(result(doc, 0)), "uri"), "node_modules/x%20y/in%23.js");
	assert_string_equal(text(artifact(result(doc, 0)), "uriBaseId"), "%SRCROOT%");
	assert_string_equal(text(artifact(result(doc, 1)), "uri"), "file:///usr/bin/curl");
	assert_null(json_object_get(artifact(result(doc, 1)), "uriBaseId"));
	assert_non_null(artifact(result(doc, 2)));
	assert_string_equal(text(artifact(result(doc, 3)), "uri"), "file:///work%20spaces/x.js");
	json_decref(doc);
}

/* Brackets would be links, braces placeholders; the same finding in another run is the same. */
static void test_messages(void **state _unused_)
{
	struct record r = flow(1, "a.test", "192.0.2.1", "deny"), again;
	struct report_head h = { 0 };
	_cleanup_(report_freep) struct report *p = NULL, *q = NULL;
	json_t *doc, *other;

	r.sentence = "see [this](http://evil.test) {0}\x1b";
	again = r;
	again.pid = 77;
	again.time_ms += 99;
	p = REPORT(r);
	q = REPORT(again);
	doc = sarif_of(p, &h);
	other = sarif_of(q, &h);
	assert_non_null(strstr(text(json_object_get(result(doc, 0), "message"), "text"), "\\[this\\](http://evil.test) {{0}}"));
	assert_true(json_equal(json_object_get(result(doc, 0), "partialFingerprints"),
			       json_object_get(result(other, 0), "partialFingerprints")));
	json_decref(doc);
	json_decref(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_outcome), cmocka_unit_test(test_empty), cmocka_unit_test(test_locations),
		cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
