/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "watchlist.h"

/* What a watchlist says, as text to compare and to make ids from. Never shown to people. */

void wl_rule_dump(const struct rule *r, struct buf *out)
{
	size_t i;

	buf_addf(out, " rule %d %d %d %" PRIu64 "\n%s\n%s\n", r->type, r->decision, r->enabled, r->until_ms,
		 r->executable ? r->executable : "", r->resource ? r->resource : "");
	for (i = 0; r->classes && r->classes[i]; i++)
		buf_addf(out, " class %s\n", r->classes[i]);
}

static void entry_dump(const struct wl_entry *e, const void *without, struct buf *out)
{
	size_t i;

	buf_addf(out, "%s %s\n%s %s\n", watch_section(e->kind), e->id_made ? "-" : e->id, e->pattern,
		 e->class_name ? e->class_name : "-");
	for (i = 0; i < e->n_rules; i++) {
		if (&e->rules[i] == without)
			continue;
		buf_adds(out, e->rules[i].id_made ? "-" : e->rules[i].rule.id);
		wl_rule_dump(&e->rules[i].rule, out);
	}
}

void watchlist_dump(const struct watchlist *w, const void *without, struct buf *out)
{
	enum watch_kind kind;
	size_t i;

	buf_addf(out, "%d %d\n", w->enforce, w->no_catalog);
	for (kind = WATCH_FILE; kind <= WATCH_EXECUTABLE; kind++)
		for (i = 0; i < w->n_entries; i++)
			if (w->entries[i].kind == kind && &w->entries[i] != without)
				entry_dump(&w->entries[i], without, out);
}
