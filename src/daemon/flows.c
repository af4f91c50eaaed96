/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that wait. Bounded: beyond FLOWS_MAX a new one is not remembered (it stays held by the kernel) and counted. */
#include <string.h>

#include "inside.h"

static unsigned slot(const struct flow_key *k)
{
	return (unsigned)((k->cookie * 0x9e3779b97f4a7c15ull) >> 54);
}

struct flow *flow_known(struct guard *g, const struct flow_key *k)
{
	struct flow *f;

	for (f = g->flows[slot(k)]; f; f = f->next)
		if (memcmp(&f->key, k, sizeof(*k)) == 0)
			return f;
	return NULL;
}

struct flow *flow_new(struct guard *g, const struct ev_held *ev)
{
	struct flow *f;

	f = g->n_flows < FLOWS_MAX ? calloc(1, sizeof(*f)) : NULL;
	if (!f) {
		g->lost[LOST_FLOWS]++;
		return NULL;
	}
	f->key = ev->flow;
	f->id = (struct flow_id){ .cookie = ev->flow.cookie, .netns = ev->netns, .sport = ev->sport,
				  .dport = ev->flow.port, .family = ev->family, .proto = ev->flow.proto };
	memcpy(f->id.saddr, ev->saddr, 16);
	memcpy(f->id.daddr, ev->flow.addr, 16);
	f->label = ev->label;
	f->first_ns = ev->head.boot_ns;
	f->pid = (pid_t)ev->head.tgid;
	f->how = ev->how;
	f->kept = -1;
	f->packets_end = &f->packets;
	f->next = g->flows[slot(&f->key)];
	g->flows[slot(&f->key)] = f;
	g->n_flows++;
	return f;
}

void flow_packet(struct guard *g, struct flow *f, const uint8_t *data, size_t len)
{
	struct waiting *w;

	if (!len)
		return;
	w = f->n_packets < FLOW_PACKETS_MAX ? malloc(sizeof(*w) + len) : NULL;
	if (!w) {
		g->lost[LOST_PACKETS]++;
		return;
	}
	w->next = NULL;
	w->len = len;
	memcpy(w->data, data, len);
	*f->packets_end = w;
	f->packets_end = &w->next;
	f->n_packets++;
}

void flow_drop(struct guard *g, struct flow *f)
{
	struct flow **at = &g->flows[slot(&f->key)];
	struct waiting *w, *next;

	while (*at && *at != f)
		at = &(*at)->next;
	if (*at) {
		*at = f->next;
		g->n_flows--;
	}
	act_let_go(f->kept);
	for (w = f->packets; w; w = next) {
		next = w->next;
		free(w);
	}
	free(f);
}

void flow_each(struct guard *g, void (*fn)(struct guard *, struct flow *, void *), void *user)
{
	struct flow *f, *next;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->flows); i++)
		for (f = g->flows[i]; f; f = next) {
			next = f->next;
			fn(g, f, user);
		}
}
