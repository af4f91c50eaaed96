/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `egret stop` and `egret report` share: a report made from the history, and the exit code that follows from it. */
#include "../report/report.h"
#include "cli.h"

enum fail_on { FAIL_NEVER, FAIL_FLAG, FAIL_BLOCK };
extern const char *const fail_words[];

/* One run of the guard, or any span of the history. */
struct job {
	uint64_t since_ms, until_ms; /* until 0: to the end */
	bool tree;
	int fail_on; /* enum fail_on */
	bool enforce;
	const char *coverage;
};

/* The report of that span; complains and returns an exit code if there is none. *ret is the caller's (report_free). */
int job_collect(const struct cli *c, const struct job *job, struct report **ret);
/* CLI_DENIED or CLI_OK. */
int job_verdict(const struct job *job, const struct report *p);
/* Collects, prints tables unless quiet, and returns the exit code. */
int job_report(const struct cli *c, const struct job *job, bool quiet);
