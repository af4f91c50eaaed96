/* SPDX-License-Identifier: Apache-2.0 */
/* One look finds what a walk over all entries finds: the index against dest_match, and its cost. */
#include <setjmp.h>
#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../../src/policy/ci_index.h"

#define PATTERNS_MAX 10000

static char patterns[PATTERNS_MAX][64];
static uint32_t seed;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* Few labels, so that suffixes meet often. */
static void random_name(char *dst, size_t size)
{
	static const char *const labels[] = { "a", "b", "evil-a", "A", "x1", "c" };
	size_t at = 0, n = 1 + pick(4), i;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(dst + at, size - at, "%s.", labels[pick(ARRAY_SIZE(labels))]);
	(void)snprintf(dst + at, size - at, "test");
}

static void random_addr(char *dst, size_t size, bool range)
{
	static const unsigned v4[] = { 0, 7, 8, 9, 16, 24, 31, 32 }, v6[] = { 0, 7, 8, 32, 64, 95, 96, 127, 128 };
	char prefix[8] = "";

	if (pick(2)) {
		if (range)
			(void)snprintf(prefix, sizeof(prefix), "/%u", v4[pick(ARRAY_SIZE(v4))]);
		(void)snprintf(dst, size, "%u.%u.0.%u%s", 10 + pick(3), pick(3), pick(4), prefix);
	} else {
		if (range)
			(void)snprintf(prefix, sizeof(prefix), "/%u", v6[pick(ARRAY_SIZE(v6))]);
		(void)snprintf(dst, size, pick(5) ? "fd%02x::%x%s" : "::ffff:10.0.%u.%u%s", pick(2), pick(3), prefix);
	}
}

static void random_pattern(char *dst, size_t size)
{
	char body[48];
	bool name = pick(2);

	if (name)
		random_name(body, sizeof(body));
	else
		random_addr(body, sizeof(body), pick(2));
	if (name && pick(3) == 0)
		(void)snprintf(dst, size, "%s%s", pick(2) ? "." : "*.", body);
	else if (pick(4) == 0)
		(void)snprintf(dst, size, strchr(body, ':') ? "[%s]:%u" : "%s:%u", body, 80 + pick(2));
	else
		(void)snprintf(dst, size, "%s", body);
}

static struct dest random_dest(char *name, size_t size)
{
	struct dest to = { .port = (uint16_t)(80 + pick(3)), .proto = 6 };
	char addr[48];

	random_addr(addr, sizeof(addr), false);
	if (inet_pton(AF_INET6, addr, to.addr) != 1) {
		memcpy(to.addr, (const uint8_t[12]){ [10] = 0xff, [11] = 0xff }, 12);
		assert_int_equal(inet_pton(AF_INET, addr, to.addr + 12), 1);
	}
	if (pick(4)) {
		random_name(name, size);
		to.name = name;
	}
	return to;
}

static struct ci_index *index_of(size_t n)
{
	struct ci_index *x = ci_index_new();
	size_t i;

	assert_non_null(x);
	for (i = 0; i < n; i++)
		assert_int_equal(ci_index_add(x, patterns[i], (struct ci_entry){ "key", patterns[i] }), 0);
	assert_int_equal(ci_index_seal(x), 0);
	return x;
}

static void compare(const struct ci_index *x, size_t n)
{
	char name[64];
	struct dest to = random_dest(name, sizeof(name));
	const struct ci_entry *e = ci_index_find(x, &to);
	bool found = false;
	size_t i;

	for (i = 0; i < n && !found; i++)
		found = dest_match(patterns[i], &to);
	if (found != (e != NULL))
		fail_msg("%s: the walk says %s, the index %s", to.name ? to.name : "no name", found ? patterns[i - 1] : "no",
			 e ? e->text : "no");
	if (e)
		assert_true(dest_match(e->text, &to));
}

static void test_same_as_walk(void **state)
{
	size_t round, i, n;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct ci_index *x;

		seed = (uint32_t)round;
		n = pick(12);
		for (i = 0; i < n; i++)
			random_pattern(patterns[i], sizeof(patterns[i]));
		x = index_of(n);
		for (i = 0; i < 50; i++)
			compare(x, n);
		ci_index_free(x);
	}
}

static struct dest at(const char *addr, const char *name, uint16_t port)
{
	struct dest to = { .port = port, .proto = 6, .name = name, .source = NAME_DNS_OWN };

	if (inet_pton(AF_INET6, addr, to.addr) != 1) {
		memcpy(to.addr, (const uint8_t[12]){ [10] = 0xff, [11] = 0xff }, 12);
		assert_int_equal(inet_pton(AF_INET, addr, to.addr + 12), 1);
	}
	return to;
}

/* The rows of the seed's host and CIDR rules, and what they leave open. */
static void test_rows(void **state)
{
	static const struct {
		const char *pattern, *addr, *name;
		uint16_t port;
		bool matches;
	} rows[] = {
		{ "forge.test", "192.0.2.1", "forge.test", 443, true },
		{ "forge.test", "192.0.2.1", "api.forge.test", 443, true },
		{ "forge.test", "192.0.2.1", "a.b.forge.test", 443, true },
		{ "forge.test", "192.0.2.1", "evil-forge.test", 443, false },
		{ "forge.test", "192.0.2.1", "forge.test.evil.test", 443, false },
		{ "forge.test", "192.0.2.1", NULL, 443, false },
		{ "Forge.TEST", "192.0.2.1", "API.fOrGe.test", 443, true },
		{ "forge.test.", "192.0.2.1", "forge.test", 443, true },
		{ "forge.test", "192.0.2.1", "forge.test.", 443, true },
		{ ".forge.test", "192.0.2.1", "forge.test", 443, false },
		{ ".forge.test", "192.0.2.1", "api.forge.test", 443, true },
		{ "*.forge.test", "192.0.2.1", "api.forge.test", 443, true },
		{ ".forge.test", "192.0.2.1", "evil-forge.test", 443, false },
		{ "forge.test:443", "192.0.2.1", "forge.test", 443, true },
		{ "forge.test:443", "192.0.2.1", "forge.test", 80, false },
		{ "*", "192.0.2.1", NULL, 1, true },
		{ "*:53", "192.0.2.1", "x.test", 54, false },
		{ "10.0.0.0/8", "10.255.0.1", NULL, 1, true },
		{ "10.0.0.0/8", "11.0.0.1", NULL, 1, false },
		{ "10.1.2.3/8", "10.9.9.9", NULL, 1, true },
		{ "10.0.0.0/8", "::ffff:10.0.0.1", NULL, 1, true },
		{ "::ffff:10.0.0.0/104", "10.0.0.1", NULL, 1, true },
		{ "0.0.0.0/0", "203.0.113.9", NULL, 1, true },
		{ "0.0.0.0/0", "2001:db8::1", NULL, 1, false },
		{ "::/0", "2001:db8::1", NULL, 1, true },
		{ "::/0", "10.0.0.1", NULL, 1, false },
		{ "fc00::/7", "fd12::1", NULL, 1, true },
		{ "2001:db8::1", "2001:db8::1", NULL, 1, true },
		{ "[2001:db8::1]:443", "2001:db8::1", NULL, 80, false },
		{ "10.0.0.0/8:80", "10.1.1.1", NULL, 80, true },
		{ "10.0.0.0/8:80", "10.1.1.1", NULL, 81, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dest to = at(rows[i].addr, rows[i].name, rows[i].port);
		struct ci_index *x;

		(void)snprintf(patterns[0], sizeof(patterns[0]), "%s", rows[i].pattern);
		x = index_of(1);
		if ((ci_index_find(x, &to) != NULL) != rows[i].matches || dest_match(rows[i].pattern, &to) != rows[i].matches)
			fail_msg("%s against %s %s", rows[i].pattern, rows[i].addr, rows[i].name ? rows[i].name : "-");
		ci_index_free(x);
	}
}

static uint64_t cost_ns(size_t n)
{
	struct dest hit = at("192.0.2.1", "a.very.long.name.of.host7.below.example.test", 443),
		    miss = at("203.0.113.77", "a.very.long.name.of.nobody.below.example.test", 443);
	struct timespec a, b;
	struct ci_index *x;
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		if (i % 2)
			(void)snprintf(patterns[i], sizeof(patterns[i]), "host%zu.below.example.test", i);
		else
			(void)snprintf(patterns[i], sizeof(patterns[i]), "10.%zu.%zu.0/24", i / 256 % 256, i % 256);
	x = index_of(n);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	for (i = 0; i < 20000; i++)
		found += (ci_index_find(x, &hit) != NULL) + (ci_index_find(x, &miss) != NULL);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	assert_int_equal(found, 20000);
	ci_index_free(x);
	return (uint64_t)(b.tv_sec - a.tv_sec) * 1000000000u + (uint64_t)(b.tv_nsec - a.tv_nsec);
}

/* A walk would cost a thousand times as much; the bound leaves room for a busy machine. */
static void test_cost(void **state)
{
	uint64_t few = cost_ns(10), many = cost_ns(PATTERNS_MAX);

	(void)state;
	print_message("# 40000 looks: %llu us of 10 entries, %llu us of %d\n", (unsigned long long)few / 1000,
		      (unsigned long long)many / 1000, PATTERNS_MAX);
	assert_true(many < few * 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_same_as_walk),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
