/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a verb. */
#include "cli.h"

#include <signal.h>
#include <string.h>

static const char *verb_name_at(const void *table, size_t i)
{
	const struct verb *v = (const struct verb *)table + i;

	return v->flags & VERB_HIDDEN ? NULL : v->name;
}

static const struct verb *find(const struct cli *c, const char *name)
{
	const struct verb *v;

	for (v = c->verbs; v->name; v++)
		if (streq(v->name, name))
			return v;
	return NULL;
}

static const struct verb *find_two(const struct cli *c, const char *first, const char *second)
{
	char name[64];

	return snprintf(name, sizeof(name), "%s %s", first, second) < (int)sizeof(name) ? find(c, name) : NULL;
}

static bool is_group(const struct cli *c, const char *word)
{
	const struct verb *v;

	for (v = c->verbs; v->name; v++)
		if (strncmp(v->name, word, strlen(word)) == 0 && v->name[strlen(word)] == ' ')
			return true;
	return false;
}

static int unknown(const struct cli *c, const char *word)
{
	const char *near = cli_nearest(word, verb_name_at, c->verbs);

	return near ? cli_usage(c, "unknown command '%s'; did you mean '%s'?", word, near) :
		      cli_usage(c, "unknown command '%s'", word);
}

/* A group named alone lists its entries; with --help or something unknown it explains itself. */
static int run_group(struct cli *c, int argc, char **argv, int *ret_words)
{
	char name[64];

	if (argc == 1 || (argv[1][0] == '-' && !streq(argv[1], "--help") && !streq(argv[1], "-h"))) {
		c->verb = find_two(c, argv[0], "list");
		*ret_words = 1;
		if (!c->verb)
			help_group(c, argv[0], stderr);
		return c->verb ? CLI_OK : CLI_USAGE;
	}
	if (argv[1][0] == '-') {
		help_group(c, argv[0], stdout);
		return CLI_OK;
	}
	(void)snprintf(name, sizeof(name), "%s %s", argv[0], argv[1]);
	return unknown(c, name);
}

/* Sets c->verb and how many words named it; leaves it NULL when all is said, the result being the exit code. */
static int choose(struct cli *c, int argc, char **argv, int *ret_words)
{
	if (argc == 0) {
		help_program(c, stderr);
		return CLI_USAGE;
	}
	if (streq(argv[0], "--help") || streq(argv[0], "-h")) {
		help_program(c, stdout);
		return CLI_OK;
	}
	if (streq(argv[0], "--version") || streq(argv[0], "-V")) {
		(void)puts("egret " EGRET_VERSION);
		return CLI_OK;
	}
	c->verb = find(c, argv[0]);
	*ret_words = 1;
	if (c->verb)
		return CLI_OK;
	if (argc > 1 && (c->verb = find_two(c, argv[0], argv[1]))) {
		*ret_words = 2;
		return CLI_OK;
	}
	return is_group(c, argv[0]) ? run_group(c, argc, argv, ret_words) : unknown(c, argv[0]);
}

static int finish(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_fail("cannot write the answer");
	return code;
}

int cli_main(int argc, char **argv)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
	struct cli c = { .verbs = verbs };
	int words = 0, r;

	if (argc < 1)
		return CLI_USAGE;
	c.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && !(terminal && streq(terminal, "dumb"));
	r = choose(&c, argc - 1, argv + 1, &words);
	if (!c.verb)
		return finish(r);
	/* Without this a user could read others' files by way of our complaints about them. */
	if (!(c.verb->flags & VERB_PRIVILEGED) && bootstrap_drop() < 0)
		return cli_fail("cannot give up capabilities");
	r = finish(c.verb->function(&c, argc - words, argv + words));
	paths_done(&c);
	return r;
}

int verb_help(struct cli *c, int argc, char **argv)
{
	int n = cli_parse(c, argc, argv, NULL);
	const struct verb *v;

	if (n < 0)
		return cli_exit_of(n);
	if (n == 0) {
		help_program(c, stdout);
		return CLI_OK;
	}
	v = n == 1 ? find(c, argv[1]) : find_two(c, argv[1], argv[2]);
	if (v)
		help_verb(v, stdout);
	else if (n == 1 && is_group(c, argv[1]))
		help_group(c, argv[1], stdout);
	else
		return unknown(c, argv[1]);
	return CLI_OK;
}

int verb_version(struct cli *c, int argc, char **argv)
{
	int n = cli_parse(c, argc, argv, NULL);

	if (n < 0)
		return cli_exit_of(n);
	(void)puts("egret " EGRET_VERSION);
	return CLI_OK;
}

int verb_internal(struct cli *c, int argc, char **argv)
{
	int n = cli_parse(c, argc, argv, NULL);

	if (n < 0)
		return cli_exit_of(n);
	if (streq(argv[1], "man"))
		manual_page(c, stdout);
	else if (streq(argv[1], "commands"))
		manual_markdown(c, stdout);
	else
		return cli_usage(c, "'%s' is not man or commands", argv[1]);
	return CLI_OK;
}
