/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A table for people: aligned cells under a heading. Cells are escaped when added; an empty one is a dot. */
#include "../base/base.h"

#define GRID_COLUMNS_MAX 8

struct grid {
	struct buf cells; /* NUL-separated */
	size_t n_columns, n_cells;
};
/* headings: n_columns of them. */
void grid_init(struct grid *g, const char *const *headings, size_t n_columns);
void grid_done(struct grid *g);
void grid_cell(struct grid *g, const char *text); /* NULL or "": a dot */
void grid_number(struct grid *g, uint64_t n);
size_t grid_rows(const struct grid *g); /* without the heading */
/* Title, heading, rule, rows; nothing when there are no rows. */
void grid_print(const struct grid *g, const char *title, struct buf *out);
#define _cleanup_grid_ _cleanup_(grid_done)
