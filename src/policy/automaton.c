/* SPDX-License-Identifier: Apache-2.0 */
#include "automaton.h"

#include <errno.h>
#include <string.h>

enum {
	ITEMS_MAX = 4 << 20,   /* members of all sets together: 16 MiB */
	WORK_MAX = 64 << 20,   /* nodes put into sets: well under a second */
	SLOTS = 2 * (EG_DFA_STATES_MAX + 1), /* at most half full */
	NO_BUCKET = UINT32_MAX,
};

/* One (byte class, node) found while expanding a state; lists per class. */
struct target {
	uint32_t next, node;
};

struct builder {
	struct nfa *nfa;
	struct automaton out;
	size_t cap_rows;
	enum automaton_limit limit;

	/* bytes */
	uint8_t slash;          /* class of '/' */
	uint8_t *set_class;     /* per nfa set: its classes, EG_DFA_CLASSES flags each */

	/* the set of every state, sorted; state i is items[first[i]] .. items[first[i + 1]] */
	uint32_t *items;
	size_t n_items, cap_items;
	uint32_t *first;
	size_t cap_first;
	uint32_t slot[SLOTS];   /* open addressing: state, 0 = free */
	size_t work;

	/* expansion of one state */
	struct target *targets;
	size_t n_targets, cap_targets;
	uint32_t bucket[EG_DFA_CLASSES];
	uint32_t *common;       /* nodes reached by every byte but '/' */
	size_t n_common, cap_common;
	struct nfa_states next;

	uint32_t *ids;
	size_t cap_ids;
	automaton_accept_fn *accept;
	void *context;
};

static void builder_free(struct builder *b)
{
	automaton_done(&b->out);
	free(b->set_class);
	free(b->items);
	free(b->first);
	free(b->targets);
	free(b->common);
	free(b->ids);
	nfa_states_done(&b->next);
	free(b);
}
DEFINE_CLEANUP(struct builder *, builder_free)

void automaton_done(struct automaton *a)
{
	free(a->rows);
	*a = (struct automaton){};
}

static int too_big(struct builder *b, enum automaton_limit limit)
{
	b->limit = limit;
	return -E2BIG;
}

/* --- bytes to classes --------------------------------------------------------------------------------- */

/* Splits every group into members and non-members of the set. Groups are numbered densely, *n of them. */
static void split_groups(uint16_t group[256], unsigned *n, const struct glob_set *set)
{
	uint16_t moved[256];
	bool inside[256] = {}, outside[256] = {};
	unsigned old = *n;

	for (unsigned b = 1; b < 256; b++)
		*(glob_set_has(set, (uint8_t)b) ? &inside[group[b]] : &outside[group[b]]) = true;
	for (unsigned g = 0; g < old; g++)
		moved[g] = inside[g] && outside[g] ? (uint16_t)(*n)++ : (uint16_t)g;
	for (unsigned b = 1; b < 256; b++)
		if (glob_set_has(set, (uint8_t)b))
			group[b] = moved[group[b]];
}

static void split_byte(uint16_t group[256], unsigned *n, uint8_t byte)
{
	struct glob_set one = {};

	one.has[byte / 64] = UINT64_C(1) << (byte % 64);
	split_groups(group, n, &one);
}

/* Two bytes are one class if no pattern tells them apart. Group 0 keeps what nobody named: a split moves the members of
 * a set away, and 0xff, never part of valid UTF-8, is exchanged into it should a negated set have moved that. */
static int classify(struct builder *b)
{
	bool named[256] = { ['/'] = true };
	uint16_t group[256] = {};
	unsigned n = 1, rest;

	for (size_t e = 1; e < b->nfa->n_edges; e++)
		if (b->nfa->edges[e].kind == NFA_BYTE)
			named[b->nfa->edges[e].byte] = true;
	for (unsigned i = 1; i < 256; i++)
		if (named[i])
			split_byte(group, &n, (uint8_t)i);
	for (size_t s = 0; s < b->nfa->n_sets; s++)
		split_groups(group, &n, &b->nfa->sets[s]);
	if (n > EG_DFA_CLASSES)
		return too_big(b, LIMIT_BYTES);
	rest = group[255];
	for (unsigned i = 1; i < 256; i++)
		b->out.classes.of[i] = (uint8_t)(group[i] == rest ? 0 : group[i] == 0 ? rest : group[i]);
	b->out.n_classes = n;
	b->slash = b->out.classes.of['/'];
	return 0;
}

static int classify_sets(struct builder *b)
{
	b->set_class = calloc(b->nfa->n_sets + 1, EG_DFA_CLASSES);
	if (!b->set_class)
		return -ENOMEM;
	for (size_t s = 0; s < b->nfa->n_sets; s++)
		for (unsigned i = 1; i < 256; i++)
			if (glob_set_has(&b->nfa->sets[s], (uint8_t)i))
				b->set_class[s * EG_DFA_CLASSES + b->out.classes.of[i]] = 1;
	return 0;
}

/* --- sets to states ----------------------------------------------------------------------------------- */

static int compare_u32(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* Most sets have a handful of members, nearly in order. */
static void sort_u32(uint32_t *v, size_t n)
{
	if (n > 48) {
		qsort(v, n, sizeof(*v), compare_u32);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint32_t x = v[i];
		size_t j = i;

		for (; j && v[j - 1] > x; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
}

static uint32_t hash_u32(const uint32_t *v, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ v[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (uint32_t)(h >> 16);
}

static bool same_set(const struct builder *b, uint32_t state, const struct nfa_states *set)
{
	size_t n = b->first[state + 1] - b->first[state];

	return n == set->n && memcmp(b->items + b->first[state], set->node, n * sizeof(*set->node)) == 0;
}

/* Appends a state without transitions. */
static int new_state(struct builder *b, const struct nfa_states *set, uint32_t *ret)
{
	size_t n = b->out.n_rows;
	int r;

	if (n > EG_DFA_STATES_MAX)
		return too_big(b, LIMIT_STATES);
	if (b->n_items + set->n > ITEMS_MAX)
		return too_big(b, LIMIT_SIZE);
	r = nfa_grow(&b->out.rows, &b->cap_rows, n, sizeof(*b->out.rows));
	if (r >= 0)
		r = nfa_grow(&b->first, &b->cap_first, n + 1, sizeof(*b->first));
	if (r >= 0)
		r = nfa_grow(&b->items, &b->cap_items, b->n_items + set->n, sizeof(*b->items));
	if (r < 0)
		return r;
	b->out.rows[n] = (struct dfa_row){};
	if (set->n)
		memcpy(b->items + b->n_items, set->node, set->n * sizeof(*set->node));
	b->n_items += set->n;
	b->first[n + 1] = (uint32_t)b->n_items;
	b->out.n_rows++;
	*ret = (uint32_t)n;
	return 0;
}

/* A set from which only exclusions can be reached is as good as dead. */
static bool is_live(const struct builder *b, const struct nfa_states *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (b->nfa->nodes[set->node[i]].live)
			return true;
	return false;
}

/* The state of a set, made if new. Prunes and sorts the set. */
static int state_of(struct builder *b, struct nfa_states *set, uint32_t *ret)
{
	uint32_t at;
	int r;

	if (!is_live(b, set)) {
		*ret = 0;
		return 0;
	}
	nfa_states_prune(b->nfa, set);
	sort_u32(set->node, set->n);
	for (at = hash_u32(set->node, set->n) % SLOTS; b->slot[at]; at = (at + 1) % SLOTS)
		if (same_set(b, b->slot[at], set)) {
			*ret = b->slot[at];
			return 0;
		}
	r = new_state(b, set, ret);
	if (r >= 0)
		b->slot[at] = *ret;
	return r;
}

/* --- transitions -------------------------------------------------------------------------------------- */

static int add_target(struct builder *b, uint8_t class, uint32_t node)
{
	int r = nfa_grow(&b->targets, &b->cap_targets, b->n_targets, sizeof(*b->targets));

	if (r < 0)
		return r;
	b->targets[b->n_targets] = (struct target){ .next = b->bucket[class], .node = node };
	b->bucket[class] = (uint32_t)b->n_targets++;
	return 0;
}

static int add_set_targets(struct builder *b, const struct nfa_edge *e)
{
	const uint8_t *in = b->set_class + (size_t)e->set * EG_DFA_CLASSES;
	int r = 0;

	for (unsigned c = 0; r >= 0 && c < b->out.n_classes; c++)
		if (in[c])
			r = add_target(b, (uint8_t)c, e->to);
	return r;
}

static int add_edge_targets(struct builder *b, const struct nfa_edge *e)
{
	switch (e->kind) {
	case NFA_BYTE:
		return add_target(b, b->out.classes.of[e->byte], e->to);
	case NFA_SET:
		return add_set_targets(b, e);
	case NFA_DOWN:
		return add_target(b, b->slash, e->to);
	}
	return 0; /* NFA_FREE: followed when the set was closed */
}

/* Everything that can be read in `state`, sorted into buckets by byte class. */
static int fill_buckets(struct builder *b, uint32_t state)
{
	int r = 0;

	b->n_targets = b->n_common = 0;
	memset(b->bucket, 0xff, sizeof(b->bucket)); /* NO_BUCKET */
	for (size_t i = b->first[state]; i < b->first[state + 1]; i++) {
		const struct nfa_node *n = &b->nfa->nodes[b->items[i]];

		if (n->loops) {
			r = nfa_grow(&b->common, &b->cap_common, b->n_common, sizeof(*b->common));
			if (r < 0)
				return r;
			b->common[b->n_common++] = b->items[i];
		}
		for (uint32_t e = n->edges; r >= 0 && e; e = b->nfa->edges[e].next)
			r = add_edge_targets(b, &b->nfa->edges[e]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* State after any byte of `class`; NO_BUCKET in bucket[class] means after a byte that only loops read. */
static int next_state(struct builder *b, uint8_t class, uint32_t *ret)
{
	int r = nfa_states_begin(b->nfa, &b->next);

	if (r < 0)
		return r;
	for (size_t i = 0; class != b->slash && i < b->n_common; i++)
		nfa_states_add(b->nfa, &b->next, b->common[i]);
	for (uint32_t t = b->bucket[class]; t != NO_BUCKET; t = b->targets[t].next)
		nfa_states_add(b->nfa, &b->next, b->targets[t].node);
	b->work += b->next.n + 1;
	if (b->work > WORK_MAX)
		return too_big(b, LIMIT_SIZE);
	return state_of(b, &b->next, ret);
}

static int expand(struct builder *b, uint32_t state)
{
	uint32_t plain = UINT32_MAX, to;
	int r = fill_buckets(b, state);

	for (unsigned c = 0; r >= 0 && c < b->out.n_classes; c++) {
		bool is_plain = b->bucket[c] == NO_BUCKET && c != b->slash;

		if (is_plain && plain != UINT32_MAX) {
			to = plain;
		} else {
			r = next_state(b, (uint8_t)c, &to);
			if (r < 0)
				return r;
			if (is_plain)
				plain = to;
		}
		b->out.rows[state].next[c] = (__u16)to;
	}
	if (r >= 0 && !b->out.rows[state].next[b->slash])
		b->out.rows[state].flags |= DFA_DEAD_BELOW;
	return r;
}

/* --- meaning ------------------------------------------------------------------------------------------ */

static int gather_ids(struct builder *b, uint32_t state, size_t *ret_n)
{
	size_t n = 0, unique = 0;

	for (size_t i = b->first[state]; i < b->first[state + 1]; i++)
		for (uint32_t a = b->nfa->nodes[b->items[i]].accepts; a; a = b->nfa->accepts[a].next) {
			int r = nfa_grow(&b->ids, &b->cap_ids, n, sizeof(*b->ids));

			if (r < 0)
				return r;
			b->ids[n++] = b->nfa->accepts[a].id;
		}
	sort_u32(b->ids, n);
	for (size_t i = 0; i < n; i++)
		if (!i || b->ids[i] != b->ids[unique - 1])
			b->ids[unique++] = b->ids[i];
	*ret_n = unique;
	return 0;
}

static int give_meaning(struct builder *b, uint32_t state)
{
	size_t n;
	int r = gather_ids(b, state, &n);

	if (r < 0 || !n)
		return r;
	return b->accept(b->context, b->ids, n, &b->out.rows[state]);
}

static int build(struct builder *b, const struct nfa_states *const *starts, size_t n, uint32_t *start_state)
{
	static const struct nfa_states nothing;
	uint32_t dead;
	int r = classify(b);

	if (r >= 0)
		r = classify_sets(b);
	if (r >= 0)
		r = nfa_grow(&b->first, &b->cap_first, 0, sizeof(*b->first));
	if (r < 0)
		return r;
	b->first[0] = 0;
	r = new_state(b, &nothing, &dead);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = nfa_states_begin(b->nfa, &b->next);
		for (size_t k = 0; r >= 0 && k < starts[i]->n; k++)
			nfa_states_add(b->nfa, &b->next, starts[i]->node[k]);
		if (r >= 0)
			r = state_of(b, &b->next, &start_state[i]);
	}
	for (uint32_t s = 0; r >= 0 && s < b->out.n_rows; s++) {
		r = expand(b, s);
		if (r >= 0)
			r = give_meaning(b, s);
	}
	return r;
}

int automaton_build(struct nfa *nfa, const struct nfa_states *const *starts, size_t n, uint32_t *start_state,
		    automaton_accept_fn *accept, void *context, struct automaton *ret, enum automaton_limit *ret_limit)
{
	_cleanup_(builder_freep) struct builder *b = calloc(1, sizeof(*b));
	int r;

	*ret_limit = LIMIT_NONE;
	if (!b)
		return -ENOMEM;
	b->nfa = nfa;
	b->accept = accept;
	b->context = context;
	r = build(b, starts, n, start_state);
	*ret_limit = b->limit;
	if (r < 0)
		return r;
	*ret = b->out;
	b->out = (struct automaton){};
	return 0;
}
