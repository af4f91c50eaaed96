/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act/packet over arbitrary bytes. Input: one byte that picks the family, one the protocol, then the packet.
 * Besides memory errors it looks for: input changed, output longer than input, an output that is not accepted again
 * or not a fixed point (a packet prepared twice must not change).
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/act/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void prepare_twice(const struct held_packet *held)
{
	struct packet once, twice;
	struct held_packet again;

	if (packet_prepare(&once, held) < 0)
		return;
	must(once.len <= held->len && once.l4 <= once.len);
	again = (struct held_packet){.data = once.data, .len = once.len, .family = held->family, .proto = held->proto};
	must(packet_prepare(&twice, &again) == 0);
	must(twice.len == once.len && memcmp(twice.data, once.data, once.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct held_packet held;
	uint8_t *copy;

	if (size < 2)
		return 0;
	/* Exactly as large as the packet, so that reading past its end is seen. */
	copy = malloc(size - 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 2, size - 2);
	held = (struct held_packet){.data = copy, .len = size - 2, .proto = data[1]};
	held.family = data[0] & 1 ? AF_INET6 : AF_INET;
	prepare_twice(&held);
	must(memcmp(copy, data + 2, size - 2) == 0);
	free(copy);
	return 0;
}
