/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/enrich.h"
#include "../../fuzz/fuzz-dns.c"

static struct dns_message m;

static struct buf start(const char *question, size_t len, unsigned type, unsigned answers)
{
	uint8_t head[12] = { 0x12, 0x34, 0x81, 0x80, 0, 1, (uint8_t)(answers >> 8), (uint8_t)answers };
	struct buf b;

	buf_init(&b, 0);
	buf_add(&b, head, sizeof(head));
	buf_add(&b, question, len);
	buf_add(&b, (uint8_t[]){ 0, (uint8_t)type, 0, 1 }, 4);
	return b;
}

static void record(struct buf *b, const char *owner, size_t owner_len, unsigned type, uint32_t ttl, const void *data,
		   size_t len)
{
	buf_add(b, owner, owner_len);
	buf_add(b, (uint8_t[]){ 0, (uint8_t)type, 0, 1, (uint8_t)(ttl >> 24), (uint8_t)(ttl >> 16), (uint8_t)(ttl >> 8),
				(uint8_t)ttl, (uint8_t)(len >> 8), (uint8_t)len },
		10);
	buf_add(b, data, len);
}
/* Literals: their NUL is the root label. */
#define START(b, q, type, answers) _cleanup_buf_ struct buf b = start(q, sizeof(q), type, answers)
#define RECORD(b, owner, type, ttl, data) record(&b, owner, sizeof(owner), type, ttl, data, sizeof(data))
#define TO_QUESTION "\xc0\x0c"
#define RECORD_Q(b, type, ttl, data, len) record(&b, TO_QUESTION, 2, type, ttl, data, len)

static int parse(const struct buf *b)
{
	return dns_parse((const uint8_t *)b->data, b->len, &m);
}

static int parse_file(const char *name)
{
	_cleanup_free_ char *path = NULL, *data = NULL;
	size_t len;

	assert_true(asprintf(&path, "%s/../fuzz/corpus/dns/%s", getenv("EGRET_TEST_DATA"), name) > 0);
	assert_int_equal(file_read(AT_FDCWD, path, 65536, &data, &len), 0);
	return dns_parse((const uint8_t *)data, len, &m);
}

static void assert_v4(const struct dns_answer *a, const char *text)
{
	uint8_t addr[ADDR_LEN];

	assert_true(a->has_addr);
	assert_int_equal(addr_from_text(text, addr), 0);
	assert_memory_equal(a->addr, addr, ADDR_LEN);
}

static void assert_chain(size_t answer, uint32_t ttl, const char *expected)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct dns_chain c;
	size_t i;

	buf_init(&b, 0);
	assert_int_equal(dns_chain(&m, answer, &c), 0);
	for (i = 0; i < c.n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", c.names[i]);
	assert_string_equal(buf_str(&b), expected);
	assert_int_equal(c.ttl, ttl);
}

static void reads_query(void **state)
{
	(void)state;
	assert_int_equal(parse_file("query-a"), 0);
	assert_false(m.response);
	assert_int_equal(m.id, 1);
	assert_int_equal(m.qtype, DNS_TYPE_A);
	assert_int_equal(m.n_answers, 0);
	assert_string_equal(dns_text(&m, m.question), "www.example.test");
}

static void reads_addresses(void **state)
{
	uint8_t v6[ADDR_LEN];

	(void)state;
	assert_int_equal(parse_file("answer-a"), 0);
	assert_true(m.response);
	assert_int_equal(m.n_answers, 2);
	assert_v4(&m.answers[0], "192.0.2.1");
	assert_v4(&m.answers[1], "192.0.2.2");
	assert_chain(1, 60, "www.example.test");
	assert_int_equal(parse_file("answer-aaaa"), 0);
	assert_int_equal(addr_from_text("2001:db8::1", v6), 0);
	assert_memory_equal(m.answers[0].addr, v6, ADDR_LEN);
}

static void follows_cnames(void **state)
{
	(void)state;
	assert_int_equal(parse_file("cname-chain"), 0);
	assert_chain(2, 20, "www.example.test cdn.example.test edge.example.test");
	assert_int_equal(parse_file("cname-loop"), 0);
	assert_int_equal(m.n_steps, 2);
}

static void follows_cnames_in_any_order(void **state)
{
	START(b, "\1a\4test", DNS_TYPE_A, 3);

	(void)state;
	RECORD(b, "\1C\4test", DNS_TYPE_A, 9, ((uint8_t[]){ 192, 0, 2, 1 }));
	RECORD(b, "\1b\4test", DNS_TYPE_CNAME, 8, "\1c\4TEST");
	RECORD(b, "\1A\4test", DNS_TYPE_CNAME, 7, "\1B\4test");
	assert_int_equal(parse(&b), 0);
	assert_chain(0, 7, "a.test b.test c.test");
}

static void ignores_unrelated_records(void **state)
{
	struct dns_chain c;
	START(b, "\4evil\4test", DNS_TYPE_A, 2);

	(void)state;
	RECORD(b, "\4bank\4test", DNS_TYPE_A, 9, ((uint8_t[]){ 192, 0, 2, 1 }));
	RECORD(b, "\4evil\4test", DNS_TYPE_A, 9, ((uint8_t[]){ 192, 0, 2, 2 }));
	assert_int_equal(parse(&b), 0);
	assert_int_equal(dns_chain(&m, 0, &c), -ENOENT);
	assert_int_equal(dns_chain(&m, 1, &c), 0);
	assert_int_equal(dns_chain(&m, 2, &c), -ENOENT);
}

static void reads_https_hints_and_aliases(void **state)
{
	(void)state;
	assert_int_equal(parse_file("https-hints"), 0);
	assert_int_equal(m.n_answers, 4); /* the record, two IPv4, one IPv6 */
	assert_v4(&m.answers[1], "192.0.2.4");
	assert_v4(&m.answers[2], "192.0.2.5");
	assert_chain(3, 300, "svc.test");
	assert_int_equal(parse_file("https-alias"), 0);
	assert_int_equal(m.answers[0].priority, 0);
	assert_chain(1, 60, "apex.test pool.test");
}

/* A '.' or NUL inside a label must not look like a label's end or the name's. */
static void escapes_odd_octets(void **state)
{
	(void)state;
	assert_int_equal(parse_file("odd-octets"), 0);
	assert_string_equal(dns_text(&m, m.question), "a\\046b\\092\\255.test");
}

static void reports_flags(void **state)
{
	(void)state;
	assert_int_equal(parse_file("truncated"), 0);
	assert_true(m.truncated);
	assert_true(m.cut);
	assert_int_equal(m.n_answers, 1);
	assert_int_equal(parse_file("nxdomain-edns"), 0);
	assert_int_equal(m.rcode, 3);
	assert_false(m.cut);
}

static void refuses_malformed(void **state)
{
	START(b, "\1a\4test", DNS_TYPE_A, 1);
	size_t len = b.len;

	(void)state;
	assert_int_equal(parse_file("pointer-loop"), -EBADMSG);
	assert_int_equal(dns_parse((const uint8_t *)"", 0, &m), -EBADMSG);
	assert_int_equal(dns_parse((const uint8_t *)b.data, 11, &m), -EBADMSG);
	assert_int_equal(dns_parse((const uint8_t *)b.data, len - 1, &m), -EBADMSG);
	RECORD_Q(b, DNS_TYPE_A, 1, "\1\2\3", 3);
	assert_int_equal(parse(&b), -EBADMSG);
	b.data[5] = 2;
	assert_int_equal(parse(&b), -EBADMSG); /* two questions */
	b.data[5] = 1;
	b.data[2] = 0x28;
	assert_int_equal(parse(&b), -EOPNOTSUPP); /* UPDATE */
}

static void refuses_forward_pointer(void **state)
{
	START(b, "\1a\4test", DNS_TYPE_A, 1);

	(void)state;
	record(&b, "\xc0\x20", 2, DNS_TYPE_A, 1, "\1\2\3\4", 4);
	assert_int_equal(parse(&b), -EBADMSG);
}

static void refuses_long_name(void **state)
{
	char name[257];
	size_t i;

	(void)state;
	for (i = 0; i < 256; i += 64) {
		name[i] = 63;
		memset(name + i + 1, 'a', 63);
	}
	name[256] = 0;
	{
		_cleanup_buf_ struct buf b = start(name, sizeof(name), DNS_TYPE_A, 0);

		assert_int_equal(parse(&b), -EBADMSG);
	}
	name[192] = 61; /* 64 * 3 + 62 + 1 octets: the most there may be */
	name[254] = 0;
	{
		_cleanup_buf_ struct buf b = start(name, 255, DNS_TYPE_A, 0);

		assert_int_equal(parse(&b), 0);
	}
}

static void clamps_wild_ttl(void **state)
{
	START(b, "\1a\4test", DNS_TYPE_A, 1);

	(void)state;
	RECORD_Q(b, DNS_TYPE_A, 0x80000001u, "\1\2\3\4", 4);
	assert_int_equal(parse(&b), 0);
	assert_int_equal(m.answers[0].ttl, 0);
}

static void keeps_at_most_64(void **state)
{
	START(b, "\1a\4test", DNS_TYPE_A, 70);
	unsigned i;

	(void)state;
	for (i = 0; i < 70; i++)
		RECORD_Q(b, DNS_TYPE_A, 1, ((uint8_t[]){ 10, 0, 0, (uint8_t)i }), 4);
	assert_int_equal(parse(&b), 0);
	assert_int_equal(m.n_answers, DNS_ANSWERS_MAX);
	assert_true(m.more);
}

/* Every length of every corpus file, then bytes changed at random with a fixed seed; fuzz-dns.c aborts on a broken
 * promise. */
static void survives_mutations(void **state)
{
	_cleanup_closedir_ DIR *d = NULL;
	_cleanup_free_ char *dir = NULL;
	const struct dirent *e;
	unsigned files = 0, seed = 1;

	(void)state;
	assert_true(asprintf(&dir, "%s/../fuzz/corpus/dns", getenv("EGRET_TEST_DATA")) > 0);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		_cleanup_free_ char *data = NULL, *copy = NULL;
		size_t len, i, round;

		if (e->d_name[0] == '.')
			continue;
		files++;
		assert_int_equal(file_read(dirfd(d), e->d_name, 65536, &data, &len), 0);
		copy = malloc(len);
		assert_non_null(copy);
		for (i = 0; i <= len; i++)
			(void)LLVMFuzzerTestOneInput((const uint8_t *)data, i);
		for (round = 0; round < 5000; round++) {
			memcpy(copy, data, len);
			for (i = 0; i < 1 + round % 4; i++)
				copy[(size_t)rand_r(&seed) % len] = (char)rand_r(&seed);
			(void)LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
		}
	}
	assert_true(files >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_query),
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(follows_cnames),
		cmocka_unit_test(follows_cnames_in_any_order),
		cmocka_unit_test(ignores_unrelated_records),
		cmocka_unit_test(reads_https_hints_and_aliases),
		cmocka_unit_test(escapes_odd_octets),
		cmocka_unit_test(reports_flags),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(refuses_forward_pointer),
		cmocka_unit_test(refuses_long_name),
		cmocka_unit_test(clamps_wild_ttl),
		cmocka_unit_test(keeps_at_most_64),
		cmocka_unit_test(survives_mutations),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
