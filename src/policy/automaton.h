/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Subset construction: a pattern graph and the sets it is started in -> the rows of abi/dfa.h.
 *
 * Only reachable states are made. Everything is bounded: states and byte classes by the ABI, memory and time by a
 * budget, so that a pattern set that would explode is found after a fraction of a second, whatever it is.
 * Private to policy/.
 */
#include "../../abi/dfa.h"
#include "nfa.h"

/* Which bound -E2BIG was about. */
enum automaton_limit { LIMIT_NONE, LIMIT_STATES, LIMIT_BYTES, LIMIT_SIZE };

/* What a row means. `ids` (sorted, distinct, n > 0) are the patterns accepting in it; fills everything but `next`.
 * 0 or a negative errno that ends the construction. */
typedef int automaton_accept_fn(void *context, const uint32_t *ids, size_t n, struct dfa_row *row);

struct automaton {
	struct dfa_row *rows; /* rows[0] is dead */
	size_t n_rows;
	struct dfa_classes classes;
	unsigned n_classes;
};

/* Builds from `n` start sets; start_state[i] is the local state of starts[i]. *ret is the caller's (automaton_done). On
 * failure nothing is changed but *ret_limit: -ENOMEM, -E2BIG, or what `accept` said. */
int automaton_build(struct nfa *nfa, const struct nfa_states *const *starts, size_t n, uint32_t *start_state,
		    automaton_accept_fn *accept, void *context, struct automaton *ret, enum automaton_limit *ret_limit);
void automaton_done(struct automaton *a);
#define _cleanup_automaton_ _cleanup_(automaton_done)
