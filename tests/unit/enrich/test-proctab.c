/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/enrich.h"

static const uint64_t S = 1000000000;

static int set_up(void **state)
{
	*state = proctab_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	proctab_free(*state);
	return 0;
}

static void exec_as(struct proctab *t, pid_t pid, uint64_t start, pid_t ppid, const char *exe)
{
	struct process_exec e = { .pid = pid, .ppid = ppid, .start_ns = start, .now_ns = start + 1, .uid = 1000, .exe = exe,
				  .comm = "0123456789abcdefgh", .argv = "a\0b c", .argv_len = 6 };

	assert_int_equal(proctab_exec(t, &e), 0);
}

static void child_starts_as_its_parent(void **state)
{
	struct proctab *t = *state;
	const struct process *p;

	exec_as(t, 10, 1 * S, 0, "/bin/sh");
	assert_int_equal(proctab_fork(t, 10, 1 * S, 11, 2 * S, 2 * S), 0);
	p = proctab_find(t, 11, 2 * S);
	assert_non_null(p);
	assert_string_equal(p->exe, "/bin/sh");
	assert_string_equal(p->comm, "0123456789abcde");
	assert_int_equal(p->argv_len, 6);
	assert_memory_equal(p->argv, "a\0b c", 6);
	assert_int_equal(p->uid, 1000);
	assert_int_equal(p->exec_ns, 0);
	exec_as(t, 11, 2 * S, 99, "/bin/ls");
	p = proctab_find(t, 11, 0);
	assert_string_equal(p->exe, "/bin/ls");
	assert_int_equal(p->ppid, 10); /* what exec says of the parent now changes nothing */
	assert_ptr_equal(proctab_parent(t, p), proctab_find(t, 10, 0));
	assert_string_equal(proctab_find(t, 10, 0)->exe, "/bin/sh");
}

static void fork_after_exec_changes_nothing(void **state)
{
	struct proctab *t = *state;

	exec_as(t, 10, 1 * S, 0, "/bin/sh");
	exec_as(t, 11, 2 * S, 10, "/bin/ls");
	assert_int_equal(proctab_fork(t, 10, 1 * S, 11, 2 * S, 3 * S), 0);
	assert_string_equal(proctab_find(t, 11, 0)->exe, "/bin/ls");
}

static void starts_compare_in_ticks(void **state)
{
	struct proctab *t = *state;

	exec_as(t, 10, 1 * S + 4567, 0, "/bin/sh");
	assert_non_null(proctab_find(t, 10, 1 * S));
	assert_null(proctab_find(t, 10, 1 * S + 10000000));
	assert_null(proctab_find(t, 11, 1 * S));
}

/* The dead are found by their start, the living by pid; a reused pid is no parent of what was before it. */
static void survives_exit_and_reuse(void **state)
{
	struct proctab *t = *state;
	const struct process *up[8];
	const struct process *p;

	exec_as(t, 10, 1 * S, 0, "/bin/make");
	proctab_fork(t, 10, 1 * S, 11, 2 * S, 2 * S);
	proctab_fork(t, 11, 2 * S, 12, 3 * S, 3 * S);
	proctab_exit(t, 11, 2 * S, 256, 4 * S);
	proctab_exit(t, 11, 2 * S, 0, 9 * S);
	exec_as(t, 11, 5 * S, 1, "/bin/other");
	p = proctab_find(t, 11, 2 * S);
	assert_int_equal(p->exit_code, 256);
	assert_int_equal(p->exit_ns, 4 * S);
	assert_string_equal(proctab_find(t, 11, 0)->exe, "/bin/other");
	assert_int_equal(proctab_ancestors(t, proctab_find(t, 12, 0), up, 8), 2);
	assert_ptr_equal(up[0], p);
	assert_int_equal(up[1]->pid, 10);
	assert_int_equal(proctab_ancestors(t, proctab_find(t, 12, 0), up, 1), 1);
}

static void younger_parent_is_refused(void **state)
{
	struct proctab *t = *state;

	exec_as(t, 10, 9 * S, 0, "/bin/sh");
	exec_as(t, 11, 2 * S, 10, "/bin/ls");
	assert_null(proctab_parent(t, proctab_find(t, 11, 0)));
	proctab_fork(t, 12, 2 * S, 13, 2 * S, 2 * S);
	proctab_fork(t, 13, 2 * S, 12, 2 * S, 2 * S); /* a cycle no kernel tells of */
	{
		const struct process *up[PROCTAB_DEPTH_MAX + 1];

		assert_true(proctab_ancestors(t, proctab_find(t, 13, 0), up, ARRAY_SIZE(up)) <= PROCTAB_DEPTH_MAX);
	}
}

static void lost_exit_is_noticed_at_reuse(void **state)
{
	struct proctab *t = *state;
	struct proctab_stats st;

	exec_as(t, 10, 1 * S, 0, "/bin/a");
	exec_as(t, 10, 2 * S, 0, "/bin/b");
	assert_true(proctab_find(t, 10, 1 * S)->exit_ns != 0);
	proctab_get_stats(t, &st);
	assert_int_equal(st.live, 1);
	assert_int_equal(st.dead, 1);
}

static void dead_are_forgotten_in_time(void **state)
{
	struct proctab *t = *state;

	exec_as(t, 10, 1 * S, 0, "/bin/a");
	exec_as(t, 11, 1 * S, 0, "/bin/b");
	proctab_exit(t, 10, 1 * S, 0, 2 * S);
	proctab_exit(t, 11, 1 * S, 0, (2 + PROCTAB_GRACE_S - 1) * S);
	assert_non_null(proctab_find(t, 10, 1 * S));
	proctab_exit(t, 99, 1 * S, 0, (2 + PROCTAB_GRACE_S) * S);
	assert_null(proctab_find(t, 10, 1 * S));
	assert_non_null(proctab_find(t, 11, 1 * S));
}

static void is_bounded(void **state)
{
	struct proctab *t = *state;
	struct proctab_stats st;
	pid_t pid;

	for (pid = 1; pid <= PROCTAB_DEAD_MAX + 100; pid++) {
		assert_int_equal(proctab_fork(t, 0, 0, pid, S, S), 0);
		proctab_exit(t, pid, S, 0, S);
	}
	proctab_get_stats(t, &st);
	assert_int_equal(st.dead, PROCTAB_DEAD_MAX);
	assert_int_equal(st.evicted, 100);
	for (pid = 1; pid <= PROCTAB_MAX; pid++)
		assert_int_equal(proctab_fork(t, 0, 0, pid, 2 * S, 2 * S), 0);
	assert_int_equal(proctab_fork(t, 0, 0, pid, 2 * S, 2 * S), -ENOSPC);
	proctab_get_stats(t, &st);
	assert_int_equal(st.live, PROCTAB_MAX);
	assert_int_equal(st.dead, 0);
	assert_int_equal(st.refused, 1);
}

static void long_argv_is_cut(void **state)
{
	struct proctab *t = *state;
	char argv[2000];
	struct process_exec e = { .pid = 10, .start_ns = S, .argv = argv, .argv_len = sizeof(argv) };

	memset(argv, 'x', sizeof(argv));
	assert_int_equal(proctab_exec(t, &e), 0);
	assert_int_equal(proctab_find(t, 10, 0)->argv_len, PROCTAB_ARGV_MAX);
	assert_int_equal(proctab_find(t, 10, 0)->argv[PROCTAB_ARGV_MAX - 1], 0);
	e.argv = NULL;
	assert_int_equal(proctab_exec(t, &e), 0);
	assert_int_equal(proctab_find(t, 10, 0)->argv_len, 0);
}

static void preloads_what_runs(void **state)
{
	struct proctab *t = *state;
	const struct process *me, *child, *up[64];
	struct proctab_stats before, after;
	pid_t pid = fork();
	int r;

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	r = proctab_preload(t, "/proc");
	me = proctab_find(t, getpid(), 0);
	child = proctab_find(t, pid, 0);
	if (r == 0 && me && child) {
		assert_int_equal(child->uid, geteuid());
		assert_ptr_equal(proctab_parent(t, child), me);
		assert_true(proctab_ancestors(t, child, up, 64) >= 1);
		assert_true(strstr(me->exe, "test-proctab") && strstr(me->argv, "test-proctab"));
		assert_true(me->start_ns <= child->start_ns && child->start_ns <= now_boot_ns());
	}
	proctab_get_stats(t, &before);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	assert_int_equal(r, 0);
	assert_non_null(me);
	assert_non_null(child);
	assert_true(proctab_sweep(t, "/proc", now_boot_ns()) >= 1);
	assert_null(proctab_find(t, pid, 0));
	assert_non_null(proctab_find(t, getpid(), 0));
	proctab_get_stats(t, &after);
	assert_true(after.live < before.live);
	assert_int_equal(proctab_preload(t, "/nonexistent"), -ENOENT);
}

#define WITH_TABLE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(child_starts_as_its_parent),
		WITH_TABLE(fork_after_exec_changes_nothing),
		WITH_TABLE(starts_compare_in_ticks),
		WITH_TABLE(survives_exit_and_reuse),
		WITH_TABLE(younger_parent_is_refused),
		WITH_TABLE(lost_exit_is_noticed_at_reuse),
		WITH_TABLE(dead_are_forgotten_in_time),
		WITH_TABLE(is_bounded),
		WITH_TABLE(long_argv_is_cut),
		WITH_TABLE(preloads_what_runs),
	};

	return cmocka_run_group_tests_name("proctab", tests, NULL, NULL);
}
