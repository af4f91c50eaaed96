/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The policy of a job (policy.yaml): allow-lists, profiles, chains, resolvers, paths and webhooks, as merged from files,
 * folders and the command line. Part of the door: included by policy.h, never alone from outside.
 *
 * Owner: struct policy owns its struct ci; NULL where nobody gave one. Immutable once loaded. Invariants: every text was
 * checked when it was read; lists hold no duplicates and keep the order of first mention; `index` speaks for the lists.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/base.h"

/* A switch that a file may leave alone. */
enum said { SAID_NOTHING = 0, SAID_NO, SAID_YES };

/* Where in the merged text something stands. */
struct ci_place {
	const char *file; /* owned by struct ci; "command line" for flags, "built-in" for the catalogue's */
	unsigned line, column;
};

/* A process that has a profile gets nothing else: the lists for everybody do not count for it. */
struct ci_profile {
	char *process; /* executable pattern, as rule.executable */
	char **hosts, **ips;
	bool children; /* what it starts is under the profile too, unless that has one of its own; true unless said otherwise */
	struct ci_place place;
	struct ci_index *index; /* of hosts and ips */
};

enum ci_action {
	CI_CONNECT, /* its connections are denied */
	CI_EXEC,    /* and it is not even started, where the kernel lets us refuse that */
};

/* process is denied when each of the ancestors stands somewhere above it, in any order. */
struct ci_chain {
	char *process;
	char **ancestors; /* names, never empty */
	enum ci_action action;
	struct ci_place place;
};

/* Where secrets of these classes may go besides the catalogue's homes. */
struct ci_home {
	char **classes; /* names; resolved in mask */
	uint64_t mask;
	char *process;  /* executable pattern, NULL = any */
	char **hosts, **ips;
	struct ci_place place;
	struct ci_index *index;
};

enum ci_event {
	CI_PASS = 1 << 0,
	CI_BLOCK = 1 << 1,
	CI_PROCESS_BLOCK = 1 << 2,
	CI_FILE_FLAG = 1 << 3,
	CI_FILE_BLOCK = 1 << 4,
	CI_ALL_EVENTS = (1 << 5) - 1,
};

/* Headers may hold tokens: never log or print their values. */
struct ci_webhook {
	char *url;
	unsigned events; /* enum ci_event bits: `filter` and `events` together; all if neither is given */
	struct ci_header {
		char *name, *value;
	} *headers;
	size_t n_headers;
	struct ci_place place;
};

enum ci_mode { CI_MODE_UNSAID = 0, CI_MODE_MONITOR, CI_MODE_ENFORCE };

struct ci {
	char **files; /* what was read, in order; "command line" last if it added something */
	enum ci_mode mode;
	/* rules.network */
	char **hosts, **ips, **processes;
	char **blocked_hosts; /* denied whatever else allows them */
	enum said local_ranges; /* 10/8, 172.16/12, 192.168/16, fc00::/7: allowed unless said otherwise */
	enum said github_meta, metadata; /* not allowed unless said otherwise */
	struct ci_profile *profiles;
	size_t n_profiles;
	struct ci_home *homes;
	size_t n_homes;
	/* rules.process */
	enum said process_events; /* `enabled`: told of unless said otherwise. Chains and executables are ruled either way */
	struct ci_chain *chains;
	size_t n_chains;
	char **blocked_executables; /* executable patterns */
	/* rules.dns */
	bool dns_given; /* the key stands there: [] means that nobody may be asked */
	char **dns_servers; /* addresses */
	/* rules.file */
	enum said file_events;
	char **monitored_paths; /* as written; their watches are in the policy (struct watch.said) */
	char **protected_paths;
	char **env_vars; /* names */
	struct ci_webhook *webhooks;
	size_t n_webhooks;
	char **notices; /* what a person should know though nothing is wrong: "file:line: text" */

	struct ci_index *index;   /* of hosts, ips and what the switches allow */
	struct ci_index *blocked; /* of blocked_hosts */
};

/* --- which resolvers --- */

/* May addr:53 be asked: listed, or no list at all and `system` (it is one of the system's resolvers). */
bool ci_resolver(const struct ci *ci, const uint8_t addr[16], bool system);

/* --- loading --- */

/* What the command line adds, last in order. Lists may be NULL. */
struct ci_flags {
	const char *const *allowed_hosts, *const *allowed_ips; /* NULL-terminated */
	enum said local_ranges, github_meta, metadata, process_events;
};
