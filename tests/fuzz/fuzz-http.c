/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the beginning of an HTTP/1 connection. Besides memory errors it looks for: a host that is none, an answer
 * before the head is complete, and one that changes with what follows the head.
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

static void must_host(const struct http_host *h)
{
	char again[HOST_NAME_LEN];

	must(!(h->has_addr && h->name[0]));
	if (h->name[0])
		must(host_from_wire(h->name, strlen(h->name), again) == 0 && strcmp(h->name, again) == 0);
	must(h->form != HTTP_CONNECT || h->port);
	must(h->form == HTTP_ORIGIN || h->has_addr || h->name[0]);
}

static bool same(const struct http_host *a, const struct http_host *b)
{
	return a->form == b->form && strcmp(a->name, b->name) == 0 && a->has_addr == b->has_addr && a->port == b->port;
}

/* Length of the head: where the first empty line after the request line ends. */
static size_t head_len(const uint8_t *s, size_t len)
{
	size_t i = 0, line;

	while (i < len && (s[i] == '\r' || s[i] == '\n'))
		i++;
	for (line = i; i < len; i++) {
		if (s[i] != '\n')
			continue;
		if (i == line || (i == line + 1 && s[line] == '\r'))
			return i + 1;
		line = i + 1;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct http_host h, again;
	size_t head;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (http_head_read(copy, size, &h) == 0) {
		must(http_begins(copy, size));
		must_host(&h);
		head = head_len(copy, size);
		must(head && http_head_read(copy, head, &again) == 0 && same(&h, &again));
		must(http_head_read(copy, head - 1, &again) == -EAGAIN);
	}
	free(copy);
	return 0;
}
