/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a QUIC client's datagrams. Input: one byte of flags, then pieces with two bytes of length in front. Bit 0:
 * the pieces are the frames of Initial packets and are sealed here (bit 1: version 2); else they are the datagrams.
 * Besides memory errors it looks for: a name that is none, and bookkeeping that leaves its bounds.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../src/enrich/enrich.h"
#include "quic-seal.h"

enum { PIECES_MAX = 70 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static int read_one(struct quic_opening *q, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + 1); /* as large as the datagram, so that reading past its end is seen */
	char again[HOST_NAME_LEN];
	struct tls_hello h;
	int r;

	if (!copy)
		return -1;
	memcpy(copy, data, len);
	r = quic_datagram_read(q, copy, len, &h);
	must(memcmp(copy, data, len) == 0);
	must(q->packets <= QUIC_PACKETS_MAX + 1 && q->cid_len <= QUIC_CID_MAX);
	if (r == 0) {
		must(q->version != 0);
		must(!h.name[0] || host_from_wire(h.name, strlen(h.name), again) == 0);
	}
	free(copy);
	return r;
}

static size_t seal_piece(unsigned flags, uint32_t pn, const uint8_t *frames, size_t len, uint8_t *out)
{
	struct seal s = { .version = flags & 2 ? 2 : 1, .cid = (const uint8_t *)"12345678", .cid_len = 8, .pn = pn };

	return seal_initial(&s, frames, len, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct quic_opening q;
	uint8_t sealed[2048];
	size_t at = 1, len, n;
	uint32_t piece;

	memset(&q, 0, sizeof(q));
	for (piece = 0; piece < PIECES_MAX && at + 2 <= size; piece++, at += len) {
		len = (size_t)(data[at] << 8 | data[at + 1]);
		at += 2;
		len = len < size - at ? len : size - at;
		if (!(data[0] & 1)) {
			(void)read_one(&q, data + at, len);
		} else if (len >= 4 && len <= sizeof(sealed) - 64) {
			n = seal_piece(data[0], piece, data + at, len, sealed);
			(void)read_one(&q, sealed, n);
		}
	}
	return 0;
}
