/* SPDX-License-Identifier: Apache-2.0 */
/* The process that posts to webhooks, against receivers on loopback. */
#include "../report/fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "../../../src/ship/ship.h"
#include "receiver.h"

static const struct ship_limits quick = { .queue = 8, .timeout_ms = 300, .attempts = 3, .backoff_ms = 20, .linger_ms = 400 };

struct run {
	int fd;
	pid_t pid;
	struct ci_webhook hooks[2];
	char urls[2][64];
};

static struct ci_header headers[] = { { (char *)"Authorization", (char *)"Bearer s3cr3t" }, { (char *)"X-Empty", (char *)"" } };

static void add_hook(struct run *run, size_t i, const struct receiver *r, unsigned events)
{
	(void)snprintf(run->urls[i], sizeof(run->urls[i]), "http://127.0.0.1:%d/hook?token=t0ken", receiver_port(r));
	run->hooks[i] = (struct ci_webhook){ .url = run->urls[i], .events = events, .headers = headers, .n_headers = 2 };
}

static void start(struct run *run, size_t n, const struct ship_limits *limits)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	run->pid = fork();
	if (run->pid == 0) {
		(void)close(pair[0]);
		_exit(ship_run(pair[1], run->hooks, n, limits, NULL, NULL) == 0 ? 0 : 1);
	}
	(void)close(pair[1]);
	run->fd = pair[0];
}

static void tell(struct run *run, const struct record *r)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	json_init(&j, &b);
	record_json(r, &j);
	assert_int_equal(send(run->fd, b.data, b.len, 0), b.len);
}

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The last numbers it told once they satisfy `done`, or after ten seconds. */
static struct ship_stats numbers(struct run *run, bool (*done)(const struct ship_stats *))
{
	struct timeval patience = { .tv_sec = 1 };
	struct ship_stats s = { 0 };
	double end = now_s() + 10;

	(void)setsockopt(run->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (!done(&s) && now_s() < end)
		(void)!recv(run->fd, &s, sizeof(s), 0);
	return s;
}

static bool one_sent(const struct ship_stats *s)
{
	return s->sent == 1;
}

static bool one_refused(const struct ship_stats *s)
{
	return s->refused == 1;
}

static void finish(struct run *run)
{
	int status;

	(void)close(run->fd);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static const char *body_of(const char *request)
{
	const char *body = strstr(request, "\r\n\r\n");

	assert_non_null(body);
	return body + 4;
}

static void test_post(void **state _unused_)
{
	struct receiver *r = receiver_new(ANSWERS);
	struct record block = flow(7, "evil.test", "192.0.2.1", "deny");
	const char *request;
	struct run run;
	json_t *doc;

	add_hook(&run, 0, r, CI_BLOCK);
	start(&run, 1, &quick);
	tell(&run, &block);
	assert_int_equal(receiver_wait(r, 1), 1);
	request = receiver_request(r, 0);
	assert_memory_equal(request, "POST /hook?token=t0ken HTTP/1.1\r\n", 33);
	assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(request, "\r\nAuthorization: Bearer s3cr3t\r\n"));
	assert_non_null(strstr(request, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(request, "\r\nX-Egret-Delivery: "));
	assert_null(strstr(request, "Expect"));
	doc = json_loads(body_of(request), 0, NULL);
	assert_non_null(doc);
	assert_string_equal(json_string_value(json_object_get(doc, "type")), "block");
	assert_int_equal(strlen(json_string_value(json_object_get(doc, "timestamp"))), 24);
	assert_string_equal(json_string_value(json_object_get(json_object_get(doc, "data"), "daddr")), "192.0.2.1");
	json_decref(doc);
	assert_int_equal(numbers(&run, one_sent).sent, 1);
	finish(&run);
	receiver_free(r);
}

/* Each hook gets what it asked for, in kntrl's words. */
static void test_filter(void **state _unused_)
{
	struct receiver *blocks = receiver_new(ANSWERS), *files = receiver_new(ANSWERS);
	struct record pass = flow(1, "a.test", "192.0.2.1", "allow"), block = flow(1, "b.test", "192.0.2.2", "deny"),
		      would = flow(1, "c.test", "192.0.2.3", "allow"), flag = secret_read(2, "/home/a/.netrc"),
		      refused = { .id = 99, .kind = RECORD_DENIED, .path = "/etc/shadow", .time_ms = WHEN },
		      exec = { .id = 100, .kind = RECORD_DENIED, .time_ms = WHEN }, ordinary = exec_of(4, 1, 4, "true");
	struct run run;

	would.would_hold = true;
	add_hook(&run, 0, blocks, CI_BLOCK | CI_PROCESS_BLOCK);
	add_hook(&run, 1, files, CI_FILE_FLAG | CI_FILE_BLOCK);
	start(&run, 2, &quick);
	for (const struct record *const *p = (const struct record *const[]){ &pass, &ordinary, &block, &would, &flag, &refused, &exec, NULL };
	     *p; p++) {
		tell(&run, *p);
		(void)receiver_wait(blocks, (p[0] == &block) + 2 * (p[0] == &would) + 3 * (p[0] == &exec)); /* in order */
	}
	assert_int_equal(receiver_wait(blocks, 3), 3);
	assert_int_equal(receiver_wait(files, 2), 2);
	assert_memory_equal(body_of(receiver_request(blocks, 0)), "{\"type\":\"block\"", 15);
	assert_memory_equal(body_of(receiver_request(blocks, 1)), "{\"type\":\"pass\"", 14);
	assert_non_null(strstr(receiver_request(blocks, 1), "\"would_hold\":true"));
	assert_memory_equal(body_of(receiver_request(blocks, 2)), "{\"type\":\"process_block\"", 23);
	finish(&run);
	receiver_free(blocks);
	receiver_free(files);
}

/* The same delivery number each time; in the end it arrives. */
static void test_retry(void **state _unused_)
{
	struct receiver *r = receiver_new(FAILS_TWICE);
	struct record block = flow(7, "evil.test", "192.0.2.1", "deny");
	char id[64];
	struct run run;

	add_hook(&run, 0, r, CI_BLOCK);
	start(&run, 1, &quick);
	tell(&run, &block);
	assert_int_equal(receiver_wait(r, 3), 3);
	(void)snprintf(id, sizeof(id), "X-Egret-Delivery: %llu\r\n", (unsigned long long)block.id);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(receiver_request(r, i), id));
	assert_int_equal(numbers(&run, one_sent).retried, 2);
	finish(&run);
	receiver_free(r);
}

static struct ship_stats hopeless(enum behaviour b, size_t *ret_requests)
{
	struct record block = flow(7, "evil.test", "192.0.2.1", "deny");
	struct receiver *r = receiver_new(b);
	struct ship_stats s;
	struct run run;

	add_hook(&run, 0, r, CI_BLOCK);
	start(&run, 1, &quick);
	tell(&run, &block);
	s = numbers(&run, one_refused);
	*ret_requests = receiver_wait(r, 0);
	finish(&run);
	receiver_free(r);
	return s;
}

static void test_hopeless(void **state _unused_)
{
	size_t n;

	assert_int_equal(hopeless(REFUSES, &n).retried, 0); /* 404 will not change */
	assert_int_equal(n, 1);
	assert_int_equal(hopeless(REDIRECTS, &n).refused, 1);
	assert_int_equal(n, 1); /* and is not followed */
	assert_int_equal(hopeless(RESETS, &n).retried, 2);
	assert_int_equal(hopeless(HANGS, &n).retried, 2);
	assert_int_equal(n, 3);
}

/* A body without end is not read to its end; what counts is the status. */
static void test_flood(void **state _unused_)
{
	struct record block = flow(7, "evil.test", "192.0.2.1", "deny");
	struct receiver *r = receiver_new(FLOODS);
	struct run run;

	add_hook(&run, 0, r, CI_BLOCK);
	start(&run, 1, &quick);
	tell(&run, &block);
	assert_int_equal(numbers(&run, one_sent).sent, 1);
	finish(&run);
	receiver_free(r);
}

static bool five_sent(const struct ship_stats *s)
{
	return s->sent == 5;
}

static bool many_dropped(const struct ship_stats *s)
{
	return s->dropped == 32;
}

/* One that hangs costs its own queue only, and beyond that events are dropped and counted. */
static void test_beside_one_that_hangs(void **state _unused_)
{
	struct ship_limits patient = quick;
	struct receiver *good = receiver_new(ANSWERS), *bad = receiver_new(HANGS);
	struct run run;
	double begun;

	patient.timeout_ms = 5000;
	add_hook(&run, 0, good, CI_BLOCK);
	add_hook(&run, 1, bad, CI_BLOCK | CI_FILE_FLAG);
	start(&run, 2, &patient);
	begun = now_s();
	for (uint32_t i = 1; i <= 5; i++) {
		struct record block = flow(i, "evil.test", "192.0.2.1", "deny");

		tell(&run, &block);
	}
	assert_int_equal(receiver_wait(good, 5), 5);
	assert_int_equal(numbers(&run, five_sent).sent, 5);
	assert_true(now_s() - begun < 3);
	for (uint32_t i = 1; i <= 35; i++) {
		struct record read = secret_read(i, "/home/a/.netrc");

		tell(&run, &read);
	}
	assert_int_equal(numbers(&run, many_dropped).dropped, 32); /* 5 + 35 - 8 */
	begun = now_s();
	finish(&run);
	assert_true(now_s() - begun < 3); /* it lingers, but not for ever */
	receiver_free(good);
	receiver_free(bad);
}

/* Nobody listens. */
static void test_nobody(void **state _unused_)
{
	struct record block = flow(7, "evil.test", "192.0.2.1", "deny");
	struct receiver *r = receiver_new(ANSWERS);
	struct run run;

	add_hook(&run, 0, r, CI_BLOCK);
	receiver_free(r);
	start(&run, 1, &quick);
	tell(&run, &block);
	assert_int_equal(numbers(&run, one_refused).retried, 2);
	finish(&run);
}

/* What it delivers after the guard is gone. */
static void test_last_words(void **state _unused_)
{
	struct record block = flow(7, "evil.test", "192.0.2.1", "deny");
	struct receiver *r = receiver_new(FAILS_TWICE);
	struct run run;

	add_hook(&run, 0, r, CI_BLOCK);
	start(&run, 1, &quick);
	tell(&run, &block);
	finish(&run);
	assert_int_equal(receiver_wait(r, 3), 3);
	receiver_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_post),	 cmocka_unit_test(test_filter), cmocka_unit_test(test_retry),
		cmocka_unit_test(test_hopeless), cmocka_unit_test(test_flood),	cmocka_unit_test(test_beside_one_that_hangs),
		cmocka_unit_test(test_nobody),	 cmocka_unit_test(test_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
