/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an accepting row says: classes, the watch that names it, and the ordered file rules, each distinct list once.
 *
 * Owner: policy_compile; the lists move into struct compiled. Private to policy/.
 */
#include "plan.h"

struct verdicts {
	const struct plan *plan;
	struct file_rules *lists; /* lists[0] unused */
	size_t n, cap;
	struct problem *problem;
	bool failed; /* *problem says why */
};

int verdicts_init(struct verdicts *v, const struct plan *plan, struct problem *problem);
void verdicts_done(struct verdicts *v);
#define _cleanup_verdicts_ _cleanup_(verdicts_done)

/* automaton_accept_fn with a struct verdicts as context; ids are indices of units. */
int verdicts_accept(void *context, const uint32_t *ids, size_t n, struct dfa_row *row);
