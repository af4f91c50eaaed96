/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * Running the path automaton: the one step that BPF and user space share, so that a path means the same in both.
 * The masks never change a value that user space wrote; they are the bound a BPF verifier needs to see.
 */
#include "dfa.h"

_Static_assert((EG_DFA_CLASSES & (EG_DFA_CLASSES - 1)) == 0, "the mask below needs a power of two");
_Static_assert((EG_DFA_STATES_MAX & (EG_DFA_STATES_MAX + 1)) == 0, "the mask below needs a power of two minus one");

/* Local state after one more byte of the path; 0 = dead. */
static inline __u32 dfa_step(const struct dfa_row *row, const struct dfa_classes *cls, __u8 byte)
{
	return row->next[cls->of[byte] & (EG_DFA_CLASSES - 1)];
}

/* Number under which a local state of that half is found in the maps. */
static inline __u32 dfa_absolute(__u32 half, __u32 local)
{
	return (half & 1) * (EG_DFA_STATES_MAX + 1) + (local & EG_DFA_STATES_MAX);
}

/* The inverse: local state of an absolute number. */
static inline __u32 dfa_local(__u32 absolute)
{
	return absolute & EG_DFA_STATES_MAX;
}
