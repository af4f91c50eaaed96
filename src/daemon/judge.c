/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flow: who, where to, what is decided, and carrying it out.
 *
 * Failure stance: a subject that cannot be looked at any more is judged by what is remembered of it, and without that it
 * is nobody: no rule, no home can allow it. A verdict that cannot be written leaves the flow held.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "inside.h"

static bool is_resolver(const struct guard *g, const struct flow *f)
{
	size_t i;

	if (f->key.port != 53)
		return false;
	for (i = 0; i < g->resolvers.n; i++)
		if (memcmp(g->resolvers.addr[i], f->key.addr, 16) == 0)
			return true;
	return false;
}

static enum name_source source_of(enum name_how how)
{
	switch (how) {
	case HOW_DNS_OWN:
		return NAME_DNS_OWN;
	case HOW_DNS_OTHER:
		return NAME_DNS_OTHER;
	case HOW_HOSTS:
		return NAME_HOSTS;
	default:
		return NAME_NONE;
	}
}

void dest_of(struct guard *g, const struct flow *f, struct dest *to, char name[254])
{
	struct name_answer a;

	*to = (struct dest){ .port = f->key.port, .proto = f->key.proto, .resolver = is_resolver(g, f) };
	memcpy(to->addr, f->key.addr, 16);
	if (f->question)
		question_dest(f->question, to);
	if (to->name || names_lookup(g->names, f->key.addr, f->pid, f->start_ns, now_boot_ns(), &a) < 0)
		return;
	(void)snprintf(name, 254, "%s", a.name);
	to->name = name;
	to->source = source_of(a.how);
	to->ambiguous = a.ambiguous;
}

void address_text(const uint8_t addr[16], char *dst)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(addr, v4, 12) == 0)
		(void)inet_ntop(AF_INET, addr + 12, dst, INET6_ADDRSTRLEN);
	else
		(void)inet_ntop(AF_INET6, addr, dst, INET6_ADDRSTRLEN);
}

void destination_text(const struct dest *to, char *dst, size_t size)
{
	char addr[64];
	const char *host = to->name;

	if (!host) {
		address_text(to->addr, addr);
		host = addr;
	}
	if (!to->port)
		(void)snprintf(dst, size, "%s", host);
	else
		(void)snprintf(dst, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, to->port);
}

static const char *proto_name(uint8_t proto, char dst[16])
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	}
	(void)snprintf(dst, 16, "ip-%u", proto);
	return dst;
}

static const char *confidence_of(const struct dest *to)
{
	if (to->source == NAME_DNS_OWN && !to->ambiguous)
		return "high";
	return to->source == NAME_NONE ? NULL : to->ambiguous ? "low" : "medium";
}

/* The record of a settled flow. */
void tell_flow(struct guard *g, const struct flow *f, enum verdict v, const struct decision *d, const char *by)
{
	const struct origin *o = origin_of(g, f->pid, f->start_ns, false);
	char name[254], dest[300], addr[64], proto[16], rule[512];
	const char *classes[65];
	struct record r = { .kind = RECORD_FLOW };
	struct dest to;

	dest_of(g, f, &to, name);
	destination_text(&to, dest, sizeof(dest));
	address_text(to.addr, addr);
	class_names(g, f->label, classes);
	record_who(&r, NULL, o);
	r.pid = (uint32_t)f->pid;
	r.start_ns = f->start_ns;
	r.classes = classes;
	r.label = f->label;
	r.destination = dest;
	r.name = to.name;
	r.name_source = name_source_text(to.source);
	r.confidence = confidence_of(&to);
	r.ambiguous = to.ambiguous;
	r.address = addr;
	r.port = to.port;
	r.proto = proto_name(to.proto, proto);
	r.verdict = verdict_name(v);
	r.reason = reason_name(d->reason);
	r.rule = d->rule ? d->rule->id : d->key ? decision_by(d, rule, sizeof(rule)) : NULL;
	r.sentence = d->sentence;
	r.would_hold = d->would_hold;
	r.held_ms = (now_boot_ns() - f->first_ns) / 1000000;
	r.prompt = f->ask;
	r.by = by;
	r.count = f->n_packets;
	journal_add(g, &r);
}

static void release(struct guard *g, const struct flow *f)
{
	const struct waiting *w;
	struct held_packet p;

	if (f->how & HELD_PASSED)
		return;
	for (w = f->packets; w; w = w->next) {
		p = (struct held_packet){ .data = w->data, .len = w->len, .netns = f->id.netns, .family = f->id.family,
					  .proto = f->id.proto };
		(void)act_reemit(g->act, f->pid, &p);
	}
	if (f->kept >= 0)
		(void)act_push(g->act, f->kept);
	else if (f->how & HELD_CONNECTED)
		(void)act_nudge(g->act, f->pid, &f->id);
}

static void refuse(struct guard *g, const struct flow *f)
{
	struct flow_verdict v = { .label = f->label, .verdict = VERDICT_DENY, .epoch = g->config.epoch };
	struct advance_key a = { .tgid = (uint32_t)f->pid, .port = f->key.port, .proto = f->key.proto };

	memcpy(a.addr, f->key.addr, 16);
	/* a program that tries again at once is told at once; a while later a person may be asked anew */
	v.until_ns = now_boot_ns() + 10000000000ull;
	(void)sensor_advance_set(g->sensor, &a, &v);
	if (f->key.proto == IPPROTO_TCP)
		(void)act_destroy(g->act, f->pid, &f->id);
}

static void carry_out(struct guard *g, struct flow *f, enum verdict v)
{
	struct flow_verdict fv = { .label = f->label, .epoch = g->config.epoch,
				   .verdict = v == V_ALLOW ? VERDICT_ALLOW : VERDICT_DENY };

	if (!(f->how & HELD_PASSED) && sensor_verdict_set(g->sensor, &f->key, &fv) < 0)
		log_warn("a verdict could not be written: the flow stays held");
	if (v == V_ALLOW)
		release(g, f);
	else if (!(f->how & HELD_PASSED))
		refuse(g, f);
}

/* Carries the verdict out, writes the record, forgets the flow. */
void settle(struct guard *g, struct flow *f, enum verdict v, const struct decision *d, const char *by)
{
	struct question *q = f->question;

	if (!q)
		carry_out(g, f, v);
	if (!f->told && (!q || v != V_ALLOW || d->would_hold || by)) /* a question that is allowed has a record of its own */
		tell_flow(g, f, v, d, by);
	if (q)
		question_judged(q, v, d);
	flow_drop(g, f);
}

/* Whoever may ask below a domain may say anything below it: that is what a person is asked about. */
static struct dest topic_of(const struct dest *to)
{
	struct dest topic = *to;

	if (to->question)
		topic.name = question_domain(to->name);
	return topic;
}

/* A name that nothing speaks of may be looked up within limits. */
static bool afford(struct flow *f, const struct dest *to, struct decision *d)
{
	bool open = d->reason == BECAUSE_UNKNOWN || d->reason == BECAUSE_NOT_HOME;

	if (!f->question || !open || !question_affordable(f->question, f, to))
		return false;
	*d = (struct decision){ .verdict = V_ALLOW, .reason = BECAUSE_BUDGET };
	return true;
}

static void unknown_decided(struct guard *g, struct flow *f, const struct dest *to, struct decision *d,
			    const struct subject *who)
{
	uint64_t number = 0;
	enum verdict v = grant_find(g, who, to, f->label, now_boot_ns(), &number);
	struct dest topic = topic_of(to);

	if (v == V_ALLOW || v == V_DENY) {
		d->verdict = v;
		(void)snprintf(d->sentence, sizeof(d->sentence), "answered before (%llu)", (unsigned long long)number);
		settle(g, f, v, d, "answer");
		return;
	}
	if (afford(f, to, d)) {
		settle(g, f, V_ALLOW, d, NULL);
		return;
	}
	if (g->o.unknown == UNKNOWN_HOLD) {
		ask_about(g, f, &topic, d, who);
		return;
	}
	settle(g, f, g->o.unknown == UNKNOWN_ALLOW ? V_ALLOW : V_DENY, d, "unknown");
}

/* Who and where to, as far as known. */
struct judged {
	struct subject who;
	struct dest to;
	char name[254];
};

static void judge_into(struct guard *g, struct flow *f, struct judged *j, struct decision *ret)
{
	struct origin *o = origin_of(g, f->pid, f->start_ns, f->pid > 0);
	struct own_homes own;
	bool homes_known;
	struct query q = { .who = &j->who, .to = &j->to, .label = f->label, .own_homes = own.of };

	j->who = (struct subject){};
	*ret = (struct decision){ .verdict = V_HOLD };
	if (o && !f->start_ns)
		f->start_ns = o->start_ns;
	if (o && origin_who(g, o))
		j->who = subject_of(o->who);
	dest_of(g, f, &j->to, j->name);
	homes_known = homes_gather(g, o, f->label, &own);
	decide(g->policy, &q, now_wall_ms(), ret);
	f->waits_for_homes = (ret->reason == BECAUSE_UNKNOWN || ret->reason == BECAUSE_NOT_HOME) && !homes_known;
}

void judge(struct guard *g, struct flow *f, struct decision *ret)
{
	struct judged j;

	judge_into(g, f, &j, ret);
}

void judge_flow(struct guard *g, struct flow *f)
{
	struct decision d;
	struct judged j;

	judge_into(g, f, &j, &d);
	if (f->waits_for_homes)
		return;
	if (d.would_hold || d.reason == BECAUSE_NOT_HOME)
		(void)afford(f, &j.to, &d);
	if (d.verdict == V_HOLD)
		unknown_decided(g, f, &j.to, &d, &j.who);
	else
		settle(g, f, d.verdict, &d, NULL);
}
