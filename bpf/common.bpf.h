/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * What every program of the kernel half needs: the contract, the maps, the knobs, the counters.
 *
 * The maps are weak so that each object may declare them and the linker keeps one. Nothing here is LRU that a
 * security decision needs: eg_verdicts and eg_dirs are caches whose miss means "hold" and "walk again".
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "dfa.h"
#include "event.h"
#include "state.h"
#include "stats.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define PROC_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572
#define CGROUP2_MAGIC 0x63677270
#define OVERLAY_MAGIC 0x794c7630
#define FMODE_READ_ 1u
#define FMODE_WRITE_ 2u
#define S_IFMT_ 0170000
#define S_IFSOCK_ 0140000
#define S_IFREG_ 0100000
#define S_IFDIR_ 0040000
#define S_IFIFO_ 0010000
#define EACCES_ 13
#define EPERM_ 1
#define SIGKILL_ 9

/* A function of its own for the verifier (verified per caller), not in every object used. */
#define EG_SUB static __noinline __attribute__((unused))

/* Verified once, on its own, however many callers it has; pointers to kernel objects go in as numbers because they are
 * only ever probed. Weak: every object that includes it has a copy, the linker keeps one. */
#define EG_ONCE __weak __attribute__((noinline))

/* verifier: a pointer taken from the context has a type and may not be passed as a number; the same bytes probed may. */
#define EG_PROBE(at) ({ __u64 _v = 0; bpf_probe_read_kernel(&_v, sizeof(_v), at); _v; })

#define EG_MAP(name, kind, k, v, n, fl)        \
	struct {                               \
		__uint(type, kind);            \
		__type(key, k);                \
		__type(value, v);              \
		__uint(max_entries, n);        \
		__uint(map_flags, fl);         \
	} name __weak SEC(".maps")

#define EG_LAZY 1 /* BPF_F_NO_PREALLOC */
#define EG_MMAPABLE 1024

EG_MAP(eg_config, BPF_MAP_TYPE_ARRAY, __u32, struct config, 1, 0);
EG_MAP(eg_live, BPF_MAP_TYPE_ARRAY, __u32, struct live, 1, EG_MMAPABLE);
EG_MAP(eg_stats, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, ST_MAX, 0);
EG_MAP(eg_procs, BPF_MAP_TYPE_HASH, __u32, struct proc, EG_PROCS_MAX, EG_LAZY);
EG_MAP(eg_makers, BPF_MAP_TYPE_HASH, __u32, struct maker, EG_PROCS_MAX, EG_LAZY);
EG_MAP(eg_files, BPF_MAP_TYPE_HASH, struct file_key, struct file_label, EG_FILES_MAX, EG_LAZY);
EG_MAP(eg_chans, BPF_MAP_TYPE_HASH, struct file_key, struct file_label, EG_CHANS_MAX, EG_LAZY);
EG_MAP(eg_gates, BPF_MAP_TYPE_HASH, __u64, struct gate, EG_GATES_MAX, EG_LAZY);
EG_MAP(eg_verdicts, BPF_MAP_TYPE_LRU_HASH, struct flow_key, struct flow_verdict, EG_VERDICTS_MAX, 0);
EG_MAP(eg_advance, BPF_MAP_TYPE_LRU_HASH, struct advance_key, struct flow_verdict, EG_VERDICTS_MAX, 0);
EG_MAP(eg_loops, BPF_MAP_TYPE_LRU_HASH, struct loop_key, struct loop_label, EG_LOOPS_MAX, 0);
EG_MAP(eg_subjects, BPF_MAP_TYPE_LRU_HASH, __u32, struct subject_state, EG_SUBJECTS_MAX, 0);
EG_MAP(eg_sets, BPF_MAP_TYPE_LPM_TRIE, struct set_key, struct set_entry, EG_SET_ENTRIES_MAX, EG_LAZY);
EG_MAP(eg_resolvers, BPF_MAP_TYPE_HASH, __u64, struct resolver_ports, EG_RESOLVERS_MAX, EG_LAZY);
EG_MAP(eg_aims, BPF_MAP_TYPE_HASH, struct aim_key, struct aim, EG_AIMS_MAX, EG_LAZY);
EG_MAP(eg_askers, BPF_MAP_TYPE_LRU_HASH, struct asker_key, struct asker, EG_ASKERS_MAX, 0);
EG_MAP(eg_dfa, BPF_MAP_TYPE_ARRAY, __u32, struct dfa_row, 2 * (EG_DFA_STATES_MAX + 1), 0);
EG_MAP(eg_bytes, BPF_MAP_TYPE_ARRAY, __u32, struct dfa_classes, 2, 0);
EG_MAP(eg_starts, BPF_MAP_TYPE_HASH, struct dfa_dev, struct dfa_start, EG_DEVS_MAX, EG_LAZY);
EG_MAP(eg_rules, BPF_MAP_TYPE_ARRAY, __u32, struct file_rules, 2 * 1024, 0);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EG_RING_DECISIONS);
} eg_decisions __weak SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EG_RING_TELEMETRY);
} eg_telemetry __weak SEC(".maps");

static __always_inline const struct config *knobs(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&eg_config, &zero);
}

static __always_inline struct live *live(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&eg_live, &zero);
}

/* Anything labelled or marked on the whole machine? */
static __always_inline bool any_live(void)
{
	struct live *l = live();

	return l && l->labels;
}

static __always_inline void live_add(__s64 n)
{
	struct live *l = live();

	if (l)
		__sync_fetch_and_add(&l->labels, n);
}

static __always_inline void live_files_add(__s64 n)
{
	struct live *l = live();

	if (l)
		__sync_fetch_and_add(&l->files, n);
}

static __always_inline void stat_inc(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&eg_stats, &which);

	if (n)
		*n += 1;
}
