/* SPDX-License-Identifier: Apache-2.0 */
#include "front.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <systemd/sd-event.h>

#include "../report/report.h"
#include "front_reader.h"
#include "sandbox.h"

#define RETAIN_EVERY_MS	   60000
#define RETAIN_AGAIN_MS	   50
#define MESSAGES_PER_ROUND 512 /* then timers get their turn */

const struct front_limits front_defaults = {
	.batch_rows = 1000,
	.batch_ms = 250,
	.retry_ms = 5000,
	.bounds = { .max_age_ms = 30ull * 24 * 3600 * 1000, .max_bytes = 256ull << 20 },
};

struct front {
	int fd;
	char *path; /* of the database */
	struct front_limits limits;
	sd_event *loop;
	sd_event_source *input, *batch, *tick;
	char *message;

	struct report_file *report; /* NULL: none was asked for */

	struct store *store; /* NULL while the history is stopped and could not be opened */
	uint64_t received;   /* messages */
	struct front_news news;
	unsigned pending;    /* records in the open transaction */
	uint64_t pending_id; /* the last of them */

	bool stopped;
	int stop_error;
	uint64_t stopped_ms; /* wall clock */
	uint64_t lost;	     /* records not kept since then */
	uint64_t lost_id;    /* the last of them: its id is free for the record that tells of the gap */
	uint64_t refused;    /* messages that were no record */
};

static void arm(sd_event_source *timer, uint64_t ms)
{
	(void)sd_event_source_set_time_relative(timer, ms * 1000);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* --- stopping and going on --------------------------------------------------------------------------- */

static int rename_suffix(const char *path, const char *suffix)
{
	_cleanup_free_ char *from = NULL, *to = NULL;

	if (asprintf(&from, "%s%s", path, suffix) < 0)
		from = NULL;
	if (asprintf(&to, "%s.damaged%s", path, suffix) < 0)
		to = NULL;
	if (!from || !to)
		return -ENOMEM;
	return rename(from, to) < 0 ? -errno : 0;
}

/* A damaged file is kept for whoever wants to look, and out of the way. False if it is still in the way. */
static bool set_aside(struct front *f)
{
	int r;

	f->store = store_close(f->store);
	(void)rename_suffix(f->path, "-wal");
	(void)rename_suffix(f->path, "-shm");
	r = rename_suffix(f->path, "");
	if (r == 0)
		log_warn("history is damaged; set aside as " STORE_FILE ".damaged in its folder");
	return r == 0;
}

static void lose(struct front *f, uint64_t n, uint64_t id)
{
	f->lost += n;
	f->lost_id = id;
}

static void stop(struct front *f, int error)
{
	if (f->store)
		store_rollback(f->store);
	if (f->pending)
		lose(f, f->pending, f->pending_id);
	f->pending = 0;
	if (!f->stopped) {
		f->stopped_ms = now_wall_ms();
		(void)log_errno(error, "history stops; decisions go on");
	}
	f->stopped = true;
	f->stop_error = error;
	arm(f->tick, error == -EUCLEAN && set_aside(f) ? RETAIN_AGAIN_MS : f->limits.retry_ms);
}

static int add_own(struct front *f, const struct record *r)
{
	_cleanup_buf_ struct buf out = { 0 };
	struct json j;
	int error;

	json_init(&j, &out);
	record_json(r, &j);
	error = buf_error(&out);
	if (error == 0)
		error = store_add(f->store, r, buf_str(&out), out.len);
	return error == 0 ? store_commit(f->store) : error;
}

/* The record that fills the gap, with the id of the last record that was lost in it. */
static int tell_gap(struct front *f)
{
	char text[256], since[32], why[64];
	struct record r = { .id = f->lost_id, .time_ms = now_wall_ms(), .boot_ns = now_boot_ns(), .kind = RECORD_SYSTEM,
			    .reason = "history-resumed", .count = f->lost, .text = text };

	if (!f->lost)
		return 0;
	(void)snprintf(text, sizeof(text), "%" PRIu64 " records since %s were not kept: %s", f->lost,
		       record_time_text(f->stopped_ms, since), strerror_r(-f->stop_error, why, sizeof(why)));
	return add_own(f, &r);
}

/* A guard that does not listen is not waited for. */
static void tell_guard(struct front *f)
{
	f->news.done = f->received;
	(void)send(f->fd, &f->news, sizeof(f->news), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int open_store(struct front *f)
{
	int r = store_open_write(f->path, &f->store);

	if (r == 0)
		r = store_last_id(f->store, &f->news.last_id);
	if (r == 0)
		tell_guard(f);
	return r;
}

static void resume(struct front *f)
{
	int r = f->store ? 0 : open_store(f);

	if (r == 0)
		r = tell_gap(f);
	if (r < 0) {
		stop(f, r);
		return;
	}
	if (f->lost)
		log_notice("history goes on; %" PRIu64 " records were not kept", f->lost);
	f->stopped = false;
	f->lost = 0;
	arm(f->tick, RETAIN_EVERY_MS);
}

/* --- records ----------------------------------------------------------------------------------------- */

static void commit(struct front *f)
{
	int r = f->pending ? store_commit(f->store) : 0;

	if (f->report)
		report_file_flush(f->report);

	if (r < 0)
		stop(f, r);
	f->pending = 0;
	(void)sd_event_source_set_enabled(f->batch, SD_EVENT_OFF);
	if (f->news.done != f->received)
		tell_guard(f);
}

/* Logged at 1, 2, 4, 8 …: a broken peer must not fill the journal. */
static void refuse(struct front *f, int error)
{
	f->refused++;
	if ((f->refused & (f->refused - 1)) == 0)
		(void)log_errno(error, "%" PRIu64 " messages were no records the history can keep", f->refused);
}

static void keep(struct front *f, const struct record *r, size_t len)
{
	int error = store_add(f->store, r, f->message, len);

	if (error == -EEXIST)
		return; /* an earlier front kept it and died before it could say so */
	if (error == -EINVAL) {
		refuse(f, error);
		return;
	}
	f->pending++;
	f->pending_id = r->id;
	if (error < 0)
		stop(f, error);
	else if (f->pending >= f->limits.batch_rows)
		commit(f);
	else if (f->pending == 1)
		arm(f->batch, f->limits.batch_ms);
}

static void report(struct front *f, const struct record *r)
{
	int error = report_file_add(f->report, r);

	if (error < 0)
		(void)log_errno(error, "the report file misses lines; decisions go on");
}

static void take(struct front *f, size_t len)
{
	_cleanup_(record_owned_freep) struct record_owned *o = NULL;
	int r;

	if (!f->path)
		return; /* no history */
	r = record_from_json(f->message, len, &o);
	if (r == 0 && f->report)
		report(f, record_of(o));
	if (r < 0)
		refuse(f, r);
	else if (f->stopped)
		lose(f, 1, record_of(o)->id);
	else
		keep(f, record_of(o), len);
}

static int on_input(sd_event_source *s, int fd, uint32_t events, void *user)
{
	struct front *f = user;

	(void)s;
	(void)events;
	for (unsigned i = 0; i < MESSAGES_PER_ROUND; i++) {
		_cleanup_close_ int file = -1;
		ssize_t n = front_receive(fd, f->message, RECORD_JSON_MAX, &file);

		if (n < 0 && errno == ECONNRESET)
			continue; /* the guard ended with news unread (unix_release_sock): what it said is still to come */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0)
			return sd_event_exit(f->loop, 0); /* the guard is gone, and with it what it would send */
		if (n == sizeof(struct front_ask) && !f->message[0]) {
			front_answer(fd, (const struct front_ask *)(void *)f->message, file);
			continue;
		}
		take(f, (size_t)n);
		f->received++;
	}
	if (!f->pending && f->news.done != f->received)
		tell_guard(f);
	return 0;
}

static int on_batch(sd_event_source *s, uint64_t usec, void *user)
{
	(void)s;
	(void)usec;
	commit(user);
	return 0;
}

static int on_tick(sd_event_source *s, uint64_t usec, void *user)
{
	struct front *f = user;
	bool more = false;
	int r;

	(void)s;
	(void)usec;
	if (f->stopped) {
		if (f->report)
			report_file_flush(f->report);
		resume(f);
		return 0;
	}
	commit(f);
	if (f->stopped)
		return 0;
	r = store_retain(f->store, &f->limits.bounds, now_wall_ms(), &more);
	if (r < 0 && r != -EBUSY)
		stop(f, r);
	else
		arm(f->tick, more ? RETAIN_AGAIN_MS : RETAIN_EVERY_MS);
	return 0;
}

/* --- life -------------------------------------------------------------------------------------------- */

static int confine(const char *state_dir, const char **ret_dir)
{
	static const char *const files[] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm", NULL };
	int r = store_prepare();

	if (r == 0)
		r = sandbox_user(state_dir, files, ret_dir);
	if (r < 0)
		return log_errno(r, "front cannot give up its privileges");
	r = sandbox_files(*ret_dir);
	if (r == -ENOSYS || r == -EOPNOTSUPP)
		log_notice("front runs without Landlock: this kernel has none");
	else if (r < 0)
		return log_errno(r, "front cannot confine itself to %s", state_dir);
	r = sandbox_calls(CALLS_STORE);
	return r < 0 ? log_errno(r, "front cannot restrict its system calls") : 0;
}

/* The guard decides when we end, by closing its end: what it says while it stops is still kept. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

static int add_timer(struct front *f, sd_event_source **ret, sd_event_time_handler_t fn)
{
	int r = sd_event_add_time_relative(f->loop, ret, CLOCK_MONOTONIC, 0, 0, fn, f);

	return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int init(struct front *f, int report_fd, const char *dir)
{
	int r = report_fd < 0 ? 0 : report_file_open(report_fd, &f->report);

	if (r < 0) /* the history is kept all the same */
		(void)log_errno(r, "the report file cannot be written");

	f->message = malloc(RECORD_JSON_MAX);
	if (!f->message || (!f->limits.no_history && asprintf(&f->path, "%s/%s", dir, STORE_FILE) < 0))
		return -ENOMEM;
	r = sd_event_new(&f->loop);
	if (r >= 0)
		r = sd_event_add_io(f->loop, &f->input, f->fd, EPOLLIN, on_input, f);
	if (r >= 0)
		r = add_timer(f, &f->batch, on_batch);
	if (r >= 0)
		r = add_timer(f, &f->tick, on_tick);
	return r < 0 ? r : 0;
}

static void done(struct front *f)
{
	f->store = store_close(f->store);
	f->report = report_file_close(f->report);
	(void)sd_event_source_unref(f->input);
	(void)sd_event_source_unref(f->batch);
	(void)sd_event_source_unref(f->tick);
	(void)sd_event_unref(f->loop);
	free(f->message);
	free(f->path);
	(void)close(f->fd);
}

/* Zero means the default: a table of limits that says nothing must not commit each record or keep everything. */
static struct front_limits limits_of(const struct front_limits *given)
{
	struct front_limits l = given ? *given : front_defaults;

	l.batch_rows = l.batch_rows ?: front_defaults.batch_rows;
	l.batch_ms = l.batch_ms ?: front_defaults.batch_ms;
	l.retry_ms = l.retry_ms ?: front_defaults.retry_ms;
	l.bounds.max_age_ms = l.bounds.max_age_ms ?: front_defaults.bounds.max_age_ms;
	l.bounds.max_bytes = l.bounds.max_bytes ?: front_defaults.bounds.max_bytes;
	return l;
}

int front_run(int fd, int report_fd, const char *state_dir, const struct front_limits *limits)
{
	struct front f = { .limits = limits_of(limits), .news = { .kind = FRONT_NEWS } };
	const char *dir = NULL;
	int r;

	ignore_signals();
	f.fd = sandbox_descriptors(fd, &report_fd);
	if (f.fd < 0)
		return log_errno(f.fd, "front cannot arrange its descriptors");
	r = confine(state_dir, &dir);
	if (r == 0)
		r = init(&f, report_fd, dir);
	if (r == 0) {
		f.stopped_ms = now_wall_ms();
		if (f.path)
			resume(&f);
		r = sd_event_loop(f.loop);
		if (!f.stopped)
			commit(&f);
	}
	done(&f);
	return r < 0 ? r : 0;
}
