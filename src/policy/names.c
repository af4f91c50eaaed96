/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "match.h"

/* The words of the model, one row per value: what files, history and people see. */

static const char *const verdicts[_V_MAX] = {
	[V_NONE] = "none",
	[V_ALLOW] = "allow",
	[V_DENY] = "deny",
	[V_HOLD] = "hold",
};

static const struct {
	const char *name, *text;
} reasons[_BECAUSE_MAX] = {
	[BECAUSE_RULE] = { "rule", "" },
	[BECAUSE_CANARY] = { "canary", "it touched bait" },
	[BECAUSE_HARVEST] = { "harvest", "a harvest of secrets" },
	[BECAUSE_HOME] = { "home", "that is where they belong" },
	[BECAUSE_UNTAINTED] = { "untainted", "nothing to protect" },
	[BECAUSE_RESOLVER] = { "resolver", "a resolver of this system" },
	[BECAUSE_MONITOR] = { "monitor", "monitor mode lets it through" },
	[BECAUSE_UNKNOWN] = { "unknown", "no rule allows it" },
	[BECAUSE_LOOPBACK] = { "loopback", "it stays on this machine" },
	[BECAUSE_LISTED] = { "listed", "the policy allows it" },
	[BECAUSE_UNLISTED] = { "unlisted", "the policy does not list it" },
	[BECAUSE_PROFILE] = { "profile", "its profile does not list it" },
	[BECAUSE_CHAIN] = { "chain", "who started it rules it out" },
	[BECAUSE_PROCESS] = { "process", "this program is not to use the network" },
	[BECAUSE_EXECUTABLE] = { "executable", "this program is not to run" },
	[BECAUSE_DNS_SERVER] = { "dns-server", "not a resolver that may be asked" },
	[BECAUSE_METADATA] = { "metadata", "it hands out a machine's credentials" },
	[BECAUSE_BUDGET] = { "budget", "few unknown bytes: within the budget" },
	[BECAUSE_NOT_HOME] = { "not-home", "listed, but no home of what it carries" },
	[BECAUSE_EXISTING] = { "existing", "it was there before" },
};

static const char *const sources[_NAME_MAX] = {
	[NAME_NONE] = "none",
	[NAME_PTR] = "ptr",
	[NAME_SNI] = "sni",
	[NAME_HOSTS] = "hosts",
	[NAME_DNS_OTHER] = "dns-other",
	[NAME_DNS_OWN] = "dns-own",
	[NAME_LITERAL] = "literal",
};

const char *verdict_name(enum verdict v)
{
	return (unsigned)v < _V_MAX ? verdicts[v] : "none";
}

const char *reason_name(enum reason r)
{
	return (unsigned)r < _BECAUSE_MAX ? reasons[r].name : "unknown";
}

const char *reason_text(enum reason r)
{
	return (unsigned)r < _BECAUSE_MAX ? reasons[r].text : "";
}

const char *name_source_text(enum name_source s)
{
	return (unsigned)s < _NAME_MAX ? sources[s] : "none";
}

const char *decision_by(const struct decision *d, char *dst, size_t size)
{
	/* Listed, and that was not all. */
	bool home = d->reason == BECAUSE_NOT_HOME || d->reason == BECAUSE_HOME;

	if (d->rule)
		(void)snprintf(dst, size, "rule %s", d->rule->id ? d->rule->id : "?");
	else if (d->key)
		(void)snprintf(dst, size, "%s%s%s%s%s", home ? reason_name(d->reason) : "", home ? ", " : "", d->key,
			       d->entry ? ": " : "", d->entry ? d->entry : "");
	else
		(void)snprintf(dst, size, "%s", reason_name(d->reason));
	return dst;
}
