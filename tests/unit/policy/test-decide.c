/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/policy/policy.h"

/* P3 is checked where the C library lets itself be listened to. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTS_ALLOCATIONS 1
static size_t allocations;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	allocations++;
	return __libc_realloc(p, size);
}
#endif

/* --- a small world ----------------------------------------------------------------------------------- */

enum { AWS, NPM, SSH, DOTENV, BAIT, BROWSER, N_CLASSES };
#define BIT(c) (UINT64_C(1) << (c))
#define NOW_MS 1000000

static char *cloud_readers[] = { (char *)"aws", (char *)"terraform", NULL };
static char *cloud_homes[] = { (char *)"*.cloud.test", NULL };
static char *npm_readers[] = { (char *)"npm", (char *)"terraform", NULL };
static char *npm_homes[] = { (char *)"packages.test:443", (char *)"all.cloud.test", NULL };
static char *browser_readers[] = { (char *)"firefox", NULL };

static struct policy world(bool enforce)
{
	struct policy p = { .n_classes = N_CLASSES, .enforce = enforce };
	static const struct secret_class classes[N_CLASSES] = {
		[AWS] = { .name = (char *)"aws", .readers = cloud_readers, .homes = cloud_homes },
		[NPM] = { .name = (char *)"npm", .readers = npm_readers, .homes = npm_homes },
		[SSH] = { .name = (char *)"ssh-key" },
		[DOTENV] = { .name = (char *)"dotenv", .flags = CLASS_WEAK },
		[BAIT] = { .name = (char *)"bait", .flags = CLASS_CANARY },
		[BROWSER] = { .name = (char *)"browser", .readers = browser_readers, .flags = CLASS_ANYWHERE },
	};

	memcpy(p.classes, classes, sizeof(classes));
	return p;
}

static struct subject who_called(const char *exe, const char *const *name)
{
	return (struct subject){ .pid = 7, .exe = exe, .names = name, .n_names = 1, .intact = true };
}

static const char *const aws[] = { "aws" }, *const terraform[] = { "terraform" }, *const node[] = { "node" },
	*const firefox[] = { "firefox" };

static struct dest to_named(const char *name, uint16_t port)
{
	return (struct dest){ .addr = { [10] = 0xff, [11] = 0xff, [12] = 10, [13] = 99, [15] = 2 },
			      .port = port, .proto = 6, .name = name, .source = NAME_DNS_OWN };
}

static struct decision ask(const struct policy *p, const struct subject *who, const struct dest *to, uint64_t label)
{
	struct query q = { .who = who, .to = to, .label = label };
	struct decision d;
#ifdef COUNTS_ALLOCATIONS
	size_t before = allocations;
#endif

	decide(p, &q, NOW_MS, &d);
#ifdef COUNTS_ALLOCATIONS
	assert_int_equal(allocations - before, 0);
#endif
	return d;
}

static void expect_(const struct decision *d, enum verdict v, enum reason r, int line)
{
	if (d->verdict != v || d->reason != r)
		fail_msg("line %d: %s because %s: %s", line, verdict_name(d->verdict), reason_name(d->reason), d->sentence);
}
#define expect(d, v, r) expect_(&(d), v, r, __LINE__)

static struct rule rule_of(const char *exe, unsigned rank, const char *resource, enum verdict v)
{
	return (struct rule){ .id = (char *)"1a2b3c4d", .executable = (char *)exe, .resource = (char *)resource,
			      .type = RULE_NETWORK, .decision = v, .enabled = true, .exe_rank = (uint8_t)rank };
}

/* --- defaults ---------------------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest evil = to_named("evil.test", 443);
	struct decision d;

	(void)state;
	d = ask(&p, &who, &evil, 0);
	expect(d, V_ALLOW, BECAUSE_UNTAINTED);
	assert_false(d.would_hold);
	d = ask(&p, &who, &evil, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	assert_string_equal(d.sentence, "node carries aws and wants evil.test:443; no rule allows it");
	assert_null(d.rule);
}

static void test_monitor_lets_through_and_says_so(void **state)
{
	struct rule deny = rule_of("*", 0, "evil.test", V_DENY);
	struct policy p = world(false);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest evil = to_named("evil.test", 443), other = to_named("other.test", 443);
	struct decision d;

	(void)state;
	p.rules = &deny;
	p.n_rules = 1;
	d = ask(&p, &who, &other, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_UNKNOWN);
	assert_true(d.would_hold);
	d = ask(&p, &who, &evil, 0);
	expect(d, V_ALLOW, BECAUSE_RULE);
	assert_true(d.would_hold);
	assert_ptr_equal(d.rule, &deny);
	assert_non_null(strstr(d.sentence, "rule 1a2b3c4d denies it (monitor)"));
	d = ask(&p, &who, &other, 0);
	expect(d, V_ALLOW, BECAUSE_UNTAINTED);
	assert_false(d.would_hold);
}

static void test_loopback_and_resolver(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest v4 = { .addr = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 53 }, .port = 53 };
	struct dest v6 = { .addr = { [15] = 1 }, .port = 80 };
	struct dest dns = to_named(NULL, 53);
	struct decision d;

	(void)state;
	d = ask(&p, &who, &v4, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	d = ask(&p, &who, &v4, 0);
	expect(d, V_ALLOW, BECAUSE_LOOPBACK);
	d = ask(&p, &who, &v6, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_LOOPBACK);
	d = ask(&p, &who, &dns, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	/* a resolver passes on what it is asked, whether here or elsewhere */
	dns.resolver = true;
	d = ask(&p, &who, &dns, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	v4.port = 80;
	d = ask(&p, &who, &v4, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_LOOPBACK);
}

static void test_questions(void **state)
{
	struct rule rules[] = { rule_of("*", 0, "known.test:443", V_ALLOW), rule_of("*", 0, "known.test:22", V_DENY),
				rule_of("*", 0, "evil.test", V_DENY), rule_of("*", 0, "127.0.0.0/8", V_ALLOW) };
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest to = { .addr = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 53 }, .port = 53, .question = true,
			   .source = NAME_LITERAL };
	struct decision d;

	(void)state;
	p.rules = rules;
	p.n_rules = ARRAY_SIZE(rules);
	to.name = "www.known.test";
	d = ask(&p, &who, &to, BIT(AWS)); /* the name is allowed at some port, and only asking is wanted */
	expect(d, V_ALLOW, BECAUSE_RULE);
	assert_non_null(strstr(d.sentence, "looks up www.known.test;"));
	to.name = "www.evil.test";
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_DENY, BECAUSE_RULE);
	to.name = "other.test"; /* neither loopback nor a rule for the resolver's address allows what it is asked */
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	rules[3] = rule_of("*", 0, "127.0.0.0/8:53", V_ALLOW);
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_RULE);
}

static void test_question_measures(void **state)
{
	const struct question_limits *l = &question_limits_default;

	(void)state;
	assert_string_equal(question_domain("a.b.example.test"), "example.test");
	assert_string_equal(question_domain("example.test"), "example.test");
	assert_string_equal(question_domain("localhost"), "localhost");
	assert_string_equal(question_domain("www.shop.co.uk"), "shop.co.uk");
	assert_string_equal(question_domain("shop.co.uk"), "shop.co.uk");
	assert_int_equal(question_cost("example.test"), 0);
	assert_int_equal(question_cost("www.example.test"), 3);
	assert_int_equal(question_cost("a1.b2.example.test"), 6);
	assert_true(question_plain(l, 1, "www.example.test"));
	assert_false(question_plain(l, 16, "www.example.test"));
	assert_false(question_plain(l, 10, "www.example.test"));
	assert_false(question_plain(l, 1, "abcdefghijklmnopqrstuvwxyz.example.test"));
	assert_false(question_plain(l, 1, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.longer.example.test"));
	assert_false(question_plain(l, 1, "w\\000w.example.test"));
}

static void test_canary_beats_everything(void **state)
{
	struct rule allow = rule_of("/usr/bin/node", 3, "evil.test:443", V_ALLOW);
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest evil = to_named("evil.test", 443), home = { .addr = { [15] = 1 } };
	struct decision d;

	(void)state;
	p.rules = &allow;
	p.n_rules = 1;
	d = ask(&p, &who, &evil, BIT(BAIT));
	expect(d, V_DENY, BECAUSE_CANARY);
	d = ask(&p, &who, &home, BIT(BAIT) | BIT(AWS));
	expect(d, V_DENY, BECAUSE_CANARY);
}

static void test_harvest(void **state)
{
	struct rule allow = rule_of("*", 0, "known.test", V_ALLOW);
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest evil = to_named("evil.test", 443), known = to_named("known.test", 443);
	struct decision d;

	(void)state;
	p.rules = &allow;
	p.n_rules = 1;
	d = ask(&p, &who, &evil, BIT(AWS) | BIT(NPM) | BIT(SSH));
	expect(d, V_DENY, BECAUSE_HARVEST);
	d = ask(&p, &who, &evil, BIT(AWS) | BIT(NPM) | BIT(DOTENV));
	expect(d, V_HOLD, BECAUSE_UNKNOWN); /* a weak class does not count */
	d = ask(&p, &who, &known, BIT(AWS) | BIT(NPM) | BIT(SSH));
	expect(d, V_ALLOW, BECAUSE_RULE);
	p.enforce = false;
	d = ask(&p, &who, &evil, BIT(AWS) | BIT(NPM) | BIT(SSH));
	expect(d, V_ALLOW, BECAUSE_HARVEST);
	assert_true(d.would_hold);
}

/* --- homes ------------------------------------------------------------------------------------------- */

static void test_homes(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/aws", aws), other = who_called("/usr/bin/node", node);
	struct dest home = to_named("s3.cloud.test", 443), not_home = to_named("cloud.test.evil.test", 443);
	struct decision d;

	(void)state;
	d = ask(&p, &who, &home, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_HOME);
	d = ask(&p, &who, &not_home, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	d = ask(&p, &other, &home, BIT(AWS)); /* not a reader of the class */
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	who.intact = false;
	d = ask(&p, &who, &home, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
}

static void test_homes_of_every_class(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/terraform", terraform);
	struct dest one = to_named("s3.cloud.test", 443), both = to_named("all.cloud.test", 443);
	struct decision d;

	(void)state;
	d = ask(&p, &who, &one, BIT(AWS) | BIT(NPM));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	d = ask(&p, &who, &both, BIT(AWS) | BIT(NPM));
	expect(d, V_ALLOW, BECAUSE_HOME);
	d = ask(&p, &who, &both, BIT(AWS) | BIT(40)); /* a bit no class owns says no */
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
}

static void test_browser_goes_anywhere_foreign_reader_does_not(void **state)
{
	struct policy p = world(true);
	struct subject own = who_called("/usr/bin/firefox", firefox), foreign = who_called("/usr/bin/node", node);
	struct dest any = to_named("anything.test", 443);
	struct decision d;

	(void)state;
	d = ask(&p, &own, &any, BIT(BROWSER));
	expect(d, V_ALLOW, BECAUSE_HOME);
	d = ask(&p, &own, &any, BIT(BROWSER) | BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	d = ask(&p, &foreign, &any, BIT(BROWSER));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
}

static void test_own_homes(void **state)
{
	static const char *const mine[] = { "endpoint.test:8443", NULL };
	static const char *const *const own[EG_CLASSES_MAX] = { [AWS] = mine };
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/aws", aws);
	struct dest to = to_named("endpoint.test", 8443);
	struct query q = { .who = &who, .to = &to, .label = BIT(AWS), .own_homes = own };
	struct decision d;

	(void)state;
	decide(&p, &q, NOW_MS, &d);
	expect(d, V_ALLOW, BECAUSE_HOME);
	to.port = 443;
	decide(&p, &q, NOW_MS, &d);
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
}

/* A name that only a PTR record or the program's own ClientHello gives opens nothing, but still closes. */
static void test_unproven_names(void **state)
{
	struct rule rules[] = { rule_of("*", 0, "good.test", V_ALLOW), rule_of("*", 0, "bad.test", V_DENY) };
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/aws", aws);
	struct dest home = to_named("s3.cloud.test", 443), good = to_named("good.test", 443),
		    bad = to_named("bad.test", 443);
	static const enum name_source weak[] = { NAME_NONE, NAME_PTR, NAME_SNI };
	struct decision d;
	size_t i;

	(void)state;
	p.rules = rules;
	p.n_rules = 2;
	for (i = 0; i < ARRAY_SIZE(weak); i++) {
		home.source = good.source = bad.source = weak[i];
		d = ask(&p, &who, &home, BIT(AWS));
		expect(d, V_HOLD, BECAUSE_UNKNOWN);
		d = ask(&p, &who, &good, BIT(AWS));
		expect(d, V_HOLD, BECAUSE_UNKNOWN);
		d = ask(&p, &who, &bad, BIT(AWS));
		expect(d, V_DENY, BECAUSE_RULE);
	}
	good.source = NAME_HOSTS;
	d = ask(&p, &who, &good, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_RULE);
}

/* --- rules ------------------------------------------------------------------------------------------- */

static const char *const tool_names[] = { "node", "tool" };

/* Two rules for the same attempt; the first of each row must win wherever it stands. */
static void test_most_specific_wins(void **state)
{
	static const struct {
		struct {
			const char *exe;
			unsigned rank;
			const char *resource;
			enum verdict v;
		} win, lose;
	} rows[] = {
		{ { "/usr/bin/node", 3, "*", V_ALLOW }, { "/usr/bin/*", 2, "api.code.test:443", V_DENY } },
		{ { "/usr/bin/*", 2, "*", V_ALLOW }, { "node", 1, "api.code.test:443", V_DENY } },
		{ { "node", 1, "*", V_ALLOW }, { "*", 0, "api.code.test:443", V_DENY } },
		{ { "*", 0, "api.code.test", V_ALLOW }, { "*", 0, "*.code.test:443", V_DENY } },
		{ { "*", 0, "code.test", V_ALLOW }, { "*", 0, "10.99.0.0/24:443", V_DENY } },
		{ { "*", 0, "*.code.test", V_ALLOW }, { "*", 0, "*.test", V_DENY } },
		{ { "*", 0, "10.0.0.0/8", V_ALLOW }, { "*", 0, "*:443", V_DENY } },
		{ { "*", 0, "10.99.0.0/24", V_ALLOW }, { "*", 0, "10.0.0.0/8:443", V_DENY } },
		{ { "*", 0, "*:443", V_ALLOW }, { "*", 0, "*", V_DENY } },
		{ { "*", 0, "*", V_DENY }, { "*", 0, "*", V_ALLOW } },
		{ { "*", 0, "*", V_DENY }, { "*", 0, "*", V_HOLD } },
		{ { "*", 0, "*", V_HOLD }, { "*", 0, "*", V_ALLOW } },
		{ { "node", 1, "api.code.test", V_DENY }, { "tool", 1, "10.99.0.2", V_ALLOW } },
	};
	struct subject who = { .exe = "/usr/bin/node", .names = tool_names, .n_names = 2, .intact = true };
	struct dest to = to_named("api.code.test", 443);
	struct policy p = world(true);
	size_t i, swap;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (swap = 0; swap < 2; swap++) {
			struct rule rules[2];
			struct decision d;

			rules[swap] = rule_of(rows[i].win.exe, rows[i].win.rank, rows[i].win.resource, rows[i].win.v);
			rules[!swap] = rule_of(rows[i].lose.exe, rows[i].lose.rank, rows[i].lose.resource, rows[i].lose.v);
			p.rules = rules;
			p.n_rules = 2;
			d = ask(&p, &who, &to, BIT(AWS));
			if (d.rule != &rules[swap] || d.verdict != rows[i].win.v)
				fail_msg("row %zu, order %zu: %s", i, swap, d.sentence);
		}
	}
}

static void test_rules_out_of_force(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest to = to_named("code.test", 443);
	struct rule r = rule_of("*", 0, "code.test", V_ALLOW);
	struct decision d;

	(void)state;
	p.rules = &r;
	p.n_rules = 1;
	r.until_ms = NOW_MS + 1;
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_RULE);
	r.until_ms = NOW_MS;
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	r.until_ms = 0;
	r.enabled = false;
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	r.enabled = true;
	r.type = RULE_FILE;
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
}

static void test_rules_with_classes(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest to = to_named("code.test", 443);
	struct rule r = rule_of("*", 0, "code.test", V_ALLOW);
	struct decision d;

	(void)state;
	r.class_mask = BIT(AWS) | BIT(NPM);
	p.rules = &r;
	p.n_rules = 1;
	d = ask(&p, &who, &to, BIT(AWS));
	expect(d, V_ALLOW, BECAUSE_RULE);
	d = ask(&p, &who, &to, BIT(AWS) | BIT(SSH));
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	d = ask(&p, &who, &to, 0);
	expect(d, V_ALLOW, BECAUSE_UNTAINTED);
}

static void test_rules_apply_to_untainted(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest to = to_named("code.test", 443), other = to_named("other.test", 443);
	struct rule r = rule_of("/usr/bin/node", 3, "code.test:443", V_DENY);
	struct decision d;

	(void)state;
	p.rules = &r;
	p.n_rules = 1;
	d = ask(&p, &who, &to, 0);
	expect(d, V_DENY, BECAUSE_RULE);
	assert_string_equal(d.sentence, "node carries no secret and wants code.test:443; rule 1a2b3c4d denies it");
	d = ask(&p, &who, &other, 0);
	expect(d, V_ALLOW, BECAUSE_UNTAINTED);
}

/* --- the sentence ------------------------------------------------------------------------------------ */

static void test_sentence_is_for_people(void **state)
{
	struct policy p = world(true);
	struct subject who = who_called("/usr/bin/node", node);
	struct dest to = to_named(NULL, 443), v6 = { .addr = { 0xfd, 0x99, [15] = 2 }, .port = 443 };
	struct decision d;

	(void)state;
	who.script = "/srv/app/setup.js";
	d = ask(&p, &who, &to, BIT(AWS) | BIT(NPM));
	assert_string_equal(d.sentence,
			    "node (script setup.js) carries aws, npm and wants 10.99.0.2:443; no rule allows it");
	d = ask(&p, &who, &v6, BIT(AWS));
	assert_non_null(strstr(d.sentence, "wants [fd99::2]:443;"));
	to.name = "evil.test";
	to.source = NAME_SNI;
	d = ask(&p, &who, &to, BIT(AWS));
	assert_non_null(strstr(d.sentence, "evil.test:443 (by sni);"));
}

/* Whatever outsiders put into names: no control bytes, the end of the host name and the reason stay readable. */
static void test_sentence_survives_hostile_names(void **state)
{
	char exe[300] = "/tmp/", script[300] = "/tmp/", host[254];
	struct policy p = world(false);
	struct subject who = who_called(exe, node);
	struct dest to = to_named(host, 65535);
	struct decision d;
	const char *s;

	(void)state;
	memset(exe + 5, '\033', sizeof(exe) - 6);
	memset(script + 5, 'x', sizeof(script) - 6);
	(void)memcpy(script + 5, "\xe2\x80\xae\n", 4);
	memset(host, 'h', sizeof(host) - 1);
	(void)strcpy(host + sizeof(host) - 11, ".evil.test");
	who.script = script;
	to.source = NAME_SNI;
	d = ask(&p, &who, &to, BIT(AWS) | BIT(NPM) | BIT(SSH) | BIT(DOTENV) | BIT(BROWSER));
	for (s = d.sentence; *s; s++)
		assert_in_range((unsigned char)*s, 0x20, 0x7e);
	assert_non_null(strstr(d.sentence, ".evil.test:65535 (by sni)"));
	assert_non_null(strstr(d.sentence, "\\u{202e}"));
	assert_non_null(strstr(d.sentence, "; a harvest of secrets (monitor)"));
}

static void test_knows_nothing_about_subject(void **state)
{
	struct policy p = world(true);
	struct subject who = { .pid = 42 };
	struct dest to = to_named(NULL, 0);
	struct decision d = ask(&p, &who, &to, BIT(AWS));

	(void)state;
	expect(d, V_HOLD, BECAUSE_UNKNOWN);
	assert_string_equal(d.sentence, "process 42 carries aws and wants 10.99.0.2; no rule allows it");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_monitor_lets_through_and_says_so),
		cmocka_unit_test(test_loopback_and_resolver),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_question_measures),
		cmocka_unit_test(test_canary_beats_everything),
		cmocka_unit_test(test_harvest),
		cmocka_unit_test(test_homes),
		cmocka_unit_test(test_homes_of_every_class),
		cmocka_unit_test(test_browser_goes_anywhere_foreign_reader_does_not),
		cmocka_unit_test(test_own_homes),
		cmocka_unit_test(test_unproven_names),
		cmocka_unit_test(test_most_specific_wins),
		cmocka_unit_test(test_rules_out_of_force),
		cmocka_unit_test(test_rules_with_classes),
		cmocka_unit_test(test_rules_apply_to_untainted),
		cmocka_unit_test(test_sentence_is_for_people),
		cmocka_unit_test(test_sentence_survives_hostile_names),
		cmocka_unit_test(test_knows_nothing_about_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
