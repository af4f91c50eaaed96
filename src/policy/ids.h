/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The set of ids in use, so that every id names one thing across the whole policy, and new ids that do not collide.
 * Owner: the loader. Strings are borrowed and must outlive the set.
 */
#include <stddef.h>
#include <stdint.h>
#include "../base/base.h"

#define ID_GENERATED 8 /* hexadecimal digits */

struct ids {
	struct id_slot {
		const char *id;
		unsigned line;
	} *slots; /* open addressing, a power of two, at most half full */
	size_t cap, n;
};

void ids_done(struct ids *s);
/* 0, -ENOMEM, or -EEXIST with *ret_line the line of the first owner. */
int ids_add(struct ids *s, const char *id, unsigned line, unsigned *ret_line);
/* An unused id made from `content` (the same content gives the same id as long as nobody has it). Does not add it. */
void ids_make(const struct ids *s, const char *content, char ret[ID_GENERATED + 1]);
