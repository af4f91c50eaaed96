/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which name stands behind an address, how that is known and how sure it is.
 *
 * Owner: the guard has one cache. Sources: DNS answers seen on the wire (from the resolvers in use, to questions that
 * were asked) and the hosts file; never reverse DNS, whose answer belongs to the owner of the address. Invariants:
 * N1 an address keeps every name it was given, each with its own age: the last writer does not win;
 * N2 the name is the one that was asked for; CNAMEs on the way are kept for display only;
 * N3 everything is bounded, evictions are counted, and losing an entry can only make an answer less sure.
 *
 * A cache belongs to one network namespace: 127.0.0.53 in another one is another server. The caller keeps answers of
 * foreign namespaces away or gives them a cache of their own.
 * Times are CLOCK_BOOTTIME nanoseconds, addresses as in addr.h, names as in dns.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "dns.h"

struct names;

/* Weakest first. */
enum name_how { HOW_NONE, HOW_HOSTS, HOW_DNS_OTHER, HOW_DNS_OWN, _HOW_MAX };
const char *name_how_text(enum name_how how); /* "none", "hosts", "dns-other", "dns-own" */

enum {
	NAMES_MAX = 65536,       /* (address, name) entries from DNS; least recently used goes first */
	NAMES_HOSTS_MAX = 16384, /* entries from the hosts file */
	NAMES_PER_ADDR_MAX = 64, /* beyond it an address counts as ambiguous for good */
	NAMES_QUERIES_MAX = 4096,
	NAMES_TEXT_MAX = 254,    /* 253 characters (RFC 1035, 2.3.4, as text) and the NUL; longer ones are not kept */
	NAMES_CHAIN_MAX = 512,
	NAMES_TTL_MIN_S = 30,    /* programs connect a little after the TTL ran out */
	NAMES_TTL_MAX_S = 86400, /* and nobody's word holds for longer than a day */
	NAMES_STALE_S = 86400,   /* how long an expired name may still be shown */
	NAMES_QUERY_S = 30,      /* resolvers give up long before (resolv.conf(5): timeout 5 s, 2 attempts, 3 servers) */
};

/* Both ends of a DNS exchange. `pid` 0 = not known. */
struct names_peer {
	pid_t pid;
	uint64_t start_ns;
	uint8_t server[ADDR_LEN];
	uint16_t local_port; /* host order, of the asking socket */
};

struct names_stats {
	uint64_t learned, evicted; /* entries */
	uint64_t unasked, foreign; /* answers that did not count: no such question; not from a resolver in use */
	uint64_t crowded;          /* entries refused because their address has too many names */
	size_t entries, hosts;     /* now */
};

/* *ret is the caller's (names_free). 0, -ENOMEM, or the errno of getrandom. */
int names_new(struct names **ret);
struct names *names_free(struct names *n); /* NULL is fine; returns NULL */

/* Answers count only from these servers; n 0 (the state after names_new): from any. At most 16 are kept. */
void names_set_resolvers(struct names *n, const uint8_t (*servers)[ADDR_LEN], size_t count);

/* Remembers that a question went out. 0, -EINVAL (not a query), -ENOMEM. */
int names_query(struct names *n, const struct names_peer *peer, const struct dns_message *query, uint64_t now_ns);

/* Takes the addresses of an answer. If peer->pid is 0 the process that asked (names_query) is its owner.
 * Returns how many entries it gave or renewed (0 for an error answer or one without addresses),
 * -EINVAL not a response, -EPERM not from a resolver in use, -ENOENT require_query and nobody asked, -ENOMEM. */
int names_learn(struct names *n, const struct names_peer *peer, const struct dns_message *answer, bool require_query,
		uint64_t now_ns);

/* The hosts file's entries: all are replaced between clear and the adds that follow. 0 (also for a name that is too long
 * to keep), -ENOSPC, -ENOMEM. */
void names_clear_hosts(struct names *n);
int names_add_host(struct names *n, const uint8_t addr[ADDR_LEN], const char *name);

struct name_answer {
	enum name_how how;
	bool stale;     /* its time has run out; what the address means now is not known */
	bool ambiguous; /* another live name has the same address, or too many to keep */
	uint64_t age_ns; /* since it was last learned; 0 for hosts */
	char name[NAMES_TEXT_MAX];
	char chain[NAMES_CHAIN_MAX]; /* CNAMEs between name and address, ", " between them; for display, may be shortened */
};

/* The best name: asked for by this very process (newest first, live before stale), then by another one, then the hosts
 * file, then a stale one of another process. 0; -ENOENT if there is none. The entry is marked as used. */
int names_lookup(struct names *n, const uint8_t addr[ADDR_LEN], pid_t pid, uint64_t start_ns, uint64_t now_ns,
		 struct name_answer *ret);

/* Calls fn for each name of the address that holds now: expires_ns 0 = as long as the hosts file says so. */
typedef void (*names_fn)(void *user, const char *name, uint64_t expires_ns);
void names_of(const struct names *n, const uint8_t addr[ADDR_LEN], uint64_t now_ns, names_fn fn, void *user);
/* True if the address has more names than are kept. */
bool names_crowded(const struct names *n, const uint8_t addr[ADDR_LEN]);
/* Calls fn for each address that has a name. */
void names_each(const struct names *n, void (*fn)(void *user, const uint8_t addr[ADDR_LEN]), void *user);

void names_get_stats(const struct names *n, struct names_stats *ret);
