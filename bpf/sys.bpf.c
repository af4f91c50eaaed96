/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reduced coverage: kernels that refuse trampolines see system calls only.
 *
 * tp_btf/sys_enter  a tainted process is about to write: label what it writes to, before the bytes are there
 * tp_btf/sys_exit   a process opened or read something: taint it before it returns to user space
 * Writers are handled at entry and readers at exit, so a reader that was already blocked is tainted too.
 * Stance: nothing can be refused here; a full map ends the process. io_uring is not seen by system calls (see doctor).
 *
 * The tables say per system call number what it does with which argument; user space fills them for this architecture
 * and for its 32-bit personality.
 */
#include "flow.bpf.h"
#include "special.bpf.h"

const volatile struct sys_row eg_sys[EG_SYSCALLS] = {};
const volatile struct sys_row eg_sys32[EG_SYSCALLS] = {};

#define TS_COMPAT_ 2 /* arch/x86/include/asm/thread_info.h: a 32-bit system call is active */
#define X32_BIT 0x40000000

struct call {
	struct task_struct *t;
	struct pt_regs *regs;
	__u32 compat;
	struct sys_row row;
};

static __always_inline bool call_row(struct call *k, struct pt_regs *regs, long nr)
{
	const volatile struct sys_row *row;

	k->t = (struct task_struct *)bpf_get_current_task_btf();
	k->regs = regs;
	k->compat = k->t->thread_info.status & TS_COMPAT_;
	nr &= ~(long)X32_BIT;
	if (nr < 0 || nr >= EG_SYSCALLS)
		return false;
	row = k->compat ? &eg_sys32[nr & (EG_SYSCALLS - 1)] : &eg_sys[nr & (EG_SYSCALLS - 1)];
	k->row.what = row->what;
	k->row.in = row->in;
	k->row.out = row->out;
	k->row.special = row->special;
	return k->row.what != 0;
}

/* Argument n of the call, from the registers saved at entry. */
static __always_inline __u64 call_arg(const struct call *k, __u32 n)
{
	struct pt_regs *r = k->regs;

	if (k->compat) {
		switch (n) {
		case 0: return (__u32)r->bx;
		case 1: return (__u32)r->cx;
		case 2: return (__u32)r->dx;
		case 3: return (__u32)r->si;
		case 4: return (__u32)r->di;
		default: return (__u32)r->bp;
		}
	}
	switch (n) {
	case 0: return r->di;
	case 1: return r->si;
	case 2: return r->dx;
	case 3: return r->r10;
	case 4: return r->r8;
	default: return r->r9;
	}
}

static __always_inline struct file *call_file(const struct call *k, __u32 n)
{
	return task_file(k->t, (__s32)call_arg(k, n));
}

#define MAP_SHARED_ 1
#define MAP_SHARED_VALIDATE_ 3
#define MAP_ANONYMOUS_ 0x20
#define PROT_WRITE_ 2

static __always_inline void enter_mmap(const struct call *k, __u64 label)
{
	__u64 flags = call_arg(k, 3);
	struct file *f;

	if ((flags & MAP_ANONYMOUS_) || !(flags & MAP_SHARED_) || !(call_arg(k, 2) & PROT_WRITE_))
		return;
	f = call_file(k, 4);
	if (f)
		writes(f, label);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(eg_sys_enter, struct pt_regs *regs, long nr)
{
	struct call k;
	struct file *f;
	__u64 label;

	if (!any_live() || !call_row(&k, regs, nr) || !(k.row.what & (SYS_READS | SYS_WRITES | SYS_MAPS | SYS_SPECIAL)))
		return 0;
	if (k.row.what & SYS_SPECIAL) {
		eg_special_enter(k.row.special, call_arg(&k, 0), call_arg(&k, 1), call_arg(&k, 2));
		return 0;
	}
	/* the other side of a splice, or whoever shares the buffer, has the bytes before we return: look at the source first */
	f = (k.row.what & SYS_READS) ? call_file(&k, k.row.in) : NULL;
	if (f)
		reads(f);
	if (!(k.row.what & (SYS_WRITES | SYS_MAPS)))
		return 0;
	label = current_label();
	if (!label)
		return 0;
	if (k.row.what & SYS_MAPS) {
		enter_mmap(&k, label);
		return 0;
	}
	f = call_file(&k, k.row.out);
	if (f)
		writes(f, label);
	return 0;
}

/* Opened: is it watched, is it labelled? Reading is assumed from now on (there is no later hook for mmap). */
EG_SUB int exit_open(const struct call *k, long fd)
{
	struct file *f = task_file(k->t, fd);
	struct inode *inode;
	__u32 watch = 0;

	if (!f)
		return 0;
	inode = BPF_CORE_READ(f, f_inode);
	if (inode_type(inode) != S_IFREG_ || !(BPF_CORE_READ(f, f_mode) & (FMODE_READ_ | FMODE_WRITE_)))
		return 0;
	stat_inc(ST_OPENS);
	watch_open(f, &watch);
	return any_live() && (BPF_CORE_READ(f, f_mode) & FMODE_READ_) ? read_file(f, inode, watch, 0) : 0;
}

static __always_inline void exit_copy(const struct call *k)
{
	struct file *f = call_file(k, k->row.in);
	__u64 label;

	if (f)
		reads(f);
	/* splice, sendfile, copy_file_range: what was read has already arrived at the other side */
	label = (k->row.what & SYS_WRITES) ? current_label() : 0;
	f = label ? call_file(k, k->row.out) : NULL;
	if (f)
		writes(f, label);
}

static __always_inline void exit_mmap(const struct call *k)
{
	struct file *f = (call_arg(k, 3) & MAP_ANONYMOUS_) ? NULL : call_file(k, 4);

	if (f)
		reads(f);
}

static __always_inline void moved(void)
{
	struct live *l = live();

	if (l)
		__sync_fetch_and_add(&l->dir_gen, 1);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(eg_sys_exit, struct pt_regs *regs, long ret)
{
	struct call k;

	if (ret < 0 || !call_row(&k, regs, regs->orig_ax))
		return 0;
	if (k.row.what & SYS_OPENS)
		spread_if(exit_open(&k, ret), current_task());
	else if (k.row.what & SYS_RENAMES)
		moved();
	else if (!any_live())
		return 0;
	else if (k.row.what & SYS_SPECIAL)
		eg_special_exit(k.row.special, call_arg(&k, 0), call_arg(&k, 1), call_arg(&k, 2), ret);
	else if (k.row.what & SYS_READS)
		exit_copy(&k);
	else if (k.row.what & SYS_MAPS)
		exit_mmap(&k);
	return 0;
}
