/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <errno.h>

#include "when.h"

#define INDENT_USUAL 2

int edit_refuse(struct edit *e, const struct yaml_node *node, const char *what)
{
	return problem_set(e->p, node ? node->line : 0, node ? node->column : 0, "%s; please edit the file by hand", what);
}

/* --- how the file is laid out ------------------------------------------------------------------------ */

/* The list that an item of a section or of an entry belongs to; NULL if there is none yet. */
static const struct yaml_node *section_list(const struct watchlist *w, enum watch_kind kind)
{
	const struct yaml_node *root = yaml_root(w->yaml);

	return root ? yaml_find(root, watch_section(kind)) : NULL;
}

static const struct yaml_node *last_item(const struct yaml_node *seq)
{
	const struct yaml_node *it = seq->child;

	while (it && it->next)
		it = it->next;
	return it;
}

/* The way entries are indented: like those of this section, else like any other, else the usual way. */
static struct indent entry_indent(const struct edit *e, enum watch_kind kind)
{
	struct indent in = { INDENT_USUAL, 2 * INDENT_USUAL };
	size_t i;

	for (i = 0; i < e->w->n_entries; i++)
		if (item_indent(&e->text, e->w->entries[i].node, &in) == 0 && e->w->entries[i].kind == kind)
			break;
	return in;
}

/* The way rules are indented below an entry whose keys stand in column `key`: as elsewhere in the file. */
static struct indent rule_indent(const struct edit *e, size_t key)
{
	struct indent usual = { key + INDENT_USUAL, key + 2 * INDENT_USUAL }, entry, rule;
	size_t i;

	for (i = 0; i < e->w->n_entries; i++) {
		const struct wl_entry *w = &e->w->entries[i];

		if (!w->n_rules || item_indent(&e->text, w->node, &entry) < 0 ||
		    item_indent(&e->text, w->rules[w->n_rules - 1].node, &rule) < 0 || rule.dash < entry.key)
			continue;
		return (struct indent){ key + rule.dash - entry.key, key + rule.key - entry.key };
	}
	return usual;
}

/* --- writing a rule, an entry ------------------------------------------------------------------------ */

static const char *const types[] = { [RULE_FILE] = "file", [RULE_NETWORK] = "network" };
static const char *const decisions[] = { [V_ALLOW] = "allow", [V_DENY] = "deny", [V_HOLD] = "prompt" };

static void put_classes(struct lines *l, char *const *classes)
{
	size_t i;

	if (!classes)
		return;
	buf_addf(l->out, "%*sclasses: [", (int)l->indent.key, "");
	for (i = 0; classes[i]; i++) {
		buf_adds(l->out, i ? ", " : "");
		yaml_quote(l->out, classes[i]);
	}
	buf_addf(l->out, "]%s", l->eol);
}

static void put_rule(struct edit *e, struct indent indent, enum watch_kind kind, const struct rule *r)
{
	struct lines l = { .out = &e->lines, .eol = e->text.eol, .indent = indent };
	char until[WHEN_TEXT_MAX];

	lines_put(&l, "id", r->id);
	if (kind == WATCH_EXECUTABLE) {
		lines_put(&l, "resource", r->resource);
		lines_put(&l, "type", types[r->type]);
	} else {
		lines_put(&l, "executable", r->executable);
	}
	lines_put(&l, "decision", decisions[r->decision]);
	put_classes(&l, r->classes);
	if (r->until_ms)
		lines_put(&l, "until", when_format(r->until_ms, until));
}

void put_entry(struct edit *e, const struct wl_entry *w)
{
	struct lines l = { .out = &e->lines, .eol = e->text.eol, .indent = entry_indent(e, w->kind) };

	lines_put(&l, "id", w->id);
	lines_put(&l, watch_pattern_key(w->kind), w->pattern);
	if (w->class_name)
		lines_put(&l, "class", w->class_name);
	if (!w->n_rules)
		return;
	lines_put(&l, "rules", NULL);
	put_rule(e, rule_indent(e, l.indent.key), w->kind, &w->rules[0].rule);
}

/* --- where it goes ----------------------------------------------------------------------------------- */

/* Behind the last item of a block list. */
static int behind_last(struct edit *e, const struct yaml_node *seq, size_t *ret_at)
{
	struct indent in;

	if (seq->flow || item_indent(&e->text, last_item(seq), &in) < 0)
		return edit_refuse(e, seq, "this list is not written as lines that begin with '-'");
	*ret_at = line_end(&e->text, seq->end);
	return 0;
}

/* A key whose list is missing ("files:") or empty ("files: []"): the lines go below it, the brackets go away. */
static int below_key(struct edit *e, const struct yaml_node *value, size_t *ret_at, size_t *ret_cut)
{
	_cleanup_buf_ struct buf line = { 0 };
	size_t end = line_end(&e->text, value->end), cut = value->end - value->start;

	buf_init(&line, 0);
	if (value->kind == YAML_NULL && !cut) {
		*ret_at = end;
		return 0;
	}
	if (line_end(&e->text, value->start) != end)
		return edit_refuse(e, value, "this empty list spans lines");
	buf_add(&line, e->text.text + value->end, end - value->end);
	buf_addf(&line, "%s%s", end == value->end ? e->text.eol : "", buf_str(&e->lines));
	buf_clear(&e->lines);
	buf_adds(&e->lines, buf_str(&line));
	*ret_at = value->start;
	while (*ret_at && e->text.text[*ret_at - 1] == ' ')
		--*ret_at;
	*ret_cut = end - *ret_at;
	return buf_error(&line);
}

/* The file has no such section: it is written at the end. */
static void new_section(struct edit *e, enum watch_kind kind, size_t *ret_at)
{
	_cleanup_buf_ struct buf section = { 0 };
	bool blank = e->text.len < 2 || e->text.text[e->text.len - 2] == '\n';

	buf_init(&section, YAML_SIZE_MAX);
	buf_addf(&section, "%s%s:%s%s", blank ? "" : e->text.eol, watch_section(kind), e->text.eol, buf_str(&e->lines));
	buf_clear(&e->lines);
	buf_adds(&e->lines, buf_str(&section));
	*ret_at = e->text.len;
}

int place_entry(struct edit *e, enum watch_kind kind, size_t *ret_at, size_t *ret_cut)
{
	const struct yaml_node *root = yaml_root(e->w->yaml), *seq = section_list(e->w, kind);

	if (root && root->flow)
		return edit_refuse(e, root, "this file is written in braces");
	if (!seq) {
		new_section(e, kind, ret_at);
		return 0;
	}
	if (seq->kind == YAML_SEQ && seq->n)
		return behind_last(e, seq, ret_at);
	return below_key(e, seq, ret_at, ret_cut);
}

int place_rule(struct edit *e, const struct wl_entry *w, const struct rule *r, size_t *ret_at, size_t *ret_cut)
{
	const struct yaml_node *seq = yaml_find(w->node, "rules");
	struct indent in;

	if (w->node->flow || item_indent(&e->text, w->node, &in) < 0)
		return edit_refuse(e, w->node, "this entry is not written as lines of 'key: value'");
	if (seq && seq->kind == YAML_SEQ && seq->n) {
		struct indent own;

		if (item_indent(&e->text, last_item(seq), &own) == 0)
			put_rule(e, own, w->kind, r);
		return behind_last(e, seq, ret_at);
	}
	if (!seq)
		buf_addf(&e->lines, "%*srules:%s", (int)in.key, "", e->text.eol);
	put_rule(e, rule_indent(e, in.key), w->kind, r);
	if (seq)
		return below_key(e, seq, ret_at, ret_cut);
	*ret_at = line_end(&e->text, w->node->end);
	return 0;
}
