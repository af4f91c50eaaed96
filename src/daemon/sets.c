/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's address sets in the kernel: its ranges, and the addresses that DNS and the hosts file give for its hosts.
 * Two generations: the one in force and the one being written, told apart by the set number.
 *
 * Failure stance: an entry that does not fit is one the kernel half asks about: `sets_full` makes every miss a question.
 */
#include <errno.h>
#include <string.h>

#include "inside.h"

static uint32_t set_number(unsigned half, size_t set)
{
	return (half & 1) * EG_SETS_MAX + (uint32_t)set;
}

uint32_t sets_number(const struct guard *g, size_t set)
{
	return set_number(g->sets_half, set);
}

static bool too_many(const struct policy *p)
{
	return policy_sets(p) >= EG_SET_RESOLVERS;
}

static int put(struct guard *g, unsigned half, size_t set, const uint8_t addr[16], unsigned prefix,
	       const struct set_entry *e)
{
	struct set_key k = { .prefix = 32 + prefix, .set = set_number(half, set) };
	int r;

	memcpy(k.addr, addr, 16);
	r = sensor_set_put(g->sensor, &k, e);
	if (r < 0)
		g->sets_full = true;
	return r;
}

/* --- ranges ------------------------------------------------------------------------------------------ */

struct writing {
	struct guard *g;
	const struct policy *p;
	unsigned half;
};

static int write_range(void *user, size_t set, const uint8_t addr[16], unsigned prefix, bool ask)
{
	struct writing *w = user;
	struct set_entry e = { .flags = ask ? SET_ASK : 0 };

	return put(w->g, w->half, set, addr, prefix, &e);
}

static int write_resolvers(struct writing *w)
{
	static const struct set_entry forever = {};
	const struct ci *ci = w->p->ci;
	struct resolver_list *l = &w->g->resolvers;
	uint8_t addr[16];
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++)
		if (ci_resolver(ci, l->addr[i], true))
			r = put(w->g, w->half, EG_SET_RESOLVERS, l->addr[i], 128, &forever);
	for (i = 0; r == 0 && ci->dns_servers && ci->dns_servers[i]; i++)
		if (addr_from_text(ci->dns_servers[i], addr) == 0)
			r = put(w->g, w->half, EG_SET_RESOLVERS, addr, 128, &forever);
	return r;
}

/* --- names ------------------------------------------------------------------------------------------- */

/* What the names of one address mean for one set. */
struct sum {
	const struct policy *p;
	size_t set, in, out;
	bool blocked, lasting;
	uint64_t until_ns;
};

static void sum_up(void *user, const char *name, uint64_t expires_ns)
{
	struct sum *s = user;

	if (policy_name_blocked(s->p, name)) {
		s->blocked = true;
	} else if (policy_set_lists(s->p, s->set, name)) {
		s->in++;
		s->lasting = s->lasting || !expires_ns;
		s->until_ns = MAX(s->until_ns, expires_ns);
	} else {
		s->out++;
	}
}

/* An address with a listed name is allowed; if another name may be meant, who asks what decides (decide()). */
static void write_name(struct writing *w, size_t set, const uint8_t addr[16], uint64_t now_ns)
{
	struct sum s = { .p = w->p, .set = set };
	struct set_key k = { .prefix = 160, .set = set_number(w->half, set) };
	struct set_entry e = {};

	names_of(w->g->names, addr, now_ns, sum_up, &s);
	if (!s.in && !s.blocked) {
		memcpy(k.addr, addr, 16);
		if (!policy_is_metadata(addr))
			(void)sensor_set_del(w->g->sensor, &k);
		return;
	}
	e.until_ns = s.lasting ? 0 : s.until_ns;
	if (s.out || s.blocked || names_crowded(w->g->names, addr) || policy_is_metadata(addr))
		e.flags = SET_ASK;
	(void)put(w->g, w->half, set, addr, 128, &e);
}

static void write_names(void *user, const uint8_t addr[16])
{
	struct writing *w = user;
	size_t i;

	for (i = 0; i < policy_sets(w->p); i++)
		write_name(w, i, addr, now_boot_ns());
}

void sets_named(struct guard *g, const uint8_t addr[16])
{
	struct writing w = { .g = g, .p = g->policy, .half = g->sets_half };

	if (g->policy && g->policy->ci && !too_many(g->policy))
		write_names(&w, addr);
}

void sets_renamed(struct guard *g)
{
	struct writing w = { .g = g, .p = g->policy, .half = g->sets_half };

	if (g->policy && g->policy->ci && !too_many(g->policy))
		names_each(g->names, write_names, &w);
}

/* --- generations ------------------------------------------------------------------------------------- */

static int drop_half(void *user, const void *key, const void *value)
{
	struct writing *w = user;
	const struct set_key *k = key;

	(void)value;
	if (k->set / EG_SETS_MAX == w->half)
		(void)sensor_set_del(w->g->sensor, k);
	return 0;
}

/* Writes the sets of p into the half that is not in force. The caller then puts p in force and calls sets_switch. */
int sets_prepare(struct guard *g, const struct policy *p)
{
	struct writing w = { .g = g, .p = p, .half = !g->sets_half };
	size_t i;
	int r = 0;

	(void)sensor_walk(g->sensor, SENSOR_SETS, drop_half, &w);
	if (!p->ci || too_many(p))
		return 0;
	for (i = 0; r == 0 && i < policy_sets(p); i++)
		r = policy_set_ranges(p, i, write_range, &w);
	if (r == 0)
		r = write_resolvers(&w);
	names_each(g->names, write_names, &w);
	return r;
}

void sets_switch(struct guard *g)
{
	struct writing old = { .g = g, .half = g->sets_half };

	g->sets_half = !g->sets_half;
	(void)sensor_walk(g->sensor, SENSOR_SETS, drop_half, &old);
	g->sets_full = false;
}

static int drop_expired(void *user, const void *key, const void *value)
{
	struct writing *w = user;
	const struct set_entry *e = value;

	/* an hour in which a late connect is asked about rather than refused */
	if (e->until_ns && e->until_ns + 3600000000000ull < now_boot_ns())
		(void)sensor_set_del(w->g->sensor, key);
	return 0;
}

void sets_expire(struct guard *g)
{
	struct writing w = { .g = g };

	if (g->policy->ci)
		(void)sensor_walk(g->sensor, SENSOR_SETS, drop_expired, &w);
}

/* What the kernel half may conclude from not finding an address. */
bool sets_complete(const struct guard *g)
{
	return !g->sets_full && !too_many(g->policy);
}
