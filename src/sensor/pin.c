/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins: maps as <dir>/m_<map>, links as <dir>/l_<generation>_<program>. Enforcement goes on while nobody lives.
 *
 * Take-over without a gap: the new object reuses the pinned maps, its links are attached and pinned under the next
 * generation, then the links of older generations are dropped. For a moment both run on the same maps, which is harmless
 * (labels only grow, verdicts are the same).
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "inside.h"

static bool worth_pinning(const char *map)
{
	return strncmp(map, "eg_", 3) == 0 && !streq(map, "eg_scratch") && !streq(map, "eg_dirs") && !streq(map, "eg_own");
}

static int map_path(const struct sensor *s, const char *map, char *dst, size_t size)
{
	return (size_t)snprintf(dst, size, "%s/m_%s", s->pin_dir, map) < size ? 0 : -ENAMETOOLONG;
}

bool sensor_pinned(const char *dir)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/m_eg_config", dir);
	return access(path, F_OK) == 0;
}

int pins_prepare(struct sensor *s)
{
	char path[512];
	struct bpf_map *m;
	int r;

	if (!s->pin_dir[0])
		return 0;
	r = mkdir_p(s->pin_dir, 0700);
	if (r < 0)
		return r;
	s->inherited = sensor_pinned(s->pin_dir);
	bpf_object__for_each_map(m, s->obj) {
		if (!worth_pinning(bpf_map__name(m)))
			continue;
		r = map_path(s, bpf_map__name(m), path, sizeof(path));
		if (r == 0)
			r = bpf_map__set_pin_path(m, path); /* libbpf reuses what is pinned there, or pins it at load */
		if (r < 0)
			return r;
	}
	return 0;
}

static unsigned generation_of(const char *name)
{
	unsigned g = 0;

	return sscanf(name, "l_%u_", &g) == 1 ? g : 0;
}

/* Calls unlink on every link pin with a generation below `below`; the highest generation seen. */
static unsigned sweep_links(const char *dir, unsigned below)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *e;
	unsigned top = 0;

	while (d && (e = readdir(d))) {
		unsigned g = generation_of(e->d_name);

		top = MAX(top, g);
		if (g && g < below)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	return top;
}

int pins_links(struct sensor *s)
{
	unsigned generation;
	char path[512];
	size_t i;
	int r;

	if (!s->pin_dir[0])
		return 0;
	generation = sweep_links(s->pin_dir, 0) + 1;
	for (i = 0; i < n_prog_rows; i++) {
		if (!s->progs[i].link || prog_rows[i].attach == ATTACH_ITER)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/l_%u_%s", s->pin_dir, generation, prog_rows[i].name) >=
		    sizeof(path))
			return -ENAMETOOLONG;
		r = bpf_link__pin(s->progs[i].link, path);
		if (r < 0)
			return r;
	}
	(void)sweep_links(s->pin_dir, generation);
	return 0;
}

/* dir is <own bpffs>/egret: the mount goes with it, unless somebody keeps other things there. */
static int own_bpffs_drop(const char *dir)
{
	char mount[512];
	char *slash;

	(void)snprintf(mount, sizeof(mount), "%s", dir);
	slash = strrchr(mount, '/');
	if (!slash || slash == mount)
		return 0;
	*slash = 0;
	if (umount2(mount, UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
		(void)rmdir(mount);
	return 0;
}

int sensor_unpin(const char *dir)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (rmdir(dir) < 0)
		return -errno;
	return own_bpffs_drop(dir);
}
