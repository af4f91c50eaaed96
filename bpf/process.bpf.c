/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Process life, the same in both coverages: fork inherits, exec keeps, exit forgets.
 *
 * tp_btf/sched_process_fork  before the child runs: its entry exists before its first instruction
 * tp_btf/sched_process_exec  marks by executable (gated, ancestry), telemetry
 * tp_btf/sched_process_exit  the last thread of a group removes the entry
 * Stance: a label that cannot be inherited ends the parent (reduced) or refuses the fork (full, task_alloc).
 */
#include "flow.bpf.h"
#include "broker.bpf.h"
#include "rule.bpf.h"

char _license[] SEC("license") = "GPL";

/* The process tree must have no holes (ancestry decides) and must be known before what a process does is judged, so its
 * records go with the decisions while somebody keeps it. */
#define LIFE_RESERVE(c, size) \
	((c)->tree ? bpf_ringbuf_reserve(&eg_decisions, size, 0) : bpf_ringbuf_reserve(&eg_telemetry, size, 0))

static __always_inline void life_lost(const struct config *c)
{
	stat_inc(c->tree ? ST_LOST_DECISION : ST_LOST_TELEMETRY);
}

static __always_inline bool life_told(const struct config *c, const struct proc *p)
{
	return p || c->telemetry || (c->tree && c->scope == SCOPE_MACHINE);
}

static __always_inline void emit_fork(const struct config *c, struct task_struct *parent, struct task_struct *child,
				      __u64 label)
{
	struct ev_fork *ev = LIFE_RESERVE(c, sizeof(*ev));

	if (!ev) {
		life_lost(c);
		return;
	}
	head_fill(&ev->head, EV_FORK, sizeof(*ev), parent);
	ev->child_start_ns = task_start(child);
	ev->child = task_tgid(child);
	ev->label = label;
	ev->exec_id = task_exec_id(child);
	bpf_ringbuf_submit(ev, 0);
}

static __always_inline void inherit(struct task_struct *parent, struct task_struct *child, const struct proc *p)
{
	struct cause why = { .source = TAINT_FORK };
	struct proc mine = *p;
	__u32 tgid = task_tgid(child);

	mine.start_ns = task_start(child);
	mine.parent = task_tgid(parent);
	if (mine.label && is_maker(parent, mine.parent, p))
		mine.flags |= PROC_SHED;
	why.from = mine.parent;
	if (proc_add(tgid, &mine)) {
		full(ST_FULL_PROC);
		return;
	}
	if (mine.label)
		tell(child, &why, mine.label, mine.label);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(eg_fork, struct task_struct *parent, struct task_struct *child)
{
	const struct config *c = knobs();
	struct proc *p;

	if (!c || task_tgid(parent) == task_tgid(child))
		return 0;
	twin_join(parent, child);
	broker_fork(c, parent, child);
	p = any_live() ? proc_of(parent, task_tgid(parent)) : NULL;
	if (p)
		inherit(parent, child, p);
	if (c->gate_all)
		subject_fork(parent, child);
	if (life_told(c, p))
		emit_fork(c, parent, child, p ? p->label : 0);
	return 0;
}

/* argv as it stands in the new image; user memory, for the record only. */
static __always_inline __u32 read_argv(struct task_struct *t, char *dst)
{
	__u64 from = BPF_CORE_READ(t, mm, arg_start), to = BPF_CORE_READ(t, mm, arg_end);
	__u64 len = to - from;

	if (to <= from)
		return 0;
	if (len > EG_ARGV_MAX)
		len = EG_ARGV_MAX;
	if (bpf_probe_read_user(dst, len, (void *)from))
		return 0;
	return len;
}

/* verifier (6.1): bounds must be checked right before the register is used as an offset or a length */
static __always_inline __u32 append_path(struct scratch *s, __u32 off, __u32 len)
{
	if (len > EG_PATH_MAX)
		len = EG_PATH_MAX;
	if (off > sizeof(s->record) - EG_PATH_MAX)
		return off;
	bpf_probe_read_kernel(s->record + off, len, s->path);
	return off + len;
}

static __always_inline __u32 append_cwd(struct scratch *s, struct task_struct *t, __u32 off)
{
	struct fs_struct *fs = BPF_CORE_READ(t, fs);

	return append_path(s, off, path_text(s, BPF_CORE_READ(fs, pwd.dentry), mount_of(BPF_CORE_READ(fs, pwd.mnt))));
}

static __always_inline void exec_fill(struct ev_exec *ev, struct task_struct *t, struct file *f, __u64 label)
{
	file_key_fill(&ev->exe, BPF_CORE_READ(f, f_inode));
	ev->label = label;
	ev->exec_id = task_exec_id(t);
}

EG_SUB int emit_exec(const struct config *c, struct scratch *s, struct task_struct *t, struct linux_binprm *bprm,
		     __u64 label)
{
	struct ev_exec *ev = (struct ev_exec *)s->record;
	struct file *f = BPF_CORE_READ(bprm, file);
	__u32 argv, end, off = sizeof(*ev);
	long name, r;

	__builtin_memset(ev, 0, sizeof(*ev));
	name = bpf_probe_read_kernel_str(s->record + off, EG_NAME_MAX, BPF_CORE_READ(bprm, filename));
	name = name > 0 ? (name - 1) & (EG_NAME_MAX - 1) : 0;
	off += name;
	argv = read_argv(t, s->record + off);
	if (argv > EG_ARGV_MAX)
		argv = EG_ARGV_MAX;
	off += argv;
	end = append_path(s, off, path_text(s, BPF_CORE_READ(f, f_path.dentry), file_mount(f)));
	ev->path_len = end - off;
	off = append_cwd(s, t, end);
	ev->cwd_len = off - end;
	head_fill(&ev->head, EV_EXEC, off, t);
	exec_fill(ev, t, f, label);
	ev->filename_len = name;
	ev->argv_len = argv;
	if (off > sizeof(s->record))
		return 0;
	r = c->tree ? bpf_ringbuf_output(&eg_decisions, ev, off, 0) : bpf_ringbuf_output(&eg_telemetry, ev, off, 0);
	if (r)
		life_lost(c);
	return 0;
}

/* Marks by executable: its own network rules gate it, a broker is never labelled. */
static __always_inline void mark_exec(const struct config *c, struct scratch *s, struct task_struct *t, __u32 tgid,
				      struct file *f)
{
	__u64 bits = c->exe_start ? exe_bits(c, s, f) : 0;
	__u32 set = (bits & c->gated_exe) ? PROC_GATED : 0;
	struct proc *p = proc_of(t, tgid), fresh = { .flags = set };

	if (c->broker_exe)
		broker_settle(c, t, tgid, f, bits);
	if (p) {
		p->flags = (p->flags & ~(PROC_GATED | PROC_BROKER)) | set;
		return;
	}
	if (!set || c->scope == SCOPE_TREE)
		return;
	fresh.start_ns = task_start(t);
	if (proc_add(tgid, &fresh))
		full(ST_FULL_PROC);
}

/* A child of a maker becomes another program: of the parent's memory nothing is left, and what was read since would have
 * cleared the flag. */
static __always_inline void shed(__u32 tgid)
{
	struct proc *p = bpf_map_lookup_elem(&eg_procs, &tgid);

	bpf_map_delete_elem(&eg_makers, &tgid);
	if (!p || !(p->flags & PROC_SHED))
		return;
	p->flags &= ~PROC_SHED;
	p->label = 0;
	if (!p->flags && !p->ancestry && bpf_map_delete_elem(&eg_procs, &tgid) == 0)
		live_add(-1);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(eg_exec, struct task_struct *t, pid_t old_pid, struct linux_binprm *bprm)
{
	const struct config *c = knobs();
	__u32 tgid = task_tgid(t);
	struct scratch *s;
	struct proc *p;

	if (!c)
		return 0;
	twin_leave(tgid);
	if (any_live())
		shed(tgid);
	if (any_live())
		read_file(BPF_CORE_READ(bprm, file), BPF_CORE_READ(bprm, file, f_inode), 0, TAINT_EXEC);
	s = scratch_get();
	if (!s) {
		stat_inc(ST_LOST_TELEMETRY);
		return 0;
	}
	mark_exec(c, s, t, tgid, BPF_CORE_READ(bprm, file));
	p = any_live() ? proc_of(t, tgid) : NULL;
	if (life_told(c, p))
		emit_exec(c, s, t, bprm, p ? p->label : 0);
	scratch_put(s);
	return 0;
}

static __always_inline void emit_exit(const struct config *c, struct task_struct *t, __u64 label)
{
	struct ev_exit *ev = LIFE_RESERVE(c, sizeof(*ev));

	if (!ev) {
		life_lost(c);
		return;
	}
	head_fill(&ev->head, EV_EXIT, sizeof(*ev), t);
	ev->label = label;
	ev->code = BPF_CORE_READ(t, group_leader, exit_code);
	ev->_pad = 0;
	bpf_ringbuf_submit(ev, 0);
}

/* signal->live is decremented before this tracepoint (do_exit), so 0 means the group's last thread. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(eg_exit, struct task_struct *t)
{
	const struct config *c = knobs();
	__u32 tgid = task_tgid(t);
	__u64 label = 0;
	struct proc *p;

	if (!c || BPF_CORE_READ(t, signal, live.counter) > 0)
		return 0;
	twin_leave(tgid);
	broker_exit(c, tgid);
	p = any_live() ? bpf_map_lookup_elem(&eg_procs, &tgid) : NULL;
	if (p) {
		label = p->label;
		bpf_map_delete_elem(&eg_makers, &tgid);
		if (bpf_map_delete_elem(&eg_procs, &tgid) == 0)
			live_add(-1);
	}
	if (life_told(c, p))
		emit_exit(c, t, label);
	return 0;
}
