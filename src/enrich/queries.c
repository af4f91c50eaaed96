/* SPDX-License-Identifier: Apache-2.0 */
#include "queries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../base/base.h"
#include "siphash.h"

enum { WAYS = 16, SETS = NAMES_QUERIES_MAX / WAYS };

/* What an answer must repeat, without holes so that it can be hashed and compared as bytes. */
struct wire_key {
	uint8_t server[ADDR_LEN];
	uint16_t id, local_port, qtype, qclass;
};
_Static_assert(sizeof(struct wire_key) == 24, "no holes");

struct query {
	struct wire_key key;
	char *question; /* NULL = free */
	pid_t pid;
	uint64_t start_ns, asked_ns;
};

struct queries {
	uint8_t hash_key[16];
	struct query sets[SETS][WAYS];
};

struct queries *queries_new(const uint8_t key[16])
{
	struct queries *q = calloc(1, sizeof(*q));

	if (q)
		memcpy(q->hash_key, key, sizeof(q->hash_key));
	return q;
}

struct queries *queries_free(struct queries *q)
{
	size_t i;

	if (!q)
		return NULL;
	for (i = 0; i < SETS * WAYS; i++)
		free(q->sets[i / WAYS][i % WAYS].question);
	free(q);
	return NULL;
}

static struct wire_key make_key(const struct names_peer *peer, const struct dns_message *m)
{
	struct wire_key k = { .id = m->id, .local_port = peer->local_port, .qtype = m->qtype, .qclass = m->qclass };

	memcpy(k.server, peer->server, sizeof(k.server));
	return k;
}

static struct query *set_of(struct queries *q, const struct wire_key *k)
{
	return q->sets[siphash(q->hash_key, k, sizeof(*k)) % SETS];
}

/* A free place, else the oldest. */
static struct query *place_for(struct query *set)
{
	struct query *best = set;
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (!set[i].question)
			return &set[i];
		if (set[i].asked_ns < best->asked_ns)
			best = &set[i];
	}
	return best;
}

int queries_add(struct queries *q, const struct names_peer *peer, const struct dns_message *m, uint64_t now_ns)
{
	struct wire_key k = make_key(peer, m);
	char *question = strdup(dns_text(m, m->question));
	struct query *place = place_for(set_of(q, &k));

	if (!question)
		return -ENOMEM;
	free(place->question);
	*place = (struct query){ k, question, peer->pid, peer->start_ns, now_ns };
	return 0;
}

bool queries_take(struct queries *q, const struct names_peer *peer, const struct dns_message *m, uint64_t now_ns,
		  pid_t *ret_pid, uint64_t *ret_start_ns)
{
	struct wire_key k = make_key(peer, m);
	struct query *set = set_of(q, &k);
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (!set[i].question || now_ns - set[i].asked_ns > NAMES_QUERY_S * UINT64_C(1000000000) ||
		    memcmp(&set[i].key, &k, sizeof(k)) != 0 || !streq(set[i].question, dns_text(m, m->question)))
			continue;
		*ret_pid = set[i].pid;
		*ret_start_ns = set[i].start_ns;
		free(set[i].question);
		set[i] = (struct query){ 0 };
		return true;
	}
	return false;
}
