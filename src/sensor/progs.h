/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The table of programs: which coverage has which, what each covers, what happens without it. */
#include "sensor.h"

enum { IN_REDUCED = 1, IN_FULL = 2, IN_BOTH = 3 };
enum prog_attach { ATTACH_AUTO, ATTACH_CGROUP, ATTACH_ITER };

struct prog_row {
	const char *name;
	int in;                 /* IN_* */
	enum prog_attach attach;
	bool required;          /* without it that coverage is not offered */
	const char *target;     /* kernel function that must exist in BTF; NULL = none */
	const char *group;      /* words: of the optional programs that share one, one is enough for it */
	const char *flow;       /* for people */
};
extern const struct prog_row prog_rows[];
extern const size_t n_prog_rows;
/* Flows that a coverage cannot see whatever loads: NULL-terminated. */
extern const char *const flows_beyond_reduced[];
