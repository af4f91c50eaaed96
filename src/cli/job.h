/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `egret stop` and `egret report` share: a report made from the history, its outputs, and the exit code it means. */
#include "../report/report.h"
#include "cli.h"

enum fail_on { FAIL_NEVER, FAIL_FLAG, FAIL_BLOCK };
extern const char *const fail_words[];

/* Where else the report goes. */
struct job_files {
	const char *summary; /* Markdown, appended; NULL: $GITHUB_STEP_SUMMARY, if that is set */
	const char *sarif;   /* replaced */
};

/* The report of a span of the history (until_ms 0: to its end); complains and returns an exit code if there is none. *ret
 * is the caller's (report_free). */
int job_collect(const struct cli *c, uint64_t since_ms, uint64_t until_ms, struct report **ret);
/* Writes what job_files ask for; complains and returns an exit code. */
int job_write(const struct report *p, const struct report_head *h, const struct job_files *files);
/* To stdout. */
int job_print(void (*write)(const struct report *, const struct report_head *, struct buf *), const struct report *p,
	      const struct report_head *h);
/* CLI_DENIED or CLI_OK. */
int job_verdict(const struct report *p, enum fail_on fail_on);
/* The folder that a job works in, for names relative to it. */
const char *job_root(void);
