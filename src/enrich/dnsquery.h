/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A question between the one who asks and the server that is asked: read, said again in our own words, refused, and the
 * answer fitted to it. Pure; the bytes are an attacker's.
 *
 * A query said again carries nothing but the question: every bit that the asker could choose and the other side could
 * see (letter case, id, options, padding, further records) is made anew. What stays is what an answer must heed: type,
 * EDNS or not, DNSSEC wishes (RD, AD, CD, DO), and a payload size of two possible values.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "dns.h"

enum {
	DNS_NAME_MAX = 255,  /* octets on the wire (RFC 1035, 2.3.4) */
	DNS_QUERY_MAX = 512, /* header, name, type, class, OPT with an extended error: 12 + 255 + 4 + 11 + 4 + 8 */
	DNS_EDNS_SIZE = 1232, /* what fits into one packet everywhere (DNS flag day 2020) */
};

struct dns_query {
	uint16_t id, flags, qtype, qclass;
	uint16_t udp_size;  /* what the asker takes; 512 without EDNS */
	bool edns, dnssec;  /* DO bit */
	bool plain;         /* nothing was said beside the question: no options, no other records, no odd bits */
	uint8_t labels, longest; /* of the name, in octets */
	uint8_t name_len;
	uint8_t name[DNS_NAME_MAX]; /* on the wire, spelt as the asker did */
	char text[DNS_TEXT_MAX];    /* canonical: see dns.h */
};

/* 0; -EBADMSG malformed, a response, or not one question; -EOPNOTSUPP another opcode than QUERY (id and flags are set
 * then). Without the length prefix of TCP. */
int dns_query_read(const uint8_t *msg, size_t len, struct dns_query *ret);
/* The same question, with another id and nothing else of the asker's. Returns its length. */
size_t dns_query_write(const struct dns_query *q, uint16_t id, uint8_t dst[DNS_QUERY_MAX]);

enum { DNS_RCODE_FORMERR = 1, DNS_RCODE_SERVFAIL = 2, DNS_RCODE_NXDOMAIN = 3, DNS_RCODE_NOTIMP = 4, DNS_RCODE_REFUSED = 5 };
/* An answer without records; a refusal says in EDNS that it was blocked (RFC 8914, 4.16). Returns its length. */
size_t dns_reply_write(const struct dns_query *q, unsigned rcode, uint8_t dst[DNS_QUERY_MAX]);

/* True if `msg` answers the query that was written with that id (RFC 5452, 9.1). */
bool dns_answers(const struct dns_query *q, uint16_t id, const uint8_t *msg, size_t len);
/* Gives such an answer the asker's id and spelling. */
void dns_answer_fit(const struct dns_query *q, uint8_t *msg);
/* True if the header of a message says that the rest comes only over TCP. */
bool dns_truncated(const uint8_t *msg, size_t len);
/* Cuts an answer that is longer than the asker takes down to its question, marked as truncated. Returns the length. */
size_t dns_answer_cut(const struct dns_query *q, uint8_t *msg, size_t len, size_t max);

/* "A", "TXT", "TYPE65280". */
const char *dns_type_text(uint16_t type, char dst[16]);
/* The type of that name (any case, also "TYPEnnn"); 0 = there is none. */
uint16_t dns_type_from_text(const char *name);
const char *dns_rcode_text(unsigned rcode, char dst[16]);
