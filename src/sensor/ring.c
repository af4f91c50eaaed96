/* SPDX-License-Identifier: Apache-2.0 */
/* Draining the two rings. Decisions are handed out whole; telemetry in portions, so that a flood cannot delay them. */
#include <errno.h>

#include "inside.h"

static int on_decision(void *user, void *data, size_t len)
{
	struct sensor *s = user;

	(void)s->fn(s->user, data, len);
	return 0;
}

/* A negative return stops libbpf's loop after this record has been consumed (ringbuf_process_ring). */
static int on_telemetry(void *user, void *data, size_t len)
{
	struct sensor *s = user;

	(void)s->fn(s->user, data, len);
	return --s->budget ? 0 : -EAGAIN;
}

void sensor_on_record(struct sensor *s, sensor_record_fn fn, void *user)
{
	s->fn = fn;
	s->user = user;
}

static int ring_open(struct sensor *s, const char *map, ring_buffer_sample_fn fn, struct ring_buffer **ret)
{
	int fd = bpf_object__find_map_fd_by_name(s->obj, map);

	if (*ret)
		return 0;
	*ret = ring_buffer__new(fd, fn, s, NULL);
	return *ret ? 0 : -errno;
}

int sensor_decision_fd(const struct sensor *sensor)
{
	struct sensor *s = (struct sensor *)sensor; /* opens the consumer on first use */
	int r = ring_open(s, "eg_decisions", on_decision, &s->decisions);

	return r < 0 ? r : ring_buffer__epoll_fd(s->decisions);
}

int sensor_telemetry_fd(const struct sensor *sensor)
{
	struct sensor *s = (struct sensor *)sensor;
	int r = ring_open(s, "eg_telemetry", on_telemetry, &s->telemetry);

	return r < 0 ? r : ring_buffer__epoll_fd(s->telemetry);
}

int sensor_drain_decisions(struct sensor *s)
{
	return ring_buffer__consume(s->decisions);
}

int sensor_drain_telemetry(struct sensor *s, unsigned max)
{
	int r;

	s->budget = max ? max : 1;
	r = ring_buffer__consume(s->telemetry);
	return r == -EAGAIN ? (int)max : r;
}
