/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../../../src/event/event.h"

static const char *const ancestors[] = { "npm", "bash", NULL };
static const char *const classes[] = { "aws", "npm", NULL };

/* Every field set to something that is not its empty value. */
static const struct record full = {
	.id = 7, .time_ms = 1769860800123, .boot_ns = 99, .kind = RECORD_FLOW, .pid = 4711, .start_ns = 1ull << 60,
	.ppid = 1, .uid = 1000, .comm = "node", .exe = "/usr/bin/node", .script = "/x/a.js", .args = "node a.js\n", .cwd = "/x",
	.ancestors = ancestors, .classes = classes, .label = 1ull << 63 | 1, .source = TAINT_PIPE, .path = "/home/u/.npmrc",
	.watch = "0badcafe", .file = { .dev = 8 << 20 | 1, .ino = UINT64_MAX - 1, .gen = 3 }, .from_pid = 12,
	.from_start_ns = 13, .destination = "sink.test:443", .name = "sink.test", .name_source = "dns-own",
	.confidence = "high", .ambiguous = true, .address = "127.0.0.9", .port = 443, .proto = "tcp", .qtype = "A",
	.rcode = "NOERROR", .answers = classes, .verdict = "deny",
	.reason = "rule", .rule = "12345678", .sentence = "because \"so\"", .would_hold = true, .held_ms = 14, .prompt = 15,
	.scope = "program", .duration = "15m", .by = "uid 0 pid 1", .count = 16, .text = "t",
};

static char *to_json(const struct record *r)
{
	struct buf out = { 0 };
	struct json j;

	json_init(&j, &out);
	record_json(r, &j);
	assert_int_equal(buf_error(&out), 0);
	return buf_take(&out);
}

static int from_json(const char *text, struct record_owned **ret)
{
	return record_from_json(text, strlen(text), ret);
}

static void compare_field(const struct record *a, const struct record *b, const struct record_field *f)
{
	const void *x = (const char *)a + f->offset, *y = (const char *)b + f->offset;
	const char *const *l, *const *m;

	switch (f->type) {
	case FIELD_TEXT:
		assert_string_equal(*(const char *const *)x, *(const char *const *)y);
		break;
	case FIELD_LIST:
		for (l = *(const char *const *const *)x, m = *(const char *const *const *)y; *l; l++, m++)
			assert_string_equal(*l, *m);
		assert_null(*m);
		break;
	case FIELD_U64:
	case FIELD_LABEL:
		assert_memory_equal(x, y, 8);
		assert_int_not_equal(*(const uint64_t *)x, 0);
		break;
	case FIELD_FILE:
		assert_memory_equal(x, y, sizeof(struct file_key));
		break;
	case FIELD_BOOL:
		assert_true(*(const bool *)x && *(const bool *)y);
		break;
	default:
		assert_memory_equal(x, y, 4);
		assert_int_not_equal(*(const uint32_t *)x, 0);
	}
}

static void every_field_survives(void **state)
{
	_cleanup_free_ char *text = to_json(&full);
	struct record_owned *o = NULL;

	(void)state;
	assert_int_equal(from_json(text, &o), 0);
	for (const struct record_field *f = record_fields; f->name; f++)
		compare_field(&full, record_of(o), f);
	assert_non_null(strstr(text, "\"time\":\"2026-01-31T12:00:00.123Z\",\"time_ms\":1769860800123"));
	assert_non_null(strstr(text, "\"label\":\"0x8000000000000001\""));
	o = record_owned_free(o);
	assert_null(o);
}

static void empty_fields_are_omitted(void **state)
{
	const struct record r = { .id = 1, .kind = RECORD_SYSTEM, .reason = "start", .text = "" };
	const struct record root = { .id = 1, .kind = RECORD_EXEC, .pid = 5 };
	_cleanup_free_ char *text = to_json(&r), *with_uid = to_json(&root);

	(void)state;
	assert_string_equal(text, "{\"id\":1,\"kind\":\"system\",\"reason\":\"start\"}");
	assert_string_equal(with_uid, "{\"id\":1,\"kind\":\"exec\",\"pid\":5,\"uid\":0}");
}

static void wrong_documents_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", "[]", "1", "{}", "{\"id\":1}", "{\"kind\":\"flow\"}", "{\"id\":0,\"kind\":\"flow\"}",
		"{\"id\":-1,\"kind\":\"flow\"}", "{\"id\":1,\"kind\":\"nonsense\"}", "{\"id\":1,\"kind\":2}",
		"{\"id\":1,\"id\":2,\"kind\":\"flow\"}", "{\"id\":\"1\",\"kind\":\"flow\"}",
		"{\"id\":1,\"kind\":\"flow\",\"pid\":4294967296}", "{\"id\":1,\"kind\":\"flow\",\"exe\":1}",
		"{\"id\":1,\"kind\":\"flow\",\"classes\":\"aws\"}", "{\"id\":1,\"kind\":\"flow\",\"classes\":[1]}",
		"{\"id\":1,\"kind\":\"flow\",\"label\":1}", "{\"id\":1,\"kind\":\"flow\",\"label\":\"0x\"}",
		"{\"id\":1,\"kind\":\"flow\",\"label\":\"0x10000000000000000\"}",
		"{\"id\":1,\"kind\":\"flow\",\"label\":\"0xg\"}", "{\"id\":1,\"kind\":\"flow\",\"ambiguous\":1}",
		"{\"id\":1,\"kind\":\"flow\",\"file\":{\"dev\":1,\"ino\":2,\"gen\":0}}",
		"{\"id\":1,\"kind\":\"flow\",\"text\":\"\\u0000\"}", "{\"id\":1,\"kind\":\"flow\"} x",
		"{\"id\":1,\"kind\":\"flow\",\"text\":null}",
	};
	struct record_owned *o = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (from_json(wrong[i], &o) != -EBADMSG)
			fail_msg("accepted: %s", wrong[i]);
		assert_null(o);
	}
}

static void newer_records_are_read(void **state)
{
	struct record_owned *o = NULL;

	(void)state;
	assert_int_equal(from_json("{\"id\":3,\"kind\":\"taint\",\"source\":\"telepathy\",\"colour\":{\"r\":[1]}}", &o), 0);
	assert_int_equal(record_of(o)->source, 0);
	assert_int_equal(record_of(o)->id, 3);
	(void)record_owned_free(o);
}

static void length_and_lists_are_bounded(void **state)
{
	_cleanup_free_ char *big = malloc(RECORD_JSON_MAX + 1);
	struct record_owned *o = NULL;
	struct buf list = { 0 };

	(void)state;
	memset(big, ' ', RECORD_JSON_MAX + 1);
	assert_int_equal(record_from_json(big, RECORD_JSON_MAX + 1, &o), -EMSGSIZE);
	buf_adds(&list, "{\"id\":1,\"kind\":\"flow\",\"classes\":[\"a\"");
	for (unsigned i = 0; i < RECORD_LIST_MAX; i++)
		buf_adds(&list, ",\"a\"");
	buf_adds(&list, "]}");
	assert_int_equal(from_json(buf_str(&list), &o), -EBADMSG);
	buf_done(&list);
}

static void names_and_numbers_agree(void **state)
{
	(void)state;
	for (unsigned k = 1; k < _RECORD_KIND_MAX; k++)
		assert_int_equal(record_kind_from_name(record_kind_name(k)), k);
	for (unsigned s = 1; s < TAINT_SOURCE_MAX; s++)
		assert_int_equal(taint_source_from_name(taint_source_name(s)), s);
	assert_int_equal(record_kind_from_name("flows"), -EINVAL);
	assert_null(record_kind_name(_RECORD_KIND_MAX));
	/* in users' databases */
	assert_int_equal(RECORD_TAINT, 1);
	assert_int_equal(RECORD_ALERT, 14);
}

static void times_beyond_the_calendar_are_told(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(record_time_text(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(record_time_text(UINT64_MAX, text), "9999-12-31T23:59:59.615Z");
}

/* --- docs/events.md ---------------------------------------------------------------------------------- */

static void add_kinds(struct buf *line, uint32_t kinds)
{
	const char *between = "";

	if (kinds == RECORD_ALL) {
		buf_adds(line, "all");
		return;
	}
	for (unsigned k = 1; k < _RECORD_KIND_MAX; k++) {
		if (!(kinds & RECORD_BIT(k)))
			continue;
		buf_addf(line, "%s%s", between, record_kind_name(k));
		between = ", ";
	}
}

static void expect_line(const char *page, struct buf *line)
{
	if (!strstr(page, buf_str(line)))
		fail_msg("docs/events.md lacks this line:\n%s", buf_str(line));
	buf_clear(line);
}

static void the_page_tells_every_kind_and_field(void **state)
{
	const char *data = getenv("EGRET_TEST_DATA");
	_cleanup_buf_ struct buf path = { 0 }, line = { 0 };
	_cleanup_free_ char *page = NULL;

	(void)state;
	buf_addf(&path, "%s/../../docs/events.md", data ? data : "tests/data");
	assert_int_equal(file_read(AT_FDCWD, buf_str(&path), 1 << 20, &page, NULL), 0);
	for (unsigned k = 1; k < _RECORD_KIND_MAX; k++) {
		buf_addf(&line, "\n| `%s` | %s |\n", record_kind_name(k), record_kind_help(k));
		expect_line(page, &line);
	}
	for (const struct record_field *f = record_fields; f->name; f++) {
		buf_addf(&line, "\n| `%s` | %s | ", f->name, field_type_name(f->type));
		add_kinds(&line, f->kinds);
		buf_addf(&line, " | %s |\n", f->help);
		expect_line(page, &line);
	}
	for (unsigned s = 1; s < TAINT_SOURCE_MAX; s++) {
		buf_addf(&line, "\n| `%s` | ", taint_source_name(s));
		expect_line(page, &line);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_survives),
		cmocka_unit_test(empty_fields_are_omitted),
		cmocka_unit_test(wrong_documents_are_refused),
		cmocka_unit_test(newer_records_are_read),
		cmocka_unit_test(length_and_lists_are_bounded),
		cmocka_unit_test(names_and_numbers_agree),
		cmocka_unit_test(times_beyond_the_calendar_are_told),
		cmocka_unit_test(the_page_tells_every_kind_and_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
