/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One DNS question of a tainted process: taken in, judged as a flow of its own, sent on or refused, told.
 *
 * Failure stance: what cannot be read, is of another class than IN, wants a whole zone, or comes when too many wait is
 * refused or dropped; nothing is ever sent on that was not judged. In monitor mode nothing is turned here, the copies of
 * passing packets are judged for the record.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "budgets.h"
#include "resolver.h"

enum { CLASS_IN = 1, TYPE_IXFR = 251, TYPE_AXFR = 252, ANSWERS_TOLD = 16 };

/* --- life -------------------------------------------------------------------------------------------- */

/* What no server may be asked, whatever the name. */
static unsigned impossible(int read, const struct dns_query *q)
{
	if (read < 0)
		return read == -EOPNOTSUPP ? DNS_RCODE_NOTIMP : DNS_RCODE_FORMERR;
	if (q->qclass != CLASS_IN || q->qtype == TYPE_IXFR || q->qtype == TYPE_AXFR)
		return DNS_RCODE_REFUSED;
	return 0;
}

struct question *question_new(struct guard *g, const struct asker *who, const uint8_t *msg, size_t len)
{
	struct resolver *r = g->resolver;
	struct question *q = r->n_questions < QUESTIONS_MAX ? calloc(1, sizeof(*q)) : NULL;

	if (!q) {
		r->dropped++;
		return NULL;
	}
	q->g = g;
	q->who = *who;
	q->fd = q->end_fd = -1;
	q->serial = ++r->last_serial;
	q->early = impossible(dns_query_read(msg, len, &q->q), &q->q);
	q->next = r->questions;
	r->questions = q;
	r->n_questions++;
	return q;
}

void question_free(struct question *q)
{
	struct question **at = &q->g->resolver->questions;

	while (*at && *at != q)
		at = &(*at)->next;
	if (*at) {
		*at = q->next;
		q->g->resolver->n_questions--;
	}
	if (q->flow)
		flow_drop(q->g, q->flow);
	upstream_close(q);
	if (q->client)
		client_release(q->client);
	free((void *)q->held.data);
	free(q);
}

/* --- telling ----------------------------------------------------------------------------------------- */

static void answer_list(const struct dns_message *m, char texts[][64], const char *list[ANSWERS_TOLD + 1])
{
	size_t i, n = 0;

	for (i = 0; i < m->n_answers && n < ANSWERS_TOLD; i++) {
		const struct dns_answer *a = &m->answers[i];

		if (!a->has_addr)
			continue;
		address_text(a->addr, texts[n]);
		list[n] = texts[n];
		n++;
	}
	list[n] = NULL;
}

/* m: the answer, NULL if there is none; rcode then says why. */
static void tell_question(const struct question *q, const struct dns_message *m, unsigned rcode)
{
	const struct origin *o = origin_of(q->g, (pid_t)q->who.tgid, 0, false);
	const char *list[ANSWERS_TOLD + 1] = { NULL }, *classes[65];
	char texts[ANSWERS_TOLD][64], type[16], code[16], server[64];
	struct record r = { .kind = RECORD_DNS, .label = q->who.label, .port = q->who.server.port };

	if (m)
		answer_list(m, texts, list);
	class_names(q->g, q->who.label, classes);
	record_who(&r, NULL, o);
	r.pid = q->who.tgid;
	r.classes = classes;
	r.name = q->q.text;
	address_text(q->who.server.addr, server);
	r.address = server;
	r.proto = q->client ? "tcp" : "udp";
	r.qtype = dns_type_text(q->q.qtype, type);
	r.rcode = dns_rcode_text(m ? m->rcode : rcode, code);
	r.answers = list;
	r.verdict = verdict_name(m || rcode != DNS_RCODE_REFUSED ? V_ALLOW : V_DENY);
	r.reason = reason_name(q->reason);
	r.rule = q->rule[0] ? q->rule : NULL;
	r.would_hold = q->would_hold;
	journal_add(q->g, &r);
}

/* --- answering --------------------------------------------------------------------------------------- */

static void give(struct question *q, uint8_t *msg, size_t len)
{
	if (q->client) {
		client_reply(q->client, msg, len);
		return;
	}
	len = dns_answer_cut(&q->q, msg, len, q->q.udp_size);
	if (q->end_fd >= 0)
		(void)sendto(q->end_fd, msg, len, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&q->from, q->from_len);
}

static void learn(const struct question *q, const struct dns_message *m)
{
	struct origin *o = origin_of(q->g, (pid_t)q->who.tgid, 0, false);
	struct names_peer peer = { .pid = (pid_t)q->who.tgid, .start_ns = o ? o->start_ns : 0 };

	memcpy(peer.server, q->who.server.addr, sizeof(peer.server));
	/* a server that nobody but the asker chose is not believed */
	if (resolver_in_use(q->g, q->o->netns, peer.server) &&
	    names_learn(q->g->names, &peer, m, false, now_boot_ns()) > 0)
		answer_named(q->g, m);
}

void question_answer(struct question *q, uint8_t *msg, size_t len)
{
	static struct dns_message m;
	bool readable = dns_parse(msg, len, &m) == 0 && m.response;

	if (readable)
		learn(q, &m);
	dns_answer_fit(&q->q, msg);
	q->g->resolver->answered++;
	if (readable && !m.truncated)
		tell_question(q, &m, 0);
	give(q, msg, len);
	question_free(q);
}

void question_refuse(struct question *q, unsigned rcode)
{
	uint8_t msg[DNS_QUERY_MAX];

	q->g->resolver->refused++;
	give(q, msg, dns_reply_write(&q->q, rcode, msg));
	if (q->q.name_len)
		tell_question(q, NULL, rcode);
	question_free(q);
}

/* --- judging ----------------------------------------------------------------------------------------- */

/* The asker did not wait for our answer: what it asked first still waits. */
static struct question *repeated(const struct question *q)
{
	struct question *o;

	for (o = q->g->resolver->questions; o; o = o->next)
		if (o != q && o->who.cookie == q->who.cookie && !q->client && !q->held.data && o->q.id == q->q.id &&
		    o->q.qtype == q->q.qtype && streq(o->q.text, q->q.text) && o->from_len == q->from_len &&
		    memcmp(&o->from, &q->from, q->from_len) == 0)
			return o;
	return NULL;
}

/* A question is judged as a flow of its own: to its server, by its name. */
static struct flow *flow_for(struct question *q)
{
	struct ev_held ev = { .head = { .boot_ns = now_boot_ns(), .tgid = q->who.tgid }, .label = q->who.label };
	struct flow *f;

	ev.flow.cookie = q->who.cookie;
	ev.flow.port = q->who.server.port;
	ev.flow.proto = q->client ? IPPROTO_TCP : IPPROTO_UDP;
	memcpy(ev.flow.addr, q->who.server.addr, sizeof(ev.flow.addr));
	memcpy(ev.flow._pad, &q->serial, sizeof(ev.flow._pad));
	f = flow_new(q->g, &ev);
	if (!f)
		return NULL;
	f->question = q;
	return f;
}

static void put_up(struct question *q)
{
	struct origin *o = origin_of(q->g, (pid_t)q->who.tgid, 0, true);

	q->flow = flow_for(q);
	if (!q->flow) {
		question_free(q);
		return;
	}
	q->flow->start_ns = o ? o->start_ns : 0;
	q->state = Q_WAITS;
	judge_flow(q->g, q->flow);
}

void question_arrived(struct question *q)
{
	struct question *first = repeated(q);
	struct proc p;

	q->g->resolver->asked++;
	if (first) {
		upstream_again(first);
		question_free(q);
		return;
	}
	if (q->early) {
		q->reason = BECAUSE_UNKNOWN;
		question_refuse(q, q->early);
		return;
	}
	/* it may have read more since the packet left */
	if (sensor_proc_get(q->g->sensor, q->who.tgid, &p) == 0)
		q->who.label |= p.label;
	put_up(q);
}

void question_dest(const struct question *q, struct dest *to)
{
	uint64_t netns = q->o ? q->o->netns : q->held.netns;

	if (!resolver_in_use(q->g, netns, to->addr))
		return; /* whoever names a server of its own is judged by that */
	to->resolver = true;
	to->question = true;
	to->name = q->q.text;
	to->source = NAME_LITERAL;
}

/* The oldest process that the label came down from by forking, as far as it is remembered. */
static const struct origin *root_of(struct guard *g, const struct origin *o)
{
	unsigned depth;

	for (depth = 0; o && depth < 64; depth++) {
		const struct origin *up = o->parent ? origin_of(g, o->parent, 0, false) : NULL;

		if (!up || up == o || !up->label || up->start_ns > o->start_ns)
			break;
		o = up;
	}
	return o;
}

bool question_affordable(struct question *q, const struct flow *f, const struct dest *to)
{
	const struct origin *o = origin_of(q->g, f->pid, f->start_ns, false), *root = root_of(q->g, o);
	struct budget_key k = { .label = f->label, .uid = o && o->who ? o->who->uid : 0 };

	if (!to->question)
		return false;
	if (root && !q->g->o.tree) {
		k.pid = root->pid;
		k.start_ns = root->start_ns;
	}
	return budgets_take(q->g->resolver->budgets, &q->g->limits, &k, q->q.text, q->q.qtype, now_boot_ns());
}

/* A held packet is let go as it is if the question is allowed: its socket waits for the server itself. */
static void release_copy(struct question *q)
{
	if (!q->passed)
		(void)act_reemit(q->g->act, (pid_t)q->who.tgid, &q->held);
	question_free(q);
}

void question_judged(struct question *q, enum verdict v, const struct decision *d)
{
	q->flow = NULL;
	q->reason = d->reason;
	q->would_hold = d->would_hold;
	(void)snprintf(q->rule, sizeof(q->rule), "%s", d->rule && d->rule->id ? d->rule->id : "");
	if (q->held.data && v == V_ALLOW) {
		release_copy(q);
	} else if (v != V_ALLOW) {
		question_refuse(q, DNS_RCODE_REFUSED);
	} else if (upstream_ask(q) < 0) {
		question_refuse(q, DNS_RCODE_SERVFAIL);
	}
}

/* --- held packets ------------------------------------------------------------------------------------ */

/* A datagram to port 53 that was not redirected: its socket is older than its label, or no resolver listens there yet. */
bool question_held(struct guard *g, const struct ev_held *ev, const uint8_t *data, size_t len)
{
	struct asker who = { .cookie = ev->flow.cookie, .label = ev->label, .tgid = ev->head.tgid };
	struct held_packet p = { .data = data, .len = len, .netns = ev->netns, .family = ev->family, .proto = ev->flow.proto };
	const uint8_t *msg;
	struct question *q;
	size_t msg_len;
	void *copy;

	if (!g->resolver || ev->flow.port != 53 || !len || act_payload(&p, &msg, &msg_len) < 0)
		return false;
	(void)resolver_extend(g, (pid_t)ev->head.tgid, ev->netns);
	memcpy(who.server.addr, ev->flow.addr, sizeof(who.server.addr));
	who.server.port = ev->flow.port;
	copy = malloc(len);
	q = copy ? question_new(g, &who, msg, msg_len) : NULL;
	if (!q) {
		free(copy);
		return true;
	}
	q->held = p;
	q->held.data = memcpy(copy, data, len);
	q->passed = ev->how & HELD_PASSED;
	question_arrived(q);
	return true;
}
