/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: its format, the layering of the user's over the built-in one, and what the built-in one promises. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../../../src/enrich/enrich.h"
#include "../../../src/policy/catalog.h"
#include "../../../src/policy/glob.h"
#include "../../../src/policy/model.h"

#define BUILTIN EGRET_SOURCE_DATADIR "/catalog"

static char dir_a[64], dir_b[64]; /* built-in and user's layer of a test */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
}

static int setup(void **state)
{
	(void)state;
	(void)strcpy(dir_a, "/tmp/egret-catalog-XXXXXX");
	(void)strcpy(dir_b, "/tmp/egret-catalog-XXXXXX");
	return mkdtemp(dir_a) && mkdtemp(dir_b) ? 0 : -1;
}

static void remove_dir(const char *dir)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (*e->d_name != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	(void)rmdir(dir);
}

static int teardown(void **state)
{
	(void)state;
	remove_dir(dir_a);
	remove_dir(dir_b);
	return 0;
}

static int load(const char *watchlist, struct policy **ret, struct problem *p)
{
	struct policy_sources src = { .catalog_dir = dir_a, .user_catalog = dir_b };
	char path[128];

	if (watchlist) {
		write_file(dir_b, "list", watchlist);
		(void)snprintf(path, sizeof(path), "%s/list", dir_b);
		src.watchlist = path;
	}
	return policy_load(&src, ret, p);
}

static const struct policy *builtin(void)
{
	static struct policy *p;
	struct problem problem = { 0 };

	if (!p && policy_load(&(struct policy_sources){ .catalog_dir = BUILTIN }, &p, &problem) < 0)
		fail_msg("%s:%u:%u: %s", problem.file, problem.line, problem.column, problem.text);
	return p;
}

static void test_class(void **state)
{
	struct policy *p = NULL;

	(void)state;
	write_file(dir_a, "a.yaml", "classes:\n  - name: one\n    files: [/s/*]\n    not: [/s/*.pub]\n    readers: [tool]\n"
				    "    homes: ['*.x.test:443']\n    homes_from: [netrc]\n    weak: true\n  - name: two\n"
				    "    title: second\n    canary: true\n    anywhere: true\nbrokers: [bus]\n");
	assert_int_equal(load(NULL, &p, NULL), 0);
	assert_int_equal(p->n_classes, 2);
	assert_string_equal(p->classes[0].title, "one");
	assert_string_equal(p->classes[0].homes[0], "*.x.test:443");
	assert_int_equal(p->classes[0].flags, CLASS_WEAK);
	assert_int_equal(p->classes[1].flags, CLASS_CANARY | CLASS_ANYWHERE);
	assert_int_equal(p->n_watches, 2);
	assert_string_equal(policy_watch(p, 1)->id, "catalog:one:1");
	assert_false(policy_watch(p, 1)->exclude);
	assert_true(policy_watch(p, 2)->exclude);
	assert_int_equal(policy_watch(p, 2)->class_bit, 0);
	assert_string_equal(p->brokers[0], "bus");
	assert_false(p->has_network_rules);
	policy_free(p);
}

static void test_layers(void **state)
{
	struct policy *p = NULL;

	(void)state;
	write_file(dir_a, "a.yaml", "classes:\n  - {name: one, files: [/a]}\n  - {name: two, files: [/b]}\nbrokers: [bus]\n");
	write_file(dir_b, "b.yaml", "classes:\n  - {name: three, files: [/d]}\n  - {name: one, files: [/c], title: mine}\n"
				    "brokers: [bus, hub]\n");
	assert_int_equal(load("files:\n  - {path: /e, class: two}\n  - {path: /f, class: four}\n", &p, NULL), 0);
	assert_int_equal(p->n_classes, 4);
	assert_string_equal(p->classes[0].title, "mine");
	assert_string_equal(p->classes[0].globs[0], "/c");
	assert_int_equal(policy_class_bit(p, "three"), 2);
	assert_int_equal(policy_class_bit(p, "four"), 3);
	assert_int_equal(policy_class_bit(p, "five"), -1);
	assert_int_equal(policy_watch(p, 4)->class_bit, 1);
	assert_int_equal(strv_len(p->brokers), 2);
	policy_free(p);
}

static void test_none(void **state)
{
	struct policy *p = NULL;

	(void)state;
	write_file(dir_a, "a.yaml", "classes:\n  - {name: one, files: [/a]}\nbrokers: [bus]\n");
	write_file(dir_b, "b.yaml", "classes:\n  - {name: three, files: [/d]}\n");
	assert_int_equal(load("catalog: none\n", &p, NULL), 0);
	assert_int_equal(p->n_classes, 1);
	assert_string_equal(p->classes[0].name, "three");
	assert_int_equal(strv_len(p->brokers), 1);
	policy_free(p);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *says;
	} rows[] = {
		{ "clases: []\n", 1, 1, "did you mean 'classes'?" },
		{ "classes:\n  - title: x\n", 2, 5, "without 'name'" },
		{ "classes:\n  - name: A\n", 2, 11, "not a name for a class" },
		{ "classes:\n  - name: a\n    reader: [x]\n", 3, 5, "did you mean 'readers'?" },
		{ "classes:\n  - name: a\n    files: [/x, y]\n", 3, 17, "file pattern" },
		{ "classes:\n  - name: a\n    files: /x\n", 3, 12, "must be a list" },
		{ "classes:\n  - name: a\n    homes: ['http://x.test']\n", 3, 13, "URL" },
		{ "classes:\n  - name: a\n    homes_from: [netrcs]\n", 3, 18, "did you mean 'netrc'?" },
		{ "classes:\n  - name: a\n    weak: 1\n", 3, 11, "neither true nor false" },
		{ "classes:\n  - name: a\n  - name: a\n", 3, 5, "defined twice" },
		{ "brokers: [a/b]\n", 1, 11, "not an executable" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct problem problem = { 0 };
		struct policy *p = NULL;

		write_file(dir_b, "b.yaml", rows[i].text);
		assert_int_equal(load(NULL, &p, &problem), -EINVAL);
		if (problem.line != rows[i].line || problem.column != rows[i].column || !strstr(problem.text, rows[i].says))
			fail_msg("%s: found %u:%u %s", rows[i].text, problem.line, problem.column, problem.text);
		assert_non_null(strstr(problem.file, "/b.yaml"));
	}
}

static void test_limit(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct problem problem = { 0 };
	struct policy *p = NULL;
	int i;

	(void)state;
	buf_init(&b, 0);
	buf_adds(&b, "classes:\n");
	for (i = 0; i < EG_CLASSES_MAX; i++)
		buf_addf(&b, "  - name: c%d\n", i);
	write_file(dir_a, "a.yaml", buf_str(&b));
	assert_int_equal(load(NULL, &p, NULL), 0);
	p = policy_free(p);
	write_file(dir_b, "b.yaml", "classes:\n  - name: c5\n  - name: more\n");
	assert_int_equal(load(NULL, &p, &problem), -EINVAL);
	assert_int_equal(problem.line, 3);
	assert_non_null(strstr(problem.text, "one too many"));
}

static void test_absent(void **state)
{
	struct policy_sources src = { .catalog_dir = "/nonexistent/egret" };
	struct problem problem = { 0 };
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(policy_load(&src, &p, &problem), -ENOENT);
	assert_string_equal(problem.file, src.catalog_dir);
	src = (struct policy_sources){ .catalog_dir = BUILTIN, .user_catalog = "/nonexistent/egret" };
	assert_int_equal(policy_load(&src, &p, &problem), 0);
	policy_free(p);
}

/* --- the built-in catalogue ------------------------------------------------------------------------- */

/* The label of a file of user /home/a as the patterns say, exceptions taken away. */
static uint64_t label_of(const struct policy *p, const char *path)
{
	uint64_t yes = 0, no = 0;
	size_t i;

	for (i = 0; i < p->n_watches; i++)
		if (glob_ref_match(p->watches[i].pattern, "/home/a", path))
			*(p->watches[i].exclude ? &no : &yes) |= 1ull << p->watches[i].class_bit;
	return yes & ~no;
}

static void test_builtin_secrets(void **state)
{
	static const struct {
		const char *path, *classes;
	} rows[] = {
		{ "/home/a/.ssh/id_ed25519", "ssh-key" },
		{ "/home/a/.ssh/deploy_key", "ssh-key" },
		{ "/home/a/.ssh/id_bait", "ssh-key, canary" },
		{ "/etc/ssh/ssh_host_ed25519_key", "ssh-host" },
		{ "/home/a/.aws/credentials", "aws" },
		{ "/home/a/.config/gcloud/credentials.db", "gcp" },
		{ "/home/a/.azure/msal_token_cache.json", "azure" },
		{ "/home/a/.kube/config", "kube" },
		{ "/home/a/.docker/config.json", "docker" },
		{ "/home/a/.git-credentials", "git-cred" },
		{ "/home/a/.config/gh/hosts.yml", "github" },
		{ "/home/a/src/app/.npmrc", "npm" },
		{ "/home/a/.pypirc", "pypi" },
		{ "/home/a/.netrc", "netrc" },
		{ "/home/a/.pgpass", "db" },
		{ "/home/a/src/app/.env", "dotenv" },
		{ "/home/a/src/app/.env.local", "dotenv" },
		{ "/home/a/.mozilla/firefox/x.default/logins.json", "browser" },
		{ "/home/a/.config/google-chrome/Default/Login Data", "browser" },
		{ "/home/a/games/wallet.dat", "wallet" },
		{ "/home/a/.claude/.credentials.json", "ai" },
		{ "/etc/shadow", "sys" },
		{ "/home/a/.bash_history", "history" },
		{ "/home/a/.config/rclone/rclone.conf", "sync" },
		{ "/home/a/.gnupg/private-keys-v1.d/0A.key", "gpg" },
		{ "/home/a/.password-store/mail.gpg", "pass" },
		{ "/home/a/.vault-token", "vault" },
		/* Harmless, and read all day. */
		{ "/home/a/.ssh/known_hosts", "" },
		{ "/home/a/.ssh/config", "" },
		{ "/home/a/.ssh/id_ed25519.pub", "" },
		{ "/home/a/.ssh/authorized_keys", "" },
		{ "/home/a/src/app/.env.example", "" },
		{ "/etc/passwd", "" },
		{ "/etc/ssh/ssh_host_ed25519_key.pub", "" },
		{ "/etc/ssl/certs/ca-certificates.crt", "" },
		{ "/home/a/.gnupg/pubring.kbx", "" },
		{ "/usr/lib/python3/site.py", "" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)policy_label_text(builtin(), label_of(builtin(), rows[i].path), text, sizeof(text));
		if (!streq(text, rows[i].classes))
			fail_msg("%s: expected \"%s\", found \"%s\"", rows[i].path, rows[i].classes, text);
	}
}

/* The whole of it becomes an automaton with room for the user's own patterns, and executables for the user's rules. */
static void test_builtin_compiles(void **state)
{
	static const char *const homes[] = { "/root", "/home/a", "/home/b", NULL };
	const struct mount_point root = { .dev = 1, .root = "/", .path = "/", .fstype = "ext4" };
	struct compile_input in = { .mounts = &root, .n_mounts = 1, .homes = homes };
	struct problem problem = { 0 };
	struct compiled *c = NULL;

	(void)state;
	if (policy_compile(builtin(), &in, &c, &problem) < 0)
		fail_msg("%s", problem.text);
	assert_true(c->n_rows < EG_DFA_STATES_MAX / 2);
	assert_true(strv_len(c->exe_patterns) <= 32);
	compiled_free(c);
}

static bool is_plain_word(const char *s)
{
	return streq(s, "*") || streq(s, "**") || streq(s, "/**") || streq(s, "~/**");
}

/* No class may be everything, its readers anybody, or its homes everywhere. */
static void test_builtin_is_narrow(void **state)
{
	const struct policy *p = builtin();
	size_t i, k;

	(void)state;
	assert_true(p->n_classes <= 50);
	for (i = 0; i < p->n_classes; i++) {
		const struct secret_class *c = &p->classes[i];

		assert_non_null(c->globs);
		assert_string_not_equal(c->title, c->name);
		for (k = 0; k < strv_len(c->globs); k++)
			assert_false(is_plain_word(c->globs[k]));
		assert_false(strv_has(c->readers, "*"));
		assert_false(strv_has(c->homes, "*"));
		if (c->flags & CLASS_CANARY)
			assert_true(!c->readers && !c->homes && !c->homes_from);
	}
}

static void test_documented(void **state)
{
	_cleanup_free_ char *page = NULL;
	const char *source;
	size_t i, k;
	char key[64];

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, EGRET_SOURCE_DATADIR "/docs/catalog.md", 1 << 20, &page, NULL), 0);
	for (i = 0; catalog_tables[i]; i++)
		for (k = 0; k < catalog_tables[i]->n_keys; k++) {
			(void)snprintf(key, sizeof(key), "`%s`", catalog_tables[i]->keys[k].name);
			if (!strstr(page, key))
				fail_msg("docs/catalog.md does not explain %s", key);
		}
	for (i = 0; (source = homes_parser(i, NULL)); i++) {
		(void)snprintf(key, sizeof(key), "`%s`", source);
		if (!strstr(page, key))
			fail_msg("docs/catalog.md does not name %s", key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_class, setup, teardown),
		cmocka_unit_test_setup_teardown(test_layers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_builtin_secrets),
		cmocka_unit_test(test_builtin_compiles),
		cmocka_unit_test(test_builtin_is_narrow),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
