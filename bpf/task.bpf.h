/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Who: tasks, their identity and descriptors. All reads are probe reads on bpf_get_current_task() because cgroup
 * programs of 6.1 and 6.12 may not use the typed task (bpf_get_current_task_btf, task storage).
 */
#include "common.bpf.h"

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline __u64 task_start(struct task_struct *t)
{
	return BPF_CORE_READ(t, group_leader, start_boottime);
}

/* Changes with every exec and is the same for all threads: which image of the process this is. */
static __always_inline __u32 task_exec_id(struct task_struct *t)
{
	return BPF_CORE_READ(t, self_exec_id);
}

static __always_inline __u32 task_tgid(struct task_struct *t)
{
	return BPF_CORE_READ(t, tgid);
}

/* A function of its own: its probe reads would weigh on every caller's stack (512 bytes in all). */
EG_SUB void head_fill(struct ev_head *h, __u16 kind, __u32 len, struct task_struct *t)
{
	h->len = len;
	h->kind = kind;
	h->flags = 0;
	h->boot_ns = bpf_ktime_get_boot_ns();
	h->tgid = BPF_CORE_READ(t, tgid);
	h->tid = BPF_CORE_READ(t, pid);
	h->start_ns = task_start(t);
	h->uid = BPF_CORE_READ(t, cred, uid.val);
	h->ppid = BPF_CORE_READ(t, real_parent, tgid);
	BPF_CORE_READ_STR_INTO(&h->comm, t, group_leader, comm);
}

/* The open file behind a descriptor of t, or NULL. Racy against close: the file may be gone a moment later, which can
 * only make us label something that is no longer used (pointers are probed, never dereferenced). */
static __always_inline struct file *task_file(struct task_struct *t, __s32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(t, files, fdt);
	struct file **array, *f = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	array = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&f, sizeof(f), array + fd);
	return f;
}

/* egret's own processes are never tainted nor gated. */
static __always_inline bool exempt(const struct config *c, __u32 tgid)
{
	return tgid == c->guard || tgid == c->front || tgid == c->ship || tgid == c->ship_old;
}
