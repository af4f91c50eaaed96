/* SPDX-License-Identifier: Apache-2.0 */
/* egret completion: scripts for bash, zsh and fish from the tables. */
#include "cli.h"

#include <errno.h>
#include <string.h>

static const char *const shells[] = { "bash", "zsh", "fish", NULL };

/* Calls for each group of options a verb takes. */
static void each_row(const struct verb *v, void (*row)(FILE *to, const struct verb *v, const struct option_row *row),
		     FILE *to)
{
	const struct option_row *tables[] = { v->options, v->flags & VERB_JSON ? json_option : NULL, common_options },
				*o;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (o = tables[i]; o && o->name; o++)
			row(to, v, o);
}

/* Length of the first word of a verb's name. */
static size_t head_length(const struct verb *v)
{
	return strcspn(v->name, " ");
}

static bool takes_path(const struct option_row *row)
{
	return row->argument && (streq(row->argument, "FILE") || streq(row->argument, "DIR"));
}

static bool operands_are_paths(const struct verb *v)
{
	return !(v->flags & VERB_HIDDEN) && (v->flags & VERB_COMMAND || strstr(v->usage, "FILE"));
}

static void words(FILE *to, const char *const *values)
{
	for (; values && *values; values++)
		(void)fprintf(to, "%s%s", *values, values[1] ? " " : "");
}

/* True for the first visible verb with that first word. */
static bool first_of_group(const struct cli *c, const struct verb *v)
{
	const struct verb *before;

	for (before = c->verbs; before != v; before++)
		if (head_length(before) == head_length(v) && strncmp(before->name, v->name, head_length(v)) == 0)
			return false;
	return !(v->flags & VERB_HIDDEN);
}

/* Second words of the verb's group, blank separated; nothing for a verb of one word. */
static void second_words(const struct cli *c, const struct verb *v, FILE *to)
{
	size_t len = head_length(v);
	const struct verb *other;
	const char *blank = "";

	for (other = c->verbs; other->name; other++)
		if (strncmp(other->name, v->name, len) == 0 && other->name[len] == ' ') {
			(void)fprintf(to, "%s%s", blank, other->name + len + 1);
			blank = " ";
		}
}

/* --- bash -------------------------------------------------------------------------------------------- */

static void bash_name(FILE *to, const struct verb *v _unused_, const struct option_row *row)
{
	(void)fprintf(to, "--%s ", row->name);
}

static void bash_value(FILE *to, const struct verb *v, const struct option_row *row)
{
	if (!row->values && !takes_path(row))
		return;
	(void)fprintf(to, "\t'%s --%s') ", v->name, row->name);
	if (row->values) {
		(void)fputs("words='", to);
		words(to, row->values);
		(void)fputs("' ;;\n", to);
	} else {
		(void)fprintf(to, "path=%s ;;\n", streq(row->argument, "DIR") ? "-d" : "-f");
	}
}

static void bash_verbs(const struct cli *c, FILE *to)
{
	const struct verb *v;

	(void)fputs("\t'') words='", to);
	for (v = c->verbs; v->name; v++)
		if (first_of_group(c, v))
			(void)fprintf(to, "%.*s ", (int)head_length(v), v->name);
	(void)fputs("' ;;\n", to);
	for (v = c->verbs; v->name; v++) {
		if (!first_of_group(c, v) || !v->name[head_length(v)])
			continue;
		(void)fprintf(to, "\t'%.*s') words='", (int)head_length(v), v->name);
		second_words(c, v, to);
		(void)fputs("' ;;\n", to);
	}
}

static void bash_options(const struct cli *c, FILE *to)
{
	const struct verb *v;

	for (v = c->verbs; v->name; v++) {
		if (v->flags & VERB_HIDDEN)
			continue;
		(void)fprintf(to, "\t'%s') words='", v->name);
		each_row(v, bash_name, to);
		(void)fputs("' ;;\n", to);
	}
}

static void bash_write(const struct cli *c, FILE *to)
{
	const struct verb *v;

	(void)fputs("# bash completion for egret\n_egret()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' words='' path=''\n"
		    "\tif [ \"$COMP_CWORD\" -gt 1 ]; then verb=${COMP_WORDS[1]}; fi\n"
		    "\tcase $verb in\n",
		    to);
	for (v = c->verbs; v->name; v++)
		if (first_of_group(c, v) && v->name[head_length(v)])
			(void)fprintf(
				to,
				"\t%.*s) if [ \"$COMP_CWORD\" -gt 2 ]; then verb=\"$verb ${COMP_WORDS[2]}\"; fi ;;\n",
				(int)head_length(v), v->name);
	(void)fputs("\tesac\n\tcase $verb in\n", to);
	bash_verbs(c, to);
	bash_options(c, to);
	(void)fputs("\tesac\n\tcase \"$verb $prev\" in\n", to);
	for (v = c->verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN))
			each_row(v, bash_value, to);
	(void)fputs("\t*) case $verb in\n", to);
	for (v = c->verbs; v->name; v++)
		if (operands_are_paths(v))
			(void)fprintf(to, "\t\t'%s') case $cur in -*) ;; *) path=-f ;; esac ;;\n", v->name);
	(void)fputs("\t\tesac ;;\n\tesac\n"
		    "\tif [ -n \"$path\" ]; then\n\t\tmapfile -t COMPREPLY < <(compgen \"$path\" -- \"$cur\")\n"
		    "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n\tfi\n}\n"
		    "complete -o filenames -F _egret egret\n",
		    to);
}

/* --- zsh --------------------------------------------------------------------------------------------- */

/* Inside single quotes; brackets and colons have a meaning to _arguments and _describe. */
static void zsh_text(FILE *to, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			(void)fputs("'\\''", to);
		else if (strchr("[]:\\", *s))
			(void)fprintf(to, "\\%c", *s);
		else
			(void)fputc(*s, to);
	}
}

static void zsh_row(FILE *to, const struct verb *v _unused_, const struct option_row *row)
{
	(void)fprintf(to, " \\\n\t\t\t'%s--%s[", row->type == OPT_LIST || row->type == OPT_WORDS ? "*" : "", row->name);
	zsh_text(to, row->help);
	(void)fputc(']', to);
	if (row->argument) {
		(void)fprintf(to, ":%s:", row->argument);
		if (row->values) {
			(void)fputc('(', to);
			words(to, row->values);
			(void)fputc(')', to);
		} else if (takes_path(row)) {
			(void)fputs(streq(row->argument, "DIR") ? "_files -/" : "_files", to);
		}
	}
	(void)fputc('\'', to);
}

static void zsh_verbs(const struct cli *c, FILE *to)
{
	const struct verb *v;

	for (v = c->verbs; v->name; v++) {
		if (!first_of_group(c, v))
			continue;
		(void)fprintf(to, "\t\t'%.*s:", (int)head_length(v), v->name);
		if (v->name[head_length(v)])
			second_words(c, v, to);
		else
			zsh_text(to, v->one_line);
		(void)fputs("'\n", to);
	}
}

static void zsh_write(const struct cli *c, FILE *to)
{
	const struct verb *v;

	(void)fputs("#compdef egret\n_egret()\n{\n\tlocal verb=$words[2]\n\tlocal -a verbs=(\n", to);
	zsh_verbs(c, to);
	(void)fputs("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command verbs\n\t\treturn\n\tfi\n\tcase $verb "
		    "in\n",
		    to);
	for (v = c->verbs; v->name; v++) {
		if (!first_of_group(c, v) || !v->name[head_length(v)])
			continue;
		(void)fprintf(to, "\t%.*s)\n\t\tif (( CURRENT == 3 )); then\n\t\t\tcompadd ", (int)head_length(v),
			      v->name);
		second_words(c, v, to);
		(void)fputs("\n\t\t\treturn\n\t\tfi\n\t\tverb=\"$verb $words[3]\"\n\t\tshift words\n\t\t(( CURRENT-- "
			    "))\n\t\t;;\n",
			    to);
	}
	(void)fputs("\tesac\n\tshift words\n\t(( CURRENT-- ))\n\tcase $verb in\n", to);
	for (v = c->verbs; v->name; v++) {
		if (v->flags & VERB_HIDDEN)
			continue;
		(void)fprintf(to, "\t'%s')\n\t\t_arguments", v->name);
		each_row(v, zsh_row, to);
		(void)fputs(v->flags & VERB_COMMAND ? " \\\n\t\t\t'*::command:_normal'\n\t\t;;\n"
						    : " \\\n\t\t\t'*:operand:_files'\n\t\t;;\n",
			    to);
	}
	(void)fputs("\tesac\n}\n_egret \"$@\"\n", to);
}

/* --- fish -------------------------------------------------------------------------------------------- */

static void fish_text(FILE *to, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			(void)fputc('\\', to);
		(void)fputc(*s, to);
	}
}

static void fish_condition(FILE *to, const struct verb *v)
{
	(void)fprintf(to, "__fish_seen_subcommand_from %.*s", (int)head_length(v), v->name);
	if (v->name[head_length(v)])
		(void)fprintf(to, "; and __fish_seen_subcommand_from %s", v->name + head_length(v) + 1);
}

static void fish_row(FILE *to, const struct verb *v, const struct option_row *row)
{
	(void)fputs("complete -c egret -n '", to);
	fish_condition(to, v);
	(void)fprintf(to, "' -l %s", row->name);
	if (row->letter)
		(void)fprintf(to, " -s %c", row->letter);
	if (row->argument)
		(void)fputs(takes_path(row) ? " -r -F" : " -x", to);
	if (row->values) {
		(void)fputs(" -a '", to);
		words(to, row->values);
		(void)fputc('\'', to);
	}
	(void)fputs(" -d '", to);
	fish_text(to, row->help);
	(void)fputs("'\n", to);
}

static void fish_verb(const struct cli *c, const struct verb *v, FILE *to)
{
	if (first_of_group(c, v)) {
		(void)fprintf(to, "complete -c egret -f -n __fish_use_subcommand -a %.*s -d '", (int)head_length(v),
			      v->name);
		if (v->name[head_length(v)])
			second_words(c, v, to);
		else
			fish_text(to, v->one_line);
		(void)fputs("'\n", to);
	}
	if (v->name[head_length(v)]) {
		(void)fprintf(to,
			      "complete -c egret -f -n '__fish_seen_subcommand_from %.*s; and not "
			      "__fish_seen_subcommand_from ",
			      (int)head_length(v), v->name);
		second_words(c, v, to);
		(void)fprintf(to, "' -a %s -d '", v->name + head_length(v) + 1);
		fish_text(to, v->one_line);
		(void)fputs("'\n", to);
	}
	each_row(v, fish_row, to);
}

static void fish_write(const struct cli *c, FILE *to)
{
	const struct verb *v;

	(void)fputs("# fish completion for egret\n", to);
	for (v = c->verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN))
			fish_verb(c, v, to);
}

/* --- the verb ---------------------------------------------------------------------------------------- */

int completion_write(const struct cli *c, const char *shell, FILE *to)
{
	static void (*const writers[])(const struct cli *c, FILE *to) = { bash_write, zsh_write, fish_write };
	size_t i;

	for (i = 0; shells[i]; i++)
		if (streq(shells[i], shell)) {
			writers[i](c, to);
			return 0;
		}
	return -EINVAL;
}

int verb_completion(struct cli *c, int argc, char **argv)
{
	int n = cli_parse(c, argc, argv, NULL);

	if (n < 0)
		return cli_exit_of(n);
	if (completion_write(c, argv[1], stdout) < 0)
		return cli_usage(c, "'%s' is not bash, zsh or fish", argv[1]);
	return CLI_OK;
}
