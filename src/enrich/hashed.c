/* SPDX-License-Identifier: Apache-2.0 */
#include "hashed.h"

#include <stdio.h>
#include <string.h>

#include <nettle/base64.h>
#include <nettle/hmac.h>

#define PART 28 /* base64 of 20 bytes */

bool hashed_is(const char *text, size_t len)
{
	return len == 3 + PART + 1 + PART && memcmp(text, "|1|", 3) == 0 && text[3 + PART] == '|' &&
	       !memchr(text + 3, '|', PART) && !memchr(text + 4 + PART, '|', PART);
}

static bool decode(const char *text, uint8_t out[SHA1_DIGEST_SIZE])
{
	uint8_t room[BASE64_DECODE_LENGTH(PART)];
	struct base64_decode_ctx c;
	size_t n = sizeof(room);

	base64_decode_init(&c);
	if (!base64_decode_update(&c, &n, room, PART, text) || !base64_decode_final(&c) || n != SHA1_DIGEST_SIZE)
		return false;
	memcpy(out, room, SHA1_DIGEST_SIZE);
	return true;
}

bool hashed_means(const char *entry, const char *host, uint16_t port)
{
	uint8_t salt[SHA1_DIGEST_SIZE], hash[SHA1_DIGEST_SIZE], is[SHA1_DIGEST_SIZE];
	struct hmac_sha1_ctx h;
	char text[300];
	int n;

	if (!hashed_is(entry, strlen(entry)) || !decode(entry + 3, salt) || !decode(entry + 4 + PART, hash))
		return false;
	n = port == 22 ? snprintf(text, sizeof(text), "%s", host) : snprintf(text, sizeof(text), "[%s]:%u", host, port);
	if (n < 0 || (size_t)n >= sizeof(text))
		return false;
	hmac_sha1_set_key(&h, sizeof(salt), salt);
	hmac_sha1_update(&h, (size_t)n, (const uint8_t *)text);
	hmac_sha1_digest(&h, sizeof(is), is);
	return memcmp(is, hash, sizeof(is)) == 0;
}
