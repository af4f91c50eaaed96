/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A growing byte string, always NUL-terminated. Failure to allocate is remembered (buf_failed) and later appends do
 * nothing, so a chain of appends needs one check at its end. A limit makes it bounded: beyond it appends fail with
 * -ENOBUFS in the same way.
 */
#include <stdbool.h>
#include <stddef.h>
#include "cleanup.h"

struct buf {
	char *data; /* NULL until the first append; use buf_str */
	size_t len, cap;
	size_t max; /* 0 = 64 MiB */
	int error;  /* first error, 0 while fine */
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* empty for reuse, error forgotten */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
/* Never NULL; valid until the next append. */
const char *buf_str(const struct buf *b);
/* 0 or the first error. */
int buf_error(const struct buf *b);
/* The string, owned by the caller (free); NULL after an error. The buffer is empty afterwards. */
char *buf_take(struct buf *b);
#define _cleanup_buf_ _cleanup_(buf_done)
