/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Words of an answer, shared by allow/deny and the interactive prompts. Private to cli/.
 */
#include "cli.h"

enum answer_scope { ANSWER_CONNECTION, ANSWER_PROCESS, ANSWER_PROGRAM, ANSWER_ANY, _ANSWER_SCOPES };

extern const char *const answer_scopes[]; /* by enum answer_scope; NULL at the end */
extern const char *const answer_spans[];  /* "once" first; NULL at the end */

/* One of answer_spans, or a duration above 0. */
bool answer_span_valid(const char *span);
/* Sends "allow" or "deny" for one prompt; returns the exit code, everything is printed. */
int answer_send(struct cli *c, const char *verb, const char *id, const char *scope, const char *span);
