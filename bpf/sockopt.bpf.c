/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket options that would show a held datagram to its sender.
 *
 * cgroup/setsockopt  IP_RECVERR and IPV6_RECVERR of a labelled or gated process (under rules for everybody: of
 *                    all) are taken without effect: with them a datagram that cgroup_skb holds fails with ENOBUFS (net/core/dev.c, net_xmit_errno), without them it
 *                    looks sent. glibc's resolver sets both. What the program loses is the early report of ICMP errors.
 * Stance: a socket that had the option before its process was labelled keeps it, and its sends fail while held.
 */
#include "label.bpf.h"

#define SOL_IP_ 0
#define IP_RECVERR_ 11
#define SOL_IPV6_ 41
#define IPV6_RECVERR_ 25
#define TAKEN (-1) /* optlen: the kernel's own handler is passed over, the caller sees success */
#define LONG_OPTION 4096

SEC("cgroup/setsockopt")
int eg_setsockopt(struct bpf_sockopt *ctx)
{
	const struct config *c = knobs();
	struct proc *p;

	/* until 6.5 an option longer than a page fails unless the program asks for the original (commit 29ebbba7d461) */
	if (ctx->optlen > LONG_OPTION)
		ctx->optlen = 0;
	if (!(ctx->level == SOL_IP_ && ctx->optname == IP_RECVERR_) &&
	    !(ctx->level == SOL_IPV6_ && ctx->optname == IPV6_RECVERR_))
		return 1;
	p = any_live() ? proc_current() : NULL;
	if ((c && c->gate_all) || (p && (p->label || (p->flags & PROC_GATED))))
		ctx->optlen = TAKEN;
	return 1;
}
