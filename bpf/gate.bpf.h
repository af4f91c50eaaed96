/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Which sockets are gated. A gate is keyed by the socket's cookie, which is never reused; cookies are made in
 * cgroup/sock_create and sockops, so a socket without one predates egret (the guard asks for those at start).
 */
#include "path.bpf.h"

/* A map that security depends on is full: end the process rather than forget its label. Reduced coverage has no hook
 * that can refuse; full coverage refuses the operation as well (see files.bpf.c). */
static __always_inline void full(__u32 stat)
{
	stat_inc(stat);
	bpf_send_signal(SIGKILL_);
}

/* want: what the gate is to be, or what is to be added to one that exists. Callers keep it: stack is short. */
static __always_inline int gate_put(__u64 cookie, const struct gate *want)
{
	struct gate *g = bpf_map_lookup_elem(&eg_gates, &cookie);

	if (g) {
		if ((g->label & want->label) != want->label)
			__sync_fetch_and_or(&g->label, want->label);
		if (want->label || !g->label)
			g->tgid = want->tgid;
		g->flags |= want->flags;
		if (want->netns)
			g->netns = want->netns;
		return 0;
	}
	if (bpf_map_update_elem(&eg_gates, &cookie, want, BPF_NOEXIST) == 0)
		live_add(1);
	else if (!bpf_map_lookup_elem(&eg_gates, &cookie))
		return -1;
	return 0;
}

static __always_inline int gate_add(__u64 cookie, __u64 label, __u32 tgid, __u32 flags, __u64 netns)
{
	struct gate want = { .label = label, .netns = netns, .tgid = tgid, .flags = flags };

	return gate_put(cookie, &want);
}

static __always_inline void gate_del(__u64 cookie)
{
	if (cookie && bpf_map_delete_elem(&eg_gates, &cookie) == 0)
		live_add(-1);
}

static __always_inline __u64 sock_cookie(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

/* A tainted process holds or uses sk: gate it. */
static __always_inline int gate_sock_as(struct sock *sk, struct gate *want)
{
	__u64 cookie = sock_cookie(sk);

	if (!is_inet(BPF_CORE_READ(sk, __sk_common.skc_family)))
		return 0;
	if (!cookie) {
		stat_inc(ST_NO_COOKIE);
		return 0;
	}
	want->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie);
	return gate_put(cookie, want);
}

static __always_inline int gate_sock(struct sock *sk, __u64 label, __u32 tgid, __u32 flags)
{
	struct gate want = { .label = label, .tgid = tgid, .flags = flags | GATE_TAINTED };

	return gate_sock_as(sk, &want);
}

struct fd_walk {
	struct file **array;
	struct gate want;
	__u32 max;
	__s32 failed;
};

static long fd_step(__u32 i, void *ctx)
{
	struct fd_walk *w = ctx;
	struct file *f = NULL;

	if (i >= w->max)
		return 1;
	bpf_probe_read_kernel(&f, sizeof(f), w->array + i);
	if (f && inode_type(BPF_CORE_READ(f, f_inode)) == S_IFSOCK_ && gate_sock_as(file_sock(f), &w->want))
		w->failed = 1;
	return 0;
}

/* The process just became tainted: gate every socket it already has (a connection made before the read). */
EG_SUB int gate_descriptors(struct task_struct *t, __u64 label, __u32 tgid)
{
	struct fdtable *fdt = BPF_CORE_READ(t, files, fdt);
	struct fd_walk w = { .want = { .label = label, .tgid = tgid, .flags = GATE_OLD | GATE_TAINTED } };

	w.max = BPF_CORE_READ(fdt, max_fds);
	w.array = BPF_CORE_READ(fdt, fd);
	if (w.max > EG_FDS_MAX) {
		stat_inc(ST_FDS_BEYOND);
		w.max = EG_FDS_MAX;
	}
	bpf_loop(w.max, fd_step, &w, 0);
	return w.failed ? -1 : 0;
}
