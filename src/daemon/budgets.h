/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How many unknown bytes were asked for (private to daemon/): by each process tree with each label, for each domain by all
 * trees together (a secret read again by a new tree buys nothing), and by each user in all.
 *
 * Bounded: BUDGETS_MAX accounts. None is given up for another one, only after a day without use: when all are taken, new
 * trees have no budget, and every question that nothing allows is asked about.
 */
#include "inside.h"

enum { BUDGETS_MAX = 4096 };

struct budget_key {
	pid_t pid; /* root of the tree */
	uint64_t start_ns, label;
	uid_t uid;
};

struct budgets *budgets_new(void); /* NULL: no memory */
struct budgets *budgets_free(struct budgets *b);
/* True if the question is within the budget; then it is charged. */
bool budgets_take(struct budgets *b, const struct question_limits *l, const struct budget_key *k, const char *name,
		  uint16_t type, uint64_t now_ns);
