/* SPDX-License-Identifier: Apache-2.0 */
/* egret policy check|test|diff: policies on trial, without a guard. */
#include "../policy/policy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

#define BY_MAX 512

/* Loads a policy.yaml or a folder of them as the guard would, with the built-in and the person's own catalogue. What is
 * wrong goes to *problem. */
static int load(const struct cli *c, const char *path, const char *watchlist, struct policy **ret, struct problem *problem)
{
	_cleanup_free_ char *user_catalog = path_join(c->config_dir, "catalog");
	struct policy_sources src = { .catalog_dir = catalog_dir(), .user_catalog = user_catalog, .watchlist = watchlist,
				      .watchlist_required = true };
	struct stat st;
	int r;

	if (!user_catalog)
		return -ENOMEM;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		src.rules_dir = path;
	else
		src.rules_file = path;
	r = policy_load(&src, ret, problem);
	if (r < 0 && !problem->text[0])
		(void)problem_set(problem, 0, 0, "%s: %s", path, strerror(-r));
	return r;
}

static int complain(const struct problem *problem)
{
	char text[1024];

	return cli_fail("%s", problem_format(problem, text, sizeof(text)));
}

/* --- check ------------------------------------------------------------------------------------------- */

static size_t length(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static void count_json(struct json *j, const struct ci *ci)
{
	json_kstr(j, "mode", ci->mode == CI_MODE_ENFORCE ? "enforce" : ci->mode == CI_MODE_MONITOR ? "monitor" : NULL);
	json_kuint(j, "files", length(ci->files));
	json_kuint(j, "allowed_hosts", length(ci->hosts));
	json_kuint(j, "allowed_ips", length(ci->ips));
	json_kuint(j, "profiles", ci->n_profiles);
	json_kuint(j, "blocked_chains", ci->n_chains);
	json_kuint(j, "webhooks", ci->n_webhooks);
}

static void check_json(const char *path, const struct policy *p, const struct problem *problem)
{
	_cleanup_buf_ struct buf b = { 0 };
	char *const *n;
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "file", p ? path : problem->file);
	json_kbool(&j, "ok", p != NULL);
	if (p) {
		count_json(&j, p->ci);
		json_karr(&j, "notices");
		for (n = p->ci->notices; n && *n; n++)
			json_str(&j, *n);
		json_end(&j);
	} else {
		json_kuint(&j, "line", problem->line);
		json_kuint(&j, "column", problem->column);
		json_kstr(&j, "problem", problem->text);
	}
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void check_people(const char *path, const struct ci *ci)
{
	static const char *const modes[] = { "no mode said (monitors)", "monitor", "enforce" };
	char *const *n;

	cli_puts(path);
	(void)printf(": OK: %s, %zu hosts, %zu addresses, %zu profiles, %zu chains, %zu webhooks\n", modes[ci->mode],
		     length(ci->hosts), length(ci->ips), ci->n_profiles, ci->n_chains, ci->n_webhooks);
	for (n = ci->notices; n && *n; n++) {
		(void)fputs("note: ", stdout);
		cli_puts(*n);
		(void)putchar('\n');
	}
}

/* Loading says whether the files are right; only compiling says whether their paths fit the kernel's room. */
static int check_paths(const struct policy *p, struct problem *problem)
{
	static const char *const homes[] = { "/root", "/home/user", NULL };
	const struct mount_point root = { .dev = 1 << 20 | 1, .root = "/", .path = "/", .fstype = "ext4" };
	struct compile_input in = { .mounts = &root, .n_mounts = 1, .homes = homes };
	struct compiled *compiled = NULL;
	int r = policy_compile(p, &in, &compiled, problem);

	(void)compiled_free(compiled);
	return r;
}

static int check_one(const struct cli *c, const char *path)
{
	struct problem problem = { 0 };
	struct policy *p = NULL;
	int r = load(c, path, NULL, &p, &problem);

	if (r == 0)
		r = check_paths(p, &problem);
	if (r < 0)
		p = policy_free(p);
	if (c->json)
		check_json(path, p, &problem);
	else if (p)
		check_people(path, p->ci);
	else
		(void)complain(&problem);
	(void)policy_free(p);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

int verb_policy_check(struct cli *c, int argc, char **argv)
{
	int n = cli_parse(c, argc, argv, NULL), i, r = CLI_OK;

	if (n < 0)
		return cli_exit_of(n);
	for (i = 1; i <= n; i++)
		if (check_one(c, argv[i]) != CLI_OK)
			r = CLI_FAILED;
	return r;
}

/* --- test -------------------------------------------------------------------------------------------- */

struct test_values {
	const char *watchlist;
};

const struct option_row policy_test_options[] = {
	{ "watchlist", 'w', "FILE", OPT_STRING, NULL, "none", "a watchlist whose rules count too",
	  offsetof(struct test_values, watchlist) },
	{ NULL },
};

struct test_run {
	const struct cli *c;
	size_t passed, failed;
};

static void case_words(const struct trial_case *t, struct buf *out)
{
	char *const *a;

	if (t->name) {
		buf_adds(out, t->name);
		return;
	}
	buf_adds(out, t->process);
	for (a = t->ancestors; a && *a; a++)
		buf_addf(out, " < %s", *a);
	buf_addf(out, t->destination ? " to %s" : " starts", t->destination);
}

static void case_json(const struct trial_case *t, bool ok, const struct decision *d)
{
	_cleanup_buf_ struct buf b = { 0 }, name = { 0 };
	char by[BY_MAX];
	struct json j;

	buf_init(&b, 0);
	buf_init(&name, 0);
	case_words(t, &name);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "name", buf_str(&name));
	json_kuint(&j, "line", t->line);
	json_kbool(&j, "ok", ok);
	json_kstr(&j, "expected", t->expect);
	json_kstr(&j, "verdict", verdict_name(d->verdict));
	json_kstr(&j, "reason", reason_name(d->reason));
	json_kstr(&j, "decided_by", decision_by(d, by, sizeof(by)));
	json_kstr(&j, "sentence", d->sentence);
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void case_people(const struct test_run *run, const struct trial_case *t, bool ok, const struct decision *d)
{
	_cleanup_buf_ struct buf line = { 0 }, part = { 0 };
	char by[BY_MAX];

	buf_init(&line, 0);
	buf_init(&part, 0);
	buf_addf(&line, "%s%s%s ", cli_colour(run->c, ok ? COLOUR_GREEN : COLOUR_RED), ok ? "ok    " : "WRONG ",
		 cli_colour(run->c, COLOUR_OFF));
	case_words(t, &part);
	cli_text(&line, buf_str(&part));
	buf_addf(&line, ": %s by ", verdict_name(d->verdict));
	cli_text(&line, decision_by(d, by, sizeof(by)));
	if (!ok)
		buf_addf(&line, "; expected %s%s%s (line %u)", t->expect, t->by ? " by " : "", t->by ? t->by : "", t->line);
	(void)puts(buf_str(&line));
}

static void on_case(void *user, const struct trial_case *t, bool ok, const struct decision *d)
{
	struct test_run *run = user;

	*(ok ? &run->passed : &run->failed) += 1;
	if (run->c->json)
		case_json(t, ok, d);
	else
		case_people(run, t, ok, d);
}

int verb_policy_test(struct cli *c, int argc, char **argv)
{
	struct test_values o = { 0 };
	struct test_run run = { .c = c };
	struct problem problem = { 0 };
	struct policy *p = NULL;
	int n = cli_parse(c, argc, argv, &o), r;

	if (n < 0)
		return cli_exit_of(n);
	r = load(c, argv[1], o.watchlist, &p, &problem);
	if (r == 0)
		r = trial_run(p, argv[2], on_case, &run, &problem);
	(void)policy_free(p);
	if (r < 0)
		return complain(&problem);
	if (!c->json)
		(void)printf("%zu as expected, %zu not\n", run.passed, run.failed);
	return run.failed ? CLI_FAILED : CLI_OK;
}

/* --- diff -------------------------------------------------------------------------------------------- */

struct diff_values {
	bool exit_code;
};

const struct option_row policy_diff_options[] = {
	{ "exit-code", 'e', NULL, OPT_FLAG, NULL, NULL, "exit status 1 if there is a difference",
	  offsetof(struct diff_values, exit_code) },
	{ NULL },
};

struct diff_run {
	const struct cli *c;
	size_t n;
};

static void change_json(const struct trial_change *t)
{
	_cleanup_buf_ struct buf b = { 0 };
	char *const *a;
	char by[BY_MAX];
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "process", t->process);
	json_karr(&j, "ancestors");
	for (a = t->ancestors; a && *a; a++)
		json_str(&j, *a);
	json_end(&j);
	json_kstr(&j, "destination", t->destination);
	json_kbool(&j, "start", !t->destination);
	json_kstr(&j, "before", verdict_name(t->before->verdict));
	json_kstr(&j, "after", verdict_name(t->after->verdict));
	json_kstr(&j, "decided_by", decision_by(t->after, by, sizeof(by)));
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void change_people(const struct diff_run *run, const struct trial_change *t)
{
	bool allowed = t->after->verdict == V_ALLOW;
	_cleanup_buf_ struct buf line = { 0 };
	char *const *a;

	buf_init(&line, 0);
	buf_addf(&line, "%s%s%s", cli_colour(run->c, allowed ? COLOUR_YELLOW : COLOUR_GREEN),
		 allowed ? "allowed now: " : "denied now:  ", cli_colour(run->c, COLOUR_OFF));
	cli_text(&line, t->process ? t->process : "everybody");
	for (a = t->ancestors; a && *a; a++) {
		buf_adds(&line, a == t->ancestors ? " below " : " and ");
		cli_text(&line, *a);
	}
	buf_adds(&line, t->destination ? " to " : " may start");
	if (t->destination)
		cli_text(&line, t->destination);
	(void)puts(buf_str(&line));
}

static void on_change(void *user, const struct trial_change *t)
{
	struct diff_run *run = user;

	run->n++;
	if (run->c->json)
		change_json(t);
	else
		change_people(run, t);
}

static void on_entry(void *user, const char *key, const char *text, bool added)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct diff_run *run = user;
	struct json j;

	run->n++;
	buf_init(&b, 0);
	if (run->c->json) {
		json_init(&j, &b);
		json_obj(&j);
		json_kstr(&j, "key", key);
		json_kstr(&j, added ? "added" : "removed", text);
		json_end(&j);
		cli_out_json(buf_str(&b));
		return;
	}
	buf_addf(&b, "%c %s: ", added ? '+' : '-', key);
	cli_text(&b, text);
	(void)puts(buf_str(&b));
}

int verb_policy_diff(struct cli *c, int argc, char **argv)
{
	struct diff_run run = { .c = c };
	struct trial_diff out = { .change = on_change, .entry = on_entry, .user = &run };
	struct policy *before = NULL, *after = NULL;
	struct problem problem = { 0 };
	struct diff_values o = { 0 };
	int n = cli_parse(c, argc, argv, &o), r;

	if (n < 0)
		return cli_exit_of(n);
	r = load(c, argv[1], NULL, &before, &problem);
	if (r == 0)
		r = load(c, argv[2], NULL, &after, &problem);
	if (r < 0)
		r = complain(&problem);
	else if (trial_diff(before, after, &out) < 0)
		r = cli_fail("there are too many programs and destinations to compare");
	else if (!run.n && !c->json)
		(void)puts("The two allow and deny the same.");
	(void)policy_free(before);
	(void)policy_free(after);
	return r ? r : o.exit_code && run.n ? CLI_FAILED : CLI_OK;
}
