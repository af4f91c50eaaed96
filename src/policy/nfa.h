/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Patterns as a trie of tokens that is also a nondeterministic automaton over path bytes.
 *
 * Patterns with a common beginning share its nodes, so a hundred patterns below one ** cost a loop and a fan of names:
 * the sets of the deterministic automaton stay small. All '~' patterns hang below one node that every home leads to, so
 * a home more costs its own name only.
 *
 * Owner: the compilation that made it. Invariants: node 0 and edge 0 are "none"; nodes are only ever added; `live` is
 * set on every node from which an accept that counts (not an exclusion) can be reached.
 * Private to policy/.
 */
#include "glob.h"

/* Two languages in one graph; no path leads from one to the other. */
enum nfa_region { NFA_FILES, NFA_EXES, _NFA_REGIONS };

enum {
	NFA_NODES_MAX = 1 << 20, /* 32 MiB: far beyond what 32,767 states can express */
	NFA_EDGES_MAX = 1 << 22, /* also of accepts; a bind mount repeats those of every pattern alive there */
};

/*
 * Ids of one group differ in nothing but their rank: where several accept, only the smallest counts. Once "*secret*"
 * has matched, how far "*token*" of a larger id has come in the same name is of no interest, and the automaton need not
 * remember it. Without that, n such patterns take 2^n states.
 */
enum { NFA_NO_GROUP = 0, NFA_GROUPS = 255, NFA_MIXED = 255 };

enum nfa_edge_kind {
	NFA_BYTE,
	NFA_SET,  /* one byte of sets[set] */
	NFA_FREE, /* without reading */
	NFA_DOWN, /* '/' to a node that is no child: on inside a **, or from a mount's root */
};
struct nfa_edge {
	uint32_t next, to, set;
	uint8_t kind, byte;
};
struct nfa_node {
	uint32_t edges, accepts; /* heads of lists */
	uint32_t star, deep;     /* children reached without reading: after *, after ** */
	uint32_t least;          /* smallest id below */
	uint8_t group;           /* of all ids below; NFA_MIXED if they differ or a walk passes here; 0 = none */
	bool reads_slash;        /* something below reads a '/' */
	bool loops;              /* any byte but '/' stays here */
	bool live;
	uint8_t catch_group;     /* the end of "...*": however the name goes on, catch_id accepts; 0 = none */
	uint32_t catch_id;
};
struct nfa_accept {
	uint32_t next, id;
};

/* A set of nodes, closed under what needs no reading, in order of discovery. */
struct nfa_states {
	uint32_t *node;
	size_t n, cap;
};

struct nfa {
	struct nfa_node *nodes;
	struct nfa_edge *edges;
	struct nfa_accept *accepts;
	struct glob_set *sets; /* distinct */
	size_t n_nodes, cap_nodes, n_edges, cap_edges, n_accepts, cap_accepts, n_sets, cap_sets;
	uint32_t *mark; /* per node: `round` in which it was last put into a set */
	size_t cap_mark;
	uint32_t round;
	uint32_t root[_NFA_REGIONS], home[_NFA_REGIONS];
	bool uses_homes[_NFA_REGIONS];
};

/* Every function returning int: 0, -ENOMEM, or -E2BIG beyond these. */
int nfa_init(struct nfa *nfa);
void nfa_done(struct nfa *nfa);
#define _cleanup_nfa_ _cleanup_(nfa_done)

/* What a pattern reports. */
struct nfa_report {
	uint32_t id;
	uint8_t group; /* 1..254, or NFA_NO_GROUP: every such id counts */
	bool live;     /* false: an exclusion */
};
/* Adds a pattern. `user_home` is used by GLOB_USER only. */
int nfa_add(struct nfa *nfa, enum nfa_region region, const struct glob *g, const char *user_home,
	    const struct nfa_report *report);
/* Leads `home` to the '~' patterns of both regions. -EINVAL: not absolute or with "..". */
int nfa_add_home(struct nfa *nfa, const char *home);
/* Literal walk of an absolute path from `*node`, nodes made as needed; *node is where it ends. -EINVAL as above. */
int nfa_walk(struct nfa *nfa, uint32_t *node, const char *path, bool live);
/* A node of no pattern, to hang a walk on. */
int nfa_new_node(struct nfa *nfa, uint32_t *ret);
/* Gives `node`, where a component ends, what `set` can do there: accept, or read a '/'. Not more of the name: the names
 * of a directory and of its mount point are not the same. */
int nfa_attach(struct nfa *nfa, uint32_t node, const struct nfa_states *set);

/* Empties the set and makes room for every node there is; then adds with closure. Changes only the marks of `nfa`. */
int nfa_states_begin(struct nfa *nfa, struct nfa_states *set);
void nfa_states_add(struct nfa *nfa, struct nfa_states *set, uint32_t node);
void nfa_states_done(struct nfa_states *set);
#define _cleanup_nfa_states_ _cleanup_(nfa_states_done)

/* Drops the nodes from which only ids can be reached that do not count any more, see NFA_GROUPS. */
void nfa_states_prune(const struct nfa *nfa, struct nfa_states *set);

/* *to = where `path` ("/a/b"; empty components ignored) leads from `from`, at a component's end: only nodes that
 * accept or can read a '/' are kept. `to` is overwritten. */
int nfa_run(struct nfa *nfa, const struct nfa_states *from, const char *path, struct nfa_states *to);

/* Room for one more element of `size` bytes; doubles. */
int nfa_grow(void *array, size_t *cap, size_t n, size_t size);
