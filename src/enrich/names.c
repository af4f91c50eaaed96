/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "../base/base.h"
#include "link.h"
#include "proctab.h"
#include "queries.h"
#include "siphash.h"

enum { BUCKETS = 16384, SERVERS_MAX = 16 };
static const uint64_t SECOND_NS = 1000000000;

/* One name of one address, as one process (or the hosts file) learned it. */
struct entry {
	struct link of_host; /* struct host.entries, oldest first */
	struct link by_use;  /* struct names.used; alone for hosts-file entries, which are replaced together */
	struct host *host;
	enum name_how how;   /* HOW_HOSTS or HOW_DNS_OTHER; whether it is our own depends on who asks */
	pid_t pid;           /* who asked; 0 = not known */
	uint64_t start_ns, learned_ns, expires_ns;
	char *chain;         /* NULL = none */
	char name[];
};

/* One address. */
struct host {
	struct host *next; /* in the bucket */
	struct link entries;
	size_t n_entries;
	bool crowded; /* a name was refused or given up: nobody can say the others are all there are */
	uint8_t addr[ADDR_LEN];
};

struct names {
	struct host *buckets[BUCKETS];
	struct link used; /* entries from DNS, least recently used first */
	struct queries *queries;
	uint8_t servers[SERVERS_MAX][ADDR_LEN];
	size_t n_servers;
	uint8_t key[16];
	struct names_stats stats;
};

const char *name_how_text(enum name_how how)
{
	static const char *const texts[_HOW_MAX] = {
		[HOW_NONE] = "none",
		[HOW_HOSTS] = "hosts",
		[HOW_DNS_OTHER] = "dns-other",
		[HOW_DNS_OWN] = "dns-own",
	};

	return (unsigned)how < _HOW_MAX ? texts[how] : "none";
}

int names_new(struct names **ret)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	link_init(&n->used);
	if (getrandom(n->key, sizeof(n->key), 0) != sizeof(n->key)) {
		free(n);
		return -EIO;
	}
	n->queries = queries_new(n->key);
	if (!n->queries) {
		free(n);
		return -ENOMEM;
	}
	*ret = n;
	return 0;
}

void names_set_resolvers(struct names *n, const uint8_t (*servers)[ADDR_LEN], size_t count)
{
	n->n_servers = MIN(count, (size_t)SERVERS_MAX);
	if (n->n_servers)
		memcpy(n->servers, servers, n->n_servers * ADDR_LEN);
}

/* --- addresses and their entries ---------------------------------------------------------------------- */

/* Where the pointer to this address is, or would be. */
static struct host **host_slot(struct names *n, const uint8_t addr[ADDR_LEN])
{
	struct host **at = &n->buckets[siphash(n->key, addr, ADDR_LEN) % BUCKETS];

	while (*at && memcmp((*at)->addr, addr, ADDR_LEN) != 0)
		at = &(*at)->next;
	return at;
}

static struct host *host_get(struct names *n, const uint8_t addr[ADDR_LEN])
{
	struct host **slot = host_slot(n, addr);

	if (*slot)
		return *slot;
	*slot = calloc(1, sizeof(**slot));
	if (!*slot)
		return NULL;
	link_init(&(*slot)->entries);
	memcpy((*slot)->addr, addr, ADDR_LEN);
	return *slot;
}

static void host_drop_if_empty(struct names *n, struct host *h)
{
	struct host **slot;

	if (h->n_entries)
		return;
	slot = host_slot(n, h->addr);
	*slot = h->next;
	free(h);
}

static void entry_drop(struct names *n, struct entry *e)
{
	struct host *h = e->host;

	if (e->how == HOW_HOSTS)
		n->stats.hosts--;
	else
		n->stats.entries--;
	link_drop(&e->of_host);
	link_drop(&e->by_use);
	h->n_entries--;
	free(e->chain);
	free(e);
	host_drop_if_empty(n, h);
}

struct names *names_free(struct names *n)
{
	size_t i;

	if (!n)
		return NULL;
	for (i = 0; i < BUCKETS; i++)
		while (n->buckets[i])
			entry_drop(n, link_owner(n->buckets[i]->entries.next, struct entry, of_host));
	queries_free(n->queries);
	free(n);
	return NULL;
}

static struct entry *entry_find(struct host *h, const char *name, enum name_how how, pid_t pid, uint64_t start_ns)
{
	struct link *l;

	for (l = h->entries.next; l != &h->entries; l = l->next) {
		struct entry *e = link_owner(l, struct entry, of_host);

		if (e->how == how && e->pid == pid && e->start_ns == start_ns && streq(e->name, name))
			return e;
	}
	return NULL;
}

/* Gives an entry up for want of room. If it was the only one with its name, nobody can say any more that the names left
 * are all there are. */
static void entry_evict(struct names *n, struct entry *e)
{
	struct host *h = e->host;
	bool alone = true, same = false;
	struct link *l;

	for (l = h->entries.next; l != &h->entries; l = l->next) {
		const struct entry *other = link_owner(l, struct entry, of_host);

		if (other != e) {
			alone = false;
			same = same || streq(other->name, e->name);
		}
	}
	if (!alone && !same)
		h->crowded = true;
	n->stats.evicted++;
	entry_drop(n, e);
}

/* What may go first for a new entry: another process's of the same name, then one that has expired. A live other name
 * may not: it is what says "ambiguous". */
static struct entry *least_needed(struct host *h, const char *name, uint64_t now_ns)
{
	struct entry *expired = NULL;
	struct link *l;

	for (l = h->entries.next; l != &h->entries; l = l->next) {
		struct entry *e = link_owner(l, struct entry, of_host);

		if (e->how == HOW_HOSTS)
			continue;
		if (streq(e->name, name))
			return e;
		if (!expired && e->expires_ns < now_ns)
			expired = e;
	}
	return expired;
}

static bool make_room(struct names *n, struct host *h, const char *name, uint64_t now_ns)
{
	struct entry *e;

	if (h->n_entries < NAMES_PER_ADDR_MAX)
		return true;
	e = least_needed(h, name, now_ns);
	if (e) {
		entry_evict(n, e);
		return true;
	}
	h->crowded = true;
	n->stats.crowded++;
	return false;
}

static struct entry *entry_new(struct host *h, const char *name, enum name_how how)
{
	size_t len = strlen(name) + 1;
	struct entry *e = calloc(1, sizeof(*e) + len);

	if (!e)
		return NULL;
	memcpy(e->name, name, len);
	e->host = h;
	e->how = how;
	link_init(&e->by_use);
	link_append(&h->entries, &e->of_host);
	h->n_entries++;
	return e;
}

/* --- learning ----------------------------------------------------------------------------------------- */

static bool is_resolver(const struct names *n, const uint8_t server[ADDR_LEN])
{
	size_t i;

	for (i = 0; i < n->n_servers; i++)
		if (memcmp(n->servers[i], server, ADDR_LEN) == 0)
			return true;
	return n->n_servers == 0;
}

/* "_8443._https.x.test" asks about x.test (RFC 9460, 9.1). */
static const char *asked_name(const struct dns_message *m)
{
	const char *name = dns_text(m, m->question);

	if (m->qtype != DNS_TYPE_HTTPS && m->qtype != DNS_TYPE_SVCB)
		return name;
	while (name[0] == '_' && strchr(name, '.'))
		name = strchr(name, '.') + 1;
	return name;
}

static char *chain_text(const struct dns_chain *c)
{
	_cleanup_buf_ struct buf b = { 0 };
	size_t i;

	buf_init(&b, 0);
	for (i = 1; i < c->n && b.len + strlen(c->names[i]) + 3 < NAMES_CHAIN_MAX; i++)
		buf_addf(&b, "%s%s", i > 1 ? ", " : "", c->names[i]);
	return b.len ? buf_take(&b) : NULL;
}

/* Finds or makes the entry. *ret is NULL if the address is crowded. */
static int entry_get(struct names *n, const uint8_t addr[ADDR_LEN], const char *name, const struct names_peer *owner,
		     uint64_t now_ns, struct entry **ret)
{
	struct host *h = host_get(n, addr);
	struct entry *e;

	if (!h)
		return -ENOMEM;
	*ret = e = entry_find(h, name, HOW_DNS_OTHER, owner->pid, owner->start_ns);
	if (e || !make_room(n, h, name, now_ns))
		return 0;
	e = entry_new(h, name, HOW_DNS_OTHER);
	if (!e) {
		host_drop_if_empty(n, h);
		return -ENOMEM;
	}
	e->pid = owner->pid;
	e->start_ns = owner->start_ns;
	n->stats.entries++;
	*ret = e;
	return 0;
}

/* One address of an answer. Returns 1 if it was taken, 0 if not, -ENOMEM. */
static int learn_one(struct names *n, const struct names_peer *owner, const char *name, const uint8_t addr[ADDR_LEN],
		     const struct dns_chain *chain, uint64_t now_ns)
{
	uint32_t ttl = MIN(MAX(chain->ttl, (uint32_t)NAMES_TTL_MIN_S), (uint32_t)NAMES_TTL_MAX_S);
	struct entry *e = NULL;
	int r = entry_get(n, addr, name, owner, now_ns, &e);

	if (r < 0 || !e)
		return r;
	e->learned_ns = now_ns;
	e->expires_ns = now_ns + ttl * SECOND_NS;
	free(e->chain);
	e->chain = chain_text(chain);
	link_renew(&n->used, &e->by_use);
	n->stats.learned++;
	while (n->stats.entries > NAMES_MAX)
		entry_evict(n, link_owner(n->used.next, struct entry, by_use));
	return 1;
}

static int learn_all(struct names *n, const struct names_peer *owner, const struct dns_message *m, uint64_t now_ns)
{
	const char *name = asked_name(m);
	struct dns_chain chain;
	int r, taken = 0;
	size_t i;

	if (m->rcode != 0 || strlen(name) >= NAMES_TEXT_MAX)
		return 0;
	for (i = 0; i < m->n_answers; i++) {
		if (dns_chain(m, i, &chain) < 0)
			continue;
		r = learn_one(n, owner, name, m->answers[i].addr, &chain, now_ns);
		if (r < 0)
			return r;
		taken += r;
	}
	return taken;
}

int names_query(struct names *n, const struct names_peer *peer, const struct dns_message *query, uint64_t now_ns)
{
	if (query->response)
		return -EINVAL;
	return queries_add(n->queries, peer, query, now_ns);
}

int names_learn(struct names *n, const struct names_peer *peer, const struct dns_message *answer, bool require_query,
		uint64_t now_ns)
{
	struct names_peer owner = *peer;
	uint64_t start_ns = 0;
	pid_t pid = 0;
	bool asked;

	if (!answer->response)
		return -EINVAL;
	if (!is_resolver(n, peer->server)) {
		n->stats.foreign++;
		return -EPERM;
	}
	asked = queries_take(n->queries, peer, answer, now_ns, &pid, &start_ns);
	if (require_query && !asked) {
		n->stats.unasked++;
		return -ENOENT;
	}
	if (owner.pid == 0) {
		owner.pid = pid;
		owner.start_ns = start_ns;
	}
	return learn_all(n, &owner, answer, now_ns);
}

void names_clear_hosts(struct names *n)
{
	size_t i;

	for (i = 0; i < BUCKETS && n->stats.hosts; i++) {
		struct host *h, *next;

		for (h = n->buckets[i]; h; h = next) {
			struct link *l, *after;
			size_t left = h->n_entries;

			next = h->next;
			for (l = h->entries.next; left--; l = after) {
				struct entry *e = link_owner(l, struct entry, of_host);

				after = l->next;
				if (e->how == HOW_HOSTS)
					entry_drop(n, e); /* with the last one the address goes too: `left` ends it */
			}
		}
	}
}

int names_add_host(struct names *n, const uint8_t addr[ADDR_LEN], const char *name)
{
	struct host *h;

	if (strlen(name) >= NAMES_TEXT_MAX)
		return 0;
	if (n->stats.hosts >= NAMES_HOSTS_MAX)
		return -ENOSPC;
	h = host_get(n, addr);
	if (!h)
		return -ENOMEM;
	if (entry_find(h, name, HOW_HOSTS, 0, 0) || !make_room(n, h, name, 0))
		return 0;
	if (!entry_new(h, name, HOW_HOSTS)) {
		host_drop_if_empty(n, h);
		return -ENOMEM;
	}
	n->stats.hosts++;
	return 0;
}

/* --- looking up --------------------------------------------------------------------------------------- */

struct asker {
	pid_t pid;
	uint64_t start_ns, now_ns;
};

static bool is_live(const struct entry *e, uint64_t now_ns)
{
	return e->how == HOW_HOSTS || e->expires_ns >= now_ns;
}

static bool is_own(const struct entry *e, const struct asker *who)
{
	return e->pid != 0 && e->pid == who->pid && process_same_start(e->start_ns, who->start_ns);
}

/* Higher is better; the order names_lookup promises. */
static int rank(const struct entry *e, const struct asker *who)
{
	bool live = is_live(e, who->now_ns);

	if (is_own(e, who))
		return live ? 5 : 4;
	if (e->how == HOW_HOSTS)
		return 2;
	return live ? 3 : 1;
}

static void drop_outdated(struct names *n, struct host *h, uint64_t now_ns)
{
	struct link *l, *next;
	size_t left = h->n_entries;

	for (l = h->entries.next; left--; l = next) {
		struct entry *e = link_owner(l, struct entry, of_host);

		next = l->next;
		if (!is_live(e, now_ns) && now_ns - e->expires_ns > NAMES_STALE_S * SECOND_NS)
			entry_drop(n, e);
	}
}

static struct entry *best_entry(struct host *h, const struct asker *who)
{
	struct entry *best = NULL;
	struct link *l;

	for (l = h->entries.next; l != &h->entries; l = l->next) {
		struct entry *e = link_owner(l, struct entry, of_host);
		int better = best ? rank(e, who) - rank(best, who) : 1;

		if (better > 0 || (better == 0 && e->learned_ns >= best->learned_ns))
			best = e;
	}
	return best;
}

/* Another live name; for a stale best one any other name will do, since nothing says which of them is still true. */
static bool has_rival(const struct host *h, const struct entry *best, uint64_t now_ns)
{
	bool stale = !is_live(best, now_ns);
	const struct link *l;

	for (l = h->entries.next; l != &h->entries; l = l->next) {
		const struct entry *e = link_owner(l, struct entry, of_host);

		if ((stale || is_live(e, now_ns)) && !streq(e->name, best->name))
			return true;
	}
	return false;
}

int names_lookup(struct names *n, const uint8_t addr[ADDR_LEN], pid_t pid, uint64_t start_ns, uint64_t now_ns,
		 struct name_answer *ret)
{
	struct asker who = { pid, start_ns, now_ns };
	struct host *h = *host_slot(n, addr);
	struct entry *e;

	if (h)
		drop_outdated(n, h, now_ns);
	h = *host_slot(n, addr); /* it goes with its last entry */
	if (!h)
		return -ENOENT;
	e = best_entry(h, &who);
	*ret = (struct name_answer){
		.how = is_own(e, &who) ? HOW_DNS_OWN : e->how,
		.stale = !is_live(e, now_ns),
		.ambiguous = h->crowded || has_rival(h, e, now_ns),
		.age_ns = e->how == HOW_HOSTS || e->learned_ns > now_ns ? 0 : now_ns - e->learned_ns,
	};
	memcpy(ret->name, e->name, strlen(e->name) + 1);
	(void)snprintf(ret->chain, sizeof(ret->chain), "%s", e->chain ? e->chain : "");
	if (e->how != HOW_HOSTS)
		link_renew(&n->used, &e->by_use);
	return 0;
}

static const struct host *host_of(const struct names *n, const uint8_t addr[ADDR_LEN])
{
	return *host_slot((struct names *)n, addr);
}

void names_of(const struct names *n, const uint8_t addr[ADDR_LEN], uint64_t now_ns, names_fn fn, void *user)
{
	const struct host *h = host_of(n, addr);
	const struct link *l;

	for (l = h ? h->entries.next : NULL; h && l != &h->entries; l = l->next) {
		const struct entry *e = link_owner(l, struct entry, of_host);

		if (is_live(e, now_ns))
			fn(user, e->name, e->how == HOW_HOSTS ? 0 : e->expires_ns);
	}
}

bool names_crowded(const struct names *n, const uint8_t addr[ADDR_LEN])
{
	const struct host *h = host_of(n, addr);

	return h && h->crowded;
}

void names_each(const struct names *n, void (*fn)(void *user, const uint8_t addr[ADDR_LEN]), void *user)
{
	const struct host *h;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(n->buckets); i++)
		for (h = n->buckets[i]; h; h = h->next)
			fn(user, h->addr);
}

void names_get_stats(const struct names *n, struct names_stats *ret)
{
	*ret = n->stats;
}
