/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of act/ share. Owner: act.c makes and frees it; each file counts its own outcomes.
 */
#include "act.h"
#include "netns.h"

struct act {
	struct netns_set netns;
	struct act_stats stats;
};
