/* SPDX-License-Identifier: Apache-2.0 */
/* The tables as a manual page (man(7) macros) and as Markdown: man/egret.1 and docs/commands.md are made by it. */
#include "cli.h"

#include <string.h>

/* --- what both say besides the tables ---------------------------------------------------------------- */

struct named_text {
	const char *name, *text;
};

static const struct named_text environment[] = {
	{ "EGRET_CONFIG_DIR", "as --config-dir" },
	{ "EGRET_STATE_DIR", "as --state-dir" },
	{ "EGRET_RUNTIME_DIR", "as --runtime-dir" },
	{ "NO_COLOR", "if set and not empty, no colours" },
	{ NULL },
};

static const struct named_text files[] = {
	{ "/etc/egret/watchlist.yaml",
	  "secrets, destinations and executables with rules; as a user ~/.config/egret/watchlist.yaml" },
	{ "/etc/egret/catalog/", "classes of secrets that add to or replace built-in ones" },
	{ "/var/lib/egret/", "history and kept labels; as a user ~/.local/state/egret/" },
	{ "/run/egret/egret.pid", "process id of the running guard; SIGHUP makes it read its files again" },
	{ "/run/egret/egret.log", "messages of a guard in the background" },
	{ "/run/egret/control.sock",
	  "where the guard listens to this command; as a user $XDG_RUNTIME_DIR/egret/control.sock" },
	{ NULL },
};

static const char description[] =
	"egret keeps secrets at home. It sees which process reads a secret, follows the bytes through children, files, "
	"pipes and sockets, and holds what would leave the machine until a rule or a person decides.";

/* --- manual page ------------------------------------------------------------------------------------- */

/* A line may not begin with a control character; dashes are options, not hyphens. */
static void roff(FILE *to, const char *s)
{
	if (*s == '.' || *s == '\'')
		(void)fputs("\\&", to);
	for (; *s; s++) {
		if (*s == '\\')
			(void)fputs("\\e", to);
		else if (*s == '-')
			(void)fputs("\\-", to);
		else
			(void)fputc(*s, to);
	}
}

static void roff_item(FILE *to, const char *name, const char *text)
{
	(void)fputs(".TP\n.B ", to);
	roff(to, name);
	(void)fputc('\n', to);
	roff(to, text);
	(void)fputs(".\n", to);
}

static void roff_values(FILE *to, const struct option_row *row)
{
	size_t i;

	if (row->type == OPT_ENUM) {
		(void)fputs("One of ", to);
		for (i = 0; row->values[i]; i++) {
			(void)fputs(i ? ", " : "", to);
			roff(to, row->values[i]);
		}
		(void)fputs(".\n", to);
	}
	if (row->fallback) {
		(void)fputs("Default: ", to);
		roff(to, row->fallback);
		(void)fputs(".\n", to);
	}
}

static void roff_options(FILE *to, const struct option_row *row)
{
	for (; row && row->name; row++) {
		(void)fputs(".TP\n", to);
		if (row->letter)
			(void)fprintf(to, "\\fB\\-%c\\fR, ", row->letter);
		(void)fputs("\\fB\\-\\-", to);
		roff(to, row->name);
		(void)fprintf(to, "\\fR%s\\fI%s\\fR\n", row->argument ? " " : "", row->argument ? row->argument : "");
		roff(to, row->help);
		(void)fputs(".\n", to);
		roff_values(to, row);
	}
}

static void roff_verb(FILE *to, const struct verb *v)
{
	const struct example *e;

	(void)fprintf(to, ".SS \"egret %s", v->name);
	(void)fputs(*v->usage ? " " : "", to);
	roff(to, v->usage);
	(void)fputs("\"\n", to);
	roff(to, v->one_line);
	(void)fputs(".\n", to);
	if (v->text) {
		(void)fputs(".PP\n", to);
		roff(to, v->text);
		(void)fputc('\n', to);
	}
	roff_options(to, v->options);
	if (v->flags & VERB_JSON)
		roff_options(to, json_option);
	for (e = v->examples; e && e->command; e++) {
		(void)fputs(".TP\n\\fBExample:\\fR ", to);
		roff(to, e->command);
		(void)fputc('\n', to);
		roff(to, e->text);
		(void)fputc('\n', to);
	}
}

static void roff_section(FILE *to, const char *title, const struct named_text *row)
{
	(void)fprintf(to, ".SH %s\n", title);
	for (; row->name; row++)
		roff_item(to, row->name, row->text);
}

void manual_page(const struct cli *c, FILE *to)
{
	const struct exit_row *e;
	const struct verb *v;
	char code[16];

	(void)fputs(".\\\" Generated from the tables of src/cli by tools/gen-man.\n.TH EGRET 1 \"\" "
		    "\"egret " EGRET_VERSION "\"\n"
		    ".SH NAME\negret \\- keeps secrets at home\n.SH SYNOPSIS\n.B egret\n\\fICOMMAND\\fR "
		    "[\\fIOPTION\\fR...]\n"
		    ".SH DESCRIPTION\n",
		    to);
	roff(to, description);
	(void)fputs("\n.SH COMMANDS\n", to);
	for (v = c->verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN))
			roff_verb(to, v);
	(void)fputs(".SH OPTIONS OF EVERY COMMAND\n", to);
	roff_options(to, common_options);
	(void)fputs(".SH EXIT STATUS\n", to);
	for (e = cli_exits; e->meaning; e++) {
		(void)snprintf(code, sizeof(code), "%d", e->code);
		roff_item(to, code, e->meaning);
	}
	roff_section(to, "ENVIRONMENT", environment);
	roff_section(to, "FILES", files);
}

/* --- Markdown ---------------------------------------------------------------------------------------- */

/* Inside a table cell: bars end a cell, stars and underscores mean emphasis. */
static void cell(FILE *to, const char *s)
{
	for (; *s; s++) {
		if (strchr("|*_<>\\", *s))
			(void)fputc('\\', to);
		(void)fputc(*s, to);
	}
}

static void markdown_values(FILE *to, const struct option_row *row)
{
	size_t i;

	for (i = 0; row->type == OPT_ENUM && row->values[i]; i++)
		(void)fprintf(to, "%s`%s`", i ? ", " : ": ", row->values[i]);
}

static void markdown_options(FILE *to, const struct option_row *row)
{
	for (; row && row->name; row++) {
		(void)fputs("| `", to);
		if (row->letter)
			(void)fprintf(to, "-%c, ", row->letter);
		(void)fprintf(to, "--%s%s%s` | ", row->name, row->argument ? " " : "",
			      row->argument ? row->argument : "");
		cell(to, row->help);
		markdown_values(to, row);
		(void)fputs(" | ", to);
		cell(to, row->fallback ? row->fallback : "");
		(void)fputs(" |\n", to);
	}
}

static const char table_head[] = "\n| option | meaning | default |\n|---|---|---|\n";

static void markdown_verb(FILE *to, const struct verb *v)
{
	const struct example *e;

	(void)fprintf(to, "\n## egret %s\n\n`egret %s%s%s`: %s.\n", v->name, v->name, *v->usage ? " " : "", v->usage,
		      v->one_line);
	if (v->text)
		(void)fprintf(to, "\n%s\n", v->text);
	if (v->options || v->flags & VERB_JSON)
		(void)fputs(table_head, to);
	markdown_options(to, v->options);
	if (v->flags & VERB_JSON)
		markdown_options(to, json_option);
	for (e = v->examples; e && e->command; e++)
		(void)fprintf(to, "%s- `%s`: %s\n", e == v->examples ? "\nExamples:\n\n" : "", e->command, e->text);
}

static void markdown_section(FILE *to, const char *title, const struct named_text *row)
{
	(void)fprintf(to, "\n## %s\n\n", title);
	for (; row->name; row++)
		(void)fprintf(to, "- `%s`: %s\n", row->name, row->text);
}

void manual_markdown(const struct cli *c, FILE *to)
{
	const struct exit_row *e;
	const struct verb *v;

	(void)fprintf(to, "<!-- Generated from the tables of src/cli by tools/gen-man. -->\n# Commands\n\n%s\n",
		      description);
	for (v = c->verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN))
			markdown_verb(to, v);
	(void)fprintf(to, "\n## Options of every command\n%s", table_head);
	markdown_options(to, common_options);
	(void)fputs("\n## Exit status\n\n| code | meaning |\n|---|---|\n", to);
	for (e = cli_exits; e->meaning; e++)
		(void)fprintf(to, "| %d | %s |\n", e->code, e->meaning);
	markdown_section(to, "Environment", environment);
	markdown_section(to, "Files", files);
}
