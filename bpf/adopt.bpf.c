/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What existed before egret: iterators the guard runs once after attaching (and after a reload).
 *
 * iter/task_file  every open file of every process: watched or labelled files taint the holder; a tainted process's
 *                 sockets are gated. Run twice, so that sockets seen before the file are gated too. What the guard holds
 *                 by O_PATH is marked without being read: it shows us the secrets it knows by name (seeds.c).
 * iter/task_vma   a file that was mapped and closed
 * iter/task       marks by executable, brokers, processes that share an address space
 * Stance: a label that cannot be recorded is counted and the guard refuses to call itself enforcing.
 */
#include "flow.bpf.h"
#include "broker.bpf.h"

#define FMODE_PATH_ 0x4000

static __always_inline bool shown_by_guard(struct task_struct *t, __u32 mode)
{
	const struct config *c = knobs();

	return c && (mode & FMODE_PATH_) && task_tgid(t) == c->guard;
}

EG_SUB int adopt_file(struct task_struct *t, struct file *f, __u32 source)
{
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	struct cause why = { .path = BPF_CORE_READ(f, f_path.dentry), .source = source };
	__u32 mode = BPF_CORE_READ(f, f_mode);
	struct file_label *l;

	if (inode_type(inode) != S_IFREG_ || !((mode & FMODE_READ_) || shown_by_guard(t, mode)))
		return 0;
	watch_open(f, &why.watch);
	file_key_fill(&why.file, inode);
	l = bpf_map_lookup_elem(&eg_files, &why.file);
	return l ? taint_task(t, l->classes, &why) : 0;
}

SEC("iter/task_file")
int eg_adopt_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *t = (void *)EG_PROBE(&ctx->task);
	struct file *f = (void *)EG_PROBE(&ctx->file);
	struct proc *p;
	__u32 tgid;

	if (!t || !f)
		return 0;
	if (inode_type(BPF_CORE_READ(f, f_inode)) != S_IFSOCK_) {
		spread_if(adopt_file(t, f, TAINT_EXISTING), t);
		return 0;
	}
	tgid = task_tgid(t);
	p = proc_of(t, tgid);
	if (p && p->label)
		gate_sock(file_sock(f), p->label, tgid, GATE_OLD);
	return 0;
}

SEC("iter/task_vma")
int eg_adopt_maps(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *t = (void *)EG_PROBE(&ctx->task);
	struct vm_area_struct *vma = (void *)EG_PROBE(&ctx->vma);
	struct file *f;

	if (!t || !vma)
		return 0;
	f = BPF_CORE_READ(vma, vm_file);
	if (f)
		spread_if(adopt_file(t, f, TAINT_EXISTING), t);
	return 0;
}

EG_SUB void adopt_gated(const struct config *c, struct task_struct *t, __u32 tgid, __u64 bits)
{
	struct proc fresh = { .flags = PROC_GATED, .start_ns = task_start(t) };

	if ((bits & c->gated_exe) && c->scope != SCOPE_TREE && !proc_of(t, tgid))
		proc_add(tgid, &fresh);
}

/* Two processes in one address space since before egret. */
EG_SUB void adopt_twin(struct task_struct *t)
{
	struct task_struct *owner = NULL;
	struct mm_struct *mm = BPF_CORE_READ(t, mm);

	if (bpf_core_field_exists(mm->owner))
		owner = BPF_CORE_READ(mm, owner, group_leader);
	if (owner && owner != t)
		twin_join(owner, t);
}

SEC("iter/task")
int eg_adopt_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *t = (void *)EG_PROBE(&ctx->task);
	const struct config *c = knobs();
	struct scratch *s;
	struct file *f;
	__u32 tgid;
	__u64 bits;

	if (!t || !c)
		return 0;
	tgid = task_tgid(t);
	f = BPF_CORE_READ(t, mm, exe_file);
	if (!f || tgid != (__u32)BPF_CORE_READ(t, pid))
		return 0;
	adopt_twin(t);
	if (!(c->gated_exe | c->broker_exe))
		return 0;
	s = scratch_get();
	if (!s)
		return 0;
	bits = exe_bits(c, s, f);
	scratch_put(s);
	broker_settle(c, t, tgid, f, bits);
	adopt_gated(c, t, tgid, bits);
	return 0;
}
