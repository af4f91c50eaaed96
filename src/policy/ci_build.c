/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a struct ci: lists, making, freeing. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "ci_index.h"
#include "ci_read.h"
#include "model.h"

/* --- lists ------------------------------------------------------------------------------------------- */

static int list_grow(struct ci_list *l)
{
	size_t cap = l->cap ? l->cap * 2 : 8;
	char **grown;

	if (l->n + 1 < l->cap)
		return 0;
	grown = reallocarray(l->items, cap, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->items = grown;
	l->cap = cap;
	return 0;
}

int ci_list_add(struct ci_list *l, const char *s)
{
	unsigned other;
	char *copy;
	int r = list_grow(l);

	if (r < 0)
		return r;
	copy = strdup(s);
	if (!copy)
		return -ENOMEM;
	r = ids_add(&l->seen, copy, 0, &other);
	if (r < 0) {
		free(copy);
		return r == -EEXIST ? 0 : r;
	}
	l->items[l->n++] = copy;
	l->items[l->n] = NULL;
	return 0;
}

void ci_list_done(struct ci_list *l)
{
	strv_free(ci_list_take(l));
}

char **ci_list_take(struct ci_list *l)
{
	char **items = l->n ? TAKE_PTR(l->items) : NULL;

	free(l->items);
	ids_done(&l->seen);
	*l = (struct ci_list){ 0 };
	return items;
}

/* --- parts ------------------------------------------------------------------------------------------- */

void ci_profile_done(struct ci_profile *x)
{
	free(x->process);
	strv_free(x->hosts);
	strv_free(x->ips);
	ci_index_free(x->index);
	*x = (struct ci_profile){ 0 };
}

void ci_chain_done(struct ci_chain *x)
{
	free(x->process);
	strv_free(x->ancestors);
	*x = (struct ci_chain){ 0 };
}

void ci_home_done(struct ci_home *x)
{
	strv_free(x->classes);
	free(x->process);
	strv_free(x->hosts);
	strv_free(x->ips);
	ci_index_free(x->index);
	*x = (struct ci_home){ 0 };
}

void ci_webhook_done(struct ci_webhook *x)
{
	size_t i;

	free(x->url);
	for (i = 0; i < x->n_headers; i++) {
		free(x->headers[i].name);
		/* May be a token. */
		if (x->headers[i].value)
			explicit_bzero(x->headers[i].value, strlen(x->headers[i].value));
		free(x->headers[i].value);
	}
	free(x->headers);
	*x = (struct ci_webhook){ 0 };
}

static void free_lists(struct ci *ci)
{
	strv_free(ci->files);
	strv_free(ci->hosts);
	strv_free(ci->ips);
	strv_free(ci->processes);
	strv_free(ci->blocked_hosts);
	strv_free(ci->blocked_executables);
	strv_free(ci->dns_servers);
	strv_free(ci->monitored_paths);
	strv_free(ci->protected_paths);
	strv_free(ci->env_vars);
	strv_free(ci->notices);
}

struct ci *ci_free(struct ci *ci)
{
	size_t i;

	if (!ci)
		return NULL;
	for (i = 0; i < ci->n_profiles; i++)
		ci_profile_done(&ci->profiles[i]);
	for (i = 0; i < ci->n_homes; i++)
		ci_home_done(&ci->homes[i]);
	for (i = 0; i < ci->n_chains; i++)
		ci_chain_done(&ci->chains[i]);
	for (i = 0; i < ci->n_webhooks; i++)
		ci_webhook_done(&ci->webhooks[i]);
	free(ci->profiles);
	free(ci->homes);
	free(ci->chains);
	free(ci->webhooks);
	ci_index_free(ci->index);
	ci_index_free(ci->blocked);
	free_lists(ci);
	free(ci);
	return NULL;
}

/* --- the builder ------------------------------------------------------------------------------------- */

int ci_begin(struct ci_builder *b, struct problem *p)
{
	*b = (struct ci_builder){ .p = p, .ci = calloc(1, sizeof(struct ci)) };
	return b->ci ? 0 : -ENOMEM;
}

void ci_builder_done(struct ci_builder *b)
{
	size_t i;

	for (i = 0; i < _CI_LISTS; i++)
		ci_list_done(&b->lists[i]);
	ci_profile_done(&b->profile);
	ci_chain_done(&b->chain);
	ci_home_done(&b->home);
	ci_webhook_done(&b->webhook);
	b->ci = ci_free(b->ci);
}

int ci_notice(struct ci_builder *b, unsigned line, const char *fmt, ...)
{
	char text[512], all[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line)
		(void)snprintf(all, sizeof(all), "%s:%u: %s", b->file, line, text);
	else
		(void)snprintf(all, sizeof(all), "%s", text);
	return ci_list_add(&b->lists[CI_NOTICES], all);
}

struct ci *ci_finish(struct ci_builder *b)
{
	struct ci *ci = TAKE_PTR(b->ci);

	ci->files = ci_list_take(&b->lists[CI_FILES]);
	ci->hosts = ci_list_take(&b->lists[CI_HOSTS]);
	ci->ips = ci_list_take(&b->lists[CI_IPS]);
	ci->processes = ci_list_take(&b->lists[CI_PROCESSES]);
	ci->blocked_hosts = ci_list_take(&b->lists[CI_BLOCKED_HOSTS]);
	ci->blocked_executables = ci_list_take(&b->lists[CI_EXECUTABLES]);
	ci->dns_servers = ci_list_take(&b->lists[CI_DNS]);
	ci->monitored_paths = ci_list_take(&b->lists[CI_MONITORED]);
	ci->protected_paths = ci_list_take(&b->lists[CI_PROTECTED]);
	ci->env_vars = ci_list_take(&b->lists[CI_ENV]);
	ci->notices = ci_list_take(&b->lists[CI_NOTICES]);
	return ci;
}
