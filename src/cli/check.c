/* SPDX-License-Identifier: Apache-2.0 */
/* egret check FILE...: would the guard load it? */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "../daemon/guard.h"

static void say_json(const char *file, bool ok, const struct problem *problem)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "file", file);
	json_kbool(&j, "ok", ok);
	if (!ok) {
		json_kuint(&j, "line", problem->line);
		json_kuint(&j, "column", problem->column);
		json_kstr(&j, "problem", problem->text);
	}
	json_end(&j);
	cli_out_json(buf_str(&b));
}

static void say_people(const char *file, bool ok, const struct problem *problem)
{
	char text[1024];

	if (ok) {
		cli_puts(file);
		(void)printf(": OK\n");
	} else {
		(void)cli_fail("%s", problem_format(problem, text, sizeof(text)));
	}
}

static int check_file(const struct cli *c, const char *file)
{
	_cleanup_free_ char *own = path_join(c->config_dir, "catalog");
	struct policy_sources sources = { .catalog_dir = catalog_dir(), .user_catalog = own, .watchlist = file,
					  .watchlist_required = true };
	struct problem problem = { 0 };
	int r = own ? guard_check(&sources, &problem) : -ENOMEM;

	if (r < 0 && !problem.text[0]) {
		(void)snprintf(problem.file, sizeof(problem.file), "%s", file);
		(void)problem_set(&problem, 0, 0, "%s", strerror(-r));
	}
	if (c->json)
		say_json(file, r == 0, &problem);
	else
		say_people(file, r == 0, &problem);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

int verb_check(struct cli *c, int argc, char **argv)
{
	int n = cli_parse(c, argc, argv, NULL), i, r = CLI_OK;

	if (n < 0)
		return cli_exit_of(n);
	for (i = 1; i <= n; i++)
		if (check_file(c, argv[i]) != CLI_OK)
			r = CLI_FAILED;
	return r;
}
