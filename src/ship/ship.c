/* SPDX-License-Identifier: Apache-2.0 */
/* The process: records in, posts out, numbers back. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "inside.h"

#define MESSAGES_PER_ROUND 64 /* then curl gets its turn */
#define TELL_US		   500000

static const struct ship_limits defaults = {
	.queue = 256, .flying = 4, .timeout_ms = 5000, .attempts = 5, .backoff_ms = 500, .linger_ms = 10000,
};

static struct ship_limits limits_of(const struct ship_limits *given)
{
	struct ship_limits l = given ? *given : defaults;

	l.queue = l.queue ?: defaults.queue;
	l.flying = l.flying ?: defaults.flying;
	l.timeout_ms = l.timeout_ms ?: defaults.timeout_ms;
	l.attempts = l.attempts ?: defaults.attempts;
	l.backoff_ms = l.backoff_ms ?: defaults.backoff_ms;
	l.linger_ms = l.linger_ms ?: defaults.linger_ms;
	return l;
}

static uint64_t now_us(struct ship *s)
{
	uint64_t now = 0;

	(void)sd_event_now(s->loop, CLOCK_MONOTONIC, &now);
	return now;
}

static void arm(sd_event_source *timer, uint64_t at_us)
{
	(void)sd_event_source_set_time(timer, at_us);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* --- numbers back ------------------------------------------------------------------------------------- */

static int on_tell(sd_event_source *source, uint64_t usec, void *user)
{
	struct ship *s = user;

	(void)source;
	if (memcmp(&s->stats, &s->told, sizeof(s->stats)) != 0 &&
	    send(s->fd, &s->stats, sizeof(s->stats), MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(s->stats))
		s->told = s->stats;
	arm(s->tell, usec + TELL_US);
	return 0;
}

/* --- posts out ---------------------------------------------------------------------------------------- */

static int on_pump(sd_event_source *source, uint64_t usec, void *user)
{
	struct ship *s = user;
	uint64_t next = UINT64_MAX;

	(void)source;
	(void)usec;
	for (size_t i = 0; i < s->n; i++)
		hook_pump(&s->hooks[i], now_us(s), &next);
	if (next != UINT64_MAX)
		arm(s->pump, next);
	if (s->ending && !s->stats.queued)
		(void)sd_event_exit(s->loop, 0);
	return 0;
}

void ship_wake(struct ship *s)
{
	arm(s->pump, 0);
}

/* --- records in --------------------------------------------------------------------------------------- */

static void post(struct ship *s, const struct record *r)
{
	_cleanup_buf_ struct buf body = { 0 };
	unsigned events = ship_events(r);
	struct parcel *p;

	ship_payload(r, &body);
	p = buf_error(&body) ? NULL : parcel_new(r->id, &body);
	for (size_t i = 0; i < s->n; i++) {
		if (!(s->hooks[i].said->events & events))
			continue;
		if (p)
			hook_add(&s->hooks[i], p, now_us(s));
		else
			s->stats.dropped++;
	}
	if (p)
		parcel_unref(p);
	ship_wake(s);
}

static void take(struct ship *s, size_t len)
{
	_cleanup_(record_owned_freep) struct record_owned *o = NULL;

	if (record_from_json(s->message, len, &o) == 0)
		post(s, record_of(o));
}

static int on_linger(sd_event_source *source, uint64_t usec, void *user)
{
	struct ship *s = user;

	(void)source;
	(void)usec;
	return sd_event_exit(s->loop, 0);
}

static void begin_end(struct ship *s)
{
	s->ending = true;
	(void)sd_event_source_set_enabled(s->input, SD_EVENT_OFF);
	arm(s->linger, now_us(s) + 1000ull * s->limits.linger_ms);
	ship_wake(s);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct ship *s = user;

	(void)source;
	(void)events;
	for (unsigned i = 0; i < MESSAGES_PER_ROUND; i++) {
		ssize_t n = recv(fd, s->message, RECORD_JSON_MAX, MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0) {
			begin_end(s);
			return 0;
		}
		take(s, (size_t)n);
	}
	return 0;
}

/* --- life --------------------------------------------------------------------------------------------- */

static int add_timer(struct ship *s, sd_event_source **ret, sd_event_time_handler_t fn)
{
	int r = sd_event_add_time(s->loop, ret, CLOCK_MONOTONIC, 0, 1000, fn, s);

	return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int init(struct ship *s, const struct ci_webhook *hooks, size_t n)
{
	int r = sd_event_new(&s->loop);

	s->message = malloc(RECORD_JSON_MAX);
	s->hooks = calloc(n + 1, sizeof(*s->hooks));
	if (!s->message || !s->hooks)
		return -ENOMEM;
	if (r >= 0)
		r = transfer_open(s);
	if (r >= 0)
		r = sd_event_add_io(s->loop, &s->input, s->fd, EPOLLIN, on_input, s);
	if (r >= 0)
		r = add_timer(s, &s->pump, on_pump);
	if (r >= 0)
		r = add_timer(s, &s->tell, on_tell);
	if (r >= 0)
		r = add_timer(s, &s->linger, on_linger);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = hook_init(&s->hooks[i], s, &hooks[i]);
		s->n++;
	}
	if (r >= 0)
		arm(s->tell, 0);
	return r < 0 ? r : 0;
}

static void done(struct ship *s)
{
	uint64_t left = s->stats.queued;

	if (left)
		log_warn("%llu webhook events were not delivered before the end", (unsigned long long)left);
	for (size_t i = 0; i < s->n; i++)
		hook_done(&s->hooks[i]);
	transfer_close(s);
	(void)sd_event_source_unref(s->input);
	(void)sd_event_source_unref(s->pump);
	(void)sd_event_source_unref(s->tell);
	(void)sd_event_source_unref(s->linger);
	(void)sd_event_unref(s->loop);
	free(s->hooks);
	free(s->message);
	(void)close(s->fd);
}

/* The guard decides when we end, by closing its end. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

int ship_run(int fd, const struct ci_webhook *hooks, size_t n, const struct ship_limits *limits,
	     int (*ready)(void *user), void *user)
{
	struct ship s = { .fd = fd, .limits = limits_of(limits) };
	int r;

	ignore_signals();
	r = init(&s, hooks, n);
	if (r == 0 && ready)
		r = ready(user);
	if (r == 0)
		r = sd_event_loop(s.loop);
	else
		(void)log_errno(r, "webhooks cannot be sent");
	done(&s);
	return r < 0 ? r : 0;
}
