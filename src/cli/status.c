/* SPDX-License-Identifier: Apache-2.0 */
/* egret status: what the guard does, sees, and lost. */
#include "instance.h"

static void print_line(struct cli *c, const char *title, const char *text)
{
	(void)printf("  %s%-12s%s ", cli_colour(c, COLOUR_DIM), title, cli_colour(c, COLOUR_OFF));
	cli_puts(text);
	(void)putchar('\n');
}

static void print_head(struct cli *c, const json_t *doc)
{
	uint64_t since_ms = json_number(doc, "since_ms"), now_ms = now_wall_ms();
	char span[32];

	(void)printf("%segret guards%s in ", cli_colour(c, COLOUR_BOLD), cli_colour(c, COLOUR_OFF));
	cli_puts(json_text(doc, "mode"));
	(void)printf(" mode with ");
	cli_puts(json_text(doc, "coverage"));
	(void)printf(" coverage, for %s (pid %llu, front %llu)\n",
		     cli_span(span, now_ms > since_ms ? now_ms - since_ms : 0),
		     (unsigned long long)json_number(doc, "pid"), (unsigned long long)json_number(doc, "front_pid"));
}

static void print_counts(struct cli *c, const json_t *doc)
{
	const json_t *labels = json_object_get(doc, "labels");
	char line[512];

	(void)snprintf(line, sizeof(line), "classes: %llu, patterns: %llu, rules: %llu, automaton states: %llu",
		       (unsigned long long)json_number(doc, "classes"),
		       (unsigned long long)json_number(doc, "patterns"),
		       (unsigned long long)json_number(doc, "rules"), (unsigned long long)json_number(doc, "states"));
	print_line(c, "secrets", line);
	if (*json_text(doc, "watchlist"))
		print_line(c, "watchlist", json_text(doc, "watchlist"));
	(void)snprintf(line, sizeof(line), "processes: %llu, files: %llu, channels: %llu",
		       (unsigned long long)json_number(labels, "processes"),
		       (unsigned long long)json_number(labels, "files"),
		       (unsigned long long)json_number(labels, "channels"));
	print_line(c, "tainted", line);
	(void)snprintf(line, sizeof(line), "gated sockets: %llu, held flows: %llu",
		       (unsigned long long)json_number(doc, "gates"), (unsigned long long)json_number(doc, "held"));
	print_line(c, "egress", line);
}

/* Losses are never hidden: nothing lost is said too. */
static void print_losses(struct cli *c, const json_t *doc)
{
	json_t *lost = json_object_get(doc, "lost"), *v;
	_cleanup_buf_ struct buf b = { 0 };
	const char *cause;

	buf_init(&b, 0);
	json_object_foreach(lost, cause, v)
		if (json_is_integer(v) && json_integer_value(v) > 0)
			buf_addf(&b, "%s%lld %s", b.len ? ", " : "", (long long)json_integer_value(v), cause);
	print_line(c, "lost", b.len ? buf_str(&b) : "nothing");
}

static void print_uncovered(struct cli *c, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "uncovered"), *v;
	size_t i;

	json_array_foreach(list, i, v)
		print_line(c, i ? "" : "not covered", json_is_string(v) ? json_string_value(v) : json_text(v, "flow"));
}

static void print_status(struct cli *c, const json_t *doc)
{
	uint64_t prompts = json_number(doc, "prompts");

	print_head(c, doc);
	print_counts(c, doc);
	print_losses(c, doc);
	print_uncovered(c, doc);
	if (prompts)
		(void)printf("%s%llu %s for an answer:%s egret prompts\n", cli_colour(c, COLOUR_YELLOW),
			     (unsigned long long)prompts, prompts == 1 ? "question waits" : "questions wait",
			     cli_colour(c, COLOUR_OFF));
}

/* Nobody answers, but somebody should. */
static void tell_killed(const struct cli *c)
{
	_cleanup_instance_ struct instance i = { 0 };

	if (instance_read(c, &i) < 0 || instance_alive(&i))
		return;
	(void)cli_fail("the guard (pid %d) was killed or crashed%s; `egret stop` cleans up, `egret start` takes over", i.pid,
		       instance_left(c) ? " and what it attached goes on refusing and holding" : "");
}

int verb_status(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "status", NULL };
	int n = cli_parse(c, argc, argv, NULL), r;

	if (n < 0)
		return cli_exit_of(n);
	r = cli_ask(c, words, print_status);
	if (r == CLI_NOT_RUNNING)
		tell_killed(c);
	return r;
}
