/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Port 53 of tainted processes: its traffic is turned to the guard's resolver on loopback, and the answers look as if
 * they came from the server that was asked.
 *
 * Redirected at connect and sendmsg (resolve_aim), told to the guard when the packet leaves (resolve_asker), turned back
 * at recvmsg and getpeername (resolve_origin). Stance: where no resolver listens, the guard is silent, or there is no
 * room, nothing is redirected; the packet gate then holds the query at port 53, on loopback too.
 */
#include "gate.bpf.h"

#define DNS_PORT 53
#define RESOLVER_SILENT_NS 10000000000ull /* the guard's sign of life is a second apart */

static __always_inline bool is_dns(__u8 proto, __u16 port)
{
	return port == DNS_PORT && (proto == IPPROTO_TCP || proto == IPPROTO_UDP);
}

static __always_inline bool addr_is_v4(const __u8 *addr)
{
	const __u32 *w = (const __u32 *)addr;

	return !w[0] && !w[1] && w[2] == bpf_htonl(0xffff);
}

static __always_inline bool same_addr(const __u8 *a, const __u8 *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* Remembers that this socket means `want` by slot. False: the slot is another server's, or there is no room. */
static __always_inline bool aim_claim(const struct aim_key *k, const struct aim *want)
{
	struct aim *have = bpf_map_lookup_elem(&eg_aims, k);

	if (!have && bpf_map_update_elem(&eg_aims, k, want, BPF_NOEXIST) == 0)
		return true;
	if (!have)
		have = bpf_map_lookup_elem(&eg_aims, k);
	return have && have->port == want->port && same_addr(have->addr, want->addr);
}

static __always_inline __u16 aim_udp(const struct resolver_ports *r, struct aim_key *k, const struct aim *want, bool v4)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < EG_DNS_SLOTS; i++) {
		k->slot = i;
		if (aim_claim(k, want))
			return v4 ? r->udp4[i] : r->udp6[i];
	}
	return 0;
}

/* The resolver's port for this destination, 0 = do not redirect. */
static __always_inline __u16 resolve_aim(const struct config *c, const struct flow_key *k, __u64 netns)
{
	struct resolver_ports *r = bpf_map_lookup_elem(&eg_resolvers, &netns);
	struct aim_key key = { .cookie = k->cookie };
	struct aim want = { .port = k->port };
	bool v4 = addr_is_v4(k->addr);

	/* a link-local server's interface is not known here; monitor mode touches nothing */
	if (c->mode != MODE_ENFORCE || (k->addr[0] == 0xfe && (k->addr[1] & 0xc0) == 0x80))
		return 0;
	if (!r || bpf_ktime_get_boot_ns() > c->heartbeat_ns + RESOLVER_SILENT_NS)
		return 0;
	__builtin_memcpy(want.addr, k->addr, 16);
	if (k->proto == IPPROTO_UDP)
		return aim_udp(r, &key, &want, v4);
	/* a TCP socket has one server at a time: the last one it was connected to */
	if (bpf_map_update_elem(&eg_aims, &key, &want, BPF_ANY))
		return 0;
	return v4 ? r->tcp4 : r->tcp6;
}

/* The server behind one of the resolver's ports, for the socket that was redirected there. */
static __always_inline struct aim *resolve_origin(__u64 cookie, __u64 netns, __u16 port, __u8 proto)
{
	struct resolver_ports *r = bpf_map_lookup_elem(&eg_resolvers, &netns);
	struct aim_key k = { .cookie = cookie };
	__u32 i;

	if (!r || !port)
		return NULL;
	if (proto == IPPROTO_TCP)
		return port == r->tcp4 || port == r->tcp6 ? bpf_map_lookup_elem(&eg_aims, &k) : NULL;
#pragma unroll
	for (i = 0; i < EG_DNS_SLOTS; i++) {
		k.slot = i;
		if (port == r->udp4[i] || port == r->udp6[i])
			return bpf_map_lookup_elem(&eg_aims, &k);
	}
	return NULL;
}

static __always_inline void aims_forget(__u64 cookie)
{
	struct aim_key k = { .cookie = cookie };
	__u32 i;

	/* verifier (6.1, 6.12): a counter that lives in the key on the stack is not seen to move ("infinite loop") */
#pragma unroll
	for (i = 0; i < EG_DNS_SLOTS; i++) {
		k.slot = i;
		if (bpf_map_delete_elem(&eg_aims, &k)) /* slots are filled from the first */
			return;
	}
}

struct dns_end { /* the near end of a redirected packet, as the packet has it */
	__u8 addr[16];
	__u16 port, to;
	__u8 proto;
};

/* A packet of a gated socket goes to the resolver: the guard must know whose it is and whom it meant. */
static __always_inline bool resolve_asker(const struct gate *g, __u64 cookie, const struct dns_end *e)
{
	struct aim *server = resolve_origin(cookie, g->netns, e->to, e->proto);
	struct asker_key k = { .netns = g->netns, .port = e->port, .proto = e->proto };
	struct asker a = { .cookie = cookie, .label = g->label, .tgid = g->tgid };

	if (!server)
		return false;
	__builtin_memcpy(k.addr, e->addr, 16);
	a.server = *server;
	bpf_map_update_elem(&eg_askers, &k, &a, BPF_ANY);
	return true;
}
