/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "../../fuzz/fuzz-opening.c"
#include "corpus.h"
#include "hello.h"

/* A TCP segment over IPv4 or IPv6, the latter behind an extension header. */
static struct buf segment(bool v6, uint32_t seq, const void *data, size_t len)
{
	uint8_t ip4[20] = { 0x45, [9] = IPPROTO_TCP }, ip6[48] = { 0x60, [6] = IPPROTO_HOPOPTS, [40] = IPPROTO_TCP };
	uint8_t tcp[32] = { [4] = (uint8_t)(seq >> 24), (uint8_t)(seq >> 16), (uint8_t)(seq >> 8), (uint8_t)seq, [12] = 0x80 };
	struct buf b;

	buf_init(&b, 0);
	buf_add(&b, v6 ? ip6 : ip4, v6 ? sizeof(ip6) : sizeof(ip4));
	buf_add(&b, tcp, sizeof(tcp));
	buf_add(&b, data, len);
	return b;
}

static enum opening_state say(struct opening *o, uint32_t seq, const void *data, size_t len)
{
	_cleanup_buf_ struct buf p = segment(seq & 1, seq, data, len);

	return opening_feed(o, (const uint8_t *)p.data, p.len);
}

static struct opening *tcp(void)
{
	struct opening *o = NULL;

	assert_int_equal(opening_new(IPPROTO_TCP, &o), 0);
	return o;
}

static void hears_real_clients(void **state)
{
	static const struct {
		const char *file;
		enum opening_state state;
		enum claim_by by;
		bool proxied;
	} files[] = {
		{ "curl-https", OPENING_NAMED, CLAIM_SNI, false },
		{ "chromium-tls", OPENING_NAMED, CLAIM_SNI, false },
		{ "chromium-quic", OPENING_NAMED, CLAIM_QUIC_SNI, false },
		{ "ngtcp2-v1", OPENING_NAMED, CLAIM_QUIC_SNI, false },
		{ "python-http", OPENING_NAMED, CLAIM_HTTP_HOST, false },
		{ "curl-proxy", OPENING_NAMED, CLAIM_HTTP_HOST, true },
		{ "curl-connect", OPENING_NAMED, CLAIM_CONNECT, true },
		{ "openssl-noname", OPENING_OTHER, CLAIM_SNI, false },
		{ "git-daemon", OPENING_OTHER, CLAIM_NOTHING, false },
		{ "ssh", OPENING_OTHER, CLAIM_NOTHING, false },
		{ "curl-socks", OPENING_OTHER, CLAIM_NOTHING, false },
	};
	size_t i, at, n, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *data = NULL;
		struct opening *o = NULL;

		corpus_read("opening", files[i].file, &data, &len);
		assert_int_equal(opening_new(data[0] & 1 ? IPPROTO_UDP : IPPROTO_TCP, &o), 0);
		for (at = 1; at + 2 <= len; at += n) {
			n = (size_t)((uint8_t)data[at] << 8 | (uint8_t)data[at + 1]);
			at += 2;
			(void)opening_feed(o, (const uint8_t *)data + at, n);
		}
		assert_int_equal(opening_state(o), files[i].state);
		assert_int_equal(opening_claim(o)->by, files[i].by);
		assert_int_equal(opening_claim(o)->proxied, files[i].proxied);
		if (files[i].state == OPENING_NAMED)
			assert_string_equal(opening_claim(o)->name, "api.home.test");
		(void)opening_free(o);
	}
}

/* As the gate sees a split hello: each copy begins where the first did and is longer. */
static void grows(void **state)
{
	_cleanup_buf_ struct buf hello = hello_records("api.home.test", 16384);
	struct opening *o = tcp();

	(void)state;
	assert_int_equal(say(o, 0xfffffffd, "", 0), OPENING_MORE);
	assert_int_equal(say(o, 0xfffffffd, hello.data, 5), OPENING_MORE);
	assert_int_equal(say(o, 0xfffffffd, hello.data, 20), OPENING_MORE);
	assert_int_equal(say(o, 40, hello.data + 43, 3), OPENING_MORE); /* behind a gap */
	assert_int_equal(say(o, 0xfffffffd, hello.data, hello.len), OPENING_NAMED);
	assert_string_equal(opening_claim(o)->name, "api.home.test");
	assert_int_equal(say(o, 0, "GET / HTTP/1.1\r\n\r\n", 18), OPENING_NAMED);
	(void)opening_free(o);
}

static void segments_follow_each_other(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n";
	struct opening *o = tcp();
	size_t i;

	(void)state;
	for (i = 0; i + 1 < strlen(text); i++)
		assert_int_equal(say(o, (uint32_t)i, text + i, 1), OPENING_MORE);
	assert_int_equal(say(o, (uint32_t)i, text + i, 1), OPENING_NAMED);
	assert_string_equal(opening_claim(o)->name, "home.test");
	(void)opening_free(o);
}

/* Pages that a program lent to the kernel (sendfile, MSG_ZEROCOPY) may change after they were looked at. */
static void notices_bytes_that_change(void **state)
{
	struct opening *o = tcp();

	(void)state;
	assert_int_equal(say(o, 0, "GET / HTTP/1.1\r\nHost: home", 26), OPENING_MORE);
	assert_int_equal(say(o, 0, "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 35), OPENING_HIDDEN);
	(void)opening_free(o);
}

static void malformed_is_hidden(void **state)
{
	struct opening *o = tcp();

	(void)state;
	assert_int_equal(say(o, 0, "\x16\x03\x01\0\4\1\0\0\0", 9), OPENING_HIDDEN);
	o = opening_free(o);
	o = tcp();
	assert_int_equal(say(o, 0, "GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", 47), OPENING_HIDDEN);
	o = opening_free(o);
	assert_int_equal(opening_new(IPPROTO_ICMP, &o), -EOPNOTSUPP);
}

static void survives_corpus(void **state)
{
	(void)state;
	corpus_survive("opening", 20, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hears_real_clients),         cmocka_unit_test(grows),
		cmocka_unit_test(segments_follow_each_other), cmocka_unit_test(notices_bytes_that_change),
		cmocka_unit_test(malformed_is_hidden),        cmocka_unit_test(survives_corpus),
	};

	return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
