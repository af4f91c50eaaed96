/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes never enter user space: `file` sends the file itself, `mmap` writes from a mapping without any read. */
#include "provoke.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static void from_mapping(int s, int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		err(1, "mmap");
	check((int)write(s, map, size), "write");
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	int s = connected_socket(&a), fd = open_secret(&a);
	struct stat st;

	check(fstat(fd, &st), "fstat");
	if (KIND_IS(a, "mmap"))
		from_mapping(s, fd, (size_t)st.st_size);
	else
		check((int)sendfile(s, fd, NULL, (size_t)st.st_size), "sendfile");
	finish(s);
	return 0;
}
