/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A growing list of owned strings, always NULL-terminated once it has a member, so `items` can be handed on as
 * `const char *const *`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../base/base.h"

struct str_list {
	char **items; /* NULL while empty */
	size_t n;
};

/* Appends a copy. 0 or -ENOMEM, the list unchanged. */
int str_list_add(struct str_list *l, const char *s, size_t len);
bool str_list_has(const struct str_list *l, const char *s);
/* Frees all; the list is empty and usable again. */
void str_list_done(struct str_list *l);
#define _cleanup_str_list_ _cleanup_(str_list_done)

/* Numbers for the members of a list that was made in groups: ends[i] is where group i ends; each member after the last
 * group is one of its own. Capped at 255. NULL: no memory. The caller's. */
uint8_t *str_list_groups(const struct str_list *l, const size_t *ends, size_t n_ends);
