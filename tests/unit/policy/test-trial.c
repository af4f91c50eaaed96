/* SPDX-License-Identifier: Apache-2.0 */
/* Policies on trial: cases, differences, and that a suggested policy allows the run it was made from and no more. */
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/event/event.h"
#include "../../../src/policy/ci_read.h"
#include "../../../src/policy/told.h"

static char dir[] = "/tmp/egret-test-XXXXXX", file_a[64], file_b[64];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(file_a, sizeof(file_a), "%s/a.yaml", dir);
	(void)snprintf(file_b, sizeof(file_b), "%s/b.yaml", dir);
	return 0;
}

static int drop_dir(void **state)
{
	(void)state;
	(void)unlink(file_a);
	(void)unlink(file_b);
	return rmdir(dir);
}

static struct policy *policy_of(const char *text, const char *file)
{
	struct policy_sources src = { .rules_file = file, .catalog_dir = EGRET_SOURCE_DATADIR "/catalog" };
	struct problem problem = { 0 };
	struct policy *p = NULL;

	assert_int_equal(file_write(file, text, strlen(text), 0600), 0);
	if (policy_load(&src, &p, &problem) < 0)
		fail_msg("%u:%u: %s\n%s", problem.line, problem.column, problem.text, text);
	return p;
}

/* --- cases ------------------------------------------------------------------------------------------- */

struct sum {
	unsigned right, wrong;
	char last[512];
};

static void on_case(void *user, const struct trial_case *c, bool ok, const struct decision *d)
{
	struct sum *sum = user;

	*(ok ? &sum->right : &sum->wrong) += 1;
	(void)snprintf(sum->last, sizeof(sum->last), "line %u: %s by %s: %s", c->line, verdict_name(d->verdict),
		       d->key ? d->key : reason_name(d->reason), d->sentence);
}

static const char sample[] = "mode: monitor\n" /* cases are decided as if enforced */
			     "rules:\n"
			     "  network:\n"
			     "    allowed_hosts: [forge.test, storage.amazonaws.com]\n"
			     "    profiles:\n"
			     "      - { process: npm, allowed_hosts: [registry.test] }\n"
			     "  process:\n"
			     "    blocked_executables: [nc]\n"
			     "    blocked_chains:\n"
			     "      - { process: curl, ancestors: [npm] }\n"
			     "      - { process: python3, ancestors: [npm, sh], action: exec }\n";

static void test_cases(void **state)
{
	static const char cases[] =
		"cases:\n"
		"  - { process: npm, destination: 'registry.test:443', expect: allow, by: network.profiles }\n"
		"  - { process: npm, destination: forge.test, expect: deny, by: profile }\n"
		"  - { process: curl, ancestors: [sh, npm, node], destination: forge.test, expect: deny, by: process.blocked_chains }\n"
		"  - { process: curl, ancestors: [bash], destination: forge.test, expect: allow, by: network.allowed_hosts }\n"
		"  - { process: /usr/bin/curl, destination: Evil-forge.test, expect: deny, by: unlisted }\n"
		"  - { process: curl, destination: forge.test, name_source: sni, expect: deny }\n"
		"  - { process: curl, destination: forge.test, address: 169.254.169.254, expect: deny, by: metadata }\n"
		"  - { process: curl, destination: 10.1.2.3:22, expect: allow, by: network.allow_local_ranges }\n"
		"  - { process: curl, destination: '[fd99::1]:80', expect: allow }\n"
		"  - { process: curl, destination: 192.0.2.53:53, protocol: udp, resolver: true, expect: allow, by: resolver }\n"
		"  - { process: curl, destination: 192.0.2.53:53, protocol: udp, expect: deny }\n"
		"  - { process: aws, destination: storage.amazonaws.com, carries: [aws], expect: allow, by: home }\n"
		"  - { process: aws, destination: forge.test, carries: [aws], expect: deny, by: not-home }\n"
		"  - { process: nc, start: true, expect: deny, by: process.blocked_executables }\n"
		"  - { process: python3, script: x.py, ancestors: [sh, npm], start: true, expect: deny, by: chain }\n"
		"  - { process: python3, ancestors: [npm], start: true, expect: allow }\n";
	struct policy *p = policy_of(sample, file_a);
	struct problem problem = { 0 };
	struct sum sum = { 0 };

	(void)state;
	assert_int_equal(file_write(file_b, cases, strlen(cases), 0600), 0);
	if (trial_run(p, file_b, on_case, &sum, &problem) < 0)
		fail_msg("%u:%u: %s", problem.line, problem.column, problem.text);
	if (sum.wrong)
		fail_msg("%u wrong, the last case is %s", sum.wrong, sum.last);
	assert_int_equal(sum.right, 16);
	policy_free(p);
}

static void test_wrong_cases(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} rows[] = {
		{ "", 0, "no case" },
		{ "cases:\n  - { process: npm, destination: a.test }\n", 2, "without 'expect'" },
		{ "cases:\n  - { destination: a.test, expect: deny }\n", 2, "without 'process'" },
		{ "cases:\n  - { process: npm, expect: deny }\n", 2, "either 'destination' or 'start: true'" },
		{ "cases:\n  - { process: npm, destination: a.test, start: true, expect: deny }\n", 2, "either" },
		{ "cases:\n  - { process: npm, destination: 10.0.0.0/8, expect: deny }\n", 2, "not one destination" },
		{ "cases:\n  - { process: npm, destination: a.test, address: b.test, expect: deny }\n", 2, "\"b.test\" is not an address" },
		{ "cases:\n  - { process: npm, destination: a.test, carries: [gold], expect: deny }\n", 2, "no class \"gold\"" },
		{ "cases:\n  - { process: npm, destination: a.test, expect: refuse }\n", 2, "'refuse' is not a verdict" },
		{ "cases:\n  - { proces: npm, destination: a.test, expect: deny }\n", 2, "did you mean 'process'?" },
	};
	struct policy *p = policy_of(sample, file_a);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct problem problem = { 0 };
		struct sum sum = { 0 };

		assert_int_equal(file_write(file_b, rows[i].text, strlen(rows[i].text), 0600), 0);
		if (trial_run(p, file_b, on_case, &sum, &problem) != -EINVAL || problem.line != rows[i].line ||
		    !strstr(problem.text, rows[i].what))
			fail_msg("%s: %u: %s", rows[i].text, problem.line, problem.text);
		assert_int_equal(sum.right + sum.wrong, 0);
	}
	policy_free(p);
}

/* --- differences ------------------------------------------------------------------------------------- */

static void add_change(void *user, const struct trial_change *c)
{
	buf_addf(user, "%s%s%s %s%s%s;", c->process ? c->process : "*", c->ancestors ? "<" : "",
		 c->ancestors ? c->ancestors[0] : "", verdict_name(c->after->verdict), c->destination ? " " : "",
		 c->destination ? c->destination : "");
}

static void add_entry(void *user, const char *key, const char *text, bool added)
{
	buf_addf(user, "%c%s %s;", added ? '+' : '-', key, text);
}

static void test_differences(void **state)
{
	static const struct {
		const char *before, *after, *what;
	} rows[] = {
		{ "rules: { network: { allowed_hosts: [a.test, b.test] } }\n", "rules: { network: { allowed_hosts: [b.test, a.test] } }\n", "" },
		/* said in another way */
		{ "rules: { network: { allowed_ips: [10.0.0.0/9, 10.128.0.0/9] } }\n", "rules: { network: { allowed_ips: [10.0.0.0/8] } }\n", "" },
		{ "rules: { network: { allowed_hosts: [a.test] } }\n", "rules: { network: { allowed_hosts: [.a.test] } }\n", "* deny a.test;" },
		{ "rules: {}\n", "rules: { network: { allowed_hosts: ['a.test:8443'] } }\n", "* allow a.test:8443;* allow *.a.test:8443;" },
		{ "rules: {}\n", "rules: { network: { allow_metadata: true } }\n", "* allow cloud metadata;" },
		{ "rules: {}\n", "rules: { network: { allow_github_meta: true } }\n", "* allow GitHub's ranges;" },
		{ "rules: {}\n", "rules: { network: { allowed_hosts: ['*'] } }\n",
		  "* allow anything else;* allow GitHub's ranges;* allow DNS at anybody else;" },
		{ "rules: {}\n", "rules: { dns: { allowed_servers: [192.0.2.1] } }\n",
		  "* deny DNS at the system's resolvers;* allow DNS at 192.0.2.1;" },
		/* only npm changes; only what is not as for everybody is said of it */
		{ "rules: { network: { allowed_hosts: [a.test], allow_local_ranges: false } }\n",
		  "rules: { network: { allowed_hosts: [a.test], allow_local_ranges: false, profiles: [{ process: npm, allowed_hosts: [b.test] }] } }\n",
		  "npm deny a.test;npm deny *.a.test;npm allow b.test;npm allow *.b.test;" },
		{ "rules: { network: { allowed_hosts: ['a.test:80'], allow_local_ranges: false } }\n",
		  "rules: { network: { allowed_hosts: ['a.test:80'], allow_local_ranges: false }, process: { blocked_chains: [{ process: curl, ancestors: [npm], action: exec }] } }\n",
		  "curl<npm deny;curl<npm deny loopback;curl<npm deny DNS at the system's resolvers;curl<npm deny a.test:80;curl<npm deny *.a.test:80;" },
		{ "rules: { process: { blocked_executables: [nc] } }\n", "rules: {}\n", "nc allow;" },
		{ "mode: monitor\n", "mode: enforce\nrules: { file: { protected_paths: [/etc/x] } }\n",
		  "-mode monitor;+mode enforce;+file.protected_paths /etc/x;" },
		{ "webhooks: [{ url: 'https://a.test' }]\n", "webhooks: [{ url: 'https://a.test', filter: block }]\n",
		  "-webhooks https://a.test;+webhooks https://a.test;" },
		{ "rules: {}\n", "rules: { network: { homes: [{ classes: [aws], allowed_hosts: [a.test] }] } }\n",
		  "+network.homes aws may go to a.test;" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *a = policy_of(rows[i].before, file_a), *b = policy_of(rows[i].after, file_b);
		_cleanup_buf_ struct buf out = { 0 };
		struct trial_diff d = { .change = add_change, .entry = add_entry, .user = &out };

		buf_init(&out, 0);
		assert_int_equal(trial_diff(a, b, &d), 0);
		if (!streq(buf_str(&out), rows[i].what))
			fail_msg("row %zu: %s", i, buf_str(&out));
		policy_free(a);
		policy_free(b);
	}
}

/* --- suggesting -------------------------------------------------------------------------------------- */

static const char *const aws_class[] = { "aws", NULL };

/* A run as the history has it. */
static const struct run_row {
	struct record r;
	const char *process; /* as a case tells it */
} run[] = {
	{ { .exe = "/usr/bin/curl", .name = "api.forge.test", .name_source = "dns-own", .address = "203.0.113.1", .port = 443 }, "curl" },
	{ { .exe = "/usr/bin/curl", .name = "api.forge.test", .name_source = "dns-own", .address = "203.0.113.2", .port = 443 }, "curl" },
	{ { .exe = "/usr/bin/node", .script = "/usr/lib/node_modules/npm/bin/npm-cli.js", .name = "registry.test",
	    .name_source = "dns-other", .address = "203.0.113.3", .port = 4873 }, "npm" },
	{ { .exe = "/usr/bin/git", .address = "10.1.2.3", .port = 22 }, "git" },
	{ { .exe = "/usr/bin/git", .name = "shared.test", .name_source = "dns-own", .ambiguous = true, .address = "203.0.113.4", .port = 443 },
	  "git" },
	{ { .exe = "/usr/bin/python3.11", .script = "/srv/deploy.py", .name = "storage.test", .name_source = "hosts",
	    .address = "2001:db8::7", .port = 443, .classes = aws_class, .reason = "unknown", .would_hold = true }, NULL },
	{ { .exe = "/usr/bin/wget", .name = "claimed.test", .name_source = "sni", .address = "203.0.113.6", .port = 443 }, "wget" },
};

static struct suggest *suggest_from_run(void)
{
	struct suggest *s = NULL;
	size_t i;

	assert_int_equal(suggest_new(&s), 0);
	for (i = 0; i < ARRAY_SIZE(run); i++) {
		struct record r = run[i].r;

		r.kind = RECORD_FLOW;
		r.proto = "tcp";
		r.verdict = "allow";
		r.pid = 7;
		assert_int_equal(suggest_add(s, &r), 0);
	}
	return s;
}

static struct decision decide_row(const struct policy *p, const struct run_row *row, uint16_t port, const char *name)
{
	_cleanup_told_ struct told t = { 0 };
	struct told_dest to;
	struct query q = { .to = &to.to };
	struct policy enforced = *p;
	struct decision d;
	char text[128];

	enforced.enforce = true;
	if (row->process)
		assert_int_equal(told_subject(row->process, NULL, NULL, &t), 0);
	else
		assert_int_equal(told_subject(row->r.exe, row->r.script, NULL, &t), 0);
	(void)snprintf(text, sizeof(text), strchr(row->r.address, ':') ? "[%s]:%u" : "%s:%u", row->r.address, port);
	assert_int_equal(told_dest(text, NULL, &to, NULL), 0);
	to.to.name = name;
	to.to.source = !name ? NAME_NONE : streq(row->r.name_source, "sni") ? NAME_SNI : NAME_DNS_OWN;
	q.who = &t.who;
	q.label = row->r.classes ? 1ull << policy_class_bit(p, "aws") : 0;
	decide(&enforced, &q, 1, &d);
	return d;
}

static void expect_allows_run(const struct policy *p)
{
	static const struct run_row others[] = {
		{ { .address = "203.0.113.1", .name_source = "dns-own" }, "wget" },
		{ { .address = "203.0.113.1", .name_source = "dns-own", .classes = aws_class }, "curl" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(run); i++) {
		struct decision d = decide_row(p, &run[i], (uint16_t)run[i].r.port, run[i].r.name);

		if (d.verdict != V_ALLOW)
			fail_msg("row %zu: %s", i, d.sentence);
		/* another port, another host */
		assert_int_equal(decide_row(p, &run[i], 1, run[i].r.name).verdict, V_DENY);
	}
	assert_int_equal(decide_row(p, &others[0], 443, "other.test").verdict, V_DENY);
	/* the secret went to one place only */
	assert_int_equal(decide_row(p, &others[1], 443, "api.forge.test").verdict, V_DENY);
}

static void test_suggest(void **state)
{
	struct suggest *s = suggest_from_run();
	struct record odd = { .kind = RECORD_FLOW, .exe = "/usr/bin/curl", .proto = "tcp", .port = 443, .verdict = "deny",
			      .address = "203.0.113.66", .name = "evil.test\n- '*'", .name_source = "dns-own" };
	struct record quiet = { .kind = RECORD_FLOW, .address = "127.0.0.1", .port = 80, .proto = "tcp", .verdict = "allow" };
	_cleanup_buf_ struct buf out = { 0 };
	struct policy *p;
	uint64_t denied;
	int profiles;

	(void)state;
	assert_int_equal(suggest_add(s, &odd), 0);
	assert_int_equal(suggest_add(s, &quiet), 0);
	odd = (struct record){ .kind = RECORD_EXEC, .exe = "/usr/bin/x" };
	assert_int_equal(suggest_add(s, &odd), 0);
	assert_int_equal(suggest_flows(s, &denied), ARRAY_SIZE(run));
	assert_int_equal(denied, 1);
	buf_init(&out, 0);
	for (profiles = 0; profiles < 2; profiles++) {
		buf_clear(&out);
		suggest_write(s, profiles, &out);
		assert_int_equal(buf_error(&out), 0);
		p = policy_of(buf_str(&out), file_a);
		assert_true(p->enforce);
		expect_allows_run(p);
		/* once each, the shared name by its address, nothing of the denied one but a comment */
		assert_null(strstr(buf_str(&out), "\"shared.test"));
		assert_null(strstr(buf_str(&out), "\n- '*'"));
		assert_non_null(strstr(buf_str(&out), "#   curl to evil.test\\x0a- '*':443"));
		policy_free(p);
	}
	suggest_free(s);
}

/* With profiles nobody reaches what another one needed. */
static void test_suggest_profiles(void **state)
{
	struct suggest *s = suggest_from_run();
	static const struct run_row other = { { .address = "203.0.113.3", .name_source = "dns-own" }, "curl" };
	_cleanup_buf_ struct buf out = { 0 };
	struct policy *p;

	(void)state;
	buf_init(&out, 0);
	suggest_write(s, true, &out);
	p = policy_of(buf_str(&out), file_a);
	assert_int_equal(decide_row(p, &other, 4873, "registry.test").verdict, V_DENY);
	policy_free(p);
	buf_clear(&out);
	suggest_write(s, false, &out);
	p = policy_of(buf_str(&out), file_a);
	assert_int_equal(decide_row(p, &other, 4873, "registry.test").verdict, V_ALLOW);
	policy_free(p);
	suggest_free(s);
}

static void test_suggest_resolvers(void **state)
{
	struct record r = { .kind = RECORD_FLOW, .exe = "/usr/bin/curl", .proto = "udp", .port = 53, .verdict = "allow",
			    .address = "192.0.2.53" };
	_cleanup_buf_ struct buf out = { 0 };
	struct suggest *s = NULL;
	struct policy *p;

	(void)state;
	assert_int_equal(suggest_new(&s), 0);
	assert_int_equal(suggest_add(s, &r), 0);
	buf_init(&out, 0);
	suggest_write(s, false, &out);
	p = policy_of(buf_str(&out), file_a);
	assert_string_equal(p->ci->dns_servers[0], "192.0.2.53");
	assert_null(p->ci->ips);
	policy_free(p);
	suggest_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	     cmocka_unit_test(test_wrong_cases),
		cmocka_unit_test(test_differences),  cmocka_unit_test(test_suggest),
		cmocka_unit_test(test_suggest_profiles), cmocka_unit_test(test_suggest_resolvers),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
