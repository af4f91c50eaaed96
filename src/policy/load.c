/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "catalog.h"
#include "ci_read.h"
#include "model.h"
#include "watchlist.h"

/* --- watches of the catalogue ------------------------------------------------------------------------ */

static int add_globs(struct policy *p, int bit, char *const *globs, bool exclude, unsigned *n)
{
	for (; globs && *globs; globs++) {
		struct watch w = { .kind = WATCH_FILE, .class_bit = bit, .exclude = exclude };
		int r;

		if (asprintf(&w.id, CATALOG_ID "%s:%u", p->classes[bit].name, ++*n) < 0)
			w.id = NULL;
		w.pattern = strdup(*globs);
		r = w.id && w.pattern ? policy_add_watch(p, &w) : -ENOMEM;
		watch_done(&w);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_class_watches(struct policy *p)
{
	int bit, r = 0;

	for (bit = 0; r == 0 && bit < (int)p->n_classes; bit++) {
		unsigned n = 0;

		r = add_globs(p, bit, p->classes[bit].globs, false, &n);
		if (r == 0)
			r = add_globs(p, bit, p->classes[bit].not_globs, true, &n);
	}
	return r;
}

/* --- the watchlist ----------------------------------------------------------------------------------- */

/* The bit of a files entry's class, which comes into being with its first mention. */
static int class_of(struct policy *policy, const struct wl_entry *e, struct problem *p)
{
	const char *name = e->class_name ? e->class_name : WATCHED_CLASS;
	struct secret_class c = { 0 };
	int r, bit = policy_class_bit(policy, name);

	if (bit >= 0)
		return bit;
	c.name = strdup(name);
	c.title = strdup(name);
	r = c.name && c.title ? policy_add_class(policy, &c) : -ENOMEM;
	class_done(&c);
	if (r == -E2BIG)
		return yaml_problem(e->node, p, "class '%s' is one too many; %d classes are the most, the catalogue's included", name,
				    EG_CLASSES_MAX);
	return r < 0 ? r : (int)policy->n_classes - 1;
}

static int unknown_class(const struct policy *policy, const struct wl_rule *w, const char *name, struct problem *p)
{
	const struct yaml_node *place = yaml_find(w->node, "classes");
	const char *names[EG_CLASSES_MAX], *near;
	size_t i;

	for (i = 0; i < policy->n_classes; i++)
		names[i] = policy->classes[i].name;
	near = nearest_word(name, names, i);
	return yaml_problem(place ? place : w->node, p, "there is no class '%s'%s%s%s", name, near ? "; did you mean '" : "",
			    near ? near : "", near ? "'?" : "");
}

static int resolve_classes(const struct policy *policy, struct wl_rule *w, struct problem *p)
{
	struct rule *r = &w->rule;
	size_t i;

	for (i = 0; r->classes && r->classes[i]; i++) {
		int bit = policy_class_bit(policy, r->classes[i]);

		if (bit < 0)
			return unknown_class(policy, w, r->classes[i], p);
		r->class_mask |= 1ull << bit;
	}
	return 0;
}

/* "*" as a path is every file: said so that the patterns' own rules hold. */
static int any_file(struct rule *r)
{
	char *all;

	if (r->type != RULE_FILE || !streq(r->resource, "*"))
		return 0;
	all = strdup("/**");
	if (!all)
		return -ENOMEM;
	free(r->resource);
	r->resource = all;
	return 0;
}

static int apply_rule(struct wl_rule *w, struct policy *policy, struct problem *p)
{
	int r = resolve_classes(policy, w, p);

	if (r == 0)
		r = any_file(&w->rule);
	return r < 0 ? r : policy_add_rule(policy, &w->rule);
}

static int apply_entry(struct wl_entry *e, struct policy *policy, struct problem *p)
{
	struct watch w = { .id = TAKE_PTR(e->id), .kind = e->kind, .class_bit = -1, .line = e->line,
			   .column = e->column };
	int r = 0;
	size_t i;

	if (e->kind == WATCH_FILE)
		r = w.class_bit = class_of(policy, e, p);
	w.pattern = TAKE_PTR(e->pattern);
	if (r >= 0)
		r = policy_add_watch(policy, &w);
	watch_done(&w);
	for (i = 0; r >= 0 && i < e->n_rules; i++)
		r = apply_rule(&e->rules[i], policy, p);
	return r < 0 ? r : 0;
}

int watchlist_apply(struct watchlist *w, struct policy *policy, struct problem *p)
{
	int r = 0;
	size_t i;

	if (p)
		(void)snprintf(p->file, sizeof(p->file), "%s", yaml_name(w->yaml));
	policy->watchlist = strdup(yaml_name(w->yaml));
	if (!policy->watchlist)
		return -ENOMEM;
	policy->enforce = w->enforce;
	policy->mode_said = w->mode_said;
	/* A rule may name a class that an entry further down brings in. */
	for (i = 0; r >= 0 && i < w->n_entries; i++)
		if (w->entries[i].kind == WATCH_FILE)
			r = class_of(policy, &w->entries[i], p);
	for (i = 0; r >= 0 && i < w->n_entries; i++)
		r = apply_entry(&w->entries[i], policy, p);
	return r < 0 ? r : 0;
}

/* Does anything concern processes that carry nothing: then their sockets need looking at too. */
static bool has_network_rules(const struct policy *p)
{
	size_t i;

	if (p->ci)
		return true;
	for (i = 0; i < p->n_watches; i++)
		if (p->watches[i].kind == WATCH_NETWORK)
			return true;
	for (i = 0; i < p->n_rules; i++)
		if (p->rules[i].type == RULE_NETWORK && p->rules[i].enabled && !p->rules[i].class_mask)
			return true;
	return false;
}

/* --- the door ---------------------------------------------------------------------------------------- */

static int read_watchlist(const struct policy_sources *src, struct watchlist **ret, struct problem *p)
{
	int r;

	if (!src->watchlist)
		return 0;
	r = watchlist_load(src->watchlist, ret, p);
	return r == -ENOENT && !src->watchlist_required ? 0 : r;
}

static int fill(struct policy *policy, const struct policy_sources *src, struct problem *p)
{
	_cleanup_watchlist_ struct watchlist *w = NULL;
	int r = read_watchlist(src, &w, p);

	policy->enforce = true;
	if (r == 0 && src->catalog_dir)
		r = catalog_read(policy, src->catalog_dir, w && w->no_catalog ? CATALOG_BROKERS_ONLY : CATALOG_BUILTIN, p);
	if (r == 0 && src->user_catalog)
		r = catalog_read(policy, src->user_catalog, CATALOG_USER, p);
	if (r == 0)
		r = add_class_watches(policy);
	if (r == 0 && w)
		r = watchlist_apply(w, policy, p);
	if (r == 0)
		r = ci_load(policy, src, p);
	policy->has_network_rules = has_network_rules(policy);
	return r;
}

int policy_load(const struct policy_sources *src, struct policy **ret, struct problem *problem)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	struct problem why = { 0 };
	int r;

	if (!policy)
		return -ENOMEM;
	r = fill(policy, src, &why);
	if (r == -ENOMEM)
		(void)problem_set(&why, 0, 0, "out of memory");
	if (r < 0 && problem)
		*problem = why;
	if (r < 0)
		(void)policy_free(policy);
	else
		*ret = policy;
	return r;
}

struct policy *policy_free(struct policy *p)
{
	size_t i;

	if (!p)
		return NULL;
	for (i = 0; i < p->n_classes; i++)
		class_done(&p->classes[i]);
	for (i = 0; i < p->n_watches; i++)
		watch_done(&p->watches[i]);
	for (i = 0; i < p->n_rules; i++)
		rule_done(&p->rules[i]);
	free(p->watches);
	free(p->rules);
	strv_free(p->brokers);
	free(p->watchlist);
	(void)ci_free(p->ci);
	free(p);
	return NULL;
}

const char *policy_label_text(const struct policy *p, uint64_t label, char *dst, size_t size)
{
	size_t i, at = 0;

	if (!size)
		return dst;
	*dst = 0;
	for (i = 0; i < p->n_classes && at < size; i++)
		if (label & 1ull << i)
			at += (size_t)snprintf(dst + at, size - at, "%s%s", at ? ", " : "", p->classes[i].name);
	if (at >= size && size > 3)
		memcpy(dst + size - 4, "...", 4);
	return dst;
}

int policy_class_bit(const struct policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n_classes; i++)
		if (streq(p->classes[i].name, name))
			return (int)i;
	return -1;
}

const struct watch *policy_watch(const struct policy *p, uint32_t number)
{
	return number && number <= p->n_watches ? &p->watches[number - 1] : NULL;
}

const struct rule *policy_rule(const struct policy *p, uint32_t number)
{
	return number && number <= p->n_rules ? &p->rules[number - 1] : NULL;
}
