/* SPDX-License-Identifier: Apache-2.0 */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "../base/base.h"

enum { LINE_MAX_LEN = 4096, RESOLV_CONF_MAX = 64 << 10 };

static const char blanks[] = " \t\r\v\f";

/* Copies the next line, without comment, into line; a line that is too long is cut. False at the end of the text. */
static bool next_line(const char **text, const char *end, char line[LINE_MAX_LEN])
{
	const char *start = *text, *nl;
	size_t len;

	if (start >= end)
		return false;
	nl = memchr(start, '\n', (size_t)(end - start));
	len = (size_t)((nl ? nl : end) - start);
	*text = nl ? nl + 1 : end;
	len = MIN(len, (size_t)LINE_MAX_LEN - 1);
	memcpy(line, start, len);
	line[len] = 0;
	line[strcspn(line, "#")] = 0;
	return true;
}

/* The canonical text of a host name in place (dns.h); false if it is none. */
static bool canonical(char *name)
{
	size_t i, len = strlen(name);

	if (len && name[len - 1] == '.')
		name[--len] = 0;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 'A' && c <= 'Z')
			name[i] = (char)(c | 0x20);
		else if (c <= 0x20 || c >= 0x7f || c == '\\')
			return false;
	}
	return len > 0;
}

/* "address name [alias ...]" */
static int add_line(char *line, struct names *names)
{
	char *save = NULL, *word = strtok_r(line, blanks, &save);
	uint8_t addr[ADDR_LEN];
	int r;

	/* Block lists send thousands of names to 0.0.0.0: nobody connects there under a name that matters. */
	if (!word || addr_from_text(word, addr) < 0 || addr_is_any(addr))
		return 0;
	while ((word = strtok_r(NULL, blanks, &save))) {
		if (!canonical(word))
			continue;
		r = names_add_host(names, addr, word);
		if (r < 0)
			return r;
	}
	return 0;
}

int hosts_parse(const char *text, size_t len, struct names *names)
{
	const char *end = text + len;
	char line[LINE_MAX_LEN];
	int r = 0;

	names_clear_hosts(names);
	while (r == 0 && next_line(&text, end, line))
		r = add_line(line, names);
	return r == -ENOSPC ? 0 : r;
}

static bool unchanged(const struct hosts_file *f, const struct stat *st)
{
	return f->loaded && f->ino == st->st_ino && f->size == st->st_size && f->mtime.tv_sec == st->st_mtim.tv_sec &&
	       f->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

static int hosts_gone(struct hosts_file *f, struct names *names, bool *ret_changed)
{
	names_clear_hosts(names);
	if (ret_changed)
		*ret_changed = f->loaded;
	*f = (struct hosts_file){ 0 };
	return 0;
}

int hosts_refresh(struct hosts_file *f, const char *path, struct names *names, bool *ret_changed)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t len;
	int r;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? hosts_gone(f, names, ret_changed) : -errno;
	if (unchanged(f, &st)) {
		if (ret_changed)
			*ret_changed = false;
		return 0;
	}
	r = file_read(AT_FDCWD, path, HOSTS_FILE_MAX, &text, &len);
	if (r == 0)
		r = hosts_parse(text, len, names);
	if (r < 0)
		return r;
	/* Taken before reading: a change in between is seen as one next time. */
	*f = (struct hosts_file){ st.st_mtim, st.st_ino, st.st_size, true };
	if (ret_changed)
		*ret_changed = true;
	return 0;
}

static void resolver_line(char *line, struct resolver_list *list)
{
	char *save = NULL, *word;

	line[strcspn(line, ";")] = 0;
	word = strtok_r(line, blanks, &save);
	if (!word || !streq(word, "nameserver") || list->n == RESOLVERS_MAX)
		return;
	word = strtok_r(NULL, blanks, &save);
	if (word && addr_from_text(word, list->addr[list->n]) == 0)
		list->n++;
}

int resolvers_read(const char *path, struct resolver_list *ret)
{
	_cleanup_free_ char *text = NULL;
	struct resolver_list list = { .n = 0 };
	char line[LINE_MAX_LEN];
	const char *at;
	size_t len = 0;
	int r = file_read(AT_FDCWD, path, RESOLV_CONF_MAX, &text, &len);

	if (r < 0 && r != -ENOENT)
		return r;
	for (at = text; at && next_line(&at, text + len, line);)
		resolver_line(line, &list);
	if (list.n == 0)
		(void)addr_from_text("127.0.0.1", list.addr[list.n++]);
	*ret = list;
	return 0;
}
