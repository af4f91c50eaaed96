/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Thousands of hosts and ranges, found by one look each: a hash of host suffixes and sorted ranges. Private to policy/.
 *
 * Owner: struct ci and its parts; filled while loading, never changed afterwards. Invariants: N1 looking up allocates
 * nothing and costs the same for ten entries as for ten thousand; N2 what matches is exactly what dest_match would say of
 * one of the entries.
 */
#include "match.h"

struct ci_entry {
	const char *key;  /* static: the key of policy.yaml it stands under */
	const char *text; /* as written; borrowed from the lists, or static */
};

struct ci_host {
	char *host; /* lower case, without leading and trailing dot; "" = every destination */
	uint32_t hash;
	uint16_t port; /* 0 = any */
	bool below; /* not the host itself */
	struct ci_entry entry;
	uint32_t next; /* another entry of the same host, + 1; 0 = none */
};

struct ci_net {
	uint8_t addr[16]; /* bits beyond prefix are 0 */
	unsigned prefix;
	uint16_t port;
	struct ci_entry entry;
};

struct ci_index {
	struct ci_host *hosts;
	size_t n_hosts;
	uint32_t *slots; /* open addressing: number of the first entry of a host, + 1 */
	size_t n_slots;  /* a power of two, at most half full; 0 = no host */
	struct ci_net *nets; /* sorted by port and address; of one port none lies within another */
	size_t n_nets;
	unsigned metadata; /* bit i: address i of ci_metadata was added as such, not by a range around it */
};

struct ci_index *ci_index_new(void); /* NULL: no memory */
struct ci_index *ci_index_free(struct ci_index *x); /* NULL is fine; returns NULL */
/* pattern: a destination pattern that dest_check accepts. 0 or -errno. */
int ci_index_add(struct ci_index *x, const char *pattern, struct ci_entry entry);
/* All were added: makes it searchable. 0 or -ENOMEM. */
int ci_index_seal(struct ci_index *x);

/* The most exact host, else the range that matches; NULL if none does. to->name NULL: only addresses count. x may be
 * NULL. */
const struct ci_entry *ci_index_find(const struct ci_index *x, const struct dest *to);
/* Number of the metadata endpoint at that address, -1 = none: what clouds answer to any program of a machine there are
 * the machine's credentials. */
int ci_metadata(const uint8_t addr[16]);
/* Is the name listed whatever the port? x may be NULL. */
bool ci_index_lists(const struct ci_index *x, const char *name);
/* Entries that hold for one port only. */
bool ci_index_has_ports(const struct ci_index *x);
/* Lists everything, whatever the port. */
bool ci_index_lists_all(const struct ci_index *x);
/* Address of endpoint i, NULL beyond the last. */
const uint8_t *ci_metadata_addr(size_t i);
