/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate itself: every IP packet of every socket of the cgroup root passes here, on any kernel we support.
 *
 * cgroup_skb/egress   a gated socket's packet passes on a verdict for exactly (socket, label, destination); without one
 *                     it is held: 0 keeps TCP data in the socket (retransmitted later), 2 makes a datagram look sent
 *                     (the guard re-emits its copy). Monitor mode lets it pass and reports it.
 * cgroup_skb/ingress  a labelled loopback packet hands its label to the receiving socket; DNS answers go to the guard
 * Stance: a miss, an old epoch, a label the verdict does not cover, an unparsable packet of a tainted socket = hold.
 */
#include "packet.bpf.h"
#include "dns.bpf.h"

char _license[] SEC("license") = "GPL";

#define PASS 1
#define DROP 0
#define DROP_QUIETLY 2

/* Loopback is not held: remember the label for the ingress side. */
static __always_inline void carry(const struct packet *p, const struct gate *g)
{
	struct loop_label l = { .label = g->label, .seen_ns = bpf_ktime_get_boot_ns(), .tgid = g->tgid };
	struct live *n = live();
	struct loop_key k = {};

	if (!p->payload || !g->label)
		return;
	__builtin_memcpy(k.saddr, p->saddr, 16);
	__builtin_memcpy(k.daddr, p->daddr, 16);
	k.sport = p->sport;
	k.dport = p->dport;
	k.proto = p->proto;
	bpf_map_update_elem(&eg_loops, &k, &l, BPF_ANY);
	if (n && !n->loops)
		n->loops = 1;
}

static __always_inline bool covers(const struct flow_verdict *v, const struct config *c, __u64 label)
{
	return v && v->epoch == c->epoch && !(label & ~v->label) &&
	       (!v->until_ns || bpf_ktime_get_boot_ns() < v->until_ns);
}

/* TCP segments without data, but SYN: nothing of the process's bytes is in them, and acknowledging keeps the peer's
 * side of the connection alive while ours is held. */
static __always_inline bool bare_ack(const struct packet *p)
{
	return p->proto == IPPROTO_TCP_ && !p->payload && !(p->tcp_flags & (TCP_SYN_ | TCP_FIN_));
}

static __always_inline void held_fill(struct ev_held *ev, const struct gate *g, const struct packet *p,
				      const struct flow_key *k, __u32 how)
{
	__builtin_memset(&ev->head, 0, sizeof(ev->head));
	ev->head.kind = EV_HELD;
	ev->head.boot_ns = bpf_ktime_get_boot_ns();
	ev->head.tgid = g->tgid;
	ev->flow = *k;
	__builtin_memcpy(ev->saddr, p->saddr, 16);
	ev->label = g->label;
	ev->netns = g->netns;
	ev->sport = p->sport;
	ev->family = p->family;
	ev->how = how;
}

struct held_record {
	struct ev_held ev;
	__u8 data[EG_PKT_MAX];
};

/* The record with a copy of the packet. The ring's memory is our only large buffer: this may run in softirq. */
static __always_inline int emit_held(struct __sk_buff *skb, const struct gate *g, const struct packet *p,
				     const struct flow_key *k, __u32 how)
{
	bool older = p->proto == IPPROTO_TCP_ && !(p->tcp_flags & TCP_SYN_);
	__u32 len = skb->len;
	struct held_record *r;

	r = bpf_ringbuf_reserve(&eg_decisions, sizeof(*r), 0);
	if (!r) {
		stat_inc(ST_LOST_DECISION);
		return -1;
	}
	if (older)
		how |= HELD_CONNECTED;
	if (len > EG_PKT_MAX)
		how |= HELD_PARTIAL;
	held_fill(&r->ev, g, p, k, how);
	r->ev.full_len = len;
	r->ev.pkt_len = 0;
	/* verifier (6.1): the bound must be visible in the register that is passed */
	len = ((len - 1) & (EG_PKT_MAX - 1)) + 1;
	if (!(how & (HELD_PARTIAL | HELD_CONNECTED)) && !bpf_skb_load_bytes(skb, 0, r->data, len))
		r->ev.pkt_len = len;
	r->ev.head.len = sizeof(r->ev) + r->ev.pkt_len;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static __always_inline int hold(struct __sk_buff *skb, const struct config *c, const struct gate *g,
				const struct packet *p, const struct flow_key *k, const struct flow_verdict *old)
{
	struct flow_verdict v = { .label = g->label, .epoch = c->epoch, .verdict = VERDICT_HOLD };
	bool tcp = p->proto == IPPROTO_TCP_;
	bool known = covers(old, c, g->label) && old->verdict == VERDICT_HOLD;

	stat_inc(ST_HELD);
	if (c->mode == MODE_MONITOR) {
		if (emit_held(skb, g, p, k, HELD_PASSED) == 0) {
			v.verdict = VERDICT_ALLOW;
			bpf_map_update_elem(&eg_verdicts, k, &v, BPF_ANY);
		}
		return PASS;
	}
	/* a TCP segment that comes again is the same one; every datagram is a new one and needs its own copy */
	if (tcp && known)
		return DROP;
	/* before the record: the guard may have written its verdict by the time the record is submitted */
	if (!known)
		bpf_map_update_elem(&eg_verdicts, k, &v, BPF_ANY);
	if (emit_held(skb, g, p, k, 0) && !known)
		bpf_map_delete_elem(&eg_verdicts, k); /* nobody was told: the next segment tries again */
	return tcp ? DROP : DROP_QUIETLY;
}

/* The first packet of a datagram socket whose connect was ruled on: whose, is known by the gate only. */
static __always_inline void tell_first(struct flow_verdict *v, const struct gate *g, const struct flow_key *k)
{
	bool refused = v->verdict == (VERDICT_DENY | VERDICT_UNTOLD);
	struct ev_connect *ev;

	v->verdict &= ~VERDICT_UNTOLD;
	if (k->port == 53 && !refused)
		return;
	ev = refused ? bpf_ringbuf_reserve(&eg_decisions, sizeof(*ev), 0)
		     : bpf_ringbuf_reserve(&eg_telemetry, sizeof(*ev), 0);
	if (!ev) {
		stat_inc(refused ? ST_LOST_DECISION : ST_LOST_TELEMETRY);
		return;
	}
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->head.len = sizeof(*ev);
	ev->head.kind = EV_CONNECT;
	ev->head.boot_ns = bpf_ktime_get_boot_ns();
	ev->head.tgid = g->tgid;
	ev->flow = *k;
	ev->what = CONNECT_SEND | (refused ? CONNECT_REFUSED : CONNECT_ALLOWED);
	bpf_ringbuf_submit(ev, 0);
}

/* Loopback carries the label and is not held, but for questions to a stub resolver, which would pass them on as its own:
 * those are held if they were not turned to the guard's resolver. False: held. */
static __always_inline bool pass_loopback(const struct packet *p, const struct gate *g, __u64 cookie)
{
	struct dns_end e = { .port = p->sport, .to = p->dport, .proto = p->proto };

	if (g->label && is_dns(p->proto, p->dport))
		return false;
	__builtin_memcpy(e.addr, p->saddr, 16);
	if (!resolve_asker(g, cookie, &e))
		carry(p, g);
	return true;
}

static __always_inline int judge(struct __sk_buff *skb, const struct config *c, const struct gate *g, __u64 cookie)
{
	struct flow_verdict *v;
	struct packet p;
	struct flow_key k;

	if (packet_parse(skb, &p))
		return g->label && c->mode == MODE_ENFORCE ? DROP : PASS;
	if (skb->ifindex == 1 && pass_loopback(&p, g, cookie)) /* lo has index 1 in every network namespace */
		return PASS;
	if (bare_ack(&p))
		return PASS;
	flow_key_fill(&k, cookie, &p);
	v = bpf_map_lookup_elem(&eg_verdicts, &k);
	if (covers(v, c, g->label)) {
		if (v->verdict & VERDICT_UNTOLD)
			tell_first(v, g, &k);
		if (v->verdict == VERDICT_ALLOW) {
			stat_inc(ST_ALLOWED);
			return PASS;
		}
		if (v->verdict == VERDICT_DENY) {
			stat_inc(ST_DENIED);
			/* denied just after its connect had stopped waiting for that word: the guard must end the socket */
			if ((p.tcp_flags & TCP_SYN_) && !g->label)
				emit_held(skb, g, &p, &k, 0);
			return DROP;
		}
	}
	return hold(skb, c, g, &p, &k, v);
}

SEC("cgroup_skb/egress")
int eg_egress(struct __sk_buff *skb)
{
	const struct config *c = knobs();
	struct gate *g;
	__u64 cookie;

	if (!c || !any_live())
		return PASS;
	cookie = bpf_get_socket_cookie(skb);
	g = cookie ? bpf_map_lookup_elem(&eg_gates, &cookie) : NULL;
	if (!g || (!g->label && !(g->flags & GATE_RULES)))
		return PASS;
	return judge(skb, c, g, cookie);
}

/* A labelled loopback packet arrives: whoever reads this socket gets the label. */
static __always_inline void deliver(struct __sk_buff *skb, const struct packet *p)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	struct loop_label *l;
	struct loop_key k = {};
	struct gate *g;

	__builtin_memcpy(k.saddr, p->saddr, 16);
	__builtin_memcpy(k.daddr, p->daddr, 16);
	k.sport = p->sport;
	k.dport = p->dport;
	k.proto = p->proto;
	l = bpf_map_lookup_elem(&eg_loops, &k);
	if (!l || !cookie || gate_add(cookie, 0, 0, 0, 0))
		return;
	g = bpf_map_lookup_elem(&eg_gates, &cookie);
	if (!g || (g->in_label & l->label) == l->label)
		return;
	g->in_from = l->tgid;
	__sync_fetch_and_or(&g->in_label, l->label);
}

struct dns_record {
	struct ev_dns ev;
	__u8 data[EG_PKT_MAX];
};

static __always_inline void emit_dns(struct __sk_buff *skb, const struct packet *p)
{
	__u32 off = p->l4 + 8, len = p->payload;
	struct live *l = live();
	struct dns_record *r;

	if (len < 12 || len > EG_PKT_MAX)
		return;
	r = bpf_ringbuf_reserve(&eg_decisions, sizeof(*r), 0);
	if (!r) {
		stat_inc(ST_LOST_DECISION);
		return;
	}
	__builtin_memset(&r->ev, 0, sizeof(r->ev));
	r->ev.head.kind = EV_DNS;
	r->ev.head.boot_ns = bpf_ktime_get_boot_ns();
	__builtin_memcpy(r->ev.server, p->saddr, 16);
	r->ev.cookie = bpf_get_socket_cookie(skb);
	r->ev.server_port = p->sport;
	r->ev.local_port = p->dport;
	len = ((len - 1) & (EG_PKT_MAX - 1)) + 1;
	if (bpf_skb_load_bytes(skb, off, r->data, len)) {
		bpf_ringbuf_discard(r, 0);
		return;
	}
	r->ev.dns_len = len;
	r->ev.head.len = sizeof(r->ev) + len;
	if (l) /* before the guard can have dealt with it */
		__sync_fetch_and_add(&l->dns_seen, 1);
	bpf_ringbuf_submit(r, 0);
}

SEC("cgroup_skb/ingress")
int eg_ingress(struct __sk_buff *skb)
{
	struct live *l = live();
	struct packet p;

	if (!l || packet_parse(skb, &p))
		return PASS;
	if (p.proto == IPPROTO_UDP_ && p.sport == 53)
		emit_dns(skb, &p);
	if (l->loops && skb->ifindex == 1)
		deliver(skb, &p);
	return PASS;
}
