/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The kernel's socket tables over NETLINK_SOCK_DIAG (sock_diag(7)).
 *
 * Owner of the netlink socket: the caller, who opens a new one per question, so that a late answer cannot be taken
 * for the answer to the next question. Replies are bounded in time (DIAG_TIMEOUT_MS) and checked byte by byte.
 */
#include <linux/inet_diag.h>
#include <stdint.h>

#include "netns.h"

#define DIAG_TIMEOUT_MS 1000 /* a namespace with 100,000 sockets is listed in about a tenth of that */

struct diag_socket {
	struct inet_diag_sockid id;   /* as the kernel prints it: good for diag_destroy */
	uint32_t inode;               /* the N of "socket:[N]"; 0 = no descriptor refers to it */
	uint8_t family, proto, state; /* state: TCP_* of the kernel, for all protocols */
};

/* Returns a descriptor in that namespace; the caller's. */
int diag_open(struct netns_set *s, const struct netns *n);
uint64_t diag_cookie(const struct inet_diag_sockid *id);
void diag_set_cookie(struct inet_diag_sockid *id, uint64_t cookie);
/*
 * Calls each for every socket of one family and protocol; a result other than 0 ends the listing (the descriptor must
 * then be closed). Listing also gives every socket a cookie (sock_diag_save_cookie). Returns the number seen or each's
 * negative result. -ENOENT: this kernel cannot list that kind; -ETIMEDOUT, -EBADMSG.
 */
int diag_list(int fd, uint8_t family, uint8_t proto, int (*each)(const struct diag_socket *s, void *data), void *data);
/* The TCP socket with exactly this id (ports, addresses, cookie). -ENOENT, -ESTALE: there is none. */
int diag_get(int fd, uint8_t family, const struct inet_diag_sockid *id, struct diag_socket *ret);
/* SOCK_DESTROY (4.5+, CONFIG_INET_DIAG_DESTROY). -EOPNOTSUPP: not built in. */
int diag_destroy(int fd, const struct diag_socket *s);
