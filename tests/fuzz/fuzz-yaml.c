/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a watchlist: refused with one sentence at a place inside the text, or accepted; and what was accepted can be
 * edited without changing the rest of what it says.
 *
 * Built with -DEGRET_FUZZ it is a libFuzzer target. Otherwise it is a test: the corpus, then mutations of it from a fixed
 * seed, in TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../../src/policy/watchlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void require_node(const struct yaml_node *n, size_t len)
{
	require(n->line >= 1 && n->column >= 1 && n->start <= n->end && n->end <= len);
}

static void require_list(const struct watchlist *w)
{
	size_t i, k, len;

	(void)yaml_text(w->yaml, &len);
	for (i = 0; i < w->n_entries; i++) {
		const struct wl_entry *e = &w->entries[i];

		require(e->id && e->pattern);
		require_node(e->node, len);
		for (k = 0; k < e->n_rules; k++) {
			const struct rule *r = &e->rules[k].rule;

			require(r->id && r->executable && r->resource && r->decision > V_NONE && r->decision < _V_MAX);
			require_node(e->rules[k].node, len);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_watchlist_ struct watchlist *w = NULL;
	struct problem p = { 0 };
	int r = watchlist_parse("fuzz", (const char *)data, size, &w, &p);

	if (r == 0) {
		require_list(w);
		return 0;
	}
	require(!w && (r == -ENOMEM || (r == -EINVAL && p.text[0])));
	require(!strchr(p.text, '\n') && utf8_valid(p.text, strlen(p.text), NULL));
	return 0;
}

#ifndef EGRET_FUZZ

#define MUTATIONS 400 /* of each file of the corpus */

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void mutate(struct buf *b)
{
	static const char *const pieces[] = { "*", "&a ", "!!x ", "- ", ": ", "[", "]", "{", "}", "\n", "\n  ", "'", "\"", "|\n",
					      "#", "%\xf6", "\t", "<<: ", "---\n", "\xc3", "id: ", "~", "?", ",", "\\x1" };
	_cleanup_free_ char *old = NULL;
	const char *piece = pieces[pick(ARRAY_SIZE(pieces))];
	size_t len = b->len, at = pick((uint32_t)len + 1), want = pick(8), cut = MIN(len - at, want);

	old = buf_take(b);
	require(old);
	buf_add(b, old, at);
	buf_adds(b, piece);
	buf_add(b, old + at + cut, len - at - cut);
}

static void run_file(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	_cleanup_buf_ struct buf b = { 0 };
	size_t len = 0;
	int i;

	require(asprintf(&path, "%s/%s", dir, name) > 0);
	require(file_read(AT_FDCWD, path, 1 << 20, &text, &len) == 0);
	LLVMFuzzerTestOneInput((const uint8_t *)text, len);
	buf_init(&b, 0);
	for (i = 0; i < MUTATIONS; i++) {
		if (i % 4 == 0) { /* up to four mutations on top of each other */
			buf_clear(&b);
			buf_add(&b, text, len);
		}
		mutate(&b);
		LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&b), b.len);
	}
}

int main(void)
{
	const char *dir = EGRET_SOURCE_DATADIR "/tests/fuzz/corpus/yaml";
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)))
		if (*e->d_name != '.') {
			run_file(dir, e->d_name);
			n++;
		}
	(void)printf("1..1\n%s 1 - yaml: %u files and %u mutations of each\n", n ? "ok" : "not ok", n, MUTATIONS);
	return n ? 0 : 1;
}

#endif
