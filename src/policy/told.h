/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Who and where to, as a person tells it: for cases and comparisons, where nothing runs. Private to policy/.
 *
 * Owner: whoever made a struct told (told_done); its subject and destination borrow from it.
 */
#include "policy.h"

#define TOLD_ABOVE_MAX 32

struct told {
	struct subject_info *self, *above[TOLD_ABOVE_MAX];
	size_t n_above;
	const char **names; /* of all ancestors */
	uint8_t *of;
	struct subject who;
};

/* process: a path, or a name such as npm, python3, curl, which becomes what usually has that name (npm: node running
 * npm-cli.js). script: a file that it runs, or NULL. above: names, nearest first, NULL-terminated; may be NULL.
 * 0, -ENOMEM, -E2BIG: more ancestors than TOLD_ABOVE_MAX. */
int told_subject(const char *process, const char *script, char *const *above, struct told *ret);
void told_done(struct told *t);
#define _cleanup_told_ _cleanup_(told_done)

struct told_dest {
	struct dest to;
	char name[256];
};

/* text: host or address, perhaps with port (else 443). address: of a host, NULL = a public one that nobody has.
 * -EINVAL with *p. */
int told_dest(const char *text, const char *address, struct told_dest *ret, struct problem *p);
