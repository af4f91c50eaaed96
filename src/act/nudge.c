/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "../base/base.h"
#include "descriptor.h"
#include "find.h"
#include "internal.h"

/*
 * Setting TCP_NODELAY pushes pending frames even if it is set already (net/ipv4/tcp.c, __tcp_sock_set_nodelay), and
 * the old value is restored.
 */
static int push(int fd)
{
	int old = 0, on = 1;
	socklen_t size = sizeof(old);

	if (getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &old, &size) < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return -errno;
	if (!old && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &old, sizeof(old)) < 0)
		return -errno;
	return 0;
}

static int nudge(struct act *a, pid_t pid, const struct flow_id *f)
{
	_cleanup_descriptor_ int fd = -1;
	struct diag_socket s;
	struct netns *n;
	int r;

	if (f->proto != IPPROTO_TCP)
		return -EOPNOTSUPP;
	r = flow_find(a, pid, f, &n, &s);
	if (r < 0)
		return r;
	fd = descriptor_take(pid, &s, &a->stats.foreign);
	return fd < 0 ? fd : push(fd);
}

int act_nudge_any(struct act *a, const pid_t *pids, size_t n, const struct flow_id *f)
{
	int r = -ENOENT;
	size_t i;

	for (i = 0; i < n; i++) {
		r = nudge(a, pids[i], f);
		if (!r) {
			a->stats.nudged++;
			return 0;
		}
	}
	a->stats.nudge_failed++;
	return r;
}

int act_nudge(struct act *a, pid_t pid, const struct flow_id *f)
{
	return act_nudge_any(a, &pid, 1, f);
}

int act_keep(struct act *a, pid_t pid, const struct flow_id *f, int *ret_fd)
{
	struct diag_socket s;
	struct netns *n;
	int r, fd;

	if (f->proto != IPPROTO_TCP)
		return -EOPNOTSUPP;
	r = flow_find(a, pid, f, &n, &s);
	if (r < 0)
		return r;
	fd = descriptor_take(pid, &s, &a->stats.foreign);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

int act_push(struct act *a, int fd)
{
	int r = push(fd);

	if (r < 0)
		a->stats.nudge_failed++;
	else
		a->stats.nudged++;
	return r;
}

void act_let_go(int fd)
{
	descriptor_give(fd);
}
