/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A ring of structs linked through a member (private to enrich/). The head is a link of its own; an empty ring is a head
 * that points to itself. New links go to the end, so the first is the oldest. Nothing here owns memory.
 */
#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *prev, *next;
};

#define link_owner(l, type, member) ((type *)(void *)((char *)(l) - offsetof(type, member)))

static inline void link_init(struct link *l)
{
	l->prev = l->next = l;
}

static inline bool link_alone(const struct link *l)
{
	return l->next == l;
}

/* Taking a link out leaves it alone, so taking it out twice is harmless. */
static inline void link_drop(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	link_init(l);
}

static inline void link_append(struct link *head, struct link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void link_renew(struct link *head, struct link *l)
{
	link_drop(l);
	link_append(head, l);
}
