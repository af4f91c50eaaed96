/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which row a record belongs to: an open-addressed table of keyed hashes. The key is random, so that nobody who chooses
 * names or destinations can make two different things look the same and hide one behind the other.
 */
#include "report.h"

struct seen_key {
	uint64_t half[2];
};

struct seen {
	uint8_t secret[2][16];
	struct {
		struct seen_key key;
		uint32_t row; /* + 1; 0 = free */
	} *slot;
	size_t n, cap; /* cap is a power of two, at most half full */
};

int seen_init(struct seen *s, size_t rows_max); /* -ENOMEM */
void seen_done(struct seen *s);
void seen_clear(struct seen *s);
/* What makes two records the same row. Records that are never the same (execs, alerts …) have their id in it. */
int seen_key_of(const struct seen *s, const struct record *r, struct seen_key *ret);
/* True if it is there; else takes it in as `row`, unless the table is full. */
bool seen_find(const struct seen *s, const struct seen_key *key, uint32_t *ret_row);
int seen_add(struct seen *s, const struct seen_key *key, uint32_t row); /* -ENOSPC */
