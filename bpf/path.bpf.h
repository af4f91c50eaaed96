/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Where a file is: the walk over dentries and the path automaton.
 *
 * A file is matched by its path inside its superblock: walk from the directory up to the superblock's root, then feed
 * the names to the automaton from the start state of that superblock. The state of a directory is cached by the
 * directory's inode (a directory has one path inside a superblock), so most opens run the last name only.
 *
 * verifier: loops go through bpf_loop (5.17), whose body is verified once; every offset is masked.
 */
#include "inode.bpf.h"

/* Room for one walk. Per CPU and claimed by compare-and-exchange: a preempted program keeps its slot.
 * verifier (6.6): a loop's body is verified again until nothing changes; what counts up must not be on the stack, where
 * its value is known and each round looks new (13,000 instructions for one walk), but here, where it is not. */
struct scratch {
	__u64 busy;
	__u32 n;   /* parts found by walk_up */
	__u32 off; /* end of the text in path */
	__u64 parts[EG_DEPTH_MAX]; /* dentries, leaf first */
	char name[EG_NAME_MAX];
	char path[EG_PATH_MAX + EG_NAME_MAX];
	char record[sizeof(struct ev_exec) + EG_PATH_MAX * 2 + EG_ARGV_MAX + EG_NAME_MAX];
};
#define SCRATCH_SLOTS 4
EG_MAP(eg_scratch, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct scratch, SCRATCH_SLOTS, 0);

struct dir_key {
	struct file_key dir;
	__u64 gen; /* live.dir_gen << 1 | automaton half: renames and swaps forget everything */
	__u32 epoch;
	__u32 _pad;
};
EG_MAP(eg_dirs, BPF_MAP_TYPE_LRU_HASH, struct dir_key, __u32, EG_DIRS_MAX, 0);

static __always_inline struct scratch *scratch_get(void)
{
	struct scratch *s;
	__u32 i;

	for (i = 0; i < SCRATCH_SLOTS; i++) {
		__u32 slot = i;

		s = bpf_map_lookup_elem(&eg_scratch, &slot);
		if (s && __sync_val_compare_and_swap(&s->busy, 0, 1) == 0)
			return s;
	}
	return NULL;
}

static __always_inline void scratch_put(struct scratch *s)
{
	__sync_lock_test_and_set(&s->busy, 0);
}

static __always_inline const struct dfa_row *dfa_row(__u32 state)
{
	return bpf_map_lookup_elem(&eg_dfa, &state);
}

struct name_walk {
	const char *name;
	const struct dfa_classes *cls;
	__u32 base;  /* first row of the half in force */
	__u32 state; /* absolute */
};

static __always_inline void dfa_feed(struct name_walk *w, __u8 byte)
{
	const struct dfa_row *row = dfa_row(w->state);
	__u32 next = row ? row->next[w->cls->of[byte] & (EG_DFA_CLASSES - 1)] : 0;

	w->state = next ? w->base + next : 0;
}

static long name_step(__u32 i, void *ctx)
{
	struct name_walk *w = ctx;

	dfa_feed(w, w->name[i & (EG_NAME_MAX - 1)]);
	return w->state == 0;
}

/* Feed "/" and one dentry's name. Returns the state after it; 0 = dead. */
EG_SUB __u32 dfa_component(struct scratch *s, struct dentry *d, __u32 state, __u32 half)
{
	struct name_walk w = { .name = s->name, .state = state };
	const unsigned char *name = BPF_CORE_READ(d, d_name.name);
	__u32 len = BPF_CORE_READ(d, d_name.len);

	half &= 1;
	w.base = half * (EG_DFA_STATES_MAX + 1);
	w.cls = bpf_map_lookup_elem(&eg_bytes, &half);
	if (!w.cls || len >= EG_NAME_MAX)
		return 0;
	if (bpf_probe_read_kernel(s->name, len & (EG_NAME_MAX - 1), name))
		return 0;
	dfa_feed(&w, '/');
	if (w.state)
		bpf_loop(len, name_step, &w, 0);
	return w.state;
}

struct up_walk {
	struct scratch *s;
	struct dentry *d;
	struct mount *m; /* set: cross mount points up to the namespace's root */
	__u32 done;
};

static __always_inline bool cross_mount(struct up_walk *w)
{
	struct mount *m = w->m, *parent = BPF_CORE_READ(m, mnt_parent);

	if (parent == m)
		return false;
	w->d = BPF_CORE_READ(m, mnt_mountpoint);
	w->m = parent;
	return true;
}

static long up_step(__u32 i, void *ctx)
{
	struct up_walk *w = ctx;
	struct dentry *d = w->d, *parent = BPF_CORE_READ(d, d_parent);
	struct mount *m = w->m;

	if (m && d == BPF_CORE_READ(m, mnt.mnt_root)) {
		w->done = !cross_mount(w);
		return w->done;
	}
	if (parent == d) {
		w->done = 1;
		return 1;
	}
	w->s->parts[w->s->n & (EG_DEPTH_MAX - 1)] = (__u64)d;
	w->s->n++;
	w->d = parent;
	return w->s->n >= EG_DEPTH_MAX;
}

/* Fills s->parts leaf first with the dentries below the root; the count, or -1 when deeper than EG_DEPTH_MAX. */
static __always_inline __s32 walk_up(struct scratch *s, struct dentry *d, struct mount *m)
{
	struct up_walk w = { .s = s, .d = d, .m = m };

	s->n = 0;
	bpf_loop(EG_DEPTH_MAX * 2, up_step, &w, 0);
	if (!w.done) {
		stat_inc(ST_DEEP_PATH);
		return -1;
	}
	return s->n;
}

struct down_walk {
	struct scratch *s;
	__u32 n, state, half;
};

static long down_step(__u32 i, void *ctx)
{
	struct down_walk *w = ctx;
	struct dentry *d = (struct dentry *)w->s->parts[(w->n - 1 - i) & (EG_DEPTH_MAX - 1)];

	w->state = dfa_component(w->s, d, w->state, w->half);
	return w->state == 0;
}

static __always_inline __u32 walk_down(struct scratch *s, __u32 n, __u32 state, __u32 half)
{
	struct down_walk w = { .s = s, .n = n, .state = state, .half = half };

	if (n && state)
		bpf_loop(n, down_step, &w, 0);
	return w.state;
}

/* Start state for files of this superblock: its own, /proc's for every proc, else that of "/". */
static __always_inline __u32 start_state(const struct config *c, struct super_block *sb)
{
	struct dfa_dev key = { .dev = BPF_CORE_READ(sb, s_dev), .half = c->half };
	struct dfa_start *st = bpf_map_lookup_elem(&eg_starts, &key);

	if (st)
		return st->state;
	if (BPF_CORE_READ(sb, s_magic) == PROC_MAGIC)
		return c->proc_start;
	return c->root_start;
}

/* Is this state of use to files below it? Saves the last name's run in most directories. */
static __always_inline __u32 prune(__u32 state)
{
	const struct dfa_row *row = state ? dfa_row(state) : NULL;

	return row && !(row->flags & DFA_DEAD_BELOW) ? state : 0;
}

/* State of a directory, cached. */
static __always_inline __u32 dir_state(const struct config *c, struct scratch *s, struct dentry *dir, __u32 start)
{
	struct dir_key key = {};
	struct live *l = live();
	__u32 *known, state;
	__s32 n;

	file_key_fill(&key.dir, BPF_CORE_READ(dir, d_inode));
	key.gen = l ? l->dir_gen << 1 | (c->half & 1) : 0;
	key.epoch = c->epoch;
	known = bpf_map_lookup_elem(&eg_dirs, &key);
	if (known)
		return *known;
	stat_inc(ST_WALKS);
	n = walk_up(s, dir, NULL);
	if (n < 0)
		return 0;
	state = prune(walk_down(s, n, start, c->half));
	bpf_map_update_elem(&eg_dirs, &key, &state, BPF_ANY);
	return state;
}

/* The accepting row for a file, or NULL. */
EG_SUB const struct dfa_row *path_match(const struct config *c, struct scratch *s, struct dentry *d)
{
	struct super_block *sb = BPF_CORE_READ(d, d_sb);
	struct dentry *dir = BPF_CORE_READ(d, d_parent);
	const struct dfa_row *row;
	__u32 state;

	state = start_state(c, sb);
	if (!(state & EG_DFA_STATES_MAX) || dir == d)
		return NULL;
	state = dir_state(c, s, dir, state);
	if (!state)
		return NULL;
	state = dfa_component(s, d, state, c->half);
	row = state ? dfa_row(state) : NULL;
	return row && (row->flags & DFA_WATCH) ? row : NULL;
}

struct text_walk {
	struct scratch *s;
	__u32 n;
};

static long text_step(__u32 i, void *ctx)
{
	struct text_walk *w = ctx;
	struct dentry *d = (struct dentry *)w->s->parts[(w->n - 1 - i) & (EG_DEPTH_MAX - 1)];
	__u32 len = BPF_CORE_READ(d, d_name.len), off = w->s->off;

	if (off >= EG_PATH_MAX - EG_NAME_MAX)
		return 1;
	if (len >= EG_NAME_MAX)
		len = EG_NAME_MAX - 1;
	off &= EG_PATH_MAX - 1;
	w->s->path[off] = '/';
	bpf_probe_read_kernel(w->s->path + off + 1, len & (EG_NAME_MAX - 1), BPF_CORE_READ(d, d_name.name));
	w->s->off = off + 1 + len;
	return 0;
}

/* A dentry without parents: "/", or a file that has no name in any file system ("/memfd:x"). */
static __always_inline __u32 root_text(struct scratch *s, struct dentry *d)
{
	long n = bpf_probe_read_kernel_str(s->path + 1, EG_NAME_MAX, BPF_CORE_READ(d, d_name.name));

	s->path[0] = '/';
	return n <= 1 || s->path[1] == '/' ? 1 : n & (EG_NAME_MAX - 1);
}

/* Writes the path into s->path; returns its length. m: the path as seen in that mount namespace. */
EG_ONCE __u32 eg_path_text(struct scratch *s, __u64 dentry, __u64 mount)
{
	struct dentry *d = (struct dentry *)dentry;
	struct text_walk w = { .s = s };
	__s32 n;

	if (!s)
		return 0;
	n = walk_up(s, d, (struct mount *)mount);
	if (n <= 0)
		return n < 0 ? 0 : root_text(s, d);
	w.n = n;
	s->off = 0;
	bpf_loop(n, text_step, &w, 0);
	return s->off < EG_PATH_MAX ? s->off : EG_PATH_MAX;
}

static __always_inline __u32 path_text(struct scratch *s, struct dentry *d, struct mount *m)
{
	return eg_path_text(s, (__u64)d, (__u64)m);
}

static __always_inline struct mount *mount_of(struct vfsmount *v)
{
	return (void *)v - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline struct mount *file_mount(struct file *f)
{
	return mount_of(BPF_CORE_READ(f, f_path.mnt));
}

/* Executable patterns that the visible path of f matches: the exe automaton's accept bits. */
EG_SUB __u64 exe_bits(const struct config *c, struct scratch *s, struct file *f)
{
	const struct dfa_row *row;
	__u32 state;
	__s32 n;

	if (!c->exe_start || !f)
		return 0;
	n = walk_up(s, BPF_CORE_READ(f, f_path.dentry), file_mount(f));
	if (n <= 0)
		return 0;
	state = walk_down(s, n, c->exe_start, c->half);
	row = state ? dfa_row(state) : NULL;
	return row && (row->flags & DFA_EXE) ? row->classes : 0;
}
