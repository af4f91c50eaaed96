/* SPDX-License-Identifier: Apache-2.0 */
/* egret why: one entry of the history explained, back to the reads of watched files. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "phrase.h"

const struct option_row why_options[] = { { 0 } };

static const char *const role_words[] = {
	[WHY_SUBJECT] = "subject", [WHY_PROMPT] = "prompt", [WHY_ANSWER] = "answer",
	[WHY_CAUSE] = "cause",	   [WHY_GAP] = "gap",
};

/* --- JSON -------------------------------------------------------------------------------------------- */

static void write_step(struct json *j, const struct why_step *step)
{
	json_obj(j);
	json_kuint(j, "level", step->level);
	json_kstr(j, "role", role_words[step->role]);
	if (step->record) {
		json_key(j, "record");
		record_json(record_of(step->record), j);
	} else {
		json_kuint(j, "pid", step->pid);
		if (step->classes)
			json_kstr(j, "classes", step->classes);
	}
	json_end(j);
}

static int print_json(const struct why *w)
{
	_cleanup_buf_ struct buf out = { 0 };
	struct json j;

	json_init(&j, &out);
	json_obj(&j);
	json_kuint(&j, "id", record_of(w->steps[0].record)->id);
	json_kbool(&j, "truncated", w->truncated);
	json_karr(&j, "steps");
	for (size_t i = 0; i < w->n_steps; i++)
		write_step(&j, &w->steps[i]);
	json_end(&j);
	json_end(&j);
	if (buf_error(&out) < 0)
		return cli_fail("out of memory");
	cli_out_json(buf_str(&out));
	return CLI_OK;
}

/* --- words ------------------------------------------------------------------------------------------- */

static void indent(struct buf *out, unsigned level)
{
	for (; level > 1; level--)
		buf_adds(out, "   ");
}

static void add_exe(struct buf *out, const char *before, const char *path)
{
	if (!path)
		return;
	buf_adds(out, before);
	cli_text(out, path);
}

static void add_list(struct buf *out, const char *before, const char *const *list, const char *between)
{
	if (!list || !list[0])
		return;
	buf_adds(out, before);
	for (size_t i = 0; list[i]; i++) {
		buf_adds(out, i ? between : "");
		cli_text(out, list[i]);
	}
	buf_addc(out, '\n');
}

static void say_subject(struct buf *out, const struct cli *c, const struct record *r)
{
	enum colour colour = phrase_colour(r);
	char time[32];

	buf_addf(out, "%s%s %" PRIu64 "%s, %s\n", cli_colour(c, COLOUR_BOLD), record_kind_name(r->kind), r->id,
		 cli_colour(c, COLOUR_OFF), phrase_time(r->time_ms, time));
	phrase_who(out, r);
	buf_adds(out, r->kind == RECORD_FLOW ? " wanted to go " : " ");
	phrase_what(out, r);
	buf_addc(out, '\n');
	if (r->verdict || r->rule || r->sentence) {
		buf_adds(out, colour ? cli_colour(c, colour) : "");
		cli_text(out, r->verdict ? r->verdict : "decided");
		buf_adds(out, colour ? cli_colour(c, COLOUR_OFF) : "");
		phrase_reason(out, r);
		buf_addc(out, '\n');
	}
	add_exe(out, "  program:   ", r->exe);
	buf_adds(out, r->exe ? "\n" : "");
	add_exe(out, "  script:    ", r->script);
	buf_adds(out, r->script ? "\n" : "");
	add_exe(out, "  command:   ", r->args);
	buf_adds(out, r->args ? "\n" : "");
	add_list(out, "  ancestors: ", r->ancestors, " < ");
}

/* When a step was, seen from the subject: "1.8 s before", which is what tells a person whether it matters. */
static void add_when(struct buf *out, const struct record *subject, const struct record *r)
{
	char span[32];

	if (r->time_ms <= subject->time_ms)
		buf_addf(out, " [%" PRIu64 ", %s before]", r->id, cli_span(span, subject->time_ms - r->time_ms));
	else
		buf_addf(out, " [%" PRIu64 ", %s after]", r->id, cli_span(span, r->time_ms - subject->time_ms));
}

static void say_cause(struct buf *out, const struct why_step *step, const struct record *subject)
{
	const struct record *r = record_of(step->record);

	phrase_who(out, r);
	buf_addc(out, ' ');
	phrase_what(out, r);
	add_exe(out, ", program ", r->exe);
	add_exe(out, ", watchlist entry ", r->watch);
	add_when(out, subject, r);
}

static void say_gap(struct buf *out, const struct why_step *step)
{
	buf_adds(out, "the history does not say how ");
	if (step->pid)
		buf_addf(out, "process %" PRIu32, step->pid);
	else
		buf_adds(out, "it");
	buf_adds(out, " came by ");
	cli_text(out, step->classes ? step->classes : "a secret");
}

static const char *const openings[] = {
	[WHY_PROMPT] = "asked: ", [WHY_ANSWER] = "answered: ", [WHY_CAUSE] = "because ", [WHY_GAP] = "because ",
};

static void say_step(struct buf *out, const struct why_step *step, const struct record *subject)
{
	indent(out, step->level);
	buf_adds(out, openings[step->role]);
	if (step->role == WHY_GAP) {
		say_gap(out, step);
	} else if (step->role == WHY_CAUSE) {
		say_cause(out, step, subject);
	} else {
		phrase_what(out, record_of(step->record));
		add_when(out, subject, record_of(step->record));
	}
	buf_addc(out, '\n');
}

static int print_words(const struct cli *c, const struct why *w)
{
	_cleanup_buf_ struct buf out = { 0 };
	const struct record *subject = record_of(w->steps[0].record);

	say_subject(&out, c, subject);
	for (size_t i = 1; i < w->n_steps; i++)
		say_step(&out, &w->steps[i], subject);
	if (w->truncated)
		buf_adds(&out, "... and more: the chain is longer than is shown\n");
	if (buf_error(&out) < 0)
		return cli_fail("out of memory");
	(void)fputs(buf_str(&out), stdout);
	return CLI_OK;
}

int verb_why(struct cli *c, int argc, char **argv)
{
	_cleanup_(store_closep) struct store *s = NULL;
	_cleanup_(why_freep) struct why *w = NULL;
	int n = cli_parse(c, argc, argv, NULL), exit_code, r;
	uint64_t id;

	if (n < 0)
		return cli_exit_of(n);
	if (str_to_u64(argv[1], 1, INT64_MAX, &id) < 0)
		return cli_usage(c, "'%s' is not the number of a record; egret log shows them", argv[1]);
	s = history_open(c, &exit_code);
	if (!s)
		return exit_code;
	r = store_why(s, id, &w);
	if (r == -ESRCH)
		return cli_fail("there is no record %" PRIu64 " in the history", id);
	if (r < 0)
		return cli_fail("cannot read the history: %s", strerror(-r));
	return c->json ? print_json(w) : print_words(c, w);
}
