/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What one guarded run did: collected from the guard's records, told at its end. */
#include "../event/event.h"
#include "cli.h"

struct summary;
struct summary *summary_new(void); /* NULL: no memory */
struct summary *summary_free(struct summary *s);
/* A record of the guard; strings are copied. Equal secrets and flows are counted once. */
void summary_add(void *summary, const struct record *r);
bool summary_denied(const struct summary *s);
/* For people, on stderr, or one JSON line on stdout. */
void summary_print(const struct summary *s, const struct cli *c, int exit_code, const char *coverage);
