/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Changing a YAML text by whole lines: where blocks begin and end, what they are indented by, how new lines are written.
 * libfyaml's emitter loses comments and layout, so the text is spliced and everything else stays as the person wrote it.
 * Pure text: nothing here knows a rule from an entry.
 */
#include "yaml.h"

/* The text being changed. eol is its own line end ("\n" or "\r\n"). */
struct splice_text {
	const char *text;
	size_t len;
	const char *eol;
};
struct splice_text splice_text(const struct yaml *y);

size_t line_start(const struct splice_text *t, size_t at);
size_t line_end(const struct splice_text *t, size_t at); /* behind the line break */

/* How the items of a list stand: column of the dash and of the keys, in bytes from the line's start. */
struct indent {
	size_t dash, key;
};
/* -EINVAL if the item is not laid out as "- key: value" with the dash first on its line. */
int item_indent(const struct splice_text *t, const struct yaml_node *item, struct indent *ret);
/* The bytes of an item: its lines and the comment lines directly above it that are indented alike. */
int item_range(const struct splice_text *t, const struct yaml_node *item, size_t *ret_start, size_t *ret_end);

/* Writes the lines of one item; the first line gets the dash. */
struct lines {
	struct buf *out;
	const char *eol;
	struct indent indent;
	bool begun;
};
void lines_put(struct lines *l, const char *key, const char *value); /* value NULL: the key alone */

/* The text with [at, at + cut) replaced by `with`; at the end of a text without a last line break that is put first. */
void splice_apply(const struct splice_text *t, size_t at, size_t cut, const char *with, struct buf *out);

/* Appends s as a YAML scalar: plain where that is safe, else in single quotes. One line only. */
void yaml_quote(struct buf *out, const char *s);
