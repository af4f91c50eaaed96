/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Which file: identity of inodes, taken in the kernel on both sides (stat().st_dev lies on btrfs and overlayfs).
 */
#include "task.bpf.h"

static __always_inline void file_key_fill(struct file_key *k, struct inode *i)
{
	k->ino = BPF_CORE_READ(i, i_ino);
	k->dev = BPF_CORE_READ(i, i_sb, s_dev);
	k->gen = BPF_CORE_READ(i, i_generation);
}

static __always_inline __u32 inode_type(struct inode *i)
{
	return BPF_CORE_READ(i, i_mode) & S_IFMT_;
}

/* File systems whose "files" are kernel interfaces: writing there stores nothing for others to read. */
static __always_inline bool is_kernel_fs(struct inode *i)
{
	__u64 magic = BPF_CORE_READ(i, i_sb, s_magic);

	return magic == PROC_MAGIC || magic == SYSFS_MAGIC || magic == CGROUP2_MAGIC;
}

/* The socket behind a file whose inode is a socket. */
static __always_inline struct sock *file_sock(struct file *f)
{
	struct socket *s = BPF_CORE_READ(f, private_data);

	return BPF_CORE_READ(s, sk);
}

static __always_inline bool is_inet(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}
