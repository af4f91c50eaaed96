/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Makers (see abi/state.h): readers that write much of their own. The guard names them once it has looked at them; until
 * then, and whenever they carry more than the guard knew, they are like everybody else.
 */
#include "label.bpf.h"

struct own_key {
	struct file_key file;
	__u32 tgid;
	__u32 _pad;
};
EG_MAP(eg_own, BPF_MAP_TYPE_LRU_HASH, struct own_key, __u64, EG_OWN_MAX, 0);

static __always_inline const struct maker *maker_of(struct task_struct *t, __u32 tgid, const struct proc *p)
{
	struct maker *m = bpf_map_lookup_elem(&eg_makers, &tgid);

	return m && m->start_ns == p->start_ns && !(p->label & ~m->label) && m->exec_id == task_exec_id(t) ? m : NULL;
}

static __always_inline bool is_maker(struct task_struct *t, __u32 tgid, const struct proc *p)
{
	return maker_of(t, tgid, p) != NULL;
}

/* The current process opened inode for writing. */
static __always_inline void own_open(struct inode *inode)
{
	struct proc *p = proc_current();
	struct own_key k = {};
	__u64 label;

	k.tgid = bpf_get_current_pid_tgid() >> 32;
	if (!p || !p->label || !is_maker(current_task(), k.tgid, p))
		return;
	label = p->label;
	file_key_fill(&k.file, inode);
	bpf_map_update_elem(&eg_own, &k, &label, BPF_ANY);
}

/* Does nothing of the label reach what the current process writes to this file or pipe? A mute one's words have nothing of
 * it; another maker's have not if it opened the file by itself, carrying no less than now. */
EG_SUB bool keeps_quiet(struct inode *inode, __u64 label, bool regular)
{
	const struct maker *m;
	struct own_key k = {};
	struct proc *p;
	__u64 *then;

	k.tgid = bpf_get_current_pid_tgid() >> 32;
	p = bpf_map_lookup_elem(&eg_procs, &k.tgid);
	m = p ? maker_of(current_task(), k.tgid, p) : NULL;
	if (!m)
		return false;
	if (m->flags & MAKER_MUTE)
		return true;
	if (!regular)
		return false;
	file_key_fill(&k.file, inode);
	then = bpf_map_lookup_elem(&eg_own, &k);
	return then && !(label & ~*then);
}
