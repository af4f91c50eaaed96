/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that two processes share since before the secret was read, so that nothing happens at the transfer: `anon` (shared
 * mapping over fork), `sysv`, `memfd`, `twin` (clone with one address space but two processes), `child` (the same, but the
 * child reads and the parent sends), `chain` (the sender shares memory with a go-between only). Or the sender had the memory
 * before and the bytes come another way: `written` (write() to a file it has mapped), `protect` (the reader's mapping becomes
 * writable after the secret was read). Or it comes later: `late` (attached when everything is there), `reopened` (by
 * /proc/PID/fd).
 */
#include "provoke.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>

struct board {
	atomic_size_t length;
	char data[4000];
};

static struct args args;
static struct board *board, *second; /* second: what the sender of a chain looks at */
static int segment = -1, file = -1;

static struct board *map_file(int prot)
{
	void *p = mmap(NULL, sizeof(struct board), prot, MAP_SHARED, file, 0);

	return p == MAP_FAILED ? NULL : p;
}

static struct board *new_board(void)
{
	void *p;

	if (KIND_IS(args, "sysv") || KIND_IS(args, "late")) {
		segment = check(shmget(IPC_PRIVATE, sizeof(struct board), IPC_CREAT | 0600), "shmget");
		p = shmat(segment, NULL, 0);
		if (KIND_IS(args, "sysv"))
			shmctl(segment, IPC_RMID, NULL);
		return p == (void *)-1 ? NULL : p;
	}
	if (KIND_IS(args, "memfd") || KIND_IS(args, "reopened") || KIND_IS(args, "written") || KIND_IS(args, "protect")) {
		file = check(memfd_create("board", MFD_CLOEXEC), "memfd_create");
		check(ftruncate(file, sizeof(struct board)), "ftruncate");
		return map_file(PROT_READ | PROT_WRITE);
	}
	p = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void wait_for(struct board *b)
{
	while (!atomic_load(&b->length))
		usleep(10 * 1000);
}

static void put(struct board *b, const char *data, size_t n)
{
	memcpy(b->data, data, n);
	atomic_store(&b->length, n);
}

/* Memory that was not there before: attached or opened when the secret is in it already. */
static struct board *late_board(pid_t reader)
{
	char path[64];

	if (KIND_IS(args, "late"))
		return shmat(segment, NULL, SHM_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)reader, file);
	file = check(open(path, O_RDONLY | O_CLOEXEC), path);
	return map_file(PROT_READ);
}

/* Never touches the secret: it only looks at memory it has had all along. */
static int sender(void *unused)
{
	struct board *b = second ? second : board;
	int s;

	(void)unused;
	if (KIND_IS(args, "late") || KIND_IS(args, "reopened")) {
		usleep(500 * 1000);
		b = late_board(getppid());
	}
	wait_for(b);
	s = connected_socket(&args);
	check((int)write(s, b->data, b->length), "write");
	finish(s);
	_exit(0);
}

static int reader(void *unused)
{
	char data[4000];
	size_t n;

	(void)unused;
	usleep(200 * 1000);
	n = read_secret(&args, data, sizeof(data));
	if (KIND_IS(args, "written")) {
		check((int)pwrite(file, data, n, offsetof(struct board, data)), "pwrite");
		check((int)pwrite(file, &n, sizeof(n), offsetof(struct board, length)), "pwrite");
		return 0;
	}
	if (KIND_IS(args, "protect"))
		check(mprotect(board, sizeof(*board), PROT_READ | PROT_WRITE), "mprotect");
	put(board, data, n);
	return 0;
}

static int go_between(void *unused)
{
	(void)unused;
	wait_for(board);
	put(second, board->data, board->length);
	_exit(0);
}

static pid_t start(int (*fn)(void *))
{
	static char stack[256 * 1024] __attribute__((aligned(16)));
	pid_t pid;

	if (KIND_IS(args, "twin") || KIND_IS(args, "child"))
		return check(clone(fn, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL), "clone");
	pid = check(fork(), "fork");
	if (pid == 0)
		_exit(fn(NULL));
	return pid;
}

int main(int argc, char **argv)
{
	pid_t pid, between = 0;
	int status;

	args = parse_args(argc, argv);
	board = new_board();
	if (!board)
		err(1, "shared memory");
	if (KIND_IS(args, "chain")) {
		second = mmap(NULL, sizeof(*second), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		between = start(go_between);
	}
	if (KIND_IS(args, "child")) {
		pid = start(reader);
		sender(NULL);
	}
	pid = start(sender);
	if (KIND_IS(args, "chain"))
		check(munmap(second, sizeof(*second)), "munmap");
	if (KIND_IS(args, "protect"))
		check(mprotect(board, sizeof(*board), PROT_READ), "mprotect");
	reader(NULL);
	check(waitpid(pid, &status, 0), "waitpid");
	if (between)
		waitpid(between, NULL, 0);
	if (KIND_IS(args, "late"))
		shmctl(segment, IPC_RMID, NULL);
	return status == 0 ? 0 : 1;
}
