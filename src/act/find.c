/* SPDX-License-Identifier: Apache-2.0 */
#include "find.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/base.h"

static void address_put(__be32 to[4], const uint8_t addr[16], uint16_t family)
{
	memset(to, 0, 16);
	if (family == AF_INET)
		memcpy(to, addr + 12, 4);
	else
		memcpy(to, addr, 16);
}

static struct inet_diag_sockid id_of_flow(const struct flow_id *f)
{
	struct inet_diag_sockid id = {.idiag_sport = htons(f->sport), .idiag_dport = htons(f->dport)};

	address_put(id.idiag_src, f->saddr, f->family);
	address_put(id.idiag_dst, f->daddr, f->family);
	diag_set_cookie(&id, f->cookie);
	return id;
}

/* One lookup by addresses. Only for TCP: UDP's exact query takes the two ends in the other order (udp_dump_one). */
static int find_exact(struct act *a, const struct netns *n, const struct flow_id *f, struct diag_socket *ret)
{
	struct inet_diag_sockid id = id_of_flow(f);
	_cleanup_close_ int fd = -1;
	struct diag_socket s;
	int r;

	if (f->proto != IPPROTO_TCP || !f->sport || !f->dport)
		return -ENOENT;
	fd = diag_open(&a->netns, n);
	if (fd < 0)
		return fd;
	r = diag_get(fd, (uint8_t)f->family, &id, &s);
	if (r < 0)
		return r;
	if (s.state == TCP_LISTEN)
		return -ENOENT;
	*ret = s;
	return 0;
}

struct search {
	uint64_t cookie;
	struct diag_socket found;
};

static int match_cookie(const struct diag_socket *s, void *data)
{
	struct search *search = data;

	if (diag_cookie(&s->id) != search->cookie || (s->proto == IPPROTO_TCP && s->state == TCP_LISTEN))
		return 0;
	search->found = *s;
	return 1;
}

/* Finds what a lookup by addresses does not: sockets bound to a device, unconnected ones, those of unknown ports. */
static int find_listed(struct act *a, const struct netns *n, const struct flow_id *f, uint8_t family,
		       struct diag_socket *ret)
{
	_cleanup_close_ int fd = diag_open(&a->netns, n);
	struct search search = {.cookie = f->cookie};
	int r;

	if (fd < 0)
		return fd;
	r = diag_list(fd, family, f->proto, match_cookie, &search);
	if (r < 0)
		return r;
	if (diag_cookie(&search.found.id) != f->cookie)
		return -ENOENT;
	*ret = search.found;
	return 0;
}

int flow_find(struct act *a, pid_t pid, const struct flow_id *f, struct netns **ret_netns, struct diag_socket *ret)
{
	struct netns *n;
	int r;

	if (!f->cookie || (f->family != AF_INET && f->family != AF_INET6))
		return -EINVAL;
	r = netns_find(&a->netns, pid, f->netns, &n);
	if (r < 0)
		return r;
	r = find_exact(a, n, f, ret);
	if (r < 0 && f->family == AF_INET)
		r = find_listed(a, n, f, AF_INET, ret);
	/* IPv4 packets also come from sockets of the other family. */
	if (r < 0)
		r = find_listed(a, n, f, AF_INET6, ret);
	if (r < 0)
		return r;
	*ret_netns = n;
	return 0;
}
