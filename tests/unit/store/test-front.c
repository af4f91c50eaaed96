/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front as the guard meets it: a process at the other end of a socket. Each runs in a child, for it gives up for good
 * what the test needs.
 */
#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <sqlite3.h>

#include "../../../src/daemon/front.h"
#include "../../../src/daemon/sandbox.h"

struct session {
	struct place place;
	pid_t pid;
	int fd;
	uint64_t id;
};

static const struct front_limits quick = { .batch_rows = 100, .batch_ms = 20, .retry_ms = 50 };

static int setup(void **state)
{
	struct session *s = calloc(1, sizeof(*s));

	s->fd = -1;
	place_make(&s->place);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct session *s = *state;

	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
	}
	closep(&s->fd);
	place_remove(&s->place);
	free(s);
	return 0;
}

/* file_limit: bytes any file may have (the disk that gets full), 0 = none. */
static void start(struct session *s, rlim_t file_limit)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		struct rlimit soft = { .rlim_cur = file_limit, .rlim_max = RLIM_INFINITY };

		(void)close(pair[0]);
		if (file_limit && setrlimit(RLIMIT_FSIZE, &soft) < 0)
			_exit(9);
		log_set_level(0);
		_exit(front_run(pair[1], -1, s->place.dir, &quick) == 0 ? 0 : 1);
	}
	(void)close(pair[1]);
	s->fd = pair[0];
}

static void stop(struct session *s)
{
	int status;

	closep(&s->fd);
	s->fd = -1;
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	s->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void say(struct session *s, unsigned n, const char *text)
{
	_cleanup_buf_ struct buf out = { 0 };

	for (; n; n--) {
		struct record r = { .id = ++s->id, .time_ms = now_wall_ms(), .kind = RECORD_SYSTEM, .text = text };

		encode(&r, &out);
		assert_int_equal(send(s->fd, buf_str(&out), out.len, 0), out.len);
	}
}

static uint64_t hello(struct session *s)
{
	struct front_news h = { .last_id = UINT64_MAX };

	assert_int_equal(recv(s->fd, &h, sizeof(h), 0), sizeof(h));
	return h.last_id;
}

/* What the front says next of the messages it has dealt with. */
static uint64_t done_of(struct session *s)
{
	struct front_news n = { 0 };

	assert_int_equal(recv(s->fd, &n, sizeof(n), 0), sizeof(n));
	return n.done;
}

struct seen {
	uint64_t n, last, resumed, missing;
};

static int look(void *user, const struct record *r, const char *json, size_t len)
{
	struct seen *seen = user;

	(void)json;
	(void)len;
	seen->n++;
	seen->last = r->id;
	if (r->reason && streq(r->reason, "history-resumed")) {
		seen->resumed = r->id;
		seen->missing = r->count;
	}
	return 0;
}

static struct seen history(struct session *s)
{
	_cleanup_(store_closep) struct store *store = NULL;
	struct seen seen = { 0 };

	assert_int_equal(store_open_read(s->place.path, &store), 0);
	assert_int_equal(store_query(store, &(struct store_filter){ 0 }, look, &seen, NULL), 0);
	return seen;
}

/* Waits until the history has n records; the front commits by time. */
static struct seen wait_for(struct session *s, uint64_t n)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	struct seen seen = history(s);

	for (unsigned i = 0; seen.n < n && i < 500; i++) {
		(void)nanosleep(&pause, NULL);
		seen = history(s);
	}
	assert_true(seen.n >= n);
	return seen;
}

static void all_that_was_sent_is_kept(void **state)
{
	struct session *s = *state;

	start(s, 0);
	assert_int_equal(hello(s), 0);
	say(s, 3, "by time");
	assert_int_equal(wait_for(s, 3).last, 3);
	say(s, 2550, "by count and at the end");
	stop(s);
	assert_int_equal(history(s).n, 2553);
	start(s, 0);
	assert_int_equal(hello(s), 2553);
	stop(s);
}

/* What the guard need not keep for the next front, and not before it is in the file. */
static void what_is_done_is_told(void **state)
{
	struct session *s = *state;
	uint64_t done;

	start(s, 0);
	assert_int_equal(hello(s), 0);
	say(s, 250, "more than two batches");
	do {
		done = done_of(s);
		assert_true(history(s).n >= done);
	} while (done < 250);
	assert_int_equal(send(s->fd, "{", 1, 0), 1);
	assert_int_equal(done_of(s), 251);
	stop(s);
}

/* The next front is told again what the last one did not answer for. */
static void what_is_told_twice_is_kept_once(void **state)
{
	struct session *s = *state;

	start(s, 0);
	assert_int_equal(hello(s), 0);
	say(s, 40, "before it is killed");
	(void)wait_for(s, 40);
	assert_int_equal(kill(s->pid, SIGKILL), 0);
	assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
	closep(&s->fd);
	s->id = 20;
	start(s, 0);
	assert_int_equal(hello(s), 40);
	say(s, 30, "again, and some new ones");
	while (done_of(s) < 30)
		;
	stop(s);
	assert_int_equal(history(s).n, 50);
}

static void what_is_no_record_is_passed_over(void **state)
{
	struct session *s = *state;
	_cleanup_free_ char *long_one = malloc(RECORD_JSON_MAX + 100);

	memset(long_one, ' ', RECORD_JSON_MAX + 100);
	start(s, 0);
	assert_int_equal(send(s->fd, "{", 1, 0), 1);
	assert_int_equal(send(s->fd, long_one, RECORD_JSON_MAX + 100, 0), RECORD_JSON_MAX + 100);
	say(s, 1, "good");
	s->id = 0;
	say(s, 2, "the first of these has an id that is taken");
	stop(s);
	assert_int_equal(history(s).n, 2);
}

static void a_full_disk_does_not_hold_the_guard(void **state)
{
	struct session *s = *state;
	char text[1000];
	struct seen seen;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	start(s, 512 << 10);
	(void)hello(s);
	say(s, 2000, text); /* 2 MB: four times what fits; blocks for ever if the front does not drain */
	stop(s);
	seen = history(s);
	assert_true(seen.n > 0 && seen.n < 1000);
}

/* Another writer stands for the disk: until it lets go nothing can be written. */
static void a_gap_is_told(void **state)
{
	struct session *s = *state;
	sqlite3 *db = NULL;
	struct seen seen;

	start(s, 0);
	(void)hello(s);
	assert_int_equal(sqlite3_open(s->place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	say(s, 1000, "while it is stopped");
	(void)usleep(300000);
	assert_int_equal(history(s).n, 0);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_true(wait_for(s, 1).resumed > 0);
	say(s, 5, "after");
	stop(s);
	seen = history(s);
	/* each record is there or counted: the gap's own record took the place of one of them */
	assert_int_equal(seen.last, 1005);
	assert_int_equal(seen.n - 1 + seen.missing, 1005);
	assert_true(seen.missing > 0);
}

static void a_damaged_history_is_set_aside(void **state)
{
	struct session *s = *state;
	char aside[128];

	assert_int_equal(file_write(s->place.path, "this was a database once, and now it is this", 44, 0600), 0);
	start(s, 0);
	assert_int_equal(hello(s), 0);
	say(s, 1, "x");
	stop(s);
	(void)snprintf(aside, sizeof(aside), "%s.damaged", s->place.path);
	assert_int_equal(access(aside, F_OK), 0);
	assert_true(history(s).n >= 1);
}

static void a_history_that_cannot_be_opened_does_not_stop_the_guard(void **state)
{
	struct session *s = *state;

	assert_int_equal(mkdir(s->place.path, 0700), 0); /* in the way */
	start(s, 0);
	say(s, 5000, "drained all the same");
	stop(s);
	assert_int_equal(rmdir(s->place.path), 0);
}

static void root_is_given_up(void **state)
{
	struct session *s = *state;
	struct stat dir, file;
	char name[32];
	_cleanup_free_ char *status = NULL;

	if (geteuid() != 0)
		skip();
	start(s, 0);
	(void)hello(s);
	(void)snprintf(name, sizeof(name), "/proc/%d/status", s->pid);
	assert_int_equal(file_read(AT_FDCWD, name, 65536, &status, NULL), 0);
	assert_null(strstr(status, "\nUid:\t0"));
	assert_non_null(strstr(status, "\nCapPrm:\t0000000000000000"));
	assert_non_null(strstr(status, "\nCapBnd:\t0000000000000000"));
	assert_non_null(strstr(status, "\nNoNewPrivs:\t1"));
	assert_non_null(strstr(status, "\nSeccomp:\t2"));
	assert_int_equal(stat(s->place.dir, &dir), 0);
	assert_int_equal(stat(s->place.path, &file), 0);
	assert_int_equal(dir.st_uid, 0);
	assert_int_equal(dir.st_mode & 07777, 01770);
	assert_int_not_equal(file.st_uid, 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	stop(s);
}

static void files_with_two_names_are_not_given_away(void **state)
{
	struct session *s = *state;
	char victim[128];
	struct stat st;

	if (geteuid() != 0)
		skip();
	(void)snprintf(victim, sizeof(victim), "%s/victim", s->place.dir);
	assert_int_equal(file_write(victim, "", 0, 0600), 0);
	assert_int_equal(link(victim, s->place.path), 0);
	start(s, 0);
	say(s, 1, "nowhere to go");
	stop(s);
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_uid, 0);
}

/* --- the sandbox itself ------------------------------------------------------------------------------ */

/* Each attempt must work before and fail after; bit i is set where it worked. */
static unsigned attempts(pid_t parent, const char *outside)
{
	int fd[5];
	unsigned done = 0;
	pid_t child;

	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	fd[1] = socket(AF_INET6, SOCK_DGRAM, 0);
	fd[2] = socket(AF_UNIX, SOCK_STREAM, 0);
	fd[3] = open(outside, O_RDONLY | O_CLOEXEC);
	fd[4] = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; i < ARRAY_SIZE(fd); i++) {
		done |= fd[i] >= 0 ? 1u << i : 0;
		closep(&fd[i]);
	}
	done |= kill(parent, 0) == 0 ? 1u << 5 : 0;
	child = fork();
	if (child == 0)
		_exit(0);
	if (child > 0) {
		done |= 1u << 6;
		(void)waitpid(child, NULL, 0);
	}
	return done;
}

#define EVERYTHING 0x7f
#define FILE_BITS  0x18

static int confined(const struct place *p, pid_t parent, const char *outside)
{
	static const char *const none[] = { NULL };
	static char name[] = "false";
	static char *const argv[] = { name, NULL };
	unsigned after, before = attempts(parent, outside);
	const char *dir;
	bool landlock;

	if (before != EVERYTHING || access("/bin/false", X_OK) < 0)
		return 100;
	if (sandbox_user(p->dir, none, &dir) < 0)
		return 101;
	landlock = sandbox_files(dir) == 0;
	if (sandbox_calls(CALLS_STORE) < 0)
		return 102;
	after = attempts(parent, outside);
	(void)execv("/bin/false", argv); /* if it can, its exit status fails the test */
	return (int)(landlock ? after : after & ~(unsigned)FILE_BITS);
}

static void the_sandbox_holds(void **state)
{
	struct session *s = *state;
	char outside[] = "/tmp/egret-outside.XXXXXX";
	int fd = mkstemp(outside), status;
	pid_t parent = getpid(), pid;

	assert_true(fd >= 0 && fchmod(fd, 0666) == 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(confined(&s->place, parent, outside));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(fd);
	(void)unlink(outside);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(all_that_was_sent_is_kept),
		T(what_is_done_is_told),
		T(what_is_told_twice_is_kept_once),
		T(what_is_no_record_is_passed_over),
		T(a_full_disk_does_not_hold_the_guard),
		T(a_gap_is_told),
		T(a_damaged_history_is_set_aside),
		T(a_history_that_cannot_be_opened_does_not_stop_the_guard),
		T(root_is_given_up),
		T(files_with_two_names_are_not_given_away),
		T(the_sandbox_holds),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
