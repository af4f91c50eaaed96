/* SPDX-License-Identifier: Apache-2.0 */
#include "ownfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "str.h"

#define LINKS_MAX 40 /* as the kernel's own limit */

/* A place on the way: the directory reached, and what is left of the path. */
struct walk {
	int dir;
	unsigned links;
	char rest[PATH_MAX];
};

static int go_to(struct walk *w, int dir)
{
	if (dir < 0)
		return -errno;
	if (w->dir >= 0)
		(void)close(w->dir);
	w->dir = dir;
	return 0;
}

static int start_at(struct walk *w)
{
	return go_to(w, open(w->rest[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Only root and we may redirect us: whoever else can write to a directory of the path could point anywhere. */
static int follow(struct walk *w, int link, const struct stat *st)
{
	char target[PATH_MAX], whole[PATH_MAX];
	ssize_t n;

	if ((st->st_uid != 0 && st->st_uid != geteuid()) || ++w->links > LINKS_MAX)
		return -ELOOP;
	n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = 0;
	if (snprintf(whole, sizeof(whole), "%s/%s", target, w->rest) >= (int)sizeof(whole))
		return -ENAMETOOLONG;
	(void)snprintf(w->rest, sizeof(w->rest), "%s", whole);
	return target[0] == '/' ? start_at(w) : 0;
}

static int step(struct walk *w, const char *name)
{
	_cleanup_close_ int fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT && mkdirat(w->dir, name, 0700) == 0)
		fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return follow(w, fd, &st);
	return S_ISDIR(st.st_mode) ? go_to(w, TAKE_FD(fd)) : -ENOTDIR;
}

/* Walks to the directory of the last component, whose name goes to `last`. */
static int walk_to(struct walk *w, char last[NAME_MAX + 1])
{
	int r = start_at(w);

	while (r == 0) {
		char name[NAME_MAX + 1];
		size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");
		bool ends = !w->rest[skip + len];

		if (len == 0)
			return -EISDIR;
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(ends ? last : name, w->rest + skip, len);
		(ends ? last : name)[len] = 0;
		if (ends)
			return 0;
		memmove(w->rest, w->rest + skip + len + 1, strlen(w->rest + skip + len + 1) + 1);
		r = step(w, name);
	}
	return r;
}

static int check(int fd, uid_t also)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_uid != geteuid() && (also == (uid_t)-1 || st.st_uid != also))
		return -EPERM;
	return st.st_nlink == 1 ? 0 : -EMLINK;
}

int file_open_own(const char *path, uid_t also, int *ret)
{
	struct walk w = { .dir = -1 };
	_cleanup_close_ int fd = -1;
	char last[NAME_MAX + 1];
	int r;

	if (snprintf(w.rest, sizeof(w.rest), "%s", path) >= (int)sizeof(w.rest))
		return -ENAMETOOLONG;
	r = *path ? walk_to(&w, last) : -ENOENT;
	if (r == 0) {
		/* O_NONBLOCK: a FIFO planted there must not hold us up */
		fd = openat(w.dir, last, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
		r = fd < 0 ? -errno : check(fd, also);
	}
	if (w.dir >= 0)
		(void)close(w.dir);
	if (r == 0)
		*ret = TAKE_FD(fd);
	return r;
}

const char *file_open_own_text(int error)
{
	switch (error) {
	case -ELOOP:
		return "it is a symbolic link, or one on the way to it belongs to another user";
	case -EPERM:
		return "it belongs to another user";
	case -EMLINK:
		return "it has other names (hard links)";
	case -EINVAL:
		return "it is not an ordinary file";
	case -EISDIR:
		return "it is a directory";
	default:
		return strerror(-error);
	}
}
