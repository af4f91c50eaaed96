/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that exist already, where a pattern names them without "**": the guard opens each once, which makes the kernel
 * half mark its inode. From then on hard links and renames do not hide it even where renames are not seen (reduced
 * coverage). No crawl: a pattern with "**" or a trailing "/" is left to the first open.
 */
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "inside.h"

#define MATCHES_MAX 4096

static void touch(const char *path)
{
	struct stat st;
	int fd;

	/* O_NONBLOCK: a FIFO planted under a secret's name must not hold us up */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fstat(fd, &st);
	(void)close(fd);
}

static void mark_glob(const char *pattern)
{
	glob_t found = {};
	size_t i;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (i = 0; i < found.gl_pathc && i < MATCHES_MAX; i++)
			touch(found.gl_pathv[i]);
	globfree(&found);
}

static void mark_watch(struct guard *g, const struct watch *w)
{
	char path[4096];
	size_t i, len = strlen(w->pattern);

	if (w->kind != WATCH_FILE || w->exclude || w->class_bit < 0 || strstr(w->pattern, "**") ||
	    !len || w->pattern[len - 1] == '/' || strncmp(w->pattern, "/proc/", 6) == 0)
		return;
	if (w->pattern[0] != '~') {
		mark_glob(w->pattern);
		return;
	}
	for (i = 0; w->pattern[1] == '/' && i < g->homes.n; i++)
		if ((size_t)snprintf(path, sizeof(path), "%s%s", g->homes.items[i], w->pattern + 1) < sizeof(path))
			mark_glob(path);
}

void seeds_mark(struct guard *g)
{
	size_t i;

	for (i = 0; i < g->policy->n_watches; i++)
		mark_watch(g, &g->policy->watches[i]);
}
