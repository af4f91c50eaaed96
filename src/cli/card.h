/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A prompt on paper: evidence first, then what happens if nothing is done, then the words that answer it. And the keys
 * that answer it on a terminal. Both know nothing of sockets or terminals. Private to cli/.
 */
#include "answer.h"

/* Appends the card of one prompt (an object of the guard's "prompts" answer) as of now_ms (wall clock). Everything in
 * it that comes from outside is made safe. */
void card_format(const struct cli *c, const json_t *prompt, uint64_t now_ms, struct buf *out);

/* Typing ahead of the eye must not answer: keys count only when the card has been seen this long. */
#define KEYS_QUIET_MS 600

enum key_action { KEY_NONE, KEY_ALLOW, KEY_DENY, KEY_LATER, KEY_NEXT, KEY_HELP, KEY_QUIT, KEY_CHANGED, KEY_CONFIRM };

struct keys {
	uint64_t shown_ms;       /* when the card appeared, any monotonic clock */
	enum answer_scope scope;
	size_t span;             /* of Shift+A and Shift+D: index into answer_spans, never 0 ("once") */
	bool confirming;         /* "any destination" was asked for once */
	bool once;               /* result: the answer holds once, else for `span` */
};

/* Before each new card. */
void keys_reset(struct keys *k, uint64_t now_ms);
/* What was read from the terminal in one go. More than one byte is a paste or an escape sequence and means nothing. */
enum key_action keys_press(struct keys *k, const char *bytes, size_t n, uint64_t now_ms);
const char *keys_help(void);
