/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy.yaml says about a flow or a start.
 *
 * A list of destinations is a ceiling, not a blessing: what carries secrets must be listed and go home besides. Failure
 * stance: a process of which nothing at all is known could be anybody, so it is denied as soon as the policy tells
 * processes apart.
 */
#include <string.h>

#include "ci_index.h"
#include "decide.h"

static bool settle_ci(struct decision *d, enum verdict v, enum reason r, const char *key, const char *entry)
{
	d->key = key;
	d->entry = entry;
	return settle(d, v, r);
}

static bool deny(struct decision *d, enum reason r, const char *key, const char *entry)
{
	return settle_ci(d, V_DENY, r, key, entry);
}

/* --- chains ------------------------------------------------------------------------------------------ */

/* Too many to be remembered: any name may be among them. */
static bool is_unknown(const char *ancestor)
{
	return streq(ancestor, "?");
}

static bool has_ancestor(const struct subject *who, const char *pattern)
{
	return names_rank(pattern, who->ancestors, who->n_ancestors) > 0 ||
	       (who->n_ancestors && is_unknown(who->ancestors[who->n_ancestors - 1]));
}

static bool chain_matches(const struct ci_chain *c, const struct subject *who)
{
	char *const *a;

	if (!subject_match(c->process, who))
		return false;
	for (a = c->ancestors; *a; a++)
		if (!has_ancestor(who, *a))
			return false;
	return true;
}

static const struct ci_chain *find_chain(const struct ci *ci, const struct subject *who, enum ci_action least)
{
	size_t i;

	for (i = 0; i < ci->n_chains; i++)
		if (ci->chains[i].action >= least && chain_matches(&ci->chains[i], who))
			return &ci->chains[i];
	return NULL;
}

/* --- profiles ---------------------------------------------------------------------------------------- */

/* Whose profile counts: the process's own, else that of the nearest ancestor that has one; there the most exact pattern
 * (npm before node for what is both). Several profiles with that place and rank count together. */
struct under {
	unsigned rank; /* 0 = no profile */
	bool own;
	bool unknown; /* there were ancestors of which nothing is known any more, and no nearer one has a profile */
	const char *const *names; /* the ancestor's; own: not used */
	size_t n;
};

static size_t same_ancestor(const struct subject *who, size_t i)
{
	size_t end = i + 1;

	while (who->ancestor_of && end < who->n_ancestors && who->ancestor_of[end] == who->ancestor_of[i])
		end++;
	return end;
}

static unsigned rank_under(const struct ci_profile *f, const struct subject *who, const struct under *u)
{
	if (u->own)
		return subject_rank(f->process, who);
	return f->children ? names_rank(f->process, u->names, u->n) : 0;
}

static unsigned best_rank(const struct ci *ci, const struct subject *who, const struct under *u)
{
	unsigned best = 0, rank;
	size_t i;

	for (i = 0; i < ci->n_profiles; i++) {
		rank = rank_under(&ci->profiles[i], who, u);
		best = MAX(best, rank);
	}
	return best;
}

static struct under find_profile(const struct ci *ci, const struct subject *who)
{
	struct under u = { .own = true };
	size_t i, end;

	if (!ci->n_profiles)
		return u;
	u.rank = best_rank(ci, who, &u);
	u.own = u.rank > 0;
	for (i = 0; !u.rank && i < who->n_ancestors; i = end) {
		end = same_ancestor(who, i);
		u.names = who->ancestors + i;
		u.n = end - i;
		u.rank = best_rank(ci, who, &u);
		u.unknown = !u.rank && is_unknown(who->ancestors[i]);
	}
	return u;
}

/* The entry of the profile that lists the destination; *ret_first: a profile that counts. */
static const struct ci_entry *profile_lists(const struct matter *m, const struct under *u, const struct ci_profile **ret_first)
{
	const struct ci *ci = m->policy->ci;
	const struct ci_entry *e;
	size_t i;

	*ret_first = NULL;
	for (i = 0; i < ci->n_profiles; i++) {
		const struct ci_profile *f = &ci->profiles[i];

		if (rank_under(f, m->q->who, u) != u->rank)
			continue;
		*ret_first = *ret_first ? *ret_first : f;
		e = ci_index_find(f->index, &m->proven);
		if (e) {
			*ret_first = f;
			return e;
		}
	}
	return NULL;
}

/* --- destinations ------------------------------------------------------------------------------------ */

static bool is_dns(const struct dest *to)
{
	return to->port == 53 && (to->proto == 6 || to->proto == 17);
}

bool ci_resolver(const struct ci *ci, const uint8_t addr[16], bool system)
{
	struct dest_pattern d;
	char *const *s;

	if (!ci->dns_given)
		return system;
	for (s = ci->dns_servers; s && *s; s++)
		if (dest_parse(*s, &d, NULL) == 0 && memcmp(d.addr, addr, 16) == 0)
			return true;
	return false;
}

/* Only by its own address or the switch: no name and no range around it lets anybody in. */
static bool metadata_denied(const struct ci *ci, const struct ci_index *listed, const struct dest *to)
{
	int i = ci_metadata(to->addr);

	return i >= 0 && ci->metadata != SAID_YES && !(listed && listed->metadata & 1u << i);
}

static bool process_allowed(const struct ci *ci, const struct subject *who)
{
	char *const *p;

	for (p = ci->processes; p && *p; p++)
		if (subject_match(*p, who))
			return true;
	return !ci->processes;
}

/* Allows what carries nothing; the rest goes on to be asked whether it goes home. */
static bool listed(const struct matter *m, struct decision *d, const struct ci_entry *e)
{
	d->key = e->key;
	d->entry = e->text;
	return !m->q->label && settle(d, V_ALLOW, BECAUSE_LISTED);
}

static bool by_profile(const struct matter *m, const struct under *u, struct decision *d)
{
	const struct ci_profile *f;
	const struct ci_entry *e = profile_lists(m, u, &f);

	if (!e)
		return deny(d, BECAUSE_PROFILE, "network.profiles", f->process);
	if (metadata_denied(m->policy->ci, f->index, &m->proven))
		return deny(d, BECAUSE_METADATA, "network.allow_metadata", NULL);
	return listed(m, d, e);
}

static bool by_lists(const struct matter *m, struct decision *d)
{
	static const struct ci_entry metadata = { "network.allow_metadata", "true" };
	const struct ci *ci = m->policy->ci;
	const struct ci_entry *e;

	if (metadata_denied(ci, ci->index, &m->proven))
		return deny(d, BECAUSE_METADATA, "network.allow_metadata", NULL);
	if (!process_allowed(ci, m->q->who))
		return deny(d, BECAUSE_PROCESS, "network.allowed_processes", NULL);
	e = ci_index_find(ci->index, &m->proven);
	if (!e && ci->metadata == SAID_YES && ci_metadata(m->proven.addr) >= 0)
		e = &metadata;
	return e ? listed(m, d, e) : deny(d, BECAUSE_UNLISTED, NULL, NULL);
}

/* Somebody who had to be told apart cannot be. */
static bool deny_unknown(struct decision *d)
{
	return deny(d, BECAUSE_PROCESS, NULL, NULL);
}

static bool is_nobody(const struct subject *who)
{
	return who->pid > 0 && !who->exe && !who->comm && !who->n_names;
}

/* --- steps ------------------------------------------------------------------------------------------- */

bool step_ci_blocked(const struct matter *m, struct decision *d)
{
	const struct ci *ci = m->policy->ci;
	const struct ci_chain *c;
	const struct ci_entry *e;

	if (!ci)
		return false;
	e = ci_index_find(ci->blocked, m->q->to);
	if (e)
		return deny(d, BECAUSE_UNLISTED, e->key, e->text);
	c = find_chain(ci, m->q->who, CI_CONNECT);
	return c && deny(d, BECAUSE_CHAIN, "process.blocked_chains", c->process);
}

bool step_ci_lists(const struct matter *m, struct decision *d)
{
	const struct ci *ci = m->policy->ci;
	struct under u;

	if (!ci)
		return false;
	if (is_nobody(m->q->who) && (ci->n_chains || ci->n_profiles || ci->processes))
		return deny_unknown(d);
	if (is_dns(m->q->to)) {
		if (ci_resolver(ci, m->q->to->addr, m->q->to->resolver))
			return !m->q->label && settle_ci(d, V_ALLOW, BECAUSE_RESOLVER, "dns.allowed_servers", NULL);
		if (ci->dns_given)
			return deny(d, BECAUSE_DNS_SERVER, "dns.allowed_servers", NULL);
	}
	u = find_profile(ci, m->q->who);
	if (u.unknown)
		return deny_unknown(d);
	return u.rank ? by_profile(m, &u, d) : by_lists(m, d);
}

bool ci_at_home(const struct matter *m, unsigned bit)
{
	const struct ci *ci = m->policy->ci;
	size_t i;

	for (i = 0; ci && i < ci->n_homes; i++) {
		const struct ci_home *h = &ci->homes[i];

		if ((h->mask & 1ull << bit) && (!h->process || subject_match(h->process, m->q->who)) &&
		    ci_index_find(h->index, &m->proven))
			return true;
	}
	return false;
}

/* --- starts ------------------------------------------------------------------------------------------ */

static bool find_start(const struct ci *ci, const struct subject *who, struct decision *d)
{
	const struct ci_chain *c;
	char *const *x;

	for (x = ci->blocked_executables; x && *x; x++)
		if (subject_match(*x, who))
			return deny(d, BECAUSE_EXECUTABLE, "process.blocked_executables", *x);
	c = find_chain(ci, who, CI_EXEC);
	return c && deny(d, BECAUSE_CHAIN, "process.blocked_chains", c->process);
}

void decide_exec(const struct policy *p, const struct subject *who, struct decision *ret)
{
	struct decision d = { .verdict = V_ALLOW, .reason = BECAUSE_UNTAINTED };

	if (p->ci && find_start(p->ci, who, &d) && !p->enforce) {
		d.would_hold = true;
		d.verdict = V_ALLOW;
	}
	sentence_start(who, &d);
	*ret = d;
}

void ci_see(const struct ci *ci, const struct subject *who, struct ci_seen *ret)
{
	struct under u = find_profile(ci, who);
	size_t i;

	*ret = (struct ci_seen){
		.nobody = is_nobody(who),
		.chain = find_chain(ci, who, CI_CONNECT) != NULL,
		.process = process_allowed(ci, who),
	};
	for (i = 0; i < ci->n_chains && !ret->chain_starts; i++)
		ret->chain_starts = subject_match(ci->chains[i].process, who);
	for (i = ci->n_profiles; u.rank && i > 0; i--)
		if (rank_under(&ci->profiles[i - 1], who, &u) == u.rank) {
			ret->profiles++;
			ret->first = i - 1;
		}
}
