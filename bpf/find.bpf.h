/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Numbers, as the calling process means them, to the kernel's objects: a process (find_task_by_vpid; bpf_task_from_pid is 6.2)
 * and a System V shared memory segment. Both live in radix trees of the caller's namespaces, read by probe reads.
 */
#include "task.bpf.h"

#define XA_LEVELS 6 /* 64 slots each: more than any of these numbers needs */
#define IPC_SHM 2    /* index in ipc_namespace.ids */

EG_SUB __u64 radix_find(__u64 head, __u64 index)
{
	struct xa_node *node;
	__u32 i, shift, slot;

#pragma unroll
	for (i = 0; i < XA_LEVELS; i++) {
		if ((head & 3) != 2) /* lib/xarray.c: not a node, so an entry */
			break;
		node = (struct xa_node *)(head - 2);
		shift = BPF_CORE_READ(node, shift) & 63;
		slot = index >> shift & 63;
		head = 0;
		bpf_probe_read_kernel(&head, sizeof(head), (void *)node + bpf_core_field_offset(struct xa_node, slots) + slot * 8);
	}
	return (head & 3) ? 0 : head;
}

EG_SUB struct task_struct *task_find(__u32 number)
{
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid), *pid;
	__u32 level = BPF_CORE_READ(own, level);
	struct pid_namespace *ns = NULL;
	struct upid *at = (void *)own + bpf_core_field_offset(struct pid, numbers);
	struct hlist_node *first;

	bpf_probe_read_kernel(&ns, sizeof(ns), (void *)(at + (level & 31)) + bpf_core_field_offset(struct upid, ns));
	if (!ns || !number)
		return NULL;
	pid = (void *)radix_find((__u64)BPF_CORE_READ(ns, idr.idr_rt.xa_head), number - BPF_CORE_READ(ns, idr.idr_base));
	first = pid ? BPF_CORE_READ(pid, tasks[0].first) : NULL; /* PIDTYPE_PID */
	return first ? (void *)first - bpf_core_field_offset(struct task_struct, pid_links) : NULL;
}

static __always_inline struct shmid_kernel *shm_at(struct ipc_namespace *ns, __u32 id, __u32 mask)
{
	struct shmid_kernel *s = (void *)radix_find((__u64)BPF_CORE_READ(ns, ids[IPC_SHM].ipcs_idr.idr_rt.xa_head), id & mask);

	return s && (__u32)BPF_CORE_READ(s, shm_perm.id) == id ? s : NULL;
}

/* The file behind a segment. ipc/util.h: an id is a sequence number above 15 bits of index, 24 with ipcmni_extend. */
EG_SUB struct file *shm_find(__u32 id)
{
	struct ipc_namespace *ns = BPF_CORE_READ(current_task(), nsproxy, ipc_ns);
	struct shmid_kernel *s = shm_at(ns, id, (1 << 15) - 1);

	if (!s)
		s = shm_at(ns, id, (1 << 24) - 1);
	return s ? BPF_CORE_READ(s, shm_file) : NULL;
}
