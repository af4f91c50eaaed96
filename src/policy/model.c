/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <errno.h>
#include <string.h>

#include "glob.h"

#define CLASS_NAME_MAX 32
#define ARRAY_FIRST 8

/* --- lists and arrays -------------------------------------------------------------------------------- */

size_t strv_len(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

int strv_add(char ***list, const char *s)
{
	size_t n = strv_len(*list);
	char **grown = reallocarray(*list, n + 2, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[n + 1] = NULL;
	grown[n] = strdup(s);
	return grown[n] ? 0 : -ENOMEM;
}

char **strv_free(char **list)
{
	size_t i;

	for (i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
	return NULL;
}

int strv_copy(char *const *list, char ***ret)
{
	_cleanup_strv_ char **copy = NULL;
	size_t i;
	int r;

	for (i = 0; list && list[i]; i++) {
		r = strv_add(&copy, list[i]);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(copy);
	return 0;
}

bool strv_has(char *const *list, const char *s)
{
	for (; list && *list; list++)
		if (streq(*list, s))
			return true;
	return false;
}

void *array_slot(void **array, size_t n, size_t item_size)
{
	bool full = n == 0 || (n >= ARRAY_FIRST && (n & (n - 1)) == 0);
	void *grown;

	if (full) {
		grown = reallocarray(*array, n ? n * 2 : ARRAY_FIRST, item_size);
		if (!grown)
			return NULL;
		*array = grown;
	}
	return memset((char *)*array + n * item_size, 0, item_size);
}

/* --- parts of a policy ------------------------------------------------------------------------------- */

void class_done(struct secret_class *c)
{
	free(c->name);
	free(c->title);
	strv_free(c->globs);
	strv_free(c->not_globs);
	strv_free(c->readers);
	strv_free(c->makers);
	strv_free(c->mute);
	strv_free(c->homes);
	strv_free(c->homes_from);
	*c = (struct secret_class){ 0 };
}

void rule_done(struct rule *r)
{
	free(r->id);
	free(r->executable);
	free(r->resource);
	strv_free(r->classes);
	*r = (struct rule){ 0 };
}

void watch_done(struct watch *w)
{
	free(w->id);
	free(w->pattern);
	*w = (struct watch){ 0 };
}

int policy_add_class(struct policy *p, struct secret_class *c)
{
	if (p->n_classes == EG_CLASSES_MAX)
		return -E2BIG;
	p->classes[p->n_classes++] = *c;
	*c = (struct secret_class){ 0 };
	return 0;
}

void policy_replace_class(struct policy *p, int bit, struct secret_class *c)
{
	class_done(&p->classes[bit]);
	p->classes[bit] = *c;
	*c = (struct secret_class){ 0 };
}

int policy_add_watch(struct policy *p, struct watch *w)
{
	struct watch *slot = array_slot((void **)&p->watches, p->n_watches, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = *w;
	*w = (struct watch){ 0 };
	slot->first_rule = p->n_rules;
	slot->n_rules = 0;
	slot->number = (uint32_t)++p->n_watches;
	return 0;
}

int policy_add_rule(struct policy *p, struct rule *r)
{
	struct rule *slot = array_slot((void **)&p->rules, p->n_rules, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = *r;
	*r = (struct rule){ 0 };
	slot->number = (uint32_t)++p->n_rules;
	slot->exe_rank = exe_rank(slot->executable);
	p->watches[p->n_watches - 1].n_rules++;
	return 0;
}

/* --- patterns of executables ------------------------------------------------------------------------- */

uint8_t exe_rank(const char *pattern)
{
	if (streq(pattern, "*"))
		return 0;
	if (*pattern == '/')
		return strpbrk(pattern, "*?[") ? 2 : 3;
	return strchr(pattern, ':') ? 2 : 1;
}

static int check_name(const char *pattern, struct problem *problem)
{
	const char *colon = strchr(pattern, ':'), *slash = strchr(pattern, '/');

	if (!*pattern || (slash && (!colon || slash != colon + 1)))
		return problem_set(problem, 0, 0,
				   "'%.200s' is not an executable; write '*', a path from '/', a name such as curl, or interpreter:script",
				   pattern);
	if (colon && (colon == pattern || !colon[1] || strchr(colon + 1, ':')))
		return problem_set(problem, 0, 0, "'%.200s' is not interpreter:script, such as python3:aws", pattern);
	return 0;
}

int exe_check(const char *pattern, struct problem *problem)
{
	if (*pattern == '/')
		return glob_check(pattern, problem);
	/* What the kernel reports is compared as it is, for every user alike: a home would have to be guessed. */
	if (*pattern == '~')
		return problem_set(problem, 0, 0, "'%.200s': an executable cannot be given by '~'; write the path from '/'",
				   pattern);
	return check_name(pattern, problem);
}

int class_name_check(const char *name, struct problem *problem)
{
	size_t len = strlen(name);

	if (len > CLASS_NAME_MAX || !len || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return problem_set(problem, 0, 0,
				   "'%.64s' is not a name for a class; use up to %d of a-z, 0-9 and '-'", name,
				   CLASS_NAME_MAX);
	return 0;
}
