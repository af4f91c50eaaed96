/* SPDX-License-Identifier: Apache-2.0 */
/* The asking side of the control socket. It trusts only a guard that runs as root or as the asking user. */
#include "message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct ipc_client {
	int fd;
	bool fresh; /* the document in `doc` was handed out: start a new one */
	struct buf doc;
	char message[IPC_MESSAGE_MAX];
};

struct ipc_client *ipc_client_close(struct ipc_client *c)
{
	if (!c)
		return NULL;
	closep(&c->fd);
	buf_done(&c->doc);
	free(c);
	return NULL;
}

int ipc_client_fd(const struct ipc_client *c)
{
	return c->fd;
}

/* Someone who may write the runtime directory could sit there first and collect or forge answers. */
static int check_server(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	return cred.uid == 0 || cred.uid == geteuid() ? 0 : -EPERM;
}

static int connect_to(const char *path, int fd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return check_server(fd);
}

static int send_words(int fd, const char *const *words)
{
	_cleanup_buf_ struct buf b = { 0 };
	int r;

	buf_init(&b, 0);
	r = ipc_words_encode(words, &b);
	if (r < 0)
		return r;
	return send(fd, buf_str(&b), b.len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int ipc_client_open(const char *path, const char *const *words, struct ipc_client **ret)
{
	_cleanup_(ipc_client_closep) struct ipc_client *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	buf_init(&c->doc, IPC_DOCUMENT_MAX);
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	r = connect_to(path, c->fd);
	if (r == 0)
		r = send_words(c->fd, words);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

/* One message; its length, or -errno. An end without an E message means that the guard died. */
static ssize_t receive(struct ipc_client *c, bool wait)
{
	struct iovec iov = { .iov_base = c->message, .iov_len = sizeof(c->message) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do {
		n = recvmsg(c->fd, &m, wait ? 0 : MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR && wait);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return -ECONNRESET;
	return m.msg_flags & MSG_TRUNC ? -EBADMSG : n;
}

int ipc_client_next(struct ipc_client *c, bool wait, const char **ret_json, struct ipc_end *ret_end)
{
	ssize_t n;

	if (c->fresh)
		buf_clear(&c->doc);
	c->fresh = false;
	for (;;) {
		n = receive(c, wait);
		if (n < 0)
			return (int)n;
		if (c->message[0] == IPC_END)
			return ipc_end_decode(c->message, (size_t)n, ret_end);
		if (c->message[0] != IPC_PIECE && c->message[0] != IPC_DOCUMENT)
			return -EBADMSG;
		buf_add(&c->doc, c->message + 1, (size_t)n - 1);
		if (buf_error(&c->doc))
			return buf_error(&c->doc) == -ENOBUFS ? -EFBIG : buf_error(&c->doc);
		if (c->message[0] == IPC_DOCUMENT)
			break;
	}
	c->fresh = true;
	*ret_json = buf_str(&c->doc);
	return 1;
}
