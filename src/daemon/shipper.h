/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The guard's end of ship/: starts the process that posts to webhooks, hands it what the hooks ask for, counts what was lost.
 * Never waits. Without webhooks in the policy there is no such process.
 */
#include "inside.h"

/* After rules were loaded, at the start and after a reload: the webhooks may be others now. */
void shipper_follow(struct guard *g);
/* A record that is told. */
void shipper_tell(struct guard *g, const struct record *r);
/* Once a second. */
void shipper_tick(struct guard *g);
/* Gives what is under way a moment; the process then goes on alone for as long as it lingers, not longer. */
void shipper_close(struct guard *g);
/* Its numbers as a member "webhooks"; nothing without webhooks. */
void shipper_json(struct guard *g, struct json *j);
/* Events that were lost on the way to a hook, all in all. */
uint64_t shipper_lost(const struct guard *g);
