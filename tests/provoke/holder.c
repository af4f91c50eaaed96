/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other people's memory: a holder reads the secret and keeps it, and a sender that never opens the file takes it by `mem`
 * (/proc/PID/mem), `readv` (process_vm_readv), `peek` (ptrace), `traced` (ptrace, attached before the holder read it),
 * `environ` (/proc/PID/environ), or borrows the holder's descriptor by `getfd` (pidfd_getfd). Or the holder gives it: `poke`
 * (process_vm_writev into the sender), `pokemem` (/proc/PID/mem of the sender).
 */
#include "provoke.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static char memory[4096];

/* At descriptor 9, where the borrower looks; rewound so that the borrower finds bytes to read. */
static void hold(const struct args *a)
{
	check(dup2(open_secret(a), 9), "dup2");
	check((int)read(9, memory, sizeof(memory) - 1), "read");
	lseek(9, 0, SEEK_SET);
}

static void give(pid_t to, const char *kind)
{
	struct iovec mine = { memory, sizeof(memory) }, theirs = { memory, sizeof(memory) };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)to);
	if (strcmp(kind, "poke") == 0)
		check((int)process_vm_writev(to, &mine, 1, &theirs, 1, 0), "process_vm_writev");
	else
		check((int)pwrite(check(open(path, O_WRONLY | O_CLOEXEC), path), memory, sizeof(memory), (off_t)(unsigned long)memory),
		      "write of mem");
}

static void holder(const struct args *a)
{
	char *argv[] = { (char *)"sleep", (char *)"20", NULL }, *environment[] = { memory, NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (KIND_IS(*a, "traced"))
		usleep(300 * 1000);
	hold(a);
	if (KIND_IS(*a, "poke") || KIND_IS(*a, "pokemem"))
		give(getppid(), a->kind);
	if (KIND_IS(*a, "environ"))
		execve("/bin/sleep", argv, environment);
	for (;;)
		pause();
}

static pid_t start_holder(const struct args *a)
{
	pid_t pid = check(fork(), "fork");

	if (pid == 0)
		holder(a);
	if (KIND_IS(*a, "traced"))
		check((int)ptrace(PTRACE_SEIZE, pid, NULL, NULL), "seize");
	usleep((KIND_IS(*a, "traced") ? 700 : 300) * 1000);
	return pid;
}

/* Word by word; the holder is stopped for it. */
static ssize_t by_ptrace(pid_t pid, bool attached, char *dst, size_t size)
{
	size_t i;

	if (!attached)
		check((int)ptrace(PTRACE_SEIZE, pid, NULL, NULL), "seize");
	check((int)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), "interrupt");
	waitpid(pid, NULL, 0);
	for (i = 0; i < size; i += sizeof(long)) {
		long word = ptrace(PTRACE_PEEKDATA, pid, memory + i, NULL);

		memcpy(dst + i, &word, sizeof(word));
	}
	return (ssize_t)size;
}

static ssize_t by_environ(pid_t pid, char *dst, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	return read(check(open(path, O_RDONLY | O_CLOEXEC), path), dst, size);
}

static ssize_t given(char *dst, size_t size)
{
	memcpy(dst, memory, size);
	return (ssize_t)size;
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

static ssize_t take(const struct args *a, pid_t pid, char *dst, size_t size)
{
	if (KIND_IS(*a, "mem"))
		return by_mem(pid, dst, size);
	if (KIND_IS(*a, "readv"))
		return by_readv(pid, dst, size);
	if (KIND_IS(*a, "peek") || KIND_IS(*a, "traced"))
		return by_ptrace(pid, KIND_IS(*a, "traced"), dst, size);
	if (KIND_IS(*a, "environ"))
		return by_environ(pid, dst, size);
	if (KIND_IS(*a, "poke") || KIND_IS(*a, "pokemem"))
		return given(dst, size);
	return by_getfd(pid, dst, size);
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	pid_t pid = start_holder(&a);
	char data[sizeof(memory)];
	ssize_t n;
	int s;

	n = take(&a, pid, data, sizeof(data));
	check((int)n, a.kind);
	s = connected_socket(&a);
	check((int)write(s, data, (size_t)n), "write");
	finish(s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
