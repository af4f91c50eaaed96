/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a reader to a sender over pipes, by the calls that no security hook sees: `tee` copies pipe to pipe, `splice` moves
 * pipe to pipe, `vmsplice` gifts pages. The sender is a child forked before the secret is read.
 */
#include "provoke.h"

#include <sys/uio.h>
#include <sys/wait.h>

static void send_from(const struct args *a, int in)
{
	char data[4096];
	/* Blocks here, before the other side has read anything. */
	ssize_t n = check((int)read(in, data, sizeof(data)), "read of the pipe");
	int s = connected_socket(a);

	check((int)write(s, data, (size_t)n), "write");
	finish(s);
	exit(0);
}

static void by_vmsplice(const struct args *a, int out)
{
	static char data[4096];
	struct iovec iov = { data, read_secret(a, data, sizeof(data)) };

	check((int)vmsplice(out, &iov, 1, 0), "vmsplice");
}

static void by_pipe(const struct args *a, int out)
{
	int fd = open_secret(a), n, ends[2];

	check(pipe2(ends, O_CLOEXEC), "pipe");
	n = check((int)splice(fd, NULL, ends[1], NULL, 4096, 0), "splice from the file");
	if (KIND_IS(*a, "tee"))
		check((int)tee(ends[0], out, (size_t)n, 0), "tee");
	else
		check((int)splice(ends[0], NULL, out, NULL, (size_t)n, 0), "splice between pipes");
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	int ends[2], status;
	pid_t child;

	check(pipe2(ends, O_CLOEXEC), "pipe");
	child = check(fork(), "fork");
	if (child == 0)
		send_from(&a, ends[0]);
	usleep(200 * 1000);
	if (KIND_IS(a, "vmsplice"))
		by_vmsplice(&a, ends[1]);
	else
		by_pipe(&a, ends[1]);
	close(ends[1]);
	check(waitpid(child, &status, 0), "waitpid");
	return status == 0 ? 0 : 1;
}
