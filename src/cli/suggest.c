/* SPDX-License-Identifier: Apache-2.0 */
/* egret policy suggest: the policy that a run would have needed, from the history or from a report file. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../policy/policy.h"
#include "phrase.h"

#define LINE_MAX_BYTES (4 * RECORD_JSON_MAX)

struct suggest_values {
	const char *from, *since;
	bool profiles;
};

const struct option_row policy_suggest_options[] = {
	{ "from", 'f', "FILE", OPT_STRING, NULL, "the history of the last run", "a report file, as egret start -o writes it",
	  offsetof(struct suggest_values, from) },
	{ "since", 's', "TIME", OPT_STRING, NULL, "the start of the last run",
	  "only from then on, of the history: a span back from now such as 2h", offsetof(struct suggest_values, since) },
	{ "profiles", 'p', NULL, OPT_FLAG, NULL, NULL, "a profile for each program instead of one list for all",
	  offsetof(struct suggest_values, profiles) },
	{ NULL },
};

/* --- from the history -------------------------------------------------------------------------------- */

static int take(void *user, const struct record *r, const char *json _unused_, size_t len _unused_)
{
	return suggest_add(user, r);
}

static int last_start(void *user, const struct record *r, const char *json _unused_, size_t len _unused_)
{
	uint64_t *since_ms = user;

	if (!r->text || !strstr(r->text, " coverage, "))
		return 0;
	*since_ms = r->time_ms;
	return 1;
}

/* The guard's first record of each run says mode, coverage and that it started. */
static int find_since(struct store *s, const char *since, uint64_t *ret_ms)
{
	struct store_filter f = { .kinds = RECORD_BIT(RECORD_SYSTEM), .newest_first = true };
	uint64_t span, now_ms = now_wall_ms();
	int r;

	if (!since) {
		r = store_query(s, &f, last_start, ret_ms, NULL);
		return r < 0 ? cli_fail("cannot read the history: %s", strerror(-r)) : CLI_OK;
	}
	if (str_to_ms(since, &span) < 0)
		return cli_fail("--since: '%s' is not a span such as 30m or 2h", since);
	*ret_ms = span < now_ms ? now_ms - span : 1;
	return CLI_OK;
}

static int from_history(const struct cli *c, const char *since, struct suggest *suggest)
{
	_cleanup_(store_closep) struct store *s = NULL;
	struct store_filter f = { 0 };
	int code = CLI_OK, r;

	s = history_open(c, &code);
	if (!s)
		return code;
	code = find_since(s, since, &f.since_ms);
	if (code != CLI_OK)
		return code;
	r = store_query(s, &f, take, suggest, NULL);
	return r < 0 ? cli_fail("cannot read the history: %s", strerror(-r)) : CLI_OK;
}

/* --- from a report ----------------------------------------------------------------------------------- */

static const char *text_or_null(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s && *s ? s : NULL;
}

/* kntrl's members, and ours where the line has them. Lists are borrowed from the document. */
static bool read_network(const json_t *o, const char *classes[RECORD_LIST_MAX + 1], struct record *r)
{
	const json_t *list = json_object_get(o, "classes");
	size_t i, n = 0;

	*r = (struct record){ .kind = RECORD_FLOW, .classes = classes };
	r->address = text_or_null(o, "address") ? text_or_null(o, "address") : text_or_null(o, "daddr");
	r->port = (uint32_t)json_integer_value(json_object_get(o, "dport"));
	r->exe = text_or_null(o, "exe") ? text_or_null(o, "exe") : text_or_null(o, "task_name");
	r->script = text_or_null(o, "script");
	r->name = text_or_null(o, "name");
	r->name_source = text_or_null(o, "name_source");
	r->ambiguous = json_is_true(json_object_get(o, "ambiguous"));
	r->proto = text_or_null(o, "proto");
	r->reason = text_or_null(o, "reason");
	r->verdict = text_or_null(o, "policy") && streq(text_or_null(o, "policy"), "block") ? "deny" : "allow";
	r->would_hold = json_is_true(json_object_get(o, "would_hold"));
	r->time_ms = (uint64_t)json_integer_value(json_object_get(o, "time_ms"));
	for (i = 0; i < json_array_size(list) && n < RECORD_LIST_MAX; i++)
		if (json_string_value(json_array_get(list, i)))
			classes[n++] = json_string_value(json_array_get(list, i));
	classes[n] = NULL;
	return r->address && json_object_get(o, "dport");
}

static int take_line(struct suggest *s, const char *line, size_t len, unsigned number)
{
	const char *classes[RECORD_LIST_MAX + 1];
	struct record r;
	json_error_t e;
	json_t *o;
	int error = 0;

	if (strspn(line, " \t\r\n") == len)
		return CLI_OK;
	o = json_loadb(line, len, 0, &e);
	if (!json_is_object(o)) {
		json_decref(o);
		return cli_fail("line %u of the report is not a JSON object", number);
	}
	if (read_network(o, classes, &r))
		error = suggest_add(s, &r);
	json_decref(o);
	return error < 0 ? cli_fail("out of memory") : CLI_OK;
}

static int from_report(const char *path, struct suggest *s)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	int code = CLI_OK;
	ssize_t n;

	if (!f)
		return cli_fail("cannot read %s: %s", path, strerror(errno));
	while (code == CLI_OK && (n = getline(&line, &size, f)) > 0) {
		number++;
		if (n > LINE_MAX_BYTES)
			return cli_fail("line %u of the report is too long", number);
		code = take_line(s, line, (size_t)n, number);
	}
	return code == CLI_OK && ferror(f) ? cli_fail("cannot read %s: %s", path, strerror(errno)) : code;
}

/* --- the verb ---------------------------------------------------------------------------------------- */

static int print(const struct cli *c, const struct suggest *s, bool profiles)
{
	_cleanup_buf_ struct buf text = { 0 }, doc = { 0 };
	uint64_t denied, flows = suggest_flows(s, &denied);
	struct json j;

	buf_init(&text, 0);
	suggest_write(s, profiles, &text);
	if (buf_error(&text))
		return cli_fail("the policy is too long");
	if (!c->json) {
		(void)fputs(buf_str(&text), stdout);
		return CLI_OK;
	}
	buf_init(&doc, 0);
	json_init(&j, &doc);
	json_obj(&j);
	json_kuint(&j, "flows", flows);
	json_kuint(&j, "denied", denied);
	json_kstr(&j, "policy", buf_str(&text));
	json_end(&j);
	cli_out_json(buf_str(&doc));
	return CLI_OK;
}

int verb_policy_suggest(struct cli *c, int argc, char **argv)
{
	_cleanup_(suggest_freep) struct suggest *s = NULL;
	struct suggest_values o = { 0 };
	int n = cli_parse(c, argc, argv, &o), code;
	uint64_t denied;

	if (n < 0)
		return cli_exit_of(n);
	if (o.from && o.since)
		return cli_usage(c, "--since is about the history; a report is one run");
	if (suggest_new(&s) < 0)
		return cli_fail("out of memory");
	code = o.from ? from_report(o.from, s) : from_history(c, o.since, s);
	if (code != CLI_OK)
		return code;
	if (!suggest_flows(s, &denied))
		return cli_fail("no connection is in %s; run the job under `egret start --mode monitor` with a policy first",
				o.from ? o.from : "the history");
	return print(c, s, o.profiles);
}
