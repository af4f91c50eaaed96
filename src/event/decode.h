/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Bytes of a ring record -> typed view, bounds-checked. The ring is treated as untrusted input: a record whose lengths
 * do not add up is refused whole. Views point into the record and live as long as it does.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../abi/event.h"

struct event {
	const struct ev_head *head;
	union { /* by head->kind */
		const struct ev_taint *taint;
		const struct ev_held *held;
		const struct ev_denied *denied;
		const struct ev_dns *dns;
		const struct ev_exec *exec;
		const struct ev_fork *fork;
		const struct ev_exit *exit;
		const struct ev_connect *connect;
		const struct ev_gone *gone;
		const struct ev_want *want;
		const struct ev_here *here;
	};
	/* tails; NULL / 0 where the kind has none */
	const char *path; /* taint, denied; exec: the executable's */
	size_t path_len;
	const uint8_t *data; /* held: packet; dns: message */
	size_t data_len;
	const char *filename, *argv, *cwd; /* exec */
	size_t filename_len, argv_len, cwd_len;
};

/* 0; -EBADMSG: lengths do not add up; -ENOTSUP: a kind this program does not know (skip it). */
int event_decode(const void *record, size_t len, struct event *ret);
