/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a policy wants from the automaton: its patterns as units in the order they are added, executables before files,
 * and which bit each executable pattern has.
 *
 * Owner: policy_compile, for its duration; borrows from the policy. Private to policy/.
 */
#include "policy.h"
#include "nfa.h"

enum { PLAN_EXES_MAX = 64 }; /* bits of struct file_rule.exe */
#define PLAN_GATED "(network rules)" /* what compiled.exe_patterns says for the bits that many patterns share */
#define PLAN_BROKERS "(brokers)"

struct unit {
	enum nfa_region region;
	struct glob glob;
	char *user_home;     /* for ~user */
	const char *pattern; /* as a person wrote it */
	unsigned line;
	unsigned bit;        /* NFA_EXES */
	const struct watch *watch; /* NFA_FILES */
	const struct rule *rules;  /* NFA_FILES: candidates, some may be disabled or of the other type */
	size_t n_rules;
};

struct plan {
	const struct policy *policy;
	struct unit *units;
	size_t n, cap;
	char **exes;        /* exe_patterns of struct compiled: what each bit is for */
	size_t n_exes;
	uint64_t *rule_exe; /* per rule of the policy: its executable's bit, 0 = any */
	uint64_t gated, brokers;
	bool gate_all;
};

/* -EINVAL or -E2BIG (too many executable patterns) with *problem, -ENOMEM, or the error of looking a user up. The plan
 * is the caller's (plan_done), also after a failure. */
int plan_init(struct plan *plan, const struct policy *policy, struct problem *problem);
void plan_done(struct plan *plan);
#define _cleanup_plan_ _cleanup_(plan_done)
