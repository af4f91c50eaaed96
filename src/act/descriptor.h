/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A duplicate of another process's socket.
 *
 * Owner: the caller of descriptor_take, who gives it back with descriptor_give. The process may be hostile and may
 * exchange its descriptors while we look: only the one that links to the socket's inode is duplicated, and what then
 * is not a socket is kept open, never closed, because closing it can wait for a file system of the attacker's (FUSE
 * flush). At most FOREIGN_MAX are kept; then no descriptor is taken any more and the kernel's timers have to do.
 */
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"

#define FOREIGN_MAX 16

/* Returns a close-on-exec descriptor. *foreign counts what had to be kept. -ENOENT, -ESRCH, -EMFILE (FOREIGN_MAX). */
int descriptor_take(pid_t pid, const struct diag_socket *s, uint64_t *foreign);
/* Closes it without ever waiting for the peer. -1 is fine. */
void descriptor_give(int fd);

static inline void descriptor_givep(int *fd)
{
	descriptor_give(*fd);
}
#define _cleanup_descriptor_ _cleanup_(descriptor_givep)
