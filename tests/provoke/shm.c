/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that two processes share since before the secret was read, so that nothing happens at the transfer: `anon` (shared
 * mapping over fork), `sysv`, `memfd`, `twin` (clone with one address space but two processes).
 */
#include "provoke.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>

struct board {
	atomic_size_t length;
	char data[4000];
};

static struct args args;
static struct board *board;

static struct board *new_board(void)
{
	int fd = -1, flags = MAP_SHARED | MAP_ANONYMOUS;
	void *p;

	if (KIND_IS(args, "sysv")) {
		int id = check(shmget(IPC_PRIVATE, sizeof(struct board), IPC_CREAT | 0600), "shmget");

		p = shmat(id, NULL, 0);
		shmctl(id, IPC_RMID, NULL);
		return p;
	}
	if (KIND_IS(args, "memfd")) {
		fd = check(memfd_create("board", MFD_CLOEXEC), "memfd_create");
		check(ftruncate(fd, sizeof(struct board)), "ftruncate");
		flags = MAP_SHARED;
	}
	p = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, flags, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

/* Never touches the secret: it only looks at memory it has had all along. */
static int sender(void *unused)
{
	int s;

	(void)unused;
	while (!atomic_load(&board->length))
		usleep(10 * 1000);
	s = connected_socket(&args);
	check((int)write(s, board->data, board->length), "write");
	finish(s);
	_exit(0);
}

static pid_t start_sender(void)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));
	pid_t pid;

	if (KIND_IS(args, "twin"))
		return check(clone(sender, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL), "clone");
	pid = check(fork(), "fork");
	if (pid == 0)
		sender(NULL);
	return pid;
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	args = parse_args(argc, argv);
	board = new_board();
	if (!board)
		err(1, "shared memory");
	pid = start_sender();
	usleep(200 * 1000);
	atomic_store(&board->length, read_secret(&args, board->data, sizeof(board->data)));
	check(waitpid(pid, &status, 0), "waitpid");
	return status == 0 ? 0 : 1;
}
