/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egret doctor: loads and attaches the real programs on a guard of its own and proves them: a child of ours reads a
 * planted secret and sends to an address of a network namespace made for it; the datagram must not arrive.
 */
#include "cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "../daemon/guard.h"

#define CANARY "egret-doctor-canary"
#define CANARY_PORT 9

struct doctor_values {
	bool quick;
};

const struct option_row doctor_options[] = {
	{ "quick", 'q', NULL, OPT_FLAG, NULL, NULL, "load and attach only, no canary", offsetof(struct doctor_values, quick) },
	{ NULL },
};

enum canary { CANARY_STOPPED, CANARY_ARRIVED, CANARY_NOT_TRIED };

struct canary_run {
	char dir[64], secret[96], list[96];
	int tun; /* what leaves the child's namespace arrives here */
	pid_t child;
};

static int write_text(const char *path, const char *text)
{
	return file_write(path, text, strlen(text), 0600);
}

static int plant(struct canary_run *k)
{
	char list[256];

	(void)snprintf(k->dir, sizeof(k->dir), "/tmp/egret-doctor-XXXXXX");
	if (!mkdtemp(k->dir))
		return -errno;
	(void)snprintf(k->secret, sizeof(k->secret), "%s/secret", k->dir);
	(void)snprintf(k->list, sizeof(k->list), "%s/watchlist.yaml", k->dir);
	(void)snprintf(list, sizeof(list), "catalog: none\nfiles:\n  - path: %s\n    class: doctor\n", k->secret);
	return write_text(k->secret, CANARY) < 0 ? -EIO : write_text(k->list, list);
}

static void uproot(const struct canary_run *k)
{
	(void)unlink(k->secret);
	(void)unlink(k->list);
	(void)rmdir(k->dir);
}

/* Opening the device loads its module. Where nothing made the usual node (no udev, no systemd) one of our own will do. */
static int open_tunnel(const struct canary_run *k)
{
	const dev_t number = makedev(10, 200); /* Documentation/admin-guide/devices.txt */
	const int how = O_RDWR | O_CLOEXEC | O_NONBLOCK;
	int fd = open("/dev/net/tun", how);
	char node[96];

	if (fd >= 0 || errno != ENOENT)
		return fd;
	(void)snprintf(node, sizeof(node), "%s/tun", k->dir);
	if (mknod(node, S_IFCHR | 0600, number) < 0)
		return -1;
	fd = open(node, how);
	(void)unlink(node);
	return fd;
}

/* A tunnel device in a new network namespace: the far end is ours, nothing leaves the machine. */
static int make_tunnel(const struct canary_run *k)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sockaddr_in *a = (struct sockaddr_in *)&ifr.ifr_addr;
	int tun = open_tunnel(k), s;

	if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr) < 0)
		return -errno;
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	a->sin_family = AF_INET;
	a->sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, TEST-NET-1 (RFC 5737) */
	if (s < 0 || ioctl(s, SIOCSIFADDR, &ifr) < 0)
		return -errno;
	a->sin_addr.s_addr = htonl(0xffffff00);
	if (ioctl(s, SIOCSIFNETMASK, &ifr) < 0)
		return -errno;
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(s, SIOCSIFFLAGS, &ifr) < 0)
		return -errno;
	(void)close(s);
	return tun;
}

/* The child: reads the secret and sends it to 192.0.2.2. */
static void read_and_send(const struct canary_run *k, int go)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(CANARY_PORT),
				  .sin_addr.s_addr = htonl(0xc0000202) };
	char text[64];
	int fd, s;
	ssize_t n;

	if (read(go, text, 1) != 1)
		_exit(3);
	fd = open(k->secret, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n <= 0 || s < 0)
		_exit(3);
	(void)sendto(s, text, (size_t)n, 0, (struct sockaddr *)&to, sizeof(to));
	_exit(0);
}

static bool arrived(int tun)
{
	char packet[2048];
	ssize_t n;

	while ((n = read(tun, packet, sizeof(packet))) > 0)
		if (memmem(packet, (size_t)n, CANARY, strlen(CANARY)))
			return true;
	return false;
}

static enum canary try_canary(struct canary_run *k, struct guard *g, sd_event *loop)
{
	int go[2], status = -1;
	uint64_t end;

	if (k->tun < 0 || pipe2(go, O_CLOEXEC) < 0)
		return CANARY_NOT_TRIED;
	k->child = fork();
	if (k->child < 0)
		return CANARY_NOT_TRIED;
	if (k->child == 0) {
		(void)close(go[1]);
		read_and_send(k, go[0]);
	}
	(void)close(go[0]);
	if (guard_add_tree(g, k->child) == 0)
		(void)!write(go[1], "1", 1);
	(void)close(go[1]);
	for (end = now_boot_ns() + 2000000000ull; now_boot_ns() < end;) {
		(void)sd_event_run(loop, 20000);
		if (waitpid(k->child, &status, WNOHANG) == k->child)
			break;
	}
	(void)sd_event_run(loop, 50000);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return CANARY_NOT_TRIED;
	return arrived(k->tun) ? CANARY_ARRIVED : CANARY_STOPPED;
}

static const char *const canary_words[] = { "stopped", "arrived", "not tried" };

static const char *advice(const struct sensor *s)
{
	if (sensor_coverage(s) == COVERAGE_FULL)
		return NULL;
	return "a kernel built with BPF trampolines (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS), not in lockdown "
	       "confidentiality mode, gives full coverage; `bpf` in lsm= is not needed";
}

static void report_json(const struct cli *c, const struct sensor *s, enum canary k)
{
	_cleanup_buf_ struct buf b = { 0 };
	const struct sensor_flow *f;
	struct json j;
	size_t i;

	(void)c;
	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "coverage", coverage_name(sensor_coverage(s)));
	json_kstr(&j, "why_reduced", sensor_why_reduced(s));
	json_kstr(&j, "canary", canary_words[k]);
	json_kstr(&j, "advice", advice(s));
	json_karr(&j, "flows");
	for (i = 0; (f = sensor_flow(s, i)); i++) {
		json_obj(&j);
		json_kstr(&j, "flow", f->flow);
		json_kstr(&j, "program", f->program);
		json_kbool(&j, "covered", f->covered);
		json_kstr(&j, "why", f->why);
		json_kuint(&j, "verified_instructions", f->verified);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void report_text(const struct cli *c, const struct sensor *s, enum canary k)
{
	const struct sensor_flow *f;
	size_t i;

	(void)printf("coverage  %s%s%s%s\n", cli_colour(c, sensor_coverage(s) == COVERAGE_FULL ? COLOUR_GREEN : COLOUR_YELLOW),
		     coverage_name(sensor_coverage(s)), cli_colour(c, COLOUR_OFF),
		     k == CANARY_STOPPED ? ", and a planted secret was stopped" : "");
	if (*sensor_why_reduced(s)) {
		(void)printf("because   ");
		cli_puts(sensor_why_reduced(s));
		(void)printf("\n");
	}
	if (k != CANARY_STOPPED)
		(void)printf("canary    %s\n", canary_words[k]);
	for (i = 0; (f = sensor_flow(s, i)); i++)
		(void)printf("  %s %s%s%s\n", f->covered ? "yes" : "NO ", f->flow, f->covered ? "" : ": ", f->covered ? "" : f->why);
	if (advice(s))
		(void)printf("improve   %s\n", advice(s));
}

static int verdict_of(const struct sensor *s, enum canary k, bool quick)
{
	if (k == CANARY_ARRIVED)
		return 2;
	if (k == CANARY_NOT_TRIED && !quick)
		return 2;
	return sensor_coverage(s) == COVERAGE_FULL ? 0 : 1;
}

static int examine(struct cli *c, bool quick)
{
	struct canary_run k = { .tun = -1 };
	struct guard_options o = { .runtime_dir = c->runtime_dir, .state_dir = c->state_dir, .mode = MODE_ENFORCE,
				   .unknown = UNKNOWN_DENY, .ask_ms = 1000, .tree = true,
				   .sources = { .watchlist = k.list, .watchlist_required = true } };
	enum canary result = CANARY_NOT_TRIED;
	struct problem p = {};
	struct guard *g;
	sd_event *loop;
	int r, code;

	if (plant(&k) < 0 || sd_event_new(&loop) < 0)
		return cli_fail("cannot plant a canary in /tmp");
	if (!quick && unshare(CLONE_NEWNET) == 0)
		k.tun = make_tunnel(&k);
	r = guard_open(&o, loop, &g, &p);
	if (r < 0) {
		uproot(&k);
		(void)cli_fail("unusable: %s", p.text[0] ? p.text : strerror(-r));
		return 2;
	}
	if (!quick)
		result = try_canary(&k, g, loop);
	if (c->json)
		report_json(c, guard_sensor(g), result);
	else
		report_text(c, guard_sensor(g), result);
	code = verdict_of(guard_sensor(g), result, quick);
	(void)guard_close(g, false);
	(void)sd_event_unref(loop);
	if (k.tun >= 0)
		(void)close(k.tun);
	uproot(&k);
	return code;
}

int verb_doctor(struct cli *c, int argc, char **argv)
{
	struct doctor_values v = {};
	int n = cli_parse(c, argc, argv, &v);

	if (n < 0)
		return cli_exit_of(n);
	if (bootstrap_caps(argv) < 0)
		return 2;
	return examine(c, v.quick);
}
