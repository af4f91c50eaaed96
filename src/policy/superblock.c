/* SPDX-License-Identifier: Apache-2.0 */
#include "superblock.h"

#include <errno.h>
#include <string.h>

void superblocks_done(struct superblocks *s)
{
	for (size_t i = 0; i < s->n; i++)
		nfa_states_done(&s->all[i].start);
	free(s->all);
	*s = (struct superblocks){};
}

/* By device; whole superblocks before parts of them, so that a part which adds nothing is seen to. */
static int compare_mounts(const void *a, const void *b)
{
	const struct mount_point *x = *(const struct mount_point *const *)a, *y = *(const struct mount_point *const *)b;
	size_t x_len = strlen(x->root), y_len = strlen(y->root);

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return (x_len > y_len) - (x_len < y_len);
}

static bool any_live(const struct nfa *nfa, const struct nfa_states *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (nfa->nodes[set->node[i]].live)
			return true;
	return false;
}

/* *set becomes the union of itself and `more`. */
static int merge(struct nfa *nfa, struct nfa_states *set, const struct nfa_states *more)
{
	_cleanup_nfa_states_ struct nfa_states both = {};
	struct nfa_states swap;
	int r = nfa_states_begin(nfa, &both);

	if (r < 0)
		return r;
	for (size_t i = 0; i < set->n; i++)
		nfa_states_add(nfa, &both, set->node[i]);
	for (size_t i = 0; i < more->n; i++)
		nfa_states_add(nfa, &both, more->node[i]);
	swap = *set;
	*set = both;
	both = swap;
	return 0;
}

/* 1 if a walk of `root` from `start` is in all of `after` anyway, 0 if not. Bind mounts below one / mostly are. */
static int is_covered(struct nfa *nfa, const struct nfa_states *start, const char *root,
		      const struct nfa_states *after)
{
	_cleanup_nfa_states_ struct nfa_states there = {};
	int r = nfa_run(nfa, start, root, &there);
	size_t n;

	if (r < 0)
		return r;
	n = there.n;
	r = merge(nfa, &there, after);
	return r < 0 ? r : there.n == n;
}

/* A literal walk of `root` that ends in `after`. *walk is where all walks of the superblock begin, 0 before the first. */
static int add_walk(struct nfa *nfa, struct nfa_states *start, uint32_t *walk, const char *root,
		    const struct nfa_states *after)
{
	uint32_t node;
	int r = 0;

	if (!*walk) {
		struct nfa_states one = { .node = walk, .n = 1 };

		r = nfa_new_node(nfa, walk);
		if (r >= 0)
			r = merge(nfa, start, &one);
	}
	if (r < 0)
		return r;
	node = *walk;
	r = nfa_walk(nfa, &node, root, any_live(nfa, after));
	return r < 0 ? r : nfa_attach(nfa, node, after);
}

/* True for a path that a walk inside a superblock can take. */
static bool is_walkable(const char *path)
{
	return path[0] == '/' && !strstr(path, "/../") && (strlen(path) < 3 || !streq(path + strlen(path) - 3, "/.."));
}

static int add_mount(struct nfa *nfa, const struct mount_point *m, struct nfa_states *start, uint32_t *walk)
{
	_cleanup_nfa_states_ struct nfa_states after = {};
	struct nfa_states top = { .node = &nfa->root[NFA_FILES], .n = 1 };
	_cleanup_nfa_states_ struct nfa_states root = {};
	int r;

	if (!is_walkable(m->root) || !is_walkable(m->path))
		return 0;
	r = merge(nfa, &root, &top);
	if (r >= 0)
		r = nfa_run(nfa, &root, m->path, &after);
	if (r < 0 || !after.n)
		return r;
	if (streq(m->root, "/"))
		return merge(nfa, start, &after);
	r = is_covered(nfa, start, m->root, &after);
	if (r != 0)
		return r < 0 ? r : 0;
	return add_walk(nfa, start, walk, m->root, &after);
}

static int add_superblock(struct nfa *nfa, const struct mount_point **mounts, size_t n, struct superblock *ret)
{
	uint32_t walk = 0;
	int r = 0;

	ret->dev = mounts[0]->dev;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add_mount(nfa, mounts[i], &ret->start, &walk);
	return r;
}

int superblocks_build(struct nfa *nfa, const struct mount_point *mounts, size_t n, struct superblocks *ret)
{
	_cleanup_superblocks_ struct superblocks s = { .all = calloc(n + 1, sizeof(*s.all)) };
	_cleanup_free_ const struct mount_point **sorted = calloc(n + 1, sizeof(*sorted));

	if (!s.all || !sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &mounts[i];
	qsort(sorted, n, sizeof(*sorted), compare_mounts);
	for (size_t i = 0, end; i < n; i = end) {
		int r;

		for (end = i; end < n && sorted[end]->dev == sorted[i]->dev; end++)
			;
		if (s.n == EG_DEVS_MAX)
			return -E2BIG;
		r = add_superblock(nfa, sorted + i, end - i, &s.all[s.n++]);
		if (r < 0)
			return r;
	}
	*ret = s;
	s = (struct superblocks){};
	return 0;
}
