/* SPDX-License-Identifier: Apache-2.0 */
/* egret report: what happened since the guard was started, or in any span of the history, in the form that is asked for. */
#include <errno.h>
#include <string.h>

#include "instance.h"
#include "job.h"
#include "phrase.h"

struct report_values {
	int format, fail_on;
	const char *since, *until, *summary, *sarif;
	bool pretty;
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_SARIF, FORMAT_TREE };
static const char *const formats[] = { "table", "json", "markdown", "sarif", "tree", NULL };

#define AT(member) offsetof(struct report_values, member)
const struct option_row report_options[] = {
	{ "format", 'f', "FORMAT", OPT_ENUM, formats, "table", "json has one object per line, as the report file",
	  AT(format) },
	{ "since", 's', "TIME", OPT_STRING, NULL, "when the guard was started last",
	  "only from then on: a span back from now (15m, 2h, 7d) or a local time", AT(since) },
	{ "until", 'u', "TIME", OPT_STRING, NULL, NULL, "only before then", AT(until) },
	{ "pretty", 0, NULL, OPT_FLAG, NULL, NULL, "table: show processes as a tree", AT(pretty) },
	{ "summary", 0, "FILE", OPT_STRING, NULL, NULL, "append the Markdown summary to that file too", AT(summary) },
	{ "sarif", 0, "FILE", OPT_STRING, NULL, NULL, "write SARIF 2.1.0 to that file too", AT(sarif) },
	{ "fail-on", 0, "WHAT", OPT_ENUM, fail_words, "never",
	  "exit with 86 if anything was blocked; flag: or only noticed, or would have been blocked", AT(fail_on) },
	{ NULL },
};

static int note_start(void *user, const struct record *r, const char *json _unused_, size_t len _unused_)
{
	if (!r->reason || !streq(r->reason, "start"))
		return 0;
	*(uint64_t *)user = r->time_ms;
	return 1;
}

/* The run that goes on, else the last that began; the whole history if it tells of none. */
static int last_start(const struct cli *c, struct report_head *h)
{
	struct store_filter f = { .kinds = RECORD_BIT(RECORD_SYSTEM), .newest_first = true };
	_cleanup_(store_closep) struct store *s = NULL;
	_cleanup_instance_ struct instance i = { 0 };
	int code = CLI_OK;

	if (instance_read(c, &i) == 0) {
		h->since_ms = i.since_ms;
		return CLI_OK;
	}
	s = history_open(c, &code);
	if (s)
		(void)store_query(s, &f, note_start, &h->since_ms, NULL);
	return code;
}

static int print_lines(const struct report *p)
{
	const struct report_row *row;

	for (size_t i = 0; (row = report_row(p, i)); i++) {
		_cleanup_buf_ struct buf line = { 0 };

		report_line(row->first, row->count, row->last_ms, &line, NULL);
		(void)printf("%s\n", buf_str(&line));
	}
	return CLI_OK;
}

static void print_tree(const struct report *p, const struct report_head *h _unused_, struct buf *out)
{
	report_tree(p, out);
}

static int print(const struct report *p, const struct report_head *h, int format)
{
	switch ((enum format)format) {
	case FORMAT_JSON:
		return print_lines(p);
	case FORMAT_MARKDOWN:
		return job_print(report_markdown, p, h);
	case FORMAT_SARIF:
		return job_print(report_sarif, p, h);
	case FORMAT_TREE:
		return job_print(print_tree, p, h);
	case FORMAT_TABLE:
		break;
	}
	return job_print(report_tables, p, h);
}

/* Mode and coverage as the run's own record tells them. */
static void fill_head(const struct report *p, struct report_head *h)
{
	const struct report_row *row;

	for (size_t i = 0; (row = report_row(p, i)); i++)
		if (row->first->kind == RECORD_SYSTEM && row->first->reason && streq(row->first->reason, "start")) {
			h->enforce = strncmp(row->first->text, "enforcing", 9) == 0;
			h->coverage = strstr(row->first->text, "reduced") ? "reduced" : "full";
		}
}

int verb_report(struct cli *c, int argc, char **argv)
{
	struct report_values v = { .fail_on = FAIL_NEVER };
	_cleanup_(report_freep) struct report *p = NULL;
	struct report_head h = { .root = job_root() };
	struct job_files files;
	int n = cli_parse(c, argc, argv, &v), r;

	if (n < 0)
		return cli_exit_of(n);
	r = v.since ? cli_when(c, v.since, &h.since_ms) : last_start(c, &h);
	if (r == CLI_OK && v.until)
		r = cli_when(c, v.until, &h.until_ms);
	if (r == CLI_OK)
		r = job_collect(c, h.since_ms, h.until_ms, &p);
	if (r != CLI_OK)
		return r;
	fill_head(p, &h);
	h.tree = v.pretty;
	files = (struct job_files){ .summary = v.summary ? v.summary : "", .sarif = v.sarif };
	r = print(p, &h, c->json ? FORMAT_JSON : v.format);
	if (r == CLI_OK)
		r = job_write(p, &h, &files);
	return r == CLI_OK ? job_verdict(p, (enum fail_on)v.fail_on) : r;
}
