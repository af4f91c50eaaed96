/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Who is a broker, settled when a program starts: its path matches the catalogue and it is the system's own file.
 *
 * A name is not enough: whoever copies curl to ~/tmux would never be labelled. The file must belong to root and be writable
 * by root only, stand under its own name (not be bind-mounted to another), and not be on a mount without set-uid: whatever
 * a user can mount by himself (FUSE, a user namespace) is one, and could claim any owner.
 */
#include "label.bpf.h"

#define MNT_NOSUID_ 1
#define S_IWGRP_IWOTH_ 0022

static __always_inline bool is_system_file(struct file *f)
{
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	struct vfsmount *m = BPF_CORE_READ(f, f_path.mnt);

	return BPF_CORE_READ(inode, i_uid.val) == 0 && !(BPF_CORE_READ(inode, i_mode) & S_IWGRP_IWOTH_) &&
	       !(BPF_CORE_READ(m, mnt_flags) & MNT_NOSUID_) && BPF_CORE_READ(f, f_path.dentry) != BPF_CORE_READ(m, mnt_root);
}

/* bits: the executable patterns that f's path matches. */
static __always_inline void broker_settle(const struct config *c, struct task_struct *t, __u32 tgid, struct file *f, __u64 bits)
{
	__u64 start = task_start(t);

	if ((bits & c->broker_exe) && is_system_file(f))
		bpf_map_update_elem(&eg_brokers, &tgid, &start, BPF_ANY); /* full: it is labelled like anybody */
	else
		bpf_map_delete_elem(&eg_brokers, &tgid);
}

/* A broker's child is one until it starts a program of its own: sshd, cron and tmux work like that. */
static __always_inline void broker_fork(const struct config *c, struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = task_tgid(child);
	__u64 start = task_start(child);

	if (c->broker_exe && is_broker(parent, task_tgid(parent)))
		bpf_map_update_elem(&eg_brokers, &tgid, &start, BPF_ANY);
}

static __always_inline void broker_exit(const struct config *c, __u32 tgid)
{
	if (c->broker_exe)
		bpf_map_delete_elem(&eg_brokers, &tgid);
}
