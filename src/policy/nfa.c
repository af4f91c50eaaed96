/* SPDX-License-Identifier: Apache-2.0 */
#include "nfa.h"

#include <errno.h>
#include <string.h>

int nfa_grow(void *array, size_t *cap, size_t n, size_t size)
{
	void *old, *bigger;
	size_t want = *cap;

	if (n < want)
		return 0;
	for (want = want ? want : 64; want <= n; want *= 2)
		;
	memcpy(&old, array, sizeof(old));
	bigger = reallocarray(old, want, size);
	if (!bigger)
		return -ENOMEM;
	memcpy(array, &bigger, sizeof(bigger));
	*cap = want;
	return 0;
}

int nfa_new_node(struct nfa *nfa, uint32_t *ret)
{
	int r;

	if (nfa->n_nodes >= NFA_NODES_MAX)
		return -E2BIG;
	r = nfa_grow(&nfa->nodes, &nfa->cap_nodes, nfa->n_nodes, sizeof(*nfa->nodes));
	if (r < 0)
		return r;
	nfa->nodes[nfa->n_nodes] = (struct nfa_node){};
	*ret = (uint32_t)nfa->n_nodes++;
	return 0;
}

/* Puts `edge` in front of the list of `from`; its `next` is filled here. */
static int add_edge(struct nfa *nfa, uint32_t from, struct nfa_edge edge)
{
	int r = nfa->n_edges < NFA_EDGES_MAX ? 0 : -E2BIG;

	if (r < 0)
		return r;
	r = nfa_grow(&nfa->edges, &nfa->cap_edges, nfa->n_edges, sizeof(*nfa->edges));

	if (r < 0)
		return r;
	edge.next = nfa->nodes[from].edges;
	nfa->edges[nfa->n_edges] = edge;
	nfa->nodes[from].edges = (uint32_t)nfa->n_edges++;
	return 0;
}

static int add_free(struct nfa *nfa, uint32_t from, uint32_t to)
{
	return add_edge(nfa, from, (struct nfa_edge){ .kind = NFA_FREE, .to = to });
}

int nfa_init(struct nfa *nfa)
{
	uint32_t none;
	int r;

	*nfa = (struct nfa){ .n_edges = 1, .n_accepts = 1 }; /* index 0 ends a list */
	r = nfa_new_node(nfa, &none);
	for (unsigned i = 0; r >= 0 && i < _NFA_REGIONS; i++) {
		r = nfa_new_node(nfa, &nfa->root[i]);
		if (r >= 0)
			r = nfa_new_node(nfa, &nfa->home[i]);
	}
	if (r < 0)
		nfa_done(nfa);
	return r;
}

void nfa_done(struct nfa *nfa)
{
	free(nfa->nodes);
	free(nfa->edges);
	free(nfa->accepts);
	free(nfa->sets);
	free(nfa->mark);
	*nfa = (struct nfa){};
}

/* --- adding ------------------------------------------------------------------------------------------- */

/* Child of *node over a byte or set edge, made if absent. */
static int child_over(struct nfa *nfa, uint32_t *node, struct nfa_edge want)
{
	int r;

	for (uint32_t e = nfa->nodes[*node].edges; e; e = nfa->edges[e].next) {
		const struct nfa_edge *edge = &nfa->edges[e];

		if (edge->kind == want.kind && edge->byte == want.byte && edge->set == want.set) {
			*node = edge->to;
			return 0;
		}
	}
	r = nfa_new_node(nfa, &want.to);
	if (r < 0)
		return r;
	r = add_edge(nfa, *node, want);
	if (r < 0)
		return r;
	*node = want.to;
	return 0;
}

static int child_byte(struct nfa *nfa, uint32_t *node, uint8_t byte)
{
	return child_over(nfa, node, (struct nfa_edge){ .kind = NFA_BYTE, .byte = byte });
}

static int child_set(struct nfa *nfa, uint32_t *node, const struct glob_set *set)
{
	size_t i;
	int r;

	for (i = 0; i < nfa->n_sets; i++)
		if (memcmp(&nfa->sets[i], set, sizeof(*set)) == 0)
			break;
	if (i == nfa->n_sets) {
		r = nfa_grow(&nfa->sets, &nfa->cap_sets, nfa->n_sets, sizeof(*nfa->sets));
		if (r < 0)
			return r;
		nfa->sets[nfa->n_sets++] = *set;
	}
	return child_over(nfa, node, (struct nfa_edge){ .kind = NFA_SET, .set = (uint32_t)i });
}

static int child_star(struct nfa *nfa, uint32_t *node)
{
	uint32_t star = nfa->nodes[*node].star;
	int r;

	if (!star) {
		r = nfa_new_node(nfa, &star);
		if (r < 0)
			return r;
		nfa->nodes[star].loops = true;
		nfa->nodes[*node].star = star;
	}
	*node = star;
	return 0;
}

/* Two nodes: `deep` stands between components, `inside` in one of those that ** swallows. */
static int child_deep(struct nfa *nfa, uint32_t *node)
{
	uint32_t deep = nfa->nodes[*node].deep, inside;
	int r;

	if (deep) {
		*node = deep;
		return 0;
	}
	r = nfa_new_node(nfa, &deep);
	if (r < 0)
		return r;
	r = nfa_new_node(nfa, &inside);
	if (r < 0)
		return r;
	r = add_edge(nfa, deep, (struct nfa_edge){ .kind = NFA_DOWN, .to = inside });
	if (r < 0)
		return r;
	r = add_free(nfa, inside, deep);
	if (r < 0)
		return r;
	nfa->nodes[inside].loops = true;
	nfa->nodes[*node].deep = deep;
	*node = deep;
	return 0;
}

static int child_token(struct nfa *nfa, uint32_t *node, const struct glob_token *token)
{
	switch (token->kind) {
	case GLOB_BYTE:
		return child_byte(nfa, node, token->byte);
	case GLOB_SET:
		return child_set(nfa, node, &token->set);
	case GLOB_STAR:
		return child_star(nfa, node);
	case GLOB_DEEP:
		return child_deep(nfa, node);
	}
	return -EINVAL;
}

static bool is_component(const char *s, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(s, text, len) == 0;
}

static void walk_through(struct nfa_node *n, bool live)
{
	n->group = NFA_MIXED;
	n->live |= live;
}

int nfa_walk(struct nfa *nfa, uint32_t *node, const char *path, bool live)
{
	if (*path != '/')
		return -EINVAL;
	walk_through(&nfa->nodes[*node], live);
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		int r = is_component(path, len, "..") ? -EINVAL : child_byte(nfa, node, '/');

		for (; r >= 0 && len; len--) {
			walk_through(&nfa->nodes[*node], live);
			r = child_byte(nfa, node, (uint8_t)*path++);
		}
		if (r < 0)
			return r;
		walk_through(&nfa->nodes[*node], live);
	}
	return 0;
}

static bool edge_reads(const struct nfa *nfa, const struct nfa_edge *e, uint8_t byte)
{
	switch (e->kind) {
	case NFA_BYTE:
		return e->byte == byte;
	case NFA_SET:
		return glob_set_has(&nfa->sets[e->set], byte);
	case NFA_DOWN:
		return byte == '/';
	}
	return false;
}

static int add_accept(struct nfa *nfa, uint32_t node, uint32_t id)
{
	int r = nfa->n_accepts < NFA_EDGES_MAX ? 0 : -E2BIG;

	if (r < 0)
		return r;
	r = nfa_grow(&nfa->accepts, &nfa->cap_accepts, nfa->n_accepts, sizeof(*nfa->accepts));
	if (r < 0)
		return r;
	nfa->accepts[nfa->n_accepts] = (struct nfa_accept){ .next = nfa->nodes[node].accepts, .id = id };
	nfa->nodes[node].accepts = (uint32_t)nfa->n_accepts++;
	return 0;
}

/* Takes note in a node that the pattern passes. `reads_slash`: the rest of it does. */
static void pass(struct nfa_node *n, const struct nfa_report *report, bool reads_slash)
{
	uint8_t group = report->group == NFA_NO_GROUP ? NFA_MIXED : report->group;

	n->least = n->group ? MIN(n->least, report->id) : report->id;
	n->group = n->group && n->group != group ? NFA_MIXED : group;
	n->reads_slash |= reads_slash;
	n->live |= report->live;
}

static bool reads_slash(const struct glob_token *token)
{
	return token->kind == GLOB_DEEP || (token->kind == GLOB_BYTE && token->byte == '/');
}

/* Index of the last token that reads a '/'. */
static size_t last_slash(const struct glob *g)
{
	size_t i = g->n;

	while (i && !reads_slash(&g->token[i - 1]))
		i--;
	return i ? i - 1 : 0;
}

static int add_tokens(struct nfa *nfa, uint32_t *node, const struct glob *g, const struct nfa_report *report)
{
	size_t last = last_slash(g);

	pass(&nfa->nodes[*node], report, true);
	for (size_t i = 0; i < g->n; i++) {
		int r = child_token(nfa, node, &g->token[i]);

		if (r < 0)
			return r;
		pass(&nfa->nodes[*node], report, i < last || g->token[i].kind == GLOB_DEEP);
	}
	return 0;
}

int nfa_add(struct nfa *nfa, enum nfa_region region, const struct glob *g, const char *user_home,
	    const struct nfa_report *report)
{
	uint32_t node = g->base == GLOB_HOMES ? nfa->home[region] : nfa->root[region];
	struct nfa_node *n;
	int r = 0;

	nfa->uses_homes[region] |= g->base == GLOB_HOMES;
	if (g->base == GLOB_USER)
		r = nfa_walk(nfa, &node, user_home, report->live);
	if (r >= 0)
		r = add_tokens(nfa, &node, g, report);
	if (r < 0)
		return r;
	n = &nfa->nodes[node];
	if (n->loops && report->group && (!n->catch_group || report->id < n->catch_id)) {
		n->catch_group = report->group;
		n->catch_id = report->id;
	}
	return add_accept(nfa, node, report->id);
}

int nfa_attach(struct nfa *nfa, uint32_t node, const struct nfa_states *set)
{
	int r = 0;

	for (size_t i = 0; i < set->n; i++) {
		for (uint32_t a = nfa->nodes[set->node[i]].accepts; r >= 0 && a; a = nfa->accepts[a].next)
			r = add_accept(nfa, node, nfa->accepts[a].id);
		for (uint32_t e = nfa->nodes[set->node[i]].edges; r >= 0 && e; e = nfa->edges[e].next)
			if (edge_reads(nfa, &nfa->edges[e], '/'))
				r = add_edge(nfa, node, (struct nfa_edge){ .kind = NFA_DOWN, .to = nfa->edges[e].to });
		if (r < 0)
			break;
	}
	return r;
}

int nfa_add_home(struct nfa *nfa, const char *home)
{
	for (unsigned i = 0; i < _NFA_REGIONS; i++) {
		uint32_t node = nfa->root[i];
		int r;

		if (!nfa->uses_homes[i])
			continue;
		r = nfa_walk(nfa, &node, home, true);
		if (r >= 0)
			r = add_free(nfa, node, nfa->home[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- running ------------------------------------------------------------------------------------------ */

void nfa_states_done(struct nfa_states *set)
{
	free(set->node);
	*set = (struct nfa_states){};
}

int nfa_states_begin(struct nfa *nfa, struct nfa_states *set)
{
	size_t old = nfa->cap_mark;
	int r = nfa_grow(&nfa->mark, &nfa->cap_mark, nfa->n_nodes, sizeof(*nfa->mark));

	if (r < 0)
		return r;
	if (nfa->cap_mark > old)
		memset(nfa->mark + old, 0, (nfa->cap_mark - old) * sizeof(*nfa->mark));
	if (++nfa->round == 0) { /* wrapped: old marks would look fresh */
		memset(nfa->mark, 0, nfa->cap_mark * sizeof(*nfa->mark));
		nfa->round = 1;
	}
	set->n = 0;
	return nfa_grow(&set->node, &set->cap, nfa->n_nodes, sizeof(*set->node));
}

static void add_one(struct nfa *nfa, struct nfa_states *set, uint32_t node)
{
	if (!node || nfa->mark[node] == nfa->round)
		return;
	nfa->mark[node] = nfa->round;
	set->node[set->n++] = node;
}

void nfa_states_add(struct nfa *nfa, struct nfa_states *set, uint32_t node)
{
	size_t i = set->n;

	add_one(nfa, set, node);
	for (; i < set->n; i++) {
		const struct nfa_node *n = &nfa->nodes[set->node[i]];

		add_one(nfa, set, n->star);
		add_one(nfa, set, n->deep);
		for (uint32_t e = n->edges; e; e = nfa->edges[e].next)
			if (nfa->edges[e].kind == NFA_FREE)
				add_one(nfa, set, nfa->edges[e].to);
	}
}

static bool is_outranked(const struct nfa_node *n, const uint32_t best[NFA_GROUPS])
{
	return !n->reads_slash && n->group != NFA_NO_GROUP && n->group != NFA_MIXED && n->least > best[n->group];
}

void nfa_states_prune(const struct nfa *nfa, struct nfa_states *set)
{
	uint32_t best[NFA_GROUPS];
	bool any = false;
	size_t kept = 0;

	for (size_t i = 0; i < set->n && !any; i++)
		any = nfa->nodes[set->node[i]].catch_group;
	if (!any)
		return;
	memset(best, 0xff, sizeof(best));
	for (size_t i = 0; i < set->n; i++) {
		const struct nfa_node *n = &nfa->nodes[set->node[i]];

		if (n->catch_group)
			best[n->catch_group] = MIN(best[n->catch_group], n->catch_id);
	}
	for (size_t i = 0; i < set->n; i++)
		if (!is_outranked(&nfa->nodes[set->node[i]], best))
			set->node[kept++] = set->node[i];
	set->n = kept;
}

static int step(struct nfa *nfa, const struct nfa_states *from, uint8_t byte, struct nfa_states *to)
{
	int r = nfa_states_begin(nfa, to);

	if (r < 0)
		return r;
	for (size_t i = 0; i < from->n; i++) {
		const struct nfa_node *n = &nfa->nodes[from->node[i]];

		if (n->loops && byte != '/')
			nfa_states_add(nfa, to, from->node[i]);
		for (uint32_t e = n->edges; e; e = nfa->edges[e].next)
			if (edge_reads(nfa, &nfa->edges[e], byte))
				nfa_states_add(nfa, to, nfa->edges[e].to);
	}
	return 0;
}

static bool ends_component(const struct nfa *nfa, uint32_t node)
{
	const struct nfa_node *n = &nfa->nodes[node];

	if (n->accepts)
		return true;
	for (uint32_t e = n->edges; e; e = nfa->edges[e].next)
		if (edge_reads(nfa, &nfa->edges[e], '/'))
			return true;
	return false;
}

/* What cannot read a '/' here waits for more of the name, which is complete. */
static int keep_ends(struct nfa *nfa, const struct nfa_states *from, struct nfa_states *to)
{
	int r = nfa_states_begin(nfa, to);

	if (r < 0)
		return r;
	for (size_t i = 0; i < from->n; i++)
		if (ends_component(nfa, from->node[i]))
			add_one(nfa, to, from->node[i]);
	return 0;
}

int nfa_run(struct nfa *nfa, const struct nfa_states *from, const char *path, struct nfa_states *to)
{
	_cleanup_nfa_states_ struct nfa_states a = {}, b = {};
	int r = keep_ends(nfa, from, &a);

	for (path += strspn(path, "/"); r >= 0 && *path && a.n; path += strspn(path, "/")) {
		r = step(nfa, &a, '/', &b);
		for (; r >= 0 && *path && *path != '/'; path++) {
			struct nfa_states swap = a;

			a = b;
			b = swap;
			r = step(nfa, &a, (uint8_t)*path, &b);
		}
		if (r >= 0)
			r = keep_ends(nfa, &b, &a);
	}
	return r < 0 ? r : keep_ends(nfa, &a, to);
}
