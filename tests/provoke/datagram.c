/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without a connection: `sendto` and `connected` UDP, `many` by sendmmsg, `reaim` (connect elsewhere, then again), `ping`
 * by an unprivileged ICMP socket, `raw` with an IP header of its own.
 */
#include "provoke.h"

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

static void by_sendto(const struct args *a, const char *data, size_t n)
{
	check((int)sendto(new_socket(a, SOCK_DGRAM), data, n, 0, (const struct sockaddr *)&a->to, a->to_len), "sendto");
}

static void by_connected(const struct args *a, const char *data, size_t n)
{
	int s = new_socket(a, SOCK_DGRAM);

	connect_to(a, s);
	check((int)write(s, data, n), "write");
}

static void by_many(const struct args *a, char *data, size_t n)
{
	struct iovec halves[2] = { { data, n }, { data, n } };
	struct mmsghdr msgs[2] = { 0 };

	for (int i = 0; i < 2; i++)
		msgs[i].msg_hdr = (struct msghdr){ .msg_name = (void *)&a->to, .msg_namelen = a->to_len,
						   .msg_iov = &halves[i], .msg_iovlen = 1 };
	check(sendmmsg(new_socket(a, SOCK_DGRAM), msgs, 2, 0), "sendmmsg");
}

static void by_reaim(const struct args *a, const char *data, size_t n)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct args home = *a;
	int s = new_socket(a, SOCK_DGRAM);

	parse_to(&home, "127.0.0.1", "9");
	connect_to(&home, s);
	check(connect(s, &none, sizeof(none)), "disconnect");
	connect_to(a, s);
	check((int)write(s, data, n), "write");
}

static void by_ping(const struct args *a, const char *data, size_t n)
{
	struct { struct icmphdr head; char body[1024]; } echo = { .head.type = ICMP_ECHO };
	int s = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP), "ping socket");

	n = n < sizeof(echo.body) ? n : sizeof(echo.body);
	memcpy(echo.body, data, n);
	check((int)sendto(s, &echo, sizeof(echo.head) + n, 0, (const struct sockaddr *)&a->to, a->to_len), "sendto");
}

static void by_raw(const struct args *a, const char *data, size_t n)
{
	const struct sockaddr_in *to = (const void *)&a->to;
	struct { struct iphdr ip; struct udphdr udp; char body[1024]; } __attribute__((packed)) p = { 0 };
	int s = check(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), "raw socket");

	n = n < sizeof(p.body) ? n : sizeof(p.body);
	memcpy(p.body, data, n);
	p.udp = (struct udphdr){ .source = htons(40000), .dest = to->sin_port, .len = htons((uint16_t)(8 + n)) };
	p.ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = to->sin_addr.s_addr };
	p.ip.tot_len = htons((uint16_t)(28 + n));
	check((int)sendto(s, &p, 28 + n, 0, (const struct sockaddr *)to, sizeof(*to)), "sendto");
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	char data[1024];
	size_t n = read_secret(&a, data, sizeof(data));

	if (KIND_IS(a, "connected"))
		by_connected(&a, data, n);
	else if (KIND_IS(a, "many"))
		by_many(&a, data, n);
	else if (KIND_IS(a, "reaim"))
		by_reaim(&a, data, n);
	else if (KIND_IS(a, "ping"))
		by_ping(&a, data, n);
	else if (KIND_IS(a, "raw"))
		by_raw(&a, data, n);
	else
		by_sendto(&a, data, n);
	return 0;
}
