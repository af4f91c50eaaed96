/* SPDX-License-Identifier: Apache-2.0 */
#include "grid.h"

#include <inttypes.h>
#include <string.h>

#define WIDTH_MAX 60 /* a wider cell pushes its own row only */

void grid_init(struct grid *g, const char *const *headings, size_t n_columns)
{
	*g = (struct grid){ .n_columns = MIN(n_columns, (size_t)GRID_COLUMNS_MAX) };
	buf_init(&g->cells, 0);
	for (size_t i = 0; i < g->n_columns; i++)
		grid_cell(g, headings[i]);
}

void grid_done(struct grid *g)
{
	buf_done(&g->cells);
}

void grid_cell(struct grid *g, const char *text)
{
	if (text && *text)
		str_escape(&g->cells, text, strlen(text));
	else
		buf_addc(&g->cells, '.');
	buf_addc(&g->cells, 0);
	g->n_cells++;
}

void grid_number(struct grid *g, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n);
	grid_cell(g, text);
}

size_t grid_rows(const struct grid *g)
{
	return g->n_cells / g->n_columns - 1;
}

/* Code points: near enough to columns of the screen. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void measure(const struct grid *g, size_t widths[GRID_COLUMNS_MAX])
{
	const char *cell = buf_str(&g->cells);

	for (size_t i = 0; i < g->n_cells; i++, cell += strlen(cell) + 1) {
		size_t w = width(cell);

		if (w <= WIDTH_MAX && w > widths[i % g->n_columns])
			widths[i % g->n_columns] = w;
	}
}

static void fill(struct buf *out, char c, size_t n)
{
	while (n--)
		buf_addc(out, c);
}

static void rule(const struct grid *g, const size_t widths[GRID_COLUMNS_MAX], struct buf *out)
{
	size_t total = 3 * (g->n_columns - 1);

	for (size_t i = 0; i < g->n_columns; i++)
		total += widths[i];
	fill(out, '-', total);
	buf_addc(out, '\n');
}

void grid_print(const struct grid *g, const char *title, struct buf *out)
{
	size_t widths[GRID_COLUMNS_MAX] = { 0 };
	const char *cell = buf_str(&g->cells);

	if (buf_error(&g->cells) || grid_rows(g) == 0)
		return;
	measure(g, widths);
	buf_addf(out, "\n%s\n\n", title);
	for (size_t i = 0; i < g->n_cells; i++, cell += strlen(cell) + 1) {
		size_t column = i % g->n_columns, w = width(cell);

		buf_adds(out, cell);
		if (column < g->n_columns - 1) {
			fill(out, ' ', widths[column] > w ? widths[column] - w : 0);
			buf_adds(out, " | ");
			continue;
		}
		buf_addc(out, '\n');
		if (i == g->n_columns - 1)
			rule(g, widths, out);
	}
}
