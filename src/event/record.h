/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What happened, as every view shows it: made by the guard, stored by the front, printed by the CLI.
 *
 * One table of fields is all there is: the JSON writer and reader, the columns of the history and docs/events.md follow
 * it. To add a field: a member of struct record, a row in record.c, a line in docs/events.md (a unit test compares).
 *
 * Owner: whoever fills a struct record; its strings and lists are borrowed. Invariants: R1 kind numbers and field names
 * are in users' databases and scripts: append only; R2 classes[] are in the order of label's bits, lowest first (of a
 * taint record only the classes that arrived, label being all that is carried); R3 ids grow: a cause always has a smaller
 * id than its effect.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../abi/event.h"
#include "../base/base.h"

/* The longest record as JSON, and so the longest message between guard and front. */
#define RECORD_JSON_MAX 65536
/* Most members of one list (ancestors, classes); more are refused when read. */
#define RECORD_LIST_MAX 256

enum record_kind {
	RECORD_TAINT = 1, /* a process, file or channel got a label it did not have */
	RECORD_FLOW,	  /* egress of a tainted or gated process was decided */
	RECORD_DENIED,	  /* the kernel refused: a file, a connect, a socket */
	RECORD_PROMPT,	  /* a question was put */
	RECORD_ANSWER,	  /* somebody, or the deadline, answered it */
	RECORD_EXEC,
	RECORD_EXIT,
	RECORD_CONNECT, /* an untainted process went to a new destination */
	RECORD_DNS,
	RECORD_WATCH, /* a watched file that carries no class was opened */
	RECORD_RULE,  /* a rule was added, removed or ran out */
	RECORD_SYSTEM, /* start, stop, reload, coverage, history */
	RECORD_LOSS,   /* records were lost, by cause */
	RECORD_ALERT,
	_RECORD_KIND_MAX
};
#define RECORD_BIT(kind) (1u << (kind))
#define RECORD_ALL	 ((1u << _RECORD_KIND_MAX) - 2)

/* Zero and NULL mean "not known" and are not written. */
struct record {
	uint64_t id;	  /* unique and growing */
	uint64_t time_ms; /* wall clock */
	uint64_t boot_ns; /* CLOCK_BOOTTIME */
	enum record_kind kind;

	uint32_t pid; /* who: the process (thread group) */
	uint64_t start_ns;
	uint32_t ppid;
	uint32_t uid; /* written whenever pid is */
	const char *comm, *exe, *script, *args, *cwd;
	const char *const *ancestors; /* NULL-terminated, nearest first */

	const char *const *classes; /* NULL-terminated names of classes: see R2 */
	uint64_t label;
	unsigned source;   /* TAINT_*: how the label came */
	const char *path;  /* the file it is about */
	const char *watch; /* id of the watchlist entry */
	struct file_key file;
	uint32_t from_pid; /* the process the label came from */
	uint64_t from_start_ns;

	const char *destination; /* as people read it: name or address, with port */
	const char *name, *name_source, *confidence;
	bool ambiguous;
	const char *address;
	uint32_t port;
	const char *proto;
	const char *qtype, *rcode;    /* of a DNS question */
	const char *const *answers;   /* NULL-terminated addresses */

	const char *verdict, *reason, *rule, *sentence;
	bool would_hold; /* monitor mode: enforce would have held or denied */
	uint64_t held_ms;
	uint64_t prompt; /* number of the question */
	const char *scope, *duration, *by;

	uint64_t count; /* how many it stands for; 0 and 1 are the same */
	const char *text;
};

/* --- table ------------------------------------------------------------------------------------------- */

enum field_type {
	FIELD_U64,
	FIELD_U32,
	FIELD_UID,    /* number, written whenever pid is known: 0 is root, not "empty" */
	FIELD_BOOL,
	FIELD_TEXT,
	FIELD_LIST,   /* array of strings */
	FIELD_KIND,   /* name of a kind */
	FIELD_SOURCE, /* name of a TAINT_* */
	FIELD_LABEL,  /* "0x…" string: 64 bits do not fit a JSON number that JavaScript reads */
	FIELD_FILE,   /* {"dev": number, "ino": decimal string, "gen": number}; overlayfs uses the top bits of ino */
	_FIELD_TYPE_MAX
};

struct record_field {
	const char *name;
	enum field_type type;
	size_t offset;
	uint32_t kinds; /* RECORD_BIT of each kind that may have it */
	const char *help; /* one phrase */
};
extern const struct record_field record_fields[]; /* name NULL ends it */

/* NULL if there is no such field. */
const struct record_field *record_field_find(const char *name);
const char *field_type_name(enum field_type t);

/* --- names ------------------------------------------------------------------------------------------- */

/* "taint" …; NULL for a number that is no kind. Static. */
const char *record_kind_name(enum record_kind k);
/* One sentence for people: what the kind says. */
const char *record_kind_help(enum record_kind k);
/* The kind, or -EINVAL. */
int record_kind_from_name(const char *name);
/* "read", "pipe" …; NULL for a number that is no TAINT_*. */
const char *taint_source_name(unsigned source);
/* TAINT_*, or -EINVAL. */
int taint_source_from_name(const char *name);

/* --- JSON -------------------------------------------------------------------------------------------- */

/* Writes the record as one object: known fields in the table's order, "time" (RFC 3339, UTC) before "time_ms".
 * Errors are those of the writer's buffer. */
void record_json(const struct record *r, struct json *j);
/* The same members into an object that is open already, but for those named in `except` (NULL at its end; may be NULL). */
void record_members(const struct record *r, struct json *j, const char *const *except);
/* "2026-01-31T12:00:00.123Z" into dst; returns dst. */
const char *record_time_text(uint64_t time_ms, char dst[32]);

/* A record that owns its strings. Opaque but for the record. */
struct record_owned;
const struct record *record_of(const struct record_owned *o);
/* Reads what record_json wrote. Untrusted input: -EMSGSIZE beyond RECORD_JSON_MAX, -EBADMSG for anything but one object
 * with the right types, values in range and an id and kind; -ENOMEM. Members it does not know are skipped, so that an
 * older program reads a newer history. *ret is the caller's (record_owned_free). */
int record_from_json(const char *text, size_t len, struct record_owned **ret);
/* A copy that owns its strings: -ENOMEM, or -EMSGSIZE for one too long to be written. */
int record_copy(const struct record *r, struct record_owned **ret);
struct record_owned *record_owned_free(struct record_owned *o); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(struct record_owned *, record_owned_free)
