/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* ClientHellos made by hand (RFC 8446, 4.1.2), for the tests of TLS and QUIC. The caller owns each buffer. */
#include <string.h>

#include "../../../src/base/base.h"

static inline void hello_number(struct buf *b, size_t v, unsigned bytes)
{
	while (bytes--)
		buf_addc(b, (char)(v >> 8 * bytes));
}

static inline void hello_extension(struct buf *b, unsigned type, const struct buf *data)
{
	hello_number(b, type, 2);
	hello_number(b, data->len, 2);
	buf_add(b, buf_str(data), data->len);
}

/* Contents of the server_name extension. */
static inline struct buf hello_name(const char *name)
{
	size_t n = strlen(name);
	struct buf b;

	buf_init(&b, 0);
	hello_number(&b, n + 3, 2);
	buf_addc(&b, 0);
	hello_number(&b, n, 2);
	buf_add(&b, name, n);
	return b;
}

/* A handshake message around extensions. */
static inline struct buf hello_message(const struct buf *ext)
{
	static const char head[2 + 32 + 1 + 4 + 2] = { 3, 3, [35] = 0, 2, 0x13, 1, 1, 0 };
	struct buf b;

	buf_init(&b, 0);
	buf_addc(&b, 1);
	hello_number(&b, sizeof(head) + 2 + ext->len, 3);
	buf_add(&b, head, sizeof(head));
	hello_number(&b, ext->len, 2);
	buf_add(&b, buf_str(ext), ext->len);
	return b;
}

/* The same in records of at most `piece` bytes. */
static inline struct buf hello_wrap(const struct buf *ext, size_t piece)
{
	_cleanup_buf_ struct buf m = hello_message(ext);
	struct buf b;
	size_t at, n;

	buf_init(&b, 0);
	for (at = 0; at < m.len; at += n) {
		n = MIN(piece, m.len - at);
		buf_add(&b, "\x16\x03\x01", 3);
		hello_number(&b, n, 2);
		buf_add(&b, m.data + at, n);
	}
	return b;
}

static inline struct buf hello_records(const char *name, size_t piece)
{
	_cleanup_buf_ struct buf n = hello_name(name), ext = { 0 };

	buf_init(&ext, 0);
	hello_extension(&ext, 0, &n);
	return hello_wrap(&ext, piece);
}
