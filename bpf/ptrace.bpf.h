/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* Which way the bytes of a ptrace request go (include/uapi/linux/ptrace.h, arch/x86/include/uapi/asm/ptrace-abi.h). */
#include "common.bpf.h"

static __always_inline bool ptrace_reads(__u64 request)
{
	switch (request) {
	case 1: case 2: case 3:  /* PEEKTEXT, PEEKDATA, PEEKUSR */
	case 12: case 14: case 18: /* GETREGS, GETFPREGS, GETFPXREGS */
	case 0x4202: case 0x4204: case 0x4209: case 0x420e: /* GETSIGINFO, GETREGSET, PEEKSIGINFO, GET_SYSCALL_INFO */
		return true;
	}
	return false;
}

static __always_inline bool ptrace_writes(__u64 request)
{
	switch (request) {
	case 4: case 5: case 6:  /* POKETEXT, POKEDATA, POKEUSR */
	case 13: case 15: case 19: /* SETREGS, SETFPREGS, SETFPXREGS */
	case 0x4203: case 0x4205: case 0x4212: /* SETSIGINFO, SETREGSET, SET_SYSCALL_INFO */
		return true;
	}
	return false;
}
