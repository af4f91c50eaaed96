/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The user's watchlist as written: entries and rules with their places, ids filled in. load.c turns it into a policy,
 * edit.c changes the text it came from.
 *
 * Owner: the caller of watchlist_load/parse; nodes belong to the tree inside. Invariants: ids are unique within the file;
 * every pattern was checked; a rule's `resource` (files, network) or `executable` (executables) repeats the entry's own.
 */
#include "fields.h"
#include "policy.h"

struct wl_rule {
	struct rule rule;             /* number, class_mask not set yet */
	bool id_made;                 /* the file gives none */
	const struct yaml_node *node; /* the rule's mapping */
};

struct wl_entry {
	enum watch_kind kind;
	char *id, *pattern;
	bool id_made;
	char *class_name; /* files only; NULL = "watched" */
	unsigned line, column;
	const struct yaml_node *node;
	struct wl_rule *rules;
	size_t n_rules;
};

struct watchlist {
	struct yaml *yaml;
	bool mode_said;
	bool enforce;    /* `mode`; asked about is what nobody decided unless the file says monitor */
	bool no_catalog; /* `catalog: none` */
	struct wl_entry *entries;
	size_t n_entries;
};

#define WATCHED_CLASS "watched" /* class of files entries that name none */

/* *ret is the caller's. On failure *p as yaml_parse. */
int watchlist_parse(const char *name, const char *text, size_t len, struct watchlist **ret, struct problem *p);
int watchlist_load(const char *path, struct watchlist **ret, struct problem *p);
struct watchlist *watchlist_free(struct watchlist *w); /* NULL is fine; returns NULL */

/* Moves entries and rules into the policy (the catalogue's classes are in it already): classes, watches, rules. */
int watchlist_apply(struct watchlist *w, struct policy *policy, struct problem *p);

/* A new id made from content; unique in w. */
int watchlist_new_id(const struct watchlist *w, const char *content, char ret[16]);

/* Everything the file says, section by section, without places and made-up ids: equal files have equal dumps. The entry
 * or rule that `without` points to is left out (NULL: none). */
void watchlist_dump(const struct watchlist *w, const void *without, struct buf *out);
/* The rule alone, without its id. */
void wl_rule_dump(const struct rule *r, struct buf *out);

/* Names of the three sections and of the entries' pattern key, by kind. */
const char *watch_section(enum watch_kind kind);
const char *watch_pattern_key(enum watch_kind kind);

/* Every table of keys, NULL-terminated: for the documentation's test. */
extern const struct yaml_table *const watchlist_tables[];

static inline void watchlist_freep(struct watchlist **w)
{
	(void)watchlist_free(*w);
}
#define _cleanup_watchlist_ _cleanup_(watchlist_freep)
