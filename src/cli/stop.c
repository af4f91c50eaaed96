/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egret stop: ends the guard, waits until it and its front are gone so that what follows in a script can rely on it, and
 * prints the report of this run. A guard that was killed is told of, and what it left attached is removed.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "instance.h"
#include "job.h"

#define WAIT_GUARD_MS 20000
#define WAIT_FRONT_MS 5000

struct stop_values {
	int fail_on; /* FAIL_* */
	bool pretty, quiet;
};

#define AT(member) offsetof(struct stop_values, member)
const struct option_row stop_options[] = {
	{ "fail-on", 0, "WHAT", OPT_ENUM, fail_words, "never",
	  "exit with 86 if anything was blocked; flag: or only noticed, or would have been blocked", AT(fail_on) },
	{ "pretty", 0, NULL, OPT_FLAG, NULL, "as `egret start` was told", "show processes as a tree", AT(pretty) },
	{ "quiet", 'q', NULL, OPT_FLAG, NULL, NULL, "no report", AT(quiet) },
	{ NULL },
};

/* Killed, or crashed: enforcement is pinned and goes on without it. */
static int clean_up(struct cli *c, const struct instance *i)
{
	char when[32];
	bool found = false;
	int r = instance_detach(c, &found);

	if (i->pid)
		(void)cli_fail("the guard (pid %d, started %s) did not end by itself: it was killed, or crashed", i->pid,
			       record_time_text(i->since_ms, when));
	if (r < 0)
		return cli_fail("what it left attached in %s cannot be removed: %s", c->runtime_dir, strerror(-r));
	if (found)
		(void)cli_fail("what it left attached went on refusing and holding; it is removed now");
	instance_forget(c);
	(void)process_wait(i->front, 0, WAIT_FRONT_MS);
	return CLI_FAILED;
}

static int end_guard(struct cli *c, const struct instance *i)
{
	static const char *const words[] = { "stop", NULL };
	int r = cli_ask(c, words, NULL);

	if (r == CLI_OK && !process_wait(i->pid, i->start, WAIT_GUARD_MS))
		return cli_fail("the guard agreed to stop but is still there after %d s", WAIT_GUARD_MS / 1000);
	return r;
}

static bool was_killed(const struct cli *c, const struct instance *i)
{
	return i->pid ? !instance_alive(i) : instance_left(c) && !cli_running(c);
}

static int stop(struct cli *c, const struct stop_values *v, const struct instance *i)
{
	struct job job = { .since_ms = i->since_ms, .tree = i->tree || v->pretty, .fail_on = v->fail_on,
			   .coverage = i->coverage, .enforce = i->enforce };
	bool killed = was_killed(c, i);
	int r, verdict;

	r = killed ? clean_up(c, i) : end_guard(c, i);
	if (bootstrap_drop() < 0)
		return cli_fail("cannot give up capabilities");
	if ((r != CLI_OK && !killed) || !i->pid)
		return r;
	verdict = job_report(c, &job, v->quiet);
	return verdict != CLI_OK ? verdict : r;
}

int verb_stop(struct cli *c, int argc, char **argv)
{
	struct stop_values v = { .fail_on = FAIL_NEVER };
	_cleanup_instance_ struct instance i = { 0 };
	int n = cli_parse(c, argc, argv, &v), r;

	if (n < 0)
		return cli_exit_of(n);
	r = instance_read(c, &i);
	if (r < 0 && r != -ENOENT && r != -EACCES)
		return cli_fail("what %s tells of the guard is not to be believed: %s", c->runtime_dir, strerror(-r));
	return stop(c, &v, &i);
}
