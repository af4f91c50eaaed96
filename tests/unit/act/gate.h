/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A gate for tests: a cgroup whose egress packets are dropped while a cell says so, and copied like held packets are.
 * Loaded with bare bpf(2), so that act/ is tested without the kernel half.
 *
 * Owner: the test process, which stays outside the cgroup, as the guard's packets pass the real gate.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GATE_COPY_MAX 2040

/* Values of the cell: what the program returns for a packet (bpf-cgroup.h, cgroup_skb/egress). */
enum gate_state { GATE_PASS = 0, GATE_HOLD = 1 /* returns 0 */, GATE_HOLD_DATAGRAM = 2 /* returns 2 */ };

struct gate_copy {
	uint32_t len; /* 0 = nothing was held yet */
	uint32_t _pad;
	uint8_t data[GATE_COPY_MAX];
};

struct gate {
	char path[512]; /* of the cgroup */
	int cell, copy, prog;
};

/* 0, or -errno where this machine lacks cgroup v2 or the right to load programs. */
int gate_open(struct gate *g);
void gate_close(struct gate *g);
/* Moves the calling process into the gate's cgroup. */
int gate_join(const struct gate *g);
int gate_set(const struct gate *g, enum gate_state state);
/* Waits at most ms for a held packet. -ETIMEDOUT. */
int gate_wait(const struct gate *g, struct gate_copy *ret, unsigned ms);
/* Forgets the last copy. */
int gate_clear(const struct gate *g);
