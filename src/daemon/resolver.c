/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the resolver listens: an outpost per network namespace, on loopback only, on ports that the kernel half turns the
 * port-53 traffic of tainted processes to. Our own namespace has one from the start, another one when a question of a
 * tainted process was first held there.
 *
 * Failure stance: without an outpost the kernel redirects nothing and the packet gate holds the questions; they are then
 * judged by their copies (questions.c). Packets of whoever was not redirected here are dropped unread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>

#include "budgets.h"
#include "resolver.h"

#define IDLE_NS 60000000000ull /* an unused outpost would keep a container's namespace alive */
#define BATCH 64

static int end_type(size_t end)
{
	return end >= END_TCP4 ? SOCK_STREAM : SOCK_DGRAM;
}

static int end_family(size_t end)
{
	return end == END_TCP4 || end < END_UDP6 ? AF_INET : AF_INET6;
}

static int bind_loopback(int fd, int family)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct sockaddr *at = family == AF_INET ? (const void *)&in : (const void *)&in6;

	return bind(fd, at, family == AF_INET ? sizeof(in) : sizeof(in6)) < 0 ? -errno : 0;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 at = {}; /* the port is at the same place in both families */
	socklen_t size = sizeof(at);

	return getsockname(fd, (struct sockaddr *)&at, &size) < 0 ? 0 : ntohs(at.sin6_port);
}

/* --- receiving --------------------------------------------------------------------------------------- */

/* The kernel half noted who sent from there, and what was meant, when the packet left its socket. */
int asker_of(struct outpost *o, const struct sockaddr_storage *from, uint8_t proto, struct asker *ret)
{
	const struct sockaddr_in6 *in6 = (const void *)from;
	const struct sockaddr_in *in = (const void *)from;
	struct asker_key k = { .netns = o->netns, .proto = proto, .port = ntohs(in->sin_port) };

	if (from->ss_family == AF_INET)
		addr_from_v4((const uint8_t *)&in->sin_addr, k.addr);
	else
		memcpy(k.addr, &in6->sin6_addr, sizeof(k.addr));
	return sensor_asker_get(o->g->sensor, &k, ret);
}

static void datagram(struct outpost *o, int fd, const struct sockaddr_storage *from, socklen_t from_len, const uint8_t *msg,
		     size_t len)
{
	struct resolver *r = o->g->resolver;
	struct question *q;
	struct asker who;

	if (asker_of(o, from, IPPROTO_UDP, &who) < 0) {
		r->dropped++;
		return;
	}
	q = question_new(o->g, &who, msg, len);
	if (!q)
		return;
	q->o = o;
	q->end_fd = fd;
	memcpy(&q->from, from, from_len);
	q->from_len = from_len;
	question_arrived(q);
}

static int on_datagrams(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	struct sockaddr_storage from;
	struct outpost *o = user;
	uint8_t msg[4096];
	unsigned i;

	(void)s;
	(void)revents;
	o->used_ns = now_boot_ns();
	for (i = 0; i < BATCH; i++) {
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, msg, sizeof(msg), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n > 0)
			datagram(o, fd, &from, from_len, msg, (size_t)n);
	}
	return 0;
}

static int on_connection(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	struct outpost *o = user;

	(void)s;
	(void)revents;
	o->used_ns = now_boot_ns();
	(void)client_accept(o, fd);
	return 0;
}

/* --- outposts ---------------------------------------------------------------------------------------- */

/* IPv6 may be missing: an end that cannot be opened stays at port 0, and nothing is redirected to it. */
static void open_end(struct outpost *o, pid_t pid, size_t end)
{
	int fd = act_socket(o->g->act, pid, o->netns, end_family(end), end_type(end));
	bool tcp = end >= END_TCP4;

	if (fd < 0)
		return;
	if (bind_loopback(fd, end_family(end)) < 0 || (tcp && listen(fd, 16) < 0) ||
	    sd_event_add_io(o->g->loop, &o->sources[end], fd, EPOLLIN, tcp ? on_connection : on_datagrams, o) < 0) {
		(void)close(fd);
		return;
	}
	(void)sd_event_source_set_priority(o->sources[end], SD_EVENT_PRIORITY_IMPORTANT + 1);
	o->fds[end] = fd;
}

static int announce(struct outpost *o)
{
	struct resolver_ports p = {};
	size_t i;

	for (i = 0; i < EG_DNS_SLOTS; i++) {
		p.udp4[i] = o->fds[END_UDP4 + i] < 0 ? 0 : port_of(o->fds[END_UDP4 + i]);
		p.udp6[i] = o->fds[END_UDP6 + i] < 0 ? 0 : port_of(o->fds[END_UDP6 + i]);
	}
	p.tcp4 = o->fds[END_TCP4] < 0 ? 0 : port_of(o->fds[END_TCP4]);
	p.tcp6 = o->fds[END_TCP6] < 0 ? 0 : port_of(o->fds[END_TCP6]);
	if (!p.udp4[0] && !p.udp6[0])
		return -EADDRNOTAVAIL;
	return sensor_resolver_set(o->g->sensor, o->netns, &p);
}

static void drop_guests(struct outpost *o)
{
	struct resolver *r = o->g->resolver;
	struct question *q, *next;
	struct client *c, *after;

	for (q = r->questions; q; q = next) {
		next = q->next;
		if (q->o == o)
			question_free(q);
	}
	for (c = r->clients; c; c = after) {
		after = c->next;
		if (c->o == o)
			client_drop(c);
	}
}

static struct outpost *outpost_free(struct outpost *o)
{
	size_t i;

	(void)sensor_resolver_set(o->g->sensor, o->netns, NULL);
	drop_guests(o);
	for (i = 0; i < ENDS; i++) {
		(void)sd_event_source_disable_unref(o->sources[i]);
		closep(&o->fds[i]);
	}
	free(o);
	return NULL;
}

static struct outpost **outpost_slot(struct resolver *r, uint64_t netns)
{
	struct outpost **spare = NULL;
	size_t i;

	for (i = 0; i < OUTPOSTS_MAX; i++) {
		if (r->outposts[i] && r->outposts[i]->netns == netns)
			return &r->outposts[i];
		if (!r->outposts[i] && !spare)
			spare = &r->outposts[i];
	}
	return spare;
}

static bool same_users(pid_t pid)
{
	char path[64];
	struct stat own, its;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return stat("/proc/self/ns/user", &own) == 0 && stat(path, &its) == 0 && own.st_ino == its.st_ino;
}

/* The servers that a namespace uses: what its resolv.conf says, for a process with the machine's own users. A user
 * namespace of one's own comes with files of one's own: there nobody is in use, and nothing of it is believed. */
static void read_servers(struct outpost *o, pid_t pid)
{
	char path[64];

	if (o->own) {
		o->servers = o->g->resolvers;
		return;
	}
	o->servers.n = 0;
	if (!same_users(pid))
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/root/etc/resolv.conf", pid);
	(void)resolvers_read(path, &o->servers);
}

static struct outpost *outpost_open(struct guard *g, pid_t pid, uint64_t netns, bool own)
{
	struct outpost *o = calloc(1, sizeof(*o));
	size_t i;

	if (!o)
		return NULL;
	*o = (struct outpost){ .g = g, .netns = netns, .own = own, .used_ns = now_boot_ns() };
	for (i = 0; i < ENDS; i++)
		o->fds[i] = -1;
	for (i = 0; i < ENDS; i++)
		open_end(o, pid, i);
	read_servers(o, pid);
	return announce(o) < 0 ? outpost_free(o) : o;
}

bool resolver_extend(struct guard *g, pid_t pid, uint64_t netns)
{
	struct outpost **slot = g->resolver && netns ? outpost_slot(g->resolver, netns) : NULL;

	if (!slot || *slot)
		return slot && *slot;
	*slot = outpost_open(g, pid, netns, false);
	return *slot != NULL;
}

bool resolver_in_use(struct guard *g, uint64_t netns, const uint8_t server[ADDR_LEN])
{
	struct outpost **slot = g->resolver ? outpost_slot(g->resolver, netns) : NULL;
	const struct resolver_list *l = slot && *slot ? &(*slot)->servers : NULL;
	size_t i;

	if (!l && (!netns || netns == g->netns))
		l = &g->resolvers;
	for (i = 0; l && i < l->n; i++)
		if (memcmp(l->addr[i], server, ADDR_LEN) == 0)
			return true;
	return false;
}

static int own_netns(struct guard *g)
{
	int fd = act_socket(g->act, getpid(), 0, AF_INET, SOCK_DGRAM);

	if (fd < 0)
		return fd;
	g->netns = act_netns_cookie(fd);
	(void)close(fd);
	return g->netns ? 0 : -EOPNOTSUPP;
}

int resolver_open(struct guard *g)
{
	int r;

	sensor_resolvers_clear(g->sensor);
	r = own_netns(g);
	if (r < 0)
		return r;
	g->resolver = calloc(1, sizeof(*g->resolver));
	if (!g->resolver)
		return -ENOMEM;
	g->resolver->budgets = budgets_new();
	g->resolver->outposts[0] = g->resolver->budgets ? outpost_open(g, getpid(), g->netns, true) : NULL;
	if (g->resolver->outposts[0])
		return 0;
	resolver_close(g);
	return -EADDRNOTAVAIL;
}

void resolver_close(struct guard *g)
{
	struct resolver *r = g->resolver;
	size_t i;

	if (!r)
		return;
	for (i = 0; i < OUTPOSTS_MAX; i++)
		if (r->outposts[i])
			r->outposts[i] = outpost_free(r->outposts[i]);
	r->budgets = budgets_free(r->budgets);
	free(r);
	g->resolver = NULL;
}

static void outposts_tick(struct guard *g, uint64_t now_ns)
{
	struct resolver *r = g->resolver;
	size_t i;

	for (i = 0; i < OUTPOSTS_MAX; i++) {
		struct outpost *o = r->outposts[i];

		if (o && o->own)
			o->servers = g->resolvers;
		else if (o && now_ns - o->used_ns > IDLE_NS)
			r->outposts[i] = outpost_free(o);
	}
}

void resolver_tick(struct guard *g, uint64_t now_ns)
{
	struct question *q, *next;

	if (!g->resolver)
		return;
	for (q = g->resolver->questions; q; q = next) {
		next = q->next;
		if (q->state == Q_ASKED && now_ns > q->deadline_ns)
			question_free(q);
	}
	clients_tick(g, now_ns);
	outposts_tick(g, now_ns);
}
