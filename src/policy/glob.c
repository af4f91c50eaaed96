/* SPDX-License-Identifier: Apache-2.0 */
#include "glob.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* --- text to tokens ----------------------------------------------------------------------------------- */

struct parser {
	const char *pattern; /* all of it, for messages */
	const char *at, *end; /* rest of the component */
	struct glob *out;
	struct problem *problem;
};

static int bad(const struct parser *p, const char *why)
{
	char shown[200];

	str_escape_to(shown, sizeof(shown), p->pattern);
	return problem_set(p->problem, 0, 0, "pattern \"%s\": %s", shown, why);
}

/* Room for every token was made by glob_parse: each consumes at least one byte of text. */
static struct glob_token *push(struct glob *g, enum glob_kind kind)
{
	struct glob_token *last = g->n ? &g->token[g->n - 1] : NULL;

	if (last && last->kind == kind && (kind == GLOB_STAR || kind == GLOB_DEEP))
		return last;
	last = &g->token[g->n++];
	last->kind = kind;
	return last;
}

static void push_byte(struct glob *g, uint8_t byte)
{
	push(g, GLOB_BYTE)->byte = byte;
}

/* One member of a bracket, an escape resolved. */
static int set_member(struct parser *p, uint8_t *ret)
{
	if (p->at < p->end && *p->at == '\\')
		p->at++;
	if (p->at == p->end)
		return bad(p, "'[' without ']' in the same component");
	if (*p->at & 0x80)
		return bad(p, "only ASCII characters can stand in [...]");
	*ret = (uint8_t)*p->at++;
	return 0;
}

static int set_range(struct parser *p, struct glob_set *set)
{
	uint8_t low, high;
	int r;

	if (p->end - p->at >= 2 && p->at[0] == '[' && strchr(":.=", p->at[1]))
		return bad(p, "named sets such as [:alpha:] are not known; write the range");
	r = set_member(p, &low);
	if (r < 0)
		return r;
	high = low;
	if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
		p->at++;
		r = set_member(p, &high);
		if (r < 0)
			return r;
	}
	if (high < low)
		return bad(p, "a range in [...] runs backwards");
	for (unsigned b = low; b <= high; b++)
		set->has[b / 64] |= UINT64_C(1) << (b % 64);
	return 0;
}

/* After '['. A ']' that comes first is a member. */
static int parse_set(struct parser *p)
{
	struct glob_set set = {};
	bool negated = p->at < p->end && (*p->at == '!' || *p->at == '^');
	int r;

	p->at += negated;
	do {
		r = set_range(p, &set);
		if (r < 0)
			return r;
		if (p->at == p->end)
			return bad(p, "'[' without ']' in the same component");
	} while (*p->at != ']');
	p->at++;
	for (size_t i = 0; negated && i < ARRAY_SIZE(set.has); i++)
		set.has[i] = ~set.has[i];
	set.has[0] &= ~(UINT64_C(1) | UINT64_C(1) << '/');
	if (!(set.has[0] | set.has[1] | set.has[2] | set.has[3]))
		return bad(p, "[...] matches nothing");
	push(p->out, GLOB_SET)->set = set;
	return 0;
}

static void push_any(struct glob *g)
{
	struct glob_set any = { .has = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };

	any.has[0] &= ~(UINT64_C(1) | UINT64_C(1) << '/');
	push(g, GLOB_SET)->set = any;
}

static int parse_one(struct parser *p)
{
	char c = *p->at++;

	switch (c) {
	case '*':
		push(p->out, GLOB_STAR);
		return 0;
	case '?':
		push_any(p->out);
		return 0;
	case '[':
		return parse_set(p);
	case '\\':
		if (p->at == p->end)
			return bad(p, "'\\' at the end of a component");
		c = *p->at++;
	}
	push_byte(p->out, (uint8_t)c);
	return 0;
}

static bool component_is(const struct parser *p, const char *text)
{
	return (size_t)(p->end - p->at) == strlen(text) && memcmp(p->at, text, strlen(text)) == 0;
}

static int parse_component(struct parser *p)
{
	if (component_is(p, ".") || component_is(p, ".."))
		return bad(p, "'.' and '..' cannot be components: no real path has them");
	if (component_is(p, "**")) {
		push(p->out, GLOB_DEEP);
		return 0;
	}
	push_byte(p->out, '/');
	while (p->at < p->end) {
		int r = parse_one(p);

		if (r < 0)
			return r;
	}
	return 0;
}

/* "" or components, each after a '/'; the first may lack it (leading **). */
static int parse_components(struct parser *p, const char *text)
{
	while (*text) {
		int r;

		text += strspn(text, "/");
		if (!*text) {
			push(p->out, GLOB_DEEP);
			break;
		}
		p->at = text;
		text += strcspn(text, "/");
		p->end = text;
		r = parse_component(p);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_user(struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_.-@+", name[i]))
			return bad(p, "a user name after '~' cannot hold this character");
	p->out->base = GLOB_USER;
	p->out->user = strndup(name, len);
	return p->out->user ? 0 : -ENOMEM;
}

/* Takes the base off; *ret_rest is what parse_components gets. */
static int parse_base(struct parser *p, const char **ret_rest)
{
	const char *text = p->pattern;
	size_t len = strcspn(text, "/");

	*ret_rest = text;
	if (text[0] == '/' || (len == 2 && text[0] == '*' && text[1] == '*'))
		return 0;
	if (text[0] != '~')
		return bad(p, "must begin with '/', '~/' or '**/'");
	*ret_rest = text + len;
	if (len > 1)
		return parse_user(p, text + 1, len - 1);
	p->out->base = GLOB_HOMES;
	return 0;
}

int glob_parse(const char *pattern, struct glob *ret, struct problem *problem)
{
	_cleanup_glob_ struct glob g = {};
	struct parser p = { .pattern = pattern, .out = &g, .problem = problem };
	size_t len = strnlen(pattern, GLOB_MAX + 1);
	const char *rest;
	int r;

	if (!len)
		return problem_set(problem, 0, 0, "an empty pattern matches nothing");
	if (len > GLOB_MAX)
		return bad(&p, "longer than any path (4095 bytes)");
	g.token = calloc(len + 1, sizeof(*g.token));
	if (!g.token)
		return -ENOMEM;
	r = parse_base(&p, &rest);
	if (r < 0)
		return r;
	r = parse_components(&p, rest);
	if (r < 0)
		return r;
	*ret = g;
	g = (struct glob){};
	return 0;
}

void glob_done(struct glob *g)
{
	free(g->user);
	free(g->token);
	*g = (struct glob){};
}

int glob_check(const char *pattern, struct problem *problem)
{
	_cleanup_glob_ struct glob g = {};

	return glob_parse(pattern, &g, problem);
}

/* --- the reference: reads the text itself, shares nothing with the above ------------------------------ */

/* Whether the bracket at *pat ('[' consumed) holds c; *pat moves behind its ']'. */
static bool ref_set(const char **pat, char c)
{
	const char *p = *pat;
	bool negated = *p == '!' || *p == '^', hit = false, first = true;

	for (p += negated; first || *p != ']'; first = false) {
		unsigned char low, high;

		p += *p == '\\';
		low = high = (unsigned char)*p++;
		if (p[0] == '-' && p[1] != ']') {
			p += p[1] == '\\' ? 2 : 1;
			high = (unsigned char)*p++;
		}
		hit |= low <= (unsigned char)c && (unsigned char)c <= high;
	}
	*pat = p + 1;
	return hit != negated;
}

/* One component against one component. */
static bool ref_name(const char *pat, const char *pat_end, const char *s, const char *end)
{
	if (pat == pat_end)
		return s == end;
	if (*pat == '*')
		return ref_name(pat + 1, pat_end, s, end) || (s < end && ref_name(pat, pat_end, s + 1, end));
	if (s == end)
		return false;
	if (*pat == '[') {
		pat++;
		return ref_set(&pat, *s) && ref_name(pat, pat_end, s + 1, end);
	}
	if (*pat != '?') {
		pat += *pat == '\\';
		if (*pat != *s)
			return false;
	}
	return ref_name(pat + 1, pat_end, s + 1, end);
}

/* Components against components; both begin at a '/', a component or the end. */
static bool ref_path(const char *pat, const char *path)
{
	bool slash = *pat == '/';
	const char *pat_end, *end;

	pat += strspn(pat, "/");
	path += strspn(path, "/");
	if (!*pat)
		return slash || !*path;
	pat_end = pat + strcspn(pat, "/");
	end = path + strcspn(path, "/");
	if (pat_end - pat == 2 && pat[0] == '*' && pat[1] == '*')
		return ref_path(pat_end, path) || (*path && ref_path(pat, end));
	return *path && ref_name(pat, pat_end, path, end) && ref_path(pat_end, end);
}

bool glob_ref_match(const char *pattern, const char *home, const char *path)
{
	size_t len;

	if (pattern[0] != '~')
		return ref_path(pattern, path);
	if (!home)
		return false;
	for (len = strlen(home); len && home[len - 1] == '/'; len--)
		;
	if (strncmp(path, home, len) != 0 || (path[len] && path[len] != '/'))
		return false;
	return ref_path(pattern + strcspn(pattern, "/"), path + len);
}
