/* SPDX-License-Identifier: Apache-2.0 */
/* egret help, --help: the tables as plain text. */
#include "cli.h"

#include <string.h>

#define HELP_WIDTH  96
#define HELP_INDENT 26

const struct exit_row cli_exits[] = {
	{ CLI_OK, "done; doctor: everything is covered" },
	{ CLI_FAILED, "failed; doctor: something is not covered" },
	{ CLI_USAGE, "the command line is wrong; doctor: the guard cannot work here" },
	{ CLI_NOT_RUNNING, "no guard is running" },
	{ CLI_REFUSED, "the guard refused the request" },
	{ CLI_DENIED, "run --strict: the command ended well, but something it tried was denied; stop --fail-on: something was blocked" },
	{ 0, NULL },
};

/* Text in lines of HELP_WIDTH, each but the first indented; `at` is where the first begins. */
static void wrap(FILE *to, const char *text, size_t at, size_t indent)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (at + n > HELP_WIDTH && at > indent) {
			(void)fprintf(to, "\n%*s", (int)indent, "");
			at = indent;
		}
		(void)fprintf(to, "%.*s", (int)n, text);
		at += n;
		text += n;
		if (*text == ' ') {
			text++;
			if (at + 1 + strcspn(text, " ") <= HELP_WIDTH)
				(void)fputc(' ', to);
			at++;
		}
	}
	(void)fputc('\n', to);
}

static void row_text(const struct option_row *row, struct buf *ret)
{
	size_t i;

	buf_adds(ret, row->help);
	if (row->type == OPT_ENUM)
		for (i = 0; row->values[i]; i++)
			buf_addf(ret, "%s%s", i ? ", " : " [", row->values[i]);
	if (row->type == OPT_ENUM)
		buf_addc(ret, ']');
	if (row->fallback)
		buf_addf(ret, " (default: %s)", row->fallback);
}

static void print_rows(const struct option_row *row, FILE *to)
{
	for (; row && row->name; row++) {
		_cleanup_buf_ struct buf text = { 0 };
		char left[96];
		int n;

		n = snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", row->letter ? '-' : ' ',
			     row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
			     row->argument ? " " : "", row->argument ? row->argument : "");
		(void)fprintf(to, "%-*s", HELP_INDENT, left);
		if (n >= HELP_INDENT)
			(void)fprintf(to, "\n%*s", HELP_INDENT, "");
		buf_init(&text, 0);
		row_text(row, &text);
		wrap(to, buf_str(&text), HELP_INDENT, HELP_INDENT);
	}
}

static void print_examples(const struct example *e, FILE *to)
{
	if (!e)
		return;
	(void)fputs("\nExamples:\n", to);
	for (; e->command; e++)
		(void)fprintf(to, "  %s\n      %s\n", e->command, e->text);
}

void help_verb(const struct verb *v, FILE *to)
{
	(void)fprintf(to, "Usage: egret %s [OPTION...]%s%s\n\n", v->name, *v->usage ? " " : "", v->usage);
	(void)fprintf(to, "egret %s: %s.\n", v->name, v->one_line);
	if (v->text) {
		(void)fputc('\n', to);
		wrap(to, v->text, 0, 0);
	}
	(void)fputs("\nOptions:\n", to);
	print_rows(v->options, to);
	if (v->flags & VERB_JSON)
		print_rows(json_option, to);
	print_rows(common_options, to);
	print_examples(v->examples, to);
}

static void print_verb_lines(const struct cli *c, const char *group, FILE *to)
{
	size_t len = group ? strlen(group) : 0;
	const struct verb *v;

	for (v = c->verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN) && (!group || (strncmp(v->name, group, len) == 0 && v->name[len] == ' ')))
			(void)fprintf(to, "  %-14s %s\n", v->name, v->one_line);
}

void help_group(const struct cli *c, const char *group, FILE *to)
{
	(void)fprintf(to, "Usage: egret %s COMMAND\n\n", group);
	print_verb_lines(c, group, to);
}

void help_program(const struct cli *c, FILE *to)
{
	const struct exit_row *e;

	(void)fputs("Usage: egret COMMAND [OPTION...]\n\n"
		    "Keeps secrets at home: sees which process reads a secret, follows the bytes, and holds egress "
		    "until a\n"
		    "rule or a person decides.\n\nCommands:\n",
		    to);
	print_verb_lines(c, NULL, to);
	(void)fputs("\nOptions of every command:\n", to);
	print_rows(common_options, to);
	(void)fputs("\nExit status:\n", to);
	for (e = cli_exits; e->meaning; e++)
		(void)fprintf(to, "  %-3d %s\n", e->code, e->meaning);
	(void)fputs("\nMore about one: egret COMMAND --help\n", to);
}
