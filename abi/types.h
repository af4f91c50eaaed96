/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * The kernel's fixed-width names, whichever half includes us.
 * Rules of this folder: fixed-width types only, no implicit padding, no pointers, sizes asserted.
 */
#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif
#include "limits.h"
