/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy + mounts + homes -> what the kernel maps need.
 *
 *   plan        patterns in order                       (plan.h)
 *   nfa         their graph, homes linked in            (nfa.h)
 *   superblocks where each superblock's walk starts     (superblock.h)
 *   automaton   rows; verdicts say what each row means  (automaton.h, verdicts.h)
 */
#include <errno.h>
#include <string.h>

#include "../../abi/dfa_run.h"
#include "automaton.h"
#include "policy.h"
#include "superblock.h"
#include "verdicts.h"

_Static_assert(EG_DFA_STATES_MAX <= UINT16_MAX, "struct dfa_row.next");
_Static_assert(EG_CLASSES_MAX + 1 < NFA_GROUPS, "a group per class and one for none");

/* Start sets that do not come from the mount table. */
enum { START_ROOT, START_PROC, START_EXE, START_FIXED };

struct build {
	const struct plan *plan;
	const struct compile_input *in;
	struct nfa nfa;
	struct superblocks superblocks;
	struct nfa_states fixed[START_FIXED];
	struct verdicts verdicts;
	struct automaton automaton;
	uint32_t *start_state; /* START_FIXED, then one per superblock */
	enum automaton_limit limit;
};

static void build_done(struct build *b)
{
	nfa_done(&b->nfa);
	superblocks_done(&b->superblocks);
	for (unsigned i = 0; i < START_FIXED; i++)
		nfa_states_done(&b->fixed[i]);
	verdicts_done(&b->verdicts);
	automaton_done(&b->automaton);
	free(b->start_state);
	*b = (struct build){};
}

/* --- one attempt -------------------------------------------------------------------------------------- */

static int add_homes(struct nfa *nfa, const char *const *homes, struct problem *problem)
{
	int r = 0;

	for (; homes && *homes; homes++) {
		r = nfa_add_home(nfa, *homes);
		if (r == -EINVAL) {
			char shown[200];

			return problem_set(problem, 0, 0, "home directory \"%s\" is not an absolute path without '..'",
					   str_escape_to(shown, sizeof(shown), *homes));
		}
		if (r < 0)
			break;
	}
	return r;
}

/* Watches without rules that stand for the same class, or for none, differ only in their number, the units' order. */
static uint8_t unit_group(const struct unit *u)
{
	if (!u->watch || u->watch->exclude || u->n_rules || u->watch->class_bit >= EG_CLASSES_MAX)
		return NFA_NO_GROUP;
	return (uint8_t)(u->watch->class_bit < 0 ? EG_CLASSES_MAX + 1 : u->watch->class_bit + 1);
}

static int add_units(struct nfa *nfa, const struct plan *plan, size_t n)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		const struct unit *u = &plan->units[i];
		struct nfa_report report = { .id = (uint32_t)i, .group = unit_group(u),
					     .live = !u->watch || !u->watch->exclude };

		r = nfa_add(nfa, u->region, &u->glob, u->user_home, &report);
	}
	return r;
}

/* The set after the visible path `mounted_at`. */
static int fixed_start(struct build *b, unsigned which, enum nfa_region region, const char *mounted_at)
{
	_cleanup_nfa_states_ struct nfa_states root = {};
	int r = nfa_states_begin(&b->nfa, &root);

	if (r < 0)
		return r;
	nfa_states_add(&b->nfa, &root, b->nfa.root[region]);
	return nfa_run(&b->nfa, &root, mounted_at, &b->fixed[which]);
}

static int run_build(struct build *b)
{
	size_t n = START_FIXED + b->superblocks.n;
	_cleanup_free_ const struct nfa_states **starts = calloc(n, sizeof(*starts));

	b->start_state = calloc(n, sizeof(*b->start_state));
	if (!starts || !b->start_state)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		starts[i] = i < START_FIXED ? &b->fixed[i] : &b->superblocks.all[i - START_FIXED].start;
	return automaton_build(&b->nfa, starts, n, b->start_state, verdicts_accept, &b->verdicts, &b->automaton,
			       &b->limit);
}

/* Builds with the first n units of the plan. *b is to be freed by the caller, also after a failure. */
static int attempt(struct build *b, size_t n, struct problem *problem)
{
	int r = nfa_init(&b->nfa);

	if (r >= 0)
		r = verdicts_init(&b->verdicts, b->plan, problem);
	if (r >= 0)
		r = add_units(&b->nfa, b->plan, n);
	if (r >= 0)
		r = add_homes(&b->nfa, b->in->homes, problem);
	if (r >= 0)
		r = superblocks_build(&b->nfa, b->in->mounts, b->in->n_mounts, &b->superblocks);
	if (r >= 0)
		r = fixed_start(b, START_ROOT, NFA_FILES, "/");
	if (r >= 0)
		r = fixed_start(b, START_PROC, NFA_FILES, "/proc");
	if (r >= 0)
		r = fixed_start(b, START_EXE, NFA_EXES, "/");
	if (r >= 0)
		r = run_build(b);
	if (r == -E2BIG && b->limit == LIMIT_NONE && !b->verdicts.failed)
		b->limit = LIMIT_SIZE;
	return r;
}

/* --- blame -------------------------------------------------------------------------------------------- */

/* Whether the first n units fit; *limit is the bound they break. Other errors count as a fit: they are not to blame. */
static bool fits(const struct plan *plan, const struct compile_input *in, size_t n, enum automaton_limit *limit)
{
	struct build b = { .plan = plan, .in = in };
	bool fit = attempt(&b, n, NULL) != -E2BIG || b.limit == LIMIT_NONE;

	if (!fit)
		*limit = b.limit;
	build_done(&b);
	return fit;
}

/* Finds the unit that, added to those before it, breaks the bound, and says so. */
static int blame(const struct plan *plan, const struct compile_input *in, enum automaton_limit limit,
		 struct problem *problem)
{
	size_t good = 0, bad = plan->n;
	const struct unit *u;
	char shown[160], bound[32] = "its share of memory";

	if (!plan->n || !fits(plan, in, 0, &limit)) {
		problem_set(problem, 0, 0, "the mount table has more than %d file systems", EG_DEVS_MAX);
		return -E2BIG;
	}
	while (bad - good > 1) {
		size_t middle = good + (bad - good) / 2;

		*(fits(plan, in, middle, &limit) ? &good : &bad) = middle;
	}
	u = &plan->units[bad - 1];
	str_escape_to(shown, sizeof(shown), u->pattern);
	if (limit == LIMIT_STATES)
		(void)snprintf(bound, sizeof(bound), "%d states", EG_DFA_STATES_MAX);
	if (limit == LIMIT_BYTES)
		problem_set(problem, u->line, 0, "pattern \"%s\": with it the patterns tell apart more than %d "
			    "different characters; write '?' or '*' for rare ones", shown, EG_DFA_CLASSES);
	else
		problem_set(problem, u->line, 0, "pattern \"%s\": with it and the %zu before it the automaton grows "
			    "beyond %s; use fewer '*', '?' and '**' in it or begin it with a deeper directory", shown,
			    bad - 1, bound);
	return -E2BIG;
}

/* --- the result --------------------------------------------------------------------------------------- */

struct compiled *compiled_free(struct compiled *c)
{
	if (!c)
		return NULL;
	for (char **e = c->exe_patterns; e && *e; e++)
		free(*e);
	free(c->exe_patterns);
	free(c->rows);
	free(c->starts);
	free(c->rules);
	free(c);
	return NULL;
}
DEFINE_CLEANUP(struct compiled *, compiled_free)

static void fill_starts(struct compiled *c, const struct build *b)
{
	unsigned half = b->in->half;

	c->root_start = dfa_absolute(half, b->start_state[START_ROOT]);
	c->proc_start = dfa_absolute(half, b->start_state[START_PROC]);
	if (b->start_state[START_EXE])
		c->exe_start = dfa_absolute(half, b->start_state[START_EXE]);
	for (size_t i = 0; i < b->superblocks.n; i++) {
		c->starts[i].dev = b->superblocks.all[i].dev;
		c->starts[i].state = dfa_absolute(half, b->start_state[START_FIXED + i]);
	}
	c->n_starts = b->superblocks.n;
}

/* Moves the results out of the build and the plan. */
static int finish(struct build *b, struct plan *plan, struct compiled **ret)
{
	_cleanup_(compiled_freep) struct compiled *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->starts = calloc(b->superblocks.n + 1, sizeof(*c->starts));
	if (!c->starts)
		return -ENOMEM;
	fill_starts(c, b);
	c->rows = TAKE_PTR(b->automaton.rows);
	c->n_rows = b->automaton.n_rows;
	c->classes = b->automaton.classes;
	c->rules = TAKE_PTR(b->verdicts.lists);
	c->n_rules = b->verdicts.n;
	c->exe_patterns = TAKE_PTR(plan->exes);
	plan->n_exes = 0;
	c->gated_exe = plan->gated;
	c->broker_exe = plan->brokers;
	c->gate_all = plan->gate_all;
	*ret = TAKE_PTR(c);
	return 0;
}

/* Which file the line is in, and the column of the entry or rule that begins there. */
static int locate(const struct policy *p, struct problem *problem, int r)
{
	unsigned column = 0;

	if (!problem || !problem->line || !p->watchlist)
		return r;
	for (size_t i = 0; i < p->n_watches; i++)
		if (p->watches[i].line == problem->line)
			column = p->watches[i].column;
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].line == problem->line)
			column = p->rules[i].column;
	(void)snprintf(problem->file, sizeof(problem->file), "%s", p->watchlist);
	problem->column = column;
	return r;
}

int policy_compile(const struct policy *p, const struct compile_input *in, struct compiled **ret,
		   struct problem *problem)
{
	_cleanup_plan_ struct plan plan = {};
	_cleanup_(build_done) struct build b = { .plan = &plan, .in = in };
	int r = plan_init(&plan, p, problem);

	if (r < 0)
		return locate(p, problem, r);
	r = attempt(&b, plan.n, problem);
	if (r == -E2BIG && b.limit != LIMIT_NONE)
		r = blame(&plan, in, b.limit, problem);
	return r < 0 ? locate(p, problem, r) : finish(&b, &plan, ret);
}

const struct dfa_row *compiled_run(const struct compiled *c, unsigned half, uint32_t start, const char *path)
{
	uint32_t state = dfa_local(start);

	if (dfa_absolute(half, state) != start)
		return NULL;
	for (path += strspn(path, "/"); state && *path; path += strspn(path, "/")) {
		state = dfa_step(&c->rows[state], &c->classes, '/');
		for (; state && *path && *path != '/'; path++)
			state = dfa_step(&c->rows[state], &c->classes, (__u8)*path);
	}
	return state && state < c->n_rows ? &c->rows[state] : NULL;
}
