/* SPDX-License-Identifier: Apache-2.0 */
#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define YEAR_LAST 9999

/* Exactly the digits of fmt's 'd's; other characters must stand as they are. */
static int shape(const char *s, const char *fmt)
{
	for (; *fmt; s++, fmt++)
		if (*fmt == 'd' ? !isdigit((unsigned char)*s) : toupper((unsigned char)*s) != *fmt)
			return -EINVAL;
	return 0;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

/* "Z", "+02:00": seconds east of UTC. */
static int parse_offset(const char *s, int *ret)
{
	if ((*s == 'Z' || *s == 'z') && !s[1]) {
		*ret = 0;
		return 0;
	}
	if ((*s != '+' && *s != '-') || shape(s + 1, "dd:dd") < 0 || s[6] || two(s + 1) > 23 || two(s + 4) > 59)
		return -EINVAL;
	*ret = (two(s + 1) * 60 + two(s + 4)) * (*s == '-' ? -60 : 60);
	return 0;
}

int when_parse(const char *s, uint64_t *ret_ms)
{
	struct tm tm = { 0 }, given;
	int offset;
	time_t t;

	if (shape(s, "dddd-dd-ddTdd:dd:dd") < 0)
		return -EINVAL;
	tm.tm_year = two(s) * 100 + two(s + 2) - 1900;
	tm.tm_mon = two(s + 5) - 1;
	tm.tm_mday = two(s + 8);
	tm.tm_hour = two(s + 11);
	tm.tm_min = two(s + 14);
	tm.tm_sec = two(s + 17);
	s += 19;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (parse_offset(s, &offset) < 0)
		return -EINVAL;
	given = tm;
	t = timegm(&tm); /* carries over: the 31st of February becomes another day, which is refused */
	if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon || tm.tm_hour != given.tm_hour ||
	    tm.tm_min != given.tm_min || tm.tm_sec != given.tm_sec || t - offset <= 0)
		return -EINVAL;
	*ret_ms = (uint64_t)(t - offset) * 1000;
	return 0;
}

const char *when_format(uint64_t ms, char dst[WHEN_TEXT_MAX])
{
	time_t t = (time_t)(ms / 1000 + (ms % 1000 != 0));
	struct tm tm;

	if (!gmtime_r(&t, &tm) || tm.tm_year + 1900 > YEAR_LAST)
		return strcpy(dst, "9999-12-31T23:59:59Z");
	(void)strftime(dst, WHEN_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return dst;
}
