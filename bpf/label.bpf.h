/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Labels: giving them to processes, files and channels, and telling the guard.
 *
 * Invariants: L1 a label only grows while its object lives; L2 a process that has a label has an entry before it returns
 * to user space; L3 when an entry cannot be made the process ends (full()), a label is never dropped.
 */
#include "gate.bpf.h"

#define GREW 1 /* the hook body gave somebody or something a label: spread it before the hook returns */

EG_MAP(eg_brokers, BPF_MAP_TYPE_HASH, __u32, __u64, EG_PROCS_MAX, EG_LAZY); /* tgid -> start time */

/* What a label came from: for the record. */
struct cause {
	struct file_key file;
	struct dentry *path;   /* NULL: no path in the record */
	__u32 source;          /* TAINT_* */
	__u32 watch;
	__u32 from;
};

/* The entry of this process; NULL if it has none, or if the number now belongs to another process. */
static __always_inline struct proc *proc_of(struct task_struct *t, __u32 tgid)
{
	struct proc *p = bpf_map_lookup_elem(&eg_procs, &tgid);
	__u64 start;

	if (!p)
		return p;
	start = task_start(t);
	if (!p->start_ns) /* made by the guard, which knows the time to the clock tick only */
		p->start_ns = start;
	if (p->start_ns == start)
		return p;
	if (bpf_map_delete_elem(&eg_procs, &tgid) == 0)
		live_add(-1);
	return NULL;
}

static __always_inline struct proc *proc_current(void)
{
	return proc_of(current_task(), bpf_get_current_pid_tgid() >> 32);
}

static __always_inline int proc_add(__u32 tgid, const struct proc *p)
{
	if (bpf_map_update_elem(&eg_procs, &tgid, p, BPF_NOEXIST) == 0)
		live_add(1);
	else if (!bpf_map_lookup_elem(&eg_procs, &tgid))
		return -1;
	return 0;
}

/* len: bytes of s->path. */
EG_SUB void emit_taint(struct scratch *s, struct task_struct *t, const struct cause *why, __u64 labels[2], __u32 len)
{
	struct ev_taint *ev = (struct ev_taint *)s->record;

	if (len > EG_PATH_MAX)
		len = EG_PATH_MAX;
	head_fill(&ev->head, EV_TAINT, sizeof(*ev) + len, t);
	ev->added = labels[0];
	ev->label = labels[1];
	ev->file = why->file;
	ev->source = why->source;
	ev->watch = why->watch;
	ev->from = why->from;
	ev->path_len = len;
	bpf_probe_read_kernel(s->record + sizeof(*ev), len, s->path);
	if (bpf_ringbuf_output(&eg_decisions, ev, sizeof(*ev) + len, 0))
		stat_inc(ST_LOST_DECISION);
}

static __always_inline void tell(struct task_struct *t, const struct cause *why, __u64 added, __u64 label)
{
	struct scratch *s = scratch_get();
	__u64 labels[2] = { added, label };

	if (!s) {
		stat_inc(ST_LOST_DECISION);
		return;
	}
	emit_taint(s, t, why, labels, why->path ? path_text(s, why->path, NULL) : 0);
	scratch_put(s);
}

/* Brokers talk for everybody: tainting one would taint the machine. Who is one is settled at exec (broker.bpf.h). */
static __always_inline bool is_broker(struct task_struct *t, __u32 tgid)
{
	__u64 *start = bpf_map_lookup_elem(&eg_brokers, &tgid);

	return start && *start == task_start(t);
}

EG_SUB int proc_new(struct task_struct *t, __u32 tgid, __u64 classes)
{
	struct proc fresh = { .start_ns = task_start(t), .label = classes };

	fresh.parent = BPF_CORE_READ(t, real_parent, tgid);
	return proc_add(tgid, &fresh);
}

/* Gives `classes` to the process of t. GREW: its label grew, and the caller must spread() it to whoever shares memory
 * with it; 0: nothing new; -1: it could not be recorded (the caller refuses). */
EG_ONCE int eg_taint(__u64 task, __u64 classes, struct cause *why)
{
	struct task_struct *t = (struct task_struct *)task;
	const struct config *c = knobs();
	__u32 tgid = task_tgid(t);
	struct proc *p;
	__u64 old;

	if (!why || !c || exempt(c, tgid))
		return 0;
	p = proc_of(t, tgid);
	if (p && (p->flags & PROC_SHED)) /* it read something by itself */
		p->flags &= ~PROC_SHED;
	if (p && ((p->label & classes) == classes || (p->flags & PROC_BROKER)))
		return 0;
	if (c->scope == SCOPE_TREE && !(p && (p->flags & PROC_SCOPE)))
		return 0;
	if (is_broker(t, tgid))
		return 0;
	old = p ? p->label : 0;
	if (p) {
		__sync_fetch_and_or(&p->label, classes);
	} else if (proc_new(t, tgid, classes)) {
		full(ST_FULL_PROC);
		return -1;
	}
	stat_inc(ST_TAINTS);
	tell(t, why, classes & ~old, old | classes);
	if (gate_descriptors(t, old | classes, tgid)) {
		full(ST_FULL_GATE);
		return -1;
	}
	return GREW;
}

static __always_inline int taint_task(struct task_struct *t, __u64 classes, struct cause *why)
{
	return eg_taint((__u64)t, classes, why);
}

/* Labels an inode in one of the two object maps. Returns the classes that are new, or -1 (as __u64) when full. */
static __always_inline __u64 object_label_in(void *map, const struct file_key *k, __u64 classes, __u32 flags, __u32 tgid)
{
	struct file_label *l = bpf_map_lookup_elem(map, k), fresh = {};
	__u64 added;

	if (l) {
		added = classes & ~l->classes;
		if (added)
			__sync_fetch_and_or(&l->classes, classes);
		if ((l->flags & flags) != flags)
			l->flags |= flags;
		return added;
	}
	fresh.classes = classes;
	fresh.since_ns = bpf_ktime_get_boot_ns();
	fresh.flags = flags;
	fresh.tgid = tgid;
	if (bpf_map_update_elem(map, k, &fresh, BPF_NOEXIST) == 0) {
		live_add(1);
		return classes;
	}
	return bpf_map_lookup_elem(map, k) ? 0 : ~0ull;
}

/* verifier: a map is a constant, so one function for each. Frames of their own: what calls them is deep already. */
EG_SUB __u64 file_object(const struct file_key *k, __u64 classes, __u32 flags, __u32 tgid)
{
	return object_label_in(&eg_files, k, classes, flags, tgid);
}

EG_SUB __u64 chan_object(const struct file_key *k, __u64 classes, __u32 tgid)
{
	return object_label_in(&eg_chans, k, classes, 0, tgid);
}

/* Somebody has pages of the file mapped: what is written to it is in their memory. */
static __always_inline bool is_mapped(struct inode *inode)
{
	return BPF_CORE_READ(inode, i_mapping, i_mmap.rb_root.rb_node) != NULL;
}

/* GREW: the label is new to the file and the file is mapped by somebody; 0; -1: it could not be recorded. */
EG_ONCE int eg_label_file(__u64 inode, __u64 classes, __u32 flags, __u64 path, __u32 watch)
{
	struct cause why = { .path = (struct dentry *)path, .source = TAINT_FILE, .watch = watch };
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 added;

	file_key_fill(&why.file, (struct inode *)inode);
	added = file_object(&why.file, classes, flags, tgid);
	if (added == ~0ull) {
		full(ST_FULL_FILE);
		return -1;
	}
	if (!added)
		return 0;
	live_files_add(1);
	stat_inc(ST_FILES);
	if (flags & FILE_DERIVED)
		tell(current_task(), &why, added, classes);
	return is_mapped((struct inode *)inode) ? GREW : 0;
}

static __always_inline int label_file(struct inode *inode, __u64 classes, __u32 flags, struct dentry *path, __u32 watch)
{
	return eg_label_file((__u64)inode, classes, flags, (__u64)path, watch);
}

static __always_inline int label_chan(struct inode *inode, __u64 classes)
{
	struct cause why = { .source = TAINT_CHAN };
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 added;

	file_key_fill(&why.file, inode);
	added = chan_object(&why.file, classes, tgid);
	if (added == ~0ull) {
		full(ST_FULL_CHAN);
		return -1;
	}
	if (!added)
		return 0;
	stat_inc(ST_CHANS);
	tell(current_task(), &why, added, classes);
	return 0;
}
