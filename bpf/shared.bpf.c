/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spreading a label through memory, at the moment it is given: before the system call that brought it returns, everybody
 * who has the same memory carries it, and what they share in turn. Whatever is read from the memory later is read by a
 * labelled process.
 *
 * One walk with a work list, in one bpf_loop whose step does one small thing (verifier: loops are not nested):
 *   users     the processes of an address space get the label: mm->owner, and its twins
 *   mappings  the maple tree of an address space: files mapped shared and writable get the label
 *   mappers   the interval tree of a file's mappings: their address spaces join the work list
 *
 * The trees are read without their locks, through probe reads: a tree that changes under us may hide an entry. So when
 * anybody else was found, and when a bound was hit (counted), the guard is asked for a sweep under the kernel's own locks
 * (iter/task_vma below). What is left: memory of devices (dma-buf), which has no file that both sides map by inode.
 */
#include "shared.bpf.h"

#define JOBS 1024         /* address spaces and files waiting in one walk: a power of two */
#define STEPS (1 << 17)   /* of one walk: some ten milliseconds */
#define DEPTH 16          /* of a maple tree; 3 levels hold 65,530 mappings */
#define VM_WRITE_ 2
#define VM_SHARED_ 8

/* include/linux/maple_tree.h: nodes are 256 bytes aligned, the type is in bits 3 to 6 of the pointer. */
#define NODE(e) ((e) & ~255ull)
#define NODE_TYPE(e) ((e) >> 3 & 15)
#define MAPLE_LEAF 1
#define MAPLE_ARANGE 3

enum { NEXT_JOB, USERS, MAPPINGS, MAPPERS };
enum { JOB_MM, JOB_FILE };

struct level {
	__u64 node, max;
	__u32 slot, _pad;
};

struct job {
	__u64 what; /* mm_struct or inode */
	__u32 kind;
	__u32 forced; /* walk its mappings though nobody grew */
};

struct walk {
	__u64 busy;
	__u64 label;
	__u64 mm;            /* being walked: by users and mappings */
	__u64 node, from;    /* interval tree: where we are, where we came from */
	__u32 phase, user, top, grew;
	__u32 head, tail;    /* of jobs */
	__u32 depth, _pad;
	__u32 beyond, met;   /* a bound was hit; somebody else was given the label */
	struct cause why;
	struct level level[DEPTH];
	struct job jobs[JOBS];
};
#define WALKS 2
EG_MAP(eg_walks, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct walk, WALKS, 0);

static __always_inline struct walk *walk_get(void)
{
	struct walk *w;
	__u32 i;

	for (i = 0; i < WALKS; i++) {
		__u32 slot = i;

		w = bpf_map_lookup_elem(&eg_walks, &slot);
		if (w && __sync_val_compare_and_swap(&w->busy, 0, 1) == 0)
			return w;
	}
	return NULL;
}

static __always_inline void push(struct walk *w, __u32 kind, __u64 what, __u32 forced)
{
	struct job *j = &w->jobs[w->tail & (JOBS - 1)];

	if (w->tail - w->head >= JOBS) {
		w->beyond = 1;
		return;
	}
	j->what = what;
	j->kind = kind;
	j->forced = forced;
	w->tail++;
}

static __always_inline void next_job(struct walk *w)
{
	struct job *j = &w->jobs[w->head & (JOBS - 1)];
	struct inode *inode = (struct inode *)j->what;
	struct twins *all;

	w->head++;
	if (j->kind == JOB_FILE) {
		w->phase = MAPPERS;
		w->node = (__u64)BPF_CORE_READ(inode, i_mapping, i_mmap.rb_root.rb_node);
		w->from = 0;
		return;
	}
	w->phase = USERS;
	w->mm = j->what;
	w->grew = j->forced;
	w->user = 0;
	all = bpf_map_lookup_elem(&eg_twins, &w->mm);
	w->top = all ? all->top + TWINS_SLACK : 0;
}

static __always_inline void give(struct walk *w, struct task_struct *t)
{
	int r = taint_task(t, w->label, &w->why);

	if (r > 0)
		w->grew = w->met = 1;
	else if (r < 0)
		w->beyond = 1;
}

static __always_inline void give_twin(struct walk *w, __u32 index)
{
	struct twin_key k = { .mm = w->mm, .index = index };
	struct twin *twin = bpf_map_lookup_elem(&eg_twin, &k);
	struct task_struct *t = twin ? (struct task_struct *)twin->task : NULL;

	if (t && task_tgid(t) == twin->tgid && task_start(t) == twin->start_ns)
		give(w, t);
}

/* User 0 is the owner; then the twins. mm->owner is there with CONFIG_MEMCG only: every distribution has it. */
static __always_inline void step_user(struct walk *w)
{
	struct mm_struct *mm = (struct mm_struct *)w->mm;
	struct task_struct *t = NULL;
	__u64 root;

	if (w->user == 0 && bpf_core_field_exists(mm->owner)) {
		t = BPF_CORE_READ(mm, owner, group_leader);
		if (t)
			give(w, t);
	} else if (w->user) {
		give_twin(w, w->user - 1);
	}
	if (w->user++ < w->top)
		return;
	w->phase = NEXT_JOB;
	root = (__u64)BPF_CORE_READ(mm, mm_mt.ma_root);
	if (!w->grew || (root & 3) != 2) /* not a node: no mapping, or a single one */
		return;
	w->phase = MAPPINGS;
	w->depth = 0;
	w->level[0].node = root;
	w->level[0].max = ~0ull;
	w->level[0].slot = 0;
}

static __always_inline void visit_mapping(struct walk *w, struct vm_area_struct *vma)
{
	__u64 flags = BPF_CORE_READ(vma, vm_flags);
	struct inode *inode;
	struct file *f;
	int r;

	if ((flags & (VM_SHARED_ | VM_WRITE_)) != (VM_SHARED_ | VM_WRITE_))
		return;
	f = BPF_CORE_READ(vma, vm_file);
	inode = BPF_CORE_READ(f, f_inode);
	if (!f || inode_type(inode) != S_IFREG_)
		return;
	r = label_file(inode, w->label, FILE_DERIVED, BPF_CORE_READ(f, f_path.dentry), 0);
	if (r < 0)
		w->beyond = 1;
	if (r > 0)
		push(w, JOB_FILE, (__u64)inode, 0);
}

/* One slot of the node on top of the stack. */
static __always_inline void step_mapping(struct walk *w)
{
	struct level *l = &w->level[w->depth & (DEPTH - 1)], *below;
	__u64 node = NODE(l->node), pivot = l->max, entry = 0;
	__u32 type = NODE_TYPE(l->node), slot = l->slot++;
	bool wide = type != MAPLE_ARANGE;
	__u32 slots = wide ? 16 : 10;

	if (slot < slots - 1) {
		bpf_probe_read_kernel(&pivot, 8, (void *)(node + 8 + 8 * slot));
		if (!pivot && slot)
			slot = slots;
	}
	if (slot >= slots) {
		w->phase = w->depth ? MAPPINGS : NEXT_JOB;
		w->depth--;
		return;
	}
	if (pivot >= l->max)
		l->slot = slots; /* the last one in use */
	bpf_probe_read_kernel(&entry, 8, (void *)(node + 8 * slots + 8 * slot));
	if (entry < 4096)
		return;
	if (type <= MAPLE_LEAF) {
		if (!(entry & 3))
			visit_mapping(w, (struct vm_area_struct *)entry);
		return;
	}
	if (w->depth + 1 >= DEPTH) {
		w->beyond = 1;
		return;
	}
	w->depth++;
	below = &w->level[w->depth & (DEPTH - 1)];
	below->node = entry;
	below->max = pivot;
	below->slot = 0;
}

/* Pre-order over the red-black tree by parent pointers: where we came from says where to go. */
static __always_inline void step_mapper(struct walk *w)
{
	struct rb_node *n = (struct rb_node *)w->node;
	__u64 parent, left, right, next, mm;
	struct vm_area_struct *vma;

	if (!n) {
		w->phase = NEXT_JOB;
		return;
	}
	parent = BPF_CORE_READ(n, __rb_parent_color) & ~3ull;
	left = (__u64)BPF_CORE_READ(n, rb_left);
	right = (__u64)BPF_CORE_READ(n, rb_right);
	next = parent;
	if (w->from == parent) {
		vma = (void *)n - bpf_core_field_offset(struct vm_area_struct, shared.rb);
		mm = (__u64)BPF_CORE_READ(vma, vm_mm);
		if (mm)
			push(w, JOB_MM, mm, 0);
		next = left ? left : right ? right : parent;
	} else if (w->from == left && right) {
		next = right;
	}
	w->from = w->node;
	w->node = next;
}

static long walk_step(__u32 i, void *ctx)
{
	struct walk *w = *(struct walk **)ctx;

	switch (w->phase) {
	case USERS:
		step_user(w);
		return 0;
	case MAPPINGS:
		step_mapping(w);
		return 0;
	case MAPPERS:
		step_mapper(w);
		return 0;
	}
	if (w->head == w->tail)
		return 1;
	next_job(w);
	return 0;
}

static __always_inline void ask_sweep(void)
{
	struct live *l = live();

	if (l)
		__sync_fetch_and_add(&l->sweep, 1);
}

/* What is to be spread, and the first job. */
static __always_inline void walk_begin(struct walk *w, struct task_struct *t, struct inode *inode)
{
	struct file_label *l = NULL;
	struct file_key k = {};
	struct proc *p = NULL;

	w->head = w->tail = w->beyond = w->met = w->grew = 0;
	w->phase = NEXT_JOB;
	__builtin_memset(&w->why, 0, sizeof(w->why));
	w->why.source = TAINT_SHARED;
	if (t) {
		w->why.from = task_tgid(t);
		p = proc_of(t, w->why.from);
		w->label = p ? p->label : 0;
		push(w, JOB_MM, (__u64)BPF_CORE_READ(t, mm), 1);
		return;
	}
	file_key_fill(&k, inode);
	l = bpf_map_lookup_elem(&eg_files, &k);
	w->why.from = bpf_get_current_pid_tgid() >> 32;
	w->label = l ? l->classes : 0;
	push(w, JOB_FILE, (__u64)inode, 0);
}

/* Stance: no room to walk, or a bound hit: counted, and the guard sweeps. */
__noinline int eg_spread(__u64 task, __u64 inode)
{
	struct walk *w = walk_get();

	if (!w) {
		stat_inc(ST_SPREAD_BEYOND);
		ask_sweep();
		return 0;
	}
	walk_begin(w, (struct task_struct *)task, (struct inode *)inode);
	if (w->label && bpf_loop(STEPS, walk_step, &w, 0) == STEPS)
		w->beyond = 1;
	if (w->beyond)
		stat_inc(ST_SPREAD_BEYOND);
	if (w->beyond || w->met)
		ask_sweep();
	__sync_lock_test_and_set(&w->busy, 0);
	return 0;
}

/* The sweep: the same under the kernel's locks. The guard runs it until nothing is new. */
SEC("iter/task_vma")
int eg_sweep(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *t = (void *)EG_PROBE(&ctx->task);
	struct vm_area_struct *vma = (void *)EG_PROBE(&ctx->vma);
	struct cause why = { .source = TAINT_SHARED };
	__u64 flags = 0;
	struct file_label *l;
	struct inode *inode;
	struct proc *p;
	struct file *f;

	if (!t || !vma || !any_live())
		return 0;
	f = BPF_CORE_READ(vma, vm_file);
	inode = BPF_CORE_READ(f, f_inode);
	if (!f || inode_type(inode) != S_IFREG_)
		return 0;
	file_key_fill(&why.file, inode);
	l = bpf_map_lookup_elem(&eg_files, &why.file);
	if (l && taint_task(t, l->classes, &why) > 0)
		ask_sweep();
	flags = BPF_CORE_READ(vma, vm_flags);
	p = proc_of(t, task_tgid(t));
	if (p && p->label && (flags & VM_SHARED_) && (flags & VM_WRITE_) &&
	    label_file(inode, p->label, FILE_DERIVED, BPF_CORE_READ(f, f_path.dentry), 0) > 0)
		ask_sweep();
	return 0;
}
