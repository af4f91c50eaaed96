/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "../../fuzz/fuzz-tls.c"
#include "corpus.h"
#include "hello.h"

static struct tls_hello h;

static int read_file(const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	memset(&h, 0, sizeof(h));
	corpus_read("tls", name, &data, &len);
	return tls_stream_read((const uint8_t *)data, len, &h);
}

static int read_hello(const struct buf *b)
{
	memset(&h, 0, sizeof(h));
	return tls_stream_read((const uint8_t *)b->data, b->len, &h);
}

static void reads_real_clients(void **state)
{
	static const char *const named[] = { "curl-https", "openssl-sclient", "openssl-tls12", "python-https", "node-https",
					     "wget-https", "git-https", "chromium-tls" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(named); i++) {
		assert_int_equal(read_file(named[i]), 0);
		assert_string_equal(h.name, "api.home.test");
		assert_int_equal(h.ech, streq(named[i], "chromium-tls")); /* GREASE: it had no key to encrypt with */
	}
	assert_int_equal(read_file("curl-https"), 0);
	assert_string_equal(h.alpn, "h2, http/1.1");
	assert_int_equal(read_file("openssl-noname"), 0);
	assert_string_equal(h.name, "");
	assert_string_equal(h.alpn, "");
}

/* Whatever the cut, the answer is "more" until the last byte is there. */
static void waits_for_the_last_byte(void **state)
{
	_cleanup_buf_ struct buf b = hello_records("api.home.test", 7);
	size_t i;

	(void)state;
	for (i = 0; i < b.len; i++) {
		assert_true(tls_begins((const uint8_t *)b.data, i));
		assert_int_equal(tls_stream_read((const uint8_t *)b.data, i, &h), -EAGAIN);
	}
	assert_int_equal(read_hello(&b), 0);
	assert_string_equal(h.name, "api.home.test");
}

static void lower_cases_the_name(void **state)
{
	_cleanup_buf_ struct buf b = hello_records("API.Home.Test.", 16384), one = hello_records("intranet", 16384);

	(void)state;
	assert_int_equal(read_hello(&b), 0);
	assert_string_equal(h.name, "api.home.test");
	assert_int_equal(read_hello(&one), 0);
	assert_string_equal(h.name, "intranet");
}

static void refuses_names_that_are_none(void **state)
{
	static const char *const bad[] = { "", ".", "a..b", "10.99.0.2", "0x7f.1", "fd99::2", "a b", "evil\x01.test", "-\xc3\xa4.test",
					   "home.test:443", "*.home.test" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf b = hello_records(bad[i], 16384);

		assert_int_equal(read_hello(&b), -EBADMSG);
	}
}

/* A server that takes the last one, or the second entry of the list, would mean another host than we. */
static void refuses_two_names(void **state)
{
	_cleanup_buf_ struct buf name = hello_name("home.test"), other = hello_name("evil.test");
	_cleanup_buf_ struct buf ext = { 0 }, twice, both;

	(void)state;
	buf_init(&ext, 0);
	hello_extension(&ext, 0, &name);
	hello_extension(&ext, 0, &other);
	twice = hello_wrap(&ext, 16384);
	assert_int_equal(read_hello(&twice), -EBADMSG);

	buf_clear(&ext);
	buf_clear(&name);
	buf_add(&name, "\0\30\0\0\x09home.test\0\0\x09" "evil.test", 26);
	hello_extension(&ext, 0, &name);
	both = hello_wrap(&ext, 16384);
	assert_int_equal(read_hello(&both), -EBADMSG);
}

static void sees_encrypted_hello(void **state)
{
	_cleanup_buf_ struct buf name = hello_name("public.test"), ech = { 0 }, ext = { 0 }, b;

	(void)state;
	buf_init(&ext, 0);
	buf_init(&ech, 0);
	buf_add(&ech, "\0\0\1\0\1\x2a\0\0\0\0", 10);
	hello_extension(&ext, 0, &name);
	hello_extension(&ext, 0xfe0d, &ech);
	b = hello_wrap(&ext, 16384);
	assert_int_equal(read_hello(&b), 0);
	assert_true(h.ech);
	assert_string_equal(h.name, "public.test");
}

static void refuses_other_things(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "\x15\x03\x01\0\2\2\x28", 7 },         /* alert */
		{ "\x17\x03\x03\0\1\0", 6 },             /* data of a connection that is older */
		{ "\x16\x03\x01\0\0\x16\x03\x01\0\1", 10 }, /* empty fragment */
		{ "\x16\x03\x01\0\4\2\0\0\0", 9 },       /* server hello */
		{ "\x16\x03\x01\x40\x01\1\0\0\0", 9 },   /* longer than a record may be */
		{ "\x80\x2e\1\0\2", 5 },                 /* SSL 2 */
		{ "SSH-2.0-x\r\n", 11 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_false(tls_begins((const uint8_t *)bad[i].bytes, bad[i].len));
		assert_int_equal(tls_stream_read((const uint8_t *)bad[i].bytes, bad[i].len, &h), -EBADMSG);
	}
}

static void gives_up_at_the_bound(void **state)
{
	_cleanup_buf_ struct buf b = hello_records("home.test", 1), pad = { 0 }, ext = { 0 }, big;
	static char zeros[17000];

	(void)state;
	assert_int_equal(read_hello(&b), 0); /* six bytes on the wire for each of the message */
	buf_init(&pad, 0);
	buf_init(&ext, 0);
	buf_add(&pad, zeros, sizeof(zeros));
	hello_extension(&ext, 21, &pad);
	big = hello_wrap(&ext, 16384);
	assert_int_equal(read_hello(&big), -E2BIG);
	buf_clear(&pad);
	buf_clear(&ext);
	buf_done(&big);
	buf_add(&pad, zeros, 4000);
	hello_extension(&ext, 21, &pad);
	big = hello_wrap(&ext, 1);
	assert_int_equal(read_hello(&big), -E2BIG);
}

static void survives_corpus(void **state)
{
	(void)state;
	corpus_survive("tls", 8, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_real_clients),     cmocka_unit_test(waits_for_the_last_byte),
		cmocka_unit_test(lower_cases_the_name),   cmocka_unit_test(refuses_names_that_are_none),
		cmocka_unit_test(refuses_two_names),      cmocka_unit_test(sees_encrypted_hello),
		cmocka_unit_test(refuses_other_things),   cmocka_unit_test(gives_up_at_the_bound),
		cmocka_unit_test(survives_corpus),
	};

	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
