/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Egress of processes that carry nothing, under a policy: questions of the kernel half (it waits for the word), what it
 * passed or refused by itself, and what has to go when the rules change.
 *
 * Failure stance: a word that comes too late finds the packet held (flows.c); what cannot be written is held too.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "inside.h"

static struct flow flow_of(const struct ev_head *h, const struct flow_key *k)
{
	return (struct flow){ .key = *k, .pid = (pid_t)h->tgid, .start_ns = h->start_ns, .first_ns = h->boot_ns, .kept = -1 };
}

static void write_word(struct guard *g, const struct flow_key *k, uint32_t verdict)
{
	struct flow_verdict v = { .epoch = g->config.epoch, .verdict = verdict };

	(void)sensor_verdict_set(g->sensor, k, &v);
}

static void remember(struct guard *g, const struct flow_key *k)
{
	g->told[g->n_told++ % TOLD_MAX] = *k;
}

/* Has this flow's verdict been told already, though its packet was held after all? */
bool want_told(struct guard *g, const struct flow_key *k)
{
	size_t i;

	for (i = 0; i < TOLD_MAX; i++)
		if (memcmp(&g->told[i], k, sizeof(*k)) == 0) {
			memset(&g->told[i], 0, sizeof(g->told[i]));
			return true;
		}
	return false;
}

void on_want(struct guard *g, const struct event *e)
{
	struct flow f = flow_of(e->head, &e->want->flow);
	struct decision d;
	uint32_t word;

	judge(g, &f, &d);
	if (d.verdict == V_HOLD) {
		write_word(g, &f.key, VERDICT_LATER);
		return;
	}
	word = d.verdict == V_ALLOW ? VERDICT_ALLOW : VERDICT_DENY;
	if (e->want->what & CONNECT_DATAGRAM)
		word |= VERDICT_UNTOLD;
	write_word(g, &f.key, word);
	subject_know(g, f.pid, f.start_ns);
	if (word & VERDICT_UNTOLD)
		return;
	remember(g, &f.key);
	if (f.key.port != 53 || d.verdict != V_ALLOW)
		tell_flow(g, &f, d.verdict, &d, NULL);
}

/* --- what the kernel half did -------------------------------------------------------------------------- */

static void tell_existing(struct guard *g, const struct flow *f)
{
	struct decision d = { .verdict = V_ALLOW, .reason = BECAUSE_EXISTING };

	if (want_told(g, &f->key)) /* held by several processes: once is enough */
		return;
	remember(g, &f->key);
	(void)snprintf(d.sentence, sizeof(d.sentence), "the connection was there before egret");
	(void)origin_of(g, f->pid, f->start_ns, true);
	tell_flow(g, f, V_ALLOW, &d, NULL);
}

void on_connect(struct guard *g, const struct event *e)
{
	struct flow f = flow_of(e->head, &e->connect->flow);
	struct decision d;

	if (e->connect->what & CONNECT_EXISTING) {
		tell_existing(g, &f);
	} else if (e->connect->what & CONNECT_ALLOWED) {
		judge(g, &f, &d);
		if (d.verdict != V_ALLOW)
			subject_mistrust(g, f.pid, f.start_ns);
		tell_flow(g, &f, V_ALLOW, &d, NULL);
	} else if (e->connect->what & CONNECT_REFUSED) {
		judge(g, &f, &d);
		tell_flow(g, &f, V_DENY, &d, NULL);
	}
}

/* True if the refusal was the policy's, and is told. */
bool want_refused(struct guard *g, const struct event *e)
{
	struct flow f = flow_of(e->head, &e->denied->flow);
	struct decision d;

	if (e->denied->what != DENIED_CONNECT || e->denied->label || !g->policy->ci)
		return false;
	judge(g, &f, &d);
	if (d.verdict == V_ALLOW) {
		subject_mistrust(g, f.pid, f.start_ns);
		(void)snprintf(d.sentence, sizeof(d.sentence), "refused before its name was known; allowed from now on");
	}
	tell_flow(g, &f, V_DENY, &d, NULL);
	return true;
}

/* --- new rules ----------------------------------------------------------------------------------------- */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static int revoke_one(void *user, const void *key, const void *value)
{
	struct guard *g = user;
	const struct flow_verdict *v = value;
	struct flow f = { .key = *(const struct flow_key *)key, .kept = -1 };
	struct decision d;
	struct gate gate;

	if (v->verdict != VERDICT_ALLOW || v->label || v->epoch == g->config.epoch ||
	    sensor_gate_get(g->sensor, f.key.cookie, &gate) < 0 || gate.label)
		return 0;
	f.pid = (pid_t)gate.tgid;
	f.first_ns = now_boot_ns();
	f.id = (struct flow_id){ .cookie = f.key.cookie, .netns = gate.netns, .dport = f.key.port, .proto = f.key.proto };
	memcpy(f.id.daddr, f.key.addr, sizeof(f.id.daddr));
	f.id.family = memcmp(f.key.addr, mapped, sizeof(mapped)) == 0 ? AF_INET : AF_INET6;
	judge(g, &f, &d);
	if (d.verdict == V_HOLD)
		return 0; /* its next packet is held */
	write_word(g, &f.key, d.verdict == V_ALLOW ? VERDICT_ALLOW : VERDICT_DENY);
	if (d.verdict == V_ALLOW)
		return 0;
	if (f.key.proto == IPPROTO_TCP)
		(void)act_destroy(g->act, f.pid, &f.id);
	tell_flow(g, &f, V_DENY, &d, "reload");
	return 0;
}

/* Connections that the old rules allowed and the new ones do not are ended; the others go on without being held. */
void wants_revoke(struct guard *g)
{
	if (g->policy->enforce)
		(void)sensor_walk(g->sensor, SENSOR_VERDICTS, revoke_one, g);
}
