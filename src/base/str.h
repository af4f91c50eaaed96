/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Strings from outside: UTF-8, escaping for people's eyes, strict numbers. No domain nouns.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include "buf.h"

#define streq(a, b) (strcmp((a), (b)) == 0)

/* Length in bytes of the valid UTF-8 sequence at s (RFC 3629: no overlong forms, no surrogates), its code point in
 * *ret_cp; 0 if there is none. */
size_t utf8_next(const char *s, size_t len, uint32_t *ret_cp);
/* True if all of it is valid UTF-8; else *ret_at (may be NULL) is the offset of the first bad byte. */
bool utf8_valid(const char *s, size_t len, size_t *ret_at);

/* Appends s so that it is safe on a terminal and in a log line: control characters (C0, C1, DEL), line breaks, bidi
 * controls and invalid bytes become \xNN or \u{NNNN}; a backslash becomes \\. Everything else stays. */
void str_escape(struct buf *out, const char *s, size_t len);
/* The same into a fixed array; truncates with "..." . Returns dst. s may be NULL ("-"). */
const char *str_escape_to(char *dst, size_t size, const char *s);

/* Whole string as a decimal number in [min, max]; 0 or -EINVAL / -ERANGE. No sign, no spaces for unsigned. */
int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
/* "15m", "2h", "7d", "30s", "500ms", plain seconds -> milliseconds. */
int str_to_ms(const char *s, uint64_t *ret_ms);

/* Reads a whole small file (procfs included); at most max bytes, else -EFBIG. *ret is NUL-terminated, owned by the
 * caller; *ret_len may be NULL. dirfd may be AT_FDCWD. */
int file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len);
/* Replaces a file atomically (temporary file in the same directory, fsync, rename). Mode as given. Follows no
 * symlink at path. */
int file_write(const char *path, const void *data, size_t len, unsigned mode);
/* mkdir -p; existing directories are fine. */
int mkdir_p(const char *path, unsigned mode);

uint64_t now_boot_ns(void); /* CLOCK_BOOTTIME */
uint64_t now_wall_ms(void); /* CLOCK_REALTIME */
