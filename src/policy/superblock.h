/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Patterns speak of visible paths, the kernel walks a file's path inside its superblock. This is the translation: per
 * superblock, the set of the pattern graph that a walk from its root starts in.
 *
 * A mount shows the superblock's r/x as p/x. So the patterns alive after p wait at the end of a literal walk of r
 * (at once if r is the whole superblock). Several mounts of one superblock are a union; a mount hidden by a later one
 * only matches more. An exclusion that fits one visible name counts for the file, whatever its other names.
 * Private to policy/.
 */
#include "policy.h"
#include "nfa.h"

struct superblock {
	uint32_t dev;
	struct nfa_states start; /* empty: nothing on it can match */
};
struct superblocks {
	struct superblock *all; /* by dev */
	size_t n;
};

/* Adds what the mounts need to `nfa` (patterns and homes must be in it). Mounts whose root or mount point is not an
 * absolute path (namespace files, unreachable mounts) are passed over. *ret is the caller's (superblocks_done).
 * -ENOMEM, -E2BIG: beyond the graph's bounds or EG_DEVS_MAX. */
int superblocks_build(struct nfa *nfa, const struct mount_point *mounts, size_t n, struct superblocks *ret);
void superblocks_done(struct superblocks *s);
#define _cleanup_superblocks_ _cleanup_(superblocks_done)
