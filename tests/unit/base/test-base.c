/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../../../src/base/base.h"

/* --- buf --------------------------------------------------------------------------------------------- */

static void test_buf_grows(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };
	int i;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(buf_str(&b), "");
	for (i = 0; i < 1000; i++)
		buf_addf(&b, "%03d", i);
	assert_int_equal(b.len, 3000);
	assert_memory_equal(buf_str(&b) + 2997, "999", 4);
	buf_clear(&b);
	assert_string_equal(buf_str(&b), "");
	buf_adds(&b, "a");
	buf_addc(&b, 'b');
	buf_add(&b, "c\0d", 3);
	assert_int_equal(b.len, 5);
	assert_memory_equal(buf_str(&b), "abc\0d", 6);
	assert_int_equal(buf_error(&b), 0);
}

/* At the limit the append that does not fit is refused whole, the error stays, and nothing follows it. */
static void test_buf_limit(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };

	(void)state;
	buf_init(&b, 8);
	buf_adds(&b, "12345678");
	assert_int_equal(buf_error(&b), 0);
	buf_addc(&b, '9');
	assert_int_equal(buf_error(&b), -ENOBUFS);
	assert_string_equal(buf_str(&b), "12345678");
	buf_clear(&b);
	buf_adds(&b, "1234567");
	buf_adds(&b, "89");
	buf_adds(&b, "x");
	assert_string_equal(buf_str(&b), "1234567");
	assert_null(buf_take(&b));
	assert_string_equal(buf_str(&b), "");
}

static void test_buf_take(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };
	_cleanup_free_ char *empty = NULL, *text = NULL;

	(void)state;
	buf_init(&b, 0);
	empty = buf_take(&b);
	assert_string_equal(empty, "");
	buf_adds(&b, "text");
	text = buf_take(&b);
	assert_string_equal(text, "text");
	assert_string_equal(buf_str(&b), "");
}

/* --- json -------------------------------------------------------------------------------------------- */

static void test_json_nesting(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	(void)state;
	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_karr(&j, "a");
	json_int(&j, -1);
	json_uint(&j, UINT64_MAX);
	json_obj(&j);
	json_end(&j);
	json_arr(&j);
	json_end(&j);
	json_end(&j);
	json_kobj(&j, "o");
	json_kbool(&j, "t", true);
	json_kstr(&j, "n", NULL);
	json_end(&j);
	json_kdbl(&j, "d", 0.5);
	json_kdbl(&j, "inf", INFINITY);
	json_key(&j, "raw");
	json_raw(&j, "[1]");
	json_end(&j);
	assert_string_equal(buf_str(&b), "{\"a\":[-1,18446744073709551615,{},[]],\"o\":{\"t\":true,\"n\":null},"
					 "\"d\":0.5,\"inf\":null,\"raw\":[1]}");
}

static void test_json_strings(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
		{ "plain", 5, "\"plain\"" },
		{ "q\"b\\", 4, "\"q\\\"b\\\\\"" },
		{ "\b\t\n\v\f\r", 6, "\"\\b\\t\\n\\u000b\\f\\r\"" },
		{ "\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"" },
		{ "\xc3\xa9", 2, "\"\xc3\xa9\"" },
		{ "\xff" "a", 2, "\"\xef\xbf\xbd" "a\"" },
		{ "\xc3", 1, "\"\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" }, /* a surrogate */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_buf_ struct buf b = { 0 };
		struct json j;

		buf_init(&b, 0);
		json_init(&j, &b);
		json_strn(&j, rows[i].in, rows[i].len);
		assert_string_equal(buf_str(&b), rows[i].out);
	}
}

/* --- str --------------------------------------------------------------------------------------------- */

static void test_utf8(void **state)
{
	static const struct {
		const char *s;
		size_t n; /* 0 = invalid */
		uint32_t cp;
	} rows[] = {
		{ "a", 1, 'a' },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\xc0\x80", 0, 0 },         /* overlong NUL */
		{ "\xc1\xbf", 0, 0 },         /* overlong */
		{ "\xe0\x9f\xbf", 0, 0 },     /* overlong */
		{ "\xf0\x8f\xbf\xbf", 0, 0 }, /* overlong */
		{ "\xed\xa0\x80", 0, 0 },     /* surrogate */
		{ "\xed\xbf\xbf", 0, 0 },     /* surrogate */
		{ "\xf4\x90\x80\x80", 0, 0 }, /* above U+10FFFF */
		{ "\x80", 0, 0 },
		{ "\xc3(", 0, 0 },
		{ "\xe2\x82", 0, 0 },
		{ "\xff", 0, 0 },
		{ "", 0, 0 },
	};
	size_t i, bad = 99;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t cp = 0;

		assert_int_equal(utf8_next(rows[i].s, strlen(rows[i].s), &cp), rows[i].n);
		assert_int_equal(cp, rows[i].cp);
	}
	assert_true(utf8_valid("\xc3\xa9" "a", 3, &bad));
	assert_int_equal(bad, 99);
	assert_false(utf8_valid("ab\xff" "c", 4, &bad));
	assert_int_equal(bad, 2);
}

static void test_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain \xc3\xa9", "plain \xc3\xa9" },
		{ "a\\b", "a\\\\b" },
		{ "\033[31m", "\\x1b[31m" },
		{ "a\nb\r\t\x7f", "a\\x0ab\\x0d\\x09\\x7f" },
		{ "\xc2\x9b", "\\x9b" },                 /* C1: CSI */
		{ "\xe2\x80\xae" "txt", "\\u{202e}txt" }, /* right-to-left override */
		{ "\xe2\x81\xa6", "\\u{2066}" },         /* isolate */
		{ "\xe2\x80\x8b", "\\u{200b}" },         /* zero width space */
		{ "\xd8\x9c", "\\u{61c}" },              /* Arabic letter mark */
		{ "\xef\xbb\xbf", "\\u{feff}" },         /* byte order mark */
		{ "\xf3\xa0\x81\x81", "\\u{e0041}" },    /* tag */
		{ "\xff\xc3", "\\xff\\xc3" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char dst[64];

		assert_ptr_equal(str_escape_to(dst, sizeof(dst), rows[i].in), dst);
		assert_string_equal(dst, rows[i].out);
	}
}

static void test_escape_to_cuts(void **state)
{
	char dst[8];

	(void)state;
	assert_string_equal(str_escape_to(dst, sizeof(dst), NULL), "-");
	assert_string_equal(str_escape_to(dst, sizeof(dst), "1234567"), "1234567");
	assert_string_equal(str_escape_to(dst, sizeof(dst), "12345678"), "1234...");
	assert_string_equal(str_escape_to(dst, sizeof(dst), "123\xc3\xa9" "5678"), "123..."); /* not half a character */
}

/* Room for less than the dots: still ended, never more than the room. */
static void test_escape_to_tiny(void **state)
{
	static const char *const want[] = { "XXXXX", "", ".", "..", "...", "a..." };
	char dst[6];
	size_t size;

	(void)state;
	for (size = 0; size < ARRAY_SIZE(want); size++) {
		memcpy(dst, "XXXXX", 6);
		assert_ptr_equal(str_escape_to(dst, size, "abcdefgh"), dst);
		assert_string_equal(dst, want[size]);
		assert_int_equal(dst[5], 0);
	}
}

static void test_numbers(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(str_to_u64("0", 0, 9, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(str_to_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(str_to_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(str_to_u64("10", 0, 9, &v), -ERANGE);
	assert_int_equal(str_to_u64("1", 2, 9, &v), -ERANGE);
	assert_int_equal(str_to_u64("", 0, 9, &v), -EINVAL);
	assert_int_equal(str_to_u64("-1", 0, 9, &v), -EINVAL);
	assert_int_equal(str_to_u64("+1", 0, 9, &v), -EINVAL);
	assert_int_equal(str_to_u64(" 1", 0, 9, &v), -EINVAL);
	assert_int_equal(str_to_u64("1x", 0, 9, &v), -EINVAL);
	assert_true(v == UINT64_MAX); /* untouched on failure */
}

static void test_durations(void **state)
{
	static const struct {
		const char *s;
		int r;
		uint64_t ms;
	} rows[] = {
		{ "15m", 0, 900000 },  { "2h", 0, 7200000 }, { "7d", 0, 604800000 },      { "30s", 0, 30000 },
		{ "500ms", 0, 500 },   { "12", 0, 12000 },   { "0", 0, 0 },               { "", -EINVAL, 0 },
		{ "m", -EINVAL, 0 },   { "1w", -EINVAL, 0 }, { "-1s", -EINVAL, 0 },       { "1 s", -EINVAL, 0 },
		{ "1.5h", -EINVAL, 0 }, { "1sx", -EINVAL, 0 }, { "18446744073709551615d", -ERANGE, 0 },
		{ "99999999999999999999999s", -EINVAL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t ms = 7;

		assert_int_equal(str_to_ms(rows[i].s, &ms), rows[i].r);
		assert_true(ms == (rows[i].r == 0 ? rows[i].ms : 7)); /* untouched on failure */
	}
}

/* --- files ------------------------------------------------------------------------------------------- */

static char work[] = "test-base-XXXXXX";

static const char *at(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", work, name);
	return path;
}

static void assert_holds(const char *name, const char *text)
{
	_cleanup_free_ char *data = NULL;
	size_t len = 0;

	assert_int_equal(file_read(AT_FDCWD, at(name), 4096, &data, &len), 0);
	assert_int_equal(len, strlen(text));
	assert_string_equal(data, text);
}

static unsigned count_files(void)
{
	_cleanup_closedir_ DIR *d = opendir(work);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	return n - 2;
}

static void test_file_write(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_write(at("f"), "one", 3, 0600), 0);
	assert_holds("f", "one");
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(file_write(at("f"), "", 0, 0644), 0);
	assert_holds("f", "");
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(count_files(), 1); /* no temporary file is left */
	assert_int_equal(file_write(at("none/f"), "x", 1, 0600), -ENOENT);
	assert_int_equal(unlink(at("f")), 0);
}

/* A link at the path is replaced, what it points to stays; a failed rename leaves no temporary file. */
static void test_file_write_follows_nothing(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_write(at("target"), "kept", 4, 0600), 0);
	assert_int_equal(symlink("target", at("link")), 0);
	assert_int_equal(file_write(at("link"), "new", 3, 0600), 0);
	assert_holds("target", "kept");
	assert_holds("link", "new");
	assert_int_equal(lstat(at("link"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(mkdir(at("dir"), 0700), 0);
	assert_true(file_write(at("dir"), "x", 1, 0600) < 0);
	assert_int_equal(count_files(), 3);
	(void)unlink(at("target"));
	(void)unlink(at("link"));
	(void)rmdir(at("dir"));
}

static void test_file_read(void **state)
{
	char *data = (char *)"untouched";
	_cleanup_free_ char *stat_line = NULL;

	(void)state;
	assert_int_equal(file_write(at("f"), "12345", 5, 0600), 0);
	assert_int_equal(file_read(AT_FDCWD, at("f"), 4, &data, NULL), -EFBIG);
	assert_int_equal(file_read(AT_FDCWD, at("none"), 4, &data, NULL), -ENOENT);
	assert_int_equal(file_read(AT_FDCWD, work, 4, &data, NULL), -EISDIR);
	assert_int_equal(file_read(AT_FDCWD, "/dev/zero", 4, &data, NULL), -EFBIG); /* has no end */
	assert_string_equal(data, "untouched");
	assert_int_equal(file_read(AT_FDCWD, at("f"), 5, &data, NULL), 0);
	assert_string_equal(data, "12345");
	free(data);
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/stat", 4096, &stat_line, NULL), 0);
	assert_int_equal(atoi(stat_line), getpid());
	(void)unlink(at("f"));
}

static void test_mkdir_p(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir_p(at("a/b/c"), 0700), 0);
	assert_int_equal(mkdir_p(at("a/b/c"), 0700), 0);
	assert_int_equal(stat(at("a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(file_write(at("a/f"), "", 0, 0600), 0);
	assert_int_equal(mkdir_p(at("a/f/x"), 0700), -ENOTDIR);
	assert_int_equal(mkdir_p("", 0700), -ENOENT);
	assert_int_equal(mkdir_p("/", 0700), 0);
	(void)unlink(at("a/f"));
	(void)rmdir(at("a/b/c"));
	(void)rmdir(at("a/b"));
	(void)rmdir(at("a"));
}

static void test_problem(void **state)
{
	struct problem p = { .file = "w.yaml" };
	char text[64];

	(void)state;
	assert_int_equal(problem_set(NULL, 1, 1, "x"), -EINVAL);
	assert_int_equal(problem_set(&p, 3, 7, "found \"%s\"", "y"), -EINVAL);
	assert_string_equal(problem_format(&p, text, sizeof(text)), "w.yaml:3:7: found \"y\"");
	p.file[0] = 0;
	p.line = 0;
	assert_string_equal(problem_format(&p, text, sizeof(text)), "found \"y\"");
	assert_int_equal(strlen(problem_format(&p, text, 4)), 3);
}

static int make_work(void **state)
{
	(void)state;
	return mkdtemp(work) ? 0 : -1;
}

static int remove_work(void **state)
{
	(void)state;
	return rmdir(work); /* fails if a test left a file */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_grows),    cmocka_unit_test(test_buf_limit),
		cmocka_unit_test(test_buf_take),     cmocka_unit_test(test_json_nesting),
		cmocka_unit_test(test_json_strings), cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_escape),       cmocka_unit_test(test_escape_to_cuts),
		cmocka_unit_test(test_escape_to_tiny),
		cmocka_unit_test(test_numbers),      cmocka_unit_test(test_durations),
		cmocka_unit_test(test_file_write),   cmocka_unit_test(test_file_write_follows_nothing),
		cmocka_unit_test(test_file_read),    cmocka_unit_test(test_mkdir_p),
		cmocka_unit_test(test_problem),
	};

	return cmocka_run_group_tests(tests, make_work, remove_work);
}
