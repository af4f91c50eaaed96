/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/enrich.h"
#include "../../../src/enrich/siphash.h"

static const uint64_t S = 1000000000;
static struct dns_message m;

/* A parsed message by hand: question and one address, in the parser's own layout. */
static void make_message(bool response, const char *question, const char *addr, uint32_t ttl)
{
	memset(&m, 0, sizeof(m));
	m.id = 7;
	m.response = response;
	m.qtype = DNS_TYPE_A;
	m.qclass = 1;
	m.question = 1;
	m.pool_len = 1 + strlen(question) + 1;
	memcpy(m.pool + 1, question, strlen(question) + 1);
	m.n_steps = 1;
	m.steps[0] = (struct dns_step){ 1, -1, UINT32_MAX };
	if (!addr)
		return;
	m.n_answers = 1;
	m.answers[0] = (struct dns_answer){ .type = DNS_TYPE_A, .owner = 1, .ttl = ttl, .has_addr = true };
	assert_int_equal(addr_from_text(addr, m.answers[0].addr), 0);
}

static struct names_peer peer(pid_t pid)
{
	struct names_peer p = { .pid = pid, .start_ns = pid ? pid * S : 0, .local_port = 4000 };

	assert_int_equal(addr_from_text("127.0.0.53", p.server), 0);
	return p;
}

static int learn(struct names *n, pid_t pid, const char *name, const char *addr, uint32_t ttl, uint64_t now)
{
	struct names_peer p = peer(pid);

	make_message(true, name, addr, ttl);
	return names_learn(n, &p, &m, false, now * S);
}

static struct name_answer lookup(struct names *n, const char *addr, pid_t pid, uint64_t now)
{
	struct name_answer a = { .how = HOW_NONE };
	uint8_t bytes[ADDR_LEN];

	assert_int_equal(addr_from_text(addr, bytes), 0);
	if (names_lookup(n, bytes, pid, pid * S, now * S, &a) < 0)
		assert_int_equal(a.how, HOW_NONE);
	return a;
}

static int set_up(void **state)
{
	struct names *n = NULL;

	assert_int_equal(names_new(&n), 0);
	*state = n;
	return 0;
}

static int tear_down(void **state)
{
	names_free(*state);
	return 0;
}

/* Vectors of the SipHash paper's reference code: key 00..0f, input 00..0e. */
static void hashes_as_specified(void **state)
{
	uint8_t key[16], in[15];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	memcpy(in, key, sizeof(in));
	assert_true(siphash(key, in, 15) == UINT64_C(0xa129ca6149be45e5));
	assert_true(siphash(key, in, 0) == UINT64_C(0x726fdb47dd0e0e31));
}

static void own_name_before_others(void **state)
{
	struct names *n = *state;
	struct name_answer a;

	assert_int_equal(lookup(n, "192.0.2.1", 10, 1).how, HOW_NONE);
	assert_int_equal(learn(n, 10, "mine.test", "192.0.2.1", 60, 1), 1);
	assert_int_equal(learn(n, 11, "theirs.test", "192.0.2.1", 60, 2), 1);
	a = lookup(n, "192.0.2.1", 10, 3);
	assert_string_equal(a.name, "mine.test");
	assert_int_equal(a.how, HOW_DNS_OWN);
	assert_true(a.ambiguous);
	assert_int_equal(a.age_ns, 2 * S);
	a = lookup(n, "192.0.2.1", 12, 3);
	assert_string_equal(a.name, "theirs.test");
	assert_int_equal(a.how, HOW_DNS_OTHER);
	/* A pid that came round again is somebody else. */
	make_message(true, "x.test", NULL, 0);
	assert_int_equal(names_lookup(n, (const uint8_t[]){ [10] = 0xff, 0xff, 192, 0, 2, 1 }, 10, 99 * S, 3 * S, &a), 0);
	assert_int_equal(a.how, HOW_DNS_OTHER);
}

static void same_name_twice_is_not_ambiguous(void **state)
{
	struct names *n = *state;

	learn(n, 10, "x.test", "192.0.2.1", 60, 1);
	learn(n, 11, "x.test", "192.0.2.1", 60, 1);
	assert_false(lookup(n, "192.0.2.1", 10, 2).ambiguous);
}

static void expired_is_stale_and_no_rival(void **state)
{
	struct names *n = *state;
	struct name_answer a;

	learn(n, 10, "old.test", "192.0.2.1", 1, 1);
	assert_false(lookup(n, "192.0.2.1", 10, 31).stale); /* at least 30 s */
	a = lookup(n, "192.0.2.1", 10, 32);
	assert_true(a.stale);
	assert_string_equal(a.name, "old.test");
	learn(n, 11, "new.test", "192.0.2.1", 60, 40);
	a = lookup(n, "192.0.2.1", 12, 41);
	assert_string_equal(a.name, "new.test");
	assert_false(a.ambiguous);
	assert_true(lookup(n, "192.0.2.1", 10, 41).ambiguous); /* own but stale, against a live one */
	assert_int_equal(lookup(n, "192.0.2.1", 12, 32 + 86400 + 200).how, HOW_NONE);
}

static void long_ttl_is_cut_to_a_day(void **state)
{
	struct names *n = *state;

	learn(n, 10, "x.test", "192.0.2.1", 0x7fffffff, 0);
	assert_false(lookup(n, "192.0.2.1", 10, 86400).stale);
	assert_true(lookup(n, "192.0.2.1", 10, 86401).stale);
}

static void only_resolvers_count(void **state)
{
	struct names *n = *state;
	uint8_t servers[1][ADDR_LEN];
	struct names_stats st;

	assert_int_equal(addr_from_text("192.0.2.53", servers[0]), 0);
	names_set_resolvers(n, (const uint8_t(*)[ADDR_LEN])servers, 1);
	assert_int_equal(learn(n, 10, "bank.test", "192.0.2.66", 60, 1), -EPERM);
	assert_int_equal(lookup(n, "192.0.2.66", 10, 1).how, HOW_NONE);
	names_get_stats(n, &st);
	assert_int_equal(st.foreign, 1);
	assert_int_equal(addr_from_text("127.0.0.53", servers[0]), 0);
	names_set_resolvers(n, (const uint8_t(*)[ADDR_LEN])servers, 1);
	assert_int_equal(learn(n, 10, "bank.test", "192.0.2.66", 60, 1), 1);
}

static void unasked_answers_do_not_count(void **state)
{
	struct names *n = *state;
	struct names_peer p = peer(10), q = peer(0);

	make_message(false, "x.test", NULL, 0);
	assert_int_equal(names_query(n, &p, &m, S), 0);
	make_message(true, "y.test", "192.0.2.1", 60);
	assert_int_equal(names_learn(n, &q, &m, true, S), -ENOENT);
	make_message(true, "x.test", "192.0.2.1", 60);
	q.local_port++;
	assert_int_equal(names_learn(n, &q, &m, true, S), -ENOENT);
	q.local_port--;
	m.id++;
	assert_int_equal(names_learn(n, &q, &m, true, S), -ENOENT);
	m.id--;
	q.server[15] ^= 1;
	assert_int_equal(names_learn(n, &q, &m, true, S), -ENOENT);
	q.server[15] ^= 1;
	assert_int_equal(names_learn(n, &q, &m, true, 2 * S), 1);
	assert_int_equal(lookup(n, "192.0.2.1", 10, 2).how, HOW_DNS_OWN); /* the asker owns it */
	assert_int_equal(names_learn(n, &q, &m, true, 2 * S), -ENOENT);  /* used up */
}

static void old_question_is_no_question(void **state)
{
	struct names *n = *state;
	struct names_peer p = peer(10);

	make_message(false, "x.test", NULL, 0);
	assert_int_equal(names_query(n, &p, &m, S), 0);
	assert_int_equal(names_learn(n, &p, &m, true, S), -EINVAL);
	make_message(true, "x.test", "192.0.2.1", 60);
	assert_int_equal(names_query(n, &p, &m, S), -EINVAL);
	assert_int_equal(names_learn(n, &p, &m, true, 32 * S), -ENOENT);
}

static void errors_teach_nothing(void **state)
{
	struct names *n = *state;
	struct names_peer p = peer(10);

	make_message(true, "x.test", "192.0.2.1", 60);
	m.rcode = 3;
	assert_int_equal(names_learn(n, &p, &m, false, S), 0);
	assert_int_equal(lookup(n, "192.0.2.1", 10, 1).how, HOW_NONE);
}

static void https_prefix_is_dropped(void **state)
{
	struct names *n = *state;
	struct names_peer p = peer(10);

	make_message(true, "_8443._https.x.test", "192.0.2.1", 60);
	m.qtype = DNS_TYPE_HTTPS;
	assert_int_equal(names_learn(n, &p, &m, false, S), 1);
	assert_string_equal(lookup(n, "192.0.2.1", 10, 1).name, "x.test");
}

static void crowded_address_stays_ambiguous(void **state)
{
	struct names *n = *state;
	struct names_stats st;
	char name[32];
	unsigned i;

	for (i = 0; i < NAMES_PER_ADDR_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u.test", i);
		assert_int_equal(learn(n, 10, name, "192.0.2.1", 60, 1), 1);
	}
	assert_int_equal(learn(n, 10, "late.test", "192.0.2.1", 60, 1), 0);
	assert_true(lookup(n, "192.0.2.1", 10, 1).ambiguous);
	names_get_stats(n, &st);
	assert_int_equal(st.crowded, 1);
	assert_int_equal(st.entries, NAMES_PER_ADDR_MAX);
	/* Another process with a name that is there already takes the place of its twin. */
	assert_int_equal(learn(n, 11, "n5.test", "192.0.2.1", 60, 1), 1);
	assert_string_equal(lookup(n, "192.0.2.1", 11, 1).name, "n5.test");
	/* Expired ones make room. */
	assert_int_equal(learn(n, 10, "late.test", "192.0.2.1", 60, 100), 1);
}

/* Flooding the cache must not turn an ambiguous address into a sure one. */
static void eviction_is_bounded_and_never_makes_sure(void **state)
{
	struct names *n = *state;
	struct names_stats st;
	char addr[32];
	unsigned i;

	learn(n, 11, "rival.test", "192.0.2.1", 86400, 1);
	learn(n, 10, "mine.test", "192.0.2.1", 86400, 1);
	for (i = 0; i < NAMES_MAX; i++) {
		(void)snprintf(addr, sizeof(addr), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		learn(n, 12, "flood.test", addr, 60, 1);
		if (i % 1000 == 0)
			(void)lookup(n, "192.0.2.1", 10, 1); /* keeps "mine", not "rival" */
	}
	names_get_stats(n, &st);
	assert_int_equal(st.entries, NAMES_MAX);
	assert_int_equal(st.evicted, 2);
	assert_string_equal(lookup(n, "192.0.2.1", 11, 1).name, "mine.test");
	assert_true(lookup(n, "192.0.2.1", 10, 1).ambiguous);
	assert_int_equal(lookup(n, "10.0.0.0", 12, 1).how, HOW_NONE);
}

static void reads_hosts_file(void **state)
{
	static const char text[] = "# comment\n127.0.0.1 localhost\n192.0.2.9\tDB.Test. db # x\n0.0.0.0 ads.test\n"
				   "bad line\n::1 ip6-localhost\n192.0.2.10 bad\x01name good.test";
	struct names *n = *state;
	struct name_answer a;
	struct names_stats st;

	assert_int_equal(hosts_parse(text, sizeof(text) - 1, n), 0);
	a = lookup(n, "192.0.2.9", 10, 1);
	assert_string_equal(a.name, "db");
	assert_int_equal(a.how, HOW_HOSTS);
	assert_true(a.ambiguous);
	assert_string_equal(lookup(n, "192.0.2.10", 10, 1).name, "good.test");
	assert_int_equal(lookup(n, "0.0.0.0", 10, 1).how, HOW_NONE);
	learn(n, 11, "dns.test", "192.0.2.10", 60, 1);
	assert_string_equal(lookup(n, "192.0.2.10", 10, 1).name, "dns.test");
	assert_int_equal(hosts_parse("192.0.2.9 one.test", 18, n), 0);
	names_get_stats(n, &st);
	assert_int_equal(st.hosts, 1);
	assert_false(lookup(n, "192.0.2.9", 10, 1).ambiguous);
	assert_false(lookup(n, "192.0.2.10", 10, 1).ambiguous);
}

static void refreshes_hosts_file_on_change(void **state)
{
	char path[] = "/tmp/egret-hosts-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct hosts_file f = { 0 };
	struct names *n = *state;
	bool changed = false;

	assert_true(fd >= 0);
	assert_int_equal(file_write(path, "192.0.2.1 a.test\n", 17, 0644), 0);
	assert_int_equal(hosts_refresh(&f, path, n, &changed), 0);
	assert_true(changed);
	assert_int_equal(hosts_refresh(&f, path, n, &changed), 0);
	assert_false(changed);
	assert_int_equal(file_write(path, "192.0.2.1 b.test\n", 17, 0644), 0);
	assert_int_equal(hosts_refresh(&f, path, n, &changed), 0);
	assert_true(changed);
	assert_string_equal(lookup(n, "192.0.2.1", 10, 1).name, "b.test");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(hosts_refresh(&f, path, n, &changed), 0);
	assert_true(changed);
	assert_int_equal(lookup(n, "192.0.2.1", 10, 1).how, HOW_NONE);
}

static void reads_resolvers(void **state)
{
	static const char text[] = "# x\nnameserver 192.0.2.53\n nameserver fe80::1%eth0 ; y\nnameserver nonsense\n"
				   "search test\noptions edns0\n;nameserver 192.0.2.54\n";
	char path[] = "/tmp/egret-resolv-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct resolver_list list;
	uint8_t addr[ADDR_LEN];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(file_write(path, text, sizeof(text) - 1, 0644), 0);
	assert_int_equal(resolvers_read(path, &list), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(addr_from_text("fe80::1", addr), 0);
	assert_memory_equal(list.addr[1], addr, ADDR_LEN);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(resolvers_read(path, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(addr_from_text("127.0.0.1", addr), 0);
	assert_memory_equal(list.addr[0], addr, ADDR_LEN);
}

#define WITH_CACHE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_as_specified),
		WITH_CACHE(own_name_before_others),
		WITH_CACHE(same_name_twice_is_not_ambiguous),
		WITH_CACHE(expired_is_stale_and_no_rival),
		WITH_CACHE(long_ttl_is_cut_to_a_day),
		WITH_CACHE(only_resolvers_count),
		WITH_CACHE(unasked_answers_do_not_count),
		WITH_CACHE(old_question_is_no_question),
		WITH_CACHE(errors_teach_nothing),
		WITH_CACHE(https_prefix_is_dropped),
		WITH_CACHE(crowded_address_stays_ambiguous),
		WITH_CACHE(eviction_is_bounded_and_never_makes_sure),
		WITH_CACHE(reads_hosts_file),
		WITH_CACHE(refreshes_hosts_file_on_change),
		cmocka_unit_test(reads_resolvers),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
