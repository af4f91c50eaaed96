/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The opening of a flow: its first bytes, put together from held copies, and whom they say they are for. TLS, QUIC and
 * HTTP/1 are understood; everything else says nothing.
 *
 * Owner: whoever holds the flow. The bytes are an attacker's: bounded, and in doubt OPENING_HIDDEN, never a guess.
 * Invariant: once the state is not OPENING_MORE it stays.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr.h"
#include "host.h"
#include "tls.h"

enum opening_state {
	OPENING_MORE,   /* nothing yet, or a beginning of something that could name a host */
	OPENING_NAMED,   /* struct claim is filled */
	OPENING_OTHER,  /* a protocol that names no host, or one of ours that did not (TLS without SNI) */
	OPENING_HIDDEN, /* begins like one of ours but is malformed, contradicts itself or exceeds the bounds */
};

enum claim_by { CLAIM_NOTHING, CLAIM_SNI, CLAIM_QUIC_SNI, CLAIM_HTTP_HOST, CLAIM_CONNECT };

struct claim {
	enum claim_by by;
	bool proxied;             /* the host is where the peer, a proxy, shall go (CONNECT, GET http://...) */
	char name[HOST_NAME_LEN]; /* "" if the host is an address */
	bool has_addr;
	uint8_t addr[ADDR_LEN];
	uint16_t port;            /* proxied: of the host; else what Host says; 0 = not said */
	bool ech;                 /* as in struct tls_hello */
	char alpn[TLS_ALPN_MAX];  /* "" = not said */
};

struct opening;

/* For TCP or UDP; -EOPNOTSUPP for another protocol, -ENOMEM. *ret is the caller's (opening_free). */
int opening_new(uint8_t proto, struct opening **ret);
struct opening *opening_free(struct opening *o); /* NULL is fine; returns NULL */

/* A copy of a packet from the network header on, perhaps cut off at its end. The first segment with data that comes is
 * taken for the first of the flow. Packets without data, of other protocols or malformed are ignored. */
enum opening_state opening_feed(struct opening *o, const uint8_t *packet, size_t len);
enum opening_state opening_state(const struct opening *o);
/* Meaningful in OPENING_NAMED; alpn and ech also in OPENING_OTHER. Lives as long as the opening. */
const struct claim *opening_claim(const struct opening *o);
