/* SPDX-License-Identifier: Apache-2.0 */
/* What people see: safe text, colours, columns, spans of time; and careful reading of the guard's JSON. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>

const char *cli_colour(const struct cli *c, enum colour which)
{
	static const char *const codes[] = {
		[COLOUR_OFF] = "\033[0m",    [COLOUR_BOLD] = "\033[1m",	  [COLOUR_DIM] = "\033[2m",
		[COLOUR_RED] = "\033[31m", [COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m",
	};

	return c->colour ? codes[which] : "";
}

void cli_text(struct buf *out, const char *s)
{
	if (s)
		str_escape(out, s, strlen(s));
	else
		buf_addc(out, '-');
}

void cli_puts(const char *s)
{
	_cleanup_buf_ struct buf b = { 0 };

	buf_init(&b, 0);
	cli_text(&b, s);
	(void)fputs(buf_str(&b), stdout);
}

void cli_out_json(const char *json)
{
	(void)fputs(json, stdout);
	(void)fputc('\n', stdout);
	(void)fflush(stdout);
}

static void _printf_(2, 0) complain(const char *verb, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf b = { 0 };
	char line[2048];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	buf_init(&b, 0);
	cli_text(&b, line);
	(void)fflush(stdout);
	(void)fprintf(stderr, "egret%s%s: %s\n", verb ? " " : "", verb ? verb : "", buf_str(&b));
}

int cli_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(NULL, fmt, ap);
	va_end(ap);
	return CLI_FAILED;
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	const char *verb = c->verb ? c->verb->name : NULL;
	va_list ap;

	va_start(ap, fmt);
	complain(verb, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "See: egret %s%s--help\n", verb ? verb : "", verb ? " " : "");
	return CLI_USAGE;
}

const char *cli_span(char dst[32], uint64_t ms)
{
	static const struct {
		uint64_t below_ms, unit_ms;
		const char *unit;
	} spans[] = {
		{ 120000, 1000, "s" },
		{ 7200000, 60000, "min" },
		{ 172800000, 3600000, "h" },
		{ UINT64_MAX, 86400000, "days" },
	};
	size_t i = 0;

	if (ms < 100) {
		(void)snprintf(dst, 32, "%u ms", (unsigned)ms);
		return dst;
	}
	if (ms < 10000) {
		(void)snprintf(dst, 32, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
		return dst;
	}
	while (ms >= spans[i].below_ms && i + 1 < ARRAY_SIZE(spans))
		i++;
	(void)snprintf(dst, 32, "%llu %s", (unsigned long long)(ms / spans[i].unit_ms), spans[i].unit);
	return dst;
}

/* --- columns ----------------------------------------------------------------------------------------- */

#define COLUMNS_MAX 12
#define WIDTH_MAX   48 /* a wider cell pushes its row instead of every row */

void columns_init(struct columns *t, size_t n_columns)
{
	*t = (struct columns){ .n_columns = MIN(n_columns, (size_t)COLUMNS_MAX) };
	buf_init(&t->cells, 0);
}

void columns_done(struct columns *t)
{
	buf_done(&t->cells);
}

void columns_add(struct columns *t, const char *cell)
{
	cli_text(&t->cells, cell);
	buf_addc(&t->cells, 0);
	t->n_cells++;
}

/* Code points: near enough to columns of the screen for what is printed here. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void measure(const struct columns *t, size_t widths[COLUMNS_MAX])
{
	const char *cell = buf_str(&t->cells);
	size_t i, w;

	for (i = 0; i < t->n_cells; i++, cell += strlen(cell) + 1) {
		w = width(cell);
		if (w <= WIDTH_MAX && w > widths[i % t->n_columns])
			widths[i % t->n_columns] = w;
	}
}

void columns_print(struct columns *t, const struct cli *c, FILE *to)
{
	size_t widths[COLUMNS_MAX] = { 0 }, i, w;
	const char *cell = buf_str(&t->cells);

	if (buf_error(&t->cells))
		return;
	measure(t, widths);
	for (i = 0; i < t->n_cells; i++, cell += strlen(cell) + 1) {
		bool last = i % t->n_columns == t->n_columns - 1;

		w = width(cell);
		(void)fprintf(to, "%s%s%s", i < t->n_columns ? cli_colour(c, COLOUR_DIM) : "", cell,
			      i < t->n_columns ? cli_colour(c, COLOUR_OFF) : "");
		if (last)
			(void)fputc('\n', to);
		else
			(void)fprintf(to, "%*s",
				      (int)(widths[i % t->n_columns] > w ? widths[i % t->n_columns] - w : 0) + 2, "");
	}
}

/* --- JSON -------------------------------------------------------------------------------------------- */

const char *json_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

uint64_t json_number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_integer(v))
		return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
	return json_is_real(v) && json_real_value(v) > 0 && json_real_value(v) < 1e15 ? (uint64_t)json_real_value(v)
										      : 0;
}

const char *json_words(const json_t *array, const char *between, char *dst, size_t size)
{
	_cleanup_buf_ struct buf b = { 0 };
	const json_t *item;
	size_t i;

	buf_init(&b, 0);
	json_array_foreach(array, i, item) {
		buf_adds(&b, i ? between : "");
		cli_text(&b, json_string_value(item) ? json_string_value(item) : "?");
	}
	(void)snprintf(dst, size, "%s", buf_str(&b));
	return dst;
}
