/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's side of the control socket: accepts, permits, queues. What a request does is its handler's business. */
#include "message.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

/* A message that waits for its client. */
struct queued {
	struct queued *next;
	size_t len;
	char bytes[];
};

struct ipc_reply {
	struct ipc_server *server;
	sd_event_source *source;
	int fd, pidfd; /* pidfd -1: the kernel could not give one */
	struct ucred peer;
	uint64_t order; /* of connecting */
	const struct ipc_row *row; /* NULL until a request was permitted */
	bool ended, gone, lost;
	struct queued *first, **last;
	size_t queued;
};

struct ipc_server {
	struct ipc_server_config config;
	char *path;
	int fd;
	sd_event *event;
	sd_event_source *source;
	struct ipc_reply *clients[IPC_CLIENTS_MAX];
	uint64_t connections;
	struct ipc_stats stats;
};

/* --- queues ------------------------------------------------------------------------------------------ */

static struct queued *queued_new(char type, const char *bytes, size_t len)
{
	struct queued *q = malloc(sizeof(*q) + 1 + len);

	if (!q)
		return NULL;
	q->next = NULL;
	q->len = 1 + len;
	q->bytes[0] = type;
	memcpy(q->bytes + 1, bytes, len);
	return q;
}

static void queue_push(struct ipc_reply *c, struct queued *q)
{
	*c->last = q;
	c->last = &q->next;
	c->queued += q->len;
}

static void queue_pop(struct ipc_reply *c)
{
	struct queued *q = c->first;

	c->first = q->next;
	if (!c->first)
		c->last = &c->first;
	c->queued -= q->len;
	free(q);
}

static void chain_free(struct queued *q)
{
	struct queued *next;

	for (; q; q = next) {
		next = q->next;
		free(q);
	}
}

/* Sends what the socket takes now. */
static void queue_flush(struct ipc_reply *c)
{
	while (c->first && !c->gone) {
		if (send(c->fd, c->first->bytes, c->first->len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			queue_pop(c);
			continue;
		}
		if (errno == EAGAIN || errno == EINTR)
			break;
		c->gone = true;
	}
}

/* --- clients ----------------------------------------------------------------------------------------- */

static void client_forget(struct ipc_reply *c)
{
	size_t i;

	for (i = 0; i < IPC_CLIENTS_MAX; i++)
		if (c->server->clients[i] == c)
			c->server->clients[i] = NULL;
}

static void client_drop(struct ipc_reply *c)
{
	struct ipc_server *s = c->server;

	client_forget(c);
	if (c->row && c->row->streams && !c->ended && s->config.closed)
		s->config.closed(s->config.user, c);
	sd_event_source_disable_unref(c->source);
	closep(&c->fd);
	closep(&c->pidfd);
	chain_free(c->first);
	free(c);
}

/* Waits for what comes next: room in the socket, the client's leaving, or its request. A client with nothing left to
 * get is dropped; so this is the last thing to do with it. */
static void client_settle(struct ipc_reply *c)
{
	queue_flush(c);
	if (c->gone || (c->ended && !c->first))
		client_drop(c);
	else if (sd_event_source_set_io_events(c->source, c->first ? EPOLLIN | EPOLLOUT : EPOLLIN) < 0)
		client_drop(c);
}

static void client_end(struct ipc_reply *c, uint32_t code, const char *sentence)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct queued *q;

	if (c->ended)
		return;
	buf_init(&b, 0);
	ipc_end_encode(code, sentence, &b);
	q = buf_error(&b) ? NULL : queued_new(IPC_END, buf_str(&b) + 1, b.len - 1);
	if (q)
		queue_push(c, q);
	else
		c->gone = true;
	c->ended = true;
}

void ipc_reply_end(struct ipc_reply *reply, enum ipc_code code, const char *fmt, ...)
{
	char sentence[IPC_SENTENCE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	if (reply->lost && !reply->row->streams && code == IPC_OK)
		client_end(reply, IPC_FAILED, "the answer is too long to be sent");
	else
		client_end(reply, code, sentence);
	/* The client may be dropped only from the event loop: the handler still holds the reply. */
	(void)sd_event_source_set_io_events(reply->source, EPOLLIN | EPOLLOUT);
}

/* The document cut into messages, or NULL. */
static struct queued *document_cut(const char *json, size_t len)
{
	struct queued *first = NULL, **last = &first;

	for (;;) {
		size_t n = MIN(len, (size_t)IPC_CHUNK_MAX);

		*last = queued_new(n < len ? IPC_PIECE : IPC_DOCUMENT, json, n);
		if (!*last) {
			chain_free(first);
			return NULL;
		}
		if (n == len)
			return first;
		last = &(*last)->next;
		json += n;
		len -= n;
	}
}

static int document_lost(struct ipc_reply *c, int error)
{
	c->lost = true;
	c->server->stats.lost++;
	return error;
}

int ipc_reply_data(struct ipc_reply *reply, const char *json, size_t len)
{
	struct queued *q, *next;

	if (reply->gone || reply->ended)
		return -EPIPE;
	queue_flush(reply);
	if (len > IPC_QUEUE_MAX || reply->queued + len > IPC_QUEUE_MAX)
		return document_lost(reply, -ENOBUFS);
	q = document_cut(json, len);
	if (!q)
		return document_lost(reply, -ENOMEM);
	for (; q; q = next) {
		next = q->next;
		q->next = NULL;
		queue_push(reply, q);
	}
	(void)sd_event_source_set_io_events(reply->source, EPOLLIN | EPOLLOUT);
	return 0;
}

/* --- permission -------------------------------------------------------------------------------------- */

/* A request that loosens must come from a process that still exists: a pid that was given away proves nothing. */
static bool peer_lives(const struct ipc_reply *c)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	return c->peer.pid > 0 && c->pidfd >= 0 && poll(&p, 1, 0) == 0;
}

static bool who_permits(const struct ipc_reply *c, enum ipc_who who)
{
	switch (who) {
	case IPC_ANYONE:
		return true;
	case IPC_OWNER:
		return c->peer.uid == 0 || c->peer.uid == c->server->config.owner;
	case IPC_ROOT:
		return c->peer.uid == 0;
	}
	return false;
}

/* NULL if the request may go to its handler, else why not. */
static const char *refusal(const struct ipc_reply *c, const struct ipc_request *req)
{
	const struct ipc_server *s = c->server;

	if (!who_permits(c, req->row->who))
		return req->row->who == IPC_ROOT ? "only root may ask this" :
						   "only root and the user the guard serves may ask this";
	if (!req->row->loosens)
		return NULL;
	if (!peer_lives(c))
		return "the asking process cannot be identified";
	if (!s->config.peer_clean(s->config.user, c->peer.pid))
		return "this lowers protection, and the asking process, or one that started it, has read a secret; "
		       "ask from a fresh terminal";
	return NULL;
}

static void request_run(struct ipc_reply *c, const struct ipc_request *req)
{
	struct ipc_server *s = c->server;
	int r;

	c->row = req->row;
	s->stats.requests++;
	r = s->config.handle(s->config.user, req, c);
	if (c->ended)
		return;
	if (r < 0)
		ipc_reply_end(c, IPC_FAILED, "%s: %s", req->row->name,
			      strerrordesc_np(-r) ? strerrordesc_np(-r) : "failed");
	else if (!req->row->streams)
		ipc_reply_end(c, IPC_OK, "%s", "");
}

static void request_refuse(struct ipc_reply *c, enum ipc_code code, const char *sentence)
{
	c->server->stats.refused++;
	client_end(c, code, sentence);
}

static void request_take(struct ipc_reply *c, const char *message, size_t len)
{
	struct ipc_request req = { .pid = c->peer.pid, .uid = c->peer.uid };
	const char *why;

	if (ipc_words_decode(message, len, req.words, &req.n_words) < 0) {
		request_refuse(c, IPC_USAGE, "the request is malformed");
		return;
	}
	req.row = ipc_row_find(req.words[0]);
	if (!req.row) {
		request_refuse(c, IPC_USAGE, "the guard knows no such request; is it another version?");
		return;
	}
	if (req.n_words - 1 < req.row->min_words || req.n_words - 1 > req.row->max_words) {
		request_refuse(c, IPC_USAGE, "the request has too few or too many words");
		return;
	}
	why = refusal(c, &req);
	if (why)
		request_refuse(c, IPC_REFUSED, why);
	else
		request_run(c, &req);
}

/* --- socket events ----------------------------------------------------------------------------------- */

/* True if the kernel says that the process that sent the message is the one that connected. The credentials come by
 * SO_PASSCRED; a sender without CAP_SYS_ADMIN cannot name another process there (net/core/scm.c, scm_check_creds). */
static bool sender_is_peer(struct msghdr *m, const struct ucred *peer)
{
	struct cmsghdr *h;
	struct ucred cred;

	for (h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&cred, CMSG_DATA(h), sizeof(cred));
		return cred.pid == peer->pid && cred.uid == peer->uid;
	}
	return false;
}

/* Descriptors a client sent along are not wanted; the kernel has already put them into our table. */
static void close_received(struct msghdr *m)
{
	struct cmsghdr *h;
	size_t n, i;
	int fd;

	for (h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			(void)close(fd);
		}
	}
}

static void client_read(struct ipc_reply *c)
{
	char message[IPC_REQUEST_MAX];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * 16)];
	} control;
	struct iovec iov = { .iov_base = message, .iov_len = sizeof(message) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0) {
		c->gone = errno != EAGAIN && errno != EINTR;
		return;
	}
	close_received(&m);
	if (n == 0 || c->row || c->ended) /* leaving, or a second request: one connection carries one */
		c->gone = true;
	else if (m.msg_flags & MSG_TRUNC)
		request_refuse(c, IPC_USAGE, "the request is too long");
	else if (!sender_is_peer(&m, &c->peer))
		request_refuse(c, IPC_REFUSED, "the request was sent by another process than the one that connected");
	else
		request_take(c, message, (size_t)n);
}

static int on_client(sd_event_source *source _unused_, int fd _unused_, uint32_t events, void *user)
{
	struct ipc_reply *c = user;

	if (events & EPOLLIN)
		client_read(c);
	else if (events & (EPOLLHUP | EPOLLERR))
		c->gone = true;
	client_settle(c);
	return 0;
}

static int peer_pidfd(int fd, pid_t pid)
{
	int pidfd;
	socklen_t len = sizeof(pidfd);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	/* Older kernels: the pid may have been reused since connect(); the sender's credentials are compared as well.
	 */
	return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

static struct ipc_reply **place_for_client(struct ipc_server *s)
{
	struct ipc_reply **oldest = NULL;
	size_t i;

	for (i = 0; i < IPC_CLIENTS_MAX; i++) {
		if (!s->clients[i])
			return &s->clients[i];
		if (!oldest || s->clients[i]->order < (*oldest)->order)
			oldest = &s->clients[i];
	}
	/* Requests are answered as they come, so the oldest is idle or a stream that can be asked for again: many idle
	 * connections must not lock a person out. */
	s->stats.turned_away++;
	client_drop(*oldest);
	return oldest;
}

static int client_new(struct ipc_server *s, int fd, struct ipc_reply **ret)
{
	_cleanup_free_ struct ipc_reply *c = calloc(1, sizeof(*c));
	socklen_t len = sizeof(c->peer);
	int r;

	if (!c)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c->peer, &len) < 0)
		return -errno;
	c->server = s;
	c->fd = fd;
	c->last = &c->first;
	c->order = ++s->connections;
	r = sd_event_add_io(s->event, &c->source, fd, EPOLLIN, on_client, c);
	if (r < 0)
		return r;
	c->pidfd = peer_pidfd(fd, c->peer.pid);
	*ret = TAKE_PTR(c);
	return 0;
}

static int on_connect(sd_event_source *source _unused_, int listener, uint32_t events _unused_, void *user)
{
	struct ipc_server *s = user;
	_cleanup_close_ int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ipc_reply **place, *c = NULL;

	if (fd < 0)
		return 0; /* the client may have left already; anything else shows again at once */
	place = place_for_client(s);
	if (client_new(s, fd, &c) < 0)
		return 0;
	(void)TAKE_FD(fd);
	*place = c;
	return 0;
}

/* --- the server -------------------------------------------------------------------------------------- */

/* A socket file that nobody serves is left over from a guard that was killed. */
static bool stale(const struct sockaddr_un *addr)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 && errno == ECONNREFUSED;
}

static int bind_socket(const struct ipc_server *s, int fd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t old;
	int r;

	if (strlen(s->path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, s->path, strlen(s->path));
	if (stale(&addr))
		(void)unlink(s->path);
	/* Nobody may connect between bind and the mode: 0600 from its first moment. */
	old = umask(0177);
	r = bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
	(void)umask(old);
	if (r == 0 && chmod(s->path, s->config.mode) < 0)
		r = -errno;
	return r;
}

static int server_listen(struct ipc_server *s)
{
	static const int one = 1;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	/* On the listener, so that accepted sockets have it before their first message can arrive. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0)
		return -errno;
	r = bind_socket(s, fd);
	if (r < 0)
		return r;
	s->fd = TAKE_FD(fd);
	if (listen(s->fd, IPC_CLIENTS_MAX) < 0)
		return -errno;
	return sd_event_add_io(s->event, &s->source, s->fd, EPOLLIN, on_connect, s);
}

int ipc_server_open(sd_event *event, const struct ipc_server_config *config, struct ipc_server **ret)
{
	_cleanup_(ipc_server_closep) struct ipc_server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->config = *config;
	s->event = sd_event_ref(event);
	s->path = strdup(config->path);
	if (!s->path)
		return -ENOMEM;
	s->config.path = s->path;
	r = server_listen(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct ipc_server *ipc_server_close(struct ipc_server *s)
{
	size_t i;

	if (!s)
		return NULL;
	for (i = 0; i < IPC_CLIENTS_MAX; i++)
		if (s->clients[i])
			client_drop(s->clients[i]);
	sd_event_source_disable_unref(s->source);
	if (s->fd >= 0)
		(void)unlink(s->path);
	closep(&s->fd);
	sd_event_unref(s->event);
	free(s->path);
	free(s);
	return NULL;
}

void ipc_server_flush(struct ipc_server *s, unsigned timeout_ms)
{
	uint64_t end_ns = now_boot_ns() + (uint64_t)timeout_ms * 1000000;
	size_t i;

	for (i = 0; i < IPC_CLIENTS_MAX; i++) {
		struct ipc_reply *c = s->clients[i];

		while (c && c->first && !c->gone) {
			struct pollfd p = { .fd = c->fd, .events = POLLOUT };
			uint64_t now_ns = now_boot_ns();

			if (now_ns >= end_ns || poll(&p, 1, (int)((end_ns - now_ns) / 1000000) + 1) <= 0)
				return;
			queue_flush(c);
		}
	}
}

const struct ipc_stats *ipc_server_stats(const struct ipc_server *s)
{
	return &s->stats;
}
