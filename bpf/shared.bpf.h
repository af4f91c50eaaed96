/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Memory that several processes have in common: what one of them learns, all of them know, without any system call.
 *
 * Two kinds. Processes with one address space (clone with CLONE_VM but not CLONE_THREAD, vfork): recorded here when they are
 * made, because nothing in the kernel lists them. Shared mappings (memfd, anonymous, System V, files): the kernel keeps both
 * directions itself, an address space's mappings (mm_mt) and a file's mappings (i_mmap); eg_spread() walks them.
 */
#include "label.bpf.h"

#define TWINS_MAX 1024 /* processes that one address space may have */
#define TWINS_SLACK 64 /* numbers looked at beyond `top` */

/* One process of an address space, under the first free number. */
struct twin_key {
	__u64 mm;
	__u32 index;
	__u32 _pad;
};
struct twin {
	__u64 task; /* the thread group's leader; probed, and believed only if tgid and start still fit */
	__u64 start_ns;
	__u32 tgid;
	__u32 _pad;
};
struct twins {
	__u32 alive; /* entries; the last one out removes this */
	__u32 top;   /* highest number ever used, plus one */
};
EG_MAP(eg_twin, BPF_MAP_TYPE_HASH, struct twin_key, struct twin, EG_PROCS_MAX, EG_LAZY);
EG_MAP(eg_twin_of, BPF_MAP_TYPE_HASH, __u32, struct twin_key, EG_PROCS_MAX, EG_LAZY); /* tgid -> its entry */
EG_MAP(eg_twins, BPF_MAP_TYPE_HASH, __u64, struct twins, EG_PROCS_MAX, EG_LAZY);      /* mm -> how many */

/* Gives the label of `task` (or of the file behind `inode`: the other is 0) to everybody who has it in memory, and to
 * everything they share. 0, or a negative errno when it could not be done. Global function of shared.bpf.c. */
extern int eg_spread(__u64 task, __u64 inode);

static __always_inline int spread_if(int r, struct task_struct *t)
{
	return r > 0 ? eg_spread((__u64)t, 0) : r;
}

struct twin_place {
	struct twin_key key;
	struct twin twin;
	__u32 placed;
};

static long twin_try(__u32 i, void *ctx)
{
	struct twin_place *p = ctx;

	p->key.index = i;
	p->placed = bpf_map_update_elem(&eg_twin, &p->key, &p->twin, BPF_NOEXIST) == 0;
	return p->placed;
}

EG_SUB void twin_add(__u64 mm, struct task_struct *leader)
{
	struct twin_place p = { .key.mm = mm, .twin.task = (__u64)leader };
	struct twins *all;

	p.twin.start_ns = task_start(leader);
	p.twin.tgid = task_tgid(leader);
	if (bpf_map_update_elem(&eg_twin_of, &p.twin.tgid, &p.key, BPF_NOEXIST)) {
		if (!bpf_map_lookup_elem(&eg_twin_of, &p.twin.tgid))
			full(ST_FULL_TWINS);
		return;
	}
	bpf_loop(TWINS_MAX, twin_try, &p, 0);
	all = bpf_map_lookup_elem(&eg_twins, &mm);
	if (!p.placed || !all || bpf_map_update_elem(&eg_twin_of, &p.twin.tgid, &p.key, BPF_EXIST)) {
		full(ST_FULL_TWINS);
		return;
	}
	__sync_fetch_and_add(&all->alive, 1);
	if (all->top <= p.key.index) /* a lost race leaves it too low by the number of racers: TWINS_SLACK */
		all->top = p.key.index + 1;
}

/* child was made; perhaps with its parent's address space. */
static __always_inline void twin_join(struct task_struct *parent, struct task_struct *child)
{
	__u64 mm = (__u64)BPF_CORE_READ(child, mm);
	struct twins none = {};

	if (!mm || mm != (__u64)BPF_CORE_READ(parent, mm))
		return;
	bpf_map_update_elem(&eg_twins, &mm, &none, BPF_NOEXIST);
	twin_add(mm, BPF_CORE_READ(parent, group_leader));
	twin_add(mm, child);
}

/* tgid has an address space of its own now, or none any more. */
static __always_inline void twin_leave(__u32 tgid)
{
	struct twin_key *at = bpf_map_lookup_elem(&eg_twin_of, &tgid), k;
	struct twins *all;

	if (!at)
		return;
	k = *at;
	bpf_map_delete_elem(&eg_twin_of, &tgid);
	bpf_map_delete_elem(&eg_twin, &k);
	all = bpf_map_lookup_elem(&eg_twins, &k.mm);
	if (all && __sync_fetch_and_add(&all->alive, -1) == 1)
		bpf_map_delete_elem(&eg_twins, &k.mm);
}
