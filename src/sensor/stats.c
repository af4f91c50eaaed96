/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor.h"

static const struct {
	const char *name;
	bool loss;
} stats[ST_MAX] = {
	[ST_OPENS] = { "opens", false },
	[ST_WALKS] = { "path-walks", false },
	[ST_TAINTS] = { "tainted-processes", false },
	[ST_FILES] = { "labelled-files", false },
	[ST_CHANS] = { "labelled-channels", false },
	[ST_HELD] = { "held-packets", false },
	[ST_ALLOWED] = { "allowed-packets", false },
	[ST_DENIED] = { "denied", false },
	[ST_LOST_TELEMETRY] = { "lost-telemetry", true },
	[ST_LOST_DECISION] = { "lost-decision", true },
	[ST_FULL_PROC] = { "full-processes", true },
	[ST_FULL_FILE] = { "full-files", true },
	[ST_FULL_CHAN] = { "full-channels", true },
	[ST_FULL_GATE] = { "full-gates", true },
	[ST_DEEP_PATH] = { "path-too-deep", true },
	[ST_FDS_BEYOND] = { "descriptors-beyond", true },
	[ST_NO_COOKIE] = { "sockets-without-cookie", false },
	[ST_FULL_TWINS] = { "full-address-spaces", true },
	[ST_SPREAD_BEYOND] = { "shared-memory-beyond", false },
	[ST_ANSWERED] = { "connects-answered", false },
	[ST_UNANSWERED] = { "connects-unanswered", false },
};

const char *stat_name(unsigned which)
{
	return which < ST_MAX && stats[which].name ? stats[which].name : "unknown";
}

bool stat_is_loss(unsigned which)
{
	return which < ST_MAX && stats[which].loss;
}
