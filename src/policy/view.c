/* SPDX-License-Identifier: Apache-2.0 */
/* The policy as the kernel half can hold it: address sets, and which of them a subject has. */
#include "ci_index.h"
#include "decide.h"

size_t policy_sets(const struct policy *p)
{
	return p->ci ? p->ci->n_profiles + 1 : 0;
}

static const struct ci_index *index_of(const struct policy *p, size_t set)
{
	return set ? p->ci->profiles[set - 1].index : p->ci->index;
}

/* A rule of the watchlist that could speak for a process without a label. */
static bool has_rule(const struct policy *p, const struct subject *who)
{
	size_t i;

	for (i = 0; i < p->n_rules; i++) {
		const struct rule *r = &p->rules[i];

		if (r->enabled && r->type == RULE_NETWORK && r->decision != V_NONE && !r->classes &&
		    subject_match(r->executable, who))
			return true;
	}
	return false;
}

void policy_view(const struct policy *p, const struct subject *who, struct view *ret)
{
	const struct ci *ci = p->ci;
	struct ci_seen seen;
	bool unclear;

	*ret = (struct view){ .ask = true };
	if (!ci || has_rule(p, who))
		return;
	ci_see(ci, who, &seen);
	/* Blocked ranges and ports are for decide(): a set holds addresses that are allowed, the most exact one counts. */
	unclear = ci_index_has_ports(ci->blocked) || (ci->blocked && ci->blocked->n_nets) || seen.profiles > 1;
	*ret = (struct view){
		.set = seen.profiles ? seen.first + 1 : 0,
		.ask = seen.nobody || unclear,
		.deny = seen.chain,
		.no_list = !seen.profiles && !seen.process,
		.forks = seen.chain || !seen.chain_starts,
	};
	ret->closed = !ci_index_has_ports(index_of(p, ret->set));
}

bool policy_set_lists(const struct policy *p, size_t set, const char *name)
{
	return ci_index_lists(index_of(p, set), name);
}

bool policy_name_blocked(const struct policy *p, const char *name)
{
	return ci_index_lists(p->ci->blocked, name);
}

bool policy_is_metadata(const uint8_t addr[16])
{
	return ci_metadata(addr) >= 0;
}

int policy_set_ranges(const struct policy *p, size_t set, policy_range_fn fn, void *user)
{
	static const uint8_t any[16];
	const struct ci_index *x = index_of(p, set);
	const uint8_t *metadata;
	size_t i;
	int r = 0;

	if (ci_index_lists_all(x))
		r = fn(user, set, any, 0, false);
	for (i = 0; r >= 0 && x && i < x->n_nets; i++)
		if (!x->nets[i].port)
			r = fn(user, set, x->nets[i].addr, x->nets[i].prefix, false);
	for (i = 0; r >= 0 && (metadata = ci_metadata_addr(i)); i++)
		r = fn(user, set, metadata, 128, true);
	return r < 0 ? r : 0;
}
