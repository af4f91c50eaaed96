/* SPDX-License-Identifier: Apache-2.0 */
/* File to pipe to socket by splice: neither read nor write nor send is called. */
#include "provoke.h"

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	int s = connected_socket(&a), fd = open_secret(&a), n, ends[2];

	check(pipe2(ends, O_CLOEXEC), "pipe");
	n = check((int)splice(fd, NULL, ends[1], NULL, 4096, 0), "splice from the file");
	check((int)splice(ends[0], NULL, s, NULL, (size_t)n, 0), "splice to the socket");
	finish(s);
	return 0;
}
