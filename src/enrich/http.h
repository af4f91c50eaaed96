/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an HTTP/1 client says first (RFC 9112): which host it means, in plain requests and in those to a proxy. Bounded, no
 * allocation, no clock; the bytes are an attacker's.
 *
 * Where two readers of one request could see two hosts (two Host fields, a target that disagrees with Host, folded lines,
 * a blank before the colon), it is malformed: the server might choose the one that we do not.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr.h"
#include "host.h"

enum { HTTP_HEAD_MAX = 16384 }; /* servers stop at 8 KiB (nginx, Apache) to 16 KiB (node) */

enum http_form {
	HTTP_ORIGIN,   /* "GET /path": for the server we are connected to, or * */
	HTTP_ABSOLUTE, /* "GET http://host/path": for a proxy, though servers must take it too (RFC 9112, 3.2.2) */
	HTTP_CONNECT,  /* "CONNECT host:port" */
};

struct http_host {
	enum http_form form;
	char name[HOST_NAME_LEN]; /* lower case; "" = an address, or no Host was sent */
	bool has_addr;
	uint8_t addr[ADDR_LEN];   /* the host is an address */
	uint16_t port;            /* 0 = none was said: that of the scheme */
};

/* Whether a stream that begins with these bytes can still become an HTTP/1 request. */
bool http_begins(const uint8_t *stream, size_t len);

/* 0; -EAGAIN: the head is not complete; -E2BIG: nor is it within HTTP_HEAD_MAX; -EBADMSG malformed, or not HTTP/1.
 * *ret is untouched unless 0 is returned. */
int http_head_read(const uint8_t *stream, size_t len, struct http_host *ret);
