/* SPDX-License-Identifier: Apache-2.0 */
/* The parser, directories, nearest words and missing capabilities. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sys/capability.h>

#include "../../../src/cli/cli.h"

struct values {
	bool loud;
	const char *file;
	int mode;
	uint64_t span_ms, number;
	struct option_list list;
	int local;
	struct option_words hosts;
};

static const char *const modes[] = { "monitor", "enforce", NULL };

static const struct option_row rows[] = {
	{ "loud", 'l', NULL, OPT_FLAG, NULL, NULL, "h", offsetof(struct values, loud) },
	{ "file", 'f', "FILE", OPT_STRING, NULL, NULL, "h", offsetof(struct values, file) },
	{ "mode", 0, "MODE", OPT_ENUM, modes, NULL, "h", offsetof(struct values, mode) },
	{ "span", 0, "SPAN", OPT_DURATION, NULL, NULL, "h", offsetof(struct values, span_ms) },
	{ "number", 'n', "N", OPT_NUMBER, NULL, NULL, "h", offsetof(struct values, number) },
	{ "class", 'c', "NAME", OPT_LIST, NULL, NULL, "h", offsetof(struct values, list) },
	{ "local", 0, NULL, OPT_SWITCH, NULL, NULL, "h", offsetof(struct values, local) },
	{ "hosts", 0, "HOST,..", OPT_WORDS, NULL, NULL, "h", offsetof(struct values, hosts) },
	{ NULL },
};

static const struct verb plain = { "try", NULL, "h", "[X...]", 0, 3, rows, NULL, NULL, VERB_JSON };
static const struct verb runs = { "run", NULL, "h", "COMMAND...", 1, 16, rows, NULL, NULL, VERB_COMMAND };

struct parsed {
	struct cli c;
	struct values v;
	char *argv[24];
	int n;
};

/* Quiet: complaints go nowhere. */
static struct parsed parse(const struct verb *verb, const char *const *words)
{
	struct parsed p = { .c = { .verb = verb, .config_dir = "/c", .state_dir = "/s", .runtime_dir = "/r" },
			    .v = { .mode = -1 } };
	int argc = 1, saved_err = dup(2), saved_out = dup(1), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	p.argv[0] = (char *)(uintptr_t)verb->name;
	for (; *words; words++)
		p.argv[argc++] = (char *)(uintptr_t)*words;
	(void)fflush(stdout);
	(void)dup2(null, 2), (void)dup2(null, 1);
	p.n = cli_parse(&p.c, argc, p.argv, &p.v);
	(void)fflush(stdout);
	(void)dup2(saved_err, 2), (void)dup2(saved_out, 1);
	(void)close(saved_err), (void)close(saved_out), (void)close(null);
	return p;
}

#define PARSE(verb, ...) parse((verb), (const char *const[]){ __VA_ARGS__, NULL })
#define EXIT_OF(verb, ...) cli_exit_of(PARSE(verb, __VA_ARGS__).n)

static void test_values(void **state _unused_)
{
	struct parsed p = PARSE(&plain, "a", "--mode", "enforce", "--file=x=y", "-l", "b", "--span=15m", "-n7", "-c",
				"aws", "--class=npm", "--json");

	assert_int_equal(p.n, 2);
	assert_string_equal(p.argv[1], "a");
	assert_string_equal(p.argv[2], "b");
	assert_null(p.argv[3]);
	assert_true(p.v.loud && p.c.json);
	assert_string_equal(p.v.file, "x=y");
	assert_int_equal(p.v.mode, 1);
	assert_int_equal(p.v.span_ms, 900000);
	assert_int_equal(p.v.number, 7);
	assert_int_equal(p.v.list.n, 2);
	assert_string_equal(p.v.list.item[1], "npm");
	assert_null(p.v.list.item[2]);
}

static void test_common_and_negated(void **state _unused_)
{
	struct parsed p = PARSE(&plain, "-lf", "x", "--no-loud", "--runtime-dir", "/elsewhere");

	assert_int_equal(p.n, 0);
	assert_false(p.v.loud);
	assert_string_equal(p.v.file, "x");
	assert_string_equal(p.c.runtime_dir, "/elsewhere");
	assert_string_equal(p.c.state_dir, "/s");
	assert_int_equal(p.v.mode, -1);
}

static void test_other_peoples_command_lines(void **state _unused_)
{
	struct parsed p = PARSE(&runs, "-l", "ls", "--help", "-n");

	assert_int_equal(p.n, 3);
	assert_true(p.v.loud);
	assert_false(p.c.help);
	assert_string_equal(p.argv[2], "--help");
	p = PARSE(&runs, "--", "--help", "--", "x");
	assert_int_equal(p.n, 3);
	assert_string_equal(p.argv[1], "--help");
	assert_string_equal(p.argv[2], "--");
}

/* What is not given is not said: a switch has three states. */
static void test_switches(void **state _unused_)
{
	assert_int_equal(PARSE(&plain, "a").v.local, SWITCH_UNSAID);
	assert_int_equal(PARSE(&plain, "--local").v.local, SWITCH_YES);
	assert_int_equal(PARSE(&plain, "--local=true").v.local, SWITCH_YES);
	assert_int_equal(PARSE(&plain, "--local=false").v.local, SWITCH_NO);
	assert_int_equal(PARSE(&plain, "--no-local").v.local, SWITCH_NO);
	assert_int_equal(PARSE(&plain, "--no-local=false").v.local, SWITCH_YES);
	assert_int_equal(PARSE(&plain, "--local", "false").n, 1); /* as every flag: its word is an operand */
	assert_false(PARSE(&plain, "-l", "--loud=false").v.loud);
	assert_int_equal(EXIT_OF(&plain, "--local=maybe"), CLI_USAGE);
}

/* Empty words are nobody's host: in kntrl a trailing comma allows everything. */
static void test_words(void **state _unused_)
{
	struct parsed p = PARSE(&plain, "--hosts", "a.test, .b.test ,,", "--hosts=c.test", "--hosts", "", "--hosts", " , ");

	assert_int_equal(p.v.hosts.n, 3);
	assert_string_equal(p.v.hosts.item[0], "a.test");
	assert_string_equal(p.v.hosts.item[1], ".b.test");
	assert_string_equal(p.v.hosts.item[2], "c.test");
	assert_null(p.v.hosts.item[3]);
	option_words_done(&p.v.hosts);
	assert_null(PARSE(&plain, "--hosts", ",").v.hosts.item);
}

static void test_complaints(void **state _unused_)
{
	assert_int_equal(EXIT_OF(&plain, "--lod"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "-z"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "--file"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "-n"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "--loud=1"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "--mode", "loose"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "--span", "soon"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "-n", "-1"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "--no-file"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&plain, "a", "b", "c", "d"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&runs, "-l"), CLI_USAGE);
	assert_int_equal(EXIT_OF(&runs, "--json", "x"), CLI_USAGE); /* that verb prints no data */
	assert_int_equal(EXIT_OF(&plain, "--help", "a", "b", "c", "d"), CLI_OK);
}

static const char *word_at(const void *table, size_t i)
{
	return ((const char *const *)table)[i];
}

static void test_nearest(void **state _unused_)
{
	static const char *const words[] = { "status", "start", "stop", "prompts", NULL };

	assert_string_equal(cli_nearest("statsu", word_at, words), "status");
	assert_string_equal(cli_nearest("strt", word_at, words), "start");
	assert_string_equal(cli_nearest("promts", word_at, words), "prompts");
	assert_null(cli_nearest("frobnicate", word_at, words));
	assert_null(cli_nearest("x", word_at, words));
	assert_null(cli_nearest("statusstatusstatusstatusstatusstatus", word_at, words));
}

static void clear_environment(void)
{
	static const char *const names[] = { "EGRET_CONFIG_DIR",
					     "EGRET_STATE_DIR",
					     "EGRET_RUNTIME_DIR",
					     "XDG_CONFIG_HOME",
					     "XDG_STATE_HOME",
					     "XDG_RUNTIME_DIR",
					     "HOME" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		(void)unsetenv(names[i]);
}

static void test_paths(void **state _unused_)
{
	struct cli root = { .state_dir = "/given" }, user = { 0 }, homeless = { 0 };

	clear_environment();
	(void)setenv("EGRET_RUNTIME_DIR", "/env/run", 1);
	assert_int_equal(paths_fill(&root, 0), 0);
	assert_string_equal(root.config_dir, "/etc/egret");
	assert_string_equal(root.state_dir, "/given");
	assert_string_equal(root.runtime_dir, "/env/run");
	clear_environment();
	assert_int_equal(paths_fill(&homeless, 1000), -ENOENT);
	(void)setenv("HOME", "/home/u", 1);
	(void)setenv("XDG_STATE_HOME", "/x/state", 1);
	(void)setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_int_equal(paths_fill(&user, 1000), 0);
	assert_string_equal(user.config_dir, "/home/u/.config/egret");
	assert_string_equal(user.state_dir, "/x/state/egret");
	assert_string_equal(user.runtime_dir, "/run/user/1000/egret");
	paths_done(&root), paths_done(&user), paths_done(&homeless);
}

static void test_missing_capabilities(void **state _unused_)
{
	uint64_t all = ~UINT64_C(0);
	_cleanup_buf_ struct buf names = { 0 };

	buf_init(&names, 0);
	assert_int_equal(bootstrap_missing(all, &names), 0);
	assert_string_equal(buf_str(&names), "");
	assert_int_equal(bootstrap_missing(all & ~(UINT64_C(1) << CAP_BPF) & ~(UINT64_C(1) << CAP_KILL), &names), 2);
	assert_string_equal(buf_str(&names), "cap_bpf,cap_kill");
	buf_clear(&names);
	assert_true(bootstrap_missing(0, &names) >= 8);
	assert_non_null(strstr(buf_str(&names), "cap_net_raw"));
	if (geteuid() == 0) /* root needs nothing and keeps everything */
		assert_int_equal(bootstrap_caps(NULL) | bootstrap_drop(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	   cmocka_unit_test(test_common_and_negated),
		cmocka_unit_test(test_other_peoples_command_lines),
		cmocka_unit_test(test_switches), cmocka_unit_test(test_words), cmocka_unit_test(test_complaints), cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_paths),	   cmocka_unit_test(test_missing_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
