/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that travel: `secret` passes the opened secret to the sender, `socket` a connected socket to the reader. */
#include "provoke.h"

#include <sys/wait.h>

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void pass(int channel, int fd)
{
	union control c = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (char[]){ 'x' }, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };

	memcpy(CMSG_DATA(&c.head), &fd, sizeof(fd));
	check((int)sendmsg(channel, &msg, 0), "sendmsg of a descriptor");
}

static int receive(int channel)
{
	char byte;
	union control c;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };
	int fd;

	check((int)recvmsg(channel, &msg, MSG_CMSG_CLOEXEC), "recvmsg of a descriptor");
	memcpy(&fd, CMSG_DATA(&c.head), sizeof(fd));
	return fd;
}

static void copy_and_finish(int from, int s)
{
	char data[4096];
	ssize_t n = check((int)read(from, data, sizeof(data)), "read");

	check((int)write(s, data, (size_t)n), "write");
	finish(s);
}

/* Opens the secret but never reads a byte of it, or reads it but never opens a socket. */
static void child(const struct args *a, int channel)
{
	if (KIND_IS(*a, "socket"))
		copy_and_finish(open_secret(a), receive(channel));
	else
		pass(channel, open_secret(a));
	exit(0);
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	int ends[2], status;
	pid_t pid;

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
	pid = check(fork(), "fork");
	if (pid == 0)
		child(&a, ends[1]);
	if (KIND_IS(a, "socket"))
		pass(ends[0], connected_socket(&a));
	else
		copy_and_finish(receive(ends[0]), connected_socket(&a));
	check(waitpid(pid, &status, 0), "waitpid");
	return status == 0 ? 0 : 1;
}
