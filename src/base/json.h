/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Streaming JSON writer into a struct buf. There is no JSON tree type here; requests are parsed with jansson.
 *
 * Usage:   json_obj(j); json_kstr(j, "exe", path); json_karr(j, "classes"); json_str(j, "aws"); json_end(j); json_end(j);
 * Strings may be any bytes: invalid UTF-8 becomes U+FFFD, control characters are escaped (RFC 8259, 7).
 * Errors are the buffer's (buf_error). Nesting deeper than 32 or an unbalanced json_end is a programmer's error.
 */
#include <stdint.h>
#include "buf.h"

struct json {
	struct buf *out;
	uint32_t arrays; /* bit i: level i is an array */
	uint32_t comma;  /* bit i: level i has a member already */
	unsigned depth;
	bool after_key;
};

void json_init(struct json *j, struct buf *out);
void json_obj(struct json *j);
void json_arr(struct json *j);
void json_end(struct json *j); /* closes the innermost object or array */
void json_key(struct json *j, const char *key);
void json_str(struct json *j, const char *s);       /* NULL writes null */
void json_strn(struct json *j, const char *s, size_t len);
void json_int(struct json *j, int64_t v);
void json_uint(struct json *j, uint64_t v);
void json_dbl(struct json *j, double v);
void json_bool(struct json *j, bool v);
void json_nil(struct json *j);
void json_raw(struct json *j, const char *text);    /* text is JSON already */

/* Key and value in one call. */
void json_kobj(struct json *j, const char *key);
void json_karr(struct json *j, const char *key);
void json_kstr(struct json *j, const char *key, const char *s);
void json_kint(struct json *j, const char *key, int64_t v);
void json_kuint(struct json *j, const char *key, uint64_t v);
void json_kdbl(struct json *j, const char *key, double v);
void json_kbool(struct json *j, const char *key, bool v);
