/* SPDX-License-Identifier: Apache-2.0 */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../base/base.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* include/uapi/asm-generic/socket.h, 5.14 */
#endif

static void netns_forget(struct netns *n)
{
	closep(&n->fd);
	closep(&n->raw4);
	closep(&n->raw6);
	*n = (struct netns){.fd = -1, .raw4 = -1, .raw6 = -1};
}

static int fd_inode(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

/* Returns a descriptor. ENOENT becomes ESRCH: the process is what is missing. */
static int netns_open(pid_t pid)
{
	char path[64];
	int fd;

	if (pid <= 0)
		return -ESRCH;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return fd;
}

uint64_t netns_cookie(int fd)
{
	uint64_t cookie;
	socklen_t size = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 ? 0 : cookie;
}

int netns_inode(pid_t pid, uint64_t *ret)
{
	_cleanup_close_ int fd = netns_open(pid);

	return fd < 0 ? fd : fd_inode(fd, ret);
}

int netns_set_init(struct netns_set *s)
{
	_cleanup_close_ int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	uint64_t inode;
	size_t i;
	int r;

	if (own < 0)
		return -errno;
	r = fd_inode(own, &inode);
	if (r < 0)
		return r;
	/* Proves now that setns is permitted, not at the first release. */
	if (setns(own, CLONE_NEWNET) < 0)
		return -errno;
	*s = (struct netns_set){.own = TAKE_FD(own), .own_inode = inode};
	for (i = 0; i < NETNS_MAX; i++)
		s->slots[i] = (struct netns){.fd = -1, .raw4 = -1, .raw6 = -1};
	return 0;
}

void netns_set_done(struct netns_set *s)
{
	size_t i;

	for (i = 0; i < NETNS_MAX; i++)
		netns_forget(&s->slots[i]);
	closep(&s->own);
	s->own = -1;
}

void netns_set_trim(struct netns_set *s, uint64_t idle_ns)
{
	uint64_t now = now_boot_ns();
	size_t i;

	for (i = 0; i < NETNS_MAX; i++)
		if (s->slots[i].fd >= 0 && now - s->slots[i].used_ns > idle_ns)
			netns_forget(&s->slots[i]);
}

int netns_socket(struct netns_set *s, const struct netns *n, int family, int type, int protocol)
{
	bool away = n->inode != s->own_inode;
	int fd, r;

	if (away && setns(n->fd, CLONE_NEWNET) < 0)
		return -errno;
	fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	r = fd < 0 ? -errno : fd;
	/* A guard in somebody else's namespace would resolve and listen there: nothing it did would be right. */
	if (away && setns(s->own, CLONE_NEWNET) < 0)
		abort();
	return r;
}

int netns_raw(struct netns_set *s, struct netns *n, int family)
{
	int *slot = family == AF_INET6 ? &n->raw6 : &n->raw4;

	/* IPPROTO_RAW: the header is the sender's, and nothing is ever received (raw(7)). */
	if (*slot < 0) {
		int fd = netns_socket(s, n, family, SOCK_RAW, IPPROTO_RAW);

		if (fd < 0)
			return fd;
		*slot = fd;
	}
	return *slot;
}

/* A free slot, or the longest unused one. */
static struct netns *netns_slot(struct netns_set *s)
{
	struct netns *oldest = &s->slots[0];
	size_t i;

	for (i = 0; i < NETNS_MAX; i++) {
		if (s->slots[i].fd < 0)
			return &s->slots[i];
		if (s->slots[i].used_ns < oldest->used_ns)
			oldest = &s->slots[i];
	}
	netns_forget(oldest);
	return oldest;
}

static struct netns *netns_known(struct netns_set *s, uint64_t inode, uint64_t cookie)
{
	size_t i;

	for (i = 0; i < NETNS_MAX; i++) {
		struct netns *n = &s->slots[i];

		if (n->fd >= 0 && ((inode && n->inode == inode) || (cookie && n->cookie == cookie)))
			return n;
	}
	return NULL;
}

/* Takes the descriptor, also on failure. */
static int netns_remember(struct netns_set *s, int fd, uint64_t inode, struct netns **ret)
{
	struct netns *n = netns_slot(s);
	int raw;

	n->fd = fd;
	n->inode = inode;
	raw = netns_raw(s, n, AF_INET);
	if (raw < 0) {
		netns_forget(n);
		return raw;
	}
	n->cookie = netns_cookie(raw);
	s->opened++;
	*ret = n;
	return 0;
}

static int netns_of_process(struct netns_set *s, pid_t pid, struct netns **ret)
{
	_cleanup_close_ int fd = netns_open(pid);
	struct netns *n;
	uint64_t inode;
	int r;

	if (fd < 0)
		return fd;
	r = fd_inode(fd, &inode);
	if (r < 0)
		return r;
	n = netns_known(s, inode, 0);
	if (!n)
		return netns_remember(s, TAKE_FD(fd), inode, ret);
	*ret = n;
	return 0;
}

int netns_find(struct netns_set *s, pid_t pid, uint64_t cookie, struct netns **ret)
{
	struct netns *n = cookie ? netns_known(s, 0, cookie) : NULL;
	int r;

	if (!n) {
		r = netns_of_process(s, pid, &n);
		if (r < 0)
			return r;
		if (cookie && n->cookie && n->cookie != cookie)
			return -EXDEV;
	}
	n->used_ns = now_boot_ns();
	*ret = n;
	return 0;
}
