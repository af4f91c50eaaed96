/* SPDX-License-Identifier: Apache-2.0 */
/* What there is at the moment: iterators that write records instead of sending them. */
#include <errno.h>
#include <string.h>

#include "inside.h"

/* Opens the iterator: a file whose reading runs the program over everything there is. */
static int iterator_open(struct sensor *s, const char *name)
{
	size_t i;
	int fd;

	for (i = 0; i < n_prog_rows; i++)
		if (streq(prog_rows[i].name, name))
			break;
	if (i == n_prog_rows || !s->progs[i].link)
		return -ENOENT;
	fd = bpf_iter_create(bpf_link__fd(s->progs[i].link));
	return fd < 0 ? -errno : fd;
}

/* Hands out the whole records at the front of the buffer; returns how many bytes of a cut one remain there. */
static size_t hand_out(struct sensor *s, char *room, size_t len)
{
	const struct ev_head *h;
	size_t at = 0;

	while (len - at >= sizeof(*h)) {
		h = (const void *)(room + at);
		if (h->len < sizeof(*h) || h->len > len - at)
			break;
		(void)s->fn(s->user, h, h->len);
		at += h->len;
	}
	memmove(room, room + at, len - at);
	return len - at;
}

static int read_census(struct sensor *s, const char *name)
{
	_cleanup_close_ int fd = iterator_open(s, name);
	char room[32768] __attribute__((aligned(8)));
	size_t kept = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, room + kept, sizeof(room) - kept)) > 0)
		kept = hand_out(s, room, kept + (size_t)n);
	return n < 0 ? -errno : 0;
}

int sensor_census(struct sensor *s, enum sensor_census what)
{
	return read_census(s, what == CENSUS_TASKS ? "eg_census_tasks" : "eg_census_sockets");
}
