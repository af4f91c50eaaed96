/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the ancestors of a process were ever called (private to enrich/): the names of every image that it, its parents
 * and theirs ran before. Outlives the processes: a parent that died, or became another program, stays an ancestor.
 *
 * Shared and never changed: a child whose parent adds no new name has its parent's. Bounded: beyond FOREBEARS_MAX
 * different names the rest is cut and said to be; whoever asks about ancestors must then assume the worst.
 */
#include <stdbool.h>
#include <stddef.h>
#include "strlist.h"

enum { FOREBEARS_MAX = 128 };

/* What a list of ancestors holds in place of names that are not known: matches every name. */
#define FOREBEARS_UNKNOWN "?"

struct forebears;

struct forebears *forebears_ref(struct forebears *f);
struct forebears *forebears_unref(struct forebears *f); /* NULL is fine; returns NULL */
/* `up` (may be NULL) and these names. *ret is a new reference. 0 or -ENOMEM. */
int forebears_add(struct forebears *up, char *const *names, size_t n, struct forebears **ret);
/* Appends the names that the list lacks, youngest first; FOREBEARS_UNKNOWN last if some were cut. 0 or -ENOMEM. */
int forebears_list(const struct forebears *f, struct str_list *l);

/* The names of a process's present image. */
struct process;
int process_names(const struct process *p, struct str_list *l);
/* What the ancestors of a process of a table were called, as forebears_list. */
int proctab_forebears(const struct process *p, struct str_list *l);
