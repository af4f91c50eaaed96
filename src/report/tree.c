/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes as a tree. A node is a process (pid and start), made from every record that names one; its parent is the process
 * that had the pid of its parent when it started. Iterative and bounded: the records may be odd.
 */
#include "tree.h"

#include <errno.h>
#include <string.h>

#include "mask.h"

#define NONE	  UINT32_MAX
#define DEPTH_MAX 64
#define ARGS_MAX  160

struct node {
	const struct record *said; /* the record that tells most of it: its last exec, else the first that names it */
	uint64_t start_ns;
	uint32_t pid, ppid;
	uint32_t parent, first, last, next; /* nodes; NONE */
	bool blocked, shown;
};

struct tree {
	struct node *nodes; /* in order of first sight */
	uint32_t *by_pid;   /* nodes sorted by pid, then start */
	uint32_t n;
};

struct tree *tree_free(struct tree *t)
{
	if (!t)
		return NULL;
	free(t->nodes);
	free(t->by_pid);
	free(t);
	return NULL;
}

static int compare(const struct node *a, const struct node *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->start_ns < b->start_ns ? -1 : a->start_ns > b->start_ns;
}

static int compare_rows(const void *a, const void *b, void *report)
{
	const struct report *p = report;
	const struct record *x = p->rows[*(const uint32_t *)a].first, *y = p->rows[*(const uint32_t *)b].first;
	const struct node m = { .pid = x->pid, .start_ns = x->start_ns }, n = { .pid = y->pid, .start_ns = y->start_ns };
	int c = compare(&m, &n);

	return c ? c : *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

static int compare_first(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->said->id < y->said->id ? -1 : x->said->id > y->said->id;
}

static bool same_process(const struct record *a, const struct record *b)
{
	return a->pid == b->pid && a->start_ns == b->start_ns;
}

static void take_row(struct node *n, const struct report_row *row)
{
	if (row->first->kind == RECORD_EXEC && row->outcome != OUTCOME_BLOCK)
		n->said = row->first;
	if (row->first->ppid)
		n->ppid = row->first->ppid;
	n->blocked |= row->outcome == OUTCOME_BLOCK;
}

/* One node for each process: rows sorted by process, equal ones folded. */
static int make_nodes(const struct report *p, struct tree *t)
{
	uint32_t *order = calloc(p->n + 1, sizeof(*order)), n = 0;

	t->nodes = calloc(p->n + 1, sizeof(*t->nodes));
	if (!order || !t->nodes) {
		free(order);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < p->n; i++)
		if (p->rows[i].first->pid)
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), compare_rows, (void *)(uintptr_t)p);
	for (uint32_t i = 0; i < n; i++) {
		const struct report_row *row = &p->rows[order[i]];

		if (!t->n || !same_process(t->nodes[t->n - 1].said, row->first))
			t->nodes[t->n++] = (struct node){ .said = row->first, .pid = row->first->pid,
							  .start_ns = row->first->start_ns, .parent = NONE,
							  .first = NONE, .last = NONE, .next = NONE };
		take_row(&t->nodes[t->n - 1], row);
	}
	free(order);
	return 0;
}

static int compare_indexes(const void *a, const void *b, void *tree)
{
	const struct tree *t = tree;

	return compare(&t->nodes[*(const uint32_t *)a], &t->nodes[*(const uint32_t *)b]);
}

static int sort_by_pid(struct tree *t)
{
	t->by_pid = calloc((size_t)t->n + 1, sizeof(*t->by_pid));
	if (!t->by_pid)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n; i++)
		t->by_pid[i] = i;
	qsort_r(t->by_pid, t->n, sizeof(*t->by_pid), compare_indexes, t);
	return 0;
}

/* Parents are older; where starts are not known the smaller pid has to do. So there are no circles, whatever is said. */
static bool may_be_parent(const struct node *p, const struct node *child)
{
	if (p->pid != child->ppid)
		return false;
	return p->start_ns < child->start_ns || (p->start_ns == child->start_ns && p->pid < child->pid);
}

/* The last process with that pid that started no later than the child did: pids are used again. */
static uint32_t find_parent(const struct tree *t, uint32_t child)
{
	const struct node *c = &t->nodes[child], wanted = { .pid = c->ppid, .start_ns = c->start_ns };
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare(&t->nodes[t->by_pid[middle]], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return c->ppid && low && may_be_parent(&t->nodes[t->by_pid[low - 1]], c) ? t->by_pid[low - 1] : NONE;
}

static void link_nodes(struct tree *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct node *n = &t->nodes[i], *parent;

		n->parent = find_parent(t, i);
		if (n->parent == NONE)
			continue;
		parent = &t->nodes[n->parent];
		if (parent->last == NONE)
			parent->first = i;
		else
			t->nodes[parent->last].next = i;
		parent->last = i;
	}
}

int tree_make(const struct report *p, struct tree **ret)
{
	struct tree *t = calloc(1, sizeof(*t));
	int r = t ? make_nodes(p, t) : -ENOMEM;

	if (r == 0) {
		qsort(t->nodes, t->n, sizeof(*t->nodes), compare_first);
		r = sort_by_pid(t);
	}
	if (r < 0) {
		(void)tree_free(t);
		return r;
	}
	link_nodes(t);
	*ret = t;
	return 0;
}

/* --- printing ----------------------------------------------------------------------------------------- */

static void print_node(const struct node *n, struct buf *out)
{
	_cleanup_buf_ struct buf text = { 0 };
	const struct record *r = n->said;
	const char *what = r->args ? r->args : r->exe ? r->exe : r->comm ? r->comm : "?";

	mask_add(&text, what, ARGS_MAX);
	buf_addf(out, "[%u] ", n->pid);
	str_escape(out, buf_str(&text), text.len);
	buf_adds(out, n->blocked ? " [BLOCKED]\n" : "\n");
}

/* Bars for each ancestor that has a later sibling, then the branch. */
static void print_indent(const struct tree *t, uint32_t at, struct buf *out)
{
	uint32_t line[DEPTH_MAX], depth = 0;

	for (; depth < DEPTH_MAX && t->nodes[at].parent != NONE; at = t->nodes[at].parent)
		line[depth++] = at;
	while (depth-- > 0) {
		bool more = t->nodes[line[depth]].next != NONE;

		buf_adds(out, depth ? more ? "│   " : "    " : more ? "├── " : "└── ");
	}
}

/* Depth first, by the links: no stack. */
static void print_from(struct tree *t, uint32_t root, struct buf *out)
{
	uint32_t at = root;

	for (;;) {
		struct node *n = &t->nodes[at];

		if (!n->shown) {
			print_indent(t, at, out);
			print_node(n, out);
			n->shown = true;
		}
		if (n->first != NONE && !t->nodes[n->first].shown) {
			at = n->first;
			continue;
		}
		while (at != root && t->nodes[at].next == NONE)
			at = t->nodes[at].parent;
		if (at == root)
			return;
		at = t->nodes[at].next;
	}
}

void tree_print(struct tree *t, struct buf *out)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->nodes[i].parent == NONE)
			print_from(t, i, out);
}

uint32_t tree_size(const struct tree *t)
{
	return t->n;
}
