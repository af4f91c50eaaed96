/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets by name: made, connected, sent to, closed.
 *
 * cgroup/sock_create            a cookie for every inet socket; a tainted or marked process's socket is gated at birth
 * cgroup/connect4|6, sendmsg4|6 what is known to be denied gets EPERM at once; port 53 of tainted processes is turned to
 *                               the guard's resolver (dns.bpf.h); the policy on processes that carry nothing
 *                               (rule.bpf.h); telemetry of new destinations
 * cgroup/recvmsg4|6, getpeername4|6  the resolver's answers come from the server that was asked
 * sockops                       an accepted connection gets its cookie when it is established
 * cgroup/sock_release           frees the gate of datagram sockets
 * tp_btf/tcp_destroy_sock       frees the gate of TCP sockets: they outlive close() while data is unsent
 * Stance: a gate that cannot be recorded refuses the socket.
 */
#include "rule.bpf.h"
#include "dns.bpf.h"

#define ALLOW 1
#define REFUSE 0
#define LOOPBACK4 0x7f000001
#define SOCK_STREAM_ 1
#define GUARD_SILENT_NS 30000000000ull /* missed heartbeats: nobody will decide any more */

static __always_inline struct proc *known(void)
{
	return any_live() ? proc_current() : NULL;
}

static __always_inline bool marked(const struct proc *p)
{
	return p && (p->label || (p->flags & PROC_GATED));
}

static __always_inline int gate_new(__u64 cookie, __u64 netns)
{
	const struct config *c = knobs();
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct proc *p = known();

	if (!c || exempt(c, tgid) || !(marked(p) || policy_for(c, p)))
		return ALLOW;
	if (gate_add(cookie, p ? p->label : 0, tgid, p && p->label ? GATE_TAINTED : GATE_RULES,
		     netns)) {
		stat_inc(ST_FULL_GATE);
		return REFUSE;
	}
	return ALLOW;
}

SEC("cgroup/sock_create")
int eg_sock_create(struct bpf_sock *sk)
{
	return gate_new(bpf_get_socket_cookie(sk), bpf_get_netns_cookie(sk));
}

SEC("cgroup/sock_release")
int eg_sock_release(struct bpf_sock *sk)
{
	if (any_live() && sk->type != SOCK_STREAM_) {
		gate_del(bpf_get_socket_cookie(sk));
		aims_forget(bpf_get_socket_cookie(sk));
	}
	return ALLOW;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(eg_tcp_destroy, struct sock *sk)
{
	if (any_live()) {
		gate_del(sock_cookie(sk));
		aims_forget(sock_cookie(sk));
	}
	return 0;
}

SEC("sockops")
int eg_sockops(struct bpf_sock_ops *ops)
{
	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_get_socket_cookie(ops);
	return 1;
}

/* Telemetry, and for port 53 the decision ring: who asked must be known before the answer comes. */
static __always_inline void emit_connect(const struct config *c, const struct flow_key *k, __u32 what)
{
	bool dns = k->port == 53;
	struct ev_connect *ev;

	if (!c->telemetry && !dns && !(what & CONNECT_ALLOWED))
		return;
	ev = dns ? bpf_ringbuf_reserve(&eg_decisions, sizeof(*ev), 0)
		 : bpf_ringbuf_reserve(&eg_telemetry, sizeof(*ev), 0);
	if (!ev) {
		stat_inc(dns ? ST_LOST_DECISION : ST_LOST_TELEMETRY);
		return;
	}
	head_fill(&ev->head, EV_CONNECT, sizeof(*ev), current_task());
	ev->flow = *k;
	ev->what = what;
	ev->exec_id = task_exec_id(current_task());
	bpf_ringbuf_submit(ev, 0);
}

/* Whoever tries in a loop is told of once in a while, and never so that it crowds out what others wait for. */
#define REFUSED_AGAIN_NS 1000000000ull

static __always_inline bool refused_lately(const struct config *c, const struct flow_key *k)
{
	struct advance_key a = { .tgid = bpf_get_current_pid_tgid() >> 32, .port = k->port, .proto = k->proto };
	struct flow_verdict *v, now = { .epoch = c->epoch, .verdict = VERDICT_DENY };

	__builtin_memcpy(a.addr, k->addr, 16);
	now.until_ns = bpf_ktime_get_boot_ns();
	v = bpf_map_lookup_elem(&eg_advance, &a);
	if (v && v->epoch == c->epoch && now.until_ns < v->until_ns)
		return true;
	now.until_ns += REFUSED_AGAIN_NS;
	bpf_map_update_elem(&eg_advance, &a, &now, BPF_ANY);
	return false;
}

static __always_inline void emit_refused(const struct flow_key *k, __u64 label)
{
	struct ev_denied *ev = bpf_ringbuf_reserve(&eg_decisions, sizeof(*ev), 0);

	stat_inc(ST_DENIED);
	if (!ev) {
		stat_inc(ST_LOST_DECISION);
		return;
	}
	__builtin_memset(ev, 0, sizeof(*ev));
	head_fill(&ev->head, EV_DENIED, sizeof(*ev), current_task());
	ev->flow = *k;
	ev->label = label;
	ev->what = DENIED_CONNECT;
	bpf_ringbuf_submit(ev, 0);
}

static __always_inline bool denied_in_advance(const struct config *c, const struct flow_key *k, __u32 tgid,
					      __u64 label)
{
	struct advance_key a = { .tgid = tgid, .port = k->port, .proto = k->proto };
	struct flow_verdict *v;

	__builtin_memcpy(a.addr, k->addr, 16);
	v = bpf_map_lookup_elem(&eg_advance, &a);
	return v && v->verdict == VERDICT_DENY && v->epoch == c->epoch && !(label & ~v->label) &&
	       (!v->until_ns || bpf_ktime_get_boot_ns() < v->until_ns);
}

static __always_inline bool guard_silent(const struct config *c)
{
	return bpf_ktime_get_boot_ns() > c->heartbeat_ns + GUARD_SILENT_NS;
}

/* The policy's word on a process that carries nothing, known here. */
static __always_inline int ruled(const struct config *c, const struct flow_key *k, __u32 what, __u32 v)
{
	if (what & CONNECT_DATAGRAM) { /* libc does this to choose among addresses: only a packet counts */
		verdict_put(c, k, v | VERDICT_UNTOLD);
		return ALLOW;
	}
	if (v == VERDICT_ALLOW) {
		verdict_put(c, k, VERDICT_ALLOW);
		if (!is_dns_port(k))
			emit_connect(c, k, what | CONNECT_ALLOWED);
		return ALLOW;
	}
	if (refused_lately(c, k))
		stat_inc(ST_DENIED);
	else
		emit_refused(k, 0);
	return REFUSE;
}

static __always_inline int ask(struct bpf_sock_addr *ctx, const struct config *c, const struct flow_key *k, __u32 what)
{
	if (guard_silent(c)) {
		stat_inc(ST_DENIED);
		return REFUSE;
	}
	bpf_map_delete_elem(&eg_verdicts, k); /* another process's, of another time */
	if (!emit_want(k, bpf_get_netns_cookie(ctx), what) || (what & CONNECT_DATAGRAM))
		return ALLOW;
	return wait_for_word(c, k) == VERDICT_DENY ? REFUSE : ALLOW;
}

static __always_inline int rule(struct bpf_sock_addr *ctx, const struct config *c, const struct flow_key *k, __u32 what,
				__u32 owner)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, v = owner == tgid ? decided_before(c, k) : VERDICT_NONE;

	if (v != VERDICT_NONE)
		return v == VERDICT_ALLOW ? ALLOW : REFUSE;
	if (k->proto == 17 && !(what & CONNECT_SEND))
		what |= CONNECT_DATAGRAM;
	v = subject_verdict(c, k, tgid);
	return v == VERDICT_HOLD ? ask(ctx, c, k, what) : ruled(c, k, what, v);
}

/* Who used the socket last: what was decided for another process counts no more. */
static __always_inline __u32 gate_owner(__u64 cookie)
{
	struct gate *g = bpf_map_lookup_elem(&eg_gates, &cookie);

	return g ? g->tgid : 0;
}

/* *turn: the port of the guard's resolver on loopback to go to instead, 0 = go on. A socket that is bound to a device
 * cannot reach loopback: its questions wait at the packet gate. */
static __always_inline int aim(struct bpf_sock_addr *ctx, struct flow_key *k, __u32 what, __u16 *turn)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, owner;
	const struct config *c = knobs();
	bool policy, mark;
	struct proc *p;

	if (!c || exempt(c, tgid))
		return ALLOW;
	k->cookie = bpf_get_socket_cookie(ctx);
	emit_connect(c, k, what);
	p = known();
	mark = marked(p);
	policy = policy_for(c, p) && !is_loopback(k->addr);
	if (!mark && !policy)
		return ALLOW;
	owner = gate_owner(k->cookie);
	if (gate_new(k->cookie, bpf_get_netns_cookie(ctx)) == REFUSE)
		return REFUSE;
	if (p && p->label && is_dns(k->proto, k->port) && !ctx->sk->bound_dev_if)
		*turn = resolve_aim(c, k, bpf_get_netns_cookie(ctx));
	if (*turn || c->mode != MODE_ENFORCE)
		return ALLOW;
	if (mark && (denied_in_advance(c, k, tgid, p->label) || (p->label && guard_silent(c)))) {
		emit_refused(k, p->label);
		return REFUSE;
	}
	if (!policy || (p && p->label))
		return ALLOW;
	return rule(ctx, c, k, what, owner);
}

static __always_inline int aim4(struct bpf_sock_addr *ctx, __u32 what)
{
	__u32 addr = ctx->user_ip4;
	struct flow_key k = {};
	__u16 turn = 0;
	int verdict;

	k.addr[10] = k.addr[11] = 0xff;
	__builtin_memcpy(k.addr + 12, &addr, 4);
	k.port = bpf_ntohs(ctx->user_port);
	k.proto = ctx->protocol;
	/* loopback is never refused: it carries the label */
	if ((addr & 0xff) == 127 && !is_dns(k.proto, k.port))
		return ALLOW;
	verdict = aim(ctx, &k, what, &turn);
	if (turn) {
		ctx->user_ip4 = bpf_htonl(LOOPBACK4);
		ctx->user_port = bpf_htons(turn);
	}
	return verdict;
}

static __always_inline int aim6(struct bpf_sock_addr *ctx, __u32 what)
{
	__u32 addr[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	struct flow_key k = {};
	__u16 turn = 0;
	int verdict;

	__builtin_memcpy(k.addr, addr, 16);
	k.port = bpf_ntohs(ctx->user_port);
	k.proto = ctx->protocol;
	verdict = aim(ctx, &k, what, &turn);
	if (turn) { /* a v4-mapped destination stays one */
		ctx->user_ip6[0] = 0;
		ctx->user_ip6[1] = 0;
		ctx->user_ip6[2] = addr_is_v4(k.addr) ? bpf_htonl(0xffff) : 0;
		ctx->user_ip6[3] = addr_is_v4(k.addr) ? bpf_htonl(LOOPBACK4) : bpf_htonl(1);
		ctx->user_port = bpf_htons(turn);
	}
	return verdict;
}

SEC("cgroup/connect4")
int eg_connect4(struct bpf_sock_addr *ctx)
{
	return aim4(ctx, 0);
}

SEC("cgroup/sendmsg4")
int eg_sendmsg4(struct bpf_sock_addr *ctx)
{
	return aim4(ctx, CONNECT_SEND);
}

SEC("cgroup/connect6")
int eg_connect6(struct bpf_sock_addr *ctx)
{
	return aim6(ctx, 0);
}

SEC("cgroup/sendmsg6")
int eg_sendmsg6(struct bpf_sock_addr *ctx)
{
	return aim6(ctx, CONNECT_SEND);
}

/* What the caller sees of the other end: the server that it asked, where it was the guard's resolver that answered. */
static __always_inline struct aim *origin(struct bpf_sock_addr *ctx)
{
	if (!any_live())
		return NULL;
	return resolve_origin(bpf_get_socket_cookie(ctx), bpf_get_netns_cookie(ctx), bpf_ntohs(ctx->user_port), ctx->protocol);
}

static __always_inline int name4(struct bpf_sock_addr *ctx)
{
	struct aim *a = ctx->user_ip4 == bpf_htonl(LOOPBACK4) ? origin(ctx) : NULL;
	__u32 addr;

	if (a) {
		__builtin_memcpy(&addr, a->addr + 12, 4);
		ctx->user_ip4 = addr;
		ctx->user_port = bpf_htons(a->port);
	}
	return ALLOW;
}

static __always_inline int name6(struct bpf_sock_addr *ctx)
{
	bool loopback = !ctx->user_ip6[0] && !ctx->user_ip6[1] &&
			(ctx->user_ip6[3] == bpf_htonl(1) || ctx->user_ip6[3] == bpf_htonl(LOOPBACK4));
	struct aim *a = loopback ? origin(ctx) : NULL;
	__u32 addr[4];

	if (a) {
		__builtin_memcpy(addr, a->addr, 16);
		ctx->user_ip6[0] = addr[0];
		ctx->user_ip6[1] = addr[1];
		ctx->user_ip6[2] = addr[2];
		ctx->user_ip6[3] = addr[3];
		ctx->user_port = bpf_htons(a->port);
	}
	return ALLOW;
}

SEC("cgroup/recvmsg4")
int eg_recvmsg4(struct bpf_sock_addr *ctx)
{
	return name4(ctx);
}

SEC("cgroup/recvmsg6")
int eg_recvmsg6(struct bpf_sock_addr *ctx)
{
	return name6(ctx);
}

SEC("cgroup/getpeername4")
int eg_getpeername4(struct bpf_sock_addr *ctx)
{
	return name4(ctx);
}

SEC("cgroup/getpeername6")
int eg_getpeername6(struct bpf_sock_addr *ctx)
{
	return name6(ctx);
}
