/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What each system call does with descriptors, for the reduced coverage. */
#include "../../abi/syscall.h"

/* Fills both tables: this architecture's numbers and those of its 32-bit personality (all zero if it has none). */
void syscalls_fill(struct sys_row native[EG_SYSCALLS], struct sys_row compat[EG_SYSCALLS]);
