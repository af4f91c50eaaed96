/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes into the DNS parser; what it accepts must keep the promises of dns.h. A libFuzzer target, and the oracle that
 * the unit test runs over the corpus and over mutations of it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../src/enrich/enrich.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Canonical text: printable, lower case, no empty label, every text ended inside the pool. */
static void require_name(const struct dns_message *m, uint16_t offset)
{
	const char *s = dns_text(m, offset);
	size_t len = strlen(s), i;

	require(offset > 0 && offset < m->pool_len && offset + len < m->pool_len && len > 0 && len < DNS_TEXT_MAX);
	for (i = 0; i < len; i++)
		require(s[i] > 0x20 && s[i] < 0x7f && !(s[i] >= 'A' && s[i] <= 'Z'));
	require(strcmp(s, ".") == 0 || (s[0] != '.' && s[len - 1] != '.' && !strstr(s, "..")));
}

static void require_chain(const struct dns_message *m, size_t i)
{
	struct dns_chain c;

	if (dns_chain(m, i, &c) < 0)
		return;
	require(c.n >= 1 && c.n <= DNS_STEPS_MAX);
	require(strcmp(c.names[0], dns_text(m, m->question)) == 0);
	require(strcmp(c.names[c.n - 1], dns_text(m, m->answers[i].owner)) == 0);
	require(c.ttl <= m->answers[i].ttl);
}

static void require_message(const struct dns_message *m)
{
	size_t i;

	require(m->n_answers <= DNS_ANSWERS_MAX && m->n_steps >= 1 && m->n_steps <= DNS_STEPS_MAX);
	require(m->pool_len <= DNS_POOL_MAX);
	require_name(m, m->question);
	for (i = 0; i < m->n_answers; i++) {
		const struct dns_answer *a = &m->answers[i];

		require_name(m, a->owner);
		if (a->target)
			require_name(m, a->target);
		require(a->step >= -1 && a->step < (int)m->n_steps && a->ttl <= INT32_MAX);
		require_chain(m, i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_message m;

	if (dns_parse(data, size, &m) == 0)
		require_message(&m);
	return 0;
}
