/* SPDX-License-Identifier: Apache-2.0 */
/* One request to the running guard, and what to say when none runs. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "../ipc/ipc.h"

char *control_path(const struct cli *c)
{
	return path_join(c->runtime_dir, IPC_SOCKET);
}

int cli_no_guard(const struct cli *c, int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		(void)cli_fail("no guard is running (nothing answers in %s); start one with: egret start",
			       c->runtime_dir);
		return CLI_NOT_RUNNING;
	case -EACCES:
		(void)cli_fail("the guard of %s serves another user; ask as that user or as root", c->runtime_dir);
		return CLI_REFUSED;
	case -EPERM:
		(void)cli_fail("what answers in %s is run by another user and is not trusted", c->runtime_dir);
		return CLI_REFUSED;
	case -ECONNRESET:
		return cli_fail("the guard went away before it answered");
	case -EPIPE:
		return cli_fail("the guard has too many clients; try again");
	default:
		return cli_fail("cannot talk to the guard in %s: %s", c->runtime_dir, strerror(-error));
	}
}

static void print_document(struct cli *c, const char *json, void (*print)(struct cli *c, const json_t *doc))
{
	json_error_t error;
	json_t *doc;

	if (c->json) {
		cli_out_json(json);
		return;
	}
	if (!print)
		return;
	doc = json_loads(json, 0, &error);
	if (doc)
		print(c, doc);
	else
		(void)cli_fail("the guard sent an answer that is not JSON (%s); is it another version?", error.text);
	json_decref(doc);
}

static int print_end(const struct cli *c, const struct ipc_end *end)
{
	if (end->code != IPC_OK) {
		(void)cli_fail("%s", end->sentence[0] ? end->sentence : "the guard refused");
		return (int)MIN(end->code, 125u);
	}
	if (end->sentence[0] && !c->json) {
		cli_puts(end->sentence);
		(void)fputc('\n', stdout);
	}
	return CLI_OK;
}

int cli_ask(struct cli *c, const char *const *words, void (*print)(struct cli *c, const json_t *doc))
{
	_cleanup_(ipc_client_closep) struct ipc_client *client = NULL;
	_cleanup_free_ char *path = control_path(c);
	struct ipc_end end = { 0 };
	const char *json;
	int r;

	if (!path)
		return cli_fail("out of memory");
	r = ipc_client_open(path, words, &client);
	while (r >= 0 && (r = ipc_client_next(client, true, &json, &end)) > 0)
		print_document(c, json, print);
	return r < 0 ? cli_no_guard(c, r) : print_end(c, &end);
}

bool cli_running(const struct cli *c)
{
	static const char *const words[] = { "coverage", NULL };
	_cleanup_(ipc_client_closep) struct ipc_client *client = NULL;
	_cleanup_free_ char *path = control_path(c);

	return path && ipc_client_open(path, words, &client) == 0;
}

int cli_reload_after_edit(struct cli *c)
{
	static const char *const words[] = { "reload", NULL };

	if (cli_running(c))
		return cli_ask(c, words, NULL);
	if (!c->json)
		(void)puts("No guard is running; this holds from its next start.");
	return CLI_OK;
}
