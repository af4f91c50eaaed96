/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a QUIC client says first: the ClientHello in its Initial packets (RFC 9000 and 9001; version 2: RFC 9369). They are
 * encrypted with keys that anybody can derive from the packet itself; that keeps middleboxes honest and hides nothing.
 *
 * A hello may be spread over several CRYPTO frames, packets and datagrams, in any order (browsers do so on purpose). It is
 * put together in a fixed buffer; bytes that come twice must be the same both times. No allocation, no clock.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tls.h"

enum {
	QUIC_CRYPTO_MAX = 8192, /* servers need to buffer 4 KiB (RFC 9000, 7.5) */
	QUIC_CID_MAX = 20,      /* RFC 9000, 17.2 */
	QUIC_PACKETS_MAX = 64,  /* Initial packets decrypted per flow: each costs some microseconds */
};

struct quic_opening {
	uint32_t version; /* of the first Initial; 0 = none yet */
	unsigned packets;
	uint8_t cid_len, cid[QUIC_CID_MAX]; /* its destination connection id: the keys come from it */
	uint8_t crypto[QUIC_CRYPTO_MAX];
	uint8_t have[QUIC_CRYPTO_MAX / 8];  /* which bytes of crypto are there */
};

/* Whether a datagram may begin with a client's Initial of a version we can read. Pure; no keys are tried. */
bool quic_begins(const uint8_t *datagram, size_t len);

/* One datagram of the client; `q` is all zero before the first.
 * 0; -EAGAIN: well so far, but the hello is not complete; -E2BIG: nor can it be within the bounds; -EBADMSG: not a
 * client's Initial, it does not decrypt, or the hello in it is malformed. *ret is untouched unless 0 is returned. */
int quic_datagram_read(struct quic_opening *q, const uint8_t *datagram, size_t len, struct tls_hello *ret);
