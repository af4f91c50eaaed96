/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../../src/base/base.h"

#define INSN(c, d, s, o, i) {.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)}
#define MOV(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOVI(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADDI(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD(d, s, o) INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE(d, s, o) INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define STOREI(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define MAP(d, fd) INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define CALL(f) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define IF(op, d, i, off) INSN(BPF_JMP | (op) | BPF_K, d, 0, off, i)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	int r = (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return r < 0 ? -errno : r;
}

static int cell_map(uint32_t size)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = size, .max_entries = 1};

	return sys_bpf(BPF_MAP_CREATE, &attr);
}

/*
 * r6 packet, r7 state of the cell, r8 length, r9 the copy. The length is stored last: a reader that sees it sees the
 * bytes. Numbers are instructions; a jump's offset counts from the one after it. "Less than 1" and not "equal 0":
 * verifiers before 6.8 learn no lower bound from the latter.
 */
static int program_load(int cell, int copy)
{
	enum { VERDICT = 27, PASS = 32 };
	const struct bpf_insn program[] = {
		/*  0 */ MOV(6, 1), STOREI(10, -4, 0), MOV(2, 10), ADDI(2, -4), MAP(1, cell),
		/*  6 */ CALL(BPF_FUNC_map_lookup_elem), IF(BPF_JEQ, 0, 0, PASS - 8),
		/*  8 */ LOAD(7, 0, 0), IF(BPF_JEQ, 7, GATE_PASS, PASS - 10),
		/* 10 */ MOV(2, 10), ADDI(2, -4), MAP(1, copy),
		/* 14 */ CALL(BPF_FUNC_map_lookup_elem), IF(BPF_JEQ, 0, 0, PASS - 16),
		/* 16 */ MOV(9, 0), LOAD(8, 6, offsetof(struct __sk_buff, len)),
		/* 18 */ IF(BPF_JLT, 8, 1, VERDICT - 19), IF(BPF_JGT, 8, GATE_COPY_MAX, VERDICT - 20),
		/* 20 */ MOV(1, 6), MOVI(2, 0), MOV(3, 9), ADDI(3, offsetof(struct gate_copy, data)), MOV(4, 8),
		/* 25 */ CALL(BPF_FUNC_skb_load_bytes), STORE(9, 8, offsetof(struct gate_copy, len)),
		/* 27 */ IF(BPF_JEQ, 7, GATE_HOLD, 2), MOVI(0, 2), EXIT(),
		/* 30 */ MOVI(0, 0), EXIT(),
		/* 32 */ MOVI(0, 1), EXIT(),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SKB,
		.expected_attach_type = BPF_CGROUP_INET_EGRESS,
		.insn_cnt = ARRAY_SIZE(program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t)"GPL",
	};

	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/* cgroup v2 may be anywhere, also below a v1 hierarchy. Field 5 of mountinfo is the mount point (proc(5)). */
static int cgroup_mount(char *ret, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], where[256];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (strstr(line, " - cgroup2 ") && sscanf(line, "%*s %*s %*s %*s %255s", where) == 1) {
			(void)snprintf(ret, size, "%s", where);
			return 0;
		}
	return -ENOENT;
}

static int cgroup_make(struct gate *g)
{
	char mount[256];
	int r;

	r = cgroup_mount(mount, sizeof(mount));
	if (r < 0)
		return r;
	(void)snprintf(g->path, sizeof(g->path), "%s/egret-test-act-%d", mount, (int)getpid());
	return mkdir(g->path, 0755) < 0 ? -errno : 0;
}

static int program_attach(const struct gate *g)
{
	_cleanup_close_ int cgroup = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union bpf_attr attr = {.attach_type = BPF_CGROUP_INET_EGRESS};

	if (cgroup < 0)
		return -errno;
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)g->prog;
	return sys_bpf(BPF_PROG_ATTACH, &attr);
}

static int gate_fill(struct gate *g)
{
	g->cell = cell_map(4);
	if (g->cell < 0)
		return g->cell;
	g->copy = cell_map(sizeof(struct gate_copy));
	if (g->copy < 0)
		return g->copy;
	g->prog = program_load(g->cell, g->copy);
	return g->prog < 0 ? g->prog : program_attach(g);
}

int gate_open(struct gate *g)
{
	int r;

	*g = (struct gate){.cell = -1, .copy = -1, .prog = -1};
	r = cgroup_make(g);
	if (r < 0)
		return r;
	r = gate_fill(g);
	if (r < 0)
		gate_close(g);
	return r;
}

/* Removing the cgroup detaches the program. */
void gate_close(struct gate *g)
{
	closep(&g->cell);
	closep(&g->copy);
	closep(&g->prog);
	(void)rmdir(g->path);
}

int gate_join(const struct gate *g)
{
	char path[600];
	_cleanup_close_ int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", g->path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return -errno;
	return 0;
}

static int map_access(int cmd, int map, void *value)
{
	uint32_t key = 0;
	union bpf_attr attr = {.map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)value};

	return sys_bpf(cmd, &attr);
}

int gate_set(const struct gate *g, enum gate_state state)
{
	uint32_t value = state;

	return map_access(BPF_MAP_UPDATE_ELEM, g->cell, &value);
}

int gate_clear(const struct gate *g)
{
	struct gate_copy none = {0};

	return map_access(BPF_MAP_UPDATE_ELEM, g->copy, &none);
}

int gate_wait(const struct gate *g, struct gate_copy *ret, unsigned ms)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	uint64_t end = now_boot_ns() + ms * 1000000ull;
	int r;

	do {
		r = map_access(BPF_MAP_LOOKUP_ELEM, g->copy, ret);
		if (r < 0)
			return r;
		if (ret->len)
			return 0;
		(void)nanosleep(&pause, NULL);
	} while (now_boot_ns() < end);
	return -ETIMEDOUT;
}
