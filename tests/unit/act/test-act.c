/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releasing and ending real flows on this kernel. Every release is timed: the kernel's own retransmission (a second
 * for a SYN) would be late. Needs root, network namespaces and cgroup v2; otherwise each test is skipped with the
 * reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../../src/base/base.h"
#include "scene.h"

#define LATE_MS 500 /* far above what a release takes (under 2 ms; more if emulated), below the kernel's timers */
#define HOLD_MS 700 /* long enough for the probe timer to have backed off */

#define must(x) assert_true((x) >= 0)

static struct gate_copy held(void)
{
	struct gate_copy copy;

	assert_int_equal(gate_wait(&world.gate, &copy, WAIT_MS), 0);
	return copy;
}

static struct held_packet packet_of(const struct scene *s, const struct gate_copy *copy)
{
	return (struct held_packet){.data = copy->data, .len = copy->len, .netns = s->flow.netns,
				    .family = s->flow.family, .proto = s->flow.proto};
}

static void in_time(const char *what, uint64_t from, uint64_t to)
{
	print_message("# %s after %llu us\n", what, (unsigned long long)(to - from) / 1000);
	assert_in_range(to - from, 0, LATE_MS * 1000000ull);
}

/* Effective CAP_NET_ADMIN off and on: without it SOCK_DESTROY is refused, as where it is not built in. */
static void may_destroy(bool may)
{
	cap_value_t value = CAP_NET_ADMIN;
	cap_t caps = cap_get_proc();

	assert_non_null(caps);
	must(cap_set_flag(caps, CAP_EFFECTIVE, 1, &value, may ? CAP_SET : CAP_CLEAR));
	must(cap_set_proc(caps));
	must(cap_free(caps));
}

static void destroy_flow(struct scene *s)
{
	struct act_stats before, after;

	act_stats(world.act, &before);
	if (s->weak)
		may_destroy(false);
	assert_int_equal(act_destroy(world.act, s->client, &s->flow), 0);
	if (s->weak)
		may_destroy(true);
	act_stats(world.act, &after);
	assert_int_equal(after.destroyed - before.destroyed, !s->weak);
	assert_int_equal(after.disconnected - before.disconnected, s->weak);
}

static void assert_ended(const struct scene *s, int error)
{
	if (s->weak)
		print_message("# by descriptor: %s\n", strerror(error)), assert_int_not_equal(error, 0);
	else
		assert_int_equal(error, ECONNABORTED);
}

/* --- tests -------------------------------------------------------------------------------------------- */

static void test_syn_released(void **state)
{
	struct scene *s = *state;
	struct held_packet packet;
	struct gate_copy copy;
	struct report r;
	uint64_t from;

	scene_open(s, SOCK_STREAM, client_connects);
	must(gate_set(&world.gate, GATE_HOLD));
	scene_go(s);
	copy = held();
	assert_false(readable(s->line, 50));
	must(gate_set(&world.gate, GATE_PASS));
	packet = packet_of(s, &copy);
	from = now_boot_ns();
	assert_int_equal(act_reemit(world.act, s->client, &packet), 0);
	r = scene_hear(s);
	assert_int_equal(r.result, 0);
	in_time("connected", from, r.at_ns);
	scene_close(s);
}

static void test_datagram_released(void **state)
{
	struct scene *s = *state;
	struct held_packet packet;
	struct gate_copy copy;
	char got[16] = "";
	uint64_t from;

	scene_open(s, SOCK_DGRAM, client_talks);
	must(gate_set(&world.gate, GATE_HOLD_DATAGRAM));
	scene_go(s);
	assert_int_equal(scene_hear(s).result, 0); /* looks sent */
	copy = held();
	assert_false(readable(s->server, 50));
	packet = packet_of(s, &copy);
	from = now_boot_ns();
	assert_int_equal(act_reemit(world.act, s->client, &packet), 0);
	assert_true(readable(s->server, LATE_MS));
	in_time("datagram", from, now_boot_ns());
	assert_int_equal(recv(s->server, got, sizeof(got), 0), 5);
	assert_string_equal(got, "hello");
	assert_false(readable(s->server, 20)); /* once */
	scene_close(s);
}

static void hold_data(struct scene *s)
{
	scene_open(s, SOCK_STREAM, client_talks);
	must(s->accepted = accept(s->server, NULL, NULL));
	must(gate_set(&world.gate, GATE_HOLD));
	scene_go(s);
	assert_int_equal(scene_hear(s).result, 0);
	(void)held();
	assert_false(readable(s->accepted, HOLD_MS));
	must(gate_set(&world.gate, GATE_PASS));
}

static void test_data_nudged(void **state)
{
	struct scene *s = *state;
	uint64_t from;
	char got[16] = "";

	hold_data(s);
	from = now_boot_ns();
	assert_int_equal(act_nudge(world.act, s->client, &s->flow), 0);
	assert_true(readable(s->accepted, LATE_MS));
	in_time("data", from, now_boot_ns());
	assert_int_equal(recv(s->accepted, got, sizeof(got), 0), 5);
	assert_string_equal(got, "hello");
	scene_close(s);
}

/* The control of the test above, and its fallback: the kernel's own timer is not lost, only late. */
static void test_data_not_nudged(void **state)
{
	struct scene *s = *state;
	uint64_t from;

	hold_data(s);
	from = now_boot_ns();
	assert_true(readable(s->accepted, WAIT_MS));
	print_message("# data by itself after %llu us\n", (unsigned long long)(now_boot_ns() - from) / 1000);
	scene_close(s);
}

static void test_nudge_any(void **state)
{
	struct scene *s = *state;
	pid_t pids[3];

	hold_data(s);
	pids[0] = 0;
	pids[1] = getpid();
	pids[2] = s->client;
	assert_int_equal(act_nudge_any(world.act, pids, 2, &s->flow), -ENOENT);
	assert_int_equal(act_nudge_any(world.act, pids, 3, &s->flow), 0);
	assert_true(readable(s->accepted, LATE_MS));
	s->flow.proto = IPPROTO_UDP;
	assert_int_equal(act_nudge(world.act, s->client, &s->flow), -EOPNOTSUPP);
	scene_close(s);
}

static void test_syn_destroyed(void **state)
{
	struct scene *s = *state;
	struct report r;
	uint64_t from;

	scene_open(s, SOCK_STREAM, client_connects);
	must(gate_set(&world.gate, GATE_HOLD));
	scene_go(s);
	(void)held();
	assert_false(readable(s->line, 50));
	from = now_boot_ns();
	destroy_flow(s);
	r = scene_hear(s);
	assert_ended(s, r.result);
	in_time("connect failed", from, r.at_ns);
	scene_close(s);
}

static void test_connection_destroyed(void **state)
{
	struct scene *s = *state;
	struct report r;
	uint64_t from;

	scene_open(s, SOCK_STREAM, client_talks);
	must(s->accepted = accept(s->server, NULL, NULL));
	scene_go(s);
	assert_int_equal(scene_hear(s).result, 0);
	assert_true(readable(s->accepted, WAIT_MS));
	from = now_boot_ns();
	destroy_flow(s);
	r = scene_hear(s);
	assert_ended(s, r.result);
	in_time("read failed", from, r.at_ns);
	assert_int_equal(act_destroy(world.act, s->client, &s->flow), -ENOENT);
	scene_close(s);
}

static void test_datagram_destroyed(void **state)
{
	struct scene *s = *state;
	struct report r;
	uint64_t from;

	scene_open(s, SOCK_DGRAM, client_talks);
	scene_go(s);
	assert_int_equal(scene_hear(s).result, 0);
	from = now_boot_ns();
	destroy_flow(s);
	r = scene_hear(s);
	assert_int_equal(r.result, ECONNABORTED);
	in_time("receive failed", from, r.at_ns);
	scene_close(s);
}

/* A flow that carries the listening socket's cookie (a handshake it answered) must not end the listening socket. */
static void test_listener_spared(void **state)
{
	struct scene *s = *state;

	scene_open(s, SOCK_STREAM, client_connects);
	s->flow.cookie = cookie_of(s->server, SO_COOKIE);
	memcpy(s->flow.saddr, s->flow.daddr, 16);
	s->flow.sport = s->flow.dport;
	s->flow.dport = 9;
	assert_int_equal(act_destroy(world.act, getpid(), &s->flow), -ENOENT);
	scene_go(s);
	assert_int_equal(scene_hear(s).result, 0);
	scene_close(s);
}

static void test_reemit_refused(void **state)
{
	struct scene *s = *state;
	struct held_packet packet;
	struct gate_copy copy;
	struct act_stats before, after;

	scene_open(s, SOCK_DGRAM, client_talks);
	must(gate_set(&world.gate, GATE_HOLD_DATAGRAM));
	scene_go(s);
	copy = held();
	packet = packet_of(s, &copy);
	act_stats(world.act, &before);
	packet.netns ^= 1ull << 40; /* the process is not where the socket is (cookies are counted up from 1) */
	assert_int_equal(act_reemit(world.act, s->client, &packet), -EXDEV);
	packet.netns = 0;
	assert_int_equal(act_reemit(world.act, 0, &packet), -ESRCH);
	copy.data[12] = 192, copy.data[13] = 0, copy.data[14] = 2; /* somebody else's address */
	assert_int_equal(act_reemit(world.act, s->client, &packet), -EADDRNOTAVAIL);
	packet.proto = IPPROTO_TCP;
	assert_int_equal(act_reemit(world.act, s->client, &packet), -EINVAL);
	act_stats(world.act, &after);
	assert_int_equal(after.reemit_failed - before.reemit_failed, 3);
	assert_int_equal(after.reemit_refused - before.reemit_refused, 1);
	assert_int_equal(after.reemitted, before.reemitted);
	assert_false(readable(s->server, 20));
	scene_close(s);
}

/* The process may have sent and exited while its packet was held: a remembered namespace is enough. */
static void test_reemit_after_exit(void **state)
{
	struct scene *s = *state;
	struct held_packet packet;
	struct gate_copy copy;

	scene_open(s, SOCK_DGRAM, client_talks);
	must(act_cookies(world.act, s->client));
	must(gate_set(&world.gate, GATE_HOLD_DATAGRAM));
	scene_go(s);
	copy = held();
	packet = packet_of(s, &copy);
	(void)kill(s->client, SIGKILL);
	(void)waitpid(s->client, NULL, 0);
	assert_int_equal(act_reemit(world.act, s->client, &packet), 0);
	assert_true(readable(s->server, LATE_MS));
	scene_close(s);
}

static void test_cookies(void **state)
{
	struct scene *s = *state;
	struct scene tcp = {.family = AF_INET6, .type = SOCK_STREAM}, udp = {.family = AF_INET, .type = SOCK_DGRAM};
	int before, a, b;

	scene_open(s, SOCK_STREAM, client_talks);
	must(before = act_cookies(world.act, getpid()));
	must(a = bound_socket(&tcp));
	must(listen(a, 1));
	must(b = bound_socket(&udp));
	assert_int_equal(act_cookies(world.act, getpid()), before + 2);
	/* Server, its half of the connection and the client's; and, where raw sockets can be listed, the guard's. */
	assert_in_range(act_cookies(world.act, s->client), 3, 4);
	assert_int_equal(act_cookies(world.act, 0), -ESRCH);
	(void)close(a);
	(void)close(b);
	scene_close(s);
}

static void test_netns_id(void **state)
{
	struct scene *s = *state;
	uint64_t here, there;
	struct stat st;

	scene_open(s, SOCK_STREAM, client_talks);
	must(stat("/proc/self/ns/net", &st));
	assert_int_equal(act_netns_id(getpid(), &here), 0);
	assert_int_equal(here, st.st_ino);
	assert_int_equal(act_netns_id(s->client, &there), 0);
	assert_int_not_equal(here, there);
	assert_int_equal(act_netns_id(0, &there), -ESRCH);
	scene_close(s);
}

/* More namespaces than are remembered: all are served, the guard comes home, the oldest is entered anew. */
static void test_many_namespaces(_unused_ void **state)
{
	enum { MANY = 34 };
	struct act_stats before, after;
	uint64_t home, now;
	pid_t pids[MANY];
	int i;

	assert_int_equal(act_netns_id(getpid(), &home), 0);
	act_stats(world.act, &before);
	for (i = 0; i < MANY; i++) {
		must(unshare(CLONE_NEWNET));
		must(pids[i] = fork());
		if (!pids[i]) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)pause();
			_exit(0);
		}
		must(setns(world.home, CLONE_NEWNET));
		must(act_cookies(world.act, pids[i]));
	}
	must(act_cookies(world.act, pids[MANY - 1]));
	act_stats(world.act, &after);
	assert_int_equal(after.netns_opened - before.netns_opened, MANY);
	must(act_cookies(world.act, pids[0]));
	act_stats(world.act, &after);
	assert_int_equal(after.netns_opened - before.netns_opened, MANY + 1);
	assert_int_equal(act_netns_id(getpid(), &now), 0);
	assert_int_equal(now, home);
	for (i = 0; i < MANY; i++) {
		(void)kill(pids[i], SIGKILL);
		(void)waitpid(pids[i], NULL, 0);
	}
}

/* cmocka's own skip() prints "not ok ... # SKIP", which TAP readers count as a failure. */
static int skip_all(const struct CMUnitTest *tests, size_t n)
{
	size_t i;

	printf("1..%zu\n", n);
	for (i = 0; i < n; i++)
		printf("ok %zu - %s # SKIP %s\n", i + 1, tests[i].name, world.missing);
	return 0;
}

#define SCENE(test, text, ...) {#test ": " text, test, NULL, NULL, &(struct scene){__VA_ARGS__}}
#define IP4 .family = AF_INET
#define IP6 .family = AF_INET6

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_syn_released, "IPv4", IP4),
		SCENE(test_syn_released, "IPv6", IP6),
		SCENE(test_syn_released, "IPv4 on an IPv6 socket", IP6, .mapped = true),
		SCENE(test_syn_released, "other namespace", IP4, .elsewhere = true),
		SCENE(test_syn_released, "other namespace, its cookie unknown", IP6, .elsewhere = true, .nameless = true),
		SCENE(test_datagram_released, "IPv4", IP4),
		SCENE(test_datagram_released, "IPv6", IP6),
		SCENE(test_datagram_released, "other namespace", IP6, .elsewhere = true),
		SCENE(test_datagram_released, "cookie unknown", IP4, .nameless = true),
		SCENE(test_data_nudged, "IPv4", IP4),
		SCENE(test_data_nudged, "IPv6, other namespace", IP6, .elsewhere = true),
		SCENE(test_data_nudged, "ports unknown", IP6, .mapped = true, .portless = true),
		SCENE(test_data_not_nudged, "waits", IP4),
		SCENE(test_nudge_any, "one of several", IP4),
		SCENE(test_syn_destroyed, "IPv4", IP4),
		SCENE(test_syn_destroyed, "IPv6, other namespace", IP6, .elsewhere = true),
		SCENE(test_syn_destroyed, "by descriptor", IP4, .weak = true),
		SCENE(test_connection_destroyed, "IPv4", IP4),
		SCENE(test_connection_destroyed, "IPv6", IP6),
		SCENE(test_connection_destroyed, "IPv4 on an IPv6 socket", IP6, .mapped = true),
		SCENE(test_connection_destroyed, "ports unknown", IP6, .mapped = true, .portless = true),
		SCENE(test_connection_destroyed, "other namespace", IP4, .elsewhere = true),
		SCENE(test_connection_destroyed, "by descriptor", IP6, .weak = true, .elsewhere = true),
		SCENE(test_datagram_destroyed, "IPv4", IP4),
		SCENE(test_datagram_destroyed, "IPv6, other namespace", IP6, .elsewhere = true),
		SCENE(test_listener_spared, "IPv4", IP4),
		SCENE(test_reemit_refused, "IPv4", IP4),
		SCENE(test_reemit_after_exit, "other namespace", IP4, .elsewhere = true),
		SCENE(test_cookies, "counted", IP4, .elsewhere = true),
		SCENE(test_netns_id, "two", IP4, .elsewhere = true),
		cmocka_unit_test(test_many_namespaces),
	};

	int r;

	world_open();
	if (world.missing)
		return skip_all(tests, ARRAY_SIZE(tests));
	r = cmocka_run_group_tests(tests, NULL, NULL);
	world_close();
	return r;
}
