/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "../../abi/limits.h"
#include "../base/base.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3; the same number on every architecture */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* 5.6 */
#endif
#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

static int pidfd_open_(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/* Reading the link asks no file system. */
static bool links_to(int dirfd, const char *name, const char *target)
{
	size_t len = strlen(target);
	char found[32];

	return readlinkat(dirfd, name, found, sizeof(found)) == (ssize_t)len && memcmp(found, target, len) == 0;
}

/*
 * close() waits for the peer when it drops the last reference of a socket with SO_LINGER and a time, and the process
 * can make ours the last one. Switching the option off costs the program a blocking close at worst.
 */
void descriptor_give(int fd)
{
	struct linger linger = {0};
	socklen_t size = sizeof(linger);

	if (fd < 0)
		return;
	if (!getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) && linger.l_onoff && linger.l_linger) {
		linger.l_onoff = 0;
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	}
	(void)close(fd);
}

/* Returns the duplicate if it is the socket, -ENOENT if it is not. */
static int take_if(int pidfd, int theirs, uint64_t cookie, uint64_t *foreign)
{
	uint64_t found = 0;
	socklen_t size = sizeof(found);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);

	if (fd < 0)
		return errno == EBADF ? -ENOENT : -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &found, &size) < 0 && errno == ENOTSOCK) {
		++*foreign;
		return -ENOENT;
	}
	if (found == cookie)
		return fd;
	descriptor_give(fd);
	return -ENOENT;
}

static int search(DIR *dir, int pidfd, const struct diag_socket *s, uint64_t *foreign)
{
	struct dirent *entry;
	unsigned seen = 0;
	uint64_t number;
	char link[32];
	int r;

	(void)snprintf(link, sizeof(link), "socket:[%u]", s->inode);
	while ((entry = readdir(dir))) {
		if (str_to_u64(entry->d_name, 0, INT_MAX, &number) < 0)
			continue;
		if (++seen > EG_FDS_MAX)
			return -ENOENT;
		if (!links_to(dirfd(dir), entry->d_name, link))
			continue;
		if (*foreign >= FOREIGN_MAX)
			return -EMFILE;
		r = take_if(pidfd, (int)number, diag_cookie(&s->id), foreign);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

int descriptor_take(pid_t pid, const struct diag_socket *s, uint64_t *foreign)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int pidfd = -1;
	char path[64];

	if (pid <= 0)
		return -ESRCH;
	if (!s->inode)
		return -ENOENT;
	/* The pidfd first: what /proc shows afterwards is this process or nothing. */
	pidfd = pidfd_open_(pid);
	if (pidfd < 0)
		return pidfd;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	return search(dir, pidfd, s, foreign);
}
