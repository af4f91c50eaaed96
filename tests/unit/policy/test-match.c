/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <arpa/inet.h>
#include <errno.h>
#include <cmocka.h>

#include "../../../src/policy/match.h"

static struct dest dest_of(const char *addr, const char *name, uint16_t port)
{
	struct dest d = { .name = name, .port = port, .proto = IPPROTO_TCP, .source = name ? NAME_DNS_OWN : NAME_NONE };

	if (addr && inet_pton(AF_INET, addr, d.addr + 12) == 1)
		d.addr[10] = d.addr[11] = 0xff;
	else if (addr)
		assert_int_equal(inet_pton(AF_INET6, addr, d.addr), 1);
	return d;
}

static void test_dest_match(void **state)
{
	static const struct {
		const char *pattern, *addr, *name;
		uint16_t port;
		bool match;
	} rows[] = {
		{ "code.test", "10.99.0.2", "code.test", 443, true },
		{ "code.test", "10.99.0.2", "api.code.test", 443, true },
		{ "code.test", "10.99.0.2", "evil-code.test", 443, false },
		{ "code.test", "10.99.0.2", "code.test.evil.test", 443, false },
		{ "code.test", "10.99.0.2", "ode.test", 443, false },
		{ "code.test", "10.99.0.2", ".code.test", 443, false },
		{ "code.test", "10.99.0.2", "CODE.Test.", 443, true },
		{ "CODE.test.", "10.99.0.2", "code.test", 443, true },
		{ "code.test", "10.99.0.2", NULL, 443, false },
		{ ".code.test", "10.99.0.2", "code.test", 443, false },
		{ ".code.test", "10.99.0.2", "a.b.code.test", 443, true },
		{ "*.code.test", "10.99.0.2", "code.test", 443, false },
		{ "*.code.test", "10.99.0.2", "x.code.test", 443, true },
		{ "*.code.test", "10.99.0.2", "xcode.test", 443, false },
		{ "*", "10.99.0.2", NULL, 0, true },
		{ "*:443", "10.99.0.2", NULL, 443, true },
		{ "*:443", "10.99.0.2", NULL, 80, false },
		{ "*:*", "fd99::2", "x.test", 80, true },
		{ "code.test:443", "10.99.0.2", "code.test", 443, true },
		{ "code.test:443", "10.99.0.2", "code.test", 8443, false },
		{ "code.test.:443", "10.99.0.2", "code.test", 443, true },
		{ "code.test:*", "10.99.0.2", "code.test", 1, true },
		{ "10.99.0.2", "10.99.0.2", NULL, 443, true },
		{ "10.99.0.2", "10.99.0.2", "code.test", 443, true },
		{ "10.99.0.2", "10.99.0.20", NULL, 443, false },
		{ "10.99.0.2:53", "10.99.0.2", NULL, 53, true },
		{ "10.99.0.2:53", "10.99.0.2", NULL, 54, false },
		{ "::ffff:10.99.0.2", "10.99.0.2", NULL, 443, true },
		{ "10.0.0.0/8", "10.255.1.1", NULL, 443, true },
		{ "10.0.0.0/8", "11.0.0.1", NULL, 443, false },
		{ "10.0.0.0/8:80", "10.0.0.1", NULL, 80, true },
		{ "10.0.0.0/8:80", "10.0.0.1", NULL, 81, false },
		{ "10.96.0.0/11", "10.99.0.2", NULL, 1, true },
		{ "10.96.0.0/11", "10.128.0.2", NULL, 1, false },
		{ "0.0.0.0/0", "10.99.0.2", NULL, 1, true },
		{ "0.0.0.0/0", "fd99::2", NULL, 1, false },
		{ "::/0", "fd99::2", NULL, 1, true },
		{ "::/0", "10.99.0.2", NULL, 1, false },
		{ "fd99::2", "fd99::2", NULL, 1, true },
		{ "[fd99::2]:443", "fd99:0:0::2", NULL, 443, true },
		{ "[fd99::2]:443", "fd99::2", NULL, 80, false },
		{ "[fd99::2]", "fd99::2", NULL, 80, true },
		{ "[fd99::/16]:443", "fd99:1::9", NULL, 443, true },
		{ "fd99::/17", "fd99:8000::9", NULL, 443, false },
		/* Odd forms are neither addresses nor names here: they match nothing. */
		{ "0x0a.99.0.2", "10.99.0.2", NULL, 1, false },
		{ "174260226", "10.99.0.2", NULL, 1, false },
		{ "", "10.99.0.2", "code.test", 1, false },
		{ NULL, "10.99.0.2", "code.test", 1, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dest d = dest_of(rows[i].addr, rows[i].name, rows[i].port);

		if (dest_match(rows[i].pattern, &d) != rows[i].match)
			fail_msg("row %zu: %s against %s %s:%u", i, rows[i].pattern, rows[i].addr,
				 rows[i].name ? rows[i].name : "-", rows[i].port);
	}
}

static void test_dest_check(void **state)
{
	static const struct {
		const char *pattern, *says; /* NULL: accepted */
	} rows[] = {
		{ "code.test", NULL },
		{ "xn--bcher-kva.test:443", NULL },
		{ "_srv.code.test", NULL },
		{ "localhost:8080", NULL },
		{ "*.code.test:*", NULL },
		{ "[::1]:80", NULL },
		{ "10.0.0.0/8:80", NULL },
		{ "code..test", "empty label" },
		{ ".", "empty label" },
		{ "*.", "empty label" },
		{ "..test", "empty label" },
		{ "", "empty" },
		{ ":443", "no host" },
		{ "code.test:", "port" },
		{ "code.test:0", "port" },
		{ "code.test:65536", "port" },
		{ "code.test:https", "port" },
		{ "code.test:-1", "port" },
		{ "co de.test", "space" },
		{ "https://code.test", "URL" },
		{ "code.test/path", "path" },
		{ "10.0.0.0/33", "0 to 32" },
		{ "10.0.0.0/", "0 to 32" },
		{ "fd99::/129", "0 to 128" },
		{ "[fd99::2", "closing bracket" },
		{ "[code.test]:1", "brackets" },
		{ "[fd99::2]443", "after the bracket" },
		{ "10.99.0.2:80:90", "not an address" },
		{ "fe80::1%eth0", "not an address" },
		{ "a.*.test", "* only" },
		{ "api-*.test", "* only" },
		{ "0x7f.1", "odd form" },
		{ "2130706433", "odd form" },
		{ "10.99.2", "odd form" },
		{ "b\xc3\xbc" "cher.test", "xn--" },
		{ "code.test\n", "control" },
		{ "code!.test", "character" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test", "63" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct problem p = { .text = "" };
		int r = dest_check(rows[i].pattern, &p);

		if (!rows[i].says && r != 0)
			fail_msg("%s refused: %s", rows[i].pattern, p.text);
		if (rows[i].says && (r != -EINVAL || !strstr(p.text, rows[i].says)))
			fail_msg("%s: %d, \"%s\" does not say \"%s\"", rows[i].pattern, r, p.text, rows[i].says);
	}
}

static void test_dest_check_bounds(void **state)
{
	char long_name[600];

	(void)state;
	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	assert_int_equal(dest_check(long_name, NULL), -EINVAL);
	assert_int_equal(dest_check(NULL, NULL), -EINVAL);
}

static uint32_t rank(const char *pattern, const struct dest *to)
{
	struct dest_pattern d;

	assert_int_equal(dest_parse(pattern, &d, NULL), 0);
	return dest_rank(&d, to);
}

/* Each pattern is more specific than the next. */
static void test_dest_rank(void **state)
{
	static const char *const order[] = {
		"a.code.test:443", "a.code.test", "code.test:443", "*.code.test", "test:443", "test",
		"10.99.0.0/24:443", "10.99.0.0/24", "10.0.0.0/8", "*:443", "*",
	};
	struct dest d = dest_of("10.99.0.2", "a.code.test", 443);
	size_t i;

	(void)state;
	assert_true(rank("10.99.0.2", &d) == rank("a.code.test", &d));
	assert_true(rank("code.test", &d) == rank("*.code.test", &d));
	for (i = 0; i + 1 < ARRAY_SIZE(order); i++)
		if (rank(order[i], &d) <= rank(order[i + 1], &d))
			fail_msg("%s is not above %s", order[i], order[i + 1]);
}

static void test_globs(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} rows[] = {
		{ "/usr/bin/*", "/usr/bin/curl", true },
		{ "/usr/bin/*", "/usr/bin/x/curl", false },
		{ "/usr/**/curl", "/usr/curl", true },
		{ "/usr/**/curl", "/usr/a/b/curl", true },
		{ "/usr/**/curl", "/usr/a/b/xcurl", false },
		{ "/usr/**", "/usr/a/b", true },
		{ "/**/bin/*z", "/a/bin/b/bin/xyz", true },
		{ "/a/*/c*d/**/e", "/a/b/ccd/x/y/e", true },
		{ "/a/*/c*d/**/e", "/a/b/c/d/x/e", false },
		{ "/opt/app/", "/opt/app/bin/tool", true },
		{ "/opt/app/", "/opt/apple/tool", false },
		{ "/bin/?sh", "/bin/dsh", true },
		{ "/bin/?sh", "/bin//sh", false },
		{ "/bin/[a-c]sh", "/bin/bsh", true },
		{ "/bin/[!a-c]sh", "/bin/bsh", false },
		{ "/bin/[!a]sh", "/bin/sh", false },
		{ "/bin[!a]sh", "/bin/sh", false },
		{ "/bin/[]x]", "/bin/]", true },
		{ "/bin/[x", "/bin/[x", true },
		{ "/bin/\\*", "/bin/*", true },
		{ "/bin/\\*", "/bin/a", false },
		{ "*", "", true },
		{ "**", "a/b", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (glob_matches(rows[i].pattern, rows[i].text) != rows[i].match)
			fail_msg("%s against %s", rows[i].pattern, rows[i].text);
}

/* A pattern made to blow up a backtracking matcher ends in well under the test's patience. */
static void test_glob_is_bounded(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 0;
	assert_false(glob_matches("**a*a*a*a**a*a*a*a**a*a*a*a*b", text));
}

static const char *const node_names[] = { "node", "nodejs", "npm-cli.js", "npm", NULL };
static const struct subject npm = {
	.exe = "/usr/bin/node", .script = "/usr/share/npm/bin/npm-cli.js", .comm = "curl", .names = node_names, .n_names = 4,
};
static const char *const python_names[] = { "python3.11", "python3", "python", "-m twine", "twine", NULL };
static const struct subject python = { .exe = "/usr/bin/python3.11", .names = python_names, .n_names = 5 };
static const char *const dash_names[] = { "dash", "sh", NULL };
static const struct subject dash = { .exe = "/usr/bin/dash", .names = dash_names, .n_names = 2 };
static const char *const curl_names[] = { "curl", NULL };
static const struct subject gone = { .exe = "/usr/bin/curl (deleted)", .names = curl_names, .n_names = 1 };
static const struct subject nobody = { .pid = 7 };

static void test_subject_match(void **state)
{
	static const struct {
		const char *pattern;
		const struct subject *who;
		bool match;
	} rows[] = {
		{ "*", &nobody, true },
		{ "", &npm, false },
		{ NULL, &npm, false },
		{ "npm", &npm, true },
		{ "node", &npm, true },
		{ "np*", &npm, true },
		{ "curl", &npm, false }, /* comm is the process's own word */
		{ "/usr/bin/node", &npm, true },
		{ "/usr/bin/nodejs", &npm, true },
		{ "/bin/node", &npm, true },
		{ "/usr/bin/nod", &npm, false },
		{ "/usr/bin/npm", &npm, false },
		{ "/usr/bin/*", &npm, true },
		{ "/usr/**/npm-cli.js", &npm, true },
		{ "/usr/share/npm/bin/npm-cli.js", &npm, true },
		{ "node:npm-cli.js", &npm, true },
		{ "node:npm", &npm, true },
		{ "node:*.js", &npm, true },
		{ "node:/usr/share/npm/bin/npm-cli.js", &npm, true },
		{ "node:/usr/share/**", &npm, true },
		{ "node:setup.js", &npm, false },
		{ "python3:npm-cli.js", &npm, false },
		{ "python3", &python, true },
		{ "python", &python, true },
		{ "/usr/bin/python3", &python, true },
		{ "/usr/bin/python3.11", &python, true },
		{ "/usr/bin/python3.1", &python, false },
		{ "/usr/bin/python2", &python, false },
		{ "/usr/local/bin/python3", &python, false },
		{ "python3:-m twine", &python, true },
		{ "python3:twine", &python, false }, /* no script file */
		{ "twine", &python, true },
		{ "sh", &dash, true },
		{ "/bin/sh", &dash, true },
		{ "/usr/bin/sh", &dash, true },
		{ "/usr/bin/bash", &dash, false },
		{ "/usr/bin/curl", &gone, false },
		{ "/usr/bin/*", &gone, false },
		{ "curl", &gone, true },
		{ "curl", &nobody, false },
		{ "/usr/bin/curl", &nobody, false },
		{ "node:x.js", &nobody, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (subject_match(rows[i].pattern, rows[i].who) != rows[i].match)
			fail_msg("row %zu: %s", i, rows[i].pattern ? rows[i].pattern : "NULL");
}

static void test_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < _V_MAX; i++)
		assert_non_null(verdict_name((enum verdict)i));
	for (i = 0; i < _BECAUSE_MAX; i++)
		assert_true(reason_name((enum reason)i) && reason_text((enum reason)i));
	for (i = 0; i < _NAME_MAX; i++)
		assert_non_null(name_source_text((enum name_source)i));
	assert_string_equal(verdict_name(V_HOLD), "hold");
	assert_string_equal(reason_name(BECAUSE_HARVEST), "harvest");
	assert_string_equal(name_source_text(NAME_DNS_OWN), "dns-own");
	assert_string_equal(verdict_name((enum verdict)99), "none");
	assert_string_equal(reason_name((enum reason)99), "unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dest_match),    cmocka_unit_test(test_dest_check),
		cmocka_unit_test(test_dest_check_bounds), cmocka_unit_test(test_dest_rank),
		cmocka_unit_test(test_globs),         cmocka_unit_test(test_glob_is_bounded),
		cmocka_unit_test(test_subject_match), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
