/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one parser of options. Rows say what there is; it fills values and complains. Long options may be given as
 * "--name value" or "--name=value", short ones as "-n value" or "-nvalue"; flags also as "--no-name", "--name=true" and
 * "--name=false"; "--" ends options.
 */
#include "cli.h"

#include <errno.h>
#include <string.h>

#define OFFSET(member) offsetof(struct cli, member)

const struct option_row common_options[] = {
	{ "config-dir", 0, "DIR", OPT_STRING, NULL, "/etc/egret as root, else $XDG_CONFIG_HOME/egret",
	  "where watchlist and settings lie (also EGRET_CONFIG_DIR)", OFFSET(config_dir) },
	{ "state-dir", 0, "DIR", OPT_STRING, NULL, "/var/lib/egret as root, else $XDG_STATE_HOME/egret",
	  "where history and kept labels lie (also EGRET_STATE_DIR)", OFFSET(state_dir) },
	{ "runtime-dir", 0, "DIR", OPT_STRING, NULL, "/run/egret as root, else $XDG_RUNTIME_DIR/egret",
	  "where the guard's control socket lies (also EGRET_RUNTIME_DIR)", OFFSET(runtime_dir) },
	{ "help", 'h', NULL, OPT_FLAG, NULL, NULL, "explain this command", OFFSET(help) },
	{ NULL },
};

const struct option_row json_option[] = {
	{ "json", 0, NULL, OPT_FLAG, NULL, NULL, "print JSON, one document per line", OFFSET(json) },
	{ NULL },
};

/* --- finding rows ------------------------------------------------------------------------------------ */

/* Which rows an option may come from, and the struct their offsets mean. */
struct scope {
	const struct option_row *rows;
	void *values;
};

struct parser {
	struct cli *c;
	struct scope scopes[4];
	char **argv;
	int argc, i;
	int n_operands;
};

struct found {
	const struct option_row *row;
	void *values;
	bool negated;
};

static bool is_flag(const struct option_row *row)
{
	return row->type == OPT_FLAG || row->type == OPT_SWITCH;
}

static const struct option_row *row_at(const struct parser *p, size_t i, void **ret_values)
{
	const struct scope *s;
	const struct option_row *row;

	for (s = p->scopes; s->rows; s++)
		for (row = s->rows; row->name; row++)
			if (i-- == 0) {
				*ret_values = s->values;
				return row;
			}
	return NULL;
}

static const char *name_at(const void *table, size_t i)
{
	void *values;
	const struct option_row *row = row_at(table, i, &values);

	return row ? row->name : NULL;
}

static bool find_long(const struct parser *p, const char *name, size_t len, struct found *ret)
{
	bool negated = len > 3 && strncmp(name, "no-", 3) == 0;
	const struct option_row *row;
	void *values;
	size_t i;

	for (i = 0; (row = row_at(p, i, &values)); i++) {
		if (strlen(row->name) == len && strncmp(row->name, name, len) == 0)
			*ret = (struct found){ row, values, false };
		else if (negated && is_flag(row) && strlen(row->name) == len - 3 &&
			 strncmp(row->name, name + 3, len - 3) == 0)
			*ret = (struct found){ row, values, true };
		else
			continue;
		return true;
	}
	return false;
}

static bool find_short(const struct parser *p, char letter, struct found *ret)
{
	const struct option_row *row;
	void *values;
	size_t i;

	for (i = 0; (row = row_at(p, i, &values)); i++)
		if (row->letter && row->letter == letter) {
			*ret = (struct found){ row, values, false };
			return true;
		}
	return false;
}

/* --- nearest word ------------------------------------------------------------------------------------ */

/* Edits (insert, delete, replace) between two words of at most 31 bytes; longer ones are far from everything. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[32], i, j;

	if (n > 31 || m > 31)
		return SIZE_MAX;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= m; j++) {
			size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			best = MIN(best, MIN(above, row[j - 1]) + 1);
			diagonal = above;
			row[j] = best;
		}
	}
	return row[m];
}

const char *cli_nearest(const char *word, const char *(*next)(const void *table, size_t i), const void *table)
{
	size_t best = MAX((size_t)1, strlen(word) / 3) + 1, i, d;
	const char *nearest = NULL, *candidate;

	for (i = 0; (candidate = next(table, i)); i++) {
		d = distance(word, candidate);
		if (d < best) {
			best = d;
			nearest = candidate;
		}
	}
	return nearest;
}

static const char *value_at(const void *table, size_t i)
{
	const char *const *values = table;

	return values[i];
}

/* --- values ------------------------------------------------------------------------------------------ */

static int complain_value(const struct parser *p, const struct option_row *row, const char *value, const char *wants)
{
	return cli_usage(p->c, "--%s: '%s' is not %s", row->name, value, wants);
}

static int set_enum(const struct parser *p, const struct option_row *row, const char *value, int *ret)
{
	_cleanup_buf_ struct buf words = { 0 };
	int i;

	for (i = 0; row->values[i]; i++)
		if (streq(row->values[i], value)) {
			*ret = i;
			return 0;
		}
	buf_init(&words, 0);
	for (i = 0; row->values[i]; i++)
		buf_addf(&words, "%s%s", i ? ", " : "one of ", row->values[i]);
	if (cli_nearest(value, value_at, row->values))
		buf_addf(&words, " (did you mean %s?)", cli_nearest(value, value_at, row->values));
	return complain_value(p, row, value, buf_str(&words));
}

static int list_add(const struct parser *p, const struct option_row *row, const char *value, struct option_list *list)
{
	if (list->n == OPTION_LIST_MAX)
		return cli_usage(p->c, "--%s is given more than %d times", row->name, OPTION_LIST_MAX);
	list->item[list->n++] = value;
	list->item[list->n] = NULL;
	return 0;
}

static int word_add(struct option_words *list, const char *word, size_t len)
{
	char **grown = realloc(list->item, (list->n + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->item = grown;
	grown[list->n] = strndup(word, len);
	if (!grown[list->n])
		return -ENOMEM;
	grown[++list->n] = NULL;
	return 0;
}

static int words_add(const char *value, struct option_words *list)
{
	static const char blanks[] = " \t\r\n";

	while (*value) {
		size_t whole = strcspn(value, ","), skip = MIN(strspn(value, blanks), whole), len = whole - skip;

		while (len && strchr(blanks, value[skip + len - 1]))
			len--;
		if (len && word_add(list, value + skip, len) < 0)
			return cli_fail("out of memory");
		value += whole + (value[whole] == ',');
	}
	return 0;
}

void option_words_done(struct option_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->item[i]);
	free(w->item);
	*w = (struct option_words){ 0 };
}

static int set_value(const struct parser *p, const struct found *f, const char *value)
{
	char *at = (char *)f->values + f->row->offset;

	switch (f->row->type) {
	case OPT_FLAG:
		*(bool *)(void *)at = !f->negated;
		return 0;
	case OPT_STRING:
		*(const char **)(void *)at = value;
		return 0;
	case OPT_ENUM:
		return set_enum(p, f->row, value, (int *)(void *)at);
	case OPT_DURATION:
		if (str_to_ms(value, (uint64_t *)(void *)at) < 0)
			return complain_value(p, f->row, value, "a duration such as 30s, 15m, 2h or 7d");
		return 0;
	case OPT_NUMBER:
		if (str_to_u64(value, 0, UINT64_MAX, (uint64_t *)(void *)at) < 0)
			return complain_value(p, f->row, value, "a number");
		return 0;
	case OPT_LIST:
		return list_add(p, f->row, value, (struct option_list *)(void *)at);
	case OPT_SWITCH:
		*(int *)(void *)at = f->negated ? SWITCH_NO : SWITCH_YES;
		return 0;
	case OPT_WORDS:
		return words_add(value, (struct option_words *)(void *)at);
	}
	return 0;
}

/* --- reading argv ------------------------------------------------------------------------------------ */

static int parse_long(struct parser *p, const char *word)
{
	const char *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL, *near;
	char name[64];
	struct found f;

	(void)snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - word) : (int)strlen(word), word);
	if (!find_long(p, word, equals ? (size_t)(equals - word) : strlen(word), &f)) {
		near = cli_nearest(name, name_at, p);
		return near ? cli_usage(p->c, "unknown option --%s; did you mean --%s?", name, near) :
			      cli_usage(p->c, "unknown option --%s", name);
	}
	if (is_flag(f.row) && value) {
		if (!streq(value, "true") && !streq(value, "false"))
			return cli_usage(p->c, "--%s takes no value but true or false", name);
		f.negated ^= streq(value, "false");
	} else if (!is_flag(f.row) && !value) {
		if (p->i + 1 >= p->argc)
			return cli_usage(p->c, "--%s needs a value: --%s %s", name, name, f.row->argument);
		value = p->argv[++p->i];
	}
	return set_value(p, &f, value);
}

static int parse_short(struct parser *p, const char *letters)
{
	const char *value;
	struct found f;
	int r;

	for (; *letters; letters++) {
		if (!find_short(p, *letters, &f))
			return cli_usage(p->c, "unknown option -%c", *letters);
		if (is_flag(f.row)) {
			r = set_value(p, &f, NULL);
			if (r)
				return r;
			continue;
		}
		value = letters[1] ? letters + 1 : p->i + 1 < p->argc ? p->argv[++p->i] : NULL;
		if (!value)
			return cli_usage(p->c, "-%c needs a value: -%c %s", *letters, *letters, f.row->argument);
		return set_value(p, &f, value);
	}
	return 0;
}

/* Operands move to the front of argv; they can never overtake the place being read. */
static void keep_operand(struct parser *p, char *word)
{
	p->argv[++p->n_operands] = word;
}

static void keep_rest(struct parser *p)
{
	while (++p->i < p->argc)
		keep_operand(p, p->argv[p->i]);
}

static int parse_word(struct parser *p, char *word)
{
	if (streq(word, "--")) {
		keep_rest(p);
		return 0;
	}
	if (strncmp(word, "--", 2) == 0)
		return parse_long(p, word + 2);
	if (word[0] == '-' && word[1])
		return parse_short(p, word + 1);
	keep_operand(p, word);
	if (p->c->verb->flags & VERB_COMMAND)
		keep_rest(p);
	return 0;
}

static int check_operands(const struct parser *p)
{
	const struct verb *v = p->c->verb;

	if ((unsigned)p->n_operands < v->min_operands)
		return cli_usage(p->c, "something is missing: egret %s %s", v->name, v->usage);
	if ((unsigned)p->n_operands > v->max_operands)
		return cli_usage(p->c, "'%s' is too much: egret %s%s%s", p->argv[v->max_operands + 1], v->name,
				 *v->usage ? " " : "", v->usage);
	return 0;
}

static void fill_scopes(struct parser *p, void *values)
{
	size_t n = 0;

	if (p->c->verb->options)
		p->scopes[n++] = (struct scope){ p->c->verb->options, values };
	if (p->c->verb->flags & VERB_JSON)
		p->scopes[n++] = (struct scope){ json_option, p->c };
	p->scopes[n++] = (struct scope){ common_options, p->c };
}

/* Negative results carry an exit code: -1 - code, so that code 0 (after --help) is negative too. */
int cli_exit_of(int parsed)
{
	return -1 - parsed;
}

int cli_parse(struct cli *c, int argc, char **argv, void *values)
{
	struct parser p = { .c = c, .argv = argv, .argc = argc };
	int r;

	fill_scopes(&p, values);
	for (p.i = 1; p.i < argc; p.i++) {
		r = parse_word(&p, argv[p.i]);
		if (r)
			return -1 - r;
	}
	if (c->help) {
		help_verb(c->verb, stdout);
		return -1 - CLI_OK;
	}
	r = check_operands(&p);
	if (r)
		return -1 - r;
	argv[p.n_operands + 1] = NULL;
	r = paths_fill(c, geteuid());
	if (r < 0)
		return -1 -
		       cli_fail("no home for settings: set EGRET_CONFIG_DIR, EGRET_STATE_DIR and EGRET_RUNTIME_DIR");
	return p.n_operands;
}
