/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Another process's memory: process_vm_readv and writev, ptrace, /proc/PID/mem and environ. Whoever reads it gets the label of
 * whoever it belongs to; what a labelled process writes into it labels the owner.
 */
#include "shared.bpf.h"

/* `to` gets what is in the memory of `from`: GREW, 0, or -1 when it cannot be recorded. */
extern int eg_memory(__u64 to, __u64 from);
/* The current process reads f, which is_proc_memory(): as above. */
extern int eg_proc_read(__u64 file);
/* The label that was just given to file f, or by way of it to a process, is spread. */
extern int eg_spread_file(__u64 file);

static __always_inline int memory_read(struct task_struct *owner)
{
	return spread_if(eg_memory((__u64)current_task(), (__u64)owner), current_task());
}

static __always_inline int memory_written(struct task_struct *owner)
{
	return spread_if(eg_memory((__u64)owner, (__u64)current_task()), owner);
}

/* /proc/PID/mem or environ? Names are as long as these two only there, among files of that kind. */
static __always_inline bool is_proc_memory(struct file *f, struct inode *inode)
{
	struct dentry *d;
	char name[4] = {};
	__u32 len;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != PROC_MAGIC)
		return false;
	d = BPF_CORE_READ(f, f_path.dentry);
	len = BPF_CORE_READ(d, d_name.len);
	if (len != 3 && len != 7)
		return false;
	bpf_probe_read_kernel(name, 3, BPF_CORE_READ(d, d_name.name));
	return len == 3 ? name[0] == 'm' && name[1] == 'e' && name[2] == 'm' : name[0] == 'e' && name[1] == 'n';
}
