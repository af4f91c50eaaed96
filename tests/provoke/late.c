/* SPDX-License-Identifier: Apache-2.0 */
/* Connect first, read the secret later, write it on the old connection: a check at connect time sees nothing. */
#include "provoke.h"

static void by_iov(int s, char *data, size_t n)
{
	struct iovec iov = { data, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	check((int)sendmsg(s, &msg, 0), "sendmsg");
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	int s = connected_socket(&a);
	char data[4096];
	size_t n;

	check((int)write(s, "hello\n", 6), "write");
	usleep(200 * 1000);
	n = read_secret(&a, data, sizeof(data));
	if (KIND_IS(a, "sendmsg"))
		by_iov(s, data, n);
	else if (KIND_IS(a, "urgent"))
		check((int)send(s, data, n, MSG_OOB), "send");
	else
		check((int)write(s, data, n), "write");
	finish(s);
	return 0;
}
