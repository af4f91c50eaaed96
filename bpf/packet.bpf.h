/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * What a packet says about its flow, read through bpf_skb_load_bytes from the network header on.
 * Doubt (truncated or unknown headers) yields port 0 and no TCP flags: such a packet is treated as carrying data.
 */
#include "gate.bpf.h"

#define IPPROTO_TCP_ 6
#define IPPROTO_UDP_ 17
#define IPPROTO_UDPLITE_ 136
#define IPPROTO_SCTP_ 132
#define IPPROTO_DCCP_ 33
#define TCP_FIN_ 0x01
#define TCP_SYN_ 0x02
#define TCP_RST_ 0x04

struct packet {
	__u8 saddr[16], daddr[16];
	__u16 sport, dport;
	__u16 family;
	__u8 proto;
	__u8 tcp_flags;
	__u32 payload; /* bytes after the transport header */
	__u32 l4;      /* offset of the transport header */
};

static __always_inline void map_v4(__u8 *dst, __u32 addr)
{
	__builtin_memset(dst, 0, 10);
	dst[10] = dst[11] = 0xff;
	__builtin_memcpy(dst + 12, &addr, 4);
}

static __always_inline int packet_ports(struct __sk_buff *skb, struct packet *p)
{
	__u8 h[14];
	__u32 head = 8;

	if (p->proto != IPPROTO_TCP_ && p->proto != IPPROTO_UDP_ && p->proto != IPPROTO_UDPLITE_ &&
	    p->proto != IPPROTO_SCTP_ && p->proto != IPPROTO_DCCP_) {
		p->payload = 1;
		return 0;
	}
	if (bpf_skb_load_bytes(skb, p->l4, h, p->proto == IPPROTO_TCP_ ? 14 : 8))
		return -1;
	p->sport = h[0] << 8 | h[1];
	p->dport = h[2] << 8 | h[3];
	if (p->proto == IPPROTO_TCP_) {
		p->tcp_flags = h[13];
		head = (h[12] >> 4) * 4;
	}
	p->payload = skb->len > p->l4 + head ? skb->len - p->l4 - head : 0;
	return 0;
}

static __always_inline int packet_v4(struct __sk_buff *skb, struct packet *p)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
		return -1;
	p->family = AF_INET;
	p->proto = ip.protocol;
	p->l4 = (*(__u8 *)&ip & 15) * 4;
	map_v4(p->saddr, ip.saddr);
	map_v4(p->daddr, ip.daddr);
	if (bpf_ntohs(ip.frag_off) & 0x1fff) { /* not the first fragment: no ports */
		p->payload = 1;
		return 0;
	}
	return packet_ports(skb, p);
}

/* Extension headers that may come before the transport header (RFC 8200, 4): at most four are skipped. */
static __always_inline bool is_extension(__u8 next)
{
	return next == 0 || next == 43 || next == 60;
}

static __always_inline int packet_v6(struct __sk_buff *skb, struct packet *p)
{
	struct ipv6hdr ip;
	__u8 next, ext[2];
	__u32 off = sizeof(ip), i;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
		return -1;
	p->family = AF_INET6;
	__builtin_memcpy(p->saddr, &ip.saddr, 16);
	__builtin_memcpy(p->daddr, &ip.daddr, 16);
	next = ip.nexthdr;
	for (i = 0; i < 4 && is_extension(next); i++) {
		if (bpf_skb_load_bytes(skb, off, ext, 2))
			return -1;
		next = ext[0];
		off += (ext[1] + 1) * 8;
	}
	p->proto = next;
	p->l4 = off;
	return packet_ports(skb, p);
}

static __always_inline int packet_parse(struct __sk_buff *skb, struct packet *p)
{
	__builtin_memset(p, 0, sizeof(*p));
	p->payload = 1;
	if (skb->protocol == bpf_htons(0x0800))
		return packet_v4(skb, p);
	if (skb->protocol == bpf_htons(0x86dd))
		return packet_v6(skb, p);
	return -1;
}

static __always_inline void flow_key_fill(struct flow_key *k, __u64 cookie, const struct packet *p)
{
	__builtin_memset(k, 0, sizeof(*k));
	k->cookie = cookie;
	__builtin_memcpy(k->addr, p->daddr, 16);
	k->port = p->dport;
	k->proto = p->proto;
}
