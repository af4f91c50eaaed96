/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other people's memory: a holder reads the secret and keeps it, and a sender that never opens the file takes it by `mem`
 * (/proc/PID/mem), `readv` (process_vm_readv), or borrows the holder's descriptor by `getfd` (pidfd_getfd).
 */
#include "provoke.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static char memory[4096];

static pid_t start_holder(const struct args *a)
{
	pid_t pid = check(fork(), "fork");

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* At descriptor 9, where the borrower looks; rewound so that the borrower finds bytes to read. */
		check(dup2(open_secret(a), 9), "dup2");
		check((int)read(9, memory, sizeof(memory)), "read");
		lseek(9, 0, SEEK_SET);
		pause();
	}
	usleep(300 * 1000);
	return pid;
}

static ssize_t by_mem(pid_t pid, char *dst, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return pread(check(open(path, O_RDONLY | O_CLOEXEC), path), dst, size, (off_t)(unsigned long)memory);
}

static ssize_t by_readv(pid_t pid, char *dst, size_t size)
{
	struct iovec mine = { dst, size }, theirs = { memory, size };

	return process_vm_readv(pid, &mine, 1, &theirs, 1, 0);
}

static ssize_t by_getfd(pid_t pid, char *dst, size_t size)
{
	int pidfd = check((int)syscall(SYS_pidfd_open, pid, 0), "pidfd_open");

	return read(check((int)syscall(SYS_pidfd_getfd, pidfd, 9, 0), "pidfd_getfd"), dst, size);
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	pid_t pid = start_holder(&a);
	char data[sizeof(memory)];
	ssize_t n;
	int s;

	if (KIND_IS(a, "mem"))
		n = by_mem(pid, data, sizeof(data));
	else if (KIND_IS(a, "readv"))
		n = by_readv(pid, data, sizeof(data));
	else
		n = by_getfd(pid, data, sizeof(data));
	check((int)n, a.kind);
	s = connected_socket(&a);
	check((int)write(s, data, (size_t)n), "write");
	finish(s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
