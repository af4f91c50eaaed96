/* SPDX-License-Identifier: Apache-2.0 */
/* A report: rows in order of first sight. */
#include "inside.h"

#include <errno.h>

int report_new(struct report **ret)
{
	struct report *p = calloc(1, sizeof(*p));
	int r = p ? seen_init(&p->seen, REPORT_ROWS_MAX) : -ENOMEM;

	if (r < 0) {
		(void)report_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

struct report *report_free(struct report *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n; i++)
		(void)record_owned_free(p->owned[i]);
	free(p->rows);
	free(p->owned);
	seen_done(&p->seen);
	free(p);
	return NULL;
}

static int grow(struct report *p)
{
	size_t cap = p->cap ? 2 * p->cap : 64;
	struct report_row *rows = realloc(p->rows, cap * sizeof(*rows));
	struct record_owned **owned;

	if (!rows)
		return -ENOMEM;
	p->rows = rows;
	owned = realloc(p->owned, cap * sizeof(struct record_owned *));
	if (!owned)
		return -ENOMEM;
	p->owned = owned;
	p->cap = cap;
	return 0;
}

static int add_row(struct report *p, const struct record *r, const struct seen_key *key)
{
	struct report_row *row;
	int e = p->n == p->cap ? grow(p) : 0;

	if (e == 0)
		e = record_copy(r, &p->owned[p->n]);
	if (e < 0)
		return e;
	row = &p->rows[p->n];
	*row = (struct report_row){ .type = report_type_of(r), .outcome = report_outcome_of(r),
				    .first = record_of(p->owned[p->n]), .count = MAX(r->count, (uint64_t)1),
				    .last_ms = r->time_ms };
	return seen_add(&p->seen, key, (uint32_t)p->n++);
}

int report_add(struct report *p, const struct record *r)
{
	uint64_t n = MAX(r->count, (uint64_t)1);
	struct seen_key key;
	uint32_t at;
	int e = seen_key_of(&p->seen, r, &key);

	if (e < 0)
		return e;
	p->counts[report_type_of(r)][report_outcome_of(r)] += n;
	if (seen_find(&p->seen, &key, &at)) {
		p->rows[at].count += n;
		p->rows[at].last_ms = MAX(p->rows[at].last_ms, r->time_ms);
		return 0;
	}
	if (p->n == REPORT_ROWS_MAX) {
		p->beyond++;
		return 0;
	}
	return add_row(p, r, &key);
}

const struct report_row *report_row(const struct report *p, size_t i)
{
	return i < p->n ? &p->rows[i] : NULL;
}

uint64_t report_count(const struct report *p, enum report_type type, enum report_outcome outcome)
{
	return p->counts[type][outcome];
}

uint64_t report_total(const struct report *p, enum report_outcome outcome)
{
	uint64_t n = 0;

	for (int t = 0; t < _REPORT_TYPE_MAX; t++)
		n += p->counts[t][outcome];
	return n;
}

uint64_t report_beyond(const struct report *p)
{
	return p->beyond;
}
