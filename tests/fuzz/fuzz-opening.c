/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the held packets of a flow. Input: one byte (bit 0: UDP, else TCP), then packets with two bytes of length
 * in front. Besides memory errors it looks for: a state that is left again, a host that is none.
 */
#include <netinet/in.h>
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

static void must_claim(const struct claim *s)
{
	char again[HOST_NAME_LEN];

	must(s->by != CLAIM_NOTHING && (s->name[0] || s->has_addr) && !(s->name[0] && s->has_addr));
	must(!s->name[0] || (host_from_wire(s->name, strlen(s->name), again) == 0 && strcmp(s->name, again) == 0));
	must(!s->proxied || s->port);
}

static void feed(struct opening *o, const uint8_t *data, size_t len)
{
	enum opening_state before = opening_state(o), now;
	uint8_t *copy = malloc(len + 1);

	if (!copy)
		return;
	memcpy(copy, data, len);
	now = opening_feed(o, copy, len);
	must(now == opening_state(o) && (before == OPENING_MORE || now == before));
	if (now == OPENING_NAMED)
		must_claim(opening_claim(o));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct opening *o;
	size_t at = 1, len;

	if (!size || opening_new(data[0] & 1 ? IPPROTO_UDP : IPPROTO_TCP, &o) < 0)
		return 0;
	for (; at + 2 <= size; at += len) {
		len = (size_t)(data[at] << 8 | data[at + 1]);
		at += 2;
		len = len < size - at ? len : size - at;
		feed(o, data + at, len);
	}
	(void)opening_free(o);
	return 0;
}
