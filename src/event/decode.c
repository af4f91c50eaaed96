/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <errno.h>
#include <string.h>

/* Fixed sizes by kind; 0 = unknown. */
static const size_t sizes[EV_KIND_MAX] = {
	[EV_TAINT] = sizeof(struct ev_taint),     [EV_HELD] = sizeof(struct ev_held),
	[EV_DENIED] = sizeof(struct ev_denied),   [EV_DNS] = sizeof(struct ev_dns),
	[EV_EXEC] = sizeof(struct ev_exec),       [EV_FORK] = sizeof(struct ev_fork),
	[EV_EXIT] = sizeof(struct ev_exit),       [EV_CONNECT] = sizeof(struct ev_connect),
	[EV_GONE] = sizeof(struct ev_gone),       [EV_WANT] = sizeof(struct ev_want),
	[EV_HERE] = sizeof(struct ev_here),
};

/* Tail of one string. */
static int tail_path(struct event *e, const char *tail, size_t room, size_t len)
{
	if (len > room)
		return -EBADMSG;
	e->path = tail;
	e->path_len = len;
	return 0;
}

static int tail_data(struct event *e, const void *tail, size_t room, size_t len)
{
	if (len > room)
		return -EBADMSG;
	e->data = tail;
	e->data_len = len;
	return 0;
}

static int tail_exec(struct event *e, const char *tail, size_t room)
{
	size_t name = e->exec->filename_len, argv = e->exec->argv_len, path = e->exec->path_len;

	if (name > room || argv > room - name || path > room - name - argv ||
	    e->exec->cwd_len > room - name - argv - path)
		return -EBADMSG;
	e->filename = tail;
	e->filename_len = name;
	e->argv = tail + name;
	e->argv_len = argv;
	e->cwd = tail + name + argv + path;
	e->cwd_len = e->exec->cwd_len;
	return tail_path(e, tail + name + argv, path, path);
}

int event_decode(const void *record, size_t len, struct event *ret)
{
	struct event e = { .head = record };
	const char *tail;
	size_t fixed;
	int r = 0;

	if (len < sizeof(struct ev_head) || e.head->len < sizeof(struct ev_head) || e.head->len > len ||
	    !memchr(e.head->comm, 0, sizeof(e.head->comm)))
		return -EBADMSG;
	fixed = e.head->kind < EV_KIND_MAX ? sizes[e.head->kind] : 0;
	if (!fixed)
		return -ENOTSUP;
	if (e.head->len < fixed)
		return -EBADMSG;
	e.taint = record;
	tail = (const char *)record + fixed;
	len = e.head->len - fixed;
	switch (e.head->kind) {
	case EV_TAINT:
		r = tail_path(&e, tail, len, e.taint->path_len);
		break;
	case EV_DENIED:
		r = tail_path(&e, tail, len, e.denied->path_len);
		break;
	case EV_HELD:
		r = tail_data(&e, tail, len, e.held->pkt_len);
		break;
	case EV_DNS:
		r = tail_data(&e, tail, len, e.dns->dns_len);
		break;
	case EV_EXEC:
		r = tail_exec(&e, tail, len);
		break;
	}
	if (r == 0)
		*ret = e;
	return r;
}
