/* SPDX-License-Identifier: Apache-2.0 */
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include "../base/base.h"

enum { STAT_MAX = 4096, STATUS_MAX = 65536, TICK_NS = 10000000 };

/* proc_pid_stat(5): "pid (comm) state ppid ... starttime(22)". comm may hold blanks and brackets: the last ')' ends it. */
static int parse_stat(const char *text, struct procfs_process *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long ticks;
	size_t len;

	if (!open || !close || close < open)
		return -EBADMSG;
	if (sscanf(close + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &p->ppid,
		   &ticks) != 2)
		return -EBADMSG;
	/* Never 0, which would say "not known": pid 1 may start within the first tick. */
	p->start_ns = MAX((uint64_t)ticks * TICK_NS, (uint64_t)1);
	len = MIN((size_t)(close - open - 1), sizeof(p->comm) - 1);
	memcpy(p->comm, open + 1, len);
	p->comm[len] = 0;
	return 0;
}

static int read_stat(int dir, struct procfs_process *p)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(dir, "stat", STAT_MAX, &text, NULL);

	return r < 0 ? r : parse_stat(text, p);
}

/* The owner of the directory would do, but is root for a process that may not be dumped. */
static int read_uid(int dir, struct procfs_process *p)
{
	_cleanup_free_ char *text = NULL;
	const char *at;
	int r = file_read(dir, "status", STATUS_MAX, &text, NULL);

	if (r < 0)
		return r;
	at = strstr(text, "\nUid:");
	return at && sscanf(at, " Uid: %*u %u", &p->uid) == 1 ? 0 : -EBADMSG;
}

static int read_exe(int dir, struct procfs_process *p)
{
	static const char deleted[] = " (deleted)";
	char path[PROCTAB_PATH_MAX + sizeof(deleted)];
	ssize_t n = readlinkat(dir, "exe", path, sizeof(path));
	size_t len = n < 0 ? 0 : (size_t)n, tail = sizeof(deleted) - 1;

	if (n <= 0 || len == sizeof(path))
		return 0;
	if (len > tail && memcmp(path + len - tail, deleted, tail) == 0)
		len -= tail;
	p->exe = strndup(path, len);
	return p->exe ? 0 : -ENOMEM;
}

/* One read: a process can make its command line as long as it likes. */
static int read_argv(int dir, struct procfs_process *p)
{
	_cleanup_close_ int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
	char text[PROCTAB_ARGV_MAX];
	ssize_t n;

	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (n <= 0)
		return 0;
	p->argv = malloc((size_t)n);
	if (!p->argv)
		return -ENOMEM;
	memcpy(p->argv, text, (size_t)n);
	p->argv_len = (size_t)n;
	return 0;
}

int procfs_read(int dir, struct procfs_process *ret)
{
	struct procfs_process p = { 0 };
	int r = read_stat(dir, &p);

	if (r == 0)
		r = read_uid(dir, &p);
	if (r == 0)
		r = read_exe(dir, &p);
	if (r == 0)
		r = read_argv(dir, &p);
	if (r < 0) {
		procfs_done(&p);
		return r == -ENOENT ? -ESRCH : r;
	}
	*ret = p;
	return 0;
}

void procfs_done(struct procfs_process *p)
{
	free(p->exe);
	free(p->argv);
	*p = (struct procfs_process){ 0 };
}

static pid_t pid_of(const char *name)
{
	uint64_t v;

	return str_to_u64(name, 1, INT32_MAX, &v) < 0 ? 0 : (pid_t)v;
}

int procfs_each(const char *proc, int (*fn)(void *arg, pid_t pid, int dir), void *arg)
{
	_cleanup_closedir_ DIR *d = opendir(proc);
	const struct dirent *e;
	int r = 0;

	if (!d)
		return -errno;
	while (r >= 0 && (e = readdir(d))) {
		_cleanup_close_ int dir = -1;
		pid_t pid = pid_of(e->d_name);

		if (!pid)
			continue;
		dir = openat(dirfd(d), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0)
			r = fn(arg, pid, dir);
	}
	return r < 0 ? r : 0;
}

int procfs_alive(const char *proc, pid_t pid, uint64_t start_ns)
{
	struct procfs_process p = { 0 };
	char path[64];
	_cleanup_close_ int dir = -1;
	int r;

	r = snprintf(path, sizeof(path), "%.40s/%d", proc, pid);
	if (r < 0 || (size_t)r >= sizeof(path))
		return -ENAMETOOLONG;
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	r = read_stat(dir, &p);
	if (r == -ESRCH || r == -ENOENT)
		return 0;
	return r < 0 ? r : process_same_start(p.start_ns, start_ns);
}
