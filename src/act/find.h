/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From a flow to the kernel's own idea of its socket: exact addresses, device, inode.
 */
#include "diag.h"
#include "internal.h"

/*
 * Never a listening socket: a handshake it answered may carry its cookie. *ret_netns is borrowed until the next
 * netns_find. -ENOENT: no such socket (any more); -EINVAL: a flow without cookie or family; else as netns_find and
 * diag_list.
 */
int flow_find(struct act *a, pid_t pid, const struct flow_id *f, struct netns **ret_netns, struct diag_socket *ret);
