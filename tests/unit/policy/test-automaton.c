/* SPDX-License-Identifier: Apache-2.0 */
/* What policy_compile makes of a policy. Globs: test-glob; agreement with the reference on random input: fuzz-glob. */
#include "compiled-fixture.h"

/* --- meaning of rows ---------------------------------------------------------------------------------- */

static void test_every_home(void **state)
{
	struct fixture *f = *state;

	add_file(f, "~/.npmrc", 3);
	compile(f);
	assert_int_equal(classes_of(f, "/home/ann/.npmrc"), 8);
	assert_int_equal(classes_of(f, "/home/bob/.npmrc"), 8);
	assert_int_equal(classes_of(f, "/root/.npmrc"), 8);
	assert_int_equal(classes_of(f, "/home/eve/.npmrc"), 0);
	assert_int_equal(classes_of(f, "/.npmrc"), 0);
}

static void test_exclusion(void **state)
{
	struct fixture *f = *state;

	add_file(f, "~/.ssh/id_*", 1);
	add_file(f, "~/.ssh/*.pub", 1)->exclude = true;
	add_file(f, "~/.ssh/", 2);
	compile(f);
	assert_int_equal(classes_of(f, "/root/.ssh/id_rsa"), 6);
	assert_int_equal(row_of(f, "/root/.ssh/id_rsa")->watch, 1);
	assert_int_equal(classes_of(f, "/root/.ssh/id_rsa.pub"), 4);
	assert_int_equal(row_of(f, "/root/.ssh/id_rsa.pub")->watch, 3);
	f->policy.n_watches = 2;
	compile(f);
	assert_null(row_of(f, "/root/.ssh/id_rsa.pub"));
	assert_null(row_of(f, "/root/.ssh/known.pub"));
	/* nothing but an exclusion is left: the walk may stop */
	assert_null(compiled_run(f->compiled, 0, f->compiled->root_start, "/root/.ssh/known"));
}

static void test_watch_number(void **state)
{
	struct fixture *f = *state;

	add_file(f, "/s/", ANY);
	add_file(f, "/s/a*", 5);
	add_file(f, "/s/ab", 4);
	compile(f);
	assert_int_equal(row_of(f, "/s/ab")->watch, 2);
	assert_int_equal(row_of(f, "/s/ab")->classes, 0x30);
	assert_int_equal(row_of(f, "/s/x")->watch, 1);
	assert_int_equal(row_of(f, "/s/x")->classes, 0);
	assert_int_equal(row_of(f, "/s/x")->rules, 0);
}

static void test_dead_below(void **state)
{
	struct fixture *f = *state;
	const struct dfa_row *row;

	add_file(f, "/a/b*/c", 0);
	compile(f);
	row = compiled_run(f->compiled, 0, f->compiled->root_start, "/a/bx");
	assert_non_null(row);
	assert_false(row->flags & DFA_DEAD_BELOW);
	assert_true(row_of(f, "/a/bx/c")->flags & DFA_DEAD_BELOW);
	assert_null(compiled_run(f->compiled, 0, f->compiled->root_start, "/a/x"));
	assert_null(compiled_run(f->compiled, 0, f->compiled->root_start, "/a/bx/c/d"));
	for (unsigned c = 0; c < EG_DFA_CLASSES; c++)
		assert_int_equal(f->compiled->rows[0].next[c], 0);
	assert_int_equal(f->compiled->classes.of[0xff], 0);
	assert_int_equal(f->compiled->classes.of['x'], 0);
	assert_int_not_equal(f->compiled->classes.of['/'], 0);
}

/* --- rules -------------------------------------------------------------------------------------------- */

static void test_rule_order(void **state)
{
	struct fixture *f = *state;
	const struct file_rules *list;

	add_file(f, "/s/key", 0);
	add_rule(f, RULE_FILE, "*", 0, V_DENY);
	add_rule(f, RULE_FILE, "cat", 1, V_ALLOW);
	add_rule(f, RULE_FILE, "/usr/bin/cat", 3, V_ALLOW);
	add_rule(f, RULE_FILE, "/usr/bin/ca?", 3, V_DENY);
	add_rule(f, RULE_FILE, "cat", 1, V_DENY); /* beats 2, which no file can reach then */
	add_rule(f, RULE_FILE, "never", 1, V_ALLOW)->enabled = false;
	add_rule(f, RULE_FILE, "*", 0, V_ALLOW); /* never reached */
	compile(f);
	list = rules_of(f, "/s/key");
	assert_int_equal(list->n, 4);
	assert_int_equal(list->rule[0].id, 4);
	assert_int_equal(list->rule[0].verdict, FILE_DENY);
	assert_int_equal(list->rule[1].id, 3);
	assert_int_equal(list->rule[1].verdict, FILE_ALLOW);
	assert_int_equal(list->rule[2].id, 5);
	assert_int_equal(list->rule[3].id, 1);
	assert_int_equal(list->rule[3].exe, 0);
	assert_string_equal(f->compiled->exe_patterns[0], "cat");
	assert_int_equal(list->rule[2].exe, 1);
	assert_null(f->compiled->exe_patterns[3]);
}

static void test_rules_of_several_watches(void **state)
{
	struct fixture *f = *state;

	add_file(f, "/s/", ANY);
	add_rule(f, RULE_FILE, "*", 0, V_DENY);
	add_file(f, "/s/a", 0);
	add_rule(f, RULE_FILE, "tar", 1, V_ALLOW);
	add_file(f, "/s/b", 0);
	compile(f);
	assert_int_equal(rules_of(f, "/s/a")->n, 2);
	assert_int_equal(rules_of(f, "/s/a")->rule[0].id, 2);
	assert_int_equal(rules_of(f, "/s/b")->n, 1);
	assert_ptr_equal(rules_of(f, "/s/b"), rules_of(f, "/s/c/d"));
	assert_int_equal(f->compiled->n_rules, 3);
}

static void test_rules_with_classes(void **state)
{
	struct fixture *f = *state;

	add_file(f, "/s/", ANY);
	add_rule(f, RULE_FILE, "*", 0, V_DENY)->class_mask = 1;
	add_file(f, "/s/a", 0);
	add_file(f, "/s/b", 1);
	compile(f);
	assert_int_equal(rules_of(f, "/s/a")->n, 1);
	assert_int_equal(row_of(f, "/s/b")->rules, 0);
	assert_int_equal(row_of(f, "/s/c")->rules, 0);
}

static void test_too_many_rules(void **state)
{
	static const char *const exes[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o",
					    "p", "q" };
	struct fixture *f = *state;

	add_file(f, "/s/crowded", 0);
	for (size_t i = 0; i < EG_RULES_MAX; i++)
		add_rule(f, RULE_FILE, exes[i], 1, V_DENY);
	compile(f);
	assert_int_equal(rules_of(f, "/s/crowded")->n, EG_RULES_MAX);
	add_rule(f, RULE_FILE, exes[EG_RULES_MAX], 1, V_DENY);
	assert_int_equal(compile_mounts(f, NULL, 0, 0), -E2BIG);
	assert_non_null(strstr(f->problem.text, "/s/crowded"));
}

/* --- executables -------------------------------------------------------------------------------------- */

static uint64_t exe_bits(const struct fixture *f, const char *path)
{
	const struct dfa_row *row = compiled_run(f->compiled, 0, f->compiled->exe_start, path);

	return row && row->flags & DFA_EXE ? row->classes : 0;
}

static void test_executables(void **state)
{
	static char broker[] = "/usr/bin/dockerd";
	char *brokers[] = { broker, NULL };
	struct fixture *f = *state;

	add_watch(f, WATCH_NETWORK, "x.test", ANY);
	add_rule(f, RULE_NETWORK, "curl", 1, V_DENY);
	add_rule(f, RULE_NETWORK, "python3:/opt/x.py", 2, V_DENY);
	add_watch(f, WATCH_EXECUTABLE, "/opt/app/*", ANY);
	add_rule(f, RULE_FILE, "/opt/app/*", 2, V_DENY)->resource = (char *)(uintptr_t)"~/.aws/";
	f->policy.brokers = brokers;
	compile(f);
	assert_int_equal(f->compiled->broker_exe, 1);
	assert_int_equal(f->compiled->gated_exe, 2);
	assert_string_equal(f->compiled->exe_patterns[2], "/opt/app/*");
	assert_null(f->compiled->exe_patterns[3]);
	assert_int_equal(exe_bits(f, "/usr/bin/curl"), 2);
	assert_int_equal(exe_bits(f, "/curl"), 2);
	assert_int_equal(exe_bits(f, "/usr/bin/curl/x"), 0);
	assert_int_equal(exe_bits(f, "/opt/app/curl"), 6);
	assert_int_equal(exe_bits(f, "/usr/bin/python3"), 2);
	assert_int_equal(exe_bits(f, "/usr/bin/dockerd"), 1);
	assert_null(row_of(f, "/usr/bin/curl")); /* the two languages do not mix */
	assert_int_equal(exe_bits(f, "/root/.aws/x"), 0);
	assert_false(f->compiled->gate_all);
	assert_int_equal(rules_of(f, "/root/.aws/x")->rule[0].exe, 4);
	assert_int_equal(row_of(f, "/root/.aws/x")->watch, 2);
	assert_int_equal(row_of(f, "/root/.aws/x")->classes, 0);
}

static void test_gate_all(void **state)
{
	struct fixture *f = *state;

	add_watch(f, WATCH_NETWORK, "x.test", ANY);
	compile(f);
	assert_false(f->compiled->gate_all);
	assert_int_equal(f->compiled->exe_start, 0);
	add_rule(f, RULE_NETWORK, "*", 0, V_DENY)->enabled = false;
	compile(f);
	assert_false(f->compiled->gate_all);
	f->rules[0].enabled = true;
	compile(f);
	assert_true(f->compiled->gate_all);
	assert_int_equal(f->compiled->gated_exe, 0);
}

static void test_too_many_executables(void **state)
{
	char name[65][8];
	struct fixture *f = *state;

	for (unsigned i = 0; i < 65; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "tool%u", i);
		add_file(f, i % 2 ? "/s/odd" : i % 4 ? "/s/two" : i % 8 ? "/s/four" : "/s/eight", 0);
		add_rule(f, RULE_FILE, name[i], 1, V_DENY)->enabled = i % 2 == 0;
	}
	compile(f);
	assert_int_equal(rules_of(f, "/s/two")->n, 16);
	for (unsigned i = 0; i < 65; i++) {
		f->rules[i].enabled = true;
		f->watches[i].pattern = (char *)(uintptr_t)name[i];
		f->watches[i].kind = i < 64 ? WATCH_NETWORK : WATCH_FILE; /* their rules stay file rules */
	}
	f->watches[64].pattern = (char *)(uintptr_t)"/s/last";
	assert_int_equal(compile_mounts(f, NULL, 0, 0), -E2BIG);
	assert_non_null(strstr(f->problem.text, "tool64"));
	for (unsigned i = 0; i < 64; i++)
		f->rules[i].type = RULE_NETWORK; /* these share a bit */
	compile(f);
	assert_int_equal(exe_bits(f, "/bin/tool0"), 1);
	assert_int_equal(exe_bits(f, "/bin/tool63"), 1);
	assert_int_equal(exe_bits(f, "/bin/tool64"), 2);
}

static void test_nameless_executable(void **state)
{
	struct fixture *f = *state;

	add_watch(f, WATCH_NETWORK, "x.test", ANY);
	add_rule(f, RULE_NETWORK, ":/opt/x.py", 2, V_DENY);
	assert_int_equal(compile_mounts(f, NULL, 0, 0), -EINVAL);
}

/* --- superblocks -------------------------------------------------------------------------------------- */

static uint64_t inside(const struct fixture *f, uint32_t dev, const char *path)
{
	for (size_t i = 0; i < f->compiled->n_starts; i++)
		if (f->compiled->starts[i].dev == dev) {
			const struct dfa_row *row = compiled_run(f->compiled, 1, f->compiled->starts[i].state, path);

			return row && row->flags & DFA_WATCH ? row->classes : 0;
		}
	fail_msg("no start for %u", dev);
	return 0;
}

static void test_superblocks(void **state)
{
	static const struct mount_point mounts[] = {
		{ .dev = 1, .root = "/", .path = "/" },
		{ .dev = 2, .root = "/", .path = "/home" },
		{ .dev = 3, .root = "/@home", .path = "/home/bob" },
		{ .dev = 3, .root = "/@snap", .path = "/mnt" },
		{ .dev = 1, .root = "/srv/keys", .path = "/home/ann/.aws" },
		{ .dev = 1, .root = "/srv/one", .path = "/home/ann/.npmrc" },
		{ .dev = 4, .root = "/", .path = "/proc" },
		{ .dev = 5, .root = "/", .path = "/dev/shm" },
		{ .dev = 6, .root = "mnt:[4026531841]", .path = "/run/ns" },
	};
	struct fixture *f = *state;

	add_file(f, "~/.aws/", 0);
	add_file(f, "~/.npmrc", 1);
	add_file(f, "/proc/*/environ", 2);
	assert_int_equal(compile_mounts(f, mounts, ARRAY_SIZE(mounts), 1), 0);
	assert_int_equal(f->compiled->n_starts, 6);
	assert_int_equal(inside(f, 1, "/root/.npmrc"), 2);
	assert_int_equal(inside(f, 2, "/ann/.aws/x"), 1);
	assert_int_equal(inside(f, 2, "/home/ann/.aws/x"), 0);
	assert_int_equal(inside(f, 3, "/@home/.npmrc"), 2);
	assert_int_equal(inside(f, 3, "/@snap/.npmrc"), 0);
	assert_int_equal(inside(f, 3, "/.npmrc"), 0);
	assert_int_equal(inside(f, 1, "/srv/keys/x"), 1);
	assert_int_equal(inside(f, 1, "/srv/keys"), 1);
	assert_int_equal(inside(f, 1, "/srv/keysx"), 0);
	assert_int_equal(inside(f, 1, "/srv/one"), 2);
	assert_int_equal(inside(f, 1, "/srv/one/x"), 0);
	assert_int_equal(inside(f, 4, "/1/environ"), 4);
	assert_int_equal(inside(f, 5, "/1/environ"), 0);
	assert_int_equal(f->compiled->starts[4].state, EG_DFA_STATES_MAX + 1);
	assert_non_null(compiled_run(f->compiled, 1, f->compiled->proc_start, "/1/environ"));
	assert_null(compiled_run(f->compiled, 0, f->compiled->proc_start, "/1/environ"));
}

static void test_too_many_superblocks(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ struct mount_point *mounts = calloc(EG_DEVS_MAX + 1, sizeof(*mounts));

	assert_non_null(mounts);
	for (uint32_t i = 0; i <= EG_DEVS_MAX; i++)
		mounts[i] = (struct mount_point){ .dev = i + 1, .root = "/", .path = "/mnt" };
	add_file(f, "/mnt/x", 0);
	assert_int_equal(compile_mounts(f, mounts, EG_DEVS_MAX, 1), 0);
	assert_int_equal(inside(f, EG_DEVS_MAX, "/x"), 1);
	assert_int_equal(compile_mounts(f, mounts, EG_DEVS_MAX + 1, 1), -E2BIG);
	assert_non_null(strstr(f->problem.text, "file systems"));
}

/* --- bounds ------------------------------------------------------------------------------------------- */

static void test_explosion(void **state)
{
	struct fixture *f = *state;

	add_file(f, "/a/b", 0);
	add_file(f, "/**/*x??????????????????", 1);
	add_file(f, "/c", 2);
	assert_int_equal(compile_mounts(f, NULL, 0, 0), -E2BIG);
	assert_null(f->compiled);
	assert_int_equal(f->problem.line, 2);
	assert_non_null(strstr(f->problem.text, "/**/*x????"));
}

/* A dozen "*word*" of one class are an everyday list; without pruning they take 2^12 states. */
static void test_many_words(void **state)
{
	static const char *const words[] = { "secret", "token", "password", "credential", "apikey", "private", "passwd",
					     "wallet", "vault", "login", "mnemonic", "keystore" };
	char pattern[ARRAY_SIZE(words)][32];
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		(void)snprintf(pattern[i], sizeof(pattern[i]), "~/**/*%s*", words[i]);
		add_file(f, pattern[i], 0);
	}
	compile(f);
	assert_in_range(f->compiled->n_rows, 1, 2000);
	assert_int_equal(row_of(f, "/root/a/my-vault-and-token.txt")->watch, 2);
	assert_int_equal(row_of(f, "/root/my-token-and-vault.txt")->watch, 2);
	assert_int_equal(row_of(f, "/root/xpasswdx")->watch, 7);
	assert_null(row_of(f, "/root/xpassx"));
}

static void test_too_many_bytes(void **state)
{
	struct fixture *f = *state;

	add_file(f, "/abcdefghijklmnopqrstuvwxyz", 0);
	add_file(f, "/ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1);
	add_file(f, "/0123456789", 2);
	add_file(f, "/_-.,", 3);
	add_file(f, "/late", 4);
	assert_int_equal(compile_mounts(f, NULL, 0, 0), EG_DFA_CLASSES >= 68 ? 0 : -E2BIG);
	if (EG_DFA_CLASSES < 68)
		assert_int_equal(f->problem.line, 4);
}

static void test_many_patterns(void **state)
{
	static const char *const words[] = { "config", "token", "secret", "cred", "keys", "store", "vault", "login" };
	enum { PATTERNS = 1000, MOUNTS = 30 };
	struct fixture *f = *state;
	struct mount_point mounts[MOUNTS];
	char path[MOUNTS][64];
	_cleanup_free_ char(*pattern)[80] = calloc(PATTERNS, sizeof(*pattern));
	uint64_t start;

	assert_non_null(pattern);
	for (unsigned i = 0; i < PATTERNS; i++) {
		const char *a = words[i % 8], *b = words[i / 8 % 8];
		char *dst = pattern[i];

		if (i % 10 == 0)
			(void)snprintf(dst, sizeof(*pattern), i % 20 ? "~/**/%s%u.%s" : "/**/.%s-%u/%s*", a, i, b);
		else if (i % 3)
			(void)snprintf(dst, sizeof(*pattern), "~/.%s/%s-%u.json", a, b, i);
		else
			(void)snprintf(dst, sizeof(*pattern), "~/.local/%s/%s%u*", a, b, i);
		add_file(f, pattern[i], (int)(i % 64));
	}
	for (unsigned i = 0; i < MOUNTS; i++) {
		(void)snprintf(path[i], sizeof(path[i]), i % 3 ? "/mnt/disk%u" : "/home/ann/.local/disk%u", i);
		mounts[i] = (struct mount_point){ .dev = i / 2, .root = i % 2 ? "/srv/part/here" : "/",
						  .path = i ? path[i] : "/" };
	}
	start = now_boot_ns();
	if (compile_mounts(f, mounts, MOUNTS, 0) < 0)
		fail_msg("%s", f->problem.text);
	print_message("# 1000 patterns, 30 mounts: %zu states, %llu us\n", f->compiled->n_rows,
		      (unsigned long long)(now_boot_ns() - start) / 1000);
	assert_int_equal(classes_of(f, "/root/x"), 0);
	assert_true(classes_of(f, "/root/.token/config-1.json") == UINT64_C(1) << 1);
	assert_true(classes_of(f, "/root/deep/er/secret10.token") == UINT64_C(1) << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_home),
		TEST(test_exclusion),
		TEST(test_watch_number),
		TEST(test_dead_below),
		TEST(test_rule_order),
		TEST(test_rules_of_several_watches),
		TEST(test_rules_with_classes),
		TEST(test_too_many_rules),
		TEST(test_executables),
		TEST(test_gate_all),
		TEST(test_too_many_executables),
		TEST(test_nameless_executable),
		TEST(test_superblocks),
		TEST(test_too_many_superblocks),
		TEST(test_explosion),
		TEST(test_many_words),
		TEST(test_too_many_bytes),
		TEST(test_many_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
