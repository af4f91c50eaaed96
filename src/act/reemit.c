/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>

#include "../base/base.h"
#include "internal.h"
#include "packet.h"

/*
 * Without a cookie to compare, only a source that the namespace owns is sent from it. Non-local sources
 * (IP_TRANSPARENT) and link-local ones (their scope is not in the packet) then wait for the kernel's timer.
 */
static int source_is_local(struct act *a, const struct netns *n, const struct packet *p)
{
	_cleanup_close_ int fd = netns_socket(&a->netns, n, p->family, SOCK_DGRAM, 0);
	struct sockaddr_storage source;
	socklen_t size = packet_source(p, &source);

	if (fd < 0)
		return fd;
	return bind(fd, (struct sockaddr *)&source, size) < 0 ? -errno : 0;
}

static int packet_send(struct act *a, struct netns *n, const struct packet *p)
{
	struct sockaddr_storage to;
	socklen_t size = packet_destination(p, &to);
	int fd = netns_raw(&a->netns, n, p->family);

	if (fd < 0)
		return fd;
	if (sendto(fd, p->data, p->len, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, size) < 0)
		return -errno;
	return 0;
}

static int reemit(struct act *a, pid_t netns_of, uint64_t cookie, const struct packet *p)
{
	struct netns *n;
	int r;

	r = netns_find(&a->netns, netns_of, cookie, &n);
	if (r < 0)
		return r;
	if (!cookie || n->cookie != cookie) {
		r = source_is_local(a, n, p);
		if (r < 0)
			return r;
	}
	return packet_send(a, n, p);
}

int act_reemit(struct act *a, pid_t netns_of, const struct held_packet *held)
{
	struct packet p;
	int r;

	r = packet_prepare(&p, held);
	if (r < 0) {
		a->stats.reemit_refused++;
		return r;
	}
	r = reemit(a, netns_of, held->netns, &p);
	if (r < 0)
		a->stats.reemit_failed++;
	else
		a->stats.reemitted++;
	return r;
}
