/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../../../src/base/base.h"
#include "scene.h"

#define must(x) assert_true((x) >= 0)

struct world world;

/* --- namespaces and sockets --------------------------------------------------------------------------- */

static int loopback_up(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

static int namespace_new(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : loopback_up();
}

static socklen_t loopback(const struct scene *s, int family, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	if (s->mapped)
		(void)inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6->sin6_addr);
	else
		in6->sin6_addr = in6addr_loopback;
	return sizeof(*in6);
}

int bound_socket(const struct scene *s)
{
	struct sockaddr_storage at;
	socklen_t size = loopback(s, s->family, &at);
	int fd = socket(s->family, s->type | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, size) < 0)
		return -errno;
	return fd < 0 ? -errno : fd;
}

uint64_t cookie_of(int fd, int option)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	(void)getsockopt(fd, SOL_SOCKET, option, &cookie, &size);
	return cookie;
}

/* --- the client --------------------------------------------------------------------------------------- */

static void tell(const struct scene *s, int fd, int result)
{
	struct report r = {.result = result, .at_ns = now_boot_ns(), .cookie = cookie_of(fd, SO_COOKIE)};
	socklen_t size = sizeof(r.local);

	(void)getsockname(fd, (struct sockaddr *)&r.local, &size);
	if (send(s->line, &r, sizeof(r), 0) != sizeof(r))
		_exit(1);
}

static void await_go(const struct scene *s)
{
	char c;

	if (recv(s->line, &c, 1, 0) != 1)
		_exit(1);
}

static int connect_to_server(const struct scene *s, int fd)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);

	if (getsockname(s->server, (struct sockaddr *)&at, &size) < 0)
		return errno;
	return connect(fd, (struct sockaddr *)&at, size) < 0 ? errno : 0;
}

void client_connects(const struct scene *s, int fd)
{
	tell(s, fd, 0);
	await_go(s);
	tell(s, fd, connect_to_server(s, fd));
}

void client_talks(const struct scene *s, int fd)
{
	char c;

	tell(s, fd, connect_to_server(s, fd));
	await_go(s);
	tell(s, fd, send(fd, "hello", 5, MSG_NOSIGNAL) == 5 ? 0 : errno);
	tell(s, fd, recv(fd, &c, 1, 0) < 0 ? errno : 0);
}

static void client_main(struct scene *s, client_fn *run)
{
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* First into the cgroup: a socket belongs to the one its maker was in. */
	if (gate_join(&world.gate) < 0)
		_exit(1);
	fd = bound_socket(s);
	if (fd < 0)
		_exit(1);
	run(s, fd);
	await_go(s); /* keeps the socket until the test is over */
	_exit(0);
}

struct report scene_hear(const struct scene *s)
{
	struct pollfd p = {.fd = s->line, .events = POLLIN};
	struct report r = {0};

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(recv(s->line, &r, sizeof(r), 0), sizeof(r));
	return r;
}

void scene_go(const struct scene *s)
{
	assert_int_equal(send(s->line, "g", 1, MSG_NOSIGNAL), 1);
}

/* --- scenes ------------------------------------------------------------------------------------------- */

static void address_of(uint8_t addr[16], uint16_t *port, const struct sockaddr_storage *at)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)at;
	const struct sockaddr_in *in = (const struct sockaddr_in *)at;

	if (at->ss_family == AF_INET6) {
		memcpy(addr, &in6->sin6_addr, 16);
		*port = ntohs(in6->sin6_port);
		return;
	}
	memset(addr, 0, 10);
	memset(addr + 10, 0xff, 2);
	memcpy(addr + 12, &in->sin_addr, 4);
	*port = ntohs(in->sin_port);
}

static void flow_fill(struct scene *s, const struct report *r)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	must(getsockname(s->server, (struct sockaddr *)&peer, &size));
	s->flow = (struct flow_id){.cookie = r->cookie, .netns = s->nameless ? 0 : s->netns};
	s->flow.family = (uint16_t)(s->mapped ? AF_INET : s->family);
	s->flow.proto = s->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	address_of(s->flow.saddr, &s->flow.sport, &r->local);
	address_of(s->flow.daddr, &s->flow.dport, &peer);
	if (s->portless)
		s->flow.sport = s->flow.dport = 0;
}

void scene_open(struct scene *s, int type, client_fn *run)
{
	struct report first;
	int line[2];

	s->type = type;
	s->accepted = -1;
	must(gate_set(&world.gate, GATE_PASS));
	must(gate_clear(&world.gate));
	if (s->elsewhere)
		must(namespace_new());
	must(s->server = bound_socket(s));
	if (type == SOCK_STREAM)
		must(listen(s->server, 8));
	s->netns = cookie_of(s->server, SO_NETNS_COOKIE);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line));
	must(s->client = fork());
	if (!s->client) {
		s->line = line[1];
		(void)close(line[0]);
		client_main(s, run);
	}
	s->line = line[0];
	(void)close(line[1]);
	must(setns(world.home, CLONE_NEWNET));
	first = scene_hear(s);
	assert_int_equal(first.result, 0);
	flow_fill(s, &first);
}

void scene_close(struct scene *s)
{
	(void)kill(s->client, SIGKILL);
	(void)waitpid(s->client, NULL, 0);
	closep(&s->line);
	closep(&s->server);
	closep(&s->accepted);
}

bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

/* --- the world ---------------------------------------------------------------------------------------- */

void world_open(void)
{
	world.home = -1;
	if (geteuid() != 0)
		world.missing = "not root";
	else if (namespace_new() < 0)
		world.missing = "no network namespaces";
	else if (gate_open(&world.gate) < 0)
		world.missing = "no cgroup v2, or no right to load programs for it";
	if (world.missing)
		return;
	world.home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (act_open(&world.act) < 0)
		abort();
}

void world_close(void)
{
	world.act = act_close(world.act);
	gate_close(&world.gate);
	closep(&world.home);
}
