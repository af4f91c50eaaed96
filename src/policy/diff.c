/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of policy changes: everybody and every program that either policy names, to every destination that either
 * names, decided under both. Texts are not compared, so a list said in another way is no difference.
 */
#include <errno.h>
#include <string.h>

#include "ci_read.h"
#include "match.h"
#include "model.h"
#include "told.h"

#define SUBJECTS_MAX 256
#define DECISIONS_MAX 20000000 /* a minute at most */
#define NOBODY "somebody" /* a program that no policy has rules for */

struct probe {
	const char *shown; /* borrowed from texts */
	struct told_dest dest;
	enum verdict before, after; /* for everybody */
};

struct doer {
	const char *process; /* NULL = everybody */
	char *const *ancestors;
	struct told told;
};

struct diff {
	const struct policy *before, *after;
	const struct trial_diff *out;
	struct doer *doers;
	size_t n_doers;
	struct probe *probes;
	size_t n_probes;
	struct ci_list texts; /* what the probes show, and that each is there once */
};

static void diff_done(struct diff *d)
{
	size_t i;

	for (i = 0; i < d->n_doers; i++)
		told_done(&d->doers[i].told);
	free(d->doers);
	free(d->probes);
	ci_list_done(&d->texts);
}

/* --- who --------------------------------------------------------------------------------------------- */

/* A program that the pattern means: wildcards filled in. */
static char *example_of(const char *pattern)
{
	char *s, *copy = strdup(pattern);

	for (s = copy; s && *s; s++)
		if (*s == '*' || *s == '?')
			*s = 'x';
	return copy;
}

static int make_told(const char *pattern, char *const *ancestors, struct told *ret)
{
	_cleanup_free_ char *process = example_of(pattern), *script = NULL;
	char *colon = process ? strchr(process, ':') : NULL;

	if (!process)
		return -ENOMEM;
	if (colon && *process != '/') {
		*colon = 0;
		if (asprintf(&script, colon[1] == '/' ? "%s" : "/srv/%s", colon + 1) < 0) {
			script = NULL;
			return -ENOMEM;
		}
	}
	return told_subject(process, script, ancestors, ret);
}

static bool same_list(char *const *a, char *const *b)
{
	for (; a && b && *a && *b; a++, b++)
		if (!streq(*a, *b))
			return false;
	return (!a || !*a) && (!b || !*b);
}

static int add_doer(struct diff *d, const char *process, char *const *ancestors)
{
	struct doer *slot;
	size_t i;
	int r;

	for (i = 1; i < d->n_doers; i++)
		if (streq(d->doers[i].process, process) && same_list(d->doers[i].ancestors, ancestors))
			return 0;
	if (d->n_doers == SUBJECTS_MAX)
		return -E2BIG;
	slot = array_slot((void **)&d->doers, d->n_doers, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	r = make_told(process ? process : NOBODY, ancestors, &slot->told);
	if (r < 0)
		return r;
	slot->process = process;
	slot->ancestors = ancestors;
	d->n_doers++;
	return 0;
}

static int add_doers(struct diff *d, const struct ci *ci)
{
	char *const *s;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ci->n_profiles; i++)
		r = add_doer(d, ci->profiles[i].process, NULL);
	for (s = ci->processes; r == 0 && s && *s; s++)
		r = add_doer(d, *s, NULL);
	for (s = ci->blocked_executables; r == 0 && s && *s; s++)
		r = add_doer(d, *s, NULL);
	for (i = 0; r == 0 && i < ci->n_chains; i++)
		r = add_doer(d, ci->chains[i].process, ci->chains[i].ancestors);
	return r;
}

/* --- where to ---------------------------------------------------------------------------------------- */

static int add_probe(struct diff *d, const char *shown, const struct told_dest *dest)
{
	size_t had = d->texts.n;
	struct probe *slot;
	int r = ci_list_add(&d->texts, shown);

	if (r < 0 || d->texts.n == had)
		return r;
	slot = array_slot((void **)&d->probes, d->n_probes, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct probe){ .shown = d->texts.items[had], .dest = *dest };
	d->n_probes++;
	return 0;
}

/* Of a name: itself and something below it; of a range: its first address. */
static int probe_host(struct diff *d, const struct dest_pattern *p, bool below)
{
	char host[512], text[600];
	struct told_dest dest;

	(void)snprintf(host, sizeof(host), below ? "any-name.%s" : "%s", p->host);
	if (strlen(host) > DEST_HOST_MAX)
		return 0;
	(void)snprintf(text, sizeof(text), p->port ? "%s:%u" : "%s", host, p->port);
	if (told_dest(text, NULL, &dest, NULL) < 0)
		return 0;
	(void)snprintf(text, sizeof(text), p->port ? "%s%s:%u" : "%s%s", below ? "*." : "", p->host, p->port);
	return add_probe(d, text, &dest);
}

static int probe_pattern(struct diff *d, const char *pattern)
{
	struct told_dest dest = { .to = { .port = 443, .proto = 6 } };
	struct dest_pattern p;
	int r = 0;

	if (dest_parse(pattern, &p, NULL) < 0)
		return 0;
	switch (p.form) {
	case DEST_HOST:
		r = probe_host(d, &p, false);
		return r < 0 ? r : probe_host(d, &p, true);
	case DEST_BELOW:
		return probe_host(d, &p, true);
	case DEST_NET:
		memcpy(dest.to.addr, p.addr, sizeof(p.addr));
		dest.to.port = p.port ? p.port : dest.to.port;
		return add_probe(d, pattern, &dest);
	case DEST_ANY:
		break; /* "elsewhere" is among the fixed ones */
	}
	return 0;
}

static int probe_list(struct diff *d, char *const *patterns)
{
	int r = 0;

	for (; r == 0 && patterns && *patterns; patterns++)
		r = probe_pattern(d, *patterns);
	return r;
}

static int probe_text(struct diff *d, const char *shown, const char *text, bool resolver)
{
	struct told_dest dest;
	int r = told_dest(text, NULL, &dest, NULL);

	if (r < 0)
		return r;
	dest.to.resolver = resolver;
	dest.to.name = NULL; /* set where it is used: probes move while the array grows */
	return add_probe(d, shown, &dest);
}

static int probe_server(struct diff *d, const char *server)
{
	char text[80], shown[100];

	(void)snprintf(text, sizeof(text), strchr(server, ':') ? "[%s]:53" : "%s:53", server);
	(void)snprintf(shown, sizeof(shown), "DNS at %s", server);
	return probe_text(d, shown, text, false);
}

static int add_probes(struct diff *d, const struct ci *ci)
{
	char *const *s;
	size_t i;
	int r = probe_list(d, ci->hosts);

	if (r == 0)
		r = probe_list(d, ci->ips);
	if (r == 0)
		r = probe_list(d, ci->blocked_hosts);
	for (i = 0; r == 0 && i < ci->n_profiles; i++) {
		r = probe_list(d, ci->profiles[i].hosts);
		if (r == 0)
			r = probe_list(d, ci->profiles[i].ips);
	}
	for (s = ci->dns_servers; r == 0 && s && *s; s++)
		r = probe_server(d, *s);
	return r;
}

static int add_fixed(struct diff *d)
{
	static const struct {
		const char *shown, *text;
		bool resolver;
	} fixed[] = {
		{ "anything else", "elsewhere.invalid", false },
		{ "private ranges (10.0.0.0/8)", "10.254.253.252", false },
		{ "private ranges (fc00::/7)", "fdfe:fdfc::1", false },
		{ "GitHub's ranges", "192.30.252.1", false },
		{ "cloud metadata", "169.254.169.254:80", false },
		{ "loopback", "127.0.0.1", false },
		{ "DNS at the system's resolvers", "203.0.113.53:53", true },
		{ "DNS at anybody else", "203.0.113.54:53", false },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(fixed); i++)
		r = probe_text(d, fixed[i].shown, fixed[i].text, fixed[i].resolver);
	return r;
}

/* --- comparing --------------------------------------------------------------------------------------- */

static void decide_one(const struct policy *policy, const struct doer *who, struct probe *p, struct decision *ret)
{
	struct policy enforced = *policy;
	struct query q = { .who = &who->told.who, .to = &p->dest.to };

	enforced.enforce = true;
	p->dest.to.name = p->dest.name[0] ? p->dest.name : NULL;
	decide(&enforced, &q, now_wall_ms(), ret);
}

static void compare_flow(struct diff *d, const struct doer *who, struct probe *p)
{
	struct trial_change c = { .process = who->process, .ancestors = who->ancestors, .destination = p->shown };
	struct decision before, after;

	decide_one(d->before, who, p, &before);
	decide_one(d->after, who, p, &after);
	if (!who->process) {
		p->before = before.verdict;
		p->after = after.verdict;
	} else if (before.verdict == p->before && after.verdict == p->after) {
		return; /* as for everybody */
	}
	c.before = &before;
	c.after = &after;
	if (before.verdict != after.verdict)
		d->out->change(d->out->user, &c);
}

static void compare_start(struct diff *d, const struct doer *who)
{
	struct trial_change c = { .process = who->process, .ancestors = who->ancestors };
	struct policy enforced = *d->before;
	struct decision before, after;

	enforced.enforce = true;
	decide_exec(&enforced, &who->told.who, &before);
	enforced = *d->after;
	enforced.enforce = true;
	decide_exec(&enforced, &who->told.who, &after);
	c.before = &before;
	c.after = &after;
	if (before.verdict != after.verdict)
		d->out->change(d->out->user, &c);
}

static void missing(const struct diff *d, char *const *from, char *const *in, const char *key, bool added)
{
	for (; from && *from; from++)
		if (!strv_has(in, *from))
			d->out->entry(d->out->user, key, *from, added);
}

static void compare_lists(const struct diff *d)
{
	const struct ci *a = d->before->ci, *b = d->after->ci;
	const struct {
		const char *key;
		char *const *before, *const *after;
	} rows[] = {
		{ "file.monitored_paths", a->monitored_paths, b->monitored_paths },
		{ "file.protected_paths", a->protected_paths, b->protected_paths },
		{ "file.monitored_env_vars", a->env_vars, b->env_vars },
	};
	size_t i;

	if (d->before->enforce != d->after->enforce) {
		d->out->entry(d->out->user, "mode", d->before->enforce ? "enforce" : "monitor", false);
		d->out->entry(d->out->user, "mode", d->after->enforce ? "enforce" : "monitor", true);
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		missing(d, rows[i].before, rows[i].after, rows[i].key, false);
		missing(d, rows[i].after, rows[i].before, rows[i].key, true);
	}
}

static bool has_webhook(const struct ci *ci, const struct ci_webhook *w)
{
	size_t i;

	for (i = 0; i < ci->n_webhooks; i++)
		if (streq(ci->webhooks[i].url, w->url) && ci->webhooks[i].events == w->events)
			return true;
	return false;
}

static void missing_webhooks(const struct diff *d, const struct ci *from, const struct ci *in, bool added)
{
	size_t i;

	for (i = 0; i < from->n_webhooks; i++)
		if (!has_webhook(in, &from->webhooks[i]))
			d->out->entry(d->out->user, "webhooks", from->webhooks[i].url, added);
}

static bool same_home(const struct ci_home *a, const struct ci_home *b)
{
	return same_list(a->classes, b->classes) && same_list(a->hosts, b->hosts) && same_list(a->ips, b->ips) &&
	       streq(a->process ? a->process : "", b->process ? b->process : "");
}

static void missing_homes(const struct diff *d, const struct ci *from, const struct ci *in, bool added)
{
	size_t i, k;

	for (i = 0; i < from->n_homes; i++) {
		const struct ci_home *h = &from->homes[i];
		char text[256];

		for (k = 0; k < in->n_homes && !same_home(h, &in->homes[k]); k++)
			;
		if (k < in->n_homes)
			continue;
		(void)snprintf(text, sizeof(text), "%s%s may go to %s%s", h->classes[0], h->classes[1] ? ", ..." : "",
			       h->hosts ? h->hosts[0] : h->ips[0], strv_len(h->hosts) + strv_len(h->ips) > 1 ? ", ..." : "");
		d->out->entry(d->out->user, "network.homes", text, added);
	}
}

static int gather(struct diff *d)
{
	int r = add_doer(d, NULL, NULL);

	if (r == 0)
		r = add_doers(d, d->before->ci);
	if (r == 0)
		r = add_doers(d, d->after->ci);
	if (r == 0)
		r = add_fixed(d);
	if (r == 0)
		r = add_probes(d, d->before->ci);
	if (r == 0)
		r = add_probes(d, d->after->ci);
	return r == 0 && d->n_doers * d->n_probes > DECISIONS_MAX / 2 ? -E2BIG : r;
}

int trial_diff(const struct policy *before, const struct policy *after, const struct trial_diff *out)
{
	_cleanup_(diff_done) struct diff d = { .before = before, .after = after, .out = out };
	size_t i, k;
	int r = gather(&d);

	if (r < 0)
		return r;
	compare_lists(&d);
	missing_webhooks(&d, before->ci, after->ci, false);
	missing_webhooks(&d, after->ci, before->ci, true);
	missing_homes(&d, before->ci, after->ci, false);
	missing_homes(&d, after->ci, before->ci, true);
	for (i = 0; i < d.n_doers; i++) {
		compare_start(&d, &d.doers[i]);
		for (k = 0; k < d.n_probes; k++)
			compare_flow(&d, &d.doers[i], &d.probes[k]);
	}
	return 0;
}
