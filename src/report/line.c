/* SPDX-License-Identifier: Apache-2.0 */
/* One record as one line: kntrl's members first, under kntrl's names, then ours. */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "mask.h"

static bool is_reading(const struct record *r)
{
	return r->source == TAINT_READ || r->source == TAINT_MAP || r->source == TAINT_EXISTING ||
	       r->source == TAINT_PASSED || r->source == TAINT_EXEC || r->source == TAINT_DERIVED;
}

enum report_type report_type_of(const struct record *r)
{
	switch (r->kind) {
	case RECORD_FLOW:
	case RECORD_CONNECT:
		return REPORT_NETWORK;
	case RECORD_DENIED:
		return r->destination || r->address ? REPORT_NETWORK : r->path ? REPORT_FILE : REPORT_PROCESS;
	case RECORD_EXEC:
	case RECORD_EXIT:
		return REPORT_PROCESS;
	case RECORD_DNS:
		return REPORT_DNS;
	case RECORD_WATCH:
		return REPORT_FILE;
	case RECORD_TAINT:
		return r->path && is_reading(r) ? REPORT_FILE : REPORT_OTHER;
	default:
		return REPORT_OTHER;
	}
}

static enum report_outcome decided(const struct record *r)
{
	if (r->would_hold)
		return OUTCOME_WOULD;
	if (r->kind == RECORD_DENIED || (r->verdict && streq(r->verdict, "deny")))
		return OUTCOME_BLOCK;
	return OUTCOME_PASS;
}

enum report_outcome report_outcome_of(const struct record *r)
{
	switch (r->kind) {
	case RECORD_FLOW:
	case RECORD_CONNECT:
	case RECORD_DENIED:
	case RECORD_DNS:
		return decided(r);
	case RECORD_WATCH:
		return decided(r) == OUTCOME_PASS ? OUTCOME_FLAG : decided(r);
	case RECORD_TAINT:
		return report_type_of(r) == REPORT_FILE ? OUTCOME_FLAG : OUTCOME_NONE;
	case RECORD_ALERT:
		return r->verdict && streq(r->verdict, "deny") ? OUTCOME_BLOCK : OUTCOME_FLAG;
	case RECORD_EXEC:
		return r->verdict ? decided(r) : OUTCOME_NONE;
	default:
		return OUTCOME_NONE;
	}
}

const char *report_type_name(const struct record *r)
{
	static const char *const names[] = {
		[REPORT_NETWORK] = "network", [REPORT_PROCESS] = "process", [REPORT_DNS] = "dns", [REPORT_FILE] = "file",
	};
	enum report_type t = report_type_of(r);

	return t == REPORT_OTHER ? record_kind_name(r->kind) : names[t];
}

const char *report_policy_name(enum report_outcome o)
{
	static const char *const names[_OUTCOME_MAX] = {
		[OUTCOME_PASS] = "pass", [OUTCOME_FLAG] = "flag", [OUTCOME_WOULD] = "pass", [OUTCOME_BLOCK] = "block",
	};

	return names[o];
}

static const char *basename_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

const char *report_task_name(const struct record *r)
{
	return r->exe ? basename_of(r->exe) : r->comm;
}

const char *report_address(const struct record *r, char dst[REPORT_ADDRESS_MAX])
{
	if (!r->address)
		return r->destination;
	if (!r->port)
		return r->address;
	(void)snprintf(dst, REPORT_ADDRESS_MAX, strchr(r->address, ':') ? "[%s]:%u" : "%s:%u", r->address, r->port);
	return dst;
}

const char *report_server(const struct record *r)
{
	return r->address ? r->address : r->destination;
}

const char *report_operation(const struct record *r)
{
	return r->kind == RECORD_TAINT || !r->reason ? "open" : r->reason;
}

const char *report_event_type(const struct record *r)
{
	return r->kind == RECORD_EXIT ? "exit" : "exec";
}

/* --- members by type --------------------------------------------------------------------------------- */

static void list(struct json *j, const char *name, const char *const *items)
{
	json_karr(j, name);
	for (; items && *items; items++)
		json_str(j, *items);
	json_end(j);
}

static void network(struct json *j, const struct record *r)
{
	const char *domains[] = { r->name ? r->name : ".", NULL };

	json_kuint(j, "pid", r->pid);
	json_kstr(j, "task_name", report_task_name(r));
	json_kstr(j, "proto", r->proto ? r->proto : "-");
	json_kstr(j, "daddr", r->address ? r->address : r->destination);
	json_kuint(j, "dport", r->port);
	list(j, "domains", domains);
}

static void process(struct json *j, const struct record *r)
{
	json_kuint(j, "pid", r->pid);
	json_kuint(j, "ppid", r->ppid);
	json_kstr(j, "event_type", report_event_type(r));
	json_kstr(j, "comm", r->comm ? r->comm : report_task_name(r));
	if (r->exe)
		json_kstr(j, "filename", r->exe);
	json_kuint(j, "ts_us", r->time_ms * 1000);
}

static void dns(struct json *j, const struct record *r)
{
	json_kuint(j, "pid", r->pid);
	json_kstr(j, "dns_server", report_server(r));
	json_kstr(j, "query_domain", r->name);
	json_kbool(j, "is_response", r->reason && streq(r->reason, "answer"));
	json_kuint(j, "ts_us", r->time_ms * 1000);
}

static void file(struct json *j, const struct record *r)
{
	json_kuint(j, "pid", r->pid);
	json_kstr(j, "comm", r->comm ? r->comm : report_task_name(r));
	json_kstr(j, "filename", r->path);
	json_kuint(j, "ts_us", r->time_ms * 1000);
	if (report_outcome_of(r) == OUTCOME_BLOCK)
		json_kbool(j, "blocked", true);
	json_kstr(j, "operation", report_operation(r));
}

/* What each type has said already, which record_members must not say again. */
static const char *const said[_REPORT_TYPE_MAX][8] = {
	[REPORT_NETWORK] = { "count", "ancestors", "args", "pid", "proto" },
	[REPORT_PROCESS] = { "count", "ancestors", "args", "pid", "ppid", "comm" },
	[REPORT_DNS] = { "count", "ancestors", "args", "pid" },
	[REPORT_FILE] = { "count", "ancestors", "args", "pid", "comm" },
	[REPORT_OTHER] = { "count", "ancestors", "args" },
};

static void arguments(struct json *j, const char *args)
{
	_cleanup_buf_ struct buf masked = { 0 };

	mask_add(&masked, args, RECORD_JSON_MAX / 2);
	json_kstr(j, "args", buf_str(&masked));
}

void report_line(const struct record *r, uint64_t count, uint64_t last_ms, struct buf *out, size_t *ret_count_at)
{
	static void (*const writers[_REPORT_TYPE_MAX])(struct json *, const struct record *) = {
		[REPORT_NETWORK] = network, [REPORT_PROCESS] = process, [REPORT_DNS] = dns, [REPORT_FILE] = file,
	};
	enum report_type type = report_type_of(r);
	char number[32];
	struct json j;

	json_init(&j, out);
	json_obj(&j);
	json_kstr(&j, "type", report_type_name(r));
	json_key(&j, "count");
	if (ret_count_at)
		*ret_count_at = out->len;
	(void)snprintf(number, sizeof(number), "%*" PRIu64, REPORT_COUNT_DIGITS, MIN(count, (uint64_t)9999999999));
	json_raw(&j, number);
	json_key(&j, "last_ms");
	(void)snprintf(number, sizeof(number), "%*" PRIu64, REPORT_TIME_DIGITS, MIN(last_ms, (uint64_t)9999999999999));
	json_raw(&j, number);
	if (writers[type])
		writers[type](&j, r);
	if (report_policy_name(report_outcome_of(r)))
		json_kstr(&j, "policy", report_policy_name(report_outcome_of(r)));
	if (r->args)
		arguments(&j, r->args);
	if (type == REPORT_NETWORK || r->ancestors)
		list(&j, "ancestors", r->ancestors);
	record_members(r, &j, said[type]);
	json_end(&j);
}
