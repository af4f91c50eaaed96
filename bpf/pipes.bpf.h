/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * Pipes that a waiting splice or tee joins. The call may have begun before anything was labelled; when data comes, it
 * moves on and wakes the next reader before the call returns. Therefore whoever labels the first pipe labels the second
 * as well, before the data is there.
 */
#include "label.bpf.h"

#define JOINTS_MAX 4096
#define JOINED_IN_A_ROW 4

EG_MAP(eg_joints, BPF_MAP_TYPE_HASH, struct file_key, struct file_key, JOINTS_MAX, EG_LAZY);

/* Labels the pipes that k is joined to; -1 when full. A joint that did not fit only leaves the label to the call's end. */
static __always_inline int label_joined(const struct file_key *k, __u64 label)
{
	struct file_key at = *k, *next;
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, i;

	for (i = 0; i < JOINED_IN_A_ROW; i++) {
		next = bpf_map_lookup_elem(&eg_joints, &at);
		if (!next)
			return 0;
		at = *next;
		if (chan_object(&at, label, tgid) == ~0ull)
			return -1;
	}
	return 0;
}
