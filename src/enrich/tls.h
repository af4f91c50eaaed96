/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a TLS client says before anything is encrypted (RFC 8446, 4.1.2): the ClientHello. Bounded, no allocation, no
 * clock. The bytes are an attacker's: whatever they are, parsing ends and stays inside them.
 *
 * Nothing here believes anything: the server name is what the program wrote. Whether it may be right is for names.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host.h"

enum {
	/* Bytes of stream looked at until a hello must be complete. With post-quantum keys, tickets and ECH real ones reach
	 * 4 KiB; the protocol allows 16 MiB. */
	TLS_STREAM_MAX = 16384,
	TLS_ALPN_MAX = 64,
};

struct tls_hello {
	char name[HOST_NAME_LEN]; /* SNI in lower case, without trailing dot; "" = none was sent */
	char alpn[TLS_ALPN_MAX];  /* protocols offered, ", " between them; for display, may be shortened */
	/* The extension encrypted_client_hello is there (RFC 9849). It may be GREASE (chance bytes, name is the one that is
	 * meant) or real (name is only the provider's): nobody but the server can tell. */
	bool ech;
};

/* Whether a stream that begins with these bytes can still become a ClientHello in TLS records. */
bool tls_begins(const uint8_t *stream, size_t len);

/* The beginning of a TCP stream: records, over which the hello may be spread in any way (RFC 8446, 5.1).
 * 0; -EAGAIN: it ends before the hello does; -E2BIG: it does not end within TLS_STREAM_MAX; -EBADMSG: not a ClientHello,
 * malformed, or a name that is none. *ret is untouched unless 0 is returned. */
int tls_stream_read(const uint8_t *stream, size_t len, struct tls_hello *ret);

/* A handshake message without records (as in QUIC's CRYPTO frames): the same results. */
int tls_message_read(const uint8_t *msg, size_t len, struct tls_hello *ret);
