/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS): one result for each row that was blocked, would have been blocked or was noticed. The location is the
 * script, else the program, that did it: scanners want a file, and that is the one to look at.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "inside.h"

#define RESULTS_MAX 5000 /* what GitHub takes of one run */
#define SCHEMA	    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* One rule for each type and outcome that makes a result. */
struct rule {
	const char *id, *name, *text, *level, *severity;
	enum report_type type;
	enum report_outcome outcome;
};
static const struct rule rules[] = {
	{ "egress-blocked", "EgressBlocked", "A process tried to reach a destination that it may not reach, and was stopped",
	  "error", "8.0", REPORT_NETWORK, OUTCOME_BLOCK },
	{ "egress-would-block", "EgressWouldBlock",
	  "A process reached a destination that it may not reach; enforce mode would have stopped it", "warning", "7.0",
	  REPORT_NETWORK, OUTCOME_WOULD },
	{ "process-blocked", "ProcessBlocked", "A program was not allowed to run, or a socket not allowed to be made", "error",
	  "8.0", REPORT_PROCESS, OUTCOME_BLOCK },
	{ "process-would-block", "ProcessWouldBlock", "A program ran that enforce mode would have stopped", "warning", "7.0",
	  REPORT_PROCESS, OUTCOME_WOULD },
	{ "dns-blocked", "DnsBlocked", "A name was asked for that may not be asked for, and the question was stopped", "error",
	  "7.0", REPORT_DNS, OUTCOME_BLOCK },
	{ "dns-would-block", "DnsWouldBlock", "A name was asked for; enforce mode would have stopped the question", "warning",
	  "6.0", REPORT_DNS, OUTCOME_WOULD },
	{ "file-blocked", "FileBlocked", "A protected file was to be opened or changed, and that was refused", "error", "7.0",
	  REPORT_FILE, OUTCOME_BLOCK },
	{ "file-would-block", "FileWouldBlock", "A protected file was opened or changed; enforce mode would have refused it",
	  "warning", "6.0", REPORT_FILE, OUTCOME_WOULD },
	{ "secret-read", "SecretRead", "A process read a secret or a monitored file", "note", "3.0", REPORT_FILE,
	  OUTCOME_FLAG },
	{ "alert", "Alert", "A detection fired", "warning", "6.0", REPORT_OTHER, OUTCOME_FLAG },
	{ "alert-blocked", "AlertBlocked", "A detection fired and what it saw was stopped", "error", "8.0", REPORT_OTHER,
	  OUTCOME_BLOCK },
};

static int rule_of(const struct report_row *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].type == row->type && rules[i].outcome == row->outcome)
			return (int)i;
	return -1;
}

static void text_member(struct json *j, const char *name, const char *text)
{
	json_kobj(j, name);
	json_kstr(j, "text", text);
	json_end(j);
}

static void write_rule(struct json *j, const struct rule *r)
{
	json_obj(j);
	json_kstr(j, "id", r->id);
	json_kstr(j, "name", r->name);
	text_member(j, "shortDescription", r->text);
	json_kobj(j, "defaultConfiguration");
	json_kstr(j, "level", r->level);
	json_end(j);
	json_kobj(j, "properties");
	json_kstr(j, "security-severity", r->severity);
	json_karr(j, "tags");
	json_str(j, "security");
	json_end(j);
	json_end(j);
	json_end(j);
}

/* --- results ------------------------------------------------------------------------------------------ */

/* A message is plain text in which brackets are links and braces placeholders (SARIF 3.11.5, 3.11.6). */
static void message_text(struct buf *out, const char *text)
{
	_cleanup_buf_ struct buf safe = { 0 };

	str_escape(&safe, text, strlen(text));
	for (const char *c = buf_str(&safe); *c; c++) {
		if (strchr("[]", *c))
			buf_addc(out, '\\');
		if (strchr("{}", *c))
			buf_addc(out, *c);
		buf_addc(out, *c);
	}
}

static void write_message(struct json *j, const struct report_row *row, const struct rule *rule)
{
	_cleanup_buf_ struct buf b = { 0 };
	const struct record *r = row->first;
	char where[REPORT_ADDRESS_MAX];
	const char *to = row->type == REPORT_FILE ? r->path : row->type == REPORT_DNS ? r->name : report_address(r, where);

	message_text(&b, report_task_name(r) ? report_task_name(r) : "a process");
	if (r->pid)
		buf_addf(&b, " (pid %u)", r->pid);
	if (to) {
		buf_adds(&b, ": ");
		message_text(&b, r->name && row->type == REPORT_NETWORK ? r->name : to);
	}
	if (to && r->name && row->type == REPORT_NETWORK) {
		buf_adds(&b, ", ");
		message_text(&b, to);
	}
	buf_addf(&b, ". %s.", rule->text);
	if (r->sentence || r->text) {
		buf_addc(&b, ' ');
		message_text(&b, r->sentence ? r->sentence : r->text);
		buf_addc(&b, '.');
	}
	text_member(j, "message", buf_str(&b));
}

/* RFC 3986: what is not unreserved is percent-encoded, slashes stay. */
static void uri_path(struct buf *out, const char *path)
{
	for (const unsigned char *c = (const unsigned char *)path; *c; c++)
		if (isalnum(*c) || strchr("-._~/", *c))
			buf_addc(out, (char)*c);
		else
			buf_addf(out, "%%%02X", *c);
}

/* The path below root, NULL if it is elsewhere. */
static const char *below(const char *root, const char *path)
{
	size_t len = root ? strlen(root) : 0;

	while (len && root[len - 1] == '/')
		len--;
	return len && strncmp(path, root, len) == 0 && path[len] == '/' && path[len + 1] ? path + len + 1 : NULL;
}

static void write_artifact(struct json *j, const char *path, const char *root)
{
	_cleanup_buf_ struct buf uri = { 0 };
	const char *inside = below(root, path);

	if (!inside)
		buf_adds(&uri, "file://");
	uri_path(&uri, inside ? inside : path);
	json_kobj(j, "artifactLocation");
	json_kstr(j, "uri", buf_str(&uri));
	if (inside)
		json_kstr(j, "uriBaseId", "%SRCROOT%");
	json_end(j);
}

static void write_location(struct json *j, const struct record *r, const char *root)
{
	const char *path = r->script && r->script[0] == '/' ? r->script : r->exe;

	json_karr(j, "locations");
	json_obj(j);
	json_kobj(j, "physicalLocation");
	write_artifact(j, path && path[0] == '/' ? path : "/unknown-program", root);
	json_kobj(j, "region");
	json_kuint(j, "startLine", 1);
	json_end(j);
	json_end(j);
	json_karr(j, "logicalLocations");
	json_obj(j);
	json_kstr(j, "name", report_task_name(r) ? report_task_name(r) : "unknown");
	json_kstr(j, "kind", "process");
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}

/* The same finding of another run has the same fingerprint: no pids, times or counts in it. FNV-1a, 64 bits. */
static void write_fingerprint(struct json *j, const struct report_row *row, const struct rule *rule)
{
	const struct record *r = row->first;
	const char *parts[] = { rule->id, report_task_name(r), r->script, r->name ? r->name : r->address, r->path };
	uint64_t h = 0xcbf29ce484222325ull;
	char text[24];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		for (const char *c = parts[i] ? parts[i] : ""; *c; c++)
			h = (h ^ (unsigned char)*c) * 0x100000001b3ull;
		h = h * 0x100000001b3ull; /* a NUL between */
	}
	(void)snprintf(text, sizeof(text), "%016" PRIx64, h ^ r->port);
	json_kobj(j, "partialFingerprints");
	json_kstr(j, "egret/v1", text);
	json_end(j);
}

static void write_properties(struct json *j, const struct record *r)
{
	json_kobj(j, "properties");
	json_kuint(j, "pid", r->pid);
	json_kstr(j, "record", record_kind_name(r->kind));
	if (r->rule)
		json_kstr(j, "rule", r->rule);
	json_karr(j, "classes");
	for (size_t i = 0; r->classes && r->classes[i]; i++)
		json_str(j, r->classes[i]);
	json_end(j);
	json_karr(j, "ancestors");
	for (size_t i = 0; r->ancestors && r->ancestors[i]; i++)
		json_str(j, r->ancestors[i]);
	json_end(j);
	json_end(j);
}

static void write_result(struct json *j, const struct report_row *row, int rule, const char *root)
{
	json_obj(j);
	json_kstr(j, "ruleId", rules[rule].id);
	json_kint(j, "ruleIndex", rule);
	json_kstr(j, "level", rules[rule].level);
	write_message(j, row, &rules[rule]);
	write_location(j, row->first, root);
	write_fingerprint(j, row, &rules[rule]);
	json_kuint(j, "occurrenceCount", row->count);
	write_properties(j, row->first);
	json_end(j);
}

/* --- the log ------------------------------------------------------------------------------------------ */

static void write_tool(struct json *j)
{
	json_kobj(j, "tool");
	json_kobj(j, "driver");
	json_kstr(j, "name", "egret");
	json_kstr(j, "version", EGRET_VERSION);
	json_karr(j, "rules");
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		write_rule(j, &rules[i]);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void write_invocation(struct json *j, const struct report *p, const struct report_head *h, size_t beyond)
{
	char text[32];

	json_karr(j, "invocations");
	json_obj(j);
	json_kbool(j, "executionSuccessful", !h->killed);
	if (h->since_ms)
		json_kstr(j, "startTimeUtc", record_time_text(h->since_ms, text));
	if (h->until_ms)
		json_kstr(j, "endTimeUtc", record_time_text(h->until_ms, text));
	json_kobj(j, "properties");
	json_kstr(j, "mode", h->enforce ? "enforce" : "monitor");
	if (h->coverage)
		json_kstr(j, "coverage", h->coverage);
	json_kuint(j, "beyond", p->beyond + beyond);
	json_end(j);
	json_end(j);
	json_end(j);
}

void report_sarif(const struct report *p, const struct report_head *h, struct buf *out)
{
	size_t n = 0;
	struct json j;
	int rule;

	json_init(&j, out);
	json_obj(&j);
	json_kstr(&j, "$schema", SCHEMA);
	json_kstr(&j, "version", "2.1.0");
	json_karr(&j, "runs");
	json_obj(&j);
	write_tool(&j);
	json_kstr(&j, "columnKind", "utf16CodeUnits");
	json_karr(&j, "results");
	for (size_t i = 0; i < p->n; i++) {
		rule = rule_of(&p->rows[i]);
		if (rule >= 0 && n++ < RESULTS_MAX)
			write_result(&j, &p->rows[i], rule, h->root);
	}
	json_end(&j);
	write_invocation(&j, p, h, n > RESULTS_MAX ? n - RESULTS_MAX : 0);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	buf_addc(out, '\n');
}
