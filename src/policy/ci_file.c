/* SPDX-License-Identifier: Apache-2.0 */
/* The top of a policy.yaml, its webhooks, and the files themselves. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "ci_read.h"
#include "model.h"

#define HEADERS_MAX 32
#define HEADER_MAX 8192 /* bytes of a value: what servers accept */
#define WEBHOOKS_MAX 64

/* --- webhooks ---------------------------------------------------------------------------------------- */

/* What `filter` and `events` may say; the names of the seed's events and the words that stand for several. */
static const struct yaml_word events[] = {
	{ "all", CI_ALL_EVENTS },
	{ "pass", CI_PASS },
	{ "block", CI_BLOCK },
	{ "process_block", CI_PROCESS_BLOCK },
	{ "file_flag", CI_FILE_FLAG },
	{ "file_block", CI_FILE_BLOCK },
};

static int url_check(const char *s, struct problem *p)
{
	size_t scheme = strncmp(s, "https://", 8) == 0 ? 8 : strncmp(s, "http://", 7) == 0 ? 7 : 0;
	size_t host = scheme ? strcspn(s + scheme, "/?#") : 0;

	/* Not quoted in full: a URL may hold a token. */
	if (!host || strcspn(s, " \"<>\\^`{|}") != strlen(s))
		return problem_set(p, 0, 0, "\"%.24s\" is not a URL that begins with https:// or http://", s);
	return 0;
}

static int webhook_url(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;

	return ci_read_text_of(b, "url", v, url_check, &b->webhook.url);
}

static int add_event(struct ci_builder *b, const struct yaml_node *v, int *ret)
{
	return yaml_get_word(v, "is not an event", events, ARRAY_SIZE(events), ret, b->p);
}

/* "block" as a filter is every refusal: who asks for it wants to hear of blocked programs and files too. */
static int webhook_filter(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	int e = 0, r = add_event(b, v, &e);

	if (e == CI_BLOCK)
		e |= CI_PROCESS_BLOCK | CI_FILE_BLOCK;
	b->webhook.events |= (unsigned)e;
	return r;
}

static int webhook_event(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	int e = 0, r = add_event(b, v, &e);

	b->webhook.events |= (unsigned)e;
	return r;
}

static int webhook_events(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "events", webhook_event, ctx, ((struct ci_builder *)ctx)->p);
}

/* RFC 9110, 5.6.2: what a header's name may be made of; its value must not end the line. */
static int header_check(struct ci_builder *b, const struct yaml_node *k, const struct yaml_node *v)
{
	const char *c = k->text;

	while (isalnum((unsigned char)*c) || (*c && strchr("!#$%&'*+-.^_`|~", *c)))
		c++;
	if (!*k->text || *c)
		return yaml_problem(k, b->p, "headers: \"%.64s\" is not the name of a header", k->text);
	if (v->kind != YAML_SCALAR)
		return yaml_problem(v, b->p, "headers: the value of %.64s must be a text, this is %s", k->text,
				    yaml_kind_text(v));
	if (strlen(v->text) > HEADER_MAX || strpbrk(v->text, "\n\r"))
		return yaml_problem(v, b->p, "headers: the value of %.64s must be one line of at most %d bytes", k->text,
				    HEADER_MAX);
	return 0;
}

static int add_header(struct ci_builder *b, const struct yaml_node *k)
{
	struct ci_webhook *w = &b->webhook;
	struct ci_header *h;
	int r = header_check(b, k, k->next);

	if (r < 0)
		return r;
	if (w->n_headers == HEADERS_MAX)
		return yaml_problem(k, b->p, "headers: more than %d", HEADERS_MAX);
	h = array_slot((void **)&w->headers, w->n_headers, sizeof(*h));
	if (!h)
		return -ENOMEM;
	w->n_headers++;
	h->name = strdup(k->text);
	h->value = strdup(k->next->text);
	return h->name && h->value ? 0 : -ENOMEM;
}

static int webhook_headers(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	const struct yaml_node *k;
	int r = 0;

	if (v->kind == YAML_NULL)
		return 0;
	if (v->kind != YAML_MAP)
		return yaml_problem(v, b->p, "headers must be a mapping (name: value), this is %s", yaml_kind_text(v));
	for (yaml_each_pair(k, v)) {
		r = add_header(b, k);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct yaml_key webhook_keys[] = {
	{ "url", webhook_url, "where events are sent" },
	{ "filter", webhook_filter, "block, pass, all or one event; all if neither this nor events is given" },
	{ "events", webhook_events, "list of pass, block, process_block, file_flag, file_block" },
	{ "headers", webhook_headers, "headers to send along; their values are never shown" },
};
const struct yaml_table ci_webhook_table = YAML_TABLE("a webhook", webhook_keys);

static int read_webhook(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	int r;

	ci_webhook_done(&b->webhook);
	b->webhook.place = ci_place_of(b, v);
	r = yaml_read_map(v, &ci_webhook_table, b, b->p);
	if (r < 0)
		return r;
	if (!b->webhook.url)
		return yaml_problem(v, b->p, "a webhook without 'url'");
	if (b->ci->n_webhooks == WEBHOOKS_MAX)
		return yaml_problem(v, b->p, "more than %d webhooks", WEBHOOKS_MAX);
	if (!b->webhook.events)
		b->webhook.events = CI_ALL_EVENTS;
	return CI_APPEND(b, webhooks, n_webhooks, webhook);
}

/* --- the top ----------------------------------------------------------------------------------------- */

static int top_version(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;

	if (v->kind == YAML_NULL || (v->kind == YAML_SCALAR && (!*v->text || streq(v->text, "1"))))
		return 0;
	return yaml_problem(v, b->p, "unsupported config version: \"%.64s\" (supported: \"1\")", v->text);
}

static int top_mode(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;

	if (v->kind == YAML_NULL || (v->kind == YAML_SCALAR && !*v->text))
		return 0;
	if (v->kind == YAML_SCALAR && streq(v->text, "monitor"))
		b->ci->mode = CI_MODE_MONITOR;
	else if (v->kind == YAML_SCALAR && (streq(v->text, "enforce") || streq(v->text, "trace")))
		b->ci->mode = CI_MODE_ENFORCE;
	else
		return yaml_problem(v, b->p, "invalid mode: \"%.64s\" (must be \"monitor\", \"enforce\" or \"trace\")", v->text);
	return 0;
}

static int top_rules(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;

	return v->kind == YAML_NULL ? 0 : yaml_read_map(v, &ci_rules_table, b, b->p);
}

static int top_webhooks(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "webhooks", read_webhook, ctx, ((struct ci_builder *)ctx)->p);
}

/* Accepted so that files of the seed load; neither kept nor shown, for one of them is a secret. */
static int not_used(struct ci_builder *b, const struct yaml_node *v, const char *key)
{
	if (v->kind != YAML_SCALAR && v->kind != YAML_NULL)
		return yaml_problem(v, b->p, "%s must be a text, this is %s", key, yaml_kind_text(v));
	if (!*v->text)
		return 0;
	return ci_notice(b, v->line, "%s is not used by this program: nothing is reported to a cloud service", key);
}

static int top_api_key(void *ctx, const struct yaml_node *v)
{
	return not_used(ctx, v, "api_key");
}

static int top_api_url(void *ctx, const struct yaml_node *v)
{
	return not_used(ctx, v, "api_url");
}

static const struct yaml_key top_keys[] = {
	{ "version", top_version, "1; may be left out" },
	{ "mode", top_mode, "monitor, or enforce (trace means enforce)" },
	{ "rules", top_rules, "what is allowed and what is not" },
	{ "webhooks", top_webhooks, "where events are sent" },
	{ "api_key", top_api_key, "accepted, not used" },
	{ "api_url", top_api_url, "accepted, not used" },
};
const struct yaml_table ci_top_table = YAML_TABLE("a policy", top_keys);

/* --- files ------------------------------------------------------------------------------------------- */

int ci_read_begin(struct ci_builder *b, const char *name)
{
	struct ci_list *files = &b->lists[CI_FILES];
	size_t i;
	int r = ci_list_add(files, name);

	if (r < 0)
		return r;
	/* The list keeps the texts where they are: places may point to them as long as the struct ci lives. */
	for (i = files->n - 1; !streq(files->items[i], name); i--)
		;
	b->file = files->items[i];
	return 0;
}

static int read_yaml(struct ci_builder *b, const char *name, const struct yaml *y)
{
	int r = ci_read_begin(b, name);

	if (r < 0)
		return r;
	if (!yaml_root(y))
		return 0;
	return yaml_read_map(yaml_root(y), &ci_top_table, b, b->p);
}

int ci_read_text(struct ci_builder *b, const char *name, const char *text, size_t len)
{
	_cleanup_yaml_ struct yaml *y = NULL;
	int r = yaml_parse(name, text, len, &y, b->p);

	return r < 0 ? r : read_yaml(b, name, y);
}

int ci_read_file(struct ci_builder *b, const char *path)
{
	_cleanup_yaml_ struct yaml *y = NULL;
	int r = yaml_load(path, &y, b->p);

	return r < 0 ? r : read_yaml(b, path, y);
}
