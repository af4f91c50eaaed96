/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of ship/: what happened, posted to the webhooks of policy.yaml. With serve/ the only folder that opens network
 * sockets, and so a process of its own: the front may have none, and the guard speaks to nobody.
 *
 * Wire: a connected SOCK_SEQPACKET pair. Guard to ship: each message is one record as record_json writes it. Ship to guard: a
 * struct ship_stats whenever a number changed, at most twice a second.
 *
 * Failure stance: nobody waits for a receiver. One that hangs, resets or refuses costs its own queue only; what does not fit
 * there, or was refused for good, is counted and told. Delivery is at least once: a receiver that wants each event once
 * looks at the header X-Egret-Delivery, which retries repeat. Invariants: W1 values of headers, and paths and queries of
 * URLs, are never logged (they hold tokens); W2 certificates are verified, redirects are not followed.
 */
#include <stddef.h>
#include <stdint.h>

#include "../event/event.h"
#include "../policy/policy.h"

/* A member that is 0 means its default. */
struct ship_limits {
	unsigned queue;	     /* events waiting or under way for one hook: 256 */
	unsigned flying;     /* posts under way to one hook: 4 */
	unsigned timeout_ms; /* of one post: 5000 */
	unsigned attempts;   /* posts of one event: 5 */
	unsigned backoff_ms; /* before the second post; doubled for each further one: 500 */
	unsigned linger_ms;  /* after the guard is gone: 10000 */
};

struct ship_stats {
	uint64_t sent, retried;
	uint64_t refused; /* the receiver would not have it (4xx), or never answered in time */
	uint64_t dropped; /* the queue was full, or the guard had gone for too long */
	uint64_t queued;  /* now */
};

/* Which of a webhook's events a record is: ci_event bits, any of which is enough; 0 = none. */
unsigned ship_events(const struct record *r);

/* The body of a post, kntrl's {"type","timestamp","data"}, data being the line of the report file. Errors are the buffer's. */
void ship_payload(const struct record *r, struct buf *out);

/* The whole life of the process; returns when the peer has closed its end and all is delivered, or lingered for. Takes fd
 * over. hooks are borrowed. ready (may be NULL) is called when everything is set up and nothing was received yet: the place to
 * give up privileges. 0 or -errno; logs what is wrong. */
int ship_run(int fd, const struct ci_webhook *hooks, size_t n, const struct ship_limits *limits,
	     int (*ready)(void *user), void *user);
