/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * What a system call does with its descriptors: filled by user space for the running architecture (src/sensor/
 * syscalls.c), read by the reduced coverage (bpf/sys.bpf.c).
 */
#include "types.h"

#define EG_SYSCALLS 512

enum {
	SYS_OPENS   = 1 << 0, /* returns a descriptor of a file */
	SYS_READS   = 1 << 1, /* takes bytes from argument `in` */
	SYS_WRITES  = 1 << 2, /* gives bytes to argument `out` */
	SYS_MAPS    = 1 << 3, /* mmap: descriptor in argument 4 */
	SYS_RENAMES = 1 << 4, /* may move a directory */
	SYS_SPECIAL = 1 << 5, /* does what `special` says (bpf/special.bpf.c) */
};
enum {
	SPECIAL_VM_READ = 1, /* process_vm_readv: argument 0 is the process */
	SPECIAL_VM_WRITE,
	SPECIAL_PTRACE,      /* request, process */
	SPECIAL_MPROTECT,
	SPECIAL_SHMAT,
};
struct sys_row {
	__u8 what; /* SYS_*, 0 = of no interest */
	__u8 in, out; /* argument numbers */
	__u8 special; /* SPECIAL_* */
};
_Static_assert(sizeof(struct sys_row) == 4, "abi");
