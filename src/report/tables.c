/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that `egret stop` prints. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "grid.h"
#include "inside.h"
#include "mask.h"
#include "tree.h"

#define ARGS_MAX  100
#define FILES_MAX 5 /* named in one cell */

/* A table: which rows go in, and what each column says of one. */
struct column {
	const char *heading;
	void (*cell)(struct grid *g, const struct report_row *row);
};
struct table {
	const char *title;
	enum report_type type;
	struct column columns[GRID_COLUMNS_MAX];
};

/* --- cells -------------------------------------------------------------------------------------------- */

static void pid(struct grid *g, const struct report_row *row)
{
	grid_number(g, row->first->pid);
}

static void ppid(struct grid *g, const struct report_row *row)
{
	grid_number(g, row->first->ppid);
}

static void comm(struct grid *g, const struct report_row *row)
{
	grid_cell(g, report_task_name(row->first));
}

static void proto(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->proto);
}

static void domain(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->name);
}

static void address(struct grid *g, const struct report_row *row)
{
	char text[REPORT_ADDRESS_MAX];

	grid_cell(g, report_address(row->first, text));
}

static void policy(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->outcome == OUTCOME_WOULD ? "pass (would block)" : report_policy_name(row->outcome));
}

static void count(struct grid *g, const struct report_row *row)
{
	grid_number(g, row->count);
}

static void because(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->sentence ? row->first->sentence : row->first->reason);
}

static void event_type(struct grid *g, const struct report_row *row)
{
	grid_cell(g, report_event_type(row->first));
}

static void arguments(struct grid *g, const struct report_row *row)
{
	_cleanup_buf_ struct buf b = { 0 };

	if (row->first->args)
		mask_add(&b, row->first->args, ARGS_MAX);
	grid_cell(g, buf_str(&b));
}

static void path(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->path);
}

static void operation(struct grid *g, const struct report_row *row)
{
	grid_cell(g, report_operation(row->first));
}

static const struct table network = {
	"Network", REPORT_NETWORK,
	{ { "Pid", pid }, { "Comm", comm }, { "Proto", proto }, { "Domain", domain }, { "Destination Addr", address },
	  { "Policy", policy }, { "Count", count }, { "Because", because } },
};
static const struct table processes = {
	"Processes", REPORT_PROCESS,
	{ { "Pid", pid }, { "PPid", ppid }, { "Type", event_type }, { "Comm", comm }, { "Args", arguments },
	  { "Policy", policy } },
};
static const struct table files = {
	"Files", REPORT_FILE,
	{ { "Pid", pid }, { "Comm", comm }, { "Filename", path }, { "Op", operation }, { "Policy", policy },
	  { "Count", count }, { "Because", because } },
};

static void print_table(const struct report *p, const struct table *t, struct buf *out)
{
	const char *headings[GRID_COLUMNS_MAX];
	_cleanup_grid_ struct grid g;
	size_t n;

	for (n = 0; n < GRID_COLUMNS_MAX && t->columns[n].heading; n++)
		headings[n] = t->columns[n].heading;
	grid_init(&g, headings, n);
	for (size_t i = 0; i < p->n; i++)
		for (size_t c = 0; p->rows[i].type == t->type && c < n; c++)
			t->columns[c].cell(&g, &p->rows[i]);
	grid_print(&g, t->title, out);
}

/* --- tables that fold rows ---------------------------------------------------------------------------- */

/* Who asked is not in it: each name and server once. */
static int print_dns(const struct report *p, struct buf *out)
{
	static const char *const headings[] = { "Domain", "DNS Server", "Policy" };
	_cleanup_grid_ struct grid g;
	struct seen seen;
	int r = seen_init(&seen, REPORT_ROWS_MAX);

	grid_init(&g, headings, ARRAY_SIZE(headings));
	for (size_t i = 0; r == 0 && i < p->n; i++) {
		struct record pair = *p->rows[i].first;
		struct seen_key key;
		uint32_t at;

		pair.pid = 0;
		pair.start_ns = 0;
		if (p->rows[i].type != REPORT_DNS)
			continue;
		r = seen_key_of(&seen, &pair, &key);
		if (r < 0 || seen_find(&seen, &key, &at))
			continue;
		r = seen_add(&seen, &key, 0);
		domain(&g, &p->rows[i]);
		grid_cell(&g, report_server(&pair));
		policy(&g, &p->rows[i]);
	}
	grid_print(&g, "DNS", out);
	seen_done(&seen);
	return r;
}

static int by_process(const void *a, const void *b, void *report)
{
	const struct report *p = report;
	const struct record *x = p->rows[*(const uint32_t *)a].first, *y = p->rows[*(const uint32_t *)b].first;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The paths of one process's rows, in `order` from `at` on; *ret_n says how many rows those were. */
static void join_paths(const struct report *p, const uint32_t *order, size_t n, struct buf *paths, size_t *ret_n)
{
	const struct record *first = p->rows[order[0]].first;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct record *r = p->rows[order[i]].first;

		if (r->pid != first->pid || r->start_ns != first->start_ns)
			break;
		if (i < FILES_MAX)
			buf_addf(paths, "%s%s", i ? ", " : "", r->path ? r->path : "?");
	}
	if (i > FILES_MAX)
		buf_addf(paths, " and %zu more", i - FILES_MAX);
	*ret_n = i;
}

static int print_sensitive(const struct report *p, struct buf *out)
{
	static const char *const headings[] = { "Pid", "Comm", "Files Accessed" };
	_cleanup_free_ uint32_t *order = calloc(p->n + 1, sizeof(*order));
	_cleanup_grid_ struct grid g;
	size_t n = 0, used;

	grid_init(&g, headings, ARRAY_SIZE(headings));
	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n; i++)
		if (p->rows[i].type == REPORT_FILE)
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), by_process, (void *)(uintptr_t)p);
	for (size_t i = 0; i < n; i += used) {
		_cleanup_buf_ struct buf paths = { 0 };

		join_paths(p, order + i, n - i, &paths, &used);
		pid(&g, &p->rows[order[i]]);
		comm(&g, &p->rows[order[i]]);
		grid_cell(&g, buf_str(&paths));
	}
	grid_print(&g, "Sensitive Access Report", out);
	return 0;
}

/* --- all ---------------------------------------------------------------------------------------------- */

void report_tree(const struct report *p, struct buf *out)
{
	_cleanup_(tree_freep) struct tree *t = NULL;
	int r = tree_make(p, &t);

	if (r < 0)
		out->error = r;
	else if (tree_size(t)) {
		buf_adds(out, "\nProcess Tree\n\n");
		tree_print(t, out);
	}
}

void report_sums(const struct report *p, const struct report_head *h, struct buf *out)
{
	buf_addf(out, "egret %s", h->enforce ? "enforced" : "monitored");
	if (h->coverage)
		buf_addf(out, " with %s coverage", h->coverage);
	buf_addf(out, ": %" PRIu64 " blocked, %" PRIu64 " would have been blocked, %" PRIu64 " noticed, %" PRIu64 " passed",
		 report_total(p, OUTCOME_BLOCK), report_total(p, OUTCOME_WOULD), report_total(p, OUTCOME_FLAG),
		 report_total(p, OUTCOME_PASS));
	if (h->killed)
		buf_adds(out, "; the guard did not end by itself");
}

void report_tables(const struct report *p, const struct report_head *h, struct buf *out)
{
	int r;

	report_sums(p, h, out);
	buf_addc(out, '\n');
	print_table(p, &network, out);
	r = print_dns(p, out);
	if (h->tree)
		report_tree(p, out);
	else
		print_table(p, &processes, out);
	if (r == 0)
		r = print_sensitive(p, out);
	print_table(p, &files, out);
	if (p->beyond)
		buf_addf(out, "\n%" PRIu64 " more records did not fit into this report.\n", p->beyond);
	if (r < 0)
		out->error = r;
}
