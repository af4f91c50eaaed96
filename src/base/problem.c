/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"

#include <errno.h>
#include <stdarg.h>

int problem_set(struct problem *p, unsigned line, unsigned column, const char *fmt, ...)
{
	va_list ap;

	if (!p)
		return -EINVAL;
	p->line = line;
	p->column = column;
	va_start(ap, fmt);
	(void)vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

const char *problem_format(const struct problem *p, char *dst, size_t size)
{
	int n = 0;

	if (p->file[0])
		n = snprintf(dst, size, "%s:", p->file);
	if (p->line && n >= 0 && (size_t)n < size)
		n += snprintf(dst + n, size - (size_t)n, "%u:%u:", p->line, p->column);
	if (n >= 0 && (size_t)n < size)
		(void)snprintf(dst + n, size - (size_t)n, "%s%s", n ? " " : "", p->text);
	return dst;
}
