/* SPDX-License-Identifier: Apache-2.0 */
/* egret log: what happened. Reads the history file for itself; the daemon need not run. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "phrase.h"

#define SHOWN	     200 /* newest records without --limit or --since */
#define POLL_MS	     200
#define REOPEN_POLLS 25 /* after 5 s of silence: the file may have been set aside, or read as immutable */

struct log_args {
	const char *since, *until, *kind, *exe, *class_name;
	int verdict;
	uint64_t pid, limit;
	bool follow;
};

static const char *const verdict_words[] = { "allow", "deny", "hold", NULL };

#define AT(member) offsetof(struct log_args, member)
const struct option_row log_options[] = {
	{ "since", 's', "TIME", OPT_STRING, NULL, NULL,
	  "only from then on: a span back from now (30s, 15m, 2h, 7d) or a local time (2026-01-31, \"2026-01-31 "
	  "12:00\")",
	  AT(since) },
	{ "until", 'u', "TIME", OPT_STRING, NULL, NULL, "only before then", AT(until) },
	{ "kind", 'k', "KIND,..", OPT_STRING, NULL, "all",
	  "only these kinds: taint, flow, denied, prompt, answer, exec, exit, connect, dns, watch, rule, system, "
	  "loss, alert",
	  AT(kind) },
	{ "exe", 'e', "TEXT", OPT_STRING, NULL, NULL, "only executables whose path contains TEXT", AT(exe) },
	{ "class", 'c', "CLASS", OPT_STRING, NULL, NULL, "only what carries that class of secrets", AT(class_name) },
	{ "verdict", 'v', "VERDICT", OPT_ENUM, verdict_words, NULL, "only decisions that came out so", AT(verdict) },
	{ "pid", 'p', "PID", OPT_NUMBER, NULL, NULL, "only that process", AT(pid) },
	{ "limit", 'n', "N", OPT_NUMBER, NULL, "200, or all with --since", "the newest N; 0 is all", AT(limit) },
	{ "follow", 'f', NULL, OPT_FLAG, NULL, NULL, "go on with what happens next", AT(follow) },
	{ 0 },
};

/* --- words to filter --------------------------------------------------------------------------------- */

/* A local time, or UTC where it ends in Z. */
static int parse_clock(const char *text, uint64_t *ret_ms)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
					     "%Y-%m-%d %H:%M", "%Y-%m-%d" };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);
		bool utc = end && streq(end, "Z");
		time_t t;

		if (!end || (*end && !utc))
			continue;
		t = utc ? timegm(&tm) : mktime(&tm);
		if (t <= 0)
			return -EINVAL;
		*ret_ms = (uint64_t)t * 1000;
		return 0;
	}
	return -EINVAL;
}

int cli_when(const struct cli *c, const char *text, uint64_t *ret_ms)
{
	uint64_t span, now_ms = now_wall_ms();

	if (!text)
		return 0;
	if (parse_clock(text, ret_ms) == 0)
		return 0;
	if (str_to_ms(text, &span) < 0)
		return cli_usage(c, "'%s' is neither a span like 15m nor a time like \"2026-01-31 12:00\"", text);
	*ret_ms = span < now_ms ? now_ms - span : 1;
	return 0;
}

static int parse_kinds(const struct cli *c, const char *text, uint32_t *ret)
{
	_cleanup_free_ char *copy = text ? strdup(text) : NULL;
	uint32_t kinds = 0;
	char *at = NULL;

	if (text && !copy)
		return cli_fail("out of memory");
	for (char *word = copy ? strtok_r(copy, ",", &at) : NULL; word; word = strtok_r(NULL, ",", &at)) {
		int kind = record_kind_from_name(word);

		if (kind < 0)
			return cli_usage(c, "'%s' is not a kind of record", word);
		kinds |= RECORD_BIT(kind);
	}
	*ret = kinds;
	return 0;
}

static int make_filter(const struct cli *c, const struct log_args *a, struct store_filter *f)
{
	int exit_code = cli_when(c, a->since, &f->since_ms);

	if (exit_code == 0)
		exit_code = cli_when(c, a->until, &f->until_ms);
	if (exit_code == 0)
		exit_code = parse_kinds(c, a->kind, &f->kinds);
	if (exit_code == 0 && a->pid > UINT32_MAX)
		exit_code = cli_usage(c, "%" PRIu64 " is not a process id", a->pid);
	f->exe = a->exe;
	f->class_name = a->class_name;
	f->verdict = a->verdict >= 0 ? verdict_words[a->verdict] : NULL;
	f->pid = (uint32_t)a->pid;
	f->limit = a->limit != UINT64_MAX ? a->limit : a->since ? 0 : SHOWN;
	return exit_code;
}

/* --- printing ---------------------------------------------------------------------------------------- */

struct printer {
	const struct cli *c;
	struct buf line;
	uint64_t last_id;
	int id_width; /* of the first one */
	bool any;
};

static void print_heading(struct printer *p, const struct record *first)
{
	p->id_width = snprintf(NULL, 0, "%" PRIu64, first->id);
	(void)printf("%s%*s %-23s %-7s %-7s %-20s %s%s\n", cli_colour(p->c, COLOUR_DIM), p->id_width, "ID", "TIME", "KIND",
		     "VERDICT", "PROCESS", "DETAIL", cli_colour(p->c, COLOUR_OFF));
}

static void pad(struct buf *out, size_t from, size_t width)
{
	while (out->len < from + width)
		buf_addc(out, ' ');
	buf_addc(out, ' ');
}

/* Fixed widths: with --follow the next line is not known when this one is printed. */
static void print_line(struct printer *p, const struct record *r)
{
	struct buf *out = &p->line;
	enum colour colour = phrase_colour(r);
	char time[32];
	size_t from;

	buf_addf(out, "%*" PRIu64 " %s ", p->id_width, r->id, phrase_time(r->time_ms, time));
	from = out->len;
	buf_adds(out, record_kind_name(r->kind));
	pad(out, from, 7);
	buf_adds(out, colour ? cli_colour(p->c, colour) : "");
	from = out->len;
	cli_text(out, r->verdict);
	pad(out, from, 7);
	buf_adds(out, colour ? cli_colour(p->c, COLOUR_OFF) : "");
	from = out->len;
	phrase_who(out, r);
	pad(out, from, 20);
	phrase_what(out, r);
	phrase_reason(out, r);
	(void)puts(buf_str(out));
}

static int print_record(void *user, const struct record *r, const char *json, size_t len)
{
	struct printer *p = user;

	p->last_id = r->id;
	if (p->c->json) {
		(void)fwrite(json, 1, len, stdout);
		(void)putchar('\n');
	} else {
		if (!p->any)
			print_heading(p, r);
		buf_clear(&p->line);
		print_line(p, r);
	}
	p->any = true;
	return ferror(stdout) ? -EPIPE : 0;
}

static int show(struct store *s, const struct store_filter *f, struct printer *p)
{
	uint64_t skipped = 0;
	int r = store_query(s, f, print_record, p, &skipped);

	(void)fflush(stdout);
	if (skipped)
		(void)cli_fail("%" PRIu64 " records are of a newer version of egret and not shown", skipped);
	return r < 0 && r != -EPIPE ? cli_fail("cannot read the history: %s", strerror(-r)) : CLI_OK;
}

static int follow(const struct cli *c, struct store **s, struct store_filter *f, struct printer *p)
{
	const struct timespec wait = { .tv_nsec = POLL_MS * 1000000 };
	unsigned silent = 0;
	int exit_code = CLI_OK;

	f->limit = 0;
	while (exit_code == CLI_OK && !ferror(stdout)) {
		uint64_t before = p->last_id;

		(void)nanosleep(&wait, NULL);
		if (silent == REOPEN_POLLS) {
			*s = store_close(*s);
			*s = history_open(c, &exit_code);
			silent = 0;
		}
		f->after_id = p->last_id;
		if (*s)
			exit_code = show(*s, f, p);
		silent = p->last_id == before ? silent + 1 : 0;
	}
	return exit_code;
}

int verb_log(struct cli *c, int argc, char **argv)
{
	struct log_args args = { .verdict = -1, .limit = UINT64_MAX };
	_cleanup_(store_closep) struct store *s = NULL;
	struct printer printer = { .c = c };
	struct store_filter filter = { 0 };
	int n = cli_parse(c, argc, argv, &args), exit_code;

	if (n < 0)
		return cli_exit_of(n);
	exit_code = make_filter(c, &args, &filter);
	if (exit_code != CLI_OK)
		return exit_code;
	s = history_open(c, &exit_code);
	if (!s)
		return exit_code;
	exit_code = show(s, &filter, &printer);
	if (exit_code == CLI_OK && args.follow)
		exit_code = follow(c, &s, &filter, &printer);
	else if (exit_code == CLI_OK && !printer.any && !c->json)
		(void)puts("Nothing in the history matches.");
	buf_done(&printer.line);
	return exit_code;
}
