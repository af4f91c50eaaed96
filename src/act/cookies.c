/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../base/base.h"
#include "diag.h"
#include "internal.h"

static const struct {
	uint8_t family, proto;
} kinds[] = {
	{AF_INET, IPPROTO_TCP}, {AF_INET6, IPPROTO_TCP}, {AF_INET, IPPROTO_UDP},  {AF_INET6, IPPROTO_UDP},
	{AF_INET, IPPROTO_RAW}, {AF_INET6, IPPROTO_RAW}, {AF_INET, IPPROTO_UDPLITE}, {AF_INET6, IPPROTO_UDPLITE},
	{AF_INET, IPPROTO_SCTP}, {AF_INET6, IPPROTO_SCTP},
};

static int list_kind(struct act *a, const struct netns *n, uint8_t family, uint8_t proto)
{
	_cleanup_close_ int fd = diag_open(&a->netns, n);

	return fd < 0 ? fd : diag_list(fd, family, proto, NULL, NULL);
}

int act_cookies(struct act *a, pid_t netns_of)
{
	int count = 0, error = -ENOENT, r;
	bool any = false;
	struct netns *n;
	size_t i;

	r = netns_find(&a->netns, netns_of, 0, &n);
	if (r < 0)
		return r;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		r = list_kind(a, n, kinds[i].family, kinds[i].proto);
		if (r < 0) {
			error = r;
			continue;
		}
		count += r;
		any = true;
	}
	return any ? count : error;
}
