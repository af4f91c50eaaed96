/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side: an allowed question is put to the server that the asker meant, from a socket of our own in the asker's
 * namespace, with a random port (the kernel's) and a random id (RFC 5452, 9.2). UDP for UDP, TCP for TCP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>

#include "resolver.h"

#define PATIENCE_NS 10000000000ull /* askers give up earlier: resolv.conf(5) */

static socklen_t server_address(const struct aim *to, struct sockaddr_storage *ret)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in6 *in6 = (void *)ret;
	struct sockaddr_in *in = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (memcmp(to->addr, v4, sizeof(v4)) == 0) {
		in->sin_family = AF_INET;
		in->sin_port = htons(to->port);
		memcpy(&in->sin_addr, to->addr + 12, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(to->port);
	memcpy(&in6->sin6_addr, to->addr, 16);
	return sizeof(*in6);
}

static bool is_tcp(const struct question *q)
{
	return q->client != NULL;
}

static int send_query(struct question *q)
{
	uint8_t msg[2 + DNS_QUERY_MAX];
	size_t len = dns_query_write(&q->q, q->id, msg + 2);

	msg[0] = (uint8_t)(len >> 8);
	msg[1] = (uint8_t)len;
	/* fits any socket buffer: all of it or nothing is sent */
	if (send(q->fd, is_tcp(q) ? msg : msg + 2, is_tcp(q) ? len + 2 : len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	q->sent = true;
	return 0;
}

static void read_datagram(struct question *q)
{
	uint8_t msg[ANSWER_MAX];
	ssize_t n = recv(q->fd, msg, sizeof(msg), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) /* nobody listens there: the asker shall try its next server at once */
		question_refuse(q, DNS_RCODE_SERVFAIL);
	else if (dns_answers(&q->q, q->id, msg, (size_t)n))
		question_answer(q, msg, (size_t)n);
}

static void read_stream(struct question *q)
{
	ssize_t n = recv(q->fd, q->in + q->in_len, 2 + ANSWER_MAX - q->in_len, MSG_DONTWAIT);
	size_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		question_refuse(q, DNS_RCODE_SERVFAIL);
		return;
	}
	q->in_len += (size_t)n;
	len = (size_t)q->in[0] << 8 | q->in[1];
	if (q->in_len < 2 || q->in_len < 2 + len)
		return;
	if (dns_answers(&q->q, q->id, q->in + 2, len))
		question_answer(q, q->in + 2, len);
	else
		question_refuse(q, DNS_RCODE_SERVFAIL);
}

static int on_upstream(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	struct question *q = user;

	(void)s;
	(void)fd;
	if (!is_tcp(q))
		read_datagram(q);
	else if (q->sent)
		read_stream(q);
	else if ((revents & (EPOLLERR | EPOLLHUP)) || send_query(q) < 0)
		question_refuse(q, DNS_RCODE_SERVFAIL);
	else
		(void)sd_event_source_set_io_events(q->source, EPOLLIN);
	return 0;
}

static int open_upstream(struct question *q)
{
	struct guard *g = q->o->g;
	struct sockaddr_storage to;
	socklen_t size = server_address(&q->who.server, &to);
	pid_t pid = q->o->own ? getpid() : (pid_t)q->who.tgid;

	q->fd = act_socket(g->act, pid, q->o->netns, to.ss_family, is_tcp(q) ? SOCK_STREAM : SOCK_DGRAM);
	if (q->fd < 0)
		return q->fd;
	if (connect(q->fd, (struct sockaddr *)&to, size) < 0 && errno != EINPROGRESS)
		return -errno;
	return sd_event_add_io(g->loop, &q->source, q->fd, is_tcp(q) ? EPOLLOUT : EPOLLIN, on_upstream, q);
}

int upstream_ask(struct question *q)
{
	int r;

	if (getrandom(&q->id, sizeof(q->id), GRND_NONBLOCK) != sizeof(q->id))
		return -EAGAIN;
	if (is_tcp(q)) {
		q->in = malloc(2 + ANSWER_MAX);
		if (!q->in)
			return -ENOMEM;
	}
	r = open_upstream(q);
	if (r >= 0 && !is_tcp(q))
		r = send_query(q);
	if (r < 0) {
		upstream_close(q);
		return r;
	}
	q->state = Q_ASKED;
	q->deadline_ns = now_boot_ns() + PATIENCE_NS;
	return 0;
}

void upstream_again(struct question *q)
{
	if (!is_tcp(q) && q->state == Q_ASKED)
		(void)send_query(q);
}

void upstream_close(struct question *q)
{
	q->source = sd_event_source_disable_unref(q->source);
	closep(&q->fd);
	q->fd = -1;
	free(q->in);
	q->in = NULL;
}
