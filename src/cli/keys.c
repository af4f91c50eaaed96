/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that answer a card. Nothing that fingers do by habit (space, arrows, a paste) may allow anything. */
#include "card.h"

#include <string.h>

#define KEY_ESCAPE 27
#define KEY_CTRL_C 3
#define KEY_CTRL_D 4
#define SPAN_FIRST 1 /* 0 is "once", which the plain letters mean */
#define SPAN_USUAL 2 /* 15m */

void keys_reset(struct keys *k, uint64_t now_ms)
{
	*k = (struct keys){ .shown_ms = now_ms, .scope = ANSWER_PROGRAM, .span = SPAN_USUAL };
}

/* Any destination for a program that carries a secret is asked for twice. */
static enum key_action allow(struct keys *k)
{
	if (k->scope == ANSWER_ANY && !k->confirming) {
		k->confirming = true;
		return KEY_CONFIRM;
	}
	return KEY_ALLOW;
}

static enum key_action choose(struct keys *k, char key)
{
	k->confirming = false;
	if (key >= '1' && key < '1' + _ANSWER_SCOPES)
		k->scope = (enum answer_scope)(key - '1');
	else
		k->span = answer_spans[k->span + 1] ? k->span + 1 : SPAN_FIRST;
	return KEY_CHANGED;
}

static enum key_action decide_key(struct keys *k, char key)
{
	switch (key) {
	case 'a':
	case 'A':
		k->once = key == 'a';
		return allow(k);
	case 'd':
	case 'D':
	case '\r':
	case '\n':
		k->once = key != 'D';
		return KEY_DENY;
	case '1':
	case '2':
	case '3':
	case '4':
	case 't':
		return choose(k, key);
	case KEY_ESCAPE:
		return KEY_LATER;
	case '\t':
		return KEY_NEXT;
	case '?':
		return KEY_HELP;
	default:
		return KEY_NONE;
	}
}

enum key_action keys_press(struct keys *k, const char *bytes, size_t n, uint64_t now_ms)
{
	if (n != 1)
		return KEY_NONE;
	if (bytes[0] == 'q' || bytes[0] == KEY_CTRL_C || bytes[0] == KEY_CTRL_D)
		return KEY_QUIT;
	if (now_ms < k->shown_ms + KEYS_QUIET_MS)
		return KEY_NONE;
	return decide_key(k, bytes[0]);
}

const char *keys_help(void)
{
	return "a allow once   d or Enter deny once   A/D allow/deny for longer   t how much longer\n"
	       "1-4 for whom: connection, process, program, any destination   Esc later   Tab next   q quit\n";
}
