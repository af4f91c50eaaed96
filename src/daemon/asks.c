/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to a person and what their answers are good for.
 *
 * One question per (program, destination, label): flows that ask the same wait together. Unanswered means denied once,
 * never a stored rule. An answer may be granted for longer: those grants are looked at before asking again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "inside.h"

static bool same(const char *a, const char *b)
{
	return (!a && !b) || (a && b && streq(a, b));
}

static struct ask *ask_like(struct guard *g, const struct flow *f, const char *destination, const struct subject *who)
{
	struct ask *a;

	for (a = g->asks; a; a = a->next)
		if (a->label == f->label && streq(a->destination, destination) && a->to.proto == f->key.proto &&
		    same(a->exe, who->exe) && same(a->script, who->script))
			return a;
	return NULL;
}

static void tell_ask(struct guard *g, const struct ask *a, enum record_kind kind, const char *verdict, const char *by)
{
	const struct origin *o = origin_of(g, a->pid, a->start_ns, false);
	struct record r = { .kind = kind };
	const char *classes[65];

	class_names(g, a->label, classes);
	record_who(&r, NULL, o);
	r.pid = (uint32_t)a->pid;
	r.start_ns = a->start_ns;
	r.prompt = a->id;
	r.classes = classes;
	r.label = a->label;
	r.destination = a->destination;
	r.name = a->to.name;
	r.port = a->to.port;
	r.sentence = a->sentence;
	r.verdict = verdict;
	r.by = by;
	r.count = a->count;
	journal_add(g, &r);
}

static void ask_free(struct ask *a)
{
	free(a->exe);
	free(a->script);
	free(a);
}

static void ask_remove(struct guard *g, struct ask *a)
{
	struct ask **at = &g->asks;

	while (*at && *at != a)
		at = &(*at)->next;
	if (*at) {
		*at = a->next;
		g->n_asks--;
	}
	ask_free(a);
	requests_asks_changed(g);
}

static struct ask *ask_new(struct guard *g, struct flow *f, const struct dest *to, const struct decision *d,
			   const struct subject *who)
{
	struct ask *a = calloc(1, sizeof(*a)), **at = &g->asks;

	if (!a)
		return NULL;
	a->id = ++g->last_ask;
	a->label = f->label;
	a->since_ms = now_wall_ms();
	a->deadline_ns = now_boot_ns() + g->o.ask_ms * 1000000;
	a->pid = f->pid;
	a->start_ns = f->start_ns;
	a->exe = who->exe ? strdup(who->exe) : NULL;
	a->script = who->script ? strdup(who->script) : NULL;
	a->to = *to;
	if (to->name) {
		(void)snprintf(a->name, sizeof(a->name), "%s", to->name);
		a->to.name = a->name;
	}
	destination_text(&a->to, a->destination, sizeof(a->destination));
	(void)snprintf(a->sentence, sizeof(a->sentence), "%s", d->sentence);
	while (*at)
		at = &(*at)->next;
	*at = a;
	g->n_asks++;
	return a;
}

void ask_about(struct guard *g, struct flow *f, const struct dest *to, const struct decision *d,
	       const struct subject *who)
{
	char destination[300];
	struct ask *a;
	bool fresh;

	destination_text(to, destination, sizeof(destination));
	a = ask_like(g, f, destination, who);
	fresh = !a;
	if (!a && g->n_asks < ASKS_MAX)
		a = ask_new(g, f, to, d, who);
	if (!a) { /* too many open questions: nobody can answer that many */
		g->lost[LOST_ASKS]++;
		settle(g, f, V_DENY, d, "too many open questions");
		return;
	}
	f->ask = a->id;
	if (f->how & HELD_CONNECTED)
		(void)act_keep(g->act, f->pid, &f->id, &f->kept);
	a->count++;
	if (fresh)
		tell_ask(g, a, RECORD_PROMPT, verdict_name(V_HOLD), NULL);
	requests_asks_changed(g);
}

struct ask *ask_find(struct guard *g, uint64_t id)
{
	struct ask *a;

	for (a = g->asks; a && a->id != id; a = a->next)
		;
	return a;
}

struct settle_all {
	uint64_t ask;
	enum verdict v;
	const char *by;
};

static void settle_one(struct guard *g, struct flow *f, void *user)
{
	const struct settle_all *s = user;
	struct decision d = { .verdict = s->v, .reason = BECAUSE_UNKNOWN };

	if (f->ask != s->ask)
		return;
	(void)snprintf(d.sentence, sizeof(d.sentence), "%s by %s", s->v == V_ALLOW ? "allowed" : "denied", s->by);
	settle(g, f, s->v, &d, s->by);
}

static void ask_settle(struct guard *g, struct ask *a, enum verdict v, const char *by)
{
	struct settle_all s = { .ask = a->id, .v = v, .by = by };

	tell_ask(g, a, RECORD_ANSWER, verdict_name(v), by);
	if (v == V_ALLOW)
		homes_believe(g, &a->to);
	flow_each(g, settle_one, &s);
	ask_remove(g, a);
}

/* --- grants ------------------------------------------------------------------------------------------ */

enum verdict grant_find(struct guard *g, const struct subject *who, const struct dest *to, uint64_t label,
			uint64_t now_ns, uint64_t *ret_number)
{
	struct dest asked = *to; /* who may connect to a name may look it up */
	unsigned i;

	asked.any_port = to->question;

	for (i = g->n_grants; i-- > 0;) { /* the newest answer speaks first */
		const struct grant *t = &g->grants[i];

		if ((t->until_ns && now_ns >= t->until_ns) || (label & ~t->label))
			continue;
		if (t->pid && (t->pid != who->pid || t->start_ns / 10000000 != who->start_ns / 10000000))
			continue;
		if (!t->pid && t->exe && (!same(t->exe, who->exe) || !same(t->script, who->script)))
			continue;
		if (!streq(t->pattern, "*") && !dest_match(t->pattern, t->verdict == V_ALLOW ? &asked : to))
			continue;
		*ret_number = t->number;
		return t->verdict;
	}
	return V_NONE;
}

void grants_forget(struct guard *g, pid_t pid, uint64_t start_ns)
{
	uint64_t now = now_boot_ns();
	unsigned i, kept = 0;

	for (i = 0; i < g->n_grants; i++) {
		struct grant *t = &g->grants[i];

		if ((t->until_ns && now >= t->until_ns) || (pid && t->pid == pid && t->start_ns == start_ns)) {
			free(t->exe);
			free(t->script);
			continue;
		}
		g->grants[kept++] = *t;
	}
	g->n_grants = kept;
}

static int until_of(const char *duration, uint64_t *ret_ns)
{
	uint64_t ms;

	*ret_ns = 0;
	if (streq(duration, "exit") || streq(duration, "boot") || streq(duration, "always"))
		return 0;
	if (str_to_ms(duration, &ms) < 0)
		return -EINVAL;
	*ret_ns = now_boot_ns() + ms * 1000000;
	return 0;
}

static int grant_add(struct guard *g, const struct ask *a, enum verdict v, const char *scope, const char *duration)
{
	struct grant *t;
	uint64_t until;

	if (g->n_grants == GRANTS_MAX)
		grants_forget(g, 0, 0);
	if (g->n_grants == GRANTS_MAX)
		return -ENOSPC;
	if (until_of(duration, &until) < 0)
		return -EINVAL;
	t = &g->grants[g->n_grants];
	*t = (struct grant){ .label = a->label, .until_ns = until, .verdict = v, .number = a->id };
	(void)snprintf(t->pattern, sizeof(t->pattern), "%s", streq(scope, "any") ? "*" : a->destination);
	if (streq(scope, "process") || streq(duration, "exit")) {
		t->pid = a->pid;
		t->start_ns = a->start_ns;
	}
	t->exe = a->exe ? strdup(a->exe) : NULL;
	t->script = a->script ? strdup(a->script) : NULL;
	g->n_grants++;
	return 0;
}

/* Interpreters run anybody's code: an answer for good needs the script as well. */
static bool bare_interpreter(struct guard *g, const struct ask *a)
{
	static const char *const names[] = { "python3", "python", "node", "bun", "deno", "perl", "ruby", "bash", "sh",
					     "dash", "zsh", "php", "lua", "java", "curl", "wget", "nc", NULL };
	const struct origin *o = origin_of(g, a->pid, a->start_ns, false);
	size_t i, k;

	if (a->script)
		return false;
	for (i = 0; o && o->who && i < o->who->n_names; i++)
		for (k = 0; names[k]; k++)
			if (streq(names[k], o->who->names[i]))
				return true;
	return !a->exe;
}

static int store_rule(struct guard *g, const struct ask *a, enum verdict v, char *sentence, size_t size)
{
	const char *classes[65];
	char exe[1024], id[16];
	struct problem p = {};
	struct edit_rule rule = { .kind = WATCH_NETWORK, .pattern = a->destination, .executable = exe, .decision = v,
				  .classes = classes };
	int r;

	if (!g->o.sources.watchlist) {
		(void)snprintf(sentence, size, "there is no watchlist file to keep the rule in");
		return -ENOENT;
	}
	class_names(g, a->label, classes);
	(void)snprintf(exe, sizeof(exe), "%s", a->script ? a->script : a->exe);
	r = watchlist_add_rule(g->o.sources.watchlist, &rule, id, &p);
	if (r < 0)
		(void)snprintf(sentence, size, "%s", p.text);
	return r;
}

int ask_answer(struct guard *g, struct ask *a, enum verdict v, const char *scope, const char *duration,
	       const char *by, char *sentence, size_t size)
{
	bool always = streq(duration, "always"), once = streq(duration, "once") || streq(scope, "connection");
	int r = 0;

	if (always && v == V_ALLOW && bare_interpreter(g, a)) {
		(void)snprintf(sentence, size, "\"always\" is refused for %s without a script: it runs anybody's code",
			       a->exe ? a->exe : "an unknown program");
		return -EPERM;
	}
	if (always)
		r = store_rule(g, a, v, sentence, size);
	if (r < 0)
		return r;
	if (!once)
		r = grant_add(g, a, v, scope, duration);
	if (r < 0) {
		(void)snprintf(sentence, size, r == -EINVAL ? "a duration is once, exit, 15m, boot or always"
							    : "too many answers are in force");
		return r;
	}
	ask_settle(g, a, v, by);
	return 0;
}

void asks_expire(struct guard *g, uint64_t now_ns)
{
	struct ask *a, *next;

	for (a = g->asks; a; a = next) {
		next = a->next;
		if (now_ns >= a->deadline_ns)
			ask_settle(g, a, V_DENY, "nobody answered");
	}
}

/* A flow can still be let go while its socket exists, or while we have copies of its datagrams. */
static void count_alive(struct guard *g, struct flow *f, void *user)
{
	struct settle_all *s = user;
	struct gate gate;

	if (f->ask == s->ask && (f->n_packets || sensor_gate_get(g->sensor, f->key.cookie, &gate) == 0) &&
	    (f->key.proto != IPPROTO_TCP || sensor_gate_get(g->sensor, f->key.cookie, &gate) == 0))
		s->v = V_HOLD;
}

/* Questions whose flows are all gone are withdrawn. */
void asks_sweep(struct guard *g)
{
	struct ask *a, *next;

	for (a = g->asks; a; a = next) {
		struct settle_all s = { .ask = a->id };

		next = a->next;
		flow_each(g, count_alive, &s);
		if (s.v != V_HOLD)
			ask_settle(g, a, V_DENY, "the connection was given up");
	}
}

/* --- what the views see ------------------------------------------------------------------------------ */

static void reads_json(struct guard *g, const struct ask *a, struct json *j)
{
	const struct origin *who[8], *o = origin_of(g, a->pid, a->start_ns, false);
	const struct read_note *reads[8];
	size_t n = origin_reads(g, o, reads, who, ARRAY_SIZE(reads)), i;
	const char *classes[65];
	uint64_t now = now_boot_ns();

	json_karr(j, "read");
	for (i = 0; i < n; i++) {
		class_names(g, reads[i]->classes, classes);
		json_obj(j);
		json_kstr(j, "path", reads[i]->path);
		json_kstr(j, "class", classes[0]);
		json_kint(j, "pid", who[i]->pid);
		json_kstr(j, "exe", who[i]->who ? who[i]->who->exe : NULL);
		json_kuint(j, "ago_ms", (now - reads[i]->boot_ns) / 1000000);
		json_end(j);
	}
	json_end(j);
}

static void list_json(struct json *j, const char *key, const char *const *items)
{
	json_karr(j, key);
	for (; items && *items; items++)
		json_str(j, *items);
	json_end(j);
}

static void ask_json(struct guard *g, const struct ask *a, struct json *j)
{
	const struct origin *o = origin_of(g, a->pid, a->start_ns, false);
	const char *classes[65];
	uint64_t now = now_boot_ns();
	char proto[8];

	class_names(g, a->label, classes);
	json_obj(j);
	json_kuint(j, "id", a->id);
	json_kuint(j, "since_ms", a->since_ms);
	json_kuint(j, "deadline_ms", now_wall_ms() + (a->deadline_ns > now ? (a->deadline_ns - now) / 1000000 : 0));
	json_kstr(j, "verdict", "hold");
	json_kstr(j, "exe", a->exe);
	json_kstr(j, "script", a->script);
	json_kint(j, "pid", a->pid);
	json_kstr(j, "comm", o && o->who ? o->who->comm : NULL);
	list_json(j, "ancestors", o && o->who ? (const char *const *)o->who->ancestors : NULL);
	list_json(j, "classes", classes);
	reads_json(g, a, j);
	json_kstr(j, "destination", a->destination);
	json_kstr(j, "name", a->to.name);
	json_kstr(j, "name_source", name_source_text(a->to.source));
	json_kuint(j, "port", a->to.port);
	(void)snprintf(proto, sizeof(proto), "%s", a->to.proto == 6 ? "tcp" : a->to.proto == 17 ? "udp" : "ip");
	json_kstr(j, "proto", proto);
	json_kuint(j, "count", a->count);
	json_kstr(j, "sentence", a->sentence);
	json_end(j);
}

void asks_json(struct guard *g, struct json *j)
{
	const struct ask *a;

	json_obj(j);
	json_karr(j, "prompts");
	for (a = g->asks; a; a = a->next)
		ask_json(g, a, j);
	json_end(j);
	json_end(j);
}
