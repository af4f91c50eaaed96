/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be sent again and what its checksums are. Checksums are verified as a receiver does (the sum over packet
 * and pseudo header is zero), not by a second copy of the code; known vectors stand beside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "../../../src/act/packet.h"
#include "../../../src/base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SYN = 0x02, ACK = 0x10 };

struct bytes {
	uint8_t d[4096];
	size_t len;
};

static void ip4(struct bytes *b, uint8_t proto, size_t payload)
{
	static const uint8_t head[20] = {
		0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 0, 0xde, 0xad, 192, 0, 2, 1, 198, 51, 100, 7};

	memset(b, 0, sizeof(*b));
	memcpy(b->d, head, 20);
	b->d[9] = proto;
	b->len = 20 + payload;
	b->d[2] = (uint8_t)(b->len >> 8);
	b->d[3] = (uint8_t)b->len;
}

static void ip6(struct bytes *b, uint8_t proto, size_t payload)
{
	memset(b, 0, sizeof(*b));
	b->d[0] = 0x60;
	b->d[4] = (uint8_t)(payload >> 8);
	b->d[5] = (uint8_t)payload;
	b->d[6] = proto;
	b->d[7] = 64;
	b->d[8] = b->d[24] = 0xfd;
	b->d[23] = 1;
	b->d[39] = 2;
	b->len = 40 + payload;
}

static void tcp(struct bytes *b, size_t at, uint8_t flags, size_t options)
{
	uint8_t *t = b->d + at;

	t[0] = 0x9c, t[1] = 0x40, t[3] = 80;
	t[12] = (uint8_t)((20 + options) / 4 << 4);
	t[13] = flags;
	t[16] = 0xbe, t[17] = 0xef; /* a partial checksum */
	memset(t + 20, 1, options); /* NOP */
}

static void udp(struct bytes *b, size_t at, size_t payload)
{
	uint8_t *u = b->d + at;
	size_t i;

	u[0] = 0x9c, u[1] = 0x40, u[3] = 53;
	u[4] = (uint8_t)((8 + payload) >> 8);
	u[5] = (uint8_t)(8 + payload);
	for (i = 0; i < payload; i++)
		u[8 + i] = (uint8_t)(i * 7 + 1);
}

static int prepare(struct packet *ret, const struct bytes *b, uint16_t family, uint8_t proto)
{
	struct held_packet held = {.data = b->d, .len = b->len, .family = family, .proto = proto};

	return packet_prepare(ret, &held);
}

/* RFC 1071 as a receiver: the folded sum must be all ones. */
static uint32_t add(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t received(const struct packet *p, bool pseudo)
{
	uint32_t sum = 0;

	if (pseudo && p->family == AF_INET)
		sum = add(sum, p->data + 12, 8);
	else if (pseudo)
		sum = add(sum, p->data + 8, 32);
	if (pseudo)
		sum += p->proto + (uint32_t)(p->len - p->l4);
	return add(sum, p->data + p->l4, p->len - p->l4);
}

static void test_syn4(_unused_ void **state)
{
	struct bytes b, before;
	struct packet p;

	ip4(&b, IPPROTO_TCP, 40);
	tcp(&b, 20, SYN, 20);
	before = b;
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_TCP), 0);
	assert_memory_equal(&b, &before, sizeof(b));
	assert_int_equal(p.len, 60);
	assert_int_equal(p.l4, 20);
	assert_int_equal(add(0, p.data, 20), 0xffff);
	assert_int_equal(received(&p, true), 0xffff);
}

/* A header whose checksum is printed in many textbooks: 45 00 00 73 00 00 40 00 40 11 -> b861. */
static void test_header_vector(_unused_ void **state)
{
	static const uint8_t head[20] = {
		0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0, 0, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7};
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_UDP, 95);
	memcpy(b.d, head, 20);
	udp(&b, 20, 87);
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), 0);
	assert_int_equal(p.data[10], 0xb8);
	assert_int_equal(p.data[11], 0x61);
}

static void test_syn6(_unused_ void **state)
{
	struct bytes b;
	struct packet p;

	ip6(&b, IPPROTO_TCP, 40);
	tcp(&b, 40, SYN, 20);
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_TCP), 0);
	assert_int_equal(p.l4, 40);
	assert_int_equal(received(&p, true), 0xffff);
}

static void test_syn_payload_cut(_unused_ void **state)
{
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_TCP, 20 + 100);
	tcp(&b, 20, SYN, 0);
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_TCP), 0);
	assert_int_equal(p.len, 40);
	assert_int_equal(p.data[3], 40);
	assert_int_equal(add(0, p.data, 20), 0xffff);
	assert_int_equal(received(&p, true), 0xffff);
	ip6(&b, IPPROTO_TCP, 20 + 100);
	tcp(&b, 40, SYN, 0);
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_TCP), 0);
	assert_int_equal(p.len, 60);
	assert_int_equal(p.data[5], 20);
}

static void test_tcp_flags(_unused_ void **state)
{
	static const struct {
		uint8_t flags;
		int result;
	} rows[] = {
		{SYN, 0}, {SYN | ACK, 0}, {SYN | 0xc0, 0}, /* ECN setup */
		{ACK, -EINVAL}, {ACK | 0x08, -EINVAL}, {0x01 | ACK, -EINVAL}, {0x04, -EINVAL},
		{SYN | 0x01, -EINVAL}, {SYN | 0x04, -EINVAL}, {0, -EINVAL},
	};
	struct bytes b;
	struct packet p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ip4(&b, IPPROTO_TCP, 20);
		tcp(&b, 20, rows[i].flags, 0);
		assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_TCP), rows[i].result);
	}
}

static void test_udp(_unused_ void **state)
{
	struct bytes b;
	struct packet p;
	size_t n;

	for (n = 0; n < 1400; n += 61) {
		ip4(&b, IPPROTO_UDP, 8 + n);
		udp(&b, 20, n);
		assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), 0);
		assert_int_equal(received(&p, true), 0xffff);
		ip6(&b, IPPROTO_UDP, 8 + n);
		udp(&b, 40, n);
		assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), 0);
		assert_int_equal(received(&p, true), 0xffff);
	}
	/* A length that is not the packet's: cut, or several packets in one. */
	b.d[45]++;
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), -EINVAL);
}

/* The payload is chosen so that the sum comes out as zero, which would read as "no checksum". */
static void test_udp_zero_sum(_unused_ void **state)
{
	struct bytes b;
	struct packet p;
	uint32_t sum;

	ip4(&b, IPPROTO_UDP, 10);
	udp(&b, 20, 2);
	b.d[28] = b.d[29] = 0;
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), 0);
	sum = (uint32_t)p.data[26] << 8 | p.data[27];
	b.d[28] = (uint8_t)(sum >> 8);
	b.d[29] = (uint8_t)sum;
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), 0);
	assert_int_equal(p.data[26], 0xff);
	assert_int_equal(p.data[27], 0xff);
}

static void test_udplite(_unused_ void **state)
{
	struct bytes b;
	struct packet p, other;

	ip4(&b, IPPROTO_UDPLITE, 28);
	udp(&b, 20, 20);
	b.d[25] = 12; /* covers the header and four bytes */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDPLITE), 0);
	b.d[20 + 13] ^= 0xff; /* not covered */
	assert_int_equal(prepare(&other, &b, AF_INET, IPPROTO_UDPLITE), 0);
	assert_memory_equal(p.data + 26, other.data + 26, 2);
	b.d[20 + 11] ^= 0xff; /* covered */
	assert_int_equal(prepare(&other, &b, AF_INET, IPPROTO_UDPLITE), 0);
	assert_memory_not_equal(p.data + 26, other.data + 26, 2);
	b.d[25] = 7;
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDPLITE), -EINVAL);
	b.d[25] = 29;
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDPLITE), -EINVAL);
	b.d[25] = 0;
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDPLITE), 0);
	assert_int_equal(received(&p, true), 0xffff);
}

static void test_icmp(_unused_ void **state)
{
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_ICMP, 13);
	b.d[20] = 8;
	b.d[32] = 0x55; /* odd length */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_ICMP), 0);
	assert_int_equal(received(&p, false), 0xffff);
	ip6(&b, IPPROTO_ICMPV6, 16);
	b.d[40] = 128;
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_ICMPV6), 0);
	assert_int_equal(received(&p, true), 0xffff);
}

/* CRC32c of "123456789" is e3069283 (RFC 3720, B.4 uses the same polynomial): here over a header plus known bytes. */
static void test_sctp(_unused_ void **state)
{
	/* 12 zero bytes + 20 zero bytes: RFC 3720 B.4 gives aa 36 91 8a for 32 zeroes. */
	static const uint8_t sum[4] = {0xaa, 0x36, 0x91, 0x8a};
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_SCTP, 32);
	b.d[28] = 0x77; /* the old checksum must not count */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_SCTP), 0);
	assert_memory_equal(p.data + 28, sum, 4);
}

static void test_unknown_protocol_as_is(_unused_ void **state)
{
	struct bytes b;
	struct packet p;

	ip4(&b, 47, 16);
	memset(b.d + 20, 0xa5, 16);
	assert_int_equal(prepare(&p, &b, AF_INET, 47), 0);
	assert_memory_equal(p.data + 20, b.d + 20, 16);
}

static void test_must_agree(_unused_ void **state)
{
	struct held_packet none = {.family = AF_INET, .proto = IPPROTO_TCP};
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_TCP, 20);
	tcp(&b, 20, SYN, 0);
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), -EINVAL);
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_TCP), -EINVAL);
	assert_int_equal(prepare(&p, &b, AF_UNIX, IPPROTO_TCP), -EINVAL);
	assert_int_equal(packet_prepare(&p, &none), -EINVAL);
}

static void test_lengths(_unused_ void **state)
{
	struct bytes b;
	struct packet p;
	size_t n;

	ip4(&b, IPPROTO_TCP, 40);
	tcp(&b, 20, SYN, 20);
	for (n = 0; n < 60; n++) {
		b.len = n;
		assert_true(prepare(&p, &b, AF_INET, IPPROTO_TCP) < 0);
	}
	b.len = 60 + 6; /* link-layer padding is not sent */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_TCP), 0);
	assert_int_equal(p.len, 60);
	b.d[32] = 0xf0; /* header longer than the packet */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_TCP), -EINVAL);
	b.d[32] = 0x40; /* shorter than a header */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_TCP), -EINVAL);
	ip4(&b, IPPROTO_UDP, EG_PKT_MAX);
	udp(&b, 20, EG_PKT_MAX - 8);
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), -EMSGSIZE);
	ip6(&b, IPPROTO_UDP, 8);
	udp(&b, 40, 0);
	b.d[4] = b.d[5] = 0;
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), -EOPNOTSUPP);
}

static void test_fragments(_unused_ void **state)
{
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_UDP, 8);
	udp(&b, 20, 0);
	b.d[6] = 0x20; /* more fragments */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), -EOPNOTSUPP);
	b.d[6] = 0, b.d[7] = 1; /* an offset */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), -EOPNOTSUPP);
	b.d[6] = 0x40, b.d[7] = 0; /* don't fragment */
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), 0);
	ip6(&b, IPPROTO_FRAGMENT, 16);
	b.d[40] = IPPROTO_UDP;
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), -EOPNOTSUPP);
}

static void test_ip4_options(_unused_ void **state)
{
	static const struct {
		uint8_t options[4];
		int result;
	} rows[] = {
		{{1, 1, 1, 0}, 0}, {{148, 4, 0, 0}, 0},
		{{131, 3, 4, 0}, -EOPNOTSUPP}, {{1, 137, 3, 4}, -EOPNOTSUPP},
		{{148, 0, 0, 0}, -EINVAL}, {{148, 5, 0, 0}, -EINVAL}, {{1, 1, 1, 148}, -EINVAL},
	};
	struct bytes b;
	struct packet p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ip4(&b, IPPROTO_UDP, 12);
		b.d[0] = 0x46;
		memcpy(b.d + 20, rows[i].options, 4);
		udp(&b, 24, 0);
		assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), rows[i].result);
		if (!rows[i].result)
			assert_int_equal(received(&p, true), 0xffff);
	}
}

static void test_ip6_extensions(_unused_ void **state)
{
	struct bytes b;
	struct packet p;
	size_t i;

	ip6(&b, IPPROTO_HOPOPTS, 8 + 8 + 8);
	b.d[40] = IPPROTO_DSTOPTS;
	b.d[48] = IPPROTO_UDP;
	udp(&b, 56, 0);
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), 0);
	assert_int_equal(p.l4, 56);
	assert_int_equal(received(&p, true), 0xffff);
	b.d[49] = 2; /* longer than what is left */
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), -EINVAL);
	ip6(&b, IPPROTO_ROUTING, 8 + 8);
	b.d[40] = IPPROTO_UDP;
	b.d[43] = 1; /* segments left */
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), -EOPNOTSUPP);
	ip6(&b, IPPROTO_DSTOPTS, 8 * 20); /* a chain without end */
	for (i = 0; i < 20; i++)
		b.d[40 + 8 * i] = IPPROTO_DSTOPTS;
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_DSTOPTS), -EOPNOTSUPP);
}

static void test_addresses(_unused_ void **state)
{
	struct sockaddr_storage at;
	struct bytes b;
	struct packet p;

	ip4(&b, IPPROTO_UDP, 8);
	udp(&b, 20, 0);
	assert_int_equal(prepare(&p, &b, AF_INET, IPPROTO_UDP), 0);
	assert_int_equal(packet_destination(&p, &at), sizeof(struct sockaddr_in));
	assert_int_equal(ntohl(((struct sockaddr_in *)&at)->sin_addr.s_addr), 0xc6336407);
	(void)packet_source(&p, &at);
	assert_int_equal(ntohl(((struct sockaddr_in *)&at)->sin_addr.s_addr), 0xc0000201);
	ip6(&b, IPPROTO_UDP, 8);
	udp(&b, 40, 0);
	assert_int_equal(prepare(&p, &b, AF_INET6, IPPROTO_UDP), 0);
	assert_int_equal(packet_destination(&p, &at), sizeof(struct sockaddr_in6));
	assert_int_equal(((struct sockaddr_in6 *)&at)->sin6_addr.s6_addr[15], 2);
	(void)packet_source(&p, &at);
	assert_int_equal(((struct sockaddr_in6 *)&at)->sin6_addr.s6_addr[15], 1);
}

/* The fuzzer's corpus and cheap mutations of it, in every ordinary test run. */
static void replay(const char *dir, const char *name)
{
	char path[1024];
	_cleanup_free_ char *data = NULL;
	size_t len, i;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &data, &len), 0);
	(void)LLVMFuzzerTestOneInput((uint8_t *)data, len);
	for (i = 0; i < len * 8; i++) {
		data[i / 8] ^= (char)(1 << i % 8);
		(void)LLVMFuzzerTestOneInput((uint8_t *)data, len);
		(void)LLVMFuzzerTestOneInput((uint8_t *)data, i / 8);
		data[i / 8] ^= (char)(1 << i % 8);
	}
}

static void test_corpus(_unused_ void **state)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	unsigned count = 0;
	char path[400];

	assert_non_null(getenv("EGRET_TEST_DATA"));
	(void)snprintf(path, sizeof(path), "%s/../fuzz/corpus/packet", getenv("EGRET_TEST_DATA"));
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			replay(path, entry->d_name), count++;
	assert_true(count >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn4), cmocka_unit_test(test_header_vector), cmocka_unit_test(test_syn6),
		cmocka_unit_test(test_syn_payload_cut), cmocka_unit_test(test_tcp_flags), cmocka_unit_test(test_udp),
		cmocka_unit_test(test_udp_zero_sum), cmocka_unit_test(test_udplite), cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_sctp), cmocka_unit_test(test_unknown_protocol_as_is),
		cmocka_unit_test(test_must_agree), cmocka_unit_test(test_lengths), cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_ip4_options), cmocka_unit_test(test_ip6_extensions),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../../fuzz/fuzz-packet.c"
