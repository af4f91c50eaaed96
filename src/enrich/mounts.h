/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The mount table of this process: where each superblock is to be seen. Built whole, never changed; after a change
 * (mounts_poll_fd) a new one is read.
 */
#include <stddef.h>
#include <stdint.h>

/* Strings are owned by the table. */
struct mount {
	uint32_t dev;       /* as sb->s_dev in the kernel: major << 20 | minor (include/linux/kdev_t.h) */
	uint32_t id, parent;
	char *root;         /* path inside the superblock; for namespace files no path ("net:[4026531840]") */
	char *path;         /* mount point, absolute */
	char *fstype;
};

struct mounts {
	struct mount *items;
	size_t n;
};

enum { MOUNTS_MAX = 131072 }; /* above fs.mount-max's default of 100,000 */

/* Parses the text of a mountinfo file (proc_pid_mountinfo(5)). *ret is the caller's (mounts_free). 0, -EBADMSG a line is
 * malformed, -E2BIG, -ENOMEM. */
int mounts_parse(const char *text, size_t len, struct mounts **ret);
/* The same for a file; NULL = /proc/self/mountinfo. Also the errno of reading. */
int mounts_read(const char *path, struct mounts **ret);
struct mounts *mounts_free(struct mounts *m); /* NULL is fine; returns NULL */

/* A descriptor that reports POLLPRI | POLLERR each time the table of this namespace changes (fs/proc_namespace.c,
 * mounts_poll); polling it takes the report. The caller closes it. The descriptor or -errno. */
int mounts_poll_fd(void);

/* Where we see the file at `inside` (a path from the superblock's root) of superblock `dev`: through the mount with the
 * longest root that covers it, then the shortest mount point, and not where another mount hides it. dst gets an absolute
 * path, and is untouched on failure. 0; -ENOENT not to be seen; -ENAMETOOLONG;
 * -EINVAL `inside` is not absolute; -ENOMEM. */
int mounts_visible_path(const struct mounts *m, uint32_t dev, const char *inside, char *dst, size_t size);
