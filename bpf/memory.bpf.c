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

__noinline int eg_memory_read(__u64 owner)
{
	struct cause why = {};
	__u64 classes = any_live() ? memory_classes((struct task_struct *)owner, &why) : 0;

	return classes ? taint_task(current_task(), classes, &why) : 0;
}

__noinline int eg_memory_written(__u64 owner)
{
	struct cause why = { .source = TAINT_MEMORY, .from = bpf_get_current_pid_tgid() >> 32 };
	struct task_struct *t = (struct task_struct *)owner;
	__u64 label = current_label();

	return label && t && task_tgid(t) != why.from ? taint_task(t, label, &why) : 0;
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
