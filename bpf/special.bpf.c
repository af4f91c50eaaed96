/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reduced coverage: what each special system call means. Reading is looked at on entry too, because who shares the buffer
 * has the bytes before the call returns; so a call that then fails has labelled its caller for nothing.
 */
#include "flow.bpf.h"
#include "find.bpf.h"
#include "ptrace.bpf.h"
#include "special.bpf.h"

#define PROT_WRITE_ 2
#define VM_SHARED_ 8
#define SHM_RDONLY_ 010000

/* What lies at the address whose protection changed. */
struct place {
	__u64 end;
	__u32 found, shared;
};

static long look(struct task_struct *t, struct vm_area_struct *vma, struct place *p)
{
	p->found = 1;
	p->end = vma->vm_end;
	p->shared = !!(vma->vm_flags & VM_SHARED_);
	return 0;
}

/* A shared mapping of a labelled process may have become writable. Most calls are about private memory: a look at the first
 * mapping tells; where its lock is taken (EBUSY), or there are more, all are walked. */
static __always_inline int now_writable(__u64 at, __u64 len)
{
	struct place p = {};

	if (!current_label())
		return 0;
	bpf_find_vma(bpf_get_current_task_btf(), at, look, &p, 0);
	if (p.found && !p.shared && at + len <= p.end)
		return 0;
	return eg_spread((__u64)current_task(), 0);
}

static __always_inline int attach_segment(__u32 id, __u64 flags)
{
	struct file *f = shm_find(id);
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	__u64 label;

	if (!f)
		return 0;
	spread_if(read_file(f, inode, 0, TAINT_MAP), current_task());
	label = (flags & SHM_RDONLY_) ? 0 : current_label();
	if (label && label_file(inode, label, FILE_DERIVED, BPF_CORE_READ(f, f_path.dentry), 0) > 0)
		eg_spread(0, (__u64)inode);
	return 0;
}

static __always_inline int other_memory(__u64 number, bool reads)
{
	struct task_struct *t = task_find(number);

	if (!t)
		return 0;
	return reads ? memory_read(t) : memory_written(t);
}

__noinline int eg_special_enter(__u64 which, __u64 a, __u64 b, __u64 c)
{
	if (which == SPECIAL_VM_READ || which == SPECIAL_VM_WRITE)
		return other_memory(a, which == SPECIAL_VM_READ);
	if (which == SPECIAL_SHMAT)
		return attach_segment(a, c);
	return 0;
}

__noinline int eg_special_exit(__u64 which, __u64 a, __u64 b, __u64 c, __s64 ret)
{
	switch (which) {
	case SPECIAL_VM_READ:
	case SPECIAL_VM_WRITE:
		return other_memory(a, which == SPECIAL_VM_READ);
	case SPECIAL_PTRACE:
		if (ptrace_reads(a))
			other_memory(b, true);
		if (ptrace_writes(a))
			other_memory(b, false);
		return 0;
	case SPECIAL_MPROTECT:
		return (c & PROT_WRITE_) ? now_writable(a, b) : 0;
	}
	return 0;
}
