/* SPDX-License-Identifier: Apache-2.0 */
#include "watchlist.h"

#include <errno.h>
#include <string.h>

#include "catalog.h"
#include "ci_read.h"
#include "glob.h"
#include "ids.h"
#include "model.h"
#include "when.h"

#define ID_MAX 64

struct reading {
	struct watchlist *w;
	struct problem *p;
	struct wl_entry *entry; /* the one being read */
	struct wl_rule *rule;
	const struct yaml_node *pattern, *resource, *type, *classes; /* places for checks that need the whole mapping */
};

/* --- values that many mappings have ------------------------------------------------------------------ */

static int read_note(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	if (v->kind != YAML_SCALAR && v->kind != YAML_NULL)
		return yaml_problem(v, in->p, "a note must be text, this is %s", yaml_kind_text(v));
	return 0;
}

static int read_id(struct reading *in, const struct yaml_node *v, char **id)
{
	int r = yaml_get_text(v, "an id", id, in->p);

	if (r == 0 && strlen(*id) > ID_MAX)
		return yaml_problem(v, in->p, "an id has at most %d bytes", ID_MAX);
	if (r == 0 && strncmp(*id, CATALOG_ID, strlen(CATALOG_ID)) == 0)
		return yaml_problem(v, in->p, "ids that begin with '" CATALOG_ID "' belong to the catalogue");
	if (r == 0 && strncmp(*id, POLICY_ID, strlen(POLICY_ID)) == 0)
		return yaml_problem(v, in->p, "ids that begin with '" POLICY_ID "' belong to policy.yaml");
	return r;
}

/* A text that check accepts; what it says gets the value's place. */
static int read_checked(struct reading *in, const struct yaml_node *v, const char *what, char **ret,
			int (*check)(const char *s, struct problem *p))
{
	struct problem why = { 0 };
	int r = yaml_get_text(v, what, ret, in->p);

	if (r == 0) {
		r = check(*ret, &why);
		if (r == -EINVAL)
			r = yaml_problem(v, in->p, "%s", why.text);
	}
	return r;
}

/* --- rules ------------------------------------------------------------------------------------------- */

static int rule_id(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_id(in, v, &in->rule->rule.id);
}

static int rule_executable(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_checked(in, v, "an executable", &in->rule->rule.executable, exe_check);
}

static int rule_resource(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	in->resource = v;
	return yaml_get_text(v, "a resource", &in->rule->rule.resource, in->p);
}

static int rule_type(void *ctx, const struct yaml_node *v)
{
	static const struct yaml_word words[] = { { "network", RULE_NETWORK }, { "file", RULE_FILE } };
	struct reading *in = ctx;
	int type = 0, r = yaml_get_word(v, "is not a type of resource", words, ARRAY_SIZE(words), &type, in->p);

	in->type = v;
	in->rule->rule.type = (enum rule_type)type;
	return r;
}

static int rule_decision(void *ctx, const struct yaml_node *v)
{
	static const struct yaml_word words[] = {
		{ "allow", V_ALLOW }, { "deny", V_DENY }, { "prompt", V_HOLD }, { "hold", V_HOLD }
	};
	struct reading *in = ctx;
	int d = 0, r = yaml_get_word(v, "is not a decision", words, ARRAY_SIZE(words), &d, in->p);

	in->rule->rule.decision = (enum verdict)d;
	return r;
}

static int rule_enabled(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_bool(v, &in->rule->rule.enabled, in->p);
}

static int rule_classes(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;
	int r = yaml_get_list(v, "a class", class_name_check, &in->rule->rule.classes, in->p);

	in->classes = v;
	/* Nothing listed could be read as "no class" or "every class": let the writer say which. */
	if (r == 0 && !in->rule->rule.classes)
		return yaml_problem(v, in->p, "'classes' is empty; name classes, or leave it out for all");
	return r;
}

static int rule_until(void *ctx, const struct yaml_node *v)
{
	_cleanup_free_ char *text = NULL;
	struct reading *in = ctx;
	int r = yaml_get_text(v, "a time", &text, in->p);

	if (r == 0 && when_parse(text, &in->rule->rule.until_ms) < 0)
		return yaml_problem(v, in->p, "'%.64s' is not a time; write it as 2026-05-01T18:00:00Z", text);
	return r;
}

#define KEY_ID { "id", rule_id, "names the rule; unique in the file, made up if left out" }
#define KEY_EXECUTABLE { "executable", rule_executable, "whom the rule is about" }
#define KEY_DECISION { "decision", rule_decision, "allow, deny, or prompt (hold): ask a person" }
#define KEY_ENABLED { "enabled", rule_enabled, "false switches the rule off; true if left out" }
#define KEY_CLASSES { "classes", rule_classes, "only while every class of secret carried is one of these" }
#define KEY_UNTIL { "until", rule_until, "the rule ends at this time" }
#define KEY_NOTE { "note", read_note, "free text" }

static const struct yaml_key file_rule_keys[] = {
	KEY_ID, KEY_EXECUTABLE, KEY_DECISION, KEY_ENABLED, KEY_UNTIL, KEY_NOTE,
};
static const struct yaml_key network_rule_keys[] = {
	KEY_ID, KEY_EXECUTABLE, KEY_DECISION, KEY_ENABLED, KEY_CLASSES, KEY_UNTIL, KEY_NOTE,
};
static const struct yaml_key executable_rule_keys[] = {
	KEY_ID,
	{ "resource", rule_resource, "what the rule is about: a destination or a path" },
	{ "type", rule_type, "network or file: what the resource is" },
	KEY_DECISION, KEY_ENABLED, KEY_CLASSES, KEY_UNTIL, KEY_NOTE,
};

/* By kind of entry. */
static const struct yaml_table rule_tables[] = {
	[WATCH_FILE] = YAML_TABLE("a rule of a files entry", file_rule_keys),
	[WATCH_NETWORK] = YAML_TABLE("a rule of a network entry", network_rule_keys),
	[WATCH_EXECUTABLE] = YAML_TABLE("a rule of an executables entry", executable_rule_keys),
};

static int check_resource(struct reading *in)
{
	struct rule *r = &in->rule->rule;
	struct problem why = { 0 };
	int e;

	if (r->type == RULE_FILE && in->classes)
		return yaml_problem(in->classes, in->p, "'classes' is for rules about destinations; a file rule has none");
	if (streq(r->resource, "*"))
		return 0;
	e = r->type == RULE_FILE ? glob_check(r->resource, &why) : dest_check(r->resource, &why);
	return e == -EINVAL ? yaml_problem(in->resource, in->p, "%s", why.text) : e;
}

static int missing(struct reading *in, const struct yaml_node *node, const char *where, const char *key)
{
	return yaml_problem(node, in->p, "%s without '%s'", where, key);
}

static int check_rule(struct reading *in, const struct yaml_node *node)
{
	const char *where = rule_tables[in->entry->kind].where;
	const struct rule *r = &in->rule->rule;

	if (r->decision == V_NONE)
		return missing(in, node, where, "decision");
	if (in->entry->kind != WATCH_EXECUTABLE)
		return r->executable ? 0 : missing(in, node, where, "executable");
	if (!r->resource)
		return missing(in, node, where, "resource");
	if (!in->type)
		return missing(in, node, where, "type");
	return check_resource(in);
}

static int read_rule(void *ctx, const struct yaml_node *node)
{
	struct reading *in = ctx;
	struct wl_entry *e = in->entry;
	int r;

	in->rule = array_slot((void **)&e->rules, e->n_rules, sizeof(*e->rules));
	if (!in->rule)
		return -ENOMEM;
	e->n_rules++;
	in->rule->node = node;
	in->rule->rule.enabled = true;
	in->rule->rule.line = node->line;
	in->rule->rule.column = node->column;
	in->rule->rule.type = e->kind == WATCH_FILE ? RULE_FILE : RULE_NETWORK;
	in->resource = in->type = in->classes = NULL;
	r = yaml_read_map(node, &rule_tables[e->kind], in, in->p);
	return r < 0 ? r : check_rule(in, node);
}

/* --- entries ----------------------------------------------------------------------------------------- */

static int entry_id(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_id(in, v, &in->entry->id);
}

static int entry_path(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_checked(in, v, "a path", &in->entry->pattern, glob_check);
}

static int entry_destination(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_checked(in, v, "a destination", &in->entry->pattern, dest_check);
}

static int entry_executable(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_checked(in, v, "a path", &in->entry->pattern, exe_check);
}

static int entry_class(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return read_checked(in, v, "a class", &in->entry->class_name, class_name_check);
}

static int entry_rules(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_read_seq(v, "'rules'", read_rule, in, in->p);
}

#define KEY_ENTRY_ID { "id", entry_id, "names the entry; unique in the file, made up if left out" }
#define KEY_RULES { "rules", entry_rules, "what is decided; without rules it is only watched" }

static const struct yaml_key file_keys[] = {
	KEY_ENTRY_ID,
	{ "path", entry_path, "path pattern of the secrets" },
	{ "class", entry_class, "class of the secrets: one of the catalogue's or a new one" },
	KEY_RULES, KEY_NOTE,
};
static const struct yaml_key network_keys[] = {
	KEY_ENTRY_ID,
	{ "destination", entry_destination, "host, address or range, with a port if it matters" },
	KEY_RULES, KEY_NOTE,
};
static const struct yaml_key executable_keys[] = {
	KEY_ENTRY_ID,
	{ "path", entry_executable, "path pattern, name, or interpreter:script" },
	KEY_RULES, KEY_NOTE,
};

static const struct {
	const char *section, *pattern_key;
	struct yaml_table table;
} kinds[] = {
	[WATCH_FILE] = { "files", "path", YAML_TABLE("a files entry", file_keys) },
	[WATCH_NETWORK] = { "network", "destination", YAML_TABLE("a network entry", network_keys) },
	[WATCH_EXECUTABLE] = { "executables", "path", YAML_TABLE("an executables entry", executable_keys) },
};

const char *watch_section(enum watch_kind kind)
{
	return kinds[kind].section;
}

const char *watch_pattern_key(enum watch_kind kind)
{
	return kinds[kind].pattern_key;
}

/* Copies what the entry says into its rules; keys may come in any order, so after all were read. */
static int complete_rules(struct wl_entry *e)
{
	size_t i;

	for (i = 0; i < e->n_rules; i++) {
		struct rule *r = &e->rules[i].rule;
		char **implied = e->kind == WATCH_EXECUTABLE ? &r->executable : &r->resource;

		*implied = strdup(e->pattern);
		if (!*implied)
			return -ENOMEM;
	}
	return 0;
}

static int read_entry(struct reading *in, enum watch_kind kind, const struct yaml_node *node)
{
	struct watchlist *w = in->w;
	int r;

	in->entry = array_slot((void **)&w->entries, w->n_entries, sizeof(*w->entries));
	if (!in->entry)
		return -ENOMEM;
	w->n_entries++;
	in->entry->kind = kind;
	in->entry->node = node;
	in->entry->line = node->line;
	in->entry->column = node->column;
	r = yaml_read_map(node, &kinds[kind].table, in, in->p);
	if (r < 0)
		return r;
	if (!in->entry->pattern)
		return missing(in, node, kinds[kind].table.where, kinds[kind].pattern_key);
	return complete_rules(in->entry);
}

static int file_entry(void *ctx, const struct yaml_node *node)
{
	return read_entry(ctx, WATCH_FILE, node);
}

static int network_entry(void *ctx, const struct yaml_node *node)
{
	return read_entry(ctx, WATCH_NETWORK, node);
}

static int executable_entry(void *ctx, const struct yaml_node *node)
{
	return read_entry(ctx, WATCH_EXECUTABLE, node);
}

/* --- the file ---------------------------------------------------------------------------------------- */

static int read_files(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "'files'", file_entry, ctx, ((struct reading *)ctx)->p);
}

static int read_network(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "'network'", network_entry, ctx, ((struct reading *)ctx)->p);
}

static int read_executables(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "'executables'", executable_entry, ctx, ((struct reading *)ctx)->p);
}

static int read_version(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	if (v->kind != YAML_SCALAR || !streq(v->text, "1"))
		return yaml_problem(v, in->p, "'version' must be 1, the only version of this format");
	return 0;
}

static int read_mode(void *ctx, const struct yaml_node *v)
{
	static const struct yaml_word words[] = { { "monitor", false }, { "enforce", true }, { "trace", true } };
	struct reading *in = ctx;
	int enforce = 0, r = yaml_get_word(v, "is not a mode", words, ARRAY_SIZE(words), &enforce, in->p);

	in->w->enforce = enforce;
	in->w->mode_said = true;
	return r;
}

static int read_catalog(void *ctx, const struct yaml_node *v)
{
	static const struct yaml_word words[] = { { "default", false }, { "none", true } };
	struct reading *in = ctx;
	int none = 0, r = yaml_get_word(v, "is not a catalogue", words, ARRAY_SIZE(words), &none, in->p);

	in->w->no_catalog = none;
	return r;
}

static const struct yaml_key top_keys[] = {
	{ "version", read_version, "1" },
	{ "mode", read_mode, "monitor or enforce (trace means enforce)" },
	{ "catalog", read_catalog, "default or none: whether the built-in classes are watched" },
	{ "files", read_files, "secrets by path" },
	{ "network", read_network, "destinations" },
	{ "executables", read_executables, "programs" },
	KEY_NOTE,
};
static const struct yaml_table top_table = YAML_TABLE("a watchlist", top_keys);

const struct yaml_table *const watchlist_tables[] = {
	&top_table,
	&kinds[WATCH_FILE].table,
	&kinds[WATCH_NETWORK].table,
	&kinds[WATCH_EXECUTABLE].table,
	&rule_tables[WATCH_FILE],
	&rule_tables[WATCH_NETWORK],
	&rule_tables[WATCH_EXECUTABLE],
	NULL,
};

/* --- ids --------------------------------------------------------------------------------------------- */

static int claim_id(struct ids *ids, const char *id, const struct yaml_node *node, struct problem *p)
{
	const struct yaml_node *written = yaml_find(node, "id");
	unsigned other = 0;
	int r = ids_add(ids, id, node->line, &other);

	if (r == -EEXIST)
		return yaml_problem(written ? written : node, p,
				    "the id '%s' is used twice, first in the entry or rule of line %u; ids must be unique", id,
				    other);
	return r;
}

static int make_id(struct ids *ids, const struct wl_entry *e, const struct rule *rule, char **ret)
{
	_cleanup_buf_ struct buf content = { 0 };
	char id[ID_GENERATED + 1];
	unsigned other;

	buf_init(&content, 0);
	buf_addf(&content, "%s %s", kinds[e->kind].section, e->pattern);
	if (rule)
		wl_rule_dump(rule, &content);
	if (buf_error(&content))
		return buf_error(&content);
	ids_make(ids, buf_str(&content), id);
	*ret = strdup(id);
	return *ret ? ids_add(ids, *ret, 0, &other) : -ENOMEM;
}

static int written_ids(struct wl_entry *e, struct ids *ids, struct problem *p)
{
	int r = e->id ? claim_id(ids, e->id, e->node, p) : 0;
	size_t i;

	for (i = 0; r == 0 && i < e->n_rules; i++)
		if (e->rules[i].rule.id)
			r = claim_id(ids, e->rules[i].rule.id, e->rules[i].node, p);
	return r;
}

static int missing_ids(struct wl_entry *e, struct ids *ids)
{
	size_t i;
	int r = 0;

	e->id_made = !e->id;
	if (e->id_made)
		r = make_id(ids, e, NULL, &e->id);
	for (i = 0; r == 0 && i < e->n_rules; i++) {
		struct wl_rule *w = &e->rules[i];

		w->id_made = !w->rule.id;
		if (w->id_made)
			r = make_id(ids, e, &w->rule, &w->rule.id);
	}
	return r;
}

/* Written ones first, so that made ones keep clear of them wherever they stand. */
static int all_ids(struct watchlist *w, struct problem *p)
{
	_cleanup_(ids_done) struct ids ids = { 0 };
	int r = 0;
	size_t i;

	for (i = 0; r == 0 && i < w->n_entries; i++)
		r = written_ids(&w->entries[i], &ids, p);
	for (i = 0; r == 0 && i < w->n_entries; i++)
		r = missing_ids(&w->entries[i], &ids);
	return r;
}

/* --- the door ---------------------------------------------------------------------------------------- */

static int from_yaml(struct yaml *y, struct watchlist **ret, struct problem *p)
{
	_cleanup_watchlist_ struct watchlist *w = calloc(1, sizeof(*w));
	struct reading in = { .w = w, .p = p };
	int r;

	if (!w) {
		(void)yaml_free(y);
		return -ENOMEM;
	}
	w->yaml = y;
	w->enforce = true;
	r = yaml_root(y) ? yaml_read_map(yaml_root(y), &top_table, &in, p) : 0;
	if (r == 0)
		r = all_ids(w, p);
	if (r == 0)
		*ret = TAKE_PTR(w);
	return r;
}

int watchlist_parse(const char *name, const char *text, size_t len, struct watchlist **ret, struct problem *p)
{
	struct yaml *y = NULL;
	int r = yaml_parse(name, text, len, &y, p);

	return r < 0 ? r : from_yaml(y, ret, p);
}

int watchlist_load(const char *path, struct watchlist **ret, struct problem *p)
{
	struct yaml *y = NULL;
	int r = yaml_load(path, &y, p);

	return r < 0 ? r : from_yaml(y, ret, p);
}

static void entry_done(struct wl_entry *e)
{
	size_t i;

	for (i = 0; i < e->n_rules; i++)
		rule_done(&e->rules[i].rule);
	free(e->rules);
	free(e->id);
	free(e->pattern);
	free(e->class_name);
}

struct watchlist *watchlist_free(struct watchlist *w)
{
	size_t i;

	if (!w)
		return NULL;
	for (i = 0; i < w->n_entries; i++)
		entry_done(&w->entries[i]);
	free(w->entries);
	(void)yaml_free(w->yaml);
	free(w);
	return NULL;
}

int watchlist_new_id(const struct watchlist *w, const char *content, char ret[16])
{
	_cleanup_(ids_done) struct ids ids = { 0 };
	unsigned other;
	size_t i, k;
	int r = 0;

	for (i = 0; r == 0 && i < w->n_entries; i++) {
		r = ids_add(&ids, w->entries[i].id, 0, &other);
		for (k = 0; r == 0 && k < w->entries[i].n_rules; k++)
			r = ids_add(&ids, w->entries[i].rules[k].rule.id, 0, &other);
	}
	if (r == 0)
		ids_make(&ids, content, ret);
	return r;
}
