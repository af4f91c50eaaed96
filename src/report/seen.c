/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "../enrich/enrich.h"

int seen_init(struct seen *s, size_t rows_max)
{
	size_t cap = 64;

	while (cap < 2 * rows_max)
		cap *= 2;
	*s = (struct seen){ .slot = calloc(cap, sizeof(*s->slot)), .cap = cap };
	if (!s->slot)
		return -ENOMEM;
	return getrandom(s->secret, sizeof(s->secret), 0) == sizeof(s->secret) ? 0 : -EIO;
}

void seen_done(struct seen *s)
{
	free(TAKE_PTR(s->slot));
}

void seen_clear(struct seen *s)
{
	memset(s->slot, 0, s->cap * sizeof(*s->slot));
	s->n = 0;
}

static void part(struct buf *b, const char *s)
{
	buf_adds(b, s ? s : "");
	buf_addc(b, 0);
}

/* Lengths cannot be confused: each part ends with a NUL, which no part contains. */
static void identity(struct buf *b, const struct record *r)
{
	buf_addf(b, "%d %d %u %llu", (int)report_type_of(r), (int)report_outcome_of(r), r->pid,
		 (unsigned long long)r->start_ns);
	buf_addc(b, 0);
	switch (report_type_of(r)) {
	case REPORT_NETWORK:
		part(b, r->destination);
		part(b, r->address);
		part(b, r->name);
		part(b, r->proto);
		buf_addf(b, "%u", r->port);
		break;
	case REPORT_DNS:
		part(b, r->name);
		part(b, r->destination);
		part(b, r->reason);
		break;
	case REPORT_FILE:
		part(b, r->path);
		part(b, r->reason);
		break;
	case REPORT_PROCESS:
	case REPORT_OTHER:
	case _REPORT_TYPE_MAX:
		buf_addf(b, "%llu", (unsigned long long)r->id);
		break;
	}
}

int seen_key_of(const struct seen *s, const struct record *r, struct seen_key *ret)
{
	_cleanup_buf_ struct buf b = { 0 };

	identity(&b, r);
	if (buf_error(&b))
		return buf_error(&b);
	for (size_t i = 0; i < 2; i++)
		ret->half[i] = siphash(s->secret[i], b.data, b.len);
	return 0;
}

static size_t place_of(const struct seen *s, const struct seen_key *key)
{
	size_t i = key->half[0] & (s->cap - 1);

	while (s->slot[i].row && memcmp(&s->slot[i].key, key, sizeof(*key)) != 0)
		i = (i + 1) & (s->cap - 1);
	return i;
}

bool seen_find(const struct seen *s, const struct seen_key *key, uint32_t *ret_row)
{
	size_t i = place_of(s, key);

	if (s->slot[i].row)
		*ret_row = s->slot[i].row - 1;
	return s->slot[i].row != 0;
}

int seen_add(struct seen *s, const struct seen_key *key, uint32_t row)
{
	size_t i;

	if (2 * s->n >= s->cap)
		return -ENOSPC;
	i = place_of(s, key);
	s->slot[i].key = *key;
	s->slot[i].row = row + 1;
	s->n++;
	return 0;
}
