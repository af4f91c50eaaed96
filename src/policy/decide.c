/* SPDX-License-Identifier: Apache-2.0 */
#include "decide.h"

#include <string.h>

/* Strong classes in one process from which reading counts as collecting: an honest tool reads its own and git's. */
#define HARVEST_MIN 3

static bool proves(enum name_source s)
{
	return s == NAME_HOSTS || s == NAME_DNS_OTHER || s == NAME_DNS_OWN || s == NAME_LITERAL;
}

/* --- steps: each true when it speaks ----------------------------------------------------------------- */

static bool flagged(const struct policy *p, unsigned bit, unsigned flag)
{
	return bit < p->n_classes && (p->classes[bit].flags & flag);
}

static bool step_canary(const struct matter *m, struct decision *d)
{
	uint64_t rest;

	for (rest = m->q->label; rest; rest &= rest - 1)
		if (flagged(m->policy, (unsigned)__builtin_ctzll(rest), CLASS_CANARY))
			return settle(d, V_DENY, BECAUSE_CANARY);
	return false;
}

static bool rule_in_force(const struct rule *r, const struct matter *m)
{
	uint64_t label = m->q->label;

	if (!r->enabled || r->type != RULE_NETWORK || r->decision == V_NONE)
		return false;
	if (r->until_ms && r->until_ms <= m->now_ms)
		return false;
	/* Limited to classes of which none exists: the rule speaks of nothing, not of everything. */
	if (r->classes && !r->class_mask)
		return false;
	return !r->class_mask || (label && !(label & ~r->class_mask));
}

/* How specific the rule's match is; 0 = it does not match. The executable weighs more than any destination. */
static uint32_t rule_rank(const struct rule *r, const struct matter *m)
{
	struct dest_pattern pattern;
	uint32_t rank;

	if (!rule_in_force(r, m) || !subject_match(r->executable, m->q->who))
		return 0;
	if (dest_parse(r->resource, &pattern, NULL) < 0)
		return 0;
	rank = dest_rank(&pattern, r->decision == V_ALLOW ? &m->proven : m->q->to);
	return rank ? (uint32_t)r->exe_rank << 24 | rank : 0;
}

/* Which of two equally specific rules wins: the stricter. */
static unsigned strictness(enum verdict v)
{
	return v == V_DENY ? 2 : v == V_HOLD ? 1 : 0;
}

static bool step_rules(const struct matter *m, struct decision *d)
{
	const struct rule *best = NULL;
	uint32_t best_rank = 0;
	size_t i;

	for (i = 0; i < m->policy->n_rules; i++) {
		const struct rule *r = &m->policy->rules[i];
		uint32_t rank = rule_rank(r, m);

		if (rank > best_rank ||
		    (rank && rank == best_rank && strictness(r->decision) > strictness(best->decision))) {
			best = r;
			best_rank = rank;
		}
	}
	if (!best)
		return false;
	d->rule = best;
	return settle(d, best->decision, BECAUSE_RULE);
}

/* The label travels with a loopback connection to the process behind it and is judged where it leaves the machine. */
static bool step_loopback(const struct matter *m, struct decision *d)
{
	/* a stub resolver on loopback passes on what it is asked */
	if (m->q->to->question || (m->q->label && m->q->to->port == 53))
		return false;
	return (dest_match("127.0.0.0/8", m->q->to) || dest_match("::1", m->q->to)) &&
	       settle(d, V_ALLOW, BECAUSE_LOOPBACK);
}

static bool step_untainted(const struct matter *m, struct decision *d)
{
	return !m->q->label && settle(d, V_ALLOW, BECAUSE_UNTAINTED);
}

static bool step_harvest(const struct matter *m, struct decision *d)
{
	unsigned strong = 0;
	uint64_t rest;

	for (rest = m->q->label; rest; rest &= rest - 1)
		strong += !flagged(m->policy, (unsigned)__builtin_ctzll(rest), CLASS_WEAK);
	return strong >= HARVEST_MIN && settle(d, V_DENY, BECAUSE_HARVEST);
}

static bool any_reader(char *const *readers, const struct subject *who)
{
	for (; readers && *readers; readers++)
		if (subject_match(*readers, who))
			return true;
	return false;
}

static bool any_home(const char *const *homes, const struct dest *to)
{
	for (; homes && *homes; homes++)
		if (home_match(*homes, to))
			return true;
	return false;
}

/* A class says yes only to its own reader talking to its own home. */
static bool class_at_home(const struct matter *m, unsigned bit)
{
	const struct secret_class *c = &m->policy->classes[bit];

	if (bit >= m->policy->n_classes || !any_reader(c->readers, m->q->who))
		return false;
	return (c->flags & CLASS_ANYWHERE) || any_home((const char *const *)c->homes, &m->proven) ||
	       (m->q->own_homes && any_home(m->q->own_homes[bit], &m->proven));
}

static bool step_homes(const struct matter *m, struct decision *d)
{
	uint64_t rest;

	for (rest = m->q->label; rest; rest &= rest - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(rest);

		if (!(m->q->who->intact && class_at_home(m, bit)) && !ci_at_home(m, bit))
			return false;
	}
	return settle(d, V_ALLOW, BECAUSE_HOME);
}

/* Under a policy nobody is asked: what it lists, but what would take secrets elsewhere than home, is denied. */
static bool step_not_home(const struct matter *m, struct decision *d)
{
	return m->policy->ci && settle(d, V_DENY, BECAUSE_NOT_HOME);
}

/* The order of policy.h: the first that speaks wins. */
static bool (*const steps[])(const struct matter *, struct decision *) = {
	step_canary,   step_rules,    step_ci_blocked, step_loopback, step_ci_lists,
	step_untainted, step_harvest, step_homes,      step_not_home,
};

void decide(const struct policy *p, const struct query *q, uint64_t now_ms, struct decision *ret)
{
	struct matter m = { .policy = p, .q = q, .now_ms = now_ms, .proven = *q->to };
	struct decision d = { .verdict = V_HOLD, .reason = BECAUSE_UNKNOWN };
	size_t i;

	if (!proves(q->to->source))
		m.proven.name = NULL;
	m.proven.any_port = q->to->question;
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i](&m, &d))
			break;
	if (!p->enforce && d.verdict != V_ALLOW) {
		d.would_hold = true;
		d.verdict = V_ALLOW;
	}
	sentence_write(p, q, &d);
	*ret = d;
}

static int class_manners(const struct secret_class *c, const struct subject *who, bool reads)
{
	if (reads && !any_reader(c->readers, who))
		return MANNERS_NONE;
	if (any_reader(c->mute, who))
		return MANNERS_MUTE;
	return any_reader(c->makers, who) ? MANNERS_MAKER : MANNERS_NONE;
}

int policy_manners(const struct policy *p, const struct subject *who, uint64_t label, uint64_t read)
{
	int least = label && who->intact ? MANNERS_MUTE : MANNERS_NONE;

	for (; label && least; label &= label - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(label);
		int manners = bit < p->n_classes ? class_manners(&p->classes[bit], who, read & 1ull << bit) : MANNERS_NONE;

		least = MIN(least, manners);
	}
	return least;
}
