/* SPDX-License-Identifier: Apache-2.0 */
/* What a pattern means: a table that the reference matcher and the automaton both answer, and what is refused. */
#include "compiled-fixture.h"

static const struct {
	const char *pattern, *path;
	bool match;
} truths[] = {
	{ "/a", "/a", true },
	{ "/a", "/a/b", false },
	{ "/a", "/aa", false },
	{ "/a/", "/a", true },
	{ "/a/", "/a/b", true },
	{ "/a/", "/a/b/c", true },
	{ "/a/", "/ab", false },
	{ "/a/**", "/a", true },
	{ "/a/**", "/a/b/c", true },
	{ "/a/**", "/ab/c", false },
	{ "/a/**/b", "/a/b", true },
	{ "/a/**/b", "/a/x/y/b", true },
	{ "/a/**/b", "/a/xb", false },
	{ "/a/**/b", "/a/b/c", false },
	{ "/a/*/b", "/a/x/b", true },
	{ "/a/*/b", "/a/b", false },
	{ "/a/*/b", "/a/x/y/b", false },
	{ "/a/*", "/a/.hidden", true },
	{ "/a/*", "/a", false },
	{ "/a/*", "/a/b/c", false },
	{ "/a/x*y", "/a/xy", true },
	{ "/a/x*y", "/a/xzzy", true },
	{ "/a/x*y", "/a/x/y", false },
	{ "/a/id_?", "/a/id_x", true },
	{ "/a/id_?", "/a/id_", false },
	{ "/a?b", "/a/b", false },
	{ "/[a-c]x", "/bx", true },
	{ "/[a-c]x", "/dx", false },
	{ "/[!a-c]x", "/dx", true },
	{ "/[^a-c]x", "/ax", false },
	{ "/[]]", "/]", true },
	{ "/a[!x]b", "/a/b", false },
	{ "/\\*", "/*", true },
	{ "/\\*", "/a", false },
	{ "**/.env", "/.env", true },
	{ "**/.env", "/x/y/.env", true },
	{ "**/.env", "/x/y/.env/z", false },
	{ "**/.env", "/x/a.env", false },
	{ "/a**b", "/axxb", true },
	{ "/a**b", "/a/b", false },
	{ "/", "/", true },
	{ "/", "/x/y", true },
	{ "~", "/home/ann", true },
	{ "~", "/home/ann/x", false },
	{ "~/", "/home/ann/x", true },
	{ "~/.aws/credentials", "/home/ann/.aws/credentials", true },
	{ "~/.aws/credentials", "/home/annie/.aws/credentials", false },
	{ "~/**/.env", "/home/ann/p/q/.env", true },
	{ "~/**/.env", "/srv/.env", false },
	{ "/x//y", "/x/y", true },
};

static void test_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(truths); i++) {
		assert_int_equal(glob_check(truths[i].pattern, NULL), 0);
		if (glob_ref_match(truths[i].pattern, homes[0], truths[i].path) != truths[i].match)
			fail_msg("%s on %s", truths[i].pattern, truths[i].path);
	}
	assert_false(glob_ref_match("~/x", NULL, "/x"));
}

static void test_single_patterns(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(truths); i++) {
		f->policy.n_watches = 0;
		add_file(f, truths[i].pattern, 63);
		compile(f);
		if ((classes_of(f, truths[i].path) == UINT64_C(1) << 63) != truths[i].match)
			fail_msg("%s on %s", truths[i].pattern, truths[i].path);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "", "a", "a/b", "*", "*/x", "./a", "/a/../b", "/a/.", "..", "~/..", "/[a",
					   "/[",
					   "/[]", "/[!]", "/[a/]", "/[z-a]", "/[[:alpha:]]", "/[\303\251]", "/a\\",
					   "/a\\/b", "~a b/x", "~*/x", "**a/b", "/[\\" };
	char longest[GLOB_MAX + 2];
	struct problem problem = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		problem.text[0] = '\0';
		if (glob_check(bad[i], &problem) != -EINVAL || !problem.text[0])
			fail_msg("accepted \"%s\"", bad[i]);
		assert_int_equal(glob_check(bad[i], NULL), -EINVAL);
	}
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[GLOB_MAX + 1] = '\0';
	assert_int_equal(glob_check(longest, &problem), -EINVAL);
	longest[GLOB_MAX] = '\0';
	assert_int_equal(glob_check(longest, &problem), 0);
}

static void test_refused_by_compile(void **state)
{
	struct fixture *f = *state;

	add_file(f, "/fine", 0);
	add_file(f, "/[a", 0);
	assert_int_equal(compile_mounts(f, NULL, 0, 0), -EINVAL);
	assert_null(f->compiled);
	assert_int_equal(f->problem.line, 2);
	assert_non_null(strstr(f->problem.text, "/[a"));
	f->watches[1].pattern = (char *)(uintptr_t)"~no-such-user-here/x";
	assert_int_equal(compile_mounts(f, NULL, 0, 0), -EINVAL);
	assert_non_null(strstr(f->problem.text, "no-such-user-here"));
	f->watches[1].pattern = (char *)(uintptr_t)"~root/x";
	compile(f);
	assert_int_equal(classes_of(f, "/root/x"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_refused),
		TEST(test_single_patterns),
		TEST(test_refused_by_compile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
