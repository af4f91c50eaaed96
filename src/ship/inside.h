/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the files of ship/ share. hook.c knows queues and when to try again, transfer.c knows curl, ship.c the process. */
#include <curl/curl.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "ship.h"

/* A body, shared by the hooks that get it. */
struct parcel {
	unsigned refs;
	uint64_t id; /* of the record */
	size_t len;
	char text[];
};

/* One body on its way to one hook. */
struct delivery {
	struct delivery *next; /* in the hook's list of waiting or of flying ones */
	struct hook *hook;
	struct parcel *parcel;
	CURL *easy;	       /* while it flies */
	struct curl_slist id;  /* X-Egret-Delivery, in front of the hook's own headers */
	char id_line[48];
	unsigned attempts;
	uint64_t due_us; /* CLOCK_MONOTONIC */
	size_t answered; /* bytes of the answer */
};

struct hook {
	const struct ci_webhook *said;
	struct ship *ship;
	char host[128]; /* all of the URL that may be logged */
	struct curl_slist *headers;
	struct delivery *waiting, **end, *flying;
	unsigned n_waiting, n_flying;
	uint64_t troubles; /* since the last success: logged at 1, 2, 4, 8 … */
};

struct ship {
	sd_event *loop;
	sd_event_source *input, *pump, *tell, *curl_timer, *linger;
	CURLM *multi;
	int fd;
	char *message;
	struct ship_limits limits;
	struct hook *hooks;
	size_t n;
	struct ship_stats stats, told;
	bool ending;
};

/* --- hook.c --- */
int hook_init(struct hook *h, struct ship *s, const struct ci_webhook *said);
void hook_done(struct hook *h);
/* Queues a body, or drops it. */
void hook_add(struct hook *h, struct parcel *p, uint64_t now_us);
/* Starts what is due; *next_us becomes the time of the first that is not, if that is sooner. */
void hook_pump(struct hook *h, uint64_t now_us, uint64_t *next_us);
/* How a post ended. status 0: no answer, `trouble` says why. retry_after_s: what the receiver asked for, 0 = nothing. */
void hook_result(struct delivery *d, long status, const char *trouble, uint64_t retry_after_s, uint64_t now_us);
struct parcel *parcel_new(uint64_t id, const struct buf *body); /* one reference; NULL: no memory */
void parcel_unref(struct parcel *p);

/* --- transfer.c --- */
int transfer_open(struct ship *s);
void transfer_close(struct ship *s);
int transfer_start(struct ship *s, struct delivery *d);
void transfer_stop(struct ship *s, struct delivery *d);

/* --- ship.c --- */
void ship_wake(struct ship *s); /* something may be due, or all may be done */
