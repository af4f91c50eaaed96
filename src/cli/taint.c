/* SPDX-License-Identifier: Apache-2.0 */
/* egret taint, egret untaint: who and what carries a label. */
#include "cli.h"

#include <inttypes.h>

static void add_number(struct columns *t, uint64_t v)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, v);
	columns_add(t, text);
}

static void add_since(struct columns *t, uint64_t since_ms)
{
	uint64_t now_ms = now_wall_ms();
	char span[32];

	columns_add(t, cli_span(span, now_ms > since_ms ? now_ms - since_ms : 0));
}

static void print_processes(struct cli *c, const json_t *list)
{
	struct columns t;
	const json_t *p;
	char text[512];
	size_t i;

	columns_init(&t, 4);
	columns_add(&t, "PID"), columns_add(&t, "FOR"), columns_add(&t, "CARRIES"), columns_add(&t, "PROGRAM");
	json_array_foreach(list, i, p) {
		add_number(&t, json_number(p, "pid"));
		add_since(&t, json_number(p, "since_ms"));
		columns_add(&t, json_words(json_object_get(p, "classes"), ", ", text, sizeof(text)));
		columns_add(&t, *json_text(p, "exe") ? json_text(p, "exe") : json_text(p, "comm"));
	}
	columns_print(&t, c, stdout);
	columns_done(&t);
}

/* A derived file's path is known only if it was seen being written; its identity always is. */
static void add_file(struct columns *t, const json_t *f)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "device %" PRIu64 ":%" PRIu64 ", inode %" PRIu64,
		       json_number(f, "dev") >> 20, json_number(f, "dev") & 0xfffff, json_number(f, "ino"));
	columns_add(t, *json_text(f, "path") ? json_text(f, "path") : text);
}

static void print_files(struct cli *c, const json_t *list)
{
	struct columns t;
	const json_t *f;
	char text[512];
	size_t i;

	columns_init(&t, 2);
	columns_add(&t, "CARRIES"), columns_add(&t, "FILE");
	json_array_foreach(list, i, f) {
		columns_add(&t, json_words(json_object_get(f, "classes"), ", ", text, sizeof(text)));
		add_file(&t, f);
	}
	columns_print(&t, c, stdout);
	columns_done(&t);
}

static void print_taint(struct cli *c, const json_t *doc)
{
	const json_t *processes = json_object_get(doc, "processes"), *files = json_object_get(doc, "files");

	if (!json_array_size(processes) && !json_array_size(files))
		(void)puts("Nothing carries a secret.");
	if (json_array_size(processes))
		print_processes(c, processes);
	if (json_array_size(processes) && json_array_size(files))
		(void)putchar('\n');
	if (json_array_size(files))
		print_files(c, files);
}

static int ask_pid(struct cli *c, int argc, char **argv, void (*print)(struct cli *c, const json_t *doc))
{
	int n = cli_parse(c, argc, argv, NULL);
	const char *words[3] = { c->verb->name };
	uint64_t pid;

	if (n < 0)
		return cli_exit_of(n);
	if (n > 0 && str_to_u64(argv[1], 1, INT32_MAX, &pid) < 0)
		return cli_usage(c, "'%s' is not a process id", argv[1]);
	if (n > 0)
		words[1] = argv[1];
	return cli_ask(c, words, print);
}

int verb_taint(struct cli *c, int argc, char **argv)
{
	return ask_pid(c, argc, argv, print_taint);
}

int verb_untaint(struct cli *c, int argc, char **argv)
{
	return ask_pid(c, argc, argv, NULL);
}
