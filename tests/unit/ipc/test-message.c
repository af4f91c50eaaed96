/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of requests and endings, and the table that permits them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/ipc/message.h"

static int decode(const char *message, size_t len)
{
	const char *words[IPC_WORDS_MAX + 1];
	size_t n;

	return ipc_words_decode(message, len, words, &n);
}

static void test_words_round_trip(void **state _unused_)
{
	static const char *const in[] = { "allow", "17", "", "for=15m", NULL };
	const char *out[IPC_WORDS_MAX + 1];
	_cleanup_buf_ struct buf b = { 0 };
	size_t n, i;

	buf_init(&b, 0);
	assert_int_equal(ipc_words_encode(in, &b), 0);
	assert_int_equal(ipc_words_decode(buf_str(&b), b.len, out, &n), 0);
	assert_int_equal(n, 4);
	for (i = 0; i < n; i++)
		assert_string_equal(in[i], out[i]);
	assert_null(out[n]);
}

static void test_words_limits(void **state _unused_)
{
	const char *many[IPC_WORDS_MAX + 2] = { 0 };
	static char longest[IPC_REQUEST_MAX + 1];
	const char *one[] = { longest, NULL };
	_cleanup_buf_ struct buf b = { 0 };
	size_t i;

	for (i = 0; i < IPC_WORDS_MAX + 1; i++)
		many[i] = "x";
	buf_init(&b, 0);
	assert_int_equal(ipc_words_encode(many, &b), -E2BIG);
	many[IPC_WORDS_MAX] = NULL;
	buf_clear(&b);
	assert_int_equal(ipc_words_encode(many, &b), 0);
	memset(longest, 'x', IPC_REQUEST_MAX);
	buf_clear(&b);
	assert_int_equal(ipc_words_encode(one, &b), -E2BIG);
	longest[IPC_REQUEST_MAX - 1] = 0;
	buf_clear(&b);
	assert_int_equal(ipc_words_encode(one, &b), 0);
	buf_clear(&b);
	assert_int_equal(ipc_words_encode(one + 1, &b), -EINVAL);
}

static void test_words_malformed(void **state _unused_)
{
	static const char many[2 * (IPC_WORDS_MAX + 1)], huge[IPC_REQUEST_MAX + 1];

	assert_int_equal(decode("", 0), -EBADMSG);
	assert_int_equal(decode("status", 6), -EBADMSG);
	assert_int_equal(decode("a\0b", 3), -EBADMSG);
	assert_int_equal(decode(many, sizeof(many)), -EBADMSG);
	assert_int_equal(decode(huge, sizeof(huge)), -EBADMSG);
	assert_int_equal(decode("", 1), 0);
}

static void test_end_round_trip(void **state _unused_)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct ipc_end end = { 0 };

	buf_init(&b, 0);
	ipc_end_encode(IPC_REFUSED, "no: \"why\"", &b);
	assert_int_equal(ipc_end_decode(buf_str(&b), b.len, &end), 0);
	assert_int_equal(end.code, IPC_REFUSED);
	assert_string_equal(end.sentence, "no: \"why\"");
}

static void test_end_malformed(void **state _unused_)
{
	static char longest[5 + IPC_SENTENCE_MAX] = "E";
	struct ipc_end end = { .code = 77 };

	assert_int_equal(ipc_end_decode("E\0\0\0", 4, &end), -EBADMSG);
	assert_int_equal(ipc_end_decode("D\0\0\0\0", 5, &end), -EBADMSG);
	assert_int_equal(ipc_end_decode("E\0\0\0\0a\0b", 8, &end), -EBADMSG);
	memset(longest + 5, 'x', IPC_SENTENCE_MAX);
	assert_int_equal(ipc_end_decode(longest, sizeof(longest), &end), -EBADMSG);
	assert_int_equal(end.code, 77);
	assert_int_equal(ipc_end_decode(longest, sizeof(longest) - 1, &end), 0);
}

static void test_table(void **state _unused_)
{
	static const enum ipc_id loosening[] = { IPC_ALLOW, IPC_UNTAINT, IPC_RELOAD, IPC_STOP };
	const struct ipc_row *row;
	size_t i, j;

	for (i = 0; (row = ipc_row_at(i)); i++) {
		bool loosens = false;

		for (j = 0; j < ARRAY_SIZE(loosening); j++)
			loosens |= loosening[j] == row->id;
		assert_int_equal(row->id, i);
		assert_int_equal(row->loosens, loosens);
		assert_ptr_equal(ipc_row_find(row->name), row);
		assert_true(row->min_words <= row->max_words && row->max_words < IPC_WORDS_MAX);
		assert_true(!loosens || row->who != IPC_ANYONE);
		assert_non_null(row->help);
	}
	assert_int_equal(i, _IPC_MAX);
	assert_null(ipc_row_find("statu"));
	assert_null(ipc_row_find(""));
}

static void test_values(void **state _unused_)
{
	struct ipc_request req = { .words = { "allow", "17", "scope=program", "for=" }, .n_words = 4 };

	assert_string_equal(ipc_request_value(&req, "scope"), "program");
	assert_string_equal(ipc_request_value(&req, "for"), "");
	assert_null(ipc_request_value(&req, "sco"));
	assert_null(ipc_request_value(&req, "until"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_round_trip), cmocka_unit_test(test_words_limits),
		cmocka_unit_test(test_words_malformed),	 cmocka_unit_test(test_end_round_trip),
		cmocka_unit_test(test_end_malformed),	 cmocka_unit_test(test_table),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
