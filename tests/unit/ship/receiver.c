/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64

struct receiver {
	enum behaviour behaviour;
	int listener, port, stop[2];
	pthread_t thread;
	pthread_mutex_t lock;
	char *requests[REQUESTS_MAX];
	size_t n;
	struct pollfd fds[CONNECTIONS_MAX];
	nfds_t n_fds;
};

static void hang_up(struct receiver *r, nfds_t i, bool reset)
{
	struct linger hard = { 1, 0 };

	if (reset)
		(void)setsockopt(r->fds[i].fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	(void)close(r->fds[i].fd);
	r->fds[i] = r->fds[--r->n_fds];
}

static void take_call(struct receiver *r)
{
	int fd = accept(r->listener, NULL, NULL);

	if (fd < 0)
		return;
	r->fds[r->n_fds++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (r->behaviour == RESETS || r->n_fds == CONNECTIONS_MAX)
		hang_up(r, r->n_fds - 1, true);
}

/* Reads one request whole: small, and its sender does not dawdle. */
static char *read_request(int fd)
{
	char *text = calloc(1, 65536), *body, *length;
	size_t len = 0, want = 0;

	while (len < 65535) {
		ssize_t n = recv(fd, text + len, 65535 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "content-length:");
		if (!body || !length)
			continue;
		want = (size_t)(body + 4 - text) + strtoul(length + 15, NULL, 10);
		if (len >= want)
			return text;
	}
	free(text);
	return NULL;
}

static void answer(int fd, const char *status, const char *headers)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\n%sContent-Length: 0\r\n\r\n", status, headers);

	(void)!send(fd, text, (size_t)n, MSG_NOSIGNAL);
}

static void flood(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
	static char junk[65536];

	memset(junk, 'x', sizeof(junk));
	(void)!send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	while (send(fd, junk, sizeof(junk), MSG_NOSIGNAL) > 0)
		;
}

static void respond(struct receiver *r, nfds_t i, size_t number)
{
	char location[64];
	int fd = r->fds[i].fd;

	switch (r->behaviour) {
	case HANGS:
		return;
	case REFUSES:
		answer(fd, "404 Not Found", "");
		return;
	case REDIRECTS:
		(void)snprintf(location, sizeof(location), "Location: http://127.0.0.1:%d/elsewhere\r\n", r->port);
		answer(fd, "307 Temporary Redirect", location);
		return;
	case FLOODS:
		flood(fd);
		hang_up(r, i, false);
		return;
	case FAILS_TWICE:
		answer(fd, number <= 2 ? "500 Oops" : "200 OK", "");
		return;
	case ANSWERS:
	case RESETS:
		answer(fd, "200 OK", "");
	}
}

static void take_request(struct receiver *r, nfds_t i)
{
	char *text = read_request(r->fds[i].fd);
	size_t number;

	if (!text) {
		hang_up(r, i, false);
		return;
	}
	pthread_mutex_lock(&r->lock);
	if (r->n < REQUESTS_MAX)
		r->requests[r->n++] = text;
	else
		free(text);
	number = r->n;
	pthread_mutex_unlock(&r->lock);
	respond(r, i, number);
}

static void *serve(void *user)
{
	struct receiver *r = user;

	while (poll(r->fds, r->n_fds, -1) > 0 && !r->fds[0].revents) {
		if (r->fds[1].revents)
			take_call(r);
		for (nfds_t i = r->n_fds; i-- > 2;)
			if (r->fds[i].revents)
				take_request(r, i);
	}
	while (r->n_fds > 2)
		hang_up(r, r->n_fds - 1, false);
	return NULL;
}

struct receiver *receiver_new(enum behaviour b)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct receiver *r = calloc(1, sizeof(*r));
	socklen_t len = sizeof(a);

	r->behaviour = b;
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(r->listener, (struct sockaddr *)&a, len) < 0 || listen(r->listener, 64) < 0 || pipe(r->stop) < 0 ||
	    getsockname(r->listener, (struct sockaddr *)&a, &len) < 0)
		abort();
	r->port = ntohs(a.sin_port);
	r->fds[0] = (struct pollfd){ .fd = r->stop[0], .events = POLLIN };
	r->fds[1] = (struct pollfd){ .fd = r->listener, .events = POLLIN };
	r->n_fds = 2;
	pthread_mutex_init(&r->lock, NULL);
	if (pthread_create(&r->thread, NULL, serve, r) != 0)
		abort();
	return r;
}

void receiver_free(struct receiver *r)
{
	(void)close(r->stop[1]);
	pthread_join(r->thread, NULL);
	(void)close(r->stop[0]);
	(void)close(r->listener);
	for (size_t i = 0; i < r->n; i++)
		free(r->requests[i]);
	free(r);
}

int receiver_port(const struct receiver *r)
{
	return r->port;
}

size_t receiver_wait(struct receiver *r, size_t n)
{
	static const struct timespec step = { .tv_nsec = 10000000 };
	size_t have = 0;

	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&r->lock);
		have = r->n;
		pthread_mutex_unlock(&r->lock);
		if (have >= n)
			break;
		(void)nanosleep(&step, NULL);
	}
	return have;
}

const char *receiver_request(struct receiver *r, size_t i)
{
	return i < r->n ? r->requests[i] : "";
}
