/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job summary: what was stopped first, the rest folded away. Everything from outside stands in code spans: nothing in it
 * is markup there, and no name of a hostile host becomes a link.
 */
#include <inttypes.h>
#include <string.h>

#include "inside.h"
#include "mask.h"
#include "tree.h"

#define BYTES_MAX  (900u << 10) /* GitHub refuses a summary of more than 1 MiB whole */
#define ROWS_SHOWN 200		/* of one table */
#define ARGS_MAX   160

/* In a table a bar ends the cell even inside a code span, unless it is escaped (GFM 4.10); a backtick would end the span. */
static void code(struct buf *out, const char *text)
{
	_cleanup_buf_ struct buf safe = { 0 };

	if (!text || !*text) {
		buf_addc(out, '.');
		return;
	}
	str_escape(&safe, text, strlen(text));
	buf_addc(out, '`');
	for (const char *c = buf_str(&safe); *c; c++)
		if (*c == '`')
			buf_adds(out, "\\x60");
		else if (*c == '|')
			buf_adds(out, "\\|");
		else
			buf_addc(out, *c);
	buf_addc(out, '`');
}

static void process(struct buf *out, const struct record *r)
{
	code(out, report_task_name(r));
	if (r->script) {
		buf_addc(out, ' ');
		code(out, r->script);
	}
	if (r->pid)
		buf_addf(out, " (%u)", r->pid);
}

static void where(struct buf *out, const struct record *r)
{
	char text[REPORT_ADDRESS_MAX];

	if (r->name) {
		code(out, r->name);
		buf_adds(out, " ");
	}
	code(out, report_address(r, text));
	if (r->proto) {
		buf_addc(out, ' ');
		code(out, r->proto);
	}
}

/* What it is about: a destination, a file, a program. */
static void object(struct buf *out, const struct report_row *row)
{
	const struct record *r = row->first;
	_cleanup_buf_ struct buf b = { 0 };

	switch (row->type) {
	case REPORT_NETWORK:
		where(out, r);
		return;
	case REPORT_DNS:
		code(out, r->name);
		return;
	case REPORT_FILE:
		code(out, r->path);
		return;
	default:
		mask_add(&b, r->args ? r->args : r->text ? r->text : r->exe ? r->exe : "", ARGS_MAX);
		code(out, buf_str(&b));
	}
}

static void classes(struct buf *out, const struct record *r)
{
	for (size_t i = 0; r->classes && r->classes[i]; i++) {
		buf_adds(out, i ? ", " : "");
		code(out, r->classes[i]);
	}
	if (!r->classes || !r->classes[0])
		buf_addc(out, '.');
}

static void table_row(struct buf *out, const struct report_row *row)
{
	buf_adds(out, "| ");
	process(out, row->first);
	buf_adds(out, " | ");
	object(out, row);
	buf_adds(out, " | ");
	classes(out, row->first);
	buf_adds(out, " | ");
	code(out, row->first->sentence ? row->first->sentence : row->first->reason);
	buf_addf(out, " | %" PRIu64 " |\n", row->count);
}

/* The rows of one outcome, and of one type if that is not _REPORT_TYPE_MAX. */
struct section {
	const char *title;
	enum report_outcome outcome;
	enum report_type type;
	bool folded;
};
static const struct section sections[] = {
	{ "Blocked", OUTCOME_BLOCK, _REPORT_TYPE_MAX, false },
	{ "Would have been blocked in enforce mode", OUTCOME_WOULD, _REPORT_TYPE_MAX, false },
	{ "Secrets that were read, and other findings", OUTCOME_FLAG, _REPORT_TYPE_MAX, false },
	{ "Connections that were allowed", OUTCOME_PASS, REPORT_NETWORK, true },
	{ "Names that were asked for", OUTCOME_PASS, REPORT_DNS, true },
};

static bool belongs(const struct section *s, const struct report_row *row)
{
	return row->outcome == s->outcome && (s->type == _REPORT_TYPE_MAX || row->type == s->type);
}

static size_t rows_of(const struct report *p, const struct section *s)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += belongs(s, &p->rows[i]);
	return n;
}

static void print_section(const struct report *p, const struct section *s, struct buf *out)
{
	size_t n = rows_of(p, s), shown = 0;

	if (!n)
		return;
	buf_addf(out, s->folded ? "\n<details><summary>%s (%zu)</summary>\n" : "\n### %s (%zu)\n", s->title, n);
	buf_adds(out, "\n| Process | What | Secrets | Why | Times |\n|---|---|---|---|---:|\n");
	for (size_t i = 0; i < p->n && shown < ROWS_SHOWN && out->len < BYTES_MAX; i++)
		if (belongs(s, &p->rows[i])) {
			table_row(out, &p->rows[i]);
			shown++;
		}
	if (shown < n)
		buf_addf(out, "\n%zu more are in the report file and in `egret report`.\n", n - shown);
	if (s->folded)
		buf_adds(out, "\n</details>\n");
}

/* A fence longer than any run of backticks inside cannot be closed from inside; str_escape keeps backticks. */
static void fence(const char *text, struct buf *out)
{
	size_t longest = 2, run = 0;

	for (const char *c = text; *c; c++) {
		run = *c == '`' ? run + 1 : 0;
		longest = MAX(longest, run);
	}
	for (size_t i = 0; i <= longest; i++)
		buf_addc(out, '`');
}

static void print_tree(const struct report *p, struct buf *out)
{
	_cleanup_(tree_freep) struct tree *t = NULL;
	_cleanup_buf_ struct buf text = { 0 };
	int r = tree_make(p, &t);

	if (r < 0) {
		out->error = r;
		return;
	}
	if (!tree_size(t))
		return;
	tree_print(t, &text);
	if (buf_error(&text) || text.len + out->len > BYTES_MAX)
		return;
	buf_addf(out, "\n<details><summary>Processes (%u)</summary>\n\n", tree_size(t));
	fence(buf_str(&text), out);
	buf_addf(out, "\n%s", buf_str(&text));
	fence(buf_str(&text), out);
	buf_adds(out, "\n\n</details>\n");
}

void report_markdown(const struct report *p, const struct report_head *h, struct buf *out)
{
	uint64_t blocked = report_total(p, OUTCOME_BLOCK), would = report_total(p, OUTCOME_WOULD);

	buf_addf(out, "## %s egret: ", blocked ? "⛔" : would ? "⚠️" : "✅");
	if (blocked)
		buf_addf(out, "%" PRIu64 " blocked\n\n", blocked);
	else
		buf_adds(out, would ? "something would have been blocked\n\n" : "nothing was blocked\n\n");
	report_sums(p, h, out);
	buf_adds(out, ".\n");
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		print_section(p, &sections[i], out);
	print_tree(p, out);
	if (p->beyond)
		buf_addf(out, "\n%" PRIu64 " more records did not fit into this report.\n", p->beyond);
}
