/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include <string.h>

/* What a name can carry out is what the asker chose of it: all but the domain that the other side had to register. */

const struct question_limits question_limits_default = {
	.bytes = 16,  /* two or three plain host names; not half of any key */
	.names = 8,
	.label = 24,
	.length = 64,
	.types = { 1, 28, 65, 64, 5, 33 }, /* A, AAAA, HTTPS, SVCB, CNAME, SRV: what connecting needs */
	.n_types = 6,
};

/* The start of the last label before `end`. */
static const char *label_before(const char *name, const char *end)
{
	while (end > name && end[-1] != '.')
		end--;
	return end;
}

const char *question_domain(const char *name)
{
	const char *end = name + strlen(name), *last = label_before(name, end), *second;

	if (last == name)
		return name;
	second = label_before(name, last - 1);
	/* "example.co.uk": a country and a short second level are one step */
	if (end - last == 2 && last - 1 - second <= 3 && second > name)
		return label_before(name, second - 1);
	return second;
}

unsigned question_cost(const char *name)
{
	const char *domain = question_domain(name), *s;
	unsigned cost = 0;

	for (s = name; s < domain; s++)
		if (*s != '.')
			cost += *s >= '0' && *s <= '9' ? 2 : 1; /* people's names have few digits, encoded bytes many */
	return cost;
}

static unsigned longest_label(const char *name)
{
	unsigned longest = 0, n;

	for (; *name; name += n + (name[n] == '.')) {
		n = (unsigned)strcspn(name, ".");
		longest = n > longest ? n : longest;
	}
	return longest;
}

bool question_plain(const struct question_limits *l, uint16_t type, const char *name)
{
	size_t i;

	for (i = 0; i < l->n_types && l->types[i] != type; i++)
		;
	return i < l->n_types && !strchr(name, '\\') && strlen(name) <= l->length && longest_label(name) <= l->label;
}
