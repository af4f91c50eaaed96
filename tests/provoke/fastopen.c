/* SPDX-License-Identifier: Apache-2.0 */
/* TCP Fast Open: data in the SYN. `send` names the peer in sendto and never calls connect; `connect` defers the SYN. */
#include "provoke.h"

#include <netinet/tcp.h>

static void once(const struct args *a, const char *data, size_t n)
{
	int one = 1, s = new_socket(a, SOCK_STREAM);

	if (KIND_IS(*a, "connect")) {
		check(setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)), "TCP_FASTOPEN_CONNECT");
		connect_to(a, s);
		check((int)write(s, data, n), "write");
	} else {
		check((int)sendto(s, data, n, MSG_FASTOPEN, (const struct sockaddr *)&a->to, a->to_len), "sendto");
	}
	finish(s);
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	char data[4096];

	/* The first exchange only fetches the cookie; without one the data would wait for the handshake. */
	once(&a, "hello", 5);
	once(&a, data, read_secret(&a, data, sizeof(data)));
	return 0;
}
