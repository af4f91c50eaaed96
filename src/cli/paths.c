/* SPDX-License-Identifier: Apache-2.0 */
/* Where things lie: directories by option, environment, root or XDG; the catalogue; the watchlist. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "../policy/policy.h"

/* One row per directory. */
struct dir_row {
	const char *variable; /* ours: names the directory itself */
	const char *root;
	const char *xdg; /* names its parent */
	const char *home; /* below $HOME when xdg is unset; NULL = /run/user/UID */
	size_t offset; /* in struct cli */
};

static const struct dir_row dirs[] = {
	{ "EGRET_CONFIG_DIR", "/etc/egret", "XDG_CONFIG_HOME", ".config", offsetof(struct cli, config_dir) },
	{ "EGRET_STATE_DIR", "/var/lib/egret", "XDG_STATE_HOME", ".local/state", offsetof(struct cli, state_dir) },
	{ "EGRET_RUNTIME_DIR", "/run/egret", "XDG_RUNTIME_DIR", NULL, offsetof(struct cli, runtime_dir) },
};
_Static_assert(ARRAY_SIZE(dirs) == ARRAY_SIZE(((struct cli *)0)->owned), "a place for each");

char *path_join(const char *dir, const char *name)
{
	char *p;

	return asprintf(&p, "%s/%s", dir, name) < 0 ? NULL : p;
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The XDG base directory specification: relative paths in its variables are to be ignored. */
static char *user_dir(const struct dir_row *row, uid_t uid)
{
	const char *xdg = environment(row->xdg), *home = environment("HOME");
	char *p;
	int n;

	if (xdg && *xdg == '/')
		return path_join(xdg, "egret");
	if (!row->home)
		n = asprintf(&p, "/run/user/%u/egret", (unsigned)uid);
	else if (home && *home == '/')
		n = asprintf(&p, "%s/%s/egret", home, row->home);
	else
		n = -1;
	return n < 0 ? NULL : p;
}

static int dir_fill(struct cli *c, size_t i, uid_t uid)
{
	const char **at = (const char **)(void *)((char *)c + dirs[i].offset);
	const char *value = *at && **at ? *at : environment(dirs[i].variable);

	if (!value && uid == 0)
		value = dirs[i].root;
	if (!value)
		value = c->owned[i] = user_dir(&dirs[i], uid);
	if (!value)
		return -ENOENT;
	*at = value;
	return 0;
}

int paths_fill(struct cli *c, uid_t uid)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(dirs) && r == 0; i++)
		r = dir_fill(c, i, uid);
	return r;
}

void paths_done(struct cli *c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c->owned); i++)
		free(TAKE_PTR(c->owned[i]));
}

const char *catalog_dir(void)
{
	static const char *const places[] = { EGRET_DATADIR "/catalog", EGRET_SOURCE_DATADIR "/catalog" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (access(places[i], R_OK | X_OK) == 0)
			return places[i];
	return NULL;
}

char *watchlist_path(const struct cli *c, const char *file)
{
	return file ? strdup(file) : path_join(c->config_dir, "watchlist.yaml");
}

int cli_policy_load(struct cli *c, const char *file, bool builtin, struct policy **ret)
{
	_cleanup_free_ char *path = watchlist_path(c, file), *user_catalog = path_join(c->config_dir, "catalog");
	struct policy_sources sources = { .watchlist = path, .watchlist_required = file != NULL };
	struct problem problem = { 0 };
	char text[1024];
	int r;

	if (!path || !user_catalog) {
		(void)cli_fail("out of memory");
		return -ENOMEM;
	}
	if (builtin) {
		sources.catalog_dir = catalog_dir();
		sources.user_catalog = user_catalog;
	}
	r = policy_load(&sources, ret, &problem);
	if (r < 0)
		(void)cli_fail("%s", problem.text[0] ? problem_format(&problem, text, sizeof(text)) : strerror(-r));
	return r;
}
