/* SPDX-License-Identifier: Apache-2.0 */
#include "verdicts.h"

#include <errno.h>
#include <string.h>

enum { GATHER_MAX = 256 }; /* rules looked at per row before unreachable ones are dropped */

int verdicts_init(struct verdicts *v, const struct plan *plan, struct problem *problem)
{
	*v = (struct verdicts){ .plan = plan, .problem = problem };
	v->lists = calloc(1, sizeof(*v->lists));
	if (!v->lists)
		return -ENOMEM;
	v->n = v->cap = 1;
	return 0;
}

void verdicts_done(struct verdicts *v)
{
	free(v->lists);
	*v = (struct verdicts){};
}

/* --- classes and the watch ---------------------------------------------------------------------------- */

static uint64_t class_of(const struct watch *w)
{
	return w->kind == WATCH_FILE && w->class_bit >= 0 && w->class_bit < EG_CLASSES_MAX ?
		UINT64_C(1) << w->class_bit : 0;
}

/* Classes of the accepting watches less those an exclusion takes away. */
static uint64_t classes_of(const struct verdicts *v, const uint32_t *ids, size_t n)
{
	uint64_t in = 0, out = 0;

	for (size_t i = 0; i < n; i++) {
		const struct watch *w = v->plan->units[ids[i]].watch;

		*(w->exclude ? &out : &in) |= class_of(w);
	}
	return in & ~out;
}

/* Smallest number among the watches whose class stayed; without any, among those that are there for their rules. */
static uint32_t watch_of(const struct verdicts *v, const uint32_t *ids, size_t n, uint64_t classes)
{
	uint32_t with_class = UINT32_MAX, without = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct watch *w = v->plan->units[ids[i]].watch;

		if (w->exclude)
			continue;
		if (class_of(w) & classes)
			with_class = MIN(with_class, w->number);
		else if (!class_of(w) || w->n_rules)
			without = MIN(without, w->number);
	}
	if (with_class != UINT32_MAX)
		return with_class;
	return without != UINT32_MAX ? without : 0;
}

/* --- rules -------------------------------------------------------------------------------------------- */

static int rank_deny(const struct rule *r)
{
	return r->decision != V_ALLOW;
}

/* Most specific executable first; deny before allow; then as written. */
static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;

	if (x->exe_rank != y->exe_rank)
		return y->exe_rank - x->exe_rank;
	if (rank_deny(x) != rank_deny(y))
		return rank_deny(y) - rank_deny(x);
	return (x->number > y->number) - (x->number < y->number);
}

/* A rule with classes is about files that are secrets of those classes only, as in decide(). */
static bool applies(const struct rule *r, uint64_t classes)
{
	if (!r->enabled || r->type != RULE_FILE || r->decision == V_NONE)
		return false;
	return !r->class_mask || (classes && !(classes & ~r->class_mask));
}

static int too_many(struct verdicts *v, const struct unit *u)
{
	char shown[200];

	problem_set(v->problem, u->line, 0, "pattern \"%s\": more than %d file rules meet on one file",
		    str_escape_to(shown, sizeof(shown), u->pattern), EG_RULES_MAX);
	v->failed = true;
	return -E2BIG;
}

/* All rules of the row, sorted, into `rules`; how many, or -E2BIG. */
static int gather(struct verdicts *v, const uint32_t *ids, size_t n, uint64_t classes, const struct rule **rules)
{
	int found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct unit *u = &v->plan->units[ids[i]];

		for (size_t k = 0; k < u->n_rules; k++) {
			if (!applies(&u->rules[k], classes))
				continue;
			if (found == GATHER_MAX)
				return too_many(v, u);
			rules[found++] = &u->rules[k];
		}
	}
	if (found)
		qsort(rules, (size_t)found, sizeof(*rules), compare_rules);
	return found;
}

/* The kernel takes the first row that fits: one that an earlier row always beats is left out. */
static bool is_beaten(const struct file_rules *list, uint64_t exe)
{
	for (unsigned i = 0; i < list->n; i++)
		if (!list->rule[i].exe || list->rule[i].exe == exe)
			return true;
	return false;
}

/* A file cannot be held for a person's answer: whatever is not allowed is denied. */
static int make_list(struct verdicts *v, const struct rule **rules, int n, const struct unit *u,
		     struct file_rules *list)
{
	for (int i = 0; i < n; i++) {
		uint64_t exe = v->plan->rule_exe[rules[i] - v->plan->policy->rules];

		if (is_beaten(list, exe))
			continue;
		if (list->n == EG_RULES_MAX)
			return too_many(v, u);
		list->rule[list->n++] = (struct file_rule){
			.exe = exe,
			.verdict = rules[i]->decision == V_ALLOW ? FILE_ALLOW : FILE_DENY,
			.id = rules[i]->number,
		};
	}
	return 0;
}

/* Index of an equal list, added if there is none. */
static int list_index(struct verdicts *v, const struct file_rules *list, uint16_t *ret)
{
	size_t i;
	int r;

	for (i = 1; i < v->n; i++)
		if (memcmp(&v->lists[i], list, sizeof(*list)) == 0)
			break;
	if (i == v->n) {
		if (i > UINT16_MAX) {
			problem_set(v->problem, 0, 0, "the file rules combine in more than %u ways", UINT16_MAX);
			v->failed = true;
			return -E2BIG;
		}
		r = nfa_grow(&v->lists, &v->cap, v->n, sizeof(*v->lists));
		if (r < 0)
			return r;
		v->lists[v->n++] = *list;
	}
	*ret = (uint16_t)i;
	return 0;
}

static int rules_of(struct verdicts *v, const uint32_t *ids, size_t n, uint64_t classes, uint16_t *ret)
{
	const struct rule *rules[GATHER_MAX];
	struct file_rules list = {};
	int r = gather(v, ids, n, classes, rules);

	*ret = 0;
	if (r <= 0)
		return r;
	r = make_list(v, rules, r, &v->plan->units[ids[n - 1]], &list);
	return r < 0 ? r : list_index(v, &list, ret);
}

int verdicts_accept(void *context, const uint32_t *ids, size_t n, struct dfa_row *row)
{
	struct verdicts *v = context;
	int r;

	if (v->plan->units[ids[0]].region == NFA_EXES) {
		for (size_t i = 0; i < n; i++)
			row->classes |= UINT64_C(1) << v->plan->units[ids[i]].bit;
		row->flags |= DFA_EXE;
		return 0;
	}
	row->classes = classes_of(v, ids, n);
	row->watch = watch_of(v, ids, n, row->classes);
	r = rules_of(v, ids, n, row->classes, &row->rules);
	if (r < 0)
		return r;
	if (row->rules)
		row->flags |= DFA_RULES;
	if (row->watch || row->rules || row->classes)
		row->flags |= DFA_WATCH;
	return 0;
}
