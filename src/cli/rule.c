/* SPDX-License-Identifier: Apache-2.0 */
/* egret rule list|add|rm: the rules of the watchlist. */
#include "cli.h"

#include <string.h>
#include <time.h>

#include "edit.h"

static const char *const decisions[] = { "allow", "deny", "ask", NULL };
static const enum verdict verdicts[] = { V_ALLOW, V_DENY, V_HOLD };

struct rule_values {
	const char *watchlist, *executable;
	struct option_list classes;
	uint64_t span_ms;
	int kind;
	bool all;
};

#define ROW_WATCHLIST                                                                                       \
	{                                                                                                   \
		"watchlist", 0, "FILE", OPT_STRING, NULL, "watchlist.yaml in the configuration directory",  \
			"the watchlist meant", offsetof(struct rule_values, watchlist)                       \
	}

const struct option_row rule_list_options[] = {
	{ "all", 'a', NULL, OPT_FLAG, NULL, NULL, "with rules of the built-in catalogue",
	  offsetof(struct rule_values, all) },
	ROW_WATCHLIST,
	{ NULL },
};

const struct option_row rule_add_options[] = {
	{ "executable", 'x', "PATTERN", OPT_STRING, NULL, "'*', any program",
	  "who: a path, a glob, a name such as curl, or interpreter:script",
	  offsetof(struct rule_values, executable) },
	{ "class", 'c', "NAME", OPT_LIST, NULL, "any",
	  "only for who carries these classes and no others; may be repeated",
	  offsetof(struct rule_values, classes) },
	{ "for", 'f', "DURATION", OPT_DURATION, NULL, "always", "how long the rule holds",
	  offsetof(struct rule_values, span_ms) },
	{ "kind", 'k', "KIND", OPT_ENUM, watch_kinds, "file for a path, else network",
	  "under which entry it is written: the file's, the destination's, or the executable's",
	  offsetof(struct rule_values, kind) },
	ROW_WATCHLIST,
	{ NULL },
};

const struct option_row rule_rm_options[] = { ROW_WATCHLIST, { NULL } };

/* --- list -------------------------------------------------------------------------------------------- */

static void rule_json(struct json *j, const struct rule *r)
{
	char *const *name;

	json_obj(j);
	json_kstr(j, "id", r->id);
	json_kstr(j, "decision", verdict_name(r->decision));
	json_kstr(j, "executable", r->executable);
	json_kstr(j, "type", r->type == RULE_FILE ? "file" : "network");
	json_kstr(j, "resource", r->resource);
	json_karr(j, "classes");
	for (name = r->classes; name && *name; name++)
		json_str(j, *name);
	json_end(j);
	json_kbool(j, "enabled", r->enabled);
	json_kuint(j, "until_ms", r->until_ms);
	json_end(j);
}

static void list_json(const struct policy *p)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;
	size_t i;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_karr(&j, "rules");
	for (i = 0; i < p->n_rules; i++)
		rule_json(&j, &p->rules[i]);
	json_end(&j);
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static const char *until_text(const struct rule *r, char dst[64])
{
	time_t seconds = (time_t)(r->until_ms / 1000);
	struct tm tm;

	if (!r->enabled)
		return "disabled";
	if (!r->until_ms)
		return "always";
	if (r->until_ms < now_wall_ms())
		return "expired";
	return localtime_r(&seconds, &tm) && strftime(dst, 64, "%F %R", &tm) ? dst : "?";
}

static void add_row(struct columns *t, const struct rule *r)
{
	_cleanup_buf_ struct buf classes = { 0 };
	char *const *name;
	char until[64];

	buf_init(&classes, 0);
	for (name = r->classes; name && *name; name++)
		buf_addf(&classes, "%s%s", classes.len ? ", " : "", *name);
	columns_add(t, r->id);
	columns_add(t, r->decision == V_HOLD ? "ask" : verdict_name(r->decision));
	columns_add(t, r->executable);
	columns_add(t, r->type == RULE_FILE ? "reads" : "reaches");
	columns_add(t, r->resource);
	columns_add(t, classes.len ? buf_str(&classes) : "any");
	columns_add(t, until_text(r, until));
}

static void list_people(const struct cli *c, const struct policy *p)
{
	static const char *const heads[] = { "ID", "DECISION", "EXECUTABLE", "", "RESOURCE", "CLASSES", "HOLDS" };
	struct columns t;
	size_t i;

	columns_init(&t, ARRAY_SIZE(heads));
	for (i = 0; i < ARRAY_SIZE(heads); i++)
		columns_add(&t, heads[i]);
	for (i = 0; i < p->n_rules; i++)
		add_row(&t, &p->rules[i]);
	columns_print(&t, c, stdout);
	columns_done(&t);
}

int verb_rule_list(struct cli *c, int argc, char **argv)
{
	struct rule_values o = { 0 };
	struct policy *p = NULL;
	int n = cli_parse(c, argc, argv, &o);

	if (n < 0)
		return cli_exit_of(n);
	if (cli_policy_load(c, o.watchlist, o.all, &p) < 0)
		return CLI_FAILED;
	if (c->json)
		list_json(p);
	else if (p->n_rules)
		list_people(c, p);
	else
		(void)puts("The watchlist has no rules.");
	(void)policy_free(p);
	return CLI_OK;
}

/* --- add and rm -------------------------------------------------------------------------------------- */

static int decision_index(const char *word)
{
	int i;

	for (i = 0; decisions[i]; i++)
		if (streq(decisions[i], word))
			return i;
	return -1;
}

/* Under an executable's entry the roles change: the entry is the program, the resource is what the rule says. */
static void place_rule(struct edit_rule *rule, const struct rule_values *o, const char *resource)
{
	rule->kind = o->kind < 0 ? kind_of_pattern(resource) : (enum watch_kind)o->kind;
	if (rule->kind == WATCH_EXECUTABLE) {
		rule->pattern = o->executable;
		rule->resource = resource;
		rule->type = kind_of_pattern(resource) == WATCH_FILE ? RULE_FILE : RULE_NETWORK;
		return;
	}
	rule->pattern = resource;
	rule->executable = o->executable ? o->executable : "*";
	rule->type = rule->kind == WATCH_FILE ? RULE_FILE : RULE_NETWORK;
}

int verb_rule_add(struct cli *c, int argc, char **argv)
{
	struct rule_values o = { .kind = -1 };
	_cleanup_free_ char *path = NULL;
	struct problem problem = { 0 };
	struct edit_rule rule = { 0 };
	char id[16] = "";
	int n = cli_parse(c, argc, argv, &o), r;

	if (n < 0)
		return cli_exit_of(n);
	if (decision_index(argv[1]) < 0)
		return cli_usage(c, "'%s' is not allow, deny or ask", argv[1]);
	if (o.kind == WATCH_EXECUTABLE && !o.executable)
		return cli_usage(c, "--kind executable needs --executable PATTERN");
	place_rule(&rule, &o, argv[2]);
	rule.decision = verdicts[decision_index(argv[1])];
	rule.classes = o.classes.n ? o.classes.item : NULL;
	rule.until_ms = o.span_ms ? now_wall_ms() + o.span_ms : 0;
	r = edit_begin(c, o.watchlist, &path);
	if (r != CLI_OK)
		return r;
	r = watchlist_add_rule(path, &rule, id, &problem);
	return r < 0 ? edit_failed(r, &problem) : edit_added(c, "rule", id);
}

int verb_rule_rm(struct cli *c, int argc, char **argv)
{
	struct rule_values o = { 0 };
	int n = cli_parse(c, argc, argv, &o);

	return n < 0 ? cli_exit_of(n) : edit_remove(c, o.watchlist, argv[1]);
}
