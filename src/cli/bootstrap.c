/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities of the program file, for people who run their own guard: asked for once, used only by the verbs that
 * need them. They are checked at each start, because every replacement of the file takes them away (the kernel clears
 * the attribute on write).
 */
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/wait.h>

#define AGAIN_VARIABLE "EGRET_BOOTSTRAPPED" /* set before the program runs itself again: there is no third time */

/* Why each is needed; the first column is also what setcap is told. */
static const struct {
	cap_value_t number;
	const char *name;
} needed[] = {
	{ CAP_BPF, "cap_bpf" },			      /* load programs and maps */
	{ CAP_PERFMON, "cap_perfmon" },		      /* tracing programs */
	{ CAP_NET_ADMIN, "cap_net_admin" },	      /* cgroup network programs, destroying sockets */
	{ CAP_NET_RAW, "cap_net_raw" },		      /* sending held packets again */
	{ CAP_SYS_PTRACE, "cap_sys_ptrace" },	      /* who a process is; pidfd_getfd */
	{ CAP_DAC_READ_SEARCH, "cap_dac_read_search" }, /* /proc of others, file handles */
	{ CAP_SYS_ADMIN, "cap_sys_admin" },	      /* pinning, fanotify permission marks, mount namespaces */
	{ CAP_KILL, "cap_kill" },		      /* stopping a process whose label could not be kept */
	{ CAP_SYS_RESOURCE, "cap_sys_resource" },     /* locked memory on kernels before 5.11 */
};

size_t bootstrap_missing(uint64_t permitted, struct buf *ret_names)
{
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (permitted & (UINT64_C(1) << needed[i].number))
			continue;
		buf_addf(ret_names, "%s%s", n++ ? "," : "", needed[i].name);
	}
	return n;
}

static uint64_t permitted_now(void)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t set;
	uint64_t bits = 0;
	size_t i;

	for (i = 0; caps && i < ARRAY_SIZE(needed); i++)
		if (cap_get_flag(caps, needed[i].number, CAP_PERMITTED, &set) == 0 && set == CAP_SET)
			bits |= UINT64_C(1) << needed[i].number;
	if (caps)
		(void)cap_free(caps);
	return bits;
}

int bootstrap_drop(void)
{
	cap_t none;
	int r = 0;

	if (geteuid() == 0)
		return 0;
	none = cap_init();
	if (!none)
		return -errno;
	if (cap_set_proc(none) < 0)
		r = -errno;
	(void)cap_free(none);
	return r;
}

static int own_path(char *dst, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dst, size);

	if (n < 0 || (size_t)n >= size)
		return n < 0 ? -errno : -ENAMETOOLONG;
	dst[n] = 0;
	return 0;
}

static int run_sudo(const char *capabilities, const char *program)
{
	const char *const argv[] = { "sudo", "--", "setcap", capabilities, program, NULL };
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)(const void *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

/* What setcap is told: all that is needed, whatever is there already. */
static void wanted(struct buf *ret)
{
	(void)bootstrap_missing(0, ret);
	buf_adds(ret, "+ep");
}

static int again(const char *program, char **argv)
{
	if (setenv(AGAIN_VARIABLE, "1", 1) < 0)
		return -errno;
	(void)execv(program, argv);
	return -errno;
}

static int grant(const char *names, const char *program, char **argv)
{
	_cleanup_buf_ struct buf capabilities = { 0 };
	int r;

	buf_init(&capabilities, 0);
	wanted(&capabilities);
	if (getenv(AGAIN_VARIABLE)) {
		(void)cli_fail(
			"capabilities given to %s have no effect (a nosuid mount, or no_new_privs); run it as root",
			program);
		return -EPERM;
	}
	(void)fprintf(stderr, "egret needs capabilities to watch this machine, and its program file lacks: %s\n",
		      names);
	(void)fprintf(stderr, "They are given once by: sudo setcap %s ", buf_str(&capabilities));
	(void)fprintf(stderr, "%s\n", program);
	if (!isatty(STDIN_FILENO))
		return -EPERM;
	r = run_sudo(buf_str(&capabilities), program);
	return r < 0 ? r : again(program, argv);
}

int bootstrap_caps(char **argv)
{
	_cleanup_buf_ struct buf names = { 0 };
	char program[4096];
	int r;

	if (geteuid() == 0)
		return 0;
	buf_init(&names, 0);
	if (bootstrap_missing(permitted_now(), &names) == 0) {
		/* Children must be able to start over, for instance after an upgrade of the file. */
		(void)unsetenv(AGAIN_VARIABLE);
		return 0;
	}
	r = own_path(program, sizeof(program));
	if (r == 0)
		r = grant(buf_str(&names), program, argv);
	if (r < 0 && r != -EPERM)
		(void)cli_fail("cannot give capabilities to the program: %s", strerror(-r));
	return -EPERM;
}
