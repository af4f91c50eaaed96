/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is at the moment, as records for the guard: iterators that it reads to the end.
 *
 * iter/task       every process: with its exact start and image, which /proc does not tell
 * iter/task_file  every connection to elsewhere that a process holds
 */
#include "rule.bpf.h"

#define TCP_ESTABLISHED_ 1

SEC("iter/task")
int eg_census_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *t = (void *)EG_PROBE(&ctx->task);
	struct ev_here ev = {};

	if (!t || BPF_CORE_READ(t, tgid) != BPF_CORE_READ(t, pid))
		return 0;
	head_fill(&ev.head, EV_HERE, sizeof(ev), t);
	ev.exec_id = task_exec_id(t);
	bpf_seq_write(ctx->meta->seq, &ev, sizeof(ev));
	return 0;
}

static __always_inline void peer_of(struct sock *sk, __u16 family, struct flow_key *k)
{
	__u32 v4;

	if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&k->addr, sk, __sk_common.skc_v6_daddr);
	} else {
		v4 = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		k->addr[10] = k->addr[11] = 0xff;
		__builtin_memcpy(k->addr + 12, &v4, 4);
	}
	k->cookie = sock_cookie(sk);
	k->port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	k->proto = BPF_CORE_READ(sk, sk_protocol);
}

SEC("iter/task_file")
int eg_census_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *t = (void *)EG_PROBE(&ctx->task);
	struct file *f = (void *)EG_PROBE(&ctx->file);
	struct ev_connect ev = {};
	struct sock *sk;
	__u16 family;

	if (!t || !f || inode_type(BPF_CORE_READ(f, f_inode)) != S_IFSOCK_)
		return 0;
	sk = file_sock(f);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (!is_inet(family))
		return 0;
	peer_of(sk, family, &ev.flow);
	if (!ev.flow.port || is_loopback(ev.flow.addr))
		return 0;
	if (ev.flow.proto == 6 && BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_ESTABLISHED_)
		return 0;
	head_fill(&ev.head, EV_CONNECT, sizeof(ev), t);
	ev.what = CONNECT_EXISTING;
	ev.exec_id = task_exec_id(t);
	bpf_seq_write(ctx->meta->seq, &ev, sizeof(ev));
	return 0;
}
