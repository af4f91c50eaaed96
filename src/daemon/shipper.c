/* SPDX-License-Identifier: Apache-2.0 */
#include "shipper.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../ship/ship.h"
#include "sandbox.h"

#define AGAIN_NS   10000000000ull /* one that dies at once is not started in a loop */
#define CLOSE_STEP_US 20000
#define CLOSE_STEPS   25 /* half a second */

/* What the hooks were when the process was started: a reload that changes nothing leaves it alone. */
struct shipper {
	int fd;
	pid_t pid, old; /* old: of earlier hooks; sends what it has and ends */
	unsigned events; /* that any hook wants */
	struct buf hooks;
	struct ship_stats stats, past; /* of this process, of those before it */
	uint64_t lost, told;	       /* here, not in the process; told of so far */
	uint64_t started_ns;
};

/* --- starting ----------------------------------------------------------------------------------------- */

static void add_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

static void describe(const struct ci *ci, struct buf *b)
{
	for (size_t i = 0; ci && i < ci->n_webhooks; i++) {
		const struct ci_webhook *w = &ci->webhooks[i];

		buf_addf(b, "%u %zu ", w->events, w->n_headers);
		add_text(b, w->url);
		for (size_t k = 0; k < w->n_headers; k++) {
			add_text(b, w->headers[k].name);
			add_text(b, w->headers[k].value);
		}
	}
}

/* The name service's libraries are loaded while files can still be found. */
static void load_name_service(void)
{
	struct addrinfo *found = NULL;

	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
}

static int confine(void *user)
{
	int r;

	(void)user;
	load_name_service();
	r = sandbox_user(NULL, NULL, NULL);
	if (r < 0)
		return log_errno(r, "ship cannot give up its privileges");
	r = sandbox_reading();
	if (r == -ENOSYS || r == -EOPNOTSUPP)
		log_notice("ship runs without Landlock: this kernel has none");
	else if (r < 0)
		return log_errno(r, "ship cannot confine itself");
	r = sandbox_calls(CALLS_NETWORK);
	return r < 0 ? log_errno(r, "ship cannot restrict its system calls") : 0;
}

static void run(const struct guard *g, int fd)
{
	int none = -1;

	fd = sandbox_descriptors(fd, &none);
	if (fd < 0)
		_exit(1);
	_exit(ship_run(fd, g->policy->ci->webhooks, g->policy->ci->n_webhooks, NULL, confine, NULL) < 0);
}

static int exempt(struct guard *g, const struct shipper *s);

static int start(struct guard *g, struct shipper *s)
{
	int pair[2], size = 1 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	s->started_ns = now_boot_ns();
	s->pid = fork();
	if (s->pid == 0) {
		(void)close(pair[0]);
		run(g, pair[1]);
	}
	(void)close(pair[1]);
	if (s->pid < 0) {
		s->pid = 0;
		(void)close(pair[0]);
		return -errno;
	}
	s->fd = pair[0];
	return exempt(g, s);
}

/* --- numbers ------------------------------------------------------------------------------------------ */

static void hear(struct shipper *s)
{
	struct ship_stats n;

	while (s->fd >= 0 && recv(s->fd, &n, sizeof(n), MSG_DONTWAIT) == sizeof(n))
		s->stats = n;
}

/* What was queued in a process that is gone is lost. */
static void retire(struct shipper *s)
{
	hear(s);
	if (s->fd >= 0)
		(void)close(TAKE_FD(s->fd));
	s->past.sent += s->stats.sent;
	s->past.retried += s->stats.retried;
	s->past.refused += s->stats.refused;
	s->past.dropped += s->stats.dropped;
	s->stats = (struct ship_stats){ 0 };
}

uint64_t shipper_lost(const struct guard *g)
{
	const struct shipper *s = g->shipper;

	return s ? s->lost + s->past.dropped + s->past.refused + s->stats.dropped + s->stats.refused : 0;
}

void shipper_json(struct guard *g, struct json *j)
{
	struct shipper *s = g->shipper;

	if (!s)
		return;
	hear(s);
	json_kobj(j, "webhooks");
	json_kint(j, "pid", s->pid);
	json_kuint(j, "sent", s->past.sent + s->stats.sent);
	json_kuint(j, "retried", s->past.retried + s->stats.retried);
	json_kuint(j, "refused", s->past.refused + s->stats.refused);
	json_kuint(j, "dropped", s->lost + s->past.dropped + s->stats.dropped);
	json_kuint(j, "queued", s->stats.queued);
	json_end(j);
}

static void tell_lost(struct guard *g, struct shipper *s)
{
	struct record r = { .kind = RECORD_LOSS, .reason = "webhooks", .text = "events did not reach a webhook" };
	uint64_t lost = shipper_lost(g);

	if (lost <= s->told)
		return;
	r.count = lost - s->told;
	s->told = lost;
	journal_add(g, &r);
}

/* --- life --------------------------------------------------------------------------------------------- */

/* Whose traffic is not ruled. Written before the process does anything, taken back before its number can be another's. */
static int exempt(struct guard *g, const struct shipper *s)
{
	g->config.ship = (uint32_t)s->pid;
	g->config.ship_old = (uint32_t)s->old;
	return sensor_config_set(g->sensor, &g->config);
}

static bool ended(struct guard *g, struct shipper *s, pid_t *at)
{
	siginfo_t si = { 0 };
	pid_t pid = *at;

	if (!pid || waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid != pid)
		return false;
	*at = 0;
	(void)exempt(g, s);
	(void)waitpid(pid, NULL, WNOHANG);
	return true;
}

void shipper_tick(struct guard *g)
{
	struct shipper *s = g->shipper;

	if (!s)
		return;
	hear(s);
	(void)ended(g, s, &s->old);
	if (ended(g, s, &s->pid)) {
		s->lost += s->stats.queued;
		retire(s);
		log_warn("the process that posts to webhooks ended; it is started again");
	}
	if (!s->pid && s->events && now_boot_ns() - s->started_ns > AGAIN_NS)
		(void)start(g, s);
	tell_lost(g, s);
}

/* The old process sends what it has, by itself, and ends; one that is older still has had its time. */
static void let_go(struct guard *g, struct shipper *s)
{
	retire(s);
	if (s->old) {
		(void)kill(s->old, SIGKILL);
		while (!ended(g, s, &s->old))
			(void)usleep(1000);
	}
	s->old = s->pid;
	s->pid = 0;
	s->events = 0;
}

void shipper_follow(struct guard *g)
{
	const struct ci *ci = g->policy->ci;
	_cleanup_buf_ struct buf hooks = { 0 };
	struct shipper *s = g->shipper;

	if (!s && (!ci || !ci->n_webhooks || g->o.tree))
		return;
	describe(ci, &hooks);
	if (!s)
		s = g->shipper = calloc(1, sizeof(*s));
	if (!s || buf_error(&hooks) || (s->hooks.len == hooks.len && !memcmp(buf_str(&s->hooks), buf_str(&hooks), hooks.len)))
		return;
	if (s->started_ns)
		let_go(g, s);
	s->fd = -1;
	buf_done(&s->hooks);
	s->hooks = hooks;
	hooks = (struct buf){ 0 };
	for (size_t i = 0; ci && i < ci->n_webhooks; i++)
		s->events |= ci->webhooks[i].events;
	if (s->events && start(g, s) < 0)
		log_warn("webhooks get nothing: %s", strerror(errno));
}

void shipper_tell(struct guard *g, const struct record *r)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct shipper *s = g->shipper;
	struct json j;

	if (!s || !(ship_events(r) & s->events))
		return;
	buf_init(&b, RECORD_JSON_MAX);
	json_init(&j, &b);
	record_json(r, &j);
	if (s->fd < 0 || buf_error(&b) || send(s->fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		s->lost++;
}

void shipper_close(struct guard *g)
{
	struct shipper *s = TAKE_PTR(g->shipper);

	if (!s)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	for (int i = 0; s->pid && i < CLOSE_STEPS && !ended(g, s, &s->pid); i++)
		(void)usleep(CLOSE_STEP_US);
	buf_done(&s->hooks);
	free(s);
}
