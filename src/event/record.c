/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#define K(k) RECORD_BIT(RECORD_##k)
/* Kinds that have a process, a destination, a decision. */
#define WHO   (K(TAINT) | K(FLOW) | K(DENIED) | K(PROMPT) | K(ANSWER) | K(EXEC) | K(EXIT) | K(CONNECT) | K(DNS) | \
	       K(WATCH) | K(ALERT))
#define WHERE (K(FLOW) | K(DENIED) | K(PROMPT) | K(ANSWER) | K(CONNECT) | K(DNS) | K(RULE) | K(ALERT))
#define MADE  (K(FLOW) | K(DENIED) | K(PROMPT) | K(ANSWER) | K(WATCH) | K(DNS) | K(RULE) | K(ALERT))
#define LABEL (WHO & ~K(CONNECT))
#define F(member, type, kinds, help) \
	{ #member, FIELD_##type, offsetof(struct record, member), kinds, help }

const struct record_field record_fields[] = {
	F(id, U64, RECORD_ALL, "number of the record; grows, never reused"),
	F(time_ms, U64, RECORD_ALL, "when, milliseconds since 1970; `time` says the same as RFC 3339 in UTC"),
	F(boot_ns, U64, RECORD_ALL, "when, nanoseconds since boot, suspend included"),
	F(kind, KIND, RECORD_ALL, "what happened"),
	F(pid, U32, WHO, "process"),
	F(start_ns, U64, WHO, "start of the process since boot; with `pid` its identity"),
	F(ppid, U32, WHO, "its parent"),
	F(uid, UID, WHO, "its user"),
	F(comm, TEXT, WHO, "its name as the kernel keeps it; the process can change it"),
	F(exe, TEXT, WHO, "path of its executable"),
	F(script, TEXT, WHO, "path of the script an interpreter runs"),
	F(args, TEXT, WHO, "its command line"),
	F(cwd, TEXT, WHO, "its working directory"),
	F(ancestors, LIST, WHO, "names of its ancestors, nearest first"),
	F(classes, LIST, LABEL, "classes of secrets: for taint those that arrived, else those carried"),
	F(label, LABEL, LABEL, "all that is carried, as a bit set; bits mean what the policy of that moment said"),
	F(source, SOURCE, K(TAINT), "how the label came"),
	F(path, TEXT, K(TAINT) | K(DENIED) | K(EXEC) | K(WATCH) | K(ALERT), "the file it is about"),
	F(watch, TEXT, K(TAINT) | K(DENIED) | K(WATCH) | K(RULE) | K(ALERT), "id of the watchlist entry"),
	F(file, FILE, K(TAINT) | K(DENIED) | K(EXEC) | K(WATCH), "identity of the file"),
	F(from_pid, U32, K(TAINT), "process the label came from"),
	F(from_start_ns, U64, K(TAINT), "start of that process"),
	F(destination, TEXT, WHERE, "where to, as people read it: name or address, with port"),
	F(name, TEXT, WHERE, "host name behind the address; of a dns record the name asked for"),
	F(name_source, TEXT, WHERE, "how the name is known"),
	F(confidence, TEXT, WHERE, "how sure the name is: low, medium or high"),
	F(ambiguous, BOOL, WHERE, "several live names share the address"),
	F(address, TEXT, WHERE, "address"),
	F(port, U32, WHERE, "port"),
	F(proto, TEXT, WHERE, "protocol: tcp, udp …"),
	F(qtype, TEXT, K(DNS), "type of the question: A, AAAA, TXT …"),
	F(rcode, TEXT, K(DNS), "how the answer ended: NOERROR, NXDOMAIN, REFUSED …"),
	F(answers, LIST, K(DNS), "addresses in the answer"),
	F(verdict, TEXT, MADE, "allow, deny or hold"),
	F(reason, TEXT, MADE | K(SYSTEM) | K(LOSS), "what decided; of system and loss records what happened"),
	F(rule, TEXT, MADE, "id of the rule that decided"),
	F(sentence, TEXT, MADE, "the decision in one sentence"),
	F(would_hold, BOOL, MADE, "monitor mode let it pass; enforce mode would have held or denied it"),
	F(held_ms, U64, K(FLOW) | K(ANSWER), "how long it waited"),
	F(prompt, U64, K(FLOW) | K(PROMPT) | K(ANSWER), "number of the question"),
	F(scope, TEXT, K(ANSWER) | K(RULE), "what the answer covers"),
	F(duration, TEXT, K(ANSWER) | K(RULE), "how long the answer holds"),
	F(by, TEXT, K(FLOW) | K(ANSWER) | K(RULE) | K(SYSTEM), "who did it"),
	F(count, U64, RECORD_ALL, "how many events it stands for, if more than one"),
	F(text, TEXT, RECORD_ALL, "more, for people"),
	{ 0 },
};

static const struct {
	const char *name, *help;
} kinds[] = {
	[RECORD_TAINT] = { "taint", "a process, file or channel got a class of secrets it did not have" },
	[RECORD_FLOW] = { "flow", "traffic to a destination was decided" },
	[RECORD_DENIED] = { "denied", "the kernel refused a file, a connection or a socket" },
	[RECORD_PROMPT] = { "prompt", "a question was put" },
	[RECORD_ANSWER] = { "answer", "a question was answered, withdrawn or ran out" },
	[RECORD_EXEC] = { "exec", "a process executed a program" },
	[RECORD_EXIT] = { "exit", "a process ended" },
	[RECORD_CONNECT] = { "connect", "an untainted process went to a new destination" },
	[RECORD_DNS] = { "dns", "a name was asked for or answered" },
	[RECORD_WATCH] = { "watch", "a watched file that carries no class was opened" },
	[RECORD_RULE] = { "rule", "a rule was added, removed or ran out" },
	[RECORD_SYSTEM] = { "system", "egret started, stopped, reloaded, lost or regained something" },
	[RECORD_LOSS] = { "loss", "records were lost" },
	[RECORD_ALERT] = { "alert", "a detection fired" },
};
_Static_assert(ARRAY_SIZE(kinds) == _RECORD_KIND_MAX, "each kind has a name");

static const char *const sources[] = {
	[TAINT_READ] = "read",	   [TAINT_DERIVED] = "derived",	  [TAINT_PIPE] = "pipe",
	[TAINT_UNIX] = "unix",	   [TAINT_FORK] = "fork",	  [TAINT_LOOPBACK] = "loopback",
	[TAINT_MAP] = "map",	   [TAINT_EXISTING] = "existing", [TAINT_FILE] = "file",
	[TAINT_CHAN] = "channel",  [TAINT_LINK] = "link",	  [TAINT_MEMORY] = "memory",
	[TAINT_EXEC] = "exec",	   [TAINT_PASSED] = "passed", [TAINT_SHARED] = "shared",
};
_Static_assert(ARRAY_SIZE(sources) == TAINT_SOURCE_MAX, "each source has a name");

static const char *const types[] = {
	[FIELD_U64] = "number",	 [FIELD_U32] = "number", [FIELD_UID] = "number",   [FIELD_BOOL] = "true",
	[FIELD_TEXT] = "string", [FIELD_LIST] = "strings", [FIELD_KIND] = "kind",  [FIELD_SOURCE] = "source",
	[FIELD_LABEL] = "\"0x…\"", [FIELD_FILE] = "object",
};
_Static_assert(ARRAY_SIZE(types) == _FIELD_TYPE_MAX, "each type has a name");

const struct record_field *record_field_find(const char *name)
{
	for (const struct record_field *f = record_fields; f->name; f++)
		if (streq(f->name, name))
			return f;
	return NULL;
}

const char *field_type_name(enum field_type t)
{
	return t < _FIELD_TYPE_MAX ? types[t] : NULL;
}

const char *record_kind_name(enum record_kind k)
{
	return k < _RECORD_KIND_MAX ? kinds[k].name : NULL;
}

const char *record_kind_help(enum record_kind k)
{
	return k < _RECORD_KIND_MAX ? kinds[k].help : NULL;
}

int record_kind_from_name(const char *name)
{
	for (unsigned i = 1; i < _RECORD_KIND_MAX; i++)
		if (streq(kinds[i].name, name))
			return (int)i;
	return -EINVAL;
}

const char *taint_source_name(unsigned source)
{
	return source < TAINT_SOURCE_MAX ? sources[source] : NULL;
}

int taint_source_from_name(const char *name)
{
	for (unsigned i = 1; i < TAINT_SOURCE_MAX; i++)
		if (streq(sources[i], name))
			return (int)i;
	return -EINVAL;
}

/* --- writing ----------------------------------------------------------------------------------------- */

const char *record_time_text(uint64_t time_ms, char dst[32])
{
	time_t seconds = (time_t)(time_ms / 1000);
	char day[24] = "";
	struct tm tm;

	/* a year beyond 9999 has no RFC 3339 form */
	if (seconds > 253402300799 || !gmtime_r(&seconds, &tm))
		seconds = 253402300799, (void)gmtime_r(&seconds, &tm);
	(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(dst, 32, "%s.%03uZ", day, (unsigned)(time_ms % 1000));
	return dst;
}

static void write_list(struct json *j, const char *name, const char *const *list)
{
	json_karr(j, name);
	for (; *list; list++)
		json_str(j, *list);
	json_end(j);
}

static void write_file(struct json *j, const char *name, const struct file_key *file)
{
	char ino[24];

	(void)snprintf(ino, sizeof(ino), "%" PRIu64, (uint64_t)file->ino);
	json_kobj(j, name);
	json_kuint(j, "dev", file->dev);
	json_kstr(j, "ino", ino);
	json_kuint(j, "gen", file->gen);
	json_end(j);
}

static void write_label(struct json *j, const char *name, uint64_t label)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, label);
	json_kstr(j, name, text);
}

static void write_text(struct json *j, const char *name, const char *text)
{
	if (text && *text)
		json_kstr(j, name, text);
}

static void write_number(struct json *j, const char *name, uint64_t v)
{
	if (v)
		json_kuint(j, name, v);
}

static void write_field(const struct record *r, const struct record_field *f, struct json *j)
{
	const void *at = (const char *)r + f->offset;
	const struct file_key *file = at;
	const char *const *list;

	switch (f->type) {
	case FIELD_U64:
		return write_number(j, f->name, *(const uint64_t *)at);
	case FIELD_U32:
		return write_number(j, f->name, *(const uint32_t *)at);
	case FIELD_UID:
		return r->pid ? json_kuint(j, f->name, *(const uint32_t *)at) : (void)0;
	case FIELD_BOOL:
		return *(const bool *)at ? json_kbool(j, f->name, true) : (void)0;
	case FIELD_TEXT:
		return write_text(j, f->name, *(const char *const *)at);
	case FIELD_LIST:
		list = *(const char *const *const *)at;
		return list && *list ? write_list(j, f->name, list) : (void)0;
	case FIELD_KIND:
		return write_text(j, f->name, record_kind_name(*(const enum record_kind *)at));
	case FIELD_SOURCE:
		return write_text(j, f->name, taint_source_name(*(const unsigned *)at));
	case FIELD_LABEL:
		return *(const uint64_t *)at ? write_label(j, f->name, *(const uint64_t *)at) : (void)0;
	case FIELD_FILE:
		return file->ino ? write_file(j, f->name, file) : (void)0;
	case _FIELD_TYPE_MAX:
		break;
	}
	assert(!"a type of its own");
}

static bool is_among(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (streq(*names, name))
			return true;
	return false;
}

void record_members(const struct record *r, struct json *j, const char *const *except)
{
	char text[32];

	for (const struct record_field *f = record_fields; f->name; f++) {
		if (f->offset == offsetof(struct record, time_ms) && r->time_ms)
			json_kstr(j, "time", record_time_text(r->time_ms, text));
		if (!is_among(except, f->name))
			write_field(r, f, j);
	}
}

void record_json(const struct record *r, struct json *j)
{
	json_obj(j);
	record_members(r, j, NULL);
	json_end(j);
}

/* --- reading ----------------------------------------------------------------------------------------- */

#define LISTS_MAX 3 /* ancestors, classes, answers */

struct record_owned {
	struct record rec;
	json_t *doc; /* owns the strings */
	const char **lists[LISTS_MAX];
	size_t n_lists;
};

const struct record *record_of(const struct record_owned *o)
{
	return &o->rec;
}

struct record_owned *record_owned_free(struct record_owned *o)
{
	if (!o)
		return NULL;
	for (size_t i = 0; i < o->n_lists; i++)
		free(o->lists[i]);
	json_decref(o->doc);
	free(o);
	return NULL;
}

static int read_number(const json_t *v, uint64_t max, uint64_t *ret)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || (uint64_t)n > max)
		return -EBADMSG;
	*ret = (uint64_t)n;
	return 0;
}

static int read_u32(const json_t *v, uint32_t *ret)
{
	uint64_t n;
	int r = read_number(v, UINT32_MAX, &n);

	if (r == 0)
		*ret = (uint32_t)n;
	return r;
}

static int read_list(struct record_owned *o, const json_t *v, const char *const **ret)
{
	size_t n = json_array_size(v);
	const char **list;

	if (!json_is_array(v) || n > RECORD_LIST_MAX)
		return -EBADMSG;
	assert(o->n_lists < LISTS_MAX);
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	o->lists[o->n_lists++] = list;
	for (size_t i = 0; i < n; i++) {
		list[i] = json_string_value(json_array_get(v, i));
		if (!list[i])
			return -EBADMSG;
	}
	*ret = list;
	return 0;
}

static int read_label(const json_t *v, uint64_t *ret)
{
	const char *s = json_string_value(v);
	size_t len = s ? strlen(s) : 0;

	if (len < 3 || len > 18 || strncmp(s, "0x", 2) != 0 || strspn(s + 2, "0123456789abcdef") != len - 2)
		return -EBADMSG;
	*ret = strtoull(s + 2, NULL, 16); /* at most 16 hexadecimal digits: cannot overflow */
	return 0;
}

static int read_file(const json_t *v, struct file_key *ret)
{
	const char *s = json_string_value(json_object_get(v, "ino"));
	struct file_key key = { 0 };
	uint64_t ino;

	if (!s || str_to_u64(s, 1, UINT64_MAX, &ino) < 0 || read_u32(json_object_get(v, "dev"), &key.dev) < 0 ||
	    read_u32(json_object_get(v, "gen"), &key.gen) < 0)
		return -EBADMSG;
	key.ino = ino;
	*ret = key;
	return 0;
}

/* A name of a table; an unknown source is skipped (R1: a newer writer), an unknown kind is not a record for us. */
static int read_name(const json_t *v, int (*from_name)(const char *), unsigned *ret)
{
	const char *s = json_string_value(v);
	int n;

	if (!s)
		return -EBADMSG;
	n = from_name(s);
	if (n > 0)
		*ret = (unsigned)n;
	return 0;
}

static int read_text(const json_t *v, const char **ret)
{
	if (!json_is_string(v))
		return -EBADMSG;
	*ret = json_string_value(v);
	return 0;
}

static int read_field(struct record_owned *o, const struct record_field *f, const json_t *v)
{
	void *at = (char *)&o->rec + f->offset;

	switch (f->type) {
	case FIELD_U64:
		return read_number(v, INT64_MAX, at);
	case FIELD_U32:
	case FIELD_UID:
		return read_u32(v, at);
	case FIELD_BOOL:
		*(bool *)at = json_is_true(v);
		return json_is_boolean(v) ? 0 : -EBADMSG;
	case FIELD_TEXT:
		return read_text(v, at);
	case FIELD_LIST:
		return read_list(o, v, at);
	case FIELD_KIND:
		return read_name(v, record_kind_from_name, at);
	case FIELD_SOURCE:
		return read_name(v, taint_source_from_name, at);
	case FIELD_LABEL:
		return read_label(v, at);
	case FIELD_FILE:
		return read_file(v, at);
	case _FIELD_TYPE_MAX:
		break;
	}
	return -EBADMSG;
}

static int read_fields(struct record_owned *o)
{
	int r;

	for (const struct record_field *f = record_fields; f->name; f++) {
		const json_t *v = json_object_get(o->doc, f->name);

		if (!v)
			continue;
		r = read_field(o, f, v);
		if (r < 0)
			return r;
	}
	return o->rec.id && o->rec.kind ? 0 : -EBADMSG;
}

int record_from_json(const char *text, size_t len, struct record_owned **ret)
{
	_cleanup_(record_owned_freep) struct record_owned *o = NULL;
	int r;

	if (len > RECORD_JSON_MAX)
		return -EMSGSIZE;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o->doc))
		return -EBADMSG;
	r = read_fields(o);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

int record_copy(const struct record *r, struct record_owned **ret)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;
	int error;

	buf_init(&b, RECORD_JSON_MAX);
	json_init(&j, &b);
	record_json(r, &j);
	error = buf_error(&b);
	if (error == -ENOBUFS)
		return -EMSGSIZE;
	return error < 0 ? error : record_from_json(buf_str(&b), b.len, ret);
}
