/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../base/base.h"
#include "descriptor.h"
#include "find.h"

static int destroy_by_diag(struct act *a, const struct netns *n, const struct diag_socket *s)
{
	_cleanup_close_ int fd = diag_open(&a->netns, n);

	return fd < 0 ? fd : diag_destroy(fd, s);
}

/*
 * Disconnecting drops what waits in the queue and resets the connection. Some kernels refuse it (EBUSY) while another
 * thread sleeps in connect(): shutdown ends that one.
 */
static int disconnect(int fd, uint8_t proto)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	socklen_t size = sizeof(int);
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0)
		return -errno;
	if (listening)
		return -ENOENT;
	if (!connect(fd, &nobody, sizeof(nobody)))
		return 0;
	if (proto == IPPROTO_TCP && !shutdown(fd, SHUT_RDWR))
		return 0;
	return -errno;
}

static int destroy_by_descriptor(struct act *a, pid_t pid, const struct diag_socket *s)
{
	_cleanup_descriptor_ int fd = descriptor_take(pid, s, &a->stats.foreign);

	return fd < 0 ? fd : disconnect(fd, s->proto);
}

static int destroy(struct act *a, pid_t pid, const struct flow_id *f)
{
	struct diag_socket s;
	struct netns *n;
	int r;

	r = flow_find(a, pid, f, &n, &s);
	if (r < 0)
		return r;
	if (!destroy_by_diag(a, n, &s)) {
		a->stats.destroyed++;
		return 0;
	}
	r = destroy_by_descriptor(a, pid, &s);
	if (!r)
		a->stats.disconnected++;
	return r;
}

int act_destroy(struct act *a, pid_t pid, const struct flow_id *f)
{
	int r = destroy(a, pid, f);

	if (r < 0)
		a->stats.destroy_failed++;
	return r;
}
