/* SPDX-License-Identifier: Apache-2.0 */
#include "strlist.h"

#include <errno.h>
#include <string.h>

int str_list_add(struct str_list *l, const char *s, size_t len)
{
	_cleanup_free_ char *copy = strndup(s, len);
	char **items;

	if (!copy)
		return -ENOMEM;
	items = reallocarray(l->items, l->n + 2, sizeof(*items));
	if (!items)
		return -ENOMEM;
	l->items = items;
	items[l->n++] = TAKE_PTR(copy);
	items[l->n] = NULL;
	return 0;
}

bool str_list_has(const struct str_list *l, const char *s)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (streq(l->items[i], s))
			return true;
	return false;
}

void str_list_done(struct str_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct str_list){ 0 };
}

uint8_t *str_list_groups(const struct str_list *l, const size_t *ends, size_t n_ends)
{
	uint8_t *of = calloc(l->n + 1, 1);
	size_t i, group = 0;

	for (i = 0; of && i < l->n; i++) {
		while (group < n_ends && i >= ends[group])
			group++;
		of[i] = (uint8_t)MIN(group, (size_t)UINT8_MAX);
		if (group >= n_ends)
			group++;
	}
	return of;
}
