/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A policy made by hand and what policy_compile makes of it. Owner: one test, through setup and teardown.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/policy/glob.h"
#include "../../../src/policy/policy.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

enum { ANY = -1, WATCHES_MAX = 1200, RULES_MAX = 128 };

static const char *const homes[] = { "/home/ann", "/home/bob/", "/root", NULL };

/* A policy made by hand; patterns are borrowed. */
struct fixture {
	struct policy policy;
	struct watch watches[WATCHES_MAX];
	struct rule rules[RULES_MAX];
	struct compiled *compiled;
	struct problem problem;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->policy.watches = f->watches;
	f->policy.rules = f->rules;
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	compiled_free(f->compiled);
	free(f);
	return 0;
}

static inline struct watch *add_watch(struct fixture *f, enum watch_kind kind, const char *pattern, int class_bit)
{
	struct watch *w = &f->watches[f->policy.n_watches++];

	assert_true(f->policy.n_watches <= WATCHES_MAX);
	*w = (struct watch){ .kind = kind, .pattern = (char *)(uintptr_t)pattern, .class_bit = class_bit,
			     .number = (uint32_t)f->policy.n_watches, .first_rule = f->policy.n_rules,
			     .line = (unsigned)f->policy.n_watches };
	return w;
}

static inline struct watch *add_file(struct fixture *f, const char *pattern, int class_bit)
{
	return add_watch(f, WATCH_FILE, pattern, class_bit);
}

/* To the watch added last. */
static inline struct rule *add_rule(struct fixture *f, enum rule_type type, const char *exe, uint8_t rank,
				    enum verdict decision)
{
	struct rule *r = &f->rules[f->policy.n_rules++];
	struct watch *w = &f->watches[f->policy.n_watches - 1];

	assert_true(f->policy.n_rules <= RULES_MAX);
	*r = (struct rule){ .executable = (char *)(uintptr_t)exe, .resource = w->pattern, .type = type,
			    .decision = decision, .enabled = true, .exe_rank = rank,
			    .number = (uint32_t)f->policy.n_rules };
	w->n_rules++;
	return r;
}

static inline int compile_mounts(struct fixture *f, const struct mount_point *mounts, size_t n, unsigned half)
{
	struct compile_input in = { .mounts = mounts, .n_mounts = n, .homes = homes, .half = half };

	f->compiled = compiled_free(f->compiled);
	return policy_compile(&f->policy, &in, &f->compiled, &f->problem);
}

static inline void compile(struct fixture *f)
{
	int r = compile_mounts(f, NULL, 0, 0);

	if (r < 0)
		fail_msg("%d: %s", r, f->problem.text);
}

/* The row of a visible path if it accepts. */
static inline const struct dfa_row *row_of(const struct fixture *f, const char *path)
{
	const struct dfa_row *row = compiled_run(f->compiled, 0, f->compiled->root_start, path);

	return row && row->flags & DFA_WATCH ? row : NULL;
}

static inline uint64_t classes_of(const struct fixture *f, const char *path)
{
	const struct dfa_row *row = row_of(f, path);

	return row ? row->classes : 0;
}

static inline const struct file_rules *rules_of(const struct fixture *f, const char *path)
{
	const struct dfa_row *row = row_of(f, path);

	assert_non_null(row);
	assert_true(row->flags & DFA_RULES);
	assert_in_range(row->rules, 1, f->compiled->n_rules - 1);
	return &f->compiled->rules[row->rules];
}
