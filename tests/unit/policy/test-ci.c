/* SPDX-License-Identifier: Apache-2.0 */
/* Reading policy.yaml: what every form means, how files merge, and that every mistake is one sentence at its place. */
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../../../src/policy/ci_read.h"
#include "../../../src/policy/model.h"

static char *data(const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/policy/%s", getenv("EGRET_TEST_DATA"), name) > 0);
	return path;
}

static struct policy *load(const struct policy_sources *src)
{
	struct problem problem = { 0 };
	struct policy *p = NULL;
	char text[1024];

	if (policy_load(src, &p, &problem) < 0)
		fail_msg("%s", problem_format(&problem, text, sizeof(text)));
	return p;
}

static int parse(const char *text, struct ci **ret, struct problem *p)
{
	struct ci_builder b;
	int r = ci_begin(&b, p);

	if (r == 0)
		r = ci_read_text(&b, "p.yaml", text, strlen(text));
	if (r == 0)
		*ret = ci_finish(&b);
	ci_builder_done(&b);
	return r;
}

static void expect_list(char *const *list, const char *words)
{
	_cleanup_buf_ struct buf b = { 0 };
	size_t i;

	buf_init(&b, 0);
	for (i = 0; list && list[i]; i++)
		buf_addf(&b, "%s%s", i ? " " : "", list[i]);
	assert_string_equal(buf_str(&b), words);
}

/* --- one file ---------------------------------------------------------------------------------------- */

static void test_sample(void **state)
{
	_cleanup_free_ char *file = data("sample.yaml");
	struct policy *p = load(&(struct policy_sources){ .rules_file = file, .catalog_dir = EGRET_SOURCE_DATADIR "/catalog" });
	const struct ci *ci = p->ci;

	(void)state;
	assert_true(p->enforce && p->mode_said && p->has_network_rules);
	assert_int_equal(ci->mode, CI_MODE_ENFORCE);
	expect_list(ci->hosts, "forge.test .packages.test .cloud.test");
	expect_list(ci->ips, "10.0.0.0/8 172.16.0.0/12");
	expect_list(ci->processes, "curl git wget docker");
	assert_int_equal(ci->local_ranges, SAID_YES);
	assert_int_equal(ci->github_meta, SAID_YES);
	assert_int_equal(ci->metadata, SAID_NO);
	assert_int_equal(ci->n_profiles, 2);
	assert_string_equal(ci->profiles[1].process, "pip");
	expect_list(ci->profiles[1].hosts, "index.test files.index.test");
	assert_true(ci->profiles[1].children);
	assert_int_equal(ci->n_chains, 2);
	assert_string_equal(ci->chains[0].process, "curl");
	expect_list(ci->chains[0].ancestors, "npm");
	assert_int_equal(ci->chains[0].action, CI_CONNECT);
	assert_int_equal(ci->chains[0].place.line, 31);
	assert_true(ci->dns_given);
	expect_list(ci->dns_servers, "8.8.8.8 8.8.4.4");
	assert_int_equal(ci->file_events, SAID_NO);
	expect_list(ci->monitored_paths, "/etc/shadow /root/.ssh/ /proc/self/environ");
	assert_int_equal(ci->n_webhooks, 1);
	assert_string_equal(ci->webhooks[0].headers[0].value, "Bearer <token>");
	assert_int_equal(ci->webhooks[0].events, CI_BLOCK | CI_PROCESS_BLOCK | CI_FILE_BLOCK);
	assert_null(ci->notices);
	policy_free(p);
}

static void test_extensions(void **state)
{
	static const char text[] = "rules:\n"
				   "  network:\n"
				   "    blocked_hosts: [.exfil.test]\n"
				   "    homes:\n"
				   "      - { classes: [aws, npm], process: deploy.py, allowed_hosts: [cloud.test], allowed_ips: [10.1.0.0/16] }\n"
				   "    profiles: [{ process: /usr/bin/node, children: false }]\n"
				   "  process:\n"
				   "    blocked_executables: [nc, /opt/*/miner]\n"
				   "    blocked_chains: [{ process: sh, ancestors: [node, npm], action: exec }]\n"
				   "  dns: { allowed_servers: [] }\n"
				   "  file:\n"
				   "    protected_paths: [/etc/sudoers.d/, ~/.ssh/authorized_keys]\n"
				   "    monitored_env_vars: [GITHUB_TOKEN]\n"
				   "webhooks:\n"
				   "  - { url: 'http://hook.test', events: [file_flag, process_block] }\n"
				   "  - { url: 'http://hook.test', events: [] }\n"
				   "api_key: s3cr3t\n"
				   "api_url: https://cloud.test\n";
	_cleanup_ci_ struct ci *ci = NULL;
	struct problem p = { 0 };

	(void)state;
	if (parse(text, &ci, &p) < 0)
		fail_msg("%u:%u: %s", p.line, p.column, p.text);
	expect_list(ci->blocked_hosts, ".exfil.test");
	expect_list(ci->homes[0].classes, "aws npm");
	assert_string_equal(ci->homes[0].process, "deploy.py");
	assert_false(ci->profiles[0].children);
	assert_null(ci->profiles[0].hosts);
	expect_list(ci->blocked_executables, "nc /opt/*/miner");
	assert_int_equal(ci->chains[0].action, CI_EXEC);
	assert_true(ci->dns_given);
	assert_null(ci->dns_servers);
	expect_list(ci->env_vars, "GITHUB_TOKEN");
	assert_int_equal(ci->webhooks[0].events, CI_FILE_FLAG | CI_PROCESS_BLOCK);
	/* An empty list must not silence the webhook. */
	assert_int_equal(ci->webhooks[1].events, CI_ALL_EVENTS);
	/* Named, and the key itself nowhere. */
	expect_list(ci->notices, "p.yaml:17: api_key is not used by this program: nothing is reported to a cloud service "
				 "p.yaml:18: api_url is not used by this program: nothing is reported to a cloud service");
	assert_int_equal(ci->mode, CI_MODE_UNSAID);
}

static void test_nothing_said(void **state)
{
	static const char *const texts[] = { "", "version: ''\nmode: ''\n", "rules:\nwebhooks:\n",
					     "rules:\n  network:\n  process:\n  dns:\n  file:\n",
					     "version: 1\nrules: { network: { allowed_hosts: } }\n",
					     "rules: { dns: { allowed_servers: } }\n", "{}\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_ci_ struct ci *ci = NULL;
		struct problem p = { 0 };

		if (parse(texts[i], &ci, &p) < 0)
			fail_msg("%s: %u:%u: %s", texts[i], p.line, p.column, p.text);
		assert_null(ci->hosts);
		assert_false(ci->dns_given);
		assert_int_equal(ci->local_ranges, SAID_NOTHING);
	}
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *what;
	} rows[] = {
		{ "version: \"99\"\n", 1, 10, "unsupported config version: \"99\" (supported: \"1\")" },
		{ "mode: blok\n", 1, 7, "invalid mode: \"blok\" (must be \"monitor\", \"enforce\" or \"trace\")" },
		{ "rules:\n  network:\n    allowed_ips: [10.0.0.1, 300.1.2.3]\n", 3, 29, "allowed_ips: \"300.1.2.3\" is neither" },
		{ "rules:\n  network:\n    allowed_ips: [10.0.0.0/33]\n", 3, 19, "\"10.0.0.0/33\" is neither" },
		{ "rules:\n  network:\n    allowed_ips: [forge.test]\n", 3, 19, "\"forge.test\" is neither an IP address" },
		{ "rules:\n  network:\n    allowed_ips: ['']\n", 3, 19, "allowed_ips: \"\" is empty" },
		{ "rules:\n  network:\n    allowed_hosts: [a.test, '  ']\n", 3, 29, "allowed_hosts: \"  \" is empty" },
		{ "rules:\n  network:\n    allowed_hosts: ['https://a.test/x']\n", 3, 21, "is a URL; write only host" },
		{ "rules:\n  network:\n    allowed_hosts: a.test\n", 3, 20, "allowed_hosts must be a list" },
		{ "rules:\n  network:\n    allowed_hosts: [[a.test]]\n", 3, 21, "expected a text, found a list" },
		{ "rules:\n  network:\n    allowed_processes: ['']\n", 3, 25, "allowed_processes: \"\" is empty" },
		{ "rules:\n  network:\n    allow_metadata: maybe\n", 3, 21, "'maybe' is neither true nor false" },
		{ "rules:\n  network:\n    profiles:\n      - process: ''\n", 4, 18, "process: \"\" is empty" },
		{ "rules:\n  network:\n    profiles:\n      - allowed_hosts: [a.test]\n", 4, 9, "a profile without 'process'" },
		{ "rules:\n  network:\n    profiles:\n      - { process: npm, hosts: [a.test] }\n", 4, 25,
		  "'hosts' is not a key of a profile" },
		{ "rules:\n  network:\n    homes: [{ allowed_hosts: [a.test] }]\n", 3, 13, "a home without 'classes'" },
		{ "rules:\n  network:\n    homes: [{ classes: [aws] }]\n", 3, 13, "a home without 'allowed_hosts'" },
		{ "rules:\n  process:\n    blocked_chains: [{ process: '', ancestors: [npm] }]\n", 3, 33, "process: \"\" is empty" },
		{ "rules:\n  process:\n    blocked_chains: [{ process: curl }]\n", 3, 22,
		  "the blocked chain for \"curl\" must have at least one ancestor" },
		{ "rules:\n  process:\n    blocked_chains: [{ process: curl, ancestors: [] }]\n", 3, 22, "at least one ancestor" },
		{ "rules:\n  process:\n    blocked_chains: [{ process: curl, ancestors: [/usr/bin/npm] }]\n", 3, 51,
		  "ancestors are names" },
		{ "rules:\n  process:\n    blocked_chains: [{ process: curl, ancestors: [npm], action: kill }]\n", 3, 65,
		  "'kill' is not an action" },
		{ "rules:\n  dns:\n    allowed_servers: [resolver.test]\n", 3, 23,
		  "allowed_servers: \"resolver.test\" is not the IP address of a DNS server" },
		{ "rules:\n  dns:\n    allowed_servers: [10.0.0.0/8]\n", 3, 23, "\"10.0.0.0/8\" is not the IP address" },
		{ "rules:\n  file:\n    protected_paths: [etc/passwd]\n", 3, 23, "\"etc/passwd\" must begin with" },
		{ "rules:\n  file:\n    monitored_paths: [/a/../b]\n", 3, 23, "monitored_paths: pattern" },
		{ "rules:\n  file:\n    monitored_env_vars: [A-B]\n", 3, 26, "\"A-B\" is not the name of an environment variable" },
		{ "rules:\n  netwrok: {}\n", 2, 3, "did you mean 'network'?" },
		{ "rule: {}\n", 1, 1, "'rule' is not a key of a policy; did you mean 'rules'?" },
		{ "- a\n", 1, 1, "a policy must be a mapping" },
		{ "webhooks: [{ filter: block }]\n", 1, 12, "a webhook without 'url'" },
		{ "webhooks: [{ url: siem.test }]\n", 1, 19, "\"siem.test\" is not a URL that begins with" },
		{ "webhooks: [{ url: 'https://a.test', filter: blocked }]\n", 1, 45, "'blocked' is not an event; did you mean 'block'?" },
		{ "webhooks: [{ url: 'https://a.test', headers: { 'A B': x } }]\n", 1, 48, "\"A B\" is not the name of a header" },
		{ "webhooks: [{ url: 'https://a.test', headers: { A: \"x\\ny\" } }]\n", 1, 51, "must be one line" },
		{ "mode: monitor\nmode: enforce\n", 2, 1, "" },
		{ "rules: &a { network: *a }\n", 1, 8, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct problem p = { 0 };
		struct ci *ci = NULL;
		int r = parse(rows[i].text, &ci, &p);

		if (r != -EINVAL || p.line != rows[i].line || p.column != rows[i].column || !strstr(p.text, rows[i].what) ||
		    !streq(p.file, "p.yaml"))
			fail_msg("%s: %d, %s:%u:%u: %s", rows[i].text, r, p.file, p.line, p.column, p.text);
		assert_null(ci);
	}
}

/* What is wrong with a header must not show what it holds. */
static void test_secrets_stay_hidden(void **state)
{
	struct problem p = { 0 };
	struct ci *ci = NULL;

	(void)state;
	assert_int_equal(parse("webhooks: [{ url: 'https://a.test', headers: { A: \"t0k3n\\n\" } }]\n", &ci, &p), -EINVAL);
	assert_null(strstr(p.text, "t0k3n"));
}

/* --- merging ----------------------------------------------------------------------------------------- */

static void test_merge(void **state)
{
	static const char *const hosts[] = { "", "c.test", "d.test", NULL }, *const ips[] = { "192.0.2.9", NULL };
	_cleanup_free_ char *dir = data("dir"), *file = data("sample.yaml");
	struct policy *p = load(&(struct policy_sources){
		.rules_file = file, .rules_dir = dir, .catalog_dir = EGRET_SOURCE_DATADIR "/catalog",
		.flags = { .allowed_hosts = hosts, .allowed_ips = ips, .local_ranges = SAID_YES } });
	const struct ci *ci = p->ci;

	(void)state;
	/* rules-file, then the folder by name, then the command line: joined in order, each text once. */
	expect_list(ci->hosts, "forge.test .packages.test .cloud.test a.test b.test c.test d.test");
	expect_list(ci->ips, "10.0.0.0/8 172.16.0.0/12 192.0.2.9");
	expect_list(ci->dns_servers, "8.8.8.8 8.8.4.4 192.0.2.53 192.0.2.54");
	/* Appended, even if equal. */
	assert_int_equal(ci->n_profiles, 4);
	assert_true(ci->profiles[2].children);
	assert_false(ci->profiles[3].children);
	assert_int_equal(ci->n_chains, 4);
	assert_int_equal(ci->n_webhooks, 3);
	/* Said last counts; what the last ones leave alone stays. */
	assert_int_equal(ci->mode, CI_MODE_ENFORCE);
	assert_int_equal(ci->local_ranges, SAID_YES);
	assert_int_equal(ci->metadata, SAID_NO);
	assert_int_equal(strv_len(ci->files), 3);
	assert_non_null(strstr(ci->profiles[3].place.file, "20-more.yml"));
	assert_int_equal(strv_len(ci->notices), 1);
	assert_non_null(strstr(ci->notices[0], "rule_test.rego"));
	policy_free(p);
}

static void test_flags_alone(void **state)
{
	static const char *const hosts[] = { "a.test", NULL }, *const bad[] = { "a b", NULL };
	struct problem problem = { 0 };
	struct policy *p = load(&(struct policy_sources){ .flags = { .allowed_hosts = hosts } });

	(void)state;
	expect_list(p->ci->hosts, "a.test");
	assert_false(p->enforce);
	assert_false(p->mode_said);
	policy_free(p);
	p = NULL;
	assert_int_equal(policy_load(&(struct policy_sources){ .flags = { .allowed_hosts = bad } }, &p, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "--allowed-hosts: destination \"a b\""));
	assert_null(p);
}

static void test_no_policy(void **state)
{
	struct policy *p = load(&(struct policy_sources){ .flags = { .process_events = SAID_YES } });

	(void)state;
	assert_null(p->ci);
	assert_true(p->enforce);
	policy_free(p);
}

/* --- folders ----------------------------------------------------------------------------------------- */

static void put(const char *dir, const char *name, const char *text)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
}

static void drop(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	assert_int_equal(remove(path), 0);
}

static void expect_refused(const char *dir, int error, const char *file, const char *what)
{
	struct problem p = { 0 };
	struct policy *policy = NULL;
	int r = policy_load(&(struct policy_sources){ .rules_dir = dir }, &policy, &p);

	if (r != error || !strstr(p.file, file) || !strstr(p.text, what))
		fail_msg("%d: %s: %s", r, p.file, p.text);
	assert_null(policy);
}

static void test_folder(void **state)
{
	char dir[] = "/tmp/egret-test-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	expect_refused(dir, -EINVAL, dir, "no policy is in this folder");
	put(dir, "a.rego", "package kntrl.network[\"x\"]\n");
	expect_refused(dir, -EINVAL, "a.rego", "Rego is not loaded by this version");
	drop(dir, "a.rego");
	put(dir, "a.yaml", "mode: enforce\n");
	put(dir, "b.yml", "mode: wrong\n");
	expect_refused(dir, -EINVAL, "b.yml", "invalid mode");
	drop(dir, "a.yaml");
	drop(dir, "b.yml");
	assert_int_equal(rmdir(dir), 0);
	expect_refused(dir, -ENOENT, dir, "cannot be read");
}

/* --- with the rest of the policy ---------------------------------------------------------------------- */

static void test_mode_order(void **state)
{
	static const struct {
		const char *watchlist, *policy;
		bool enforce, said;
	} rows[] = {
		{ "mode: enforce\n", "mode: monitor\n", false, true },
		{ "mode: monitor\n", "mode: trace\n", true, true },
		{ "mode: enforce\n", "rules:\n", true, true },
		{ "version: 1\n", "rules:\n", false, false },
		{ "version: 1\n", "mode: enforce\n", true, true },
	};
	char dir[] = "/tmp/egret-test-XXXXXX";
	_cleanup_free_ char *w = NULL, *f = NULL;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_true(asprintf(&w, "%s/w.yaml", dir) > 0 && asprintf(&f, "%s/p.yaml", dir) > 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *p;

		put(dir, "w.yaml", rows[i].watchlist);
		put(dir, "p.yaml", rows[i].policy);
		p = load(&(struct policy_sources){ .watchlist = w, .rules_file = f });
		assert_int_equal(p->enforce, rows[i].enforce);
		assert_int_equal(p->mode_said, rows[i].said);
		policy_free(p);
	}
	drop(dir, "w.yaml");
	drop(dir, "p.yaml");
	assert_int_equal(rmdir(dir), 0);
}

static void test_paths(void **state)
{
	static const struct {
		const char *written;
		enum path_said said;
		const char *pattern;
	} rows[] = {
		{ "/etc/shadow", PATH_MONITORED, "/etc/shadow" },
		{ "/root/.ssh/", PATH_MONITORED, "/root/.ssh/" },
		{ "/.ssh/", PATH_MONITORED, "~/.ssh/" },
		{ "/.kube/config", PATH_MONITORED, "**/.kube/config" },
		{ "/pip.conf", PATH_MONITORED, "**/pip.conf" },
		{ "/etc/", PATH_MONITORED, "/etc/" },
		{ ".aws/", PATH_MONITORED, "~/.aws/" },
		{ "/.npmrc", PATH_MONITORED, "**/.npmrc" },
		{ ".npmrc", PATH_MONITORED, "**/.npmrc" },
		{ "~/.aws/", PATH_MONITORED, "~/.aws/" },
		{ "**/x", PATH_MONITORED, "**/x" },
		{ "/proc/self/environ", PATH_MONITORED, "/proc/*/environ" },
		{ "/proc/1/environ", PATH_MONITORED, "/proc/1/environ" },
		{ "/etc/passwd", PATH_PROTECTED, "/etc/passwd" },
		{ "/etc/sudoers.d/", PATH_PROTECTED, "/etc/sudoers.d/" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *pattern = NULL;
		struct problem p = { 0 };

		if (ci_path_pattern(rows[i].written, rows[i].said, &pattern, &p) < 0)
			fail_msg("%s: %s", rows[i].written, p.text);
		assert_string_equal(pattern, rows[i].pattern);
	}
}

static void test_watches(void **state)
{
	char file[] = "/tmp/egret-test-XXXXXX";
	static const char text[] = "rules: { file: { monitored_paths: [/etc/shadow], protected_paths: [/etc/passwd] } }\n";
	struct policy *p;
	int fd;

	(void)state;
	fd = mkstemp(file);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	p = load(&(struct policy_sources){ .rules_file = file });
	assert_int_equal(p->n_watches, 2);
	assert_string_equal(p->watches[0].id, "policy:monitored_paths:1");
	assert_int_equal(p->watches[0].said, PATH_MONITORED);
	assert_int_equal(p->watches[0].class_bit, -1);
	assert_string_equal(p->watches[1].pattern, "/etc/passwd");
	assert_int_equal(p->watches[1].said, PATH_PROTECTED);
	/* Nothing allowed: worth a word. */
	assert_int_equal(strv_len(p->ci->notices), 1);
	policy_free(p);
	(void)unlink(file);
}

static void test_unknown_class(void **state)
{
	char file[] = "/tmp/egret-test-XXXXXX";
	static const char text[] = "rules:\n  network:\n    homes:\n      - { classes: [nonesuch], allowed_hosts: [a.test] }\n";
	struct problem problem = { 0 };
	struct policy *p = NULL;
	int fd;

	(void)state;
	fd = mkstemp(file);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	assert_int_equal(policy_load(&(struct policy_sources){ .rules_file = file }, &p, &problem), -EINVAL);
	assert_int_equal(problem.line, 4);
	assert_string_equal(problem.text, "homes: there is no class \"nonesuch\"");
	(void)unlink(file);
}

/* --- the built-in files and the page ------------------------------------------------------------------ */

static void test_builtin(void **state)
{
	struct policy *p = load(&(struct policy_sources){ .rules_dir = EGRET_SOURCE_DATADIR "/catalog/ci/defaults",
							  .catalog_dir = EGRET_SOURCE_DATADIR "/catalog" });

	(void)state;
	assert_true(strv_len(p->ci->hosts) > 3);
	assert_true(p->ci->n_chains > 5);
	assert_true(strv_has(p->ci->blocked_executables, "nc"));
	assert_true(strv_len(p->ci->monitored_paths) > 5 && strv_len(p->ci->protected_paths) > 3);
	assert_true(strv_len(p->ci->blocked_hosts) > 10);
	assert_null(p->ci->notices);
	policy_free(p);
}

static void expect_documented(const char *page, const struct yaml_table *const *tables)
{
	size_t k;

	for (; *tables; tables++)
		for (k = 0; k < (*tables)->n_keys; k++) {
			char key[64];

			(void)snprintf(key, sizeof(key), "`%s`", (*tables)->keys[k].name);
			if (!strstr(page, key))
				fail_msg("docs/policy.md does not explain %s of %s", key, (*tables)->where);
		}
}

static void test_documented(void **state)
{
	_cleanup_free_ char *page = NULL;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, EGRET_SOURCE_DATADIR "/docs/policy.md", 1 << 20, &page, NULL), 0);
	expect_documented(page, ci_tables);
	expect_documented(page, case_tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),	       cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_nothing_said),   cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_secrets_stay_hidden), cmocka_unit_test(test_merge),
		cmocka_unit_test(test_flags_alone),    cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_folder),	       cmocka_unit_test(test_mode_order),
		cmocka_unit_test(test_paths),	       cmocka_unit_test(test_watches),
		cmocka_unit_test(test_unknown_class),  cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
