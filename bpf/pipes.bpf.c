/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Full coverage: what moves between pipes by itself. No security hook sees splice and tee between two pipes, vmsplice, or
 * the pipe end of a sendfile.
 *
 * fentry, fexit do_splice, do_tee, do_sendfile   source read, then destination written; io_uring comes by the first two
 * fentry, fexit __x64_sys_vmsplice, __ia32_...    pages given to a pipe, or taken from one
 * Before the call, because the data may have arrived by its end; after it, because the source may have been empty.
 * Stance: nothing can be refused here; a full map ends the process.
 */
#include "flow.bpf.h"

char _license[] SEC("license") = "GPL";

static __always_inline bool is_pipe(struct file *f)
{
	return inode_type(BPF_CORE_READ(f, f_inode)) == S_IFIFO_;
}

/* From one file to another, by the current process. */
static __always_inline void moves(struct file *in, struct file *out)
{
	__u64 label;

	if (!in || !out || !any_live())
		return;
	reads(in);
	label = current_label();
	if (label)
		writes(out, label);
}

static __always_inline void join(struct file *in, struct file *out, bool begins)
{
	struct file_key from = {}, to = {};

	if (!is_pipe(in) || !is_pipe(out))
		return;
	file_key_fill(&from, BPF_CORE_READ(in, f_inode));
	file_key_fill(&to, BPF_CORE_READ(out, f_inode));
	if (begins)
		bpf_map_update_elem(&eg_joints, &from, &to, BPF_ANY);
	else
		bpf_map_delete_elem(&eg_joints, &from);
}

SEC("fentry/do_splice")
int BPF_PROG(eg_splice, struct file *in, loff_t *off_in, struct file *out)
{
	struct file *from = (void *)EG_PROBE(ctx), *to = (void *)EG_PROBE(ctx + 2);

	join(from, to, true);
	moves(from, to);
	return 0;
}

SEC("fexit/do_splice")
int BPF_PROG(eg_spliced, struct file *in, loff_t *off_in, struct file *out)
{
	struct file *from = (void *)EG_PROBE(ctx), *to = (void *)EG_PROBE(ctx + 2);

	moves(from, to);
	join(from, to, false);
	return 0;
}

SEC("fentry/do_tee")
int BPF_PROG(eg_tee, struct file *in, struct file *out)
{
	struct file *from = (void *)EG_PROBE(ctx), *to = (void *)EG_PROBE(ctx + 1);

	join(from, to, true);
	moves(from, to);
	return 0;
}

SEC("fexit/do_tee")
int BPF_PROG(eg_teed, struct file *in, struct file *out)
{
	struct file *from = (void *)EG_PROBE(ctx), *to = (void *)EG_PROBE(ctx + 1);

	moves(from, to);
	join(from, to, false);
	return 0;
}

SEC("fentry/do_sendfile")
int BPF_PROG(eg_sendfile, int out, int in)
{
	struct task_struct *t = current_task();

	if (any_live())
		moves(task_file(t, in), task_file(t, out));
	return 0;
}

/* The same call gives pages to a pipe or takes them from one: the descriptor's end says which. */
static __always_inline int vmsplice_on(int fd)
{
	struct file *f;
	__u64 label;

	if (!any_live())
		return 0;
	f = task_file(current_task(), fd);
	if (!f || !is_pipe(f))
		return 0;
	if (BPF_CORE_READ(f, f_mode) & FMODE_READ_) {
		reads(f);
		return 0;
	}
	label = current_label();
	if (label)
		writes(f, label);
	return 0;
}

SEC("fentry/__x64_sys_vmsplice")
int BPF_PROG(eg_vmsplice, const struct pt_regs *regs)
{
	return vmsplice_on(PT_REGS_PARM1_CORE_SYSCALL(regs));
}

SEC("fexit/__x64_sys_vmsplice")
int BPF_PROG(eg_vmspliced, const struct pt_regs *regs)
{
	return vmsplice_on(PT_REGS_PARM1_CORE_SYSCALL(regs));
}

SEC("fentry/__ia32_sys_vmsplice")
int BPF_PROG(eg_vmsplice32, const struct pt_regs *regs)
{
	return vmsplice_on(BPF_CORE_READ(regs, bx));
}

SEC("fexit/__ia32_sys_vmsplice")
int BPF_PROG(eg_vmspliced32, const struct pt_regs *regs)
{
	return vmsplice_on(BPF_CORE_READ(regs, bx));
}
