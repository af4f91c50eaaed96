/* SPDX-License-Identifier: Apache-2.0 */
/* Where cgroup2 and bpffs are mounted: /proc/self/mountinfo knows, fixed paths do not (hybrid layouts). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "inside.h"

#define BPFFS_MAGIC 0xcafe4a11 /* linux/magic.h */

/* Mount point of the first mount of that type whose root is "/" (proc(5), mountinfo). */
static int mount_find(const char *type, char *dst, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	char root[512], at[512], fs[64];

	if (!f)
		return -errno;
	while (getline(&line, &cap, f) > 0) {
		const char *dash = strstr(line, " - ");

		if (!dash || sscanf(line, "%*d %*d %*s %511s %511s", root, at) != 2 ||
		    sscanf(dash + 3, "%63s", fs) != 1 || !streq(fs, type) || !streq(root, "/"))
			continue;
		if ((size_t)snprintf(dst, size, "%s", at) >= size)
			return -ENAMETOOLONG;
		return 0;
	}
	return -ENOENT;
}

/* EGRET_CGROUP: as if it had been given (tests beside each other). */
int cgroup_open(const char *chosen)
{
	char root[512];
	int r = 0, fd;

	if (!chosen)
		chosen = getenv("EGRET_CGROUP");
	if (!chosen || !*chosen) {
		r = mount_find("cgroup2", root, sizeof(root));
		chosen = root;
	}
	if (r < 0)
		return r;
	fd = open(chosen, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_bpffs(const char *path)
{
	struct statfs s;

	return statfs(path, &s) == 0 && (unsigned long)s.f_type == BPFFS_MAGIC;
}

int sensor_pin_dir(const char *runtime_dir, char *dst, size_t size)
{
	char own[512];
	int r;

	if ((size_t)snprintf(own, sizeof(own), "%s/bpf", runtime_dir) >= sizeof(own))
		return -ENAMETOOLONG;
	if (!is_bpffs(own)) {
		r = mkdir_p(own, 0700);
		if (r < 0)
			return r;
		if (mount("bpf", own, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
			return -errno;
	}
	if ((size_t)snprintf(dst, size, "%s/egret", own) >= size)
		return -ENAMETOOLONG;
	return 0;
}
