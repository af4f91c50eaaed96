/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A watchlist's text as its writer laid it out: where a new rule or entry goes and what its lines look like. Fills
 * edit.lines and says where they belong; edit.c splices, checks and writes.
 */
#include <sys/stat.h>

#include "splice.h"
#include "watchlist.h"

struct edit {
	const char *path;
	struct problem *p;
	struct watchlist *w; /* as the file is */
	struct splice_text text;
	struct stat st;
	bool exists;
	struct buf lines; /* what is put in */
};

/* -EINVAL: the change is clear, the layout is not. node (may be NULL) is the place. */
int edit_refuse(struct edit *e, const struct yaml_node *node, const char *what);

/* Appends the entry's lines, its first rule (if any) included. */
void put_entry(struct edit *e, const struct wl_entry *w);
/* Where the lines of a new entry go: at *ret_at, instead of *ret_cut bytes (both untouched on failure; *ret_cut must be
 * 0 before). May put more lines around them. */
int place_entry(struct edit *e, enum watch_kind kind, size_t *ret_at, size_t *ret_cut);
/* Appends the rule's lines to the entry as it is in the file (an entry without `rules:` gets the key first), and says
 * where they go, as place_entry. */
int place_rule(struct edit *e, const struct wl_entry *w, const struct rule *r, size_t *ret_at, size_t *ret_cut);
