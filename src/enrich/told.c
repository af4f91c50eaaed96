/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that nobody has seen: as a person describes them, with the names they would have. */
#include <errno.h>
#include <string.h>

#include "../base/base.h"
#include "alias.h"
#include "subject.h"

static int fill(struct subject_info *s)
{
	struct script script = { .kind = s->script ? SCRIPT_FILE : SCRIPT_NONE, .text = s->script };
	char *argv[] = { s->exe, s->script, NULL };
	struct program program = program_of(s->exe, argv, s->script ? 2 : 1);
	struct str_list names = { 0 };
	int r = alias_names(&names, &program, &script, s->script);

	s->names = names.items;
	s->n_names = names.n;
	return r;
}

int subject_from_words(const char *exe, const char *script, struct subject_info **ret)
{
	struct subject_info *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	if (!s)
		return -ENOMEM;
	s->intact = true;
	s->exe = strdup(exe);
	s->script = script ? strdup(script) : NULL;
	if (s->exe && !script == !s->script)
		r = fill(s);
	if (r < 0) {
		(void)subject_info_free(s);
		return r;
	}
	*ret = s;
	return 0;
}
