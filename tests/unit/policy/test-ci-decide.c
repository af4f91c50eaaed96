/* SPDX-License-Identifier: Apache-2.0 */
/* What policy.yaml decides: rows of who, below whom, where to, carrying what -> verdict and reason. */
#include <setjmp.h>
#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/policy/ci_read.h"
#include "../../../src/policy/model.h"

enum { AWS, NPM, SSH, BAIT, N_CLASSES };
#define BIT(c) (UINT64_C(1) << (c))

static char *npm_readers[] = { (char *)"npm", NULL }, *npm_homes[] = { (char *)"registry.test", NULL };
static char *aws_readers[] = { (char *)"aws", NULL }, *aws_homes[] = { (char *)"cloud.test", NULL };

static struct policy world(const char *text)
{
	static const struct secret_class classes[N_CLASSES] = {
		[AWS] = { .name = (char *)"aws", .readers = aws_readers, .homes = aws_homes },
		[NPM] = { .name = (char *)"npm", .readers = npm_readers, .homes = npm_homes },
		[SSH] = { .name = (char *)"ssh-key" },
		[BAIT] = { .name = (char *)"bait", .flags = CLASS_CANARY },
	};
	struct policy p = { .n_classes = N_CLASSES, .enforce = true };
	struct problem problem = { 0 };
	struct ci_builder b;
	size_t i, k;

	memcpy(p.classes, classes, sizeof(classes));
	if (!text)
		return p;
	if (ci_begin(&b, &problem) < 0 || ci_read_text(&b, "p.yaml", text, strlen(text)) < 0)
		fail_msg("%u:%u: %s", problem.line, problem.column, problem.text);
	p.ci = ci_finish(&b);
	ci_builder_done(&b);
	assert_int_equal(ci_seal(p.ci, EGRET_SOURCE_DATADIR "/catalog/ci", &problem), 0);
	for (i = 0; i < p.ci->n_homes; i++)
		for (k = 0; p.ci->homes[i].classes[k]; k++)
			p.ci->homes[i].mask |= BIT(policy_class_bit(&p, p.ci->homes[i].classes[k]));
	return p;
}

/* --- rows -------------------------------------------------------------------------------------------- */

/* Names as enrich/ gives them: the program's, then the script's. */
static const char *const npm[] = { "node", "nodejs", "npm-cli.js", "npm", NULL }, *const node[] = { "node", "nodejs", NULL },
	*const tool[] = { "node", "nodejs", "tool.js", "tool", NULL }, *const pip[] = { "python3.11", "python3", "python", "pip", NULL },
	*const python[] = { "python3.11", "python3", "python", NULL }, *const sh[] = { "dash", "sh", NULL },
	*const curl[] = { "curl", NULL }, *const git[] = { "git", NULL }, *const aws[] = { "aws", NULL }, *const nobody[] = { NULL },
	*const netcat[] = { "nc.openbsd", "nc", NULL }, *const miner[] = { "miner", NULL };

struct row {
	const char *const *who;
	const char *const *above[4];
	const char *host, *addr; /* host NULL: by address; addr NULL: 203.0.113.7 */
	uint16_t port;           /* 0: 443 */
	uint64_t label;
	enum verdict verdict;
	enum reason reason;
};

struct family {
	const char *names[32];
	uint8_t of[32];
	size_t n;
};

static void add_all(struct family *f, const char *const *names, uint8_t number)
{
	for (; *names; names++) {
		f->names[f->n] = *names;
		f->of[f->n++] = number;
	}
}

static struct subject subject_for(const struct row *row, struct family *above, char *exe, size_t size)
{
	struct subject who = { .pid = 7, .names = row->who, .intact = true };
	size_t i;

	while (row->who[who.n_names])
		who.n_names++;
	if (who.n_names)
		(void)snprintf(exe, size, "/usr/bin/%s", row->who[0]);
	who.exe = who.n_names ? exe : NULL;
	for (i = 0; i < ARRAY_SIZE(row->above) && row->above[i]; i++)
		add_all(above, row->above[i], (uint8_t)i);
	who.ancestors = above->names;
	who.ancestor_of = above->of;
	who.n_ancestors = above->n;
	return who;
}

static struct dest dest_for(const struct row *row)
{
	const char *addr = row->addr ? row->addr : "203.0.113.7";
	struct dest to = { .port = row->port ? row->port : 443, .proto = 6, .name = row->host,
			   .source = row->host ? NAME_DNS_OWN : NAME_NONE };

	to.resolver = streq(addr, "192.0.2.53") && to.port == 53;
	if (inet_pton(AF_INET6, addr, to.addr) == 1)
		return to;
	memcpy(to.addr, (const uint8_t[12]){ [10] = 0xff, [11] = 0xff }, 12);
	assert_int_equal(inet_pton(AF_INET, addr, to.addr + 12), 1);
	return to;
}

static void run(const char *text, const struct row *rows, size_t n)
{
	struct policy p = world(text);
	size_t i;

	for (i = 0; i < n; i++) {
		struct family above = { .n = 0 };
		char exe[64];
		struct subject who = subject_for(&rows[i], &above, exe, sizeof(exe));
		struct dest to = dest_for(&rows[i]);
		struct query q = { .who = &who, .to = &to, .label = rows[i].label };
		struct decision d;

		decide(&p, &q, 1, &d);
		if (d.verdict != rows[i].verdict || d.reason != rows[i].reason)
			fail_msg("row %zu: %s because %s (%s: %s): %s", i, verdict_name(d.verdict), reason_name(d.reason),
				 d.key ? d.key : "-", d.entry ? d.entry : "-", d.sentence);
	}
	ci_free(p.ci);
}
#define RUN(text, rows) run(text, rows, ARRAY_SIZE(rows))

/* --- lists ------------------------------------------------------------------------------------------- */

static void test_lists(void **state)
{
	static const struct row rows[] = {
		{ curl, {}, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, "api.forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, "evil-forge.test", NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, "files.test", NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, "x.files.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "198.51.100.200", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "198.51.101.1", 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, "forge.test", "10.0.0.1", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "2001:db8::5", 0, 0, V_ALLOW, BECAUSE_LISTED },
		/* local ranges, when nobody says otherwise */
		{ curl, {}, NULL, "10.1.2.3", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "172.31.0.1", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "172.32.0.1", 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "192.168.9.9", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "fd99::1", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "fe80::1", 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "169.254.1.1", 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "100.64.0.1", 0, 0, V_DENY, BECAUSE_UNLISTED },
		/* loopback, always */
		{ curl, {}, NULL, "127.0.0.1", 8080, 0, V_ALLOW, BECAUSE_LOOPBACK },
		{ curl, {}, NULL, "::1", 8080, 0, V_ALLOW, BECAUSE_LOOPBACK },
		/* GitHub's ranges were not asked for */
		{ curl, {}, NULL, "140.82.112.3", 0, 0, V_DENY, BECAUSE_UNLISTED },
	};

	(void)state;
	RUN("rules: { network: { allowed_hosts: [Forge.test, .files.test], allowed_ips: [198.51.100.0/24, '2001:db8::/32'] } }\n",
	    rows);
}

static void test_switches(void **state)
{
	static const struct row on[] = {
		{ curl, {}, NULL, "140.82.112.3", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "2a0a:a440::1", 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "169.254.169.254", 80, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "fd00:ec2::254", 80, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, NULL, "10.0.0.1", 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "fd99::1", 0, 0, V_DENY, BECAUSE_UNLISTED },
	};
	static const struct row off[] = {
		{ curl, {}, NULL, "169.254.169.254", 80, 0, V_DENY, BECAUSE_METADATA },
		{ curl, {}, NULL, "168.63.129.16", 80, 0, V_DENY, BECAUSE_METADATA },
		{ curl, {}, NULL, "fd00:ec2::254", 80, 0, V_DENY, BECAUSE_METADATA },
		/* neither a listed name nor a range around it lets anybody in; everything else it does */
		{ curl, {}, "rebind.test", "169.254.169.254", 80, 0, V_DENY, BECAUSE_METADATA },
		{ curl, {}, NULL, "8.8.8.8", 80, 0, V_ALLOW, BECAUSE_LISTED },
		/* its own address does */
		{ curl, {}, NULL, "169.254.170.2", 80, 0, V_ALLOW, BECAUSE_LISTED },
	};

	(void)state;
	RUN("rules: { network: { allow_local_ranges: false, allow_github_meta: true, allow_metadata: true } }\n", on);
	RUN("rules: { network: { allowed_hosts: [rebind.test], allowed_ips: [0.0.0.0/0, 169.254.170.2] } }\n", off);
}

static void test_blocked_hosts(void **state)
{
	static const struct row rows[] = {
		{ curl, {}, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, {}, "hook.exfil.test", NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "203.0.113.66", 0, 0, V_DENY, BECAUSE_UNLISTED },
		{ git, {}, "exfil.test", NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
	};

	(void)state;
	RUN("rules: { network: { allowed_hosts: ['*'], blocked_hosts: [exfil.test, 203.0.113.66],\n"
	    "  profiles: [{ process: git, allowed_hosts: [exfil.test] }] } }\n",
	    rows);
}

/* A name that nobody but the other end or the program vouches for opens nothing and still closes. */
static void test_unproven_names(void **state)
{
	struct policy p = world("rules: { network: { allowed_hosts: [forge.test], blocked_hosts: [exfil.test] } }\n");
	struct dest to = dest_for(&(struct row){ .host = "forge.test" });
	struct subject who = { .pid = 7, .exe = "/usr/bin/curl", .names = curl, .n_names = 1, .intact = true };
	struct query q = { .who = &who, .to = &to };
	static const enum name_source weak[] = { NAME_NONE, NAME_PTR, NAME_SNI };
	struct decision d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(weak); i++) {
		to.source = weak[i];
		to.name = "forge.test";
		decide(&p, &q, 1, &d);
		assert_int_equal(d.verdict, V_DENY);
		to.name = "exfil.test";
		decide(&p, &q, 1, &d);
		assert_string_equal(d.key, "network.blocked_hosts");
	}
	ci_free(p.ci);
}

/* --- processes --------------------------------------------------------------------------------------- */

static void test_allowed_processes(void **state)
{
	static const struct row rows[] = {
		{ curl, {}, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ python, {}, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ git, {}, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROCESS },
		{ git, { curl }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROCESS },
		{ git, {}, NULL, "127.0.0.1", 0, 0, V_ALLOW, BECAUSE_LOOPBACK },
		{ curl, {}, "other.test", NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
		/* a profile says more than the list */
		{ npm, {}, "registry.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ nobody, {}, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROCESS },
	};

	(void)state;
	RUN("rules: { network: { allowed_hosts: [forge.test], allowed_processes: [curl, python3],\n"
	    "  profiles: [{ process: npm, allowed_hosts: [registry.test] }] } }\n",
	    rows);
}

static void test_profiles(void **state)
{
	static const struct row rows[] = {
		{ npm, {}, "registry.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ npm, {}, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE },
		{ npm, {}, NULL, "10.0.0.1", 0, 0, V_DENY, BECAUSE_PROFILE }, /* the local ranges are the lists' */
		{ npm, {}, NULL, "127.0.0.1", 0, 0, V_ALLOW, BECAUSE_LOOPBACK },
		{ npm, {}, NULL, "192.0.2.53", 53, 0, V_ALLOW, BECAUSE_RESOLVER },
		{ npm, {}, NULL, "192.0.2.54", 53, 0, V_DENY, BECAUSE_PROFILE },
		/* node has one of its own: npm, being more than node, is not widened by it, nor the other way round */
		{ node, {}, "app.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ npm, {}, "app.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE },
		{ node, {}, "registry.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE },
		{ tool, {}, "app.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		/* children, unless they have their own */
		{ curl, { sh, npm }, "registry.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, { sh, npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE },
		{ node, { sh, npm }, "app.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, { node, npm }, "registry.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE }, /* the nearest: node's */
		{ curl, { node, npm }, "app.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, { sh, pip }, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED }, /* children: false */
		{ pip, {}, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE },
		/* two of the same name count together */
		{ pip, {}, "index.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ pip, {}, NULL, "198.51.100.9", 0, 0, V_ALLOW, BECAUSE_LISTED },
		/* who has none */
		{ curl, { sh }, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ curl, { sh }, "registry.test", NULL, 0, 0, V_DENY, BECAUSE_UNLISTED },
	};

	(void)state;
	RUN("rules:\n  network:\n    allowed_hosts: [forge.test]\n    profiles:\n"
	    "      - { process: npm, allowed_hosts: [registry.test] }\n"
	    "      - { process: node, allowed_hosts: [app.test] }\n"
	    "      - { process: pip, allowed_hosts: [index.test], children: false }\n"
	    "      - { process: pip, allowed_ips: [198.51.100.9], children: false }\n",
	    rows);
}

static void test_chains(void **state)
{
	static const struct row rows[] = {
		{ curl, { sh, npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ curl, { npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ curl, { sh, sh, node, npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ curl, { sh }, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ git, { sh, npm }, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		{ npm, { sh }, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		/* all of them, in any order */
		{ sh, { npm, pip }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ sh, { pip, sh, npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ sh, { npm }, "forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
		/* people's names */
		{ python, { sh, npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		/* neither loopback nor a resolver nor a profile helps */
		{ curl, { npm }, NULL, "127.0.0.1", 0, 0, V_DENY, BECAUSE_CHAIN },
		{ curl, { npm }, NULL, "192.0.2.53", 53, 0, V_DENY, BECAUSE_CHAIN },
		{ aws, { npm }, "cloud.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ aws, { sh }, "cloud.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED },
	};

	(void)state;
	RUN("rules:\n  network:\n    allowed_hosts: [forge.test]\n"
	    "    profiles: [{ process: aws, allowed_hosts: [cloud.test] }]\n"
	    "  process:\n    blocked_chains:\n"
	    "      - { process: curl, ancestors: [npm] }\n"
	    "      - { process: sh, ancestors: [npm, pip] }\n"
	    "      - { process: python3, ancestors: [npm] }\n"
	    "      - { process: aws, ancestors: [npm], action: exec }\n",
	    rows);
}

/* A list of ancestors that was cut may hide any of them. */
static void test_forgotten_ancestors(void **state)
{
	static const char *const cut[] = { "?", NULL };
	static const struct row rows[] = {
		{ curl, { sh, cut }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN },
		{ git, { sh, cut }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROCESS },
		{ git, { npm, cut }, "registry.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED }, /* a nearer one has a profile */
	};

	(void)state;
	RUN("rules:\n  network:\n    allowed_hosts: [forge.test]\n    profiles: [{ process: npm, allowed_hosts: [registry.test] }]\n"
	    "  process: { blocked_chains: [{ process: curl, ancestors: [pip] }] }\n",
	    rows);
}

static void test_resolvers(void **state)
{
	static const struct row listed[] = {
		{ curl, {}, NULL, "8.8.8.8", 53, 0, V_ALLOW, BECAUSE_RESOLVER },
		{ curl, {}, NULL, "8.8.8.8", 443, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "192.0.2.53", 53, 0, V_DENY, BECAUSE_DNS_SERVER },
		{ curl, {}, NULL, "10.0.0.2", 53, 0, V_DENY, BECAUSE_DNS_SERVER }, /* though local ranges are allowed */
		{ curl, {}, "forge.test", NULL, 53, 0, V_DENY, BECAUSE_DNS_SERVER },
		{ curl, {}, NULL, "127.0.0.53", 53, 0, V_ALLOW, BECAUSE_LOOPBACK },
		{ curl, {}, NULL, "::ffff:8.8.8.8", 53, 0, V_ALLOW, BECAUSE_RESOLVER },
	};
	static const struct row none[] = {
		{ curl, {}, NULL, "192.0.2.53", 53, 0, V_DENY, BECAUSE_DNS_SERVER },
		{ curl, {}, NULL, "10.0.0.2", 53, 0, V_DENY, BECAUSE_DNS_SERVER },
	};
	static const struct row absent[] = {
		{ curl, {}, NULL, "192.0.2.53", 53, 0, V_ALLOW, BECAUSE_RESOLVER },
		{ curl, {}, NULL, "8.8.8.8", 53, 0, V_DENY, BECAUSE_UNLISTED },
		{ curl, {}, NULL, "10.0.0.2", 53, 0, V_ALLOW, BECAUSE_LISTED },
	};

	(void)state;
	RUN("rules: { network: { allowed_hosts: [forge.test] }, dns: { allowed_servers: [8.8.8.8] } }\n", listed);
	RUN("rules: { dns: { allowed_servers: [] } }\n", none);
	RUN("rules: { dns: {} }\n", absent);
}

/* --- secrets ----------------------------------------------------------------------------------------- */

static void test_secrets(void **state)
{
	static const struct row rows[] = {
		/* listed and home */
		{ npm, {}, "registry.test", NULL, 0, BIT(NPM), V_ALLOW, BECAUSE_HOME },
		{ aws, {}, "cloud.test", NULL, 0, BIT(AWS), V_ALLOW, BECAUSE_HOME },
		/* listed, no home; home, not listed; both classes must be at home */
		{ npm, {}, "forge.test", NULL, 0, BIT(NPM), V_DENY, BECAUSE_NOT_HOME },
		{ curl, {}, "forge.test", NULL, 0, BIT(SSH), V_DENY, BECAUSE_NOT_HOME },
		{ npm, {}, "registry.test", NULL, 0, BIT(NPM) | BIT(AWS), V_DENY, BECAUSE_NOT_HOME },
		{ curl, {}, "other.test", NULL, 0, BIT(AWS), V_DENY, BECAUSE_UNLISTED },
		/* not by its own reader: only where the policy says so */
		{ python, {}, "cloud.test", NULL, 0, BIT(AWS), V_DENY, BECAUSE_NOT_HOME },
		{ git, {}, "forge.test", NULL, 0, BIT(SSH), V_ALLOW, BECAUSE_HOME },
		{ git, {}, "forge.test", NULL, 0, BIT(SSH) | BIT(NPM), V_DENY, BECAUSE_NOT_HOME },
		{ sh, {}, NULL, "10.5.0.1", 0, BIT(NPM), V_ALLOW, BECAUSE_HOME },
		/* a harvest, bait, loopback as ever; a resolver passes on what it is asked: the names are judged one by one */
		{ git, {}, "forge.test", NULL, 0, BIT(SSH) | BIT(NPM) | BIT(AWS), V_DENY, BECAUSE_HARVEST },
		{ git, {}, "forge.test", NULL, 0, BIT(BAIT), V_DENY, BECAUSE_CANARY },
		{ curl, {}, NULL, "192.0.2.53", 53, BIT(SSH), V_DENY, BECAUSE_NOT_HOME },
		{ curl, {}, NULL, "127.0.0.1", 0, BIT(SSH), V_ALLOW, BECAUSE_LOOPBACK },
	};

	(void)state;
	RUN("rules:\n  network:\n    allowed_hosts: [forge.test, registry.test, cloud.test]\n    homes:\n"
	    "      - { classes: [ssh-key], process: git, allowed_hosts: [forge.test] }\n"
	    "      - { classes: [npm], allowed_ips: [10.5.0.0/16] }\n",
	    rows);
}

/* A profile limits; it does not make its hosts a home. */
static void test_secrets_and_profiles(void **state)
{
	static const struct row rows[] = {
		{ npm, {}, "registry.test", NULL, 0, BIT(NPM), V_ALLOW, BECAUSE_HOME },
		{ npm, {}, "registry.test", NULL, 0, BIT(AWS), V_DENY, BECAUSE_NOT_HOME },
		{ curl, { npm }, "registry.test", NULL, 0, BIT(NPM), V_DENY, BECAUSE_NOT_HOME },
		{ aws, { npm }, "cloud.test", NULL, 0, BIT(AWS), V_DENY, BECAUSE_PROFILE },
	};

	(void)state;
	RUN("rules: { network: { profiles: [{ process: npm, allowed_hosts: [registry.test] }] } }\n", rows);
}

static void test_rules_come_first(void **state)
{
	static struct rule rule = { .id = (char *)"r", .executable = (char *)"curl", .resource = (char *)"far.test",
				    .type = RULE_NETWORK, .decision = V_ALLOW, .enabled = true, .exe_rank = 1 };
	struct policy p = world("rules: { network: { allowed_hosts: [forge.test] } }\n");
	struct dest to = dest_for(&(struct row){ .host = "far.test" });
	struct subject who = { .pid = 7, .exe = "/usr/bin/curl", .names = curl, .n_names = 1, .intact = true };
	struct query q = { .who = &who, .to = &to, .label = BIT(SSH) };
	struct decision d;

	(void)state;
	p.rules = &rule;
	p.n_rules = 1;
	decide(&p, &q, 1, &d);
	assert_int_equal(d.verdict, V_ALLOW);
	assert_ptr_equal(d.rule, &rule);
	ci_free(p.ci);
}

static void test_monitor(void **state)
{
	struct policy p = world("rules: { network: { allowed_hosts: [forge.test] } }\n");
	struct dest to = dest_for(&(struct row){ .host = "far.test" });
	struct subject who = { .pid = 7, .exe = "/usr/bin/curl", .names = curl, .n_names = 1, .intact = true };
	struct query q = { .who = &who, .to = &to };
	struct decision d;

	(void)state;
	p.enforce = false;
	decide(&p, &q, 1, &d);
	assert_int_equal(d.verdict, V_ALLOW);
	assert_int_equal(d.reason, BECAUSE_UNLISTED);
	assert_true(d.would_hold);
	ci_free(p.ci);
}

/* What decided is named. */
static void test_entries(void **state)
{
	static const struct {
		struct row row;
		const char *key, *entry;
	} rows[] = {
		{ { curl, {}, "api.forge.test", NULL, 0, 0, V_ALLOW, BECAUSE_LISTED }, "network.allowed_hosts", "Forge.test" },
		{ { curl, {}, NULL, "198.51.100.1", 0, 0, V_ALLOW, BECAUSE_LISTED }, "network.allowed_ips", "198.51.100.0/24" },
		{ { curl, {}, NULL, "10.0.0.1", 0, 0, V_ALLOW, BECAUSE_LISTED }, "network.allow_local_ranges", "10.0.0.0/8" },
		{ { npm, {}, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_PROFILE }, "network.profiles", "npm" },
		{ { curl, { npm }, "forge.test", NULL, 0, 0, V_DENY, BECAUSE_CHAIN }, "process.blocked_chains", "curl" },
	};
	struct policy p = world("rules:\n  network:\n    allowed_hosts: [Forge.test]\n    allowed_ips: [198.51.100.0/24]\n"
				"    profiles: [{ process: npm }]\n"
				"  process: { blocked_chains: [{ process: curl, ancestors: [npm] }] }\n");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct family above = { .n = 0 };
		char exe[64];
		struct subject who = subject_for(&rows[i].row, &above, exe, sizeof(exe));
		struct dest to = dest_for(&rows[i].row);
		struct query q = { .who = &who, .to = &to };
		struct decision d;

		decide(&p, &q, 1, &d);
		assert_int_equal(d.reason, rows[i].row.reason);
		assert_string_equal(d.key, rows[i].key);
		assert_string_equal(d.entry, rows[i].entry);
	}
	ci_free(p.ci);
}

/* --- starts ------------------------------------------------------------------------------------------ */

static void test_starts(void **state)
{
	static const struct row rows[] = {
		{ .who = curl, .verdict = V_ALLOW, .reason = BECAUSE_UNTAINTED },
		{ .who = netcat, .verdict = V_DENY, .reason = BECAUSE_EXECUTABLE },
		{ .who = miner, .verdict = V_ALLOW, .reason = BECAUSE_UNTAINTED },
		{ .who = sh, .above = { npm }, .verdict = V_DENY, .reason = BECAUSE_CHAIN },
		{ .who = curl, .above = { npm }, .verdict = V_ALLOW, .reason = BECAUSE_UNTAINTED }, /* action: connect */
	};
	struct policy p = world("rules:\n  process:\n    blocked_executables: [nc, /opt/*/miner]\n    blocked_chains:\n"
				"      - { process: sh, ancestors: [npm], action: exec }\n"
				"      - { process: curl, ancestors: [npm] }\n");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct family above = { .n = 0 };
		char exe[64];
		struct subject who = subject_for(&rows[i], &above, exe, sizeof(exe));
		struct decision d;

		decide_exec(&p, &who, &d);
		if (d.verdict != rows[i].verdict || d.reason != rows[i].reason)
			fail_msg("row %zu: %s", i, d.sentence);
		p.enforce = false;
		decide_exec(&p, &who, &d);
		assert_int_equal(d.verdict, V_ALLOW);
		assert_int_equal(d.would_hold, rows[i].verdict == V_DENY);
		p.enforce = true;
	}
	ci_free(p.ci);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),	       cmocka_unit_test(test_switches),
		cmocka_unit_test(test_blocked_hosts),  cmocka_unit_test(test_unproven_names),
		cmocka_unit_test(test_allowed_processes), cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_chains),	       cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_forgotten_ancestors),
		cmocka_unit_test(test_secrets),	       cmocka_unit_test(test_secrets_and_profiles),
		cmocka_unit_test(test_rules_come_first), cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_entries),	       cmocka_unit_test(test_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
