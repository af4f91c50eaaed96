/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <errno.h>
#include <string.h>

#include "model.h"

#define WORD_MAX 32 /* longest word that is compared for nearness */
#define WORDS_MAX 64

const char *yaml_kind_text(const struct yaml_node *node)
{
	switch (node->kind) {
	case YAML_NULL:
		return "nothing";
	case YAML_SCALAR:
		return "a single value";
	case YAML_SEQ:
		return "a list";
	case YAML_MAP:
		return "a mapping (key: value)";
	}
	return "something else";
}

/* --- nearness ---------------------------------------------------------------------------------------- */

/* Levenshtein distance, one row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], la = strlen(a), lb = strlen(b), i, j;

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 0; i < la; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (j = 0; j < lb; j++) {
			size_t best = MIN(diagonal + (a[i] != b[j]), MIN(row[j], row[j + 1]) + 1);

			diagonal = row[j + 1];
			row[j + 1] = best;
		}
	}
	return row[lb];
}

const char *nearest_word(const char *s, const char *const *words, size_t n)
{
	size_t best = strlen(s) / 3 + 1, i;
	const char *found = NULL;

	for (i = 0; i < n; i++) {
		size_t d = distance(s, words[i]);

		if (d < best)
			best = d, found = words[i];
	}
	return found;
}

/* "'x' <what>; did you mean 'y'? Known: a, b, c" */
static int unknown_word(const struct yaml_node *node, const char *what, const char *const *words, size_t n,
			struct problem *p)
{
	const char *near = nearest_word(node->text, words, n);
	_cleanup_buf_ struct buf b = { 0 };
	size_t i;

	buf_init(&b, 0);
	buf_adds(&b, "'");
	str_escape(&b, node->text, strnlen(node->text, 64));
	buf_addf(&b, "' %s", what);
	if (near)
		buf_addf(&b, "; did you mean '%s'?", near);
	for (i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i ? ", " : near ? " Known: " : "; known: ", words[i]);
	return yaml_problem(node, p, "%s", buf_str(&b));
}

/* --- structure --------------------------------------------------------------------------------------- */

static int unknown_key(const struct yaml_node *key, const struct yaml_table *t, struct problem *p)
{
	const char *words[WORDS_MAX];
	size_t i, n = MIN(t->n_keys, (size_t)WORDS_MAX);
	char what[128];

	for (i = 0; i < n; i++)
		words[i] = t->keys[i].name;
	(void)snprintf(what, sizeof(what), "is not a key of %s", t->where);
	return unknown_word(key, what, words, n, p);
}

int yaml_read_map(const struct yaml_node *map, const struct yaml_table *table, void *ctx, struct problem *p)
{
	const struct yaml_node *k;
	size_t i;
	int r;

	if (map->kind != YAML_MAP)
		return yaml_problem(map, p, "%s must be a mapping (key: value), this is %s", table->where,
				    yaml_kind_text(map));
	for (yaml_each_pair(k, map)) {
		for (i = 0; i < table->n_keys && !streq(table->keys[i].name, k->text); i++)
			;
		if (i == table->n_keys)
			return unknown_key(k, table, p);
		r = table->keys[i].read(ctx, k->next);
		if (r < 0)
			return r;
	}
	return 0;
}

int yaml_read_seq(const struct yaml_node *seq, const char *what, int (*fn)(void *ctx, const struct yaml_node *item),
		  void *ctx, struct problem *p)
{
	const struct yaml_node *it;
	int r;

	if (seq->kind == YAML_NULL)
		return 0;
	if (seq->kind != YAML_SEQ)
		return yaml_problem(seq, p, "%s must be a list ('- ...'), this is %s", what, yaml_kind_text(seq));
	for (yaml_each_item(it, seq)) {
		r = fn(ctx, it);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- values ------------------------------------------------------------------------------------------ */

static int check_text(const struct yaml_node *node, const char *what, struct problem *p)
{
	if (node->kind != YAML_SCALAR)
		return yaml_problem(node, p, "%s must be a single value, this is %s", what, yaml_kind_text(node));
	if (!*node->text)
		return yaml_problem(node, p, "%s is empty", what);
	if (strlen(node->text) > TEXT_MAX)
		return yaml_problem(node, p, "%s is longer than %d bytes", what, TEXT_MAX);
	if (strpbrk(node->text, "\n\t"))
		return yaml_problem(node, p, "%s must be one line without tabs", what);
	return 0;
}

int yaml_get_text(const struct yaml_node *node, const char *what, char **ret, struct problem *p)
{
	int r = check_text(node, what, p);
	char *s;

	if (r < 0)
		return r;
	s = strdup(node->text);
	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

static int list_item(const struct yaml_node *it, const char *what, int (*check)(const char *s, struct problem *p),
		     char ***list, struct problem *p)
{
	struct problem why = { 0 };
	int r = check_text(it, what, p);

	if (r == 0 && check) {
		r = check(it->text, &why);
		if (r < 0)
			return yaml_problem(it, p, "%s: %s", what, why.text);
	}
	return r < 0 ? r : strv_add(list, it->text);
}

int yaml_get_list(const struct yaml_node *node, const char *what, int (*check)(const char *s, struct problem *p),
		  char ***ret, struct problem *p)
{
	_cleanup_strv_ char **list = NULL;
	const struct yaml_node *it;
	int r;

	if (node->kind != YAML_SEQ && node->kind != YAML_NULL)
		return yaml_problem(node, p, "%s must be a list ([a, b] or '- a'), this is %s", what, yaml_kind_text(node));
	if (node->n > LIST_MAX)
		return yaml_problem(node, p, "%s has more than %d items", what, LIST_MAX);
	for (yaml_each_item(it, node)) {
		r = list_item(it, what, check, &list, p);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(list);
	return 0;
}

int yaml_get_bool(const struct yaml_node *node, bool *ret, struct problem *p)
{
	static const struct yaml_word words[] = { { "true", 1 }, { "false", 0 }, { "True", 1 }, { "False", 0 } };
	int v, r = yaml_get_word(node, "is neither true nor false", words, ARRAY_SIZE(words), &v, p);

	if (r == 0)
		*ret = v;
	return r;
}

int yaml_get_word(const struct yaml_node *node, const char *what, const struct yaml_word *words, size_t n, int *ret,
		  struct problem *p)
{
	const char *names[WORDS_MAX];
	size_t i;

	if (node->kind != YAML_SCALAR)
		return yaml_problem(node, p, "expected a single word, found %s", yaml_kind_text(node));
	for (i = 0; i < n; i++)
		if (streq(words[i].word, node->text)) {
			*ret = words[i].value;
			return 0;
		}
	n = MIN(n, (size_t)WORDS_MAX);
	for (i = 0; i < n; i++)
		names[i] = words[i].word;
	return unknown_word(node, what, names, n, p);
}
