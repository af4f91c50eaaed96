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
	struct job_files files;
};

#define AT(member) offsetof(struct stop_values, member)
const struct option_row stop_options[] = {
	{ "fail-on", 0, "WHAT", OPT_ENUM, fail_words, "never",
	  "exit with 86 if anything was blocked; flag: or only noticed, or would have been blocked", AT(fail_on) },
	{ "pretty", 0, NULL, OPT_FLAG, NULL, "as `egret start` was told", "show processes as a tree", AT(pretty) },
	{ "summary", 0, "FILE", OPT_STRING, NULL, "$GITHUB_STEP_SUMMARY, if it is set",
	  "append a summary in Markdown to that file", AT(files.summary) },
	{ "sarif", 0, "FILE", OPT_STRING, NULL, NULL, "write SARIF 2.1.0 to that file", AT(files.sarif) },
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

/* Tables for people, or sums for programs. */
static int print(const struct cli *c, const struct report *p, const struct report_head *h)
{
	_cleanup_buf_ struct buf out = { 0 };
	struct json j;

	if (!c->json)
		return job_print(report_tables, p, h);
	json_init(&j, &out);
	json_obj(&j);
	json_kstr(&j, "mode", h->enforce ? "enforce" : "monitor");
	json_kstr(&j, "coverage", h->coverage);
	json_kuint(&j, "blocked", report_total(p, OUTCOME_BLOCK));
	json_kuint(&j, "would_block", report_total(p, OUTCOME_WOULD));
	json_kuint(&j, "noticed", report_total(p, OUTCOME_FLAG));
	json_kuint(&j, "passed", report_total(p, OUTCOME_PASS));
	json_kbool(&j, "killed", h->killed);
	json_end(&j);
	cli_out_json(buf_str(&out));
	return CLI_OK;
}

static int tell(const struct cli *c, const struct stop_values *v, const struct instance *i, bool killed)
{
	struct report_head h = { .enforce = i->enforce, .killed = killed, .coverage = i->coverage,
				 .since_ms = i->since_ms, .until_ms = now_wall_ms(), .tree = i->tree || v->pretty,
				 .root = job_root() };
	_cleanup_(report_freep) struct report *p = NULL;
	int r = job_collect(c, i->since_ms, 0, &p);

	if (r == CLI_OK && !v->quiet)
		r = print(c, p, &h);
	if (r == CLI_OK)
		r = job_write(p, &h, &v->files);
	return r == CLI_OK ? job_verdict(p, (enum fail_on)v->fail_on) : r;
}

static int stop(struct cli *c, const struct stop_values *v, const struct instance *i)
{
	bool killed = was_killed(c, i);
	int r, verdict;

	r = killed ? clean_up(c, i) : end_guard(c, i);
	if (bootstrap_drop() < 0)
		return cli_fail("cannot give up capabilities");
	if ((r != CLI_OK && !killed) || !i->pid)
		return r;
	verdict = tell(c, v, i, killed);
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
