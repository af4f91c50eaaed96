/* SPDX-License-Identifier: Apache-2.0 */
#include "alias.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "../base/base.h"

#define NAME_TEXT_MAX 256

/* An executable (glob over its basename) and one more name of it. called: only if argv[0] says so. */
static const struct {
	const char *exe, *name;
	bool called;
} programs[] = {
	{ "dash", "sh", false },
	{ "bash", "sh", true },
	{ "node", "nodejs", false },
	{ "nodejs", "node", false },
	{ "pypy[0-9]*", "python3", false },
	{ "mawk", "awk", false },
	{ "gawk", "awk", false },
	{ "nc.openbsd", "nc", false },
	{ "nc.traditional", "nc", false },
	{ "ncat", "nc", true },
	{ "nc.*", "netcat", true },
	{ "vim.*", "vim", false },
	{ "vim.*", "vi", true },
};

/* Programs that decide by argv[0], or by their first argument, what to be. */
static const char *const multicall[] = { "busybox", "toybox", "coreutils" };

/* A script (glob over its basename) or module and the tool it is. Others are called by their stem: yarn.js, pnpm.cjs,
 * gcloud.py. */
static const struct {
	const char *script, *name;
} launchers[] = {
	{ "npm-cli.js", "npm" },
	{ "npx-cli.js", "npx" },
	{ "yarn-*.cjs", "yarn" },
	{ "yarn-*.js", "yarn" },
	{ "yarnpkg", "yarn" },
	{ "pip[0-9]*", "pip" },
	{ "pip-*", "pip" },
	{ "tsc.js", "tsc" },
	{ "azure.cli", "az" },
	{ "awscli", "aws" },
	{ "__main__.py", NULL }, /* a stem that says nothing */
	{ "index.*", NULL },
	{ "main.*", NULL },
	{ "cli.*", NULL },
	{ "org.codehaus.plexus.classworlds.launcher.Launcher", "mvn" },
	{ "org.gradle.launcher.GradleMain", "gradle" },
	{ "org.gradle.wrapper.GradleWrapperMain", "gradle" },
	{ "org.gradle.launcher.daemon.bootstrap.GradleDaemon", "gradle" },
};

static const char *basename_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_multicall(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(multicall); i++)
		if (streq(multicall[i], name))
			return true;
	return false;
}

struct program program_of(const char *exe, char *const *argv, size_t argc)
{
	struct program p = { .exe = basename_of(exe), .argv0 = "" };

	p.name = p.exe;
	if (argc)
		p.argv0 = basename_of(argv[0] + (argv[0][0] == '-'));
	if (!is_multicall(p.exe) || !p.argv0[0])
		return p;
	if (!is_multicall(p.argv0)) {
		p.name = p.argv0;
	} else if (argc > 1) {
		p.name = basename_of(argv[1]);
		p.skip = 1;
	}
	return p;
}

static int add(struct str_list *l, const char *name)
{
	size_t len = strnlen(name, NAME_TEXT_MAX);

	if (!len || len == NAME_TEXT_MAX || str_list_has(l, name))
		return 0;
	return str_list_add(l, name, len);
}

/* Only names of interpreters lose their version: base64 is not base. */
static int add_unversioned(struct str_list *l, const char *name)
{
	static char *const no_words[] = { NULL };
	char plain[NAME_TEXT_MAX];
	struct script ignored;
	int r = 0;

	if (strlen(name) >= sizeof(plain) || !script_find(name, no_words, 0, &ignored))
		return 0;
	(void)strcpy(plain, name);
	while (r == 0 && version_strip(plain))
		r = add(l, plain);
	return r;
}

static int add_program(struct str_list *l, const struct program *p)
{
	size_t i;
	int r = add(l, p->name);

	if (r == 0)
		r = add(l, p->exe);
	if (r == 0)
		r = add_unversioned(l, p->exe);
	for (i = 0; r == 0 && i < ARRAY_SIZE(programs); i++)
		if (fnmatch(programs[i].exe, p->exe, 0) == 0 &&
		    (!programs[i].called || streq(programs[i].name, p->argv0)))
			r = add(l, programs[i].name);
	return r;
}

/* The stem of a script's file name, unless a row above knows better. */
static int add_tool(struct str_list *l, const char *name, bool file)
{
	char stem[NAME_TEXT_MAX];
	const char *dot;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(launchers); i++)
		if (fnmatch(launchers[i].script, name, 0) == 0)
			return launchers[i].name ? add(l, launchers[i].name) : 0;
	dot = file ? strrchr(name, '.') : NULL;
	if (!dot || dot == name || strlen(name) >= sizeof(stem))
		return 0;
	(void)snprintf(stem, sizeof(stem), "%.*s", (int)(dot - name), name);
	return add(l, stem);
}

static int add_module(struct str_list *l, const char *module)
{
	char text[NAME_TEXT_MAX];
	int n = snprintf(text, sizeof(text), "-m %s", module), r = 0;

	if (n > 0 && (size_t)n < sizeof(text))
		r = add(l, text);
	if (r == 0)
		r = add(l, module);
	return r < 0 ? r : add_tool(l, module, false);
}

int alias_names(struct str_list *l, const struct program *p, const struct script *script, const char *script_path)
{
	const char *file;
	int r = add_program(l, p);

	if (r < 0 || !script)
		return r;
	if (script->kind == SCRIPT_NONE && script->terminal)
		return add(l, "-i");
	if (script->kind == SCRIPT_MODULE)
		return add_module(l, script->text);
	if (script->kind != SCRIPT_FILE || !script_path)
		return 0;
	file = basename_of(script_path);
	r = add(l, file);
	return r < 0 ? r : add_tool(l, file, true);
}
