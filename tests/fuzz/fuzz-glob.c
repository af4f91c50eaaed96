/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The automaton and the reference matcher must agree on every pattern and path.
 *
 * Input: lines of patterns ('!' first: an exclusion), an empty line, lines of paths. The length of the input chooses
 * how many classes the patterns share. Each path is looked up on every superblock of a fixed mount table; the
 * reference is asked about every visible name that the mounts give it.
 *
 * Built with -DEGRET_FUZZ it is a libFuzzer target. Otherwise it is a test: the corpus, then generated inputs of a
 * fixed seed, in TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/base.h"
#include "../../src/policy/glob.h"
#include "../../src/policy/policy.h"

enum { PATTERNS_MAX = 24, STARS_MAX = 6, LINE_MAX_ = 60 };

static const char *const homes[] = { "/home/a", "/b", NULL };
static const struct mount_point mounts[] = {
	{ .dev = 1, .root = "/", .path = "/" },
	{ .dev = 1, .root = "/a/b", .path = "/home/a/b" },      /* bind of a directory */
	{ .dev = 1, .root = "/b", .path = "/a/.b" },            /* bind of a directory or file */
	{ .dev = 2, .root = "/", .path = "/home" },
	{ .dev = 2, .root = "/a", .path = "/b/a/b" },
	{ .dev = 3, .root = "/@h", .path = "/home" },           /* subvolumes without their root */
	{ .dev = 3, .root = "/@", .path = "/" },
	{ .dev = 4, .root = "net:[4026531840]", .path = "/run/netns/x" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
	struct policy policy;
	struct watch watch[PATTERNS_MAX];
	char *pattern[PATTERNS_MAX];
};

static void sample_free(struct sample *s)
{
	for (size_t i = 0; i < s->policy.n_watches; i++)
		free(s->pattern[i]);
	free(s);
}
DEFINE_CLEANUP(struct sample *, sample_free)

static bool is_usable(const char *pattern)
{
	unsigned stars = 0;

	for (const char *c = pattern; *c; c++)
		stars += *c == '*';
	if (stars > STARS_MAX || strlen(pattern) > LINE_MAX_ || (pattern[0] == '~' && pattern[1] && pattern[1] != '/'))
		return false;
	return glob_check(pattern, NULL) == 0;
}

static void sample_add(struct sample *s, const char *pattern, unsigned n_classes)
{
	size_t i = s->policy.n_watches;
	bool exclude = *pattern == '!';

	pattern += exclude;
	if (i == PATTERNS_MAX || !is_usable(pattern))
		return;
	s->pattern[i] = strdup(pattern);
	if (!s->pattern[i])
		return;
	s->watch[i] = (struct watch){ .kind = WATCH_FILE, .pattern = s->pattern[i], .exclude = exclude,
				      .class_bit = (int)(i % n_classes), .number = (uint32_t)i + 1 };
	s->policy.n_watches++;
}

/* Patterns that the reference finds in a visible path, one bit each. */
static uint64_t ref_visible(const struct sample *s, const char *path)
{
	uint64_t found = 0;

	for (size_t i = 0; i < s->policy.n_watches; i++)
		for (size_t h = 0; homes[h]; h++)
			if (glob_ref_match(s->pattern[i], homes[h], path))
				found |= UINT64_C(1) << i;
	return found;
}

/* The same for a path inside a superblock: all its visible names together. */
static uint64_t ref_inside(const struct sample *s, uint32_t dev, const char *path)
{
	uint64_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const char *root = streq(mounts[i].root, "/") ? "" : mounts[i].root;
		const char *at = streq(mounts[i].path, "/") ? "" : mounts[i].path;
		char visible[256];

		if (mounts[i].dev != dev || strncmp(path, root, strlen(root)) != 0)
			continue;
		if (path[strlen(root)] && path[strlen(root)] != '/')
			continue;
		(void)snprintf(visible, sizeof(visible), "%s%s", at, path + strlen(root));
		found |= ref_visible(s, visible);
	}
	return found;
}

/* What a row should say when these patterns match. */
struct meaning {
	uint64_t classes;
	uint32_t watch;
};

static struct meaning meaning_of(const struct sample *s, uint64_t found)
{
	struct meaning m = {};
	uint64_t out = 0;

	for (size_t i = 0; i < s->policy.n_watches; i++)
		if (found >> i & 1)
			*(s->watch[i].exclude ? &out : &m.classes) |= UINT64_C(1) << s->watch[i].class_bit;
	m.classes &= ~out;
	for (size_t i = 0; i < s->policy.n_watches && !m.watch; i++)
		if (found >> i & 1 && !s->watch[i].exclude && m.classes >> s->watch[i].class_bit & 1)
			m.watch = s->watch[i].number;
	return m;
}

static bool agrees(const struct sample *s, const struct compiled *c, unsigned half, uint32_t start, const char *path,
		   uint64_t found)
{
	static const struct dfa_row dead;
	const struct dfa_row *row = compiled_run(c, half, start, path);
	struct meaning want = meaning_of(s, found);

	row = row ? row : &dead;
	if (row->classes == want.classes && row->watch == want.watch && !(row->flags & DFA_WATCH) == !want.watch)
		return true;
	(void)fprintf(stderr, "# \"%s\" from %u: automaton %#llx by %u, reference %#llx by %u\n", path, start,
		      (unsigned long long)row->classes, row->watch, (unsigned long long)want.classes, want.watch);
	return false;
}

/* What a dead state or DFA_DEAD_BELOW promises: no descendant matches. */
static bool dead_is_dead(const struct sample *s, const struct compiled *c, unsigned half, const char *path)
{
	const struct dfa_row *row = compiled_run(c, half, c->root_start, path);
	char below[LINE_MAX_ + 8];

	if (row && !(row->flags & DFA_DEAD_BELOW))
		return true;
	(void)snprintf(below, sizeof(below), "%s/a", path);
	return meaning_of(s, ref_visible(s, below)).classes == 0;
}

/* Leaves "/a/b": no empty components, no trailing slash. */
static void normalise(char *path)
{
	char *to = path;

	for (const char *from = path; *from; from++)
		if (*from != '/' || (from[1] && from[1] != '/'))
			*to++ = *from;
	*to = '\0';
}

static bool check_path(const struct sample *s, const struct compiled *c, unsigned half, char *path)
{
	bool fine;

	if (path[0] != '/' || strlen(path) > LINE_MAX_)
		return true;
	normalise(path);
	fine = agrees(s, c, half, c->root_start, path, ref_visible(s, path)) && dead_is_dead(s, c, half, path);
	for (size_t i = 0; fine && i < c->n_starts; i++)
		fine = agrees(s, c, half, c->starts[i].state, path, ref_inside(s, c->starts[i].dev, path));
	return fine;
}

static bool check_lines(struct sample *s, char *text, unsigned variant)
{
	static const unsigned n_classes[] = { 1, 2, 3, PATTERNS_MAX };
	unsigned half = variant & 1;
	struct compile_input in = { .mounts = mounts, .n_mounts = ARRAY_SIZE(mounts), .homes = homes, .half = half };
	struct compiled *c = NULL;
	struct problem problem = {};
	char *line = strsep(&text, "\n");
	bool fine = true;
	int r;

	s->policy.watches = s->watch;
	for (; line && *line; line = strsep(&text, "\n"))
		sample_add(s, line, n_classes[variant / 2 % ARRAY_SIZE(n_classes)]);
	r = policy_compile(&s->policy, &in, &c, &problem);
	if (r < 0) {
		if (r != -E2BIG)
			(void)fprintf(stderr, "# compile: %d %s\n", r, problem.text);
		return r == -E2BIG;
	}
	while (fine && (line = strsep(&text, "\n")))
		fine = check_path(s, c, half, line);
	compiled_free(c);
	return fine;
}

/* True if both matchers agree on everything in the input. */
static bool check_input(const void *data, size_t size)
{
	_cleanup_(sample_freep) struct sample *s = calloc(1, sizeof(*s));
	_cleanup_free_ char *text = strndup(data, size);

	if (!s || !text)
		return true;
	return check_lines(s, text, (unsigned)(size % 8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 4096 && !check_input(data, size))
		abort();
	return 0;
}

#ifndef EGRET_FUZZ

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void generate(struct buf *out)
{
	static const char *const pieces[] = { "a", "b", ".b", "*", "?", "[ab]", "[!a]", "*b", "a*", "**", "@h", "home",
					      "a?b", "[a-c]b", "\\*", "*a*b", "ab", "*a*", "*b*", "*?b*" };
	static const char *const names[] = { "a", "b", ".b", "ab", "home", "@h", "@", "aab", "cb", "*" };
	static const char *const bases[] = { "", "", "~", "**" };

	for (unsigned n = 1 + pick(6); n; n--) {
		buf_adds(out, pick(6) ? "" : "!");
		buf_adds(out, bases[pick(ARRAY_SIZE(bases))]);
		for (unsigned parts = 1 + pick(4); parts; parts--)
			buf_addf(out, "/%s", pieces[pick(ARRAY_SIZE(pieces))]);
		buf_adds(out, pick(5) ? "\n" : "/\n");
	}
	for (unsigned n = 24; n; n--) {
		buf_adds(out, "\n");
		for (unsigned parts = 1 + pick(6); parts; parts--)
			buf_addf(out, "/%s", names[pick(ARRAY_SIZE(names))]);
	}
}

static bool run_generated(unsigned n)
{
	_cleanup_buf_ struct buf input = { 0 };
	bool fine = true;

	buf_init(&input, 0);
	for (; fine && n; n--) {
		buf_clear(&input);
		generate(&input);
		fine = check_input(buf_str(&input), input.len);
	}
	if (!fine)
		(void)fprintf(stderr, "# input:\n%s\n", buf_str(&input));
	return fine;
}

static bool run_file(int dirfd, const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	return file_read(dirfd, name, 1 << 20, &data, &len) == 0 && check_input(data, len);
}

static bool report(unsigned number, bool fine, const char *what)
{
	(void)printf("%sok %u - %s\n", fine ? "" : "not ", number, what);
	return fine;
}

int main(void)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const char *data = getenv("EGRET_TEST_DATA");
	char path[4096];
	unsigned number = 0;
	bool fine;

	(void)snprintf(path, sizeof(path), "%s/../fuzz/corpus/glob", data ? data : "tests/data");
	dir = opendir(path);
	fine = report(++number, dir != NULL, "corpus is there");
	for (const struct dirent *e; dir && (e = readdir(dir));)
		if (e->d_name[0] != '.')
			fine &= report(++number, run_file(dirfd(dir), e->d_name), e->d_name);
	fine &= report(++number, run_generated(4000), "generated");
	(void)printf("1..%u\n", number);
	return fine ? 0 : 1;
}

#endif
