/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of rules.file as path patterns.
 *
 * monitored_paths may be ends of paths, as the seed matches them: "/.npmrc" is anybody's. A folder in that form ("/.ssh/") is
 * that of every home: wherever it could be, and everything below it, is a pattern with two "**", and a handful of those
 * together outgrow any automaton. protected_paths, and monitored ones that begin with an ordinary folder, are what they say.
 */
#include <errno.h>
#include <string.h>

#include "ci_read.h"
#include "glob.h"

/* Each process sees itself there; the kernel sees the number. */
static const char *const selves[] = { "/proc/self/", "/proc/thread-self/" };

/* An end of a path: relative, a file alone, or hidden. */
static bool is_end(const char *written)
{
	return *written != '/' || written[1] == '.' || !strchr(written + 1, '/');
}

static int make(const char *written, enum path_said said, char **ret)
{
	const char *rest = NULL, *plain = written + (*written == '/');
	bool folder = *written && written[strlen(written) - 1] == '/';
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(selves); i++)
		if (strncmp(written, selves[i], strlen(selves[i])) == 0)
			rest = written + strlen(selves[i]);
	if (rest)
		n = asprintf(ret, "/proc/*/%s", rest);
	else if (said == PATH_PROTECTED || *written == '~' || strncmp(written, "**", 2) == 0 || !is_end(written))
		n = asprintf(ret, "%s", written);
	else
		n = asprintf(ret, folder ? "~/%s" : "**/%s", plain);
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
