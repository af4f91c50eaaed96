/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "../base/base.h"
#include "internal.h"

#define IDLE_NS (30ull * 1000 * 1000 * 1000)

int act_open(struct act **ret)
{
	struct act *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	r = netns_set_init(&a->netns);
	if (r < 0) {
		free(a);
		return r;
	}
	*ret = a;
	return 0;
}

struct act *act_close(struct act *a)
{
	if (a) {
		netns_set_done(&a->netns);
		free(a);
	}
	return NULL;
}

void act_stats(const struct act *a, struct act_stats *ret)
{
	*ret = a->stats;
	ret->netns_opened = a->netns.opened;
}

void act_idle(struct act *a)
{
	netns_set_trim(&a->netns, IDLE_NS);
}

int act_netns_id(pid_t pid, uint64_t *ret)
{
	return netns_inode(pid, ret);
}

int act_socket(struct act *a, pid_t netns_of, uint64_t netns, int family, int type)
{
	struct netns *n;
	int r = netns_find(&a->netns, netns_of, netns, &n);

	return r < 0 ? r : netns_socket(&a->netns, n, family, type, 0);
}

uint64_t act_netns_cookie(int fd)
{
	return netns_cookie(fd);
}
