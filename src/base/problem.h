/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is wrong with something a person wrote: one clear sentence with its place. Filled by parsers, printed by callers.
 */
#include <stdio.h>

struct problem {
	char file[256];
	unsigned line, column; /* 1-based; 0 = not known */
	char text[512];        /* no trailing stop, no line break; what was found and what was expected */
};

/* Fills *p (may be NULL) and returns -EINVAL, so a parser can `return problem_set(...)`. */
int problem_set(struct problem *p, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* "file:line:column: text" into dst; returns dst. */
const char *problem_format(const struct problem *p, char *dst, size_t size);
