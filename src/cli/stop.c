/* SPDX-License-Identifier: Apache-2.0 */
/* egret stop: ends the guard and waits until it is gone, so that what follows in a script can rely on it. */
#include "cli.h"

#include <time.h>

#define WAIT_STEP_MS 50
#define WAIT_MAX_MS  10000

static bool wait_until_gone(const struct cli *c)
{
	static const struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000L };
	unsigned waited_ms;

	for (waited_ms = 0; waited_ms < WAIT_MAX_MS; waited_ms += WAIT_STEP_MS) {
		if (!cli_running(c))
			return true;
		(void)nanosleep(&step, NULL);
	}
	return false;
}

int verb_stop(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "stop", NULL };
	int n = cli_parse(c, argc, argv, NULL), r;

	if (n < 0)
		return cli_exit_of(n);
	r = cli_ask(c, words, NULL);
	if (r == CLI_OK && !wait_until_gone(c))
		return cli_fail("the guard agreed to stop but is still there after %d s", WAIT_MAX_MS / 1000);
	return r;
}
