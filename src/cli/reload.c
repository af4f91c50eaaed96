/* SPDX-License-Identifier: Apache-2.0 */
/* egret reload: the guard reads its files again; what is wrong with them is its sentence. */
#include "cli.h"

int verb_reload(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "reload", NULL };
	int n = cli_parse(c, argc, argv, NULL);

	return n < 0 ? cli_exit_of(n) : cli_ask(c, words, NULL);
}
