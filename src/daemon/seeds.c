/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that exist already, where a pattern names them without "**": the guard finds each and shows it to the kernel
 * half, which marks its inode. From then on hard links and renames do not hide it even where renames are not seen
 * (reduced coverage). No crawl: a pattern with "**" or a trailing "/" is left to the first open.
 *
 * Nothing is read: descriptors are O_PATH, so that no FIFO holds us up and no other guard takes us for a reader.
 *
 * Bounded: what is not found within START_NS is looked for later, a portion whenever the loop has nothing else to do; a
 * pattern that has led through NAMES_MAX names is left to the first open as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "inside.h"

#define START_NS 100000000ull
#define PORTION 256	    /* names or patterns between two looks at the clock or at the loop */
#define NAMES_MAX (1u << 17)
#define PARTS_MAX 32
#define SHOWN_MAX 128

/* A directory that is being listed for one part of the pattern. */
struct listing {
	DIR *dir;
	unsigned part;
};

struct seeds {
	struct guard *guard;
	sd_event_source *later;
	size_t watch, home; /* the next pattern */
	char pattern[4096];
	char *part[PARTS_MAX];
	unsigned n_parts;
	struct listing listing[PARTS_MAX];
	unsigned n_listings, names;
	int shown[SHOWN_MAX];
	unsigned n_shown;
};

static void show_all(struct seeds *s)
{
	if (s->n_shown && sensor_mark(s->guard->sensor) < 0)
		log_debug("secrets that exist could not be marked");
	while (s->n_shown)
		(void)close(s->shown[--s->n_shown]);
}

static void show(struct seeds *s, int fd)
{
	if (fd < 0)
		return;
	homes_learn_open(s->guard, fd, s->guard->policy->watches[s->watch].class_bit);
	s->shown[s->n_shown++] = fd;
	if (s->n_shown == SHOWN_MAX)
		show_all(s);
}

static bool is_literal(const char *part)
{
	return !strpbrk(part, "*?[\\");
}

static bool is_last(const struct seeds *s, unsigned part)
{
	return part + 1 == s->n_parts;
}

static int open_dir(int at, const char *name, int flags)
{
	return openat(at, name, flags | O_DIRECTORY | O_CLOEXEC);
}

/* Goes on below a directory (whose descriptor it takes over) with parts from `part` on: to the file, or to a listing. */
static void descend(struct seeds *s, int fd, unsigned part)
{
	int next;

	for (; fd >= 0 && !is_last(s, part) && is_literal(s->part[part]); part++) {
		next = open_dir(fd, s->part[part], O_PATH);
		(void)close(fd);
		fd = next;
	}
	if (fd < 0)
		return;
	if (is_literal(s->part[part])) {
		show(s, openat(fd, s->part[part], O_PATH | O_CLOEXEC));
	} else {
		struct listing *l = &s->listing[s->n_listings];

		next = open_dir(fd, ".", O_RDONLY);
		l->dir = next < 0 ? NULL : fdopendir(next);
		l->part = part;
		if (l->dir)
			s->n_listings++;
		else if (next >= 0)
			(void)close(next);
	}
	(void)close(fd);
}

/* One name of the innermost listing. */
static void look_at(struct seeds *s)
{
	struct listing *l = &s->listing[s->n_listings - 1];
	const struct dirent *e = s->names++ < NAMES_MAX ? readdir(l->dir) : NULL;
	bool last = is_last(s, l->part);

	if (!e) {
		(void)closedir(l->dir);
		s->n_listings--;
	} else if (streq(e->d_name, ".") || streq(e->d_name, "..") || (e->d_type == DT_DIR) == last ||
		   fnmatch(s->part[l->part], e->d_name, 0) != 0) {
		return;
	} else if (last) {
		show(s, openat(dirfd(l->dir), e->d_name, O_PATH | O_CLOEXEC));
	} else {
		descend(s, open_dir(dirfd(l->dir), e->d_name, O_PATH), l->part + 1);
	}
}

/* --- patterns ---------------------------------------------------------------------------------------- */

static bool is_worth(const struct watch *w)
{
	size_t len = strlen(w->pattern);

	return w->kind == WATCH_FILE && !w->exclude && w->class_bit >= 0 && !strstr(w->pattern, "**") && len &&
	       w->pattern[len - 1] != '/' && strncmp(w->pattern, "/proc/", 6) != 0 &&
	       (w->pattern[0] == '/' || strncmp(w->pattern, "~/", 2) == 0);
}

/* The next pattern into s->pattern; false when there is none. "~/" stands for every home. */
static bool next_pattern(struct seeds *s)
{
	const struct policy *p = s->guard->policy;
	const struct str_list *homes = &s->guard->homes;
	const struct watch *w;
	const char *home;

	while (s->watch < p->n_watches) {
		w = &p->watches[s->watch];
		if (!is_worth(w) || s->home >= (w->pattern[0] == '~' ? homes->n : 1)) {
			s->watch++;
			s->home = 0;
			continue;
		}
		home = w->pattern[0] == '~' ? homes->items[s->home] : "";
		s->home++;
		if ((size_t)snprintf(s->pattern, sizeof(s->pattern), "%s%s", home, w->pattern + (*home != 0)) <
		    sizeof(s->pattern))
			return true;
	}
	return false;
}

static void begin_pattern(struct seeds *s)
{
	char *at = NULL, *part = strtok_r(s->pattern, "/", &at);

	s->names = 0;
	for (s->n_parts = 0; part && s->n_parts < PARTS_MAX; part = strtok_r(NULL, "/", &at))
		s->part[s->n_parts++] = part;
	if (s->n_parts && !part)
		descend(s, open_dir(AT_FDCWD, "/", O_PATH), 0);
}

/* False when all is done. */
static bool portion(struct seeds *s)
{
	unsigned i;

	for (i = 0; i < PORTION; i++) {
		if (s->n_listings)
			look_at(s);
		else if (next_pattern(s))
			begin_pattern(s);
		else
			return false;
	}
	return true;
}

/* --- life -------------------------------------------------------------------------------------------- */

void seeds_close(struct guard *g)
{
	struct seeds *s = g->seeds;

	if (!s)
		return;
	while (s->n_listings)
		(void)closedir(s->listing[--s->n_listings].dir);
	while (s->n_shown)
		(void)close(s->shown[--s->n_shown]);
	(void)sd_event_source_disable_unref(s->later);
	free(s);
	g->seeds = NULL;
}

static int on_idle(sd_event_source *source, void *user)
{
	struct seeds *s = user;

	(void)source;
	if (portion(s))
		return 0;
	show_all(s);
	seeds_close(s->guard);
	return 0;
}

static int go_on_later(struct seeds *s)
{
	int r = sd_event_add_defer(s->guard->loop, &s->later, on_idle, s);

	if (r >= 0)
		r = sd_event_source_set_priority(s->later, SD_EVENT_PRIORITY_IDLE + 10);
	return r < 0 ? r : sd_event_source_set_enabled(s->later, SD_EVENT_ON);
}

void seeds_mark(struct guard *g)
{
	uint64_t until = now_boot_ns() + START_NS;
	struct seeds *s;
	bool more = true;

	seeds_close(g);
	s = g->seeds = calloc(1, sizeof(*s));
	if (!s)
		return;
	s->guard = g;
	while (more && now_boot_ns() < until)
		more = portion(s);
	show_all(s);
	if (!more || go_on_later(s) < 0)
		seeds_close(g);
}
