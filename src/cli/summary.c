/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include <string.h>

#define ITEMS_MAX 4096

struct secret {
	char *class_name, *path, *exe, *script;
	uint32_t pid;
};

struct item {
	char *destination, *name, *name_source, *address, *proto, *verdict, *rule, *exe, *script, *sentence;
	char *classes; /* "a\0b\0" with an empty one at the end */
	uint32_t pid, port;
	uint64_t count;
};

struct summary {
	struct secret *secrets;
	struct item *flows;
	size_t n_secrets, n_flows;
	uint64_t beyond; /* not kept */
	bool denied, failed;
};

struct summary *summary_new(void)
{
	return calloc(1, sizeof(struct summary));
}

static void item_free(struct item *f)
{
	free(f->destination);
	free(f->name);
	free(f->name_source);
	free(f->address);
	free(f->proto);
	free(f->verdict);
	free(f->rule);
	free(f->exe);
	free(f->script);
	free(f->sentence);
	free(f->classes);
}

struct summary *summary_free(struct summary *s)
{
	size_t i;

	if (!s)
		return NULL;
	for (i = 0; i < s->n_secrets; i++) {
		free(s->secrets[i].class_name);
		free(s->secrets[i].path);
		free(s->secrets[i].exe);
		free(s->secrets[i].script);
	}
	for (i = 0; i < s->n_flows; i++)
		item_free(&s->flows[i]);
	free(s->secrets);
	free(s->flows);
	free(s);
	return NULL;
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

static bool same(const char *a, const char *b)
{
	return (!a && !b) || (a && b && streq(a, b));
}

static void *room(void *items, size_t n, size_t size)
{
	return n >= ITEMS_MAX ? NULL : realloc(items, (n + 1) * size);
}

static void add_secret(struct summary *s, const struct record *r, const char *class_name)
{
	struct secret *p;
	size_t i;

	for (i = 0; i < s->n_secrets; i++)
		if (s->secrets[i].pid == r->pid && same(s->secrets[i].path, r->path) &&
		    same(s->secrets[i].class_name, class_name))
			return;
	p = room(s->secrets, s->n_secrets, sizeof(*p));
	if (!p) {
		s->beyond++;
		return;
	}
	s->secrets = p;
	p[s->n_secrets++] = (struct secret){ copy(class_name), copy(r->path), copy(r->exe), copy(r->script), r->pid };
}

static char *copy_list(const char *const *list)
{
	_cleanup_buf_ struct buf b = { 0 };

	buf_init(&b, 65536);
	for (; list && *list; list++)
		buf_add(&b, *list, strlen(*list) + 1);
	buf_addc(&b, 0);
	return buf_take(&b);
}

static void add_flow(struct summary *s, const struct record *r)
{
	struct item *p;
	size_t i;

	if (r->verdict && streq(r->verdict, "deny"))
		s->denied = true;
	for (i = 0; i < s->n_flows; i++) {
		p = &s->flows[i];
		if (p->pid == r->pid && same(p->destination, r->destination) && same(p->proto, r->proto) &&
		    same(p->verdict, r->verdict)) {
			p->count++;
			return;
		}
	}
	p = room(s->flows, s->n_flows, sizeof(*p));
	if (!p) {
		s->beyond++;
		return;
	}
	s->flows = p;
	p[s->n_flows++] = (struct item){
		copy(r->destination), copy(r->name), copy(r->name_source), copy(r->address), copy(r->proto),
		copy(r->verdict), copy(r->rule), copy(r->exe), copy(r->script), copy(r->sentence),
		copy_list(r->classes), r->pid, r->port, 1,
	};
}

static bool is_reading(unsigned source)
{
	return source == TAINT_READ || source == TAINT_MAP || source == TAINT_EXISTING || source == TAINT_PASSED ||
	       source == TAINT_EXEC;
}

void summary_add(void *summary, const struct record *r)
{
	struct summary *s = summary;
	size_t i;

	if (r->kind == RECORD_FLOW)
		add_flow(s, r);
	if (r->kind == RECORD_DENIED)
		s->denied = true;
	if ((r->kind != RECORD_TAINT || !is_reading(r->source)) && r->kind != RECORD_DENIED)
		return;
	for (i = 0; r->classes && r->classes[i]; i++)
		add_secret(s, r, r->classes[i]);
}

bool summary_denied(const struct summary *s)
{
	return s->denied;
}

static const char *result_of(const struct summary *s)
{
	return s->denied ? "denied" : s->n_flows ? "allowed" : "clean";
}

static void secret_json(const struct secret *p, struct json *j)
{
	json_obj(j);
	json_kstr(j, "class", p->class_name);
	json_kstr(j, "path", p->path);
	json_kuint(j, "pid", p->pid);
	json_kstr(j, "exe", p->exe);
	json_kstr(j, "script", p->script);
	json_end(j);
}

static void flow_json(const struct item *f, struct json *j)
{
	const char *c;

	json_obj(j);
	json_kstr(j, "destination", f->destination);
	json_kstr(j, "name", f->name);
	json_kstr(j, "name_source", f->name_source);
	json_kstr(j, "address", f->address);
	json_kuint(j, "port", f->port);
	json_kstr(j, "proto", f->proto);
	json_kstr(j, "verdict", f->verdict);
	json_kstr(j, "rule", f->rule);
	json_karr(j, "classes");
	for (c = f->classes; c && *c; c += strlen(c) + 1)
		json_str(j, c);
	json_end(j);
	json_kuint(j, "pid", f->pid);
	json_kstr(j, "exe", f->exe);
	json_kstr(j, "script", f->script);
	json_kstr(j, "sentence", f->sentence);
	json_kuint(j, "count", f->count);
	json_end(j);
}

static void print_json(const struct summary *s, int exit_code, const char *coverage)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;
	size_t i;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_karr(&j, "secrets");
	for (i = 0; i < s->n_secrets; i++)
		secret_json(&s->secrets[i], &j);
	json_end(&j);
	json_karr(&j, "flows");
	for (i = 0; i < s->n_flows; i++)
		flow_json(&s->flows[i], &j);
	json_end(&j);
	json_kstr(&j, "result", result_of(s));
	json_kint(&j, "exit", exit_code);
	json_kstr(&j, "coverage", coverage);
	if (s->beyond)
		json_kuint(&j, "beyond", s->beyond);
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void say(const char *label, const char *a, const char *between, const char *b)
{
	_cleanup_buf_ struct buf line = { 0 };

	buf_init(&line, 0);
	buf_adds(&line, label);
	cli_text(&line, a);
	if (b) {
		buf_adds(&line, between);
		cli_text(&line, b);
	}
	(void)fprintf(stderr, "%s\n", buf_str(&line));
}

void summary_print(const struct summary *s, const struct cli *c, int exit_code, const char *coverage)
{
	size_t i;

	if (c->json) {
		print_json(s, exit_code, coverage);
		return;
	}
	(void)fprintf(stderr, "egret: %s (%s coverage, exit status %d)\n", result_of(s), coverage, exit_code);
	for (i = 0; i < s->n_secrets; i++)
		say("  read     ", s->secrets[i].path, "  by ", s->secrets[i].script ? s->secrets[i].script : s->secrets[i].exe);
	for (i = 0; i < s->n_flows; i++)
		say(same(s->flows[i].verdict, "deny") ? "  denied   " : "  allowed  ", s->flows[i].destination, "  ",
		    s->flows[i].sentence);
}
