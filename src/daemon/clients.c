/* SPDX-License-Identifier: Apache-2.0 */
/* Questions over TCP (RFC 7766): each has its length before it. Answers go out in the order in which they are ready. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "resolver.h"

#define IDLE_NS 20000000000ull
#define PENDING_MAX 16
#define OUT_MAX (4u * (2 + ANSWER_MAX))

static void client_free(struct client *c)
{
	struct resolver *r = c->o->g->resolver;
	struct client **at = &r->clients;

	while (*at && *at != c)
		at = &(*at)->next;
	if (*at) {
		*at = c->next;
		r->n_clients--;
	}
	buf_done(&c->out);
	free(c);
}

void client_drop(struct client *c)
{
	if (!c->ended) {
		(void)sd_event_source_disable_unref(c->source);
		(void)close(c->fd);
		c->ended = true;
	}
	if (!c->pending)
		client_free(c);
}

void client_release(struct client *c)
{
	c->pending--;
	if (c->ended)
		client_drop(c);
}

/* One question from the head of what has come in. False: it is not whole yet. */
static bool take_question(struct client *c)
{
	size_t len = (size_t)c->in[0] << 8 | c->in[1];
	struct question *q;

	if (c->in_len < 2 || c->in_len < 2 + len)
		return false;
	q = question_new(c->o->g, &c->who, c->in + 2, len);
	c->in_len -= 2 + len;
	memmove(c->in, c->in + 2 + len, c->in_len);
	if (!q)
		return true;
	q->o = c->o;
	q->client = c;
	c->pending++;
	question_arrived(q);
	return true;
}

static void write_out(struct client *c)
{
	ssize_t n = c->out.len ? send(c->fd, c->out.data, c->out.len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n < 0 && errno != EAGAIN) {
		client_drop(c);
		return;
	}
	if (n > 0) {
		memmove(c->out.data, c->out.data + n, c->out.len - (size_t)n);
		c->out.len -= (size_t)n;
	}
	(void)sd_event_source_set_io_events(c->source, c->out.len ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void client_reply(struct client *c, const uint8_t *msg, size_t len)
{
	uint8_t head[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	if (c->ended)
		return;
	buf_add(&c->out, head, sizeof(head));
	buf_add(&c->out, msg, len);
	if (buf_error(&c->out)) /* it asks and never listens */
		client_drop(c);
	else
		write_out(c);
}

static void read_in(struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_drop(c);
		return;
	}
	c->in_len += (size_t)n;
	c->used_ns = c->o->used_ns = now_boot_ns();
	c->pending++; /* an answer may end the connection while we are here */
	while (!c->ended && c->pending <= PENDING_MAX && take_question(c))
		;
	if (c->in_len == sizeof(c->in) && !c->ended && c->pending <= 1) /* a question that long is none */
		client_drop(c);
	client_release(c);
}

static int on_client(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	struct client *c = user;

	(void)s;
	(void)fd;
	if (revents & EPOLLOUT)
		write_out(c);
	else
		read_in(c);
	return 0;
}

int client_accept(struct outpost *o, int listener)
{
	struct resolver *r = o->g->resolver;
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	_cleanup_close_ int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	if (fd < 0)
		return -errno;
	c = r->n_clients < CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (!c || asker_of(o, &from, IPPROTO_TCP, &c->who) < 0) {
		r->dropped++;
		free(c);
		return -ENOENT;
	}
	c->o = o;
	c->fd = fd;
	c->used_ns = now_boot_ns();
	buf_init(&c->out, OUT_MAX);
	if (sd_event_add_io(o->g->loop, &c->source, fd, EPOLLIN, on_client, c) < 0) {
		free(c);
		return -ENOMEM;
	}
	(void)TAKE_FD(fd);
	c->next = r->clients;
	r->clients = c;
	r->n_clients++;
	return 0;
}

void clients_tick(struct guard *g, uint64_t now_ns)
{
	struct client *c, *next;

	for (c = g->resolver->clients; c; c = next) {
		next = c->next;
		if (!c->pending && now_ns - c->used_ns > IDLE_NS)
			client_drop(c);
	}
}
