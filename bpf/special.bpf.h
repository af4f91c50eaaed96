/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* Reduced coverage: system calls whose bytes do not move from or to a descriptor. Global functions of special.bpf.c. */
#include "common.bpf.h"
#include "syscall.h"

extern int eg_special_enter(__u64 which, __u64 a, __u64 b, __u64 c);
extern int eg_special_exit(__u64 which, __u64 a, __u64 b, __u64 c, __s64 ret);
