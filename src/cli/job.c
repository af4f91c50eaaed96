/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "phrase.h"

const char *const fail_words[] = { "never", "flag", "block", NULL };

static int take(void *user, const struct record *r, const char *json _unused_, size_t len _unused_)
{
	return report_add(user, r);
}

int job_collect(const struct cli *c, const struct job *job, struct report **ret)
{
	struct store_filter f = { .since_ms = job->since_ms, .until_ms = job->until_ms };
	_cleanup_(report_freep) struct report *p = NULL;
	_cleanup_(store_closep) struct store *s = NULL;
	uint64_t skipped = 0;
	int code = CLI_OK, r;

	s = history_open(c, &code);
	if (!s)
		return code;
	r = report_new(&p);
	if (r == 0)
		r = store_query(s, &f, take, p, &skipped);
	if (r < 0)
		return cli_fail("cannot make the report: %s", strerror(-r));
	if (skipped)
		(void)cli_fail("%" PRIu64 " records are of a newer version of egret and not in the report", skipped);
	*ret = TAKE_PTR(p);
	return CLI_OK;
}

int job_verdict(const struct job *job, const struct report *p)
{
	bool blocked = report_total(p, OUTCOME_BLOCK) > 0;
	bool noticed = blocked || report_total(p, OUTCOME_WOULD) > 0 || report_total(p, OUTCOME_FLAG) > 0;

	return (job->fail_on == FAIL_BLOCK && blocked) || (job->fail_on == FAIL_FLAG && noticed) ? CLI_DENIED : CLI_OK;
}

static void print_sums(const struct job *job, const struct report *p, struct buf *out)
{
	buf_addf(out, "egret %s", job->enforce ? "enforced" : "monitored");
	if (job->coverage)
		buf_addf(out, " with %s coverage", job->coverage);
	buf_addf(out, ": %" PRIu64 " blocked, %" PRIu64 " would have been blocked, %" PRIu64 " noticed, %" PRIu64 " passed\n",
		 report_total(p, OUTCOME_BLOCK), report_total(p, OUTCOME_WOULD), report_total(p, OUTCOME_FLAG),
		 report_total(p, OUTCOME_PASS));
}

static int print(const struct job *job, const struct report *p)
{
	struct report_style style = { .tree = job->tree };
	_cleanup_buf_ struct buf out = { 0 };

	print_sums(job, p, &out);
	report_tables(p, &style, &out);
	if (buf_error(&out))
		return cli_fail("the report is too long for tables; see egret report --format json");
	(void)fputs(buf_str(&out), stdout);
	return CLI_OK;
}

int job_report(const struct cli *c, const struct job *job, bool quiet)
{
	_cleanup_(report_freep) struct report *p = NULL;
	int r = job_collect(c, job, &p);

	if (r == CLI_OK && !quiet)
		r = print(job, p);
	return r == CLI_OK ? job_verdict(job, p) : r;
}
