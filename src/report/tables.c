/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that `egret stop` prints. */
#include "inside.h"

#include <inttypes.h>
#include <string.h>

#include "grid.h"

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
	const struct record *r = row->first;
	char text[320];

	if (!r->address) {
		grid_cell(g, r->destination);
		return;
	}
	(void)snprintf(text, sizeof(text), strchr(r->address, ':') ? "[%s]:%u" : "%s:%u", r->address, r->port);
	grid_cell(g, r->port ? text : r->address);
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
	grid_cell(g, record_kind_name(row->first->kind));
}

static void arguments(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->args);
}

static void path(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->path);
}

static void operation(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->kind == RECORD_TAINT ? "open" : row->first->reason);
}

static void server(struct grid *g, const struct report_row *row)
{
	grid_cell(g, row->first->address ? row->first->address : row->first->destination);
}

static const struct table tables[] = {
	{ "Network", REPORT_NETWORK,
	  { { "Pid", pid }, { "Comm", comm }, { "Proto", proto }, { "Domain", domain }, { "Destination Addr", address },
	    { "Policy", policy }, { "Count", count }, { "Because", because } } },
	{ "DNS", REPORT_DNS, { { "Domain", domain }, { "DNS Server", server } } },
	{ "Processes", REPORT_PROCESS,
	  { { "Pid", pid }, { "PPid", ppid }, { "Type", event_type }, { "Comm", comm }, { "Args", arguments },
	    { "Policy", policy } } },
	{ "Files", REPORT_FILE,
	  { { "Pid", pid }, { "Comm", comm }, { "Filename", path }, { "Op", operation }, { "Policy", policy },
	    { "Count", count } } },
};

static size_t columns_of(const struct table *t)
{
	size_t n = 0;

	while (n < GRID_COLUMNS_MAX && t->columns[n].heading)
		n++;
	return n;
}

static void print_table(const struct report *p, const struct table *t, struct buf *out)
{
	const char *headings[GRID_COLUMNS_MAX];
	_cleanup_grid_ struct grid g;
	size_t n = columns_of(t);

	for (size_t i = 0; i < n; i++)
		headings[i] = t->columns[i].heading;
	grid_init(&g, headings, n);
	for (size_t i = 0; i < p->n; i++)
		for (size_t c = 0; p->rows[i].type == t->type && c < n; c++)
			t->columns[c].cell(&g, &p->rows[i]);
	grid_print(&g, t->title, out);
}

void report_tables(const struct report *p, const struct report_style *style, struct buf *out)
{
	(void)style;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		print_table(p, &tables[i], out);
	if (p->beyond)
		buf_addf(out, "\n%" PRIu64 " more records did not fit into this report.\n", p->beyond);
}
