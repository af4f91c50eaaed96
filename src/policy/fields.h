/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Reading mappings by table: one row per key, from which the reader, the "known keys" message and the documentation's
 * test all come. Every getter returns 0 or -EINVAL (-ENOMEM) with *p filled from the node's place; p may be NULL and
 * p->file is the caller's business (yaml_parse sets it).
 */
#include "yaml.h"

struct yaml_key {
	const char *name;
	int (*read)(void *ctx, const struct yaml_node *value);
	const char *help; /* one clause for people */
};

struct yaml_table {
	const char *where; /* "a files entry": how messages call the mapping */
	const struct yaml_key *keys;
	size_t n_keys;
};
#define YAML_TABLE(w, k) { .where = (w), .keys = (k), .n_keys = ARRAY_SIZE(k) }

/* A fixed word and what it means. */
struct yaml_word {
	const char *word;
	int value;
};

#define TEXT_MAX 1024 /* bytes of one value: no path or destination is longer */
#define LIST_MAX 1024 /* items of one list of texts */

const char *yaml_kind_text(const struct yaml_node *node); /* "a list", "nothing" ... for "expected x, found y" */

/* Calls the row's read for every key; an unknown key is an error that names the nearest known one. */
int yaml_read_map(const struct yaml_node *map, const struct yaml_table *table, void *ctx, struct problem *p);
/* Calls fn for every item; nothing at all is an empty list. */
int yaml_read_seq(const struct yaml_node *seq, const char *what, int (*fn)(void *ctx, const struct yaml_node *item),
		  void *ctx, struct problem *p);

/* One line of text, not empty, at most TEXT_MAX bytes. *ret is the caller's (free). */
int yaml_get_text(const struct yaml_node *node, const char *what, char **ret, struct problem *p);
/* A list of texts, each passed to check (may be NULL), which says what is wrong without a place. *ret as strv_*. */
int yaml_get_list(const struct yaml_node *node, const char *what, int (*check)(const char *s, struct problem *p),
		  char ***ret, struct problem *p);
int yaml_get_bool(const struct yaml_node *node, bool *ret, struct problem *p);
int yaml_get_word(const struct yaml_node *node, const char *what, const struct yaml_word *words, size_t n, int *ret,
		  struct problem *p);

/* The candidate nearest to s in edits; NULL if none is near enough to be meant. */
const char *nearest_word(const char *s, const char *const *words, size_t n);
