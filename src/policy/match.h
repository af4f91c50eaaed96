/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Private to policy/: destination patterns taken apart, and how specific a match is.
 *
 * One grammar (dest_parse) serves checking, matching and ranking, so what dest_check accepts is what dest_match
 * understands. Nothing here allocates: decide() stands on it (P3).
 */
#include "policy.h"

#define DEST_HOST_MAX 253 /* RFC 1035, 2.3.4: 255 octets on the wire, 253 characters written */

enum dest_form { DEST_ANY, DEST_NET, DEST_BELOW, DEST_HOST };

struct dest_pattern {
	enum dest_form form;
	char host[DEST_HOST_MAX + 1]; /* BELOW, HOST: without leading "*." or "." and without trailing dot */
	uint8_t addr[16];             /* NET: IPv4 as ::ffff:a.b.c.d */
	unsigned prefix;              /* NET: bits of addr that count, IPv4 prefixes plus 96 */
	uint16_t port;                /* 0 = any */
};

/* 0, or -EINVAL with one sentence in *problem (may be NULL). pattern may be NULL (an error). */
int dest_parse(const char *pattern, struct dest_pattern *ret, struct problem *problem);

/* 0 = no match. Else larger is more specific: exact host or address, then below a name (longer first), then network
 * (longer first), then anything; among equals a named port before any. Fits in 24 bits. */
uint32_t dest_rank(const struct dest_pattern *pattern, const struct dest *to);

/* How exactly an executable pattern means the subject: 0 = not at all, 1 '*', 2 the name of its program, 3 the name of
 * its script or tool (npm for what is node), 4 a path with wildcards or interpreter:script, 5 a path. */
unsigned subject_rank(const char *pattern, const struct subject *who);
/* The same for names alone, those of one process or of several: 0, 1, 2 or 3. */
unsigned names_rank(const char *pattern, const char *const *names, size_t n);

/* Path glob: '*', '?' and '[...]' stay inside a component, "**" crosses, "**" as a whole component also matches none,
 * a trailing '/' means everything below. No backtracking beyond the last '*' and the last "**": time is bounded by
 * |pattern| * |text| squared at worst, without recursion. */
bool glob_matches(const char *pattern, const char *text);

/* The text behind reason_name, for the end of a sentence ("no rule allows it"); "" where the rule says it. */
const char *reason_text(enum reason r);

/* Fills d->sentence from the rest of *d: about a flow, about a start. */
void sentence_write(const struct policy *p, const struct query *q, struct decision *d);
void sentence_start(const struct subject *who, struct decision *d);
