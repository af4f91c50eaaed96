/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, on its way to the front: one JSON message per record over a socketpair. The guard never waits: when the
 * front is slow or away records queue up to a bound and are then counted as lost. A message stays in the queue until the
 * front says that it is kept, so that a front that dies takes nothing with it: the next one is told again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "front.h"
#include "inside.h"
#include "shipper.h"

#define QUEUE_MAX ((size_t)16 << 20)
#define NEWS_EVERY 64 /* messages between two looks at what the front says */
#define ID_MAX (1ull << 53) /* what a JSON number holds in JavaScript */

struct message {
	struct message *next;
	size_t len;
	char text[];
};

struct journal {
	int fd;
	pid_t front;
	struct message *head, **tail;
	struct message *unsent; /* the first that this front has not been told; NULL = all are on their way */
	size_t queued;
	uint64_t sent, done; /* messages of this connection; done ones are freed */
	uint64_t next_id, lost, lost_told;
	uint64_t restarts, started_ns;
	sd_event_source *answers;
};

static void die_with_parent(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
}

static void front_hang_up(struct journal *j)
{
	j->answers = sd_event_source_disable_unref(j->answers);
	if (j->fd >= 0)
		(void)close(j->fd);
	j->fd = -1;
}

static void hear(struct guard *g, struct journal *j, bool news_only);

static int on_answer(sd_event_source *s, int fd, uint32_t events, void *user)
{
	struct guard *g = user;

	(void)fd;
	hear(g, g->journal, false);
	if (events & (EPOLLHUP | EPOLLERR))
		(void)sd_event_source_set_enabled(s, SD_EVENT_OFF); /* gone: journal_tick starts another */
	return 0;
}

static int front_start(struct guard *g, struct journal *j)
{
	struct front_limits limits = { .no_history = !g->o.history }; /* and the front's own defaults */
	int pair[2], size = 1 << 20;
	pid_t me = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	j->front = fork();
	if (j->front < 0) {
		(void)close(pair[0]);
		(void)close(pair[1]);
		return -errno;
	}
	if (j->front == 0) {
		die_with_parent(me);
		(void)close(pair[0]);
		_exit(front_run(pair[1], g->o.report_fd ? g->o.report_fd : -1, g->o.state_dir, &limits) < 0);
	}
	(void)close(pair[1]);
	(void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
	j->fd = pair[0];
	j->unsent = j->head;
	j->sent = j->done = 0;
	j->started_ns = now_boot_ns();
	(void)sd_event_add_io(g->loop, &j->answers, j->fd, EPOLLIN, on_answer, g);
	g->config.front = (uint32_t)j->front;
	return sensor_config_set(g->sensor, &g->config);
}

int journal_open(struct guard *g, struct journal **ret)
{
	struct journal *j = calloc(1, sizeof(*j));
	int r = 0;

	if (!j)
		return -ENOMEM;
	j->fd = -1;
	j->tail = &j->head;
	j->next_id = now_wall_ms() << 12; /* grows over restarts; 53 bits until the year 2039 */
	r = front_start(g, j);
	if (r < 0) {
		free(j);
		return r;
	}
	*ret = j;
	return 0;
}

static void forget_first(struct journal *j)
{
	struct message *m = j->head;

	j->head = m->next;
	if (!j->head)
		j->tail = &j->head;
	j->queued -= m->len;
	free(m);
}

/* The front's word for what it has kept. It is not trusted with more than what it was sent. */
union answer {
	uint32_t kind;
	struct front_news news;
	struct front_homes homes;
	char room[sizeof(struct front_homes) + FRONT_TEXT_MAX];
};

static void hear_news(struct journal *j, const struct front_news *n)
{
	for (; j->done < n->done && j->head && j->head != j->unsent; j->done++)
		forget_first(j);
	/* the clock was set back: ids must grow all the same */
	if (n->last_id >= j->next_id && n->last_id < ID_MAX)
		j->next_id = n->last_id + 1;
}

/* The front is not trusted: what it says is measured, and at most misplaces a home. Homes decide flows and flows make
 * records, so they are left in the socket (with all behind them) while a record is being added. */
static void hear(struct guard *g, struct journal *j, bool news_only)
{
	union answer a;
	ssize_t n;

	while (j->fd >= 0) {
		n = news_only ? recv(j->fd, &a.kind, sizeof(a.kind), MSG_DONTWAIT | MSG_PEEK) : (ssize_t)sizeof(a.kind);
		if (n < (ssize_t)sizeof(a.kind) || (news_only && a.kind != FRONT_NEWS))
			return;
		n = recv(j->fd, &a, sizeof(a), MSG_DONTWAIT);
		if (n <= 0)
			return;
		if (n == sizeof(a.news) && a.kind == FRONT_NEWS)
			hear_news(j, &a.news);
		else if (n >= (ssize_t)sizeof(a.homes) && a.kind == FRONT_HOMES)
			homes_answer(g, a.homes.id, a.room + sizeof(a.homes), (size_t)n - sizeof(a.homes));
	}
}

static void flush(struct journal *j)
{
	struct message *m;

	while (j->fd >= 0 && (m = j->unsent)) {
		if (send(j->fd, m->text, m->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
				front_hang_up(j);
			return;
		}
		j->unsent = m->next;
		if (++j->sent % NEWS_EVERY == 0)
			hear(NULL, j, true);
	}
}

int journal_ask(struct journal *j, uint32_t id, const char *parser, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct front_ask ask = { .id = id };
	struct iovec v = { .iov_base = &ask, .iov_len = sizeof(ask) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	if (!j || j->fd < 0)
		return -ENOTCONN;
	(void)snprintf(ask.parser, sizeof(ask.parser), "%s", parser);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(j->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void enqueue(struct journal *j, const struct buf *b)
{
	struct message *m;

	if (j->queued + b->len > QUEUE_MAX || !(m = malloc(sizeof(*m) + b->len))) {
		j->lost++;
		return;
	}
	m->next = NULL;
	m->len = b->len;
	memcpy(m->text, b->data, b->len);
	*j->tail = m;
	j->tail = &m->next;
	j->queued += b->len;
	if (!j->unsent)
		j->unsent = m;
}

void journal_add(struct guard *g, struct record *r)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct journal *j = g->journal;
	struct json out;

	if (!j)
		return;
	r->id = j->next_id++;
	r->time_ms = now_wall_ms();
	if (!r->boot_ns)
		r->boot_ns = now_boot_ns();
	if (g->o.on_record)
		g->o.on_record(g->o.user, r);
	shipper_tell(g, r);
	if (!g->o.history)
		return;
	buf_init(&b, RECORD_JSON_MAX);
	json_init(&out, &b);
	record_json(r, &out);
	if (buf_error(&b)) {
		j->lost++;
		return;
	}
	enqueue(j, &b);
	flush(j);
}

/* Once a second: restart a front that died, send what waits, say what was lost. */
void journal_tick(struct guard *g)
{
	struct journal *j = g->journal;
	struct record r = { .kind = RECORD_LOSS, .text = "history: the queue to the front was full" };

	hear(g, j, false);
	if (j->front > 0 && waitpid(j->front, NULL, WNOHANG) == j->front) {
		j->front = 0;
		front_hang_up(j);
	}
	/* a front that dies at once is tried again every ten seconds, not in a loop */
	if (j->front == 0 && now_boot_ns() - j->started_ns > (j->restarts ? 10000000000ull : 0)) {
		j->restarts++;
		if (front_start(g, j) < 0)
			j->front = 0;
	}
	flush(j);
	if (j->lost > j->lost_told) {
		r.count = j->lost - j->lost_told;
		j->lost_told = j->lost;
		journal_add(g, &r);
	}
}

pid_t journal_front(const struct journal *j)
{
	return j ? j->front : 0;
}

uint64_t journal_lost(const struct journal *j)
{
	return j ? j->lost : 0;
}

/* The front ends when its peer closes, after writing what it has: wait for that, but not for ever. */
struct journal *journal_close(struct journal *j)
{
	int i;

	if (!j)
		return NULL;
	for (i = 0; i < 100 && j->unsent && j->fd >= 0; i++) {
		flush(j);
		if (j->unsent)
			(void)usleep(10000);
	}
	front_hang_up(j);
	for (i = 0; j->front > 0 && i < 200 && waitpid(j->front, NULL, WNOHANG) == 0; i++)
		(void)usleep(10000);
	while (j->head)
		forget_first(j);
	free(j);
	return NULL;
}

void class_names(const struct guard *g, uint64_t label, const char *dst[65])
{
	size_t i, n = 0;

	for (i = 0; i < g->policy->n_classes; i++)
		if (label & (1ull << i))
			dst[n++] = g->policy->classes[i].name;
	dst[n] = NULL;
}

void record_who(struct record *r, const struct ev_head *h, const struct origin *o)
{
	if (h) {
		r->boot_ns = h->boot_ns;
		r->pid = h->tgid;
		r->start_ns = h->start_ns;
		r->ppid = h->ppid;
		r->uid = h->uid;
		r->comm = h->comm;
	}
	if (!o)
		return;
	r->pid = (uint32_t)o->pid;
	r->start_ns = o->start_ns;
	if (!o->who)
		return;
	r->uid = o->who->uid;
	r->ppid = (uint32_t)o->who->ppid;
	r->comm = o->who->comm;
	r->exe = o->who->exe;
	r->script = o->who->script;
	r->cwd = o->who->cwd;
	r->ancestors = (const char *const *)o->who->ancestors;
}
