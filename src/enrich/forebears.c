/* SPDX-License-Identifier: Apache-2.0 */
#include "forebears.h"

#include <errno.h>
#include <string.h>

/* One image's names that were new when it was added. */
struct forebears {
	struct forebears *up;
	unsigned refs;
	size_t total; /* names here and above */
	bool cut;     /* here or above */
	struct str_list names;
};

struct forebears *forebears_ref(struct forebears *f)
{
	if (f)
		f->refs++;
	return f;
}

struct forebears *forebears_unref(struct forebears *f)
{
	struct forebears *up;

	/* A loop: a chain is up to FOREBEARS_MAX long. */
	while (f && --f->refs == 0) {
		up = f->up;
		str_list_done(&f->names);
		free(f);
		f = up;
	}
	return NULL;
}

static bool known(const struct forebears *f, const char *name)
{
	for (; f; f = f->up)
		if (str_list_has(&f->names, name))
			return true;
	return false;
}

static bool all_known(const struct forebears *f, char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!known(f, names[i]))
			return false;
	return true;
}

static int fill(struct forebears *f, char *const *names, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		if (known(f, names[i]))
			continue;
		if (f->total == FOREBEARS_MAX) {
			f->cut = true;
			return 0;
		}
		r = str_list_add(&f->names, names[i], strlen(names[i]));
		f->total += r == 0;
	}
	return r;
}

int forebears_add(struct forebears *up, char *const *names, size_t n, struct forebears **ret)
{
	struct forebears *f;
	int r;

	if (all_known(up, names, n) || (up && up->cut && up->total == FOREBEARS_MAX)) {
		*ret = forebears_ref(up);
		return 0;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->refs = 1;
	f->up = forebears_ref(up);
	f->total = up ? up->total : 0;
	f->cut = up && up->cut;
	r = fill(f, names, n);
	if (r < 0)
		(void)forebears_unref(f);
	else
		*ret = f;
	return r;
}

int forebears_list(const struct forebears *f, struct str_list *l)
{
	bool cut = f && f->cut;
	size_t i;
	int r = 0;

	for (; f; f = f->up)
		for (i = 0; r == 0 && i < f->names.n; i++)
			if (!str_list_has(l, f->names.items[i]))
				r = str_list_add(l, f->names.items[i], strlen(f->names.items[i]));
	return r == 0 && cut ? str_list_add(l, FOREBEARS_UNKNOWN, strlen(FOREBEARS_UNKNOWN)) : r;
}
