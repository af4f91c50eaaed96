/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A webhook receiver on loopback that behaves, or does not. One thread; requests are kept. */
#include <stdbool.h>
#include <stddef.h>

#define REQUESTS_MAX 64

enum behaviour {
	ANSWERS, /* 200 */
	REFUSES, /* 404 */
	FAILS_TWICE, /* 500 to two requests, then 200 */
	HANGS, /* takes the request and says nothing */
	RESETS, /* hangs up with a reset as soon as it is called */
	REDIRECTS, /* 307 to itself */
	FLOODS, /* 200 and a body without end */
};

struct receiver;
struct receiver *receiver_new(enum behaviour b);
void receiver_free(struct receiver *r);
int receiver_port(const struct receiver *r);
/* Waits until n requests came, or a few seconds passed; how many there are. */
size_t receiver_wait(struct receiver *r, size_t n);
/* Request i as it came, head and body. Valid until receiver_free. */
const char *receiver_request(struct receiver *r, size_t i);
