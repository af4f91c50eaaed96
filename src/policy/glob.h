/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A path pattern: text -> tokens, and a slow reference matcher that says what the text means.
 *
 *   *        any run of bytes of one component, none included; leading dots too
 *   ?        one byte      [a-z] [!a-z] [^a-z]  one byte of (not of) a set, ASCII members
 *   \x       x itself
 *   **       as a whole component: any number of components, none included
 *   x/       the directory x and everything below it, same as x/ followed by **
 *   ~  ~/x   every home directory      ~user/x  that user's home      ** first: from the root
 *
 * Nothing but ** crosses '/'. Empty components are ignored, "." and ".." are refused: the automaton never meets them.
 * Private to policy/ except glob_check, which the parsers of pattern files use.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/base.h"

enum { GLOB_MAX = 4095 }; /* bytes of a pattern: PATH_MAX without its NUL */

enum glob_base { GLOB_ROOT, GLOB_HOMES, GLOB_USER };
enum glob_kind {
	GLOB_BYTE, /* exactly `byte` */
	GLOB_SET,  /* one byte of `set` */
	GLOB_STAR, /* any bytes but '/' */
	GLOB_DEEP, /* any number of ("/" component) */
};

/* Bit b of has[b / 64]; never '/' nor NUL. */
struct glob_set {
	uint64_t has[4];
};
struct glob_token {
	enum glob_kind kind;
	uint8_t byte;
	struct glob_set set;
};

/* What follows the base, as tokens. A component other than ** is a GLOB_BYTE '/' and its own tokens. */
struct glob {
	enum glob_base base;
	char *user; /* GLOB_USER only */
	struct glob_token *token;
	size_t n;
};

static inline bool glob_set_has(const struct glob_set *set, uint8_t byte)
{
	return set->has[byte / 64] >> (byte % 64) & 1;
}

/* Fills *ret (glob_done by the caller). -EINVAL with *problem (may be NULL; its place is 0:0), -ENOMEM. */
int glob_parse(const char *pattern, struct glob *ret, struct problem *problem);
void glob_done(struct glob *g);
#define _cleanup_glob_ _cleanup_(glob_done)

/* 0, -EINVAL with *problem (may be NULL) or -ENOMEM: whether `pattern` may stand in a watchlist. `~user` is not looked
 * up here. */
int glob_check(const char *pattern, struct problem *problem);

/* Whether the well-formed `pattern` matches `path`: absolute, without empty components. `home` stands for every '~' and
 * '~user'; NULL = such patterns match nothing. Exponential in the number of stars: for tests. */
bool glob_ref_match(const char *pattern, const char *home, const char *path);
