/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The steps of decide(), private to policy/. Each is given the matter and speaks (true, the decision filled) or passes it
 * on (false, the verdict as it was).
 */
#include "match.h"

/* What a decision is made from. */
struct matter {
	const struct policy *policy;
	const struct query *q;
	uint64_t now_ms;
	/* q->to without a name that only the other end (PTR) or the program itself (SNI) vouches for. What loosens is
	 * matched against this, what tightens against q->to: a forged name may close doors but opens none. */
	struct dest proven;
};

static inline bool settle(struct decision *d, enum verdict v, enum reason r)
{
	d->verdict = v;
	d->reason = r;
	return true;
}

/* Denies what policy.yaml rules out by name: blocked hosts and chains. Loopback included: who must not talk, must not. */
bool step_ci_blocked(const struct matter *m, struct decision *d);
/* Resolvers, profile, metadata, processes, lists: denies, or allows what carries nothing, or passes on what carries
 * something and is listed. */
bool step_ci_lists(const struct matter *m, struct decision *d);
/* A class is at home there because policy.yaml says so. */
bool ci_at_home(const struct matter *m, unsigned bit);

/* How policy.yaml sees a subject: what of it does not depend on the destination. */
struct ci_seen {
	bool nobody;       /* not known well enough to tell processes apart */
	bool chain;        /* a blocked chain matches */
	bool chain_starts; /* a chain's process matches, whatever the ancestors */
	bool process;      /* allowed_processes allows it */
	size_t profiles;   /* how many count together */
	size_t first;      /* the first of them */
};
void ci_see(const struct ci *ci, const struct subject *who, struct ci_seen *ret);
