/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The network namespaces flows live in, remembered with their raw sockets: entering one is cheap, /proc is not.
 *
 * Owner: struct act. Invariants: between calls the thread is in its own namespace. A remembered namespace is pinned
 * by our descriptor, so neither its inode number nor its cookie can come to mean another one. At most NETNS_MAX are
 * kept; the longest unused makes room.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NETNS_MAX 32 /* a machine with more namespaces talking at once reopens them: some 20 us each */

struct netns {
	int fd;           /* -1: free slot */
	int raw4, raw6;   /* send-only raw sockets; -1 until netns_raw */
	uint64_t inode;
	uint64_t cookie;  /* SO_NETNS_COOKIE; 0 = this kernel has none (before 5.14) */
	uint64_t used_ns; /* CLOCK_BOOTTIME */
};

struct netns_set {
	int own;          /* where we live and return to */
	uint64_t own_inode;
	uint64_t opened;  /* counted */
	struct netns slots[NETNS_MAX];
};

int netns_set_init(struct netns_set *s);
void netns_set_done(struct netns_set *s);
/* Forgets namespaces not used for that long. */
void netns_set_trim(struct netns_set *s, uint64_t idle_ns);

/*
 * The namespace with that cookie, else (or with cookie 0) the one process pid is in. *ret is borrowed until the next
 * call. -ESRCH: no such process; -EXDEV: the process is in another namespace than the cookie's.
 */
int netns_find(struct netns_set *s, pid_t pid, uint64_t cookie, struct netns **ret);
/* A new close-on-exec, non-blocking socket in n; the caller's. */
int netns_socket(struct netns_set *s, const struct netns *n, int family, int type, int protocol);
/* The namespace's raw socket of a family, headers included by the sender; borrowed. */
int netns_raw(struct netns_set *s, struct netns *n, int family);
int netns_inode(pid_t pid, uint64_t *ret);
/* SO_NETNS_COOKIE of a socket; 0 = this kernel has none (before 5.14). */
uint64_t netns_cookie(int fd);
