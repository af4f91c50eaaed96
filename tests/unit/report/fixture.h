/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Records as a guard makes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../../src/report/report.h"

#define WHEN 1764324000000ull

static uint64_t next_id;

static inline struct record flow(uint32_t pid, const char *name, const char *address, const char *verdict)
{
	static const char *const ancestors[] = { "sh", "npm", "bash", NULL };

	return (struct record){ .id = ++next_id, .time_ms = WHEN + next_id, .kind = RECORD_FLOW, .pid = pid,
				.start_ns = pid * 1000ull, .ppid = 1, .comm = "curl", .exe = "/usr/bin/curl",
				.ancestors = ancestors, .destination = name ? name : address, .name = name,
				.address = address, .port = 443, .proto = "tcp", .verdict = verdict,
				.sentence = "because of a rule" };
}

static inline struct record secret_read(uint32_t pid, const char *path)
{
	static const char *const classes[] = { "aws", NULL };

	return (struct record){ .id = ++next_id, .time_ms = WHEN + next_id, .kind = RECORD_TAINT, .pid = pid,
				.start_ns = pid * 1000ull, .ppid = 1, .comm = "cat", .exe = "/usr/bin/cat",
				.classes = classes, .label = 1, .source = TAINT_READ, .path = path };
}

static inline struct record exec_of(uint32_t pid, uint32_t ppid, uint64_t start_ns, const char *args)
{
	return (struct record){ .id = ++next_id, .time_ms = WHEN + next_id, .kind = RECORD_EXEC, .pid = pid, .ppid = ppid,
				.start_ns = start_ns, .comm = "sh", .exe = "/usr/bin/dash", .args = args };
}

static inline struct report *report_with(const struct record *records, size_t n)
{
	struct report *p;

	assert_int_equal(report_new(&p), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(report_add(p, &records[i]), 0);
	return p;
}
#define REPORT(...) report_with((struct record[]){ __VA_ARGS__ }, sizeof((struct record[]){ __VA_ARGS__ }) / sizeof(struct record))
