/* SPDX-License-Identifier: Apache-2.0 */
#include "mask.h"

#include <ctype.h>
#include <string.h>

#define TOKEN_MIN  20
#define TOKEN_KEPT 4
#define ELLIPSIS   "\xe2\x80\xa6"

static bool is_token_byte(unsigned char c)
{
	return isalnum(c) || (c && strchr("+_=-", c));
}

/* Words of several parts have few digits, and so have short ones by chance; keys and hashes have many of both. */
static bool is_token(const char *s, size_t len)
{
	size_t digits = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		digits += isdigit((unsigned char)s[i]) != 0;
		letters += isalpha((unsigned char)s[i]) != 0;
	}
	return len >= TOKEN_MIN && letters >= 4 && (digits >= 4 || (len >= 32 && digits >= 2));
}

void mask_add(struct buf *out, const char *text, size_t max)
{
	size_t end = out->len + max;

	while (*text && out->len < end) {
		size_t len = 0, keep;

		while (is_token_byte((unsigned char)text[len]))
			len++;
		keep = is_token(text, len) ? TOKEN_KEPT : MAX(len, (size_t)1);
		buf_add(out, text, MIN(keep, end - out->len));
		if (keep < len)
			buf_adds(out, ELLIPSIS);
		text += MAX(len, (size_t)1);
	}
	if (*text)
		buf_adds(out, ELLIPSIS);
}
