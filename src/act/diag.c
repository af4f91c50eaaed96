/* SPDX-License-Identifier: Apache-2.0 */
#include "diag.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "../base/base.h"

/* The kernel fills at most 32 KiB per read of a dump (netlink_dump, NLMSG_GOODSIZE grown by the reader). */
#define REPLY_MAX 32768

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};
_Static_assert(sizeof(struct request) == 72, "netlink message without padding");

union reply {
	struct nlmsghdr head;
	char bytes[REPLY_MAX];
};

/* What is done with each message. 0 = go on, 1 = complete, negative = over. */
typedef int (*reply_fn)(const struct nlmsghdr *m, void *data);

uint64_t diag_cookie(const struct inet_diag_sockid *id)
{
	return (uint64_t)id->idiag_cookie[1] << 32 | id->idiag_cookie[0];
}

void diag_set_cookie(struct inet_diag_sockid *id, uint64_t cookie)
{
	id->idiag_cookie[0] = (uint32_t)cookie;
	id->idiag_cookie[1] = (uint32_t)(cookie >> 32);
}

int diag_open(struct netns_set *s, const struct netns *n)
{
	struct timeval timeout = {.tv_sec = DIAG_TIMEOUT_MS / 1000, .tv_usec = DIAG_TIMEOUT_MS % 1000 * 1000};
	int fd = netns_socket(s, n, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return fd;
	/* Blocking with a limit: the kernel answers in the sender's own system call, the wait is for dumps only. */
	if (fcntl(fd, F_SETFL, 0) < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

static int request_send(int fd, const struct request *q)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (sendto(fd, q, sizeof(*q), 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* One datagram of the kernel's. Returns its length. */
static ssize_t reply_receive(int fd, union reply *ret)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = ret->bytes, .iov_len = sizeof(ret->bytes)};
	struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	do
		n = recvmsg(fd, &m, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (m.msg_flags & MSG_TRUNC || m.msg_namelen != sizeof(from) || from.nl_pid != 0)
		return -EBADMSG;
	return n;
}

/* NLMSG_ERROR carries a negative errno or 0 (an acknowledgement); NLMSG_DONE may carry one too. */
static int status_of(const struct nlmsghdr *m)
{
	int error;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return m->nlmsg_type == NLMSG_DONE ? 1 : -EBADMSG;
	memcpy(&error, NLMSG_DATA(m), sizeof(error));
	if (error > 0 || error < -4095)
		return -EBADMSG;
	return error ? error : 1;
}

static int reply_walk(const union reply *reply, size_t len, uint32_t seq, reply_fn each, void *data)
{
	size_t at = 0;
	int r = 0;

	while (!r && len - at >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)(reply->bytes + at);

		if (m->nlmsg_len < sizeof(*m) || m->nlmsg_len > len - at || m->nlmsg_seq != seq)
			return -EBADMSG;
		if (m->nlmsg_type == NLMSG_ERROR || m->nlmsg_type == NLMSG_DONE)
			return status_of(m);
		r = each(m, data);
		at += MIN((size_t)NLMSG_ALIGN(m->nlmsg_len), len - at);
	}
	return r;
}

/* Sends a question and hands every answer to each. 0, or the first error. */
static int ask(int fd, const struct request *q, reply_fn each, void *data)
{
	uint64_t end = now_boot_ns() + DIAG_TIMEOUT_MS * 1000ull * 1000;
	union reply reply;
	ssize_t n;
	int r;

	r = request_send(fd, q);
	while (!r) {
		if (now_boot_ns() > end)
			return -ETIMEDOUT;
		n = reply_receive(fd, &reply);
		r = n < 0 ? (int)n : reply_walk(&reply, (size_t)n, q->head.nlmsg_seq, each, data);
	}
	return r < 0 ? r : 0;
}

static struct request request_make(uint16_t type, uint16_t flags, uint8_t family, uint8_t proto)
{
	return (struct request){
		.head = {.nlmsg_len = sizeof(struct request), .nlmsg_type = type,
			 .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = 1},
		.body = {.sdiag_family = family, .sdiag_protocol = proto, .idiag_states = ~0u},
	};
}

static int socket_read(const struct nlmsghdr *m, uint8_t proto, struct diag_socket *ret)
{
	struct inet_diag_msg body;

	if (m->nlmsg_type != SOCK_DIAG_BY_FAMILY || m->nlmsg_len < NLMSG_LENGTH(sizeof(body)))
		return -EBADMSG;
	memcpy(&body, NLMSG_DATA(m), sizeof(body));
	*ret = (struct diag_socket){
		.id = body.id,
		.inode = body.idiag_inode,
		.family = body.idiag_family,
		.proto = proto,
		.state = body.idiag_state,
	};
	return 0;
}

struct listing {
	uint8_t proto;
	int count;
	int (*each)(const struct diag_socket *s, void *data);
	void *data;
};

static int listing_add(const struct nlmsghdr *m, void *data)
{
	struct listing *l = data;
	struct diag_socket s;
	int r;

	r = socket_read(m, l->proto, &s);
	if (r < 0)
		return r;
	l->count++;
	return l->each ? l->each(&s, l->data) : 0;
}

int diag_list(int fd, uint8_t family, uint8_t proto, int (*each)(const struct diag_socket *s, void *data), void *data)
{
	struct request q = request_make(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family, proto);
	struct listing l = {.proto = proto, .each = each, .data = data};
	int r;

	r = ask(fd, &q, listing_add, &l);
	return r < 0 ? r : l.count;
}

static int get_one(const struct nlmsghdr *m, void *data)
{
	int r = socket_read(m, IPPROTO_TCP, data);

	return r < 0 ? r : 1;
}

int diag_get(int fd, uint8_t family, const struct inet_diag_sockid *id, struct diag_socket *ret)
{
	struct request q = request_make(SOCK_DIAG_BY_FAMILY, 0, family, IPPROTO_TCP);
	struct diag_socket s = {0};
	int r;

	q.body.id = *id;
	r = ask(fd, &q, get_one, &s);
	if (r < 0)
		return r;
	/* The kernel has compared the cookie; an acknowledgement without a socket is not an answer. */
	if (diag_cookie(&s.id) != diag_cookie(id))
		return -ENOENT;
	*ret = s;
	return 0;
}

static int nothing_expected(_unused_ const struct nlmsghdr *m, _unused_ void *data)
{
	return -EBADMSG;
}

int diag_destroy(int fd, const struct diag_socket *s)
{
	struct request q = request_make(SOCK_DESTROY, NLM_F_ACK, s->family, s->proto);

	q.body.id = s->id;
	return ask(fd, &q, nothing_expected, NULL);
}
