/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of rules.file as path patterns.
 *
 * monitored_paths are ends of paths ("/.npmrc" is anybody's, "/root/.ssh/" everything below such a directory), as the seed
 * matches them: so they hold in chroots and containers too. protected_paths are what they say, from the root.
 */
#include <errno.h>
#include <string.h>

#include "ci_read.h"
#include "glob.h"

/* Each process sees itself there; the kernel sees the number. */
static const char *const selves[] = { "/proc/self/", "/proc/thread-self/" };

static int make(const char *written, enum path_said said, char **ret)
{
	const char *rest = NULL;
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(selves); i++)
		if (strncmp(written, selves[i], strlen(selves[i])) == 0)
			rest = written + strlen(selves[i]);
	if (rest)
		n = asprintf(ret, "/proc/*/%s", rest);
	else if (*written == '~' || strncmp(written, "**", 2) == 0 || strncmp(written, "/proc/", 6) == 0 ||
		 (*written == '/' && said == PATH_PROTECTED))
		n = asprintf(ret, "%s", written);
	else
		n = asprintf(ret, "**%s%s", *written == '/' ? "" : "/", written);
	return n < 0 ? -ENOMEM : 0;
}

int ci_path_pattern(const char *written, enum path_said said, char **ret, struct problem *p)
{
	char *pattern = NULL, shown[80];
	int r;

	if (said == PATH_PROTECTED && *written != '/' && *written != '~' && strncmp(written, "**", 2) != 0)
		return problem_set(p, 0, 0, "\"%s\" must begin with '/', '~' or '**'",
				   str_escape_to(shown, sizeof(shown), written));
	r = make(written, said, &pattern);
	if (r == 0)
		r = glob_check(pattern, p);
	if (r < 0)
		free(pattern);
	else
		*ret = pattern;
	return r;
}
