/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdbool.h>
#include <string.h>

static enum log_level max_level = LOG_LVL_INFO;

void log_set_level(enum log_level max)
{
	max_level = max;
}

enum log_level log_get_level(void)
{
	return max_level;
}

/* systemd sets it for services whose stderr is the journal (systemd.exec(5)); "<N>" is for nobody else's eyes. */
static bool to_journal(void)
{
	return getenv("JOURNAL_STREAM") && !isatty(STDERR_FILENO);
}

static void emit(enum log_level level, const char *fmt, va_list ap, const char *tail)
{
	char line[2048];

	if (level > max_level)
		return;
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	if (to_journal())
		(void)fprintf(stderr, "<%d>", level);
	(void)fprintf(stderr, "egret: %s%s%s\n", line, tail ? ": " : "", tail ? tail : "");
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(level, fmt, ap, NULL);
	va_end(ap);
}

int log_errno(int r, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_ERROR, fmt, ap, strerror_r(-r, text, sizeof(text)));
	va_end(ap);
	return r;
}
