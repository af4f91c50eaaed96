/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "../../fuzz/fuzz-quic.c"
#include "corpus.h"
#include "hello.h"

static struct quic_opening q;
static struct tls_hello h;

static void begin(void)
{
	memset(&q, 0, sizeof(q));
	memset(&h, 0, sizeof(h));
}

/* A CRYPTO frame (RFC 9000, 19.6) with a slice of a message. */
static void add_crypto(struct buf *frames, const struct buf *msg, size_t offset, size_t len)
{
	buf_addc(frames, 6);
	hello_number(frames, 0x4000 | offset, 2);
	hello_number(frames, 0x4000 | len, 2);
	buf_add(frames, msg->data + offset, len);
}

static struct buf message(const char *name)
{
	_cleanup_buf_ struct buf n = hello_name(name), ext = { 0 };

	buf_init(&ext, 0);
	hello_extension(&ext, 0, &n);
	return hello_message(&ext);
}

static int send_frames(unsigned version, const struct buf *frames)
{
	static uint32_t pn;
	uint8_t packet[2048];
	size_t n = seal_piece(version == 2 ? 2 : 0, pn++, (const uint8_t *)frames->data, frames->len, packet);

	assert_true(quic_begins(packet, n));
	return quic_datagram_read(&q, packet, n, &h);
}

/* RFC 9001, A.1 and RFC 9369, A.1: the keys for the connection id 0x8394c8f03e515708. */
static void agrees_with_the_standards(void **state)
{
	static const struct {
		unsigned version;
		const char *key, *iv, *hp;
	} known[] = {
		{ 1, "\x1f\x36\x96\x13\xdd\x76\xd5\x46\x77\x30\xef\xcb\xe3\xb1\xa2\x2d", "\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c",
		  "\x9f\x50\x44\x9e\x04\xa0\xe8\x10\x28\x3a\x1e\x99\x33\xad\xed\xd2" },
		{ 2, "\x8b\x1a\x0b\xc1\x21\x28\x42\x90\xa2\x9e\x09\x71\xb5\xcd\x04\x5d", "\x91\xf7\x3e\x23\x51\xd8\xfa\x91\x66\x0e\x90\x9f",
		  "\x45\xb9\x5e\x15\x23\x5d\x6f\x45\xa6\xb1\x9c\xbc\xb0\x29\x4b\xa9" },
	};
	uint8_t key[16], iv[12], hp[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		struct seal s = { .version = known[i].version, .cid = (const uint8_t *)"\x83\x94\xc8\xf0\x3e\x51\x57\x08", .cid_len = 8 };

		seal_keys(&s, key, iv, hp);
		assert_memory_equal(key, known[i].key, sizeof(key));
		assert_memory_equal(iv, known[i].iv, sizeof(iv));
		assert_memory_equal(hp, known[i].hp, sizeof(hp));
	}
}

/* The datagrams of a captured file until the hello is complete; returns how many that took. */
static int read_capture(const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t len, at, n;
	int count = 0, r = -EAGAIN;

	begin();
	corpus_read("quic", name, &data, &len);
	for (at = 1; at + 2 <= len && r == -EAGAIN; at += n, count++) {
		n = (size_t)((uint8_t)data[at] << 8 | (uint8_t)data[at + 1]);
		at += 2;
		r = quic_datagram_read(&q, (const uint8_t *)data + at, n, &h);
	}
	assert_int_equal(r, 0);
	return count;
}

static void reads_real_clients(void **state)
{
	(void)state;
	assert_int_equal(read_capture("ngtcp2-v1"), 1);
	assert_string_equal(h.name, "api.home.test");
	assert_string_equal(h.alpn, "h3");
	assert_int_equal(read_capture("chromium-quic"), 2);
	assert_string_equal(h.name, "api.home.test");
	assert_true(h.ech);
}

/* Frames in any order, over packets and datagrams, with repetitions that agree. */
static void puts_pieces_together(void **state)
{
	_cleanup_buf_ struct buf m = message("api.home.test");
	unsigned version;

	(void)state;
	for (version = 1; version <= 2; version++) {
		_cleanup_buf_ struct buf last = { 0 }, first = { 0 }, middle = { 0 };

		begin();
		buf_init(&last, 0);
		buf_init(&first, 0);
		buf_init(&middle, 0);
		add_crypto(&last, &m, 40, m.len - 40);
		buf_add(&first, "\1\0\0\0\2\0\0\0\0", 9); /* PING, PADDING, ACK */
		add_crypto(&first, &m, 0, 10);
		add_crypto(&middle, &m, 30, 12);
		add_crypto(&middle, &m, 5, 25);
		assert_int_equal(send_frames(version, &last), -EAGAIN);
		assert_int_equal(send_frames(version, &first), -EAGAIN);
		assert_int_equal(send_frames(version, &middle), 0);
		assert_string_equal(h.name, "api.home.test");
	}
}

static void refuses_bytes_that_change(void **state)
{
	_cleanup_buf_ struct buf home = message("home.test"), evil = message("evil.test");
	_cleanup_buf_ struct buf one = { 0 }, two = { 0 };

	(void)state;
	begin();
	buf_init(&one, 0);
	buf_init(&two, 0);
	add_crypto(&one, &home, 20, home.len - 20);
	add_crypto(&two, &evil, 0, evil.len);
	assert_int_equal(send_frames(1, &one), -EAGAIN);
	assert_int_equal(send_frames(1, &two), -EBADMSG);
}

static void refuses_other_frames(void **state)
{
	static const char *const bad[] = { "\x08\0\0\0\0", "\x06\x40", "\x1e\0\0\0", "\x02\0\xff\xff\xff\xff\xff\xff" };
	static const size_t lens[] = { 5, 2, 4, 8 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf f = { 0 };

		begin();
		buf_init(&f, 0);
		buf_add(&f, "\0\0\0\0", 4);
		buf_add(&f, bad[i], lens[i]);
		assert_int_equal(send_frames(1, &f), -EBADMSG);
	}
}

static void refuses_forged_packets(void **state)
{
	_cleanup_buf_ struct buf m = message("home.test"), f = { 0 };
	uint8_t packet[2048];
	size_t n, i;

	(void)state;
	buf_init(&f, 0);
	add_crypto(&f, &m, 0, m.len);
	n = seal_piece(0, 7, (const uint8_t *)f.data, f.len, packet);
	for (i = 0; i < n; i++) {
		begin();
		packet[i] ^= 0x10;
		assert_int_not_equal(quic_datagram_read(&q, packet, n, &h), 0);
		packet[i] ^= 0x10;
	}
	begin();
	assert_int_equal(quic_datagram_read(&q, packet, n, &h), 0);
	packet[6] ^= 1; /* another connection on the same socket */
	assert_int_equal(quic_datagram_read(&q, packet, n, &h), -EBADMSG);
}

static void is_bounded(void **state)
{
	_cleanup_buf_ struct buf f = { 0 };
	unsigned i;

	(void)state;
	begin();
	buf_init(&f, 0);
	buf_add(&f, "\6\xbf\xff\xff\0\1\0", 7);
	assert_int_equal(send_frames(1, &f), -E2BIG);
	begin();
	buf_clear(&f);
	buf_add(&f, "\1\1\1\1", 4);
	for (i = 0; i < QUIC_PACKETS_MAX; i++)
		assert_int_equal(send_frames(1, &f), -EAGAIN);
	assert_int_equal(send_frames(1, &f), -E2BIG);
}

static void survives_corpus(void **state)
{
	(void)state;
	corpus_survive("quic", 4, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_standards), cmocka_unit_test(reads_real_clients),
		cmocka_unit_test(puts_pieces_together),      cmocka_unit_test(refuses_bytes_that_change),
		cmocka_unit_test(refuses_other_frames),      cmocka_unit_test(refuses_forged_packets),
		cmocka_unit_test(is_bounded),                cmocka_unit_test(survives_corpus),
	};

	return cmocka_run_group_tests_name("quic", tests, NULL, NULL);
}
