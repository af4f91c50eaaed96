/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"

#include <errno.h>
#include <string.h>

#define SLOTS_FIRST 64

/* FNV-1a, 32 bits: short, well spread, the same on every machine. */
static uint32_t hash(const char *s, uint32_t seed)
{
	uint32_t h = 2166136261u ^ seed;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ h >> 15;
}

static struct id_slot *find(struct id_slot *slots, size_t cap, const char *id)
{
	size_t i = hash(id, 0) & (cap - 1);

	while (slots[i].id && !streq(slots[i].id, id))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static int grow(struct ids *s)
{
	size_t cap = s->cap ? s->cap * 2 : SLOTS_FIRST, i;
	struct id_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < s->cap; i++)
		if (s->slots[i].id)
			*find(slots, cap, s->slots[i].id) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return 0;
}

void ids_done(struct ids *s)
{
	free(s->slots);
	*s = (struct ids){ 0 };
}

int ids_add(struct ids *s, const char *id, unsigned line, unsigned *ret_line)
{
	struct id_slot *slot;

	if (s->n * 2 >= s->cap && grow(s) < 0)
		return -ENOMEM;
	slot = find(s->slots, s->cap, id);
	if (slot->id) {
		*ret_line = slot->line;
		return -EEXIST;
	}
	*slot = (struct id_slot){ id, line };
	s->n++;
	return 0;
}

void ids_make(const struct ids *s, const char *content, char ret[ID_GENERATED + 1])
{
	uint32_t seed = 0;

	do {
		(void)snprintf(ret, ID_GENERATED + 1, "%08x", hash(content, seed++));
	} while (s->cap && find(s->slots, s->cap, ret)->id);
}
