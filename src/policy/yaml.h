/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * YAML as people write it, read into a small tree with exact places. The only file that knows libfyaml is yaml.c.
 *
 * Owner: struct yaml owns the text and every node; nodes live as long as it does. Invariants: at most YAML_SIZE_MAX bytes,
 * YAML_DEPTH_MAX levels, YAML_NODES_MAX nodes; keys are scalars and unique within their mapping; no anchor, alias, tag,
 * merge key, directive or second document survives parsing; text is UTF-8 without control characters.
 *
 * One extension: a bare `*` that is the whole value after `key: ` or `- ` is the string "*" (YAML calls it a broken alias).
 */
#include <stdbool.h>
#include <stddef.h>
#include "../base/base.h"

#define YAML_SIZE_MAX  (1u << 20) /* ten thousand rules fit three times over */
#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX (1u << 18)
#define YAML_KEYS_MAX  512 /* keys of one mapping: bounds the search for duplicates */

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	bool flow;             /* [...] or {...} */
	unsigned line, column; /* 1-based, columns in characters */
	size_t start, end;     /* bytes of the text, quotes and brackets included; end of a block is its last value's */
	size_t n;              /* items or pairs */
	struct yaml_node *child; /* first item, or first key: a key's `next` is its value, whose `next` is the next key */
	struct yaml_node *next;
	struct yaml_node *made; /* chain of all nodes, for freeing */
	char text[];           /* YAML_SCALAR; "" otherwise */
};

struct yaml;

/* Parses len bytes; name is for messages and copied. On failure -EINVAL or -ENOMEM with *p filled (p may be NULL).
 * p->file is set to the name in any case, so that later messages about this file need only a line. */
int yaml_parse(const char *name, const char *text, size_t len, struct yaml **ret, struct problem *p);
/* The same from a file; the errno of reading (-ENOENT ...), also described in *p. */
int yaml_load(const char *path, struct yaml **ret, struct problem *p);
struct yaml *yaml_free(struct yaml *y); /* NULL is fine; returns NULL */

const struct yaml_node *yaml_root(const struct yaml *y); /* NULL: the file says nothing */
const char *yaml_text(const struct yaml *y, size_t *ret_len);
const char *yaml_name(const struct yaml *y);

#define yaml_each_item(it, seq) (it) = (seq)->child; (it); (it) = (it)->next
#define yaml_each_pair(key, map) (key) = (map)->child; (key); (key) = (key)->next->next
/* The value of a key of a mapping; NULL if there is none. */
const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key);

/* Fills *p (may be NULL) with the node's place and a sentence, in which bytes that are not printable text become '?'.
 * Returns -EINVAL. */
int yaml_problem(const struct yaml_node *node, struct problem *p, const char *fmt, ...) _printf_(3, 4);

static inline void yaml_freep(struct yaml **y)
{
	(void)yaml_free(*y);
}
#define _cleanup_yaml_ _cleanup_(yaml_freep)
