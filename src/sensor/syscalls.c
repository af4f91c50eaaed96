/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native numbers come from <sys/syscall.h>; the 32-bit ones of x86 from the kernel's table
 * (arch/x86/entry/syscalls/syscall_32.tbl), because a 32-bit program on a 64-bit kernel enters with those.
 */
#include "syscalls.h"

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "../base/base.h"

struct call {
	int native, i386; /* -1: not there */
	unsigned char what, in, out, special;
};

static const struct call calls[] = {
	/* opens */
#ifdef __NR_open
	{ __NR_open, 5, SYS_OPENS, 0, 0, 0 },
	{ __NR_creat, 8, SYS_OPENS, 0, 0, 0 },
#endif
	{ __NR_openat, 295, SYS_OPENS, 0, 0, 0 },
	{ 437 /* openat2 */, 437, SYS_OPENS, 0, 0, 0 },
	{ __NR_open_by_handle_at, 342, SYS_OPENS, 0, 0, 0 },
	{ 438 /* pidfd_getfd */, 438, SYS_OPENS, 0, 0, 0 },
	/* reads */
	{ __NR_read, 3, SYS_READS, 0, 0, 0 },
	{ __NR_pread64, 180, SYS_READS, 0, 0, 0 },
	{ __NR_readv, 145, SYS_READS, 0, 0, 0 },
	{ __NR_preadv, 333, SYS_READS, 0, 0, 0 },
	{ __NR_preadv2, 378, SYS_READS, 0, 0, 0 },
	{ __NR_recvfrom, 371, SYS_READS, 0, 0, 0 },
	{ __NR_recvmsg, 372, SYS_READS, 0, 0, 0 },
	{ __NR_recvmmsg, 337, SYS_READS, 0, 0, 0 },
	{ -1, 417 /* recvmmsg_time64 */, SYS_READS, 0, 0, 0 },
	/* writes */
	{ __NR_write, 4, SYS_WRITES, 0, 0, 0 },
	{ __NR_pwrite64, 181, SYS_WRITES, 0, 0, 0 },
	{ __NR_writev, 146, SYS_WRITES, 0, 0, 0 },
	{ __NR_pwritev, 334, SYS_WRITES, 0, 0, 0 },
	{ __NR_pwritev2, 379, SYS_WRITES, 0, 0, 0 },
	{ __NR_sendto, 369, SYS_WRITES, 0, 0, 0 },
	{ __NR_sendmsg, 370, SYS_WRITES, 0, 0, 0 },
	{ __NR_sendmmsg, 345, SYS_WRITES, 0, 0, 0 },
	{ __NR_vmsplice, 316, SYS_READS | SYS_WRITES, 0, 0, 0 },
	/* from one descriptor to another: out before the call as far as the caller is tainted already, both after it */
	{ __NR_sendfile, 239, SYS_READS | SYS_WRITES, 1, 0, 0 },
	{ -1, 187 /* sendfile, 32-bit offsets */, SYS_READS | SYS_WRITES, 1, 0, 0 },
	{ __NR_splice, 313, SYS_READS | SYS_WRITES, 0, 2, 0 },
	{ __NR_tee, 315, SYS_READS | SYS_WRITES, 0, 1, 0 },
	{ __NR_copy_file_range, 377, SYS_READS | SYS_WRITES, 0, 2, 0 },
	/* memory: our own, and other processes' */
	{ __NR_mmap, 192 /* mmap2 */, SYS_MAPS, 4, 4, 0 },
	/* names */
#ifdef __NR_rename
	{ __NR_rename, 38, SYS_RENAMES, 0, 0, 0 },
#endif
	{ __NR_renameat, 302, SYS_RENAMES, 0, 0, 0 },
	{ __NR_renameat2, 353, SYS_RENAMES, 0, 0, 0 },
	{ __NR_mprotect, 125, SYS_SPECIAL, 0, 0, SPECIAL_MPROTECT },
	{ 329 /* pkey_mprotect */, 380, SYS_SPECIAL, 0, 0, SPECIAL_MPROTECT },
	{ __NR_shmat, 397, SYS_SPECIAL, 0, 0, SPECIAL_SHMAT },
	{ __NR_process_vm_readv, 347, SYS_SPECIAL, 0, 0, SPECIAL_VM_READ },
	{ __NR_process_vm_writev, 348, SYS_SPECIAL, 0, 0, SPECIAL_VM_WRITE },
	{ __NR_ptrace, 26, SYS_SPECIAL, 0, 0, SPECIAL_PTRACE },
};

static void put(struct sys_row table[EG_SYSCALLS], int nr, const struct call *c)
{
	if (nr >= 0 && nr < EG_SYSCALLS)
		table[nr] = (struct sys_row){ .what = c->what, .in = c->in, .out = c->out, .special = c->special };
}

void syscalls_fill(struct sys_row native[EG_SYSCALLS], struct sys_row compat[EG_SYSCALLS])
{
	size_t i;

	memset(native, 0, sizeof(*native) * EG_SYSCALLS);
	memset(compat, 0, sizeof(*compat) * EG_SYSCALLS);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		put(native, calls[i].native, &calls[i]);
#ifdef __x86_64__
		put(compat, calls[i].i386, &calls[i]);
#endif
	}
}
