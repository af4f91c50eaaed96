/* SPDX-License-Identifier: Apache-2.0 */
#include "phrase.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

void phrase_who(struct buf *out, const struct record *r)
{
	const char *name = r->script ? r->script : r->exe ? r->exe : r->comm;

	if (!r->pid) {
		buf_addc(out, '-');
		return;
	}
	cli_text(out, name ? last_part(name) : "?");
	buf_addf(out, "[%" PRIu32 "]", r->pid);
}

const char *phrase_time(uint64_t time_ms, char dst[32])
{
	time_t seconds = (time_t)(time_ms / 1000);
	char day[24];
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm))
		(void)snprintf(day, sizeof(day), "?");
	(void)snprintf(dst, 32, "%s.%03u", day, (unsigned)(time_ms % 1000));
	return dst;
}

enum colour phrase_colour(const struct record *r)
{
	if (r->kind == RECORD_ALERT || r->kind == RECORD_LOSS || r->kind == RECORD_DENIED ||
	    (r->verdict && streq(r->verdict, "deny")))
		return COLOUR_RED;
	return r->would_hold || (r->verdict && streq(r->verdict, "hold")) ? COLOUR_YELLOW : COLOUR_OFF;
}

static void add_classes(struct buf *out, const char *before, const struct record *r, const char *after)
{
	if (!r->classes || !r->classes[0])
		return;
	buf_adds(out, before);
	for (size_t i = 0; r->classes[i]; i++) {
		buf_adds(out, i ? ", " : "");
		cli_text(out, r->classes[i]);
	}
	buf_adds(out, after);
}

static void add_part(struct buf *out, const char *before, const char *text)
{
	if (!text)
		return;
	buf_adds(out, before);
	cli_text(out, text);
}

/* --- taint ------------------------------------------------------------------------------------------- */

static const struct {
	const char *did;
	bool path, from; /* what is said after it, where known */
	const char *without_path;
} taints[TAINT_SOURCE_MAX] = {
	[TAINT_READ] = { "read", true, false, "a watched file" },
	[TAINT_DERIVED] = { "read", true, true, "a file with secrets in it" },
	[TAINT_PIPE] = { "read a pipe", false, true, NULL },
	[TAINT_UNIX] = { "received on a unix socket", false, true, NULL },
	[TAINT_FORK] = { "inherited it", false, true, NULL },
	[TAINT_LOOPBACK] = { "received over loopback", false, true, NULL },
	[TAINT_MAP] = { "mapped", true, true, "a file with secrets in it" },
	[TAINT_EXISTING] = { "had open before egret started", true, false, "a watched file" },
	[TAINT_FILE] = { "wrote", true, false, "a file" },
	[TAINT_CHAN] = { "wrote to a pipe or socket", false, false, NULL },
	[TAINT_LINK] = { "renamed or linked", true, false, "a watched file" },
	[TAINT_MEMORY] = { "read the memory of another process", false, true, NULL },
	[TAINT_EXEC] = { "executed", true, true, "a file with secrets in it" },
	[TAINT_SHARED] = { "shares memory with a process that holds secrets", false, true, NULL },
	[TAINT_PASSED] = { "was passed a descriptor of", true, true, "a file with secrets in it" },
};

static void say_taint(struct buf *out, const struct record *r)
{
	unsigned source = r->source < TAINT_SOURCE_MAX && taints[r->source].did ? r->source : TAINT_READ;

	buf_adds(out, taints[source].did);
	if (taints[source].path) {
		buf_addc(out, ' ');
		cli_text(out, r->path ? r->path : taints[source].without_path);
	}
	if (taints[source].from && r->from_pid)
		buf_addf(out, " from pid %" PRIu32, r->from_pid);
	add_classes(out, " (", r, ")");
}

/* --- the other kinds --------------------------------------------------------------------------------- */

static void add_destination(struct buf *out, const struct record *r)
{
	if (!r->destination) {
		cli_text(out, r->address ? r->address : r->name);
		return;
	}
	cli_text(out, r->destination);
	if (r->name && r->name_source && r->address) {
		add_part(out, " = ", r->address);
		add_part(out, ", name by ", r->name_source);
		buf_adds(out, r->ambiguous ? ", ambiguous" : "");
	}
}

static void say_flow(struct buf *out, const struct record *r)
{
	buf_adds(out, "to ");
	add_destination(out, r);
	add_classes(out, ", carrying ", r, "");
	buf_adds(out, r->would_hold ? " (enforce mode would not let it pass)" : "");
	if (r->held_ms)
		buf_addf(out, ", held %" PRIu64 " ms", r->held_ms);
}

static void say_denied(struct buf *out, const struct record *r)
{
	if (r->path)
		cli_text(out, r->path);
	else
		add_destination(out, r);
	add_classes(out, ", carrying ", r, "");
}

static void say_answer(struct buf *out, const struct record *r)
{
	buf_addf(out, "question %" PRIu64, r->prompt);
	add_part(out, " about ", r->destination);
	add_part(out, ": ", r->verdict);
	add_part(out, ", scope ", r->scope);
	add_part(out, ", for ", r->duration);
	add_part(out, ", by ", r->by);
}

static void say_prompt(struct buf *out, const struct record *r)
{
	buf_addf(out, "question %" PRIu64 ": ", r->prompt);
	add_destination(out, r);
	add_classes(out, ", carrying ", r, "");
}

static void say_exec(struct buf *out, const struct record *r)
{
	cli_text(out, r->args ? r->args : r->exe);
}

static void say_dns(struct buf *out, const struct record *r)
{
	cli_text(out, r->name);
	add_part(out, " = ", r->address);
}

static void say_path(struct buf *out, const struct record *r)
{
	cli_text(out, r->path);
}

static void say_reason(struct buf *out, const struct record *r)
{
	cli_text(out, r->reason ? r->reason : r->rule ? r->rule : "");
	add_part(out, ", by ", r->by);
}

static void say_nothing(struct buf *out, const struct record *r)
{
	(void)out;
	(void)r;
}

static void (*const say[_RECORD_KIND_MAX])(struct buf *out, const struct record *r) = {
	[RECORD_TAINT] = say_taint,   [RECORD_FLOW] = say_flow,	      [RECORD_DENIED] = say_denied,
	[RECORD_PROMPT] = say_prompt, [RECORD_ANSWER] = say_answer,   [RECORD_EXEC] = say_exec,
	[RECORD_EXIT] = say_nothing,  [RECORD_CONNECT] = add_destination, [RECORD_DNS] = say_dns,
	[RECORD_WATCH] = say_path,    [RECORD_RULE] = say_reason,     [RECORD_SYSTEM] = say_reason,
	[RECORD_LOSS] = say_reason,   [RECORD_ALERT] = say_path,
};

void phrase_what(struct buf *out, const struct record *r)
{
	size_t before = out->len;

	if (r->kind < _RECORD_KIND_MAX && say[r->kind])
		say[r->kind](out, r);
	if (r->count > 1)
		buf_addf(out, " ×%" PRIu64, r->count);
	add_part(out, out->len > before ? ": " : "", r->text);
}

void phrase_reason(struct buf *out, const struct record *r)
{
	bool told = r->kind == RECORD_SYSTEM || r->kind == RECORD_LOSS;

	add_part(out, "; rule ", r->rule);
	if (r->sentence)
		add_part(out, "; ", r->sentence);
	else if (!told)
		add_part(out, "; ", r->reason);
}

/* --- opening ----------------------------------------------------------------------------------------- */

static const char *trouble(int error)
{
	static const struct {
		int error;
		const char *text;
	} rows[] = {
		{ -ENOENT, "there is no history yet" },
		{ -ENOTDIR, "there is no history yet" },
		{ -EACCES, "you may not read it (it belongs to whoever runs the daemon)" },
		{ -EPERM, "you may not read it (it belongs to whoever runs the daemon)" },
		{ -EUCLEAN, "it is damaged" },
		{ -EPROTONOSUPPORT, "it was made by another version of egret" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].error == error)
			return rows[i].text;
	return strerror(-error);
}

struct store *history_open(const struct cli *c, int *ret_exit)
{
	_cleanup_free_ char *path = path_join(c->state_dir, STORE_FILE);
	struct store *s = NULL;
	int r = path ? store_open_read(path, &s) : -ENOMEM;

	if (r < 0)
		*ret_exit = cli_fail("cannot show the history %s: %s", path ? path : "", trouble(r));
	return s;
}
