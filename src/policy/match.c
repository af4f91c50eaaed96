/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <string.h>

#include "../enrich/enrich.h"

/* --- globs ------------------------------------------------------------------------------------------- */

/* "[...]" at p against c: the byte after the set, or NULL if the bracket never closes (then '[' is itself). */
static const char *set_matches(const char *p, char c, bool *ret)
{
	bool negate = p[1] == '!' || p[1] == '^', found = false;
	const char *s = p + 1 + negate, *first = s;

	for (; *s && (*s != ']' || s == first); s++) {
		if (s[1] == '-' && s[2] && s[2] != ']') {
			found |= (unsigned char)c >= (unsigned char)s[0] && (unsigned char)c <= (unsigned char)s[2];
			s += 2;
		} else {
			found |= *s == c;
		}
	}
	if (!*s)
		return NULL;
	*ret = found != negate && c != '/';
	return s + 1;
}

/* One pattern element other than a star against c: the rest of the pattern, or NULL. */
static const char *one_matches(const char *p, char c)
{
	const char *after;
	bool found = false;

	if (*p == '?')
		return c != '/' ? p + 1 : NULL;
	if (*p == '[') {
		after = set_matches(p, c, &found);
		if (after)
			return found ? after : NULL;
	}
	if (*p == '\\' && p[1])
		p++;
	return *p && *p == c ? p + 1 : NULL;
}

struct backup {
	const char *p, *s; /* where to go on after one more byte (or component) is given to the star; p NULL = none */
	bool components;   /* the star is a whole component: it eats up to the next '/' */
};

/* Steps over "*" or "**" at p and remembers how to come back. */
static const char *enter_star(const char *start, const char *p, const char *s, struct backup *star, struct backup *deep)
{
	bool whole = p == start || p[-1] == '/';

	if (p[1] != '*') {
		*star = (struct backup){ .p = p + 1, .s = s };
		return p + 1;
	}
	while (*p == '*')
		p++;
	whole = whole && *p == '/';
	*deep = (struct backup){ .p = whole ? p + 1 : p, .s = s, .components = whole };
	*star = (struct backup){ .p = NULL };
	return deep->p;
}

/* Gives the innermost star that can still grow one step more; false when none can. */
static bool retreat(const char **p, const char **s, struct backup *star, struct backup *deep)
{
	if (star->p && *star->s && *star->s != '/') {
		*s = ++star->s;
		*p = star->p;
		return true;
	}
	star->p = NULL;
	if (!deep->p || !*deep->s)
		return false;
	if (deep->components) {
		const char *slash = strchr(deep->s, '/');

		if (!slash)
			return false;
		deep->s = slash;
	}
	*s = ++deep->s;
	*p = deep->p;
	return true;
}

bool glob_matches(const char *pattern, const char *text)
{
	struct backup star = { .p = NULL }, deep = { .p = NULL };
	const char *p = pattern, *s = text;

	for (;;) {
		const char *next;

		if (*p == '*') {
			p = enter_star(pattern, p, s, &star, &deep);
			continue;
		}
		if (!*p && (!*s || (p > pattern && p[-1] == '/')))
			return true;
		next = *p && *s ? one_matches(p, *s) : NULL;
		if (next) {
			p = next;
			s++;
		} else if (!retreat(&p, &s, &star, &deep)) {
			return false;
		}
	}
}

/* --- subjects ---------------------------------------------------------------------------------------- */

/* Paths that are links on every system we know: what a person writes and what the kernel reports. */
static const struct {
	const char *written, *real;
} links[] = {
	{ "sh", "dash" },
	{ "nodejs", "node" },
	{ "nc", "nc.openbsd" },
	{ "nc", "nc.traditional" },
	{ "awk", "mawk" },
	{ "awk", "gawk" },
};

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "python3" for "python3.11": the rest is a version. "python3.1" is another version, not a shorter name. */
static bool same_program(const char *written, const char *real)
{
	size_t n = strlen(written), i;

	if (strncmp(written, real, n) == 0 && strspn(real + n, "0123456789.-") == strlen(real + n) &&
	    !(digit(written[n - 1]) && digit(real[n])))
		return true;
	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (streq(links[i].written, written) && streq(links[i].real, real))
			return true;
	return false;
}

/* An executable named by path: the kernel reports the end of the links (/usr/bin/python3 -> /usr/bin/python3.11,
 * /bin -> /usr/bin). Only the last component may differ, so nothing outside that directory gains the identity. */
static bool exe_matches(const char *path, const char *exe)
{
	const char *a, *b;

	if (strncmp(path, "/usr/", 5) != 0 && strncmp(exe, "/usr/", 5) == 0 &&
	    (strncmp(path, "/bin/", 5) == 0 || strncmp(path, "/sbin/", 6) == 0))
		exe += 4;
	if (streq(path, exe))
		return true;
	a = strrchr(path, '/');
	b = strrchr(exe, '/');
	return b && a[1] && a - path == b - exe && memcmp(path, exe, (size_t)(a - path)) == 0 &&
	       same_program(a + 1, b + 1);
}

static bool has_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

static bool is_deleted(const char *path)
{
	static const char mark[] = " (deleted)";
	size_t n = strlen(path);

	return n >= sizeof(mark) - 1 && streq(path + n - (sizeof(mark) - 1), mark);
}

static bool path_matches(const char *pattern, const struct subject *who)
{
	bool glob = has_glob(pattern) || pattern[strlen(pattern) - 1] == '/';

	if (who->exe && !is_deleted(who->exe) &&
	    (glob ? glob_matches(pattern, who->exe) : exe_matches(pattern, who->exe)))
		return true;
	return who->script && !is_deleted(who->script) &&
	       (glob ? glob_matches(pattern, who->script) : streq(pattern, who->script));
}

static bool word_matches(const char *pattern, const char *text)
{
	return has_glob(pattern) ? glob_matches(pattern, text) : streq(pattern, text);
}

/* Against what people call the subject. comm is left out: any process may set its own. */
static bool name_matches(const char *pattern, const struct subject *who)
{
	size_t i;

	for (i = 0; i < who->n_names; i++)
		if (word_matches(pattern, who->names[i]))
			return true;
	return false;
}

static bool script_matches(const char *pattern, const struct subject *who)
{
	const char *base;

	/* A module has no file of its own in the command line; its name is "-m MODULE". A person at a terminal is "-i". */
	if (strncmp(pattern, "-m ", 3) == 0 || streq(pattern, "-i"))
		return name_matches(pattern, who);
	if (!who->script)
		return false;
	base = strrchr(who->script, '/');
	if (strchr(pattern, '/'))
		return word_matches(pattern, who->script);
	return word_matches(pattern, base ? base + 1 : who->script) || name_matches(pattern, who);
}

bool subject_match(const char *pattern, const struct subject *who)
{
	const char *colon;
	char interp[64];

	if (!pattern || !*pattern)
		return false;
	if (streq(pattern, "*"))
		return true;
	if (*pattern == '/')
		return path_matches(pattern, who);
	colon = strchr(pattern, ':');
	if (!colon)
		return name_matches(pattern, who);
	if ((size_t)(colon - pattern) >= sizeof(interp))
		return false;
	memcpy(interp, pattern, (size_t)(colon - pattern));
	interp[colon - pattern] = 0;
	return name_matches(interp, who) && script_matches(colon + 1, who);
}

/* Names of one process begin with its program's; those that only differ in version or link are its program's too. */
unsigned names_rank(const char *pattern, const char *const *names, size_t n)
{
	unsigned best = 0;
	size_t i;

	if (streq(pattern, "*"))
		return n > 0;
	for (i = 0; i < n && best < 3; i++)
		if (word_matches(pattern, names[i]))
			best = i == 0 || same_program(names[i], names[0]) ? MAX(best, 2u) : 3;
	return best;
}

unsigned subject_rank(const char *pattern, const struct subject *who)
{
	if (!subject_match(pattern, who))
		return 0;
	if (streq(pattern, "*"))
		return 1;
	if (*pattern == '/')
		return has_glob(pattern) || pattern[strlen(pattern) - 1] == '/' ? 4 : 5;
	return strchr(pattern, ':') ? 4 : names_rank(pattern, who->names, who->n_names);
}

struct subject subject_of(const struct subject_info *info)
{
	return (struct subject){
		.pid = info->pid,
		.start_ns = info->start_ns,
		.uid = info->uid,
		.exe = info->exe,
		.script = info->script,
		.comm = info->comm,
		.names = (const char *const *)info->names,
		.n_names = info->n_names,
		.ancestors = (const char *const *)info->ancestors,
		.ancestor_of = info->ancestor_of,
		.n_ancestors = info->n_ancestors,
		.intact = info->intact,
	};
}
