/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tightest policy under which a recorded run would have gone through: destinations with their ports, hosts where names
 * were certain, who may use the network, and which secrets went where. What was denied is a comment.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../enrich/enrich.h"
#include "../event/event.h"
#include "ci_read.h"
#include "match.h"
#include "model.h"

#define MARK '\t' /* between the parts of a fact; names with control characters are not taken */
#define DENIED_SHOWN 100

/* Facts of one kind: parts joined by MARK, each once. */
enum fact { FACT_HOST, FACT_ADDRESS, FACT_HOME, FACT_SERVER, FACT_DENIED, _FACTS };

struct suggest {
	struct ci_list facts[_FACTS];
	uint64_t flows, denied, unnamed; /* unnamed: nothing was known of the process */
	uint64_t first_ms, last_ms;
};

int suggest_new(struct suggest **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

struct suggest *suggest_free(struct suggest *s)
{
	size_t i;

	for (i = 0; s && i < _FACTS; i++)
		ci_list_done(&s->facts[i]);
	free(s);
	return NULL;
}

uint64_t suggest_flows(const struct suggest *s, uint64_t *ret_denied)
{
	*ret_denied = s->denied;
	return s->flows;
}

/* --- who and where to -------------------------------------------------------------------------------- */

static bool is_name(const char *s)
{
	return *s && exe_check(s, NULL) == 0 && !strpbrk(s, "*?[:/\t\n\\");
}

/* What people call it: the tool that its script is, else the program without its exact version. */
static void process_name(const struct record *r, char *dst, size_t size)
{
	struct subject_info *info = NULL;
	const char *name = NULL;

	*dst = 0;
	if (!r->exe || subject_from_words(r->exe, r->script, &info) < 0)
		return;
	if (info->n_names)
		name = info->names[r->script ? info->n_names - 1 : info->n_names > 1 && strpbrk(info->names[0], ".") ? 1 : 0];
	if (name && is_name(name))
		(void)snprintf(dst, size, "%s", name);
	else if (exe_check(r->exe, NULL) == 0 && !strpbrk(r->exe, "*?[\t\n\\"))
		(void)snprintf(dst, size, "%s", r->exe);
	(void)subject_info_free(info);
}

static bool is_certain(const struct record *r)
{
	static const char *const sources[] = { "dns-own", "dns-other", "hosts" };
	size_t i;

	for (i = 0; r->name && !r->ambiguous && i < ARRAY_SIZE(sources); i++)
		if (r->name_source && streq(r->name_source, sources[i]))
			return ci_host_check(r->name, NULL) == 0;
	return false;
}

static bool is_loopback(const char *address)
{
	return streq(address, "::1") || strncmp(address, "127.", 4) == 0;
}

static void with_port(char *dst, size_t size, const char *host, uint32_t port)
{
	if (port)
		(void)snprintf(dst, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
	else
		(void)snprintf(dst, size, "%s", host);
}

/* --- taking in --------------------------------------------------------------------------------------- */

static int add(struct suggest *s, enum fact kind, const char *process, const char *classes, const char *to)
{
	char text[1280];

	if (snprintf(text, sizeof(text), "%s%c%s%c%s", process, MARK, classes, MARK, to) >= (int)sizeof(text))
		return 0;
	return ci_list_add(&s->facts[kind], text);
}

/* "aws, npm" of what would need a home besides the catalogue's; "" = nothing. */
static void foreign_classes(const struct record *r, char *dst, size_t size)
{
	static const char *const settled[] = { "home", "rule", "loopback", "resolver", "untainted", "listed" };
	size_t i, at = 0;

	*dst = 0;
	for (i = 0; i < ARRAY_SIZE(settled); i++)
		if (r->reason && streq(r->reason, settled[i]))
			return;
	for (i = 0; r->classes && r->classes[i] && at < size; i++)
		at += (size_t)snprintf(dst + at, size - at, "%s%s", at ? ", " : "", r->classes[i]);
}

static int add_flow(struct suggest *s, const struct record *r, const char *process)
{
	char to[300], classes[512];
	bool named = is_certain(r);
	int e;

	if (r->port == 53 && r->proto && (streq(r->proto, "udp") || streq(r->proto, "tcp")))
		return ci_list_add(&s->facts[FACT_SERVER], r->address);
	with_port(to, sizeof(to), named ? r->name : r->address, r->port);
	e = add(s, named ? FACT_HOST : FACT_ADDRESS, process, "", to);
	foreign_classes(r, classes, sizeof(classes));
	if (e == 0 && *classes)
		e = add(s, FACT_HOME, process, classes, to);
	return e;
}

static bool is_denied(const struct record *r)
{
	return !r->would_hold && (r->kind == RECORD_DENIED || (r->verdict && !streq(r->verdict, "allow")));
}

int suggest_add(struct suggest *s, const struct record *r)
{
	struct dest_pattern d;
	char process[256], to[300];

	if ((r->kind != RECORD_FLOW && r->kind != RECORD_CONNECT && r->kind != RECORD_DENIED) || !r->address ||
	    dest_parse(r->address, &d, NULL) < 0 || d.form != DEST_NET || is_loopback(r->address))
		return 0;
	s->first_ms = s->first_ms ? MIN(s->first_ms, r->time_ms) : r->time_ms;
	s->last_ms = MAX(s->last_ms, r->time_ms);
	process_name(r, process, sizeof(process));
	if (is_denied(r)) {
		s->denied++;
		with_port(to, sizeof(to), r->name ? r->name : r->address, r->port);
		return s->facts[FACT_DENIED].n < DENIED_SHOWN ? add(s, FACT_DENIED, process, "", to) : 0;
	}
	s->flows++;
	s->unnamed += !*process;
	return add_flow(s, r, process);
}

/* --- writing out ------------------------------------------------------------------------------------- */

/* A fact taken apart again; the parts borrow from the copy. */
struct parts {
	char *copy;
	const char *process, *classes, *to;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool split(const char *fact, struct parts *ret)
{
	char *first, *second;

	*ret = (struct parts){ .copy = strdup(fact) };
	if (!ret->copy)
		return false;
	first = strchr(ret->copy, MARK);
	second = first ? strchr(first + 1, MARK) : NULL;
	if (!second)
		return false;
	*first = *second = 0;
	ret->process = ret->copy;
	ret->classes = first + 1;
	ret->to = second + 1;
	return true;
}

/* Double-quoted YAML is JSON's, so any text can stand there. */
static void quoted(struct buf *out, const char *s)
{
	struct json j;

	json_init(&j, out);
	json_str(&j, s);
}

static void write_list(struct buf *out, unsigned indent, const char *key, const struct ci_list *l)
{
	size_t i;

	if (!l->n)
		return;
	qsort(l->items, l->n, sizeof(*l->items), compare);
	buf_addf(out, "%*s%s:\n", (int)indent, "", key);
	for (i = 0; i < l->n; i++) {
		buf_addf(out, "%*s  - ", (int)indent, "");
		quoted(out, l->items[i]);
		buf_addc(out, '\n');
	}
}

/* Destinations of one process, or of all (process NULL). */
static void collect(const struct suggest *s, enum fact kind, const char *process, struct ci_list *ret, struct buf *out)
{
	size_t i;

	for (i = 0; i < s->facts[kind].n; i++) {
		struct parts p;

		if (!split(s->facts[kind].items[i], &p) ||
		    ((!process || streq(process, p.process)) && ci_list_add(ret, p.to) < 0))
			out->error = -ENOMEM;
		free(p.copy);
	}
}

static void collect_processes(const struct suggest *s, struct ci_list *ret, struct buf *out)
{
	static const enum fact kinds[] = { FACT_HOST, FACT_ADDRESS };
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++)
		for (i = 0; i < s->facts[kinds[k]].n; i++) {
			struct parts p;

			if (!split(s->facts[kinds[k]].items[i], &p) || (*p.process && ci_list_add(ret, p.process) < 0))
				out->error = -ENOMEM;
			free(p.copy);
		}
	if (ret->n)
		qsort(ret->items, ret->n, sizeof(*ret->items), compare);
}

static void write_destinations(const struct suggest *s, const char *process, unsigned indent, struct buf *out)
{
	struct ci_list hosts = { 0 }, ips = { 0 };

	collect(s, FACT_HOST, process, &hosts, out);
	collect(s, FACT_ADDRESS, process, &ips, out);
	write_list(out, indent, "allowed_hosts", &hosts);
	write_list(out, indent, "allowed_ips", &ips);
	ci_list_done(&hosts);
	ci_list_done(&ips);
}

static void write_profiles(const struct suggest *s, struct buf *out)
{
	struct ci_list processes = { 0 };
	size_t i;

	collect_processes(s, &processes, out);
	if (processes.n)
		buf_adds(out, "    profiles:\n");
	for (i = 0; i < processes.n; i++) {
		buf_adds(out, "      - process: ");
		quoted(out, processes.items[i]);
		buf_addc(out, '\n');
		write_destinations(s, processes.items[i], 8, out);
	}
	ci_list_done(&processes);
	/* Of whom nothing was known can have no profile. */
	if (s->unnamed)
		write_destinations(s, "", 4, out);
}

static void write_processes(const struct suggest *s, struct buf *out)
{
	struct ci_list processes = { 0 };

	if (s->unnamed)
		return; /* a list would shut out those that could not be named */
	collect_processes(s, &processes, out);
	write_list(out, 4, "allowed_processes", &processes);
	ci_list_done(&processes);
}

static void write_home(const struct parts *p, struct buf *out)
{
	struct dest_pattern d;
	bool address = dest_parse(p->to, &d, NULL) == 0 && d.form == DEST_NET;

	buf_addf(out, "      - classes: [%s]\n", p->classes);
	if (*p->process) {
		buf_adds(out, "        process: ");
		quoted(out, p->process);
		buf_addc(out, '\n');
	}
	buf_addf(out, "        %s: [", address ? "allowed_ips" : "allowed_hosts");
	quoted(out, p->to);
	buf_adds(out, "]\n");
}

static void write_homes(const struct suggest *s, struct buf *out)
{
	const struct ci_list *l = &s->facts[FACT_HOME];
	size_t i;

	if (!l->n)
		return;
	buf_adds(out, "    # These secrets went to places that are no homes of theirs. Keep only what you meant.\n    homes:\n");
	for (i = 0; i < l->n; i++) {
		struct parts p;

		if (split(l->items[i], &p))
			write_home(&p, out);
		else
			out->error = -ENOMEM;
		free(p.copy);
	}
}

static void write_head(const struct suggest *s, struct buf *out)
{
	char from[32], to[32];

	buf_addf(out, "# Made by egret policy suggest from %" PRIu64 " connections", s->flows);
	if (s->first_ms)
		buf_addf(out, ", %s to %s", record_time_text(s->first_ms, from), record_time_text(s->last_ms, to));
	buf_adds(out, ".\nversion: \"1\"\nmode: enforce\nrules:\n  network:\n    allow_local_ranges: false\n");
}

static void write_denied(const struct suggest *s, struct buf *out)
{
	const struct ci_list *l = &s->facts[FACT_DENIED];
	size_t i;

	if (l->n)
		buf_addf(out, "# Denied in that run and left out (%" PRIu64 " times):\n", s->denied);
	for (i = 0; i < l->n; i++) {
		struct parts p;

		if (split(l->items[i], &p)) {
			buf_adds(out, "#   ");
			str_escape(out, p.process, strlen(p.process));
			buf_adds(out, *p.process ? " to " : "to ");
			str_escape(out, p.to, strlen(p.to));
			buf_addc(out, '\n');
		}
		free(p.copy);
	}
}

void suggest_write(const struct suggest *s, bool profiles, struct buf *out)
{
	write_head(s, out);
	if (profiles) {
		write_profiles(s, out);
	} else {
		write_destinations(s, NULL, 4, out);
		write_processes(s, out);
	}
	write_homes(s, out);
	if (s->facts[FACT_SERVER].n)
		buf_adds(out, "  dns:\n");
	write_list(out, 4, "allowed_servers", &s->facts[FACT_SERVER]);
	write_denied(s, out);
}
