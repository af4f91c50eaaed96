/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front reads a credential file for the guard: in here the parsers run without privileges, without files and without
 * a network. The answer holds hosts and nothing else of the file; a file that cannot be read names none.
 */
#include "front_reader.h"

#include <string.h>
#include <sys/socket.h>

#include "../enrich/enrich.h"
#include "front.h"

static size_t read_text(int fd, char *dst, size_t size)
{
	size_t n = 0;
	ssize_t r;

	while (n < size && (r = pread(fd, dst + n, size - n, (off_t)n)) > 0)
		n += (size_t)r;
	return n;
}

/* Hosts one after the other, each with its NUL. */
static size_t put_hosts(const struct str_list *hosts, char *dst, size_t size)
{
	size_t n = 0, i;

	for (i = 0; i < hosts->n; i++) {
		size_t len = strlen(hosts->items[i]) + 1;

		if (n + len > size)
			break;
		memcpy(dst + n, hosts->items[i], len);
		n += len;
	}
	return n;
}

void front_answer(int to, const struct front_ask *ask, int file)
{
	static char text[HOMES_TEXT_MAX + 1];
	static struct {
		struct front_homes head;
		char text[FRONT_TEXT_MAX];
	} answer;
	struct str_list hosts = { 0 };
	size_t n;

	answer.head = (struct front_homes){ .kind = FRONT_HOMES, .id = ask->id };
	n = file >= 0 ? read_text(file, text, sizeof(text)) : 0;

	if (memchr(ask->parser, 0, sizeof(ask->parser)) && homes_parse(ask->parser, text, n, &hosts) == 0)
		n = put_hosts(&hosts, answer.text, sizeof(answer.text));
	else
		n = 0;
	str_list_done(&hosts);
	explicit_bzero(text, sizeof(text));
	(void)send(to, &answer, sizeof(answer.head) + n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t front_receive(int fd, char *dst, size_t size, int *ret_file)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec v = { .iov_base = dst, .iov_len = size };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	*ret_file = -1;
	/* MSG_TRUNC: the true length, so that a message that is too long is known as such */
	n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_file, CMSG_DATA(c), sizeof(int));
	return n;
}
