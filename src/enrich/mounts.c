/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include "../base/base.h"

static const char own_table[] = "/proc/self/mountinfo";
enum { MOUNTINFO_MAX = 48 << 20, ANCESTORS_MAX = 256 };

struct mounts *mounts_free(struct mounts *m)
{
	size_t i;

	if (!m)
		return NULL;
	for (i = 0; i < m->n; i++) {
		free(m->items[i].root);
		free(m->items[i].path);
		free(m->items[i].fstype);
	}
	free(m->items);
	free(m);
	return NULL;
}
DEFINE_CLEANUP(struct mounts *, mounts_free)
#define _cleanup_mounts_ _cleanup_(mounts_freep)

/* --- parsing ------------------------------------------------------------------------------------------ */

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes blank, tab, newline, '\' and '#' as \ooo (fs/proc_namespace.c, mangle). */
static char *unescape(const char *s)
{
	char *copy = strdup(s), *to = copy;

	if (!copy)
		return NULL;
	for (; *s; to++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && is_octal(s[2]) && is_octal(s[3])) {
			*to = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to = *s++;
		}
	}
	*to = 0;
	return copy;
}

static int parse_u32(const char *s, uint64_t max, uint32_t *ret)
{
	uint64_t v;

	if (!s || str_to_u64(s, 0, max, &v) < 0)
		return -EBADMSG;
	*ret = (uint32_t)v;
	return 0;
}

static int parse_dev(char *s, uint32_t *ret)
{
	uint32_t major, minor;
	char *colon = s ? strchr(s, ':') : NULL;

	if (!colon)
		return -EBADMSG;
	*colon = 0;
	if (parse_u32(s, (1 << 12) - 1, &major) < 0 || parse_u32(colon + 1, (1 << 20) - 1, &minor) < 0)
		return -EBADMSG;
	*ret = major << 20 | minor;
	return 0;
}

/* "36 35 98:0 /root /point options [optional ...] - fstype source options" */
static int parse_line(char *line, struct mount *m)
{
	char *save = NULL, *word, *root, *path;
	int r;

	r = parse_u32(strtok_r(line, " ", &save), UINT32_MAX, &m->id);
	if (r == 0)
		r = parse_u32(strtok_r(NULL, " ", &save), UINT32_MAX, &m->parent);
	if (r == 0)
		r = parse_dev(strtok_r(NULL, " ", &save), &m->dev);
	if (r < 0)
		return r;
	root = strtok_r(NULL, " ", &save);
	path = strtok_r(NULL, " ", &save);
	if (!root || !path || path[0] != '/')
		return -EBADMSG;
	do
		word = strtok_r(NULL, " ", &save);
	while (word && !streq(word, "-"));
	word = word ? strtok_r(NULL, " ", &save) : NULL;
	if (!word)
		return -EBADMSG;
	m->root = unescape(root);
	m->path = unescape(path);
	m->fstype = unescape(word);
	return m->root && m->path && m->fstype ? 0 : -ENOMEM;
}

static int add_line(struct mounts *m, char *line, size_t *cap)
{
	if (m->n == MOUNTS_MAX)
		return -E2BIG;
	if (m->n == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		struct mount *items = reallocarray(m->items, more, sizeof(*items));

		if (!items)
			return -ENOMEM;
		m->items = items;
		*cap = more;
	}
	m->items[m->n] = (struct mount){ 0 };
	return parse_line(line, &m->items[m->n++]);
}

int mounts_parse(const char *text, size_t len, struct mounts **ret)
{
	_cleanup_free_ char *copy = strndup(text, len);
	_cleanup_mounts_ struct mounts *m = calloc(1, sizeof(*m));
	char *save = NULL, *line;
	size_t cap = 0;
	int r;

	if (!copy || !m)
		return -ENOMEM;
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		r = add_line(m, line, &cap);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(m);
	return 0;
}

int mounts_read(const char *path, struct mounts **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read(AT_FDCWD, path ? path : own_table, MOUNTINFO_MAX, &text, &len);

	return r < 0 ? r : mounts_parse(text, len, ret);
}

int mounts_poll_fd(void)
{
	int fd = open(own_table, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* --- where a file is to be seen ----------------------------------------------------------------------- */

/* What of `path` lies below `prefix`: "" or "/...". NULL if it does not. */
static const char *below(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	if (streq(prefix, "/"))
		return path[1] ? path : path + 1;
	if (strncmp(path, prefix, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

static const struct mount *by_id(const struct mounts *m, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->items[i].id == id)
			return &m->items[i];
	return NULL;
}

/* True if a mount on `top`, other than the one we came through, covers `path`. Below a child's own mount point the other
 * children of its parent cannot be reached, so only those above it count. */
static bool covered(const struct mounts *m, const struct mount *top, const struct mount *child, const char *path)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct mount *k = &m->items[i];

		if (k->parent != top->id || k == top || k == child || !below(path, k->path))
			continue;
		if (!child || strlen(k->path) < strlen(child->path))
			return true;
	}
	return false;
}

static bool hidden(const struct mounts *m, const struct mount *mount, const char *path)
{
	const struct mount *child = NULL;
	unsigned depth;

	for (depth = 0; mount && depth < ANCESTORS_MAX; depth++) {
		if (covered(m, mount, child, path))
			return true;
		if (mount->parent == mount->id)
			break;
		child = mount;
		mount = by_id(m, mount->parent);
	}
	return false;
}

static bool better(const struct mount *a, const struct mount *b)
{
	size_t root_a = strlen(a->root), root_b = strlen(b->root);

	return root_a != root_b ? root_a > root_b : strlen(a->path) < strlen(b->path);
}

static int compose(const struct mount *mount, const char *inside, char *dst, size_t size)
{
	const char *rest = below(inside, mount->root), *base = streq(mount->path, "/") && *rest ? "" : mount->path;
	int n = snprintf(dst, size, "%s%s", base, rest);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* The best mount with the file below its root that was not tried yet. */
static const struct mount *next_best(const struct mounts *m, uint32_t dev, const char *inside, const bool *tried)
{
	const struct mount *best = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct mount *k = &m->items[i];

		if (k->dev == dev && k->root[0] == '/' && !tried[i] && below(inside, k->root) && (!best || better(k, best)))
			best = k;
	}
	return best;
}

int mounts_visible_path(const struct mounts *m, uint32_t dev, const char *inside, char *dst, size_t size)
{
	_cleanup_free_ bool *tried = calloc(m->n + 1, sizeof(*tried));
	_cleanup_free_ char *path = malloc(size + 1);
	const struct mount *mount;
	int r;

	if (inside[0] != '/')
		return -EINVAL;
	if (!tried || !path)
		return -ENOMEM;
	while ((mount = next_best(m, dev, inside, tried))) {
		r = compose(mount, inside, path, size);
		if (r < 0)
			return r;
		if (!hidden(m, mount, path)) {
			memcpy(dst, path, strlen(path) + 1);
			return 0;
		}
		tried[mount - m->items] = true;
	}
	return -ENOENT;
}
