/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as policy.yaml: refused with one sentence at a place inside the text, or accepted; and what was accepted decides
 * about anybody and anything, its index saying what a walk over its lists says.
 *
 * Built with -DEGRET_FUZZ it is a libFuzzer target. Otherwise it is a test: the corpus, then mutations of it from a fixed
 * seed, in TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../../src/policy/ci_index.h"
#include "../../src/policy/ci_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static bool walk(char *const *list, const struct dest *to)
{
	for (; list && *list; list++)
		if (dest_match(*list, to))
			return true;
	return false;
}

static const struct dest dests[] = {
	{ .addr = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, .port = 443, .proto = 6, .name = "x.b.test", .source = NAME_DNS_OWN },
	{ .addr = { [10] = 0xff, 0xff, 203, 0, 113, 7 }, .port = 53, .proto = 17 },
	{ .addr = { 0xfd, [15] = 1 }, .port = 80, .proto = 6, .name = "a.test", .source = NAME_SNI },
	{ .addr = { [15] = 1 }, .port = 1, .proto = 6 },
};

static void require_decides(struct policy *p)
{
	static const char *const names[] = { "node", "nodejs", "npm-cli.js", "npm" }, *const above[] = { "dash", "sh", "node", "npm" };
	static const uint8_t of[] = { 0, 0, 1, 1 };
	struct subject who = { .pid = 7, .exe = "/usr/bin/node", .script = "/x/npm-cli.js", .names = names, .n_names = 4,
			       .ancestors = above, .ancestor_of = of, .n_ancestors = 4, .intact = true };
	struct decision d;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dests); i++) {
		struct query q = { .who = &who, .to = &dests[i], .label = i & 1 };

		decide(p, &q, 1, &d);
		require(d.verdict == V_ALLOW || d.verdict == V_DENY);
		require(d.sentence[0] && utf8_valid(d.sentence, strlen(d.sentence), NULL));
		require((ci_index_find(p->ci->blocked, &dests[i]) != NULL) == walk(p->ci->blocked_hosts, &dests[i]));
	}
	decide_exec(p, &who, &d);
	require(d.sentence[0]);
}

static void require_paths(char *const *paths, enum path_said said)
{
	for (; paths && *paths; paths++) {
		_cleanup_free_ char *pattern = NULL;

		require(ci_path_pattern(*paths, said, &pattern, NULL) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_ci_builder_ struct ci_builder b = { 0 };
	struct problem problem = { 0 };
	struct policy p = { .enforce = true, .n_classes = 1 };
	int r = ci_begin(&b, &problem);

	if (r == 0)
		r = ci_read_text(&b, "fuzz", (const char *)data, size);
	if (r < 0) {
		require(r == -ENOMEM || (r == -EINVAL && problem.text[0]));
		require(!strchr(problem.text, '\n') && utf8_valid(problem.text, strlen(problem.text), NULL));
		return 0;
	}
	p.classes[0].name = (char *)"aws";
	p.ci = ci_finish(&b);
	require(ci_seal(p.ci, EGRET_SOURCE_DATADIR "/catalog/ci", &problem) == 0);
	require_paths(p.ci->monitored_paths, PATH_MONITORED);
	require_paths(p.ci->protected_paths, PATH_PROTECTED);
	require_decides(&p);
	(void)ci_free(p.ci);
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
	static const char *const pieces[] = { "*", ".", "/", ":", "- ", ": ", "[", "]", "{", "}", "\n", "\n    ", "'", "\"", "0", "::",
					      "/0", "/129", "a.test", "~", "**", "..", "true", "null", "\xc3", "#", "@", "%\xf6" };
	_cleanup_free_ char *old = NULL;
	const char *piece = pieces[pick(ARRAY_SIZE(pieces))];
	size_t len = b->len, at = pick((uint32_t)len + 1), want = pick(6), cut = MIN(len - at, want);

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
	const char *dir = EGRET_SOURCE_DATADIR "/tests/fuzz/corpus/policy";
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)))
		if (*e->d_name != '.') {
			run_file(dir, e->d_name);
			n++;
		}
	(void)printf("1..1\n%s 1 - policy: %u files and %u mutations of each\n", n ? "ok" : "not ok", n, MUTATIONS);
	return n ? 0 : 1;
}

#endif
