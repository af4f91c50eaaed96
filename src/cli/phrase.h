/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Records in words, for `log` and `why`. Everything appended is safe for a terminal.
 */
#include "../store/store.h"
#include "cli.h"

/* "npm-cli.js[4711]": what people call the process, and its number; "-" where there is none. */
void phrase_who(struct buf *out, const struct record *r);
/* What happened, without who and when: "read /home/u/.aws/credentials (aws)". */
void phrase_what(struct buf *out, const struct record *r);
/* ": because rule ab12cd34: ..." of a decision, nothing where there is no reason. */
void phrase_reason(struct buf *out, const struct record *r);
/* "2026-01-31 12:00:00.123", local time; returns dst. */
const char *phrase_time(uint64_t time_ms, char dst[32]);
/* Red for deny, yellow for hold and would-hold; COLOUR_OFF for others. */
enum colour phrase_colour(const struct record *r);

/* Opens the history of c->state_dir for reading, or complains and returns the exit code in *ret_exit and NULL. */
struct store *history_open(const struct cli *c, int *ret_exit);
