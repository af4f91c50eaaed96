/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the files of report/ share. */
#include "report.h"
#include "seen.h"

struct report {
	struct report_row *rows;
	struct record_owned **owned; /* row i's record */
	size_t n, cap;
	struct seen seen;
	uint64_t counts[_REPORT_TYPE_MAX][_OUTCOME_MAX];
	uint64_t beyond;
};
