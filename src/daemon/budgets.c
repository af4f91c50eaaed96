/* SPDX-License-Identifier: Apache-2.0 */
#include "budgets.h"

#include <string.h>

#define DAY_NS 86400000000000ull
#define DOMAIN_FACTOR 2
#define USER_FACTOR 16
#define NAMES_KEPT 16
#define NAME_KEPT 64

enum kind { TREE, DOMAIN, USER };

/* A name that a tree has asked for: the same for another type is free, once. */
struct asked {
	char name[NAME_KEPT + 1];
	uint16_t types; /* bit i: limits.types[i] */
};

struct account {
	struct account *next;
	enum kind kind;
	struct budget_key key; /* TREE, USER */
	char domain[NAME_KEPT + 1];
	uint64_t first_ns, used_ns;
	unsigned bytes, n_asked;
	struct asked asked[]; /* TREE: NAMES_KEPT */
};

struct budgets {
	struct account *accounts;
	unsigned n;
};

struct budgets *budgets_new(void)
{
	return calloc(1, sizeof(struct budgets));
}

struct budgets *budgets_free(struct budgets *b)
{
	struct account *a;

	while (b && (a = b->accounts)) {
		b->accounts = a->next;
		free(a);
	}
	free(b);
	return NULL;
}

static bool is_account(const struct account *a, enum kind kind, const struct budget_key *k, const char *domain)
{
	if (a->kind != kind)
		return false;
	if (kind == DOMAIN)
		return streq(a->domain, domain);
	if (kind == USER)
		return a->key.uid == k->uid;
	return a->key.pid == k->pid && a->key.start_ns == k->start_ns && a->key.label == k->label;
}

static struct account *account_new(struct budgets *b, enum kind kind, const struct budget_key *k, const char *domain,
				   uint64_t now_ns)
{
	size_t asked = kind == TREE ? NAMES_KEPT * sizeof(struct asked) : 0;
	struct account *a = b->n < BUDGETS_MAX ? calloc(1, sizeof(*a) + asked) : NULL;

	if (!a)
		return NULL;
	a->kind = kind;
	a->key = *k;
	(void)snprintf(a->domain, sizeof(a->domain), "%s", domain);
	a->first_ns = now_ns;
	a->next = b->accounts;
	b->accounts = a;
	b->n++;
	return a;
}

/* What domains and users spent is forgiven after a day; a tree's account lasts as long as it is used. */
static void forget(struct budgets *b, uint64_t now_ns)
{
	struct account **at = &b->accounts, *a;

	while ((a = *at)) {
		if (now_ns - (a->kind == TREE ? a->used_ns : a->first_ns) <= DAY_NS) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		free(a);
		b->n--;
	}
}

static struct account *account_of(struct budgets *b, enum kind kind, const struct budget_key *k, const char *domain,
				  uint64_t now_ns)
{
	struct account *a;

	for (a = b->accounts; a && !is_account(a, kind, k, domain); a = a->next)
		;
	if (!a)
		a = account_new(b, kind, k, domain, now_ns);
	if (a)
		a->used_ns = now_ns;
	return a;
}

static uint16_t type_bit(const struct question_limits *l, uint16_t type)
{
	size_t i;

	for (i = 0; i < l->n_types && l->types[i] != type; i++)
		;
	return i < l->n_types ? (uint16_t)(1u << i) : 0;
}

/* What asking costs: a new name its bytes and one, a known one nothing for another type, and one if it comes again:
 * the order in which names are repeated says something too. -1: too many names. */
static int price(struct account *tree, const struct question_limits *l, const char *name, uint16_t type,
		 struct asked **ret)
{
	unsigned i;

	for (i = 0; i < tree->n_asked; i++) {
		*ret = &tree->asked[i];
		if (streq((*ret)->name, name))
			return (*ret)->types & type_bit(l, type) ? 1 : 0;
	}
	if (i == MIN(l->names, (unsigned)NAMES_KEPT) || strlen(name) > NAME_KEPT)
		return -1;
	*ret = &tree->asked[i];
	return 1 + (int)question_cost(name);
}

bool budgets_take(struct budgets *b, const struct question_limits *l, const struct budget_key *k, const char *name,
		  uint16_t type, uint64_t now_ns)
{
	struct account *tree, *domain, *user;
	struct asked *asked = NULL;
	unsigned cost;
	int p;

	if (!question_plain(l, type, name))
		return false;
	forget(b, now_ns);
	tree = account_of(b, TREE, k, "", now_ns);
	domain = account_of(b, DOMAIN, k, question_domain(name), now_ns);
	user = account_of(b, USER, k, "", now_ns);
	p = tree && domain && user ? price(tree, l, name, type, &asked) : -1;
	if (p < 0)
		return false;
	cost = (unsigned)p;
	if (tree->bytes + cost > l->bytes || domain->bytes + cost > DOMAIN_FACTOR * l->bytes ||
	    user->bytes + cost > USER_FACTOR * l->bytes)
		return false;
	if (asked == &tree->asked[tree->n_asked]) {
		tree->n_asked++;
		(void)snprintf(asked->name, sizeof(asked->name), "%s", name);
	}
	asked->types |= type_bit(l, type);
	tree->bytes += cost;
	domain->bytes += cost;
	user->bytes += cost;
	return true;
}
