/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Another process's memory: process_vm_readv and writev, ptrace, /proc/PID/mem and environ. Whoever reads it gets the label of
 * whoever it belongs to; what a labelled process writes into it labels the owner.
 */
#include "shared.bpf.h"

/* What is in the memory of the process of `owner`, unless it is our own. */
static __always_inline __u64 memory_classes(struct task_struct *owner, struct cause *why)
{
	struct proc *p;

	why->source = TAINT_MEMORY;
	why->from = owner ? task_tgid(owner) : 0;
	if (!owner || why->from == (__u32)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	p = proc_of(owner, why->from);
	return p ? p->label : 0;
}

/* fs/proc/base.c: mem and environ keep the address space they were opened on in private_data. Its owner may be gone, and
 * with him what could be read. */
static __always_inline struct task_struct *proc_owner(struct file *f)
{
	struct mm_struct *mm = BPF_CORE_READ(f, private_data);

	return bpf_core_field_exists(mm->owner) ? BPF_CORE_READ(mm, owner, group_leader) : NULL;
}

/* The current process read, or wrote, the memory of `owner`: GREW, 0, or -1 when it cannot be recorded. */
extern int eg_memory_read(__u64 owner);
extern int eg_memory_written(__u64 owner);
/* The label that was just given to file f, or by way of it to a process, is spread. */
extern int eg_spread_file(__u64 file);

static __always_inline int memory_read(struct task_struct *owner)
{
	return spread_if(eg_memory_read((__u64)owner), current_task());
}

static __always_inline int memory_written(struct task_struct *owner)
{
	return spread_if(eg_memory_written((__u64)owner), owner);
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
