/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other processes' memory: the bodies for both coverages, and the hooks of full coverage.
 *
 * security_ptrace_access_check  attaching, process_vm_readv and writev, opening /proc/PID/mem, pidfd_getfd. It does not say
 *                               which way the bytes go, so both sides get what the other has. Mode READ is not taken for
 *                               it: ps and lsof ask for that about everybody.
 * arch_ptrace, compat_arch_ptrace  each peek and poke: the tracee may have been labelled after it was attached to
 * dump_emit                     a core file, or the pipe to a handler, gets what the dying process has
 * security_file_mprotect        a shared mapping becomes writable
 * Stance: refused when a label cannot be recorded.
 */
#include "flow.bpf.h"
#include "ptrace.bpf.h"

#define PTRACE_MODE_ATTACH_ 2
#define PROT_WRITE_ 2
#define VM_SHARED_ 8

__noinline int eg_memory(__u64 to, __u64 from)
{
	struct cause why = { .source = TAINT_MEMORY, .from = task_tgid((struct task_struct *)from) };
	struct task_struct *reader = (struct task_struct *)to;
	struct proc *p = any_live() ? proc_of((struct task_struct *)from, why.from) : NULL;

	if (!p || !p->label || why.from == task_tgid(reader))
		return 0;
	return taint_task(reader, p->label, &why);
}

/* fs/proc/base.c: both files keep the address space they were opened on in private_data. Its owner may be gone, and with
 * him what could be read. */
static __always_inline struct task_struct *proc_owner(struct file *f)
{
	struct mm_struct *mm = BPF_CORE_READ(f, private_data);

	return bpf_core_field_exists(mm->owner) ? BPF_CORE_READ(mm, owner, group_leader) : NULL;
}

__noinline int eg_proc_read(__u64 file)
{
	struct task_struct *owner = proc_owner((struct file *)file);

	return owner ? eg_memory((__u64)current_task(), (__u64)owner) : 0;
}

__noinline int eg_spread_file(__u64 file)
{
	struct file *f = (struct file *)file;
	struct inode *inode = BPF_CORE_READ(f, f_inode);

	return is_proc_memory(f, inode) ? memory_written(proc_owner(f)) : eg_spread(0, (__u64)inode);
}

SEC("fmod_ret/security_ptrace_access_check")
int BPF_PROG(eg_ptrace_access, struct task_struct *child, unsigned int mode, int ret)
{
	struct task_struct *t;

	if (ret || !any_live() || !(mode & PTRACE_MODE_ATTACH_))
		return ret;
	t = (void *)EG_PROBE(ctx);
	ret = memory_read(t);
	if (ret == 0)
		ret = memory_written(t);
	return ret ? -EACCES_ : 0;
}

static __always_inline int ptraced(struct task_struct *t, __u64 request)
{
	if (!any_live())
		return 0;
	if (ptrace_reads(request))
		memory_read(t);
	if (ptrace_writes(request))
		memory_written(t);
	return 0;
}

SEC("fentry/arch_ptrace")
int BPF_PROG(eg_arch_ptrace, struct task_struct *child, long request)
{
	return ptraced((void *)EG_PROBE(ctx), request);
}

SEC("fentry/compat_arch_ptrace")
int BPF_PROG(eg_compat_ptrace, struct task_struct *child, int request)
{
	return ptraced((void *)EG_PROBE(ctx), (__u32)request);
}

SEC("fentry/dump_emit")
int BPF_PROG(eg_dump_emit, struct coredump_params *cprm)
{
	__u64 label = current_label();
	struct file *f;

	if (!label)
		return 0;
	f = BPF_CORE_READ((struct coredump_params *)EG_PROBE(ctx), file);
	if (f)
		writes(f, label);
	return 0;
}

SEC("fmod_ret/security_file_mprotect")
int BPF_PROG(eg_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
	struct vm_area_struct *v;
	struct file *f;
	__u64 label;

	if (ret || !(prot & PROT_WRITE_))
		return ret;
	label = current_label();
	if (!label)
		return 0;
	v = (void *)EG_PROBE(ctx);
	f = (BPF_CORE_READ(v, vm_flags) & VM_SHARED_) ? BPF_CORE_READ(v, vm_file) : NULL;
	return f ? writes(f, label) : 0;
}
