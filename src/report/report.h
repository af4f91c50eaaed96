/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of report/: what a guarded job did, for whoever reads it afterwards. A pure core (records in; JSON lines, tables,
 * a tree, Markdown, SARIF out) and the writer of the report file. docs/report.md is the contract.
 *
 * A record of the guard is shown as one of the types below. Records of the same process, destination and outcome are one
 * row with a count; a second process, or a later outcome that differs, is a row of its own.
 *
 * Owner: the front owns the writer; the command line owns reports made from the history. Invariants: B1 everything is
 * bounded and what is beyond a bound is counted and said; B2 text from outside is escaped by whoever prints it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../event/event.h"

/* --- what a record is to a report -------------------------------------------------------------------- */

enum report_type {
	REPORT_NETWORK, /* a connection or datagram */
	REPORT_PROCESS, /* exec, fork, exit */
	REPORT_DNS,
	REPORT_FILE,  /* a sensitive file was read, written or refused */
	REPORT_OTHER, /* everything else: shown under the name of its kind */
	_REPORT_TYPE_MAX
};

enum report_outcome {
	OUTCOME_NONE, /* nothing was decided */
	OUTCOME_PASS,
	OUTCOME_FLAG,  /* it happened, and is worth a look */
	OUTCOME_WOULD, /* it happened because of monitor mode: enforce mode would have stopped it */
	OUTCOME_BLOCK,
	_OUTCOME_MAX
};

enum report_type report_type_of(const struct record *r);
enum report_outcome report_outcome_of(const struct record *r);
/* "network", …; of other records the name of their kind. Static. */
const char *report_type_name(const struct record *r);
/* "pass", "flag", "block"; NULL for OUTCOME_NONE. What would have been blocked passed. Static. */
const char *report_policy_name(enum report_outcome o);
/* What people call the process: the name of its script, else of its executable, else comm; NULL if nothing is known. */
const char *report_task_name(const struct record *r);

#define REPORT_ADDRESS_MAX 320
/* "192.0.2.1:443", "[2001:db8::1]:443"; where no address is known the destination as people read it. Returns dst or a
 * text of the record; NULL if neither is known. */
const char *report_address(const struct record *r, char dst[REPORT_ADDRESS_MAX]);
/* Of a dns record: the server. Of a file record: "open", "read" … Of a process record: "exec", "exit". NULL: not known. */
const char *report_server(const struct record *r);
const char *report_operation(const struct record *r);
const char *report_event_type(const struct record *r);

/* --- one line of the report file ---------------------------------------------------------------------- */

/* Digits that are reserved for a count and a time in milliseconds, so that both can be changed in place. */
#define REPORT_COUNT_DIGITS 10
#define REPORT_TIME_DIGITS  13

/* Appends the record as one JSON object without line end; *ret_count_at (may be NULL) is where in `out` the digits of the
 * count begin, those of the last time follow REPORT_LAST_AFTER bytes later. Errors are those of the buffer. */
#define REPORT_LAST_AFTER (REPORT_COUNT_DIGITS + sizeof(",\"last_ms\":") - 1)
void report_line(const struct record *r, uint64_t count, uint64_t last_ms, struct buf *out, size_t *ret_count_at);

/* --- a whole report ----------------------------------------------------------------------------------- */

#define REPORT_ROWS_MAX 65536

struct report_row {
	enum report_type type;
	enum report_outcome outcome;
	const struct record *first; /* the first of them */
	uint64_t count, last_ms;
};

struct report;
int report_new(struct report **ret);
struct report *report_free(struct report *p); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(struct report *, report_free)
/* Takes a record in; it is copied. -ENOMEM. Beyond REPORT_ROWS_MAX it is counted as not shown and 0. */
int report_add(struct report *p, const struct record *r);
/* Row i in order of first sight, NULL beyond the last. */
const struct report_row *report_row(const struct report *p, size_t i);
/* How many events (not rows) of that type came out so. */
uint64_t report_count(const struct report *p, enum report_type type, enum report_outcome outcome);
/* Events of any type that came out so. */
uint64_t report_total(const struct report *p, enum report_outcome outcome);
/* Records beyond the bound. */
uint64_t report_beyond(const struct report *p);

/* What the records do not say of the run they are from. */
struct report_head {
	bool enforce, killed; /* killed: the guard did not end by itself */
	const char *coverage; /* NULL: not known */
	uint64_t since_ms, until_ms;
	bool tree;	  /* processes as a tree */
	const char *root; /* folder that the job works in: files below it are named relative to it. NULL: none */
};

/* Each appends to `out`, whose error tells of a failure. */
/* One sentence: mode, coverage, sums. */
void report_sums(const struct report *p, const struct report_head *h, struct buf *out);
/* The tables of `egret stop`: network, DNS, processes, sensitive access, files, and what did not fit. */
void report_tables(const struct report *p, const struct report_head *h, struct buf *out);
/* The processes as a tree. */
void report_tree(const struct report *p, struct buf *out);
/* GitHub-flavoured Markdown for a job summary, shorter than its limit of 1 MiB. */
void report_markdown(const struct report *p, const struct report_head *h, struct buf *out);
/* SARIF 2.1.0: what was blocked, would have been blocked, or was noticed. */
void report_sarif(const struct report *p, const struct report_head *h, struct buf *out);

/* --- the report file ---------------------------------------------------------------------------------- */

/*
 * Writes lines as records come. A record that repeats an earlier line changes that line's count and last time in place (the
 * digits are reserved), so the file is complete at any moment and has one line per process, destination and outcome. What
 * cannot be written is counted and told in a line of its own as soon as there is room again.
 */
#define REPORT_FILE_MAX (256ull << 20) /* bytes; beyond them lines are counted as lost */

struct report_file;
/* Takes fd over (an ordinary file, open for writing, not in append mode); goes on after what it holds already. */
int report_file_open(int fd, struct report_file **ret);
/* -errno of the first line that could not be written since the last that could; 0 otherwise. */
int report_file_add(struct report_file *f, const struct record *r);
/* Brings counts in the file up to date. */
void report_file_flush(struct report_file *f);
struct report_file *report_file_close(struct report_file *f); /* flushes; NULL is fine; returns NULL */
DEFINE_CLEANUP(struct report_file *, report_file_close)
