/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "str.h"

#define DEPTH_MAX 32

void json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

/* The comma before a value, unless a key was just written. */
static void before(struct json *j)
{
	uint32_t bit = j->depth ? 1u << (j->depth - 1) : 0;

	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (bit && (j->comma & bit))
		buf_addc(j->out, ',');
	j->comma |= bit;
}

static void open_level(struct json *j, bool array)
{
	before(j);
	assert(j->depth < DEPTH_MAX);
	buf_addc(j->out, array ? '[' : '{');
	j->comma &= ~(1u << j->depth);
	if (array)
		j->arrays |= 1u << j->depth;
	else
		j->arrays &= ~(1u << j->depth);
	j->depth++;
}

void json_obj(struct json *j)
{
	open_level(j, false);
}

void json_arr(struct json *j)
{
	open_level(j, true);
}

void json_end(struct json *j)
{
	assert(j->depth > 0 && !j->after_key);
	j->depth--;
	buf_addc(j->out, j->arrays & (1u << j->depth) ? ']' : '}');
}

static void escape_ascii(struct buf *out, unsigned char c)
{
	static const char short_of[] = "btnvfr"; /* 0x08.. ; v has no JSON escape */

	if (c == '"' || c == '\\') {
		buf_addc(out, '\\');
		buf_addc(out, (char)c);
	} else if (c >= 0x08 && c <= 0x0d && c != 0x0b) {
		buf_addc(out, '\\');
		buf_addc(out, short_of[c - 0x08]);
	} else if (c < 0x20 || c == 0x7f) {
		buf_addf(out, "\\u%04x", c);
	} else {
		buf_addc(out, (char)c);
	}
}

static void quoted(struct json *j, const char *s, size_t len)
{
	size_t i = 0;

	buf_addc(j->out, '"');
	while (i < len) {
		uint32_t cp;
		size_t n = utf8_next(s + i, len - i, &cp);

		if (n == 1)
			escape_ascii(j->out, (unsigned char)s[i]);
		else if (n)
			buf_add(j->out, s + i, n);
		else
			buf_adds(j->out, "\xef\xbf\xbd"); /* U+FFFD */
		i += n ? n : 1;
	}
	buf_addc(j->out, '"');
}

void json_key(struct json *j, const char *key)
{
	before(j);
	quoted(j, key, strlen(key));
	buf_addc(j->out, ':');
	j->after_key = true;
}

void json_strn(struct json *j, const char *s, size_t len)
{
	before(j);
	quoted(j, s, len);
}

void json_str(struct json *j, const char *s)
{
	if (s)
		json_strn(j, s, strlen(s));
	else
		json_nil(j);
}

void json_int(struct json *j, int64_t v)
{
	before(j);
	buf_addf(j->out, "%" PRId64, v);
}

void json_uint(struct json *j, uint64_t v)
{
	before(j);
	buf_addf(j->out, "%" PRIu64, v);
}

void json_dbl(struct json *j, double v)
{
	if (!isfinite(v)) {
		json_nil(j);
		return;
	}
	before(j);
	buf_addf(j->out, "%.9g", v);
}

void json_bool(struct json *j, bool v)
{
	json_raw(j, v ? "true" : "false");
}

void json_nil(struct json *j)
{
	json_raw(j, "null");
}

void json_raw(struct json *j, const char *text)
{
	before(j);
	buf_adds(j->out, text);
}

void json_kobj(struct json *j, const char *key)
{
	json_key(j, key);
	json_obj(j);
}

void json_karr(struct json *j, const char *key)
{
	json_key(j, key);
	json_arr(j);
}

void json_kstr(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_str(j, s);
}

void json_kint(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_int(j, v);
}

void json_kuint(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_uint(j, v);
}

void json_kdbl(struct json *j, const char *key, double v)
{
	json_key(j, key);
	json_dbl(j, v);
}

void json_kbool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}
