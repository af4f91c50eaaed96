/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the beginning of a TLS stream. Besides memory errors it looks for: a name that is none, an answer that
 * depends on what follows the hello, and one that changes when the same hello is cut into other records.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../src/enrich/enrich.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void must_name(const char *s)
{
	char again[HOST_NAME_LEN];

	if (*s)
		must(host_from_wire(s, strlen(s), again) == 0 && strcmp(s, again) == 0);
}

static void must_same(const struct tls_hello *a, const struct tls_hello *b)
{
	must(strcmp(a->name, b->name) == 0 && strcmp(a->alpn, b->alpn) == 0 && a->ech == b->ech);
}

/* The handshake message in records of `piece` bytes must say the same. */
static void recut(const uint8_t *msg, size_t len, size_t piece, const struct tls_hello *expected)
{
	static uint8_t stream[2 * TLS_STREAM_MAX];
	struct tls_hello h;
	size_t n = 0, at, part;

	for (at = 0; at < len; at += part) {
		part = len - at < piece ? len - at : piece;
		if (n + part + 5 > TLS_STREAM_MAX)
			return;
		memcpy(stream + n, (uint8_t[]){ 22, 3, 1, (uint8_t)(part >> 8), (uint8_t)part }, 5);
		memcpy(stream + n + 5, msg + at, part);
		n += part + 5;
	}
	must(tls_stream_read(stream, n, &h) == 0);
	must_same(&h, expected);
	must(tls_stream_read(stream, n - 1, &h) == -EAGAIN);
}

/* The same bytes as one handshake message, as QUIC has it. */
static void as_message(const uint8_t *msg, size_t len)
{
	struct tls_hello h;
	size_t used;

	if (tls_message_read(msg, len, &h) < 0)
		return;
	must_name(h.name);
	used = 4 + (size_t)(msg[1] << 16 | msg[2] << 8 | msg[3]);
	must(used <= len);
	recut(msg, used, 16384, &h);
	recut(msg, used, 1 + msg[used - 1], &h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1); /* as large as the input, so that reading past its end is seen */
	struct tls_hello h;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (tls_stream_read(copy, size, &h) == 0) {
		must(tls_begins(copy, size));
		must_name(h.name);
		must(strlen(h.alpn) < sizeof(h.alpn));
	}
	if (size > 5)
		as_message(copy + 5, size - 5);
	free(copy);
	return 0;
}
