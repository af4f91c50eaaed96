/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the provokers share: they are one-shot programs, so any failure ends the process with a sentence on stderr and
 * status 1. Every provoker is called as  NAME KIND SECRET ADDRESS PORT.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct args {
	const char *kind, *secret;
	struct sockaddr_storage to;
	socklen_t to_len;
};

static inline int check(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static inline void parse_to(struct args *a, const char *address, const char *port)
{
	struct sockaddr_in *v4 = (void *)&a->to;
	struct sockaddr_in6 *v6 = (void *)&a->to;

	memset(&a->to, 0, sizeof(a->to));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		a->to_len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(port));
		a->to_len = sizeof(*v6);
	} else {
		errx(1, "not an address: %s", address);
	}
}

static inline struct args parse_args(int argc, char **argv)
{
	struct args a = { 0 };

	if (argc != 5)
		errx(2, "usage: %s KIND SECRET ADDRESS PORT", argv[0]);
	a.kind = argv[1];
	a.secret = argv[2];
	parse_to(&a, argv[3], argv[4]);
	return a;
}

static inline int open_secret(const struct args *a)
{
	return check(open(a->secret, O_RDONLY | O_CLOEXEC), a->secret);
}

/* Reads the secret by open and read; returns its length. */
static inline size_t read_secret(const struct args *a, char *dst, size_t size)
{
	int fd = open_secret(a);
	ssize_t n = check((int)read(fd, dst, size), "read");

	close(fd);
	return (size_t)n;
}

static inline int new_socket(const struct args *a, int type)
{
	return check(socket(a->to.ss_family, type | SOCK_CLOEXEC, 0), "socket");
}

static inline void connect_to(const struct args *a, int s)
{
	check(connect(s, (const struct sockaddr *)&a->to, a->to_len), "connect");
}

static inline int connected_socket(const struct args *a)
{
	int s = new_socket(a, SOCK_STREAM);

	connect_to(a, s);
	return s;
}

/* Returns once the peer has acknowledged and closed, or after a second: the data was really sent. */
static inline void finish(int s)
{
	struct timeval wait = { .tv_sec = 1 };
	char sink[256];

	shutdown(s, SHUT_WR);
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	while (read(s, sink, sizeof(sink)) > 0)
		;
	close(s);
}

#define KIND_IS(a, name) (strcmp((a).kind, (name)) == 0)
