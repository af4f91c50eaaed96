/* SPDX-License-Identifier: Apache-2.0 */
/* egret watch list|add|rm: the entries of the watchlist. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "../policy/policy.h"
#include "edit.h"

const char *const watch_kinds[] = { "file", "network", "executable", NULL }; /* by enum watch_kind */

struct watch_values {
	const char *watchlist, *class_name;
	int kind;
	bool all;
};

#define ROW_WATCHLIST                                                                                       \
	{                                                                                                   \
		"watchlist", 0, "FILE", OPT_STRING, NULL, "watchlist.yaml in the configuration directory",  \
			"the watchlist meant", offsetof(struct watch_values, watchlist)                      \
	}

const struct option_row watch_list_options[] = {
	{ "all", 'a', NULL, OPT_FLAG, NULL, NULL, "with the built-in catalogue", offsetof(struct watch_values, all) },
	ROW_WATCHLIST,
	{ NULL },
};

const struct option_row watch_add_options[] = {
	{ "class", 'c', "NAME", OPT_STRING, NULL, "watched",
	  "the class of secret that a file is; a new name makes a class", offsetof(struct watch_values, class_name) },
	{ "kind", 'k', "KIND", OPT_ENUM, watch_kinds, "file for a path, else network", "what PATTERN is",
	  offsetof(struct watch_values, kind) },
	ROW_WATCHLIST,
	{ NULL },
};

const struct option_row watch_rm_options[] = { ROW_WATCHLIST, { NULL } };

/* --- list -------------------------------------------------------------------------------------------- */

static const char *class_of(const struct policy *p, const struct watch *w)
{
	return w->class_bit >= 0 && (size_t)w->class_bit < p->n_classes ? p->classes[w->class_bit].name : NULL;
}

static void list_json(const struct policy *p)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;
	size_t i;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_karr(&j, "watches");
	for (i = 0; i < p->n_watches; i++) {
		const struct watch *w = &p->watches[i];

		json_obj(&j);
		json_kstr(&j, "id", w->id);
		json_kstr(&j, "kind", watch_kinds[w->kind]);
		json_kstr(&j, "pattern", w->pattern);
		json_kstr(&j, "class", class_of(p, w));
		json_kbool(&j, "exclude", w->exclude);
		json_kuint(&j, "rules", w->n_rules);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void list_people(const struct cli *c, const struct policy *p)
{
	struct columns t;
	char rules[32];
	size_t i;

	columns_init(&t, 5);
	columns_add(&t, "ID"), columns_add(&t, "KIND"), columns_add(&t, "CLASS"), columns_add(&t, "RULES");
	columns_add(&t, "PATTERN");
	for (i = 0; i < p->n_watches; i++) {
		const struct watch *w = &p->watches[i];

		(void)snprintf(rules, sizeof(rules), "%zu", w->n_rules);
		columns_add(&t, w->id);
		columns_add(&t, w->exclude ? "exception" : watch_kinds[w->kind]);
		columns_add(&t, class_of(p, w));
		columns_add(&t, rules);
		columns_add(&t, w->pattern);
	}
	columns_print(&t, c, stdout);
	columns_done(&t);
}

int verb_watch_list(struct cli *c, int argc, char **argv)
{
	struct watch_values o = { 0 };
	struct policy *p = NULL;
	int n = cli_parse(c, argc, argv, &o);

	if (n < 0)
		return cli_exit_of(n);
	if (cli_policy_load(c, o.watchlist, o.all, &p) < 0)
		return CLI_FAILED;
	if (c->json)
		list_json(p);
	else if (p->n_watches)
		list_people(c, p);
	else
		(void)puts("The watchlist is empty; the built-in catalogue is in force (egret watch list --all).");
	(void)policy_free(p);
	return CLI_OK;
}

/* --- add and rm, also for rules ---------------------------------------------------------------------- */

int edit_begin(struct cli *c, const char *file, char **ret_path)
{
	char *path = watchlist_path(c, file);
	int r;

	if (!path)
		return cli_fail("out of memory");
	r = file ? 0 : mkdir_p(c->config_dir, 0755);
	if (r < 0) {
		free(path);
		return cli_fail("cannot make %s: %s", c->config_dir, strerror(-r));
	}
	*ret_path = path;
	return CLI_OK;
}

int edit_failed(int error, const struct problem *problem)
{
	char text[1024];

	if (problem->text[0])
		return cli_fail("%s", problem_format(problem, text, sizeof(text)));
	return cli_fail("the watchlist was not changed: %s", strerror(-error));
}

int edit_added(struct cli *c, const char *what, const char *id)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	buf_init(&b, 0);
	if (c->json) {
		json_init(&j, &b);
		json_obj(&j);
		json_kstr(&j, "id", id);
		json_end(&j);
		cli_out_json(buf_str(&b));
	} else {
		(void)printf("Added %s ", what);
		cli_puts(id);
		(void)putchar('\n');
	}
	return cli_reload_after_edit(c);
}

int edit_remove(struct cli *c, const char *file, const char *id)
{
	_cleanup_free_ char *path = NULL;
	struct problem problem = { 0 };
	int r = edit_begin(c, file, &path);

	if (r != CLI_OK)
		return r;
	r = watchlist_remove(path, id, &problem);
	if (r == -ENOENT)
		return cli_fail("%s has nothing with the id %s", path, id);
	if (r < 0)
		return edit_failed(r, &problem);
	if (!c->json)
		(void)puts("Removed.");
	return cli_reload_after_edit(c);
}

enum watch_kind kind_of_pattern(const char *pattern)
{
	return pattern[0] == '/' || pattern[0] == '~' ? WATCH_FILE : WATCH_NETWORK;
}

int verb_watch_add(struct cli *c, int argc, char **argv)
{
	struct watch_values o = { .kind = -1 };
	_cleanup_free_ char *path = NULL;
	struct problem problem = { 0 };
	char id[16] = "";
	int n = cli_parse(c, argc, argv, &o), r;

	if (n < 0)
		return cli_exit_of(n);
	if (o.kind < 0)
		o.kind = (int)kind_of_pattern(argv[1]);
	if (o.class_name && o.kind != WATCH_FILE)
		return cli_usage(c, "--class: only files are secrets of a class");
	r = edit_begin(c, o.watchlist, &path);
	if (r != CLI_OK)
		return r;
	r = watchlist_add_watch(path, (enum watch_kind)o.kind, argv[1], o.class_name, id, &problem);
	return r < 0 ? edit_failed(r, &problem) : edit_added(c, "watch", id);
}

int verb_watch_rm(struct cli *c, int argc, char **argv)
{
	struct watch_values o = { 0 };
	int n = cli_parse(c, argc, argv, &o);

	return n < 0 ? cli_exit_of(n) : edit_remove(c, o.watchlist, argv[1]);
}
