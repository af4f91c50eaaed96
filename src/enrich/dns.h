/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * DNS messages as they come off the wire (RFC 1035, 4.1): a bounded parser of queries and responses. No allocation, no
 * clock. The bytes are an attacker's: whatever they are, parsing ends, stays inside them and inside struct dns_message.
 *
 * Names are canonical text: lower case, no trailing dot ("." is the root), every octet outside 0x21-0x7e and every '.'
 * or '\' inside a label written \DDD (RFC 4343, 2.1; RFC 1035, 5.1). So a '.' in the text is always a label's end, and
 * two names are equal exactly when their texts are. Each text is stored once: equal names have equal offsets.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr.h"

enum {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,

	DNS_ANSWERS_MAX = 64,
	DNS_STEPS_MAX = 32,    /* names reachable from the question; resolvers give up far earlier (BIND: 11 CNAMEs) */
	DNS_TEXT_MAX = 1024,   /* 255 octets on the wire, each at most 4 characters, and the NUL */
	DNS_POOL_MAX = 16384,  /* all texts of a message */
};

/* One fact of the answer section. An HTTPS or SVCB record gives one answer for its target and one per address hint. */
struct dns_answer {
	uint16_t type;   /* DNS_TYPE_* of the record */
	uint16_t owner;  /* text of the record's owner */
	uint16_t target; /* CNAME, HTTPS, SVCB: text of the next name; 0 = none */
	uint16_t priority; /* HTTPS, SVCB: 0 is alias mode (RFC 9460, 2.4.2) */
	uint32_t ttl;    /* seconds; values with the top bit set are 0 (RFC 2181, 8) */
	int16_t step;    /* how it is reached from the question; -1 = it is not, and says nothing about it */
	bool has_addr;
	uint8_t addr[ADDR_LEN];
};

/* A name on the way from the question. steps[0] is the question itself. */
struct dns_step {
	uint16_t name;
	int16_t parent; /* -1 for the question */
	uint32_t ttl;   /* least of the records so far */
};

struct dns_message {
	uint16_t id, flags;
	uint8_t opcode, rcode;
	bool response;
	bool truncated; /* TC: the server left records out */
	bool cut;       /* the bytes end before the answer section does; what came before counts */
	bool more;      /* more than DNS_ANSWERS_MAX facts: the rest is left out */
	uint16_t qtype, qclass;
	uint16_t question; /* text */
	size_t n_answers, n_steps, pool_len;
	struct dns_answer answers[DNS_ANSWERS_MAX];
	struct dns_step steps[DNS_STEPS_MAX];
	char pool[DNS_POOL_MAX];
};

/* 0; -EBADMSG malformed or not exactly one question (RFC 9619); -EOPNOTSUPP another opcode than QUERY;
 * -E2BIG the names do not fit. *ret is undefined after a failure. Without the length prefix of TCP (RFC 1035, 4.2.2). */
int dns_parse(const uint8_t *msg, size_t len, struct dns_message *ret);

/* The text at an offset; lives as long as the message. Offset 0 is "". */
const char *dns_text(const struct dns_message *m, uint16_t offset);

/* From the question to the owner of one address. */
struct dns_chain {
	const char *names[DNS_STEPS_MAX]; /* names[0] is the question; borrowed from the message */
	size_t n;                         /* at least 1 */
	uint32_t ttl;                     /* seconds, least of the whole chain */
};
/* 0; -ENOENT: answer `i` is out of range, has no address, or does not follow from the question. */
int dns_chain(const struct dns_message *m, size_t i, struct dns_chain *ret);
