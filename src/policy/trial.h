/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Policies on trial: cases with expected verdicts, what a change of policy changes, and the policy that a run would have
 * needed. Part of the door: included by policy.h, never alone from outside. Pure but for reading the files named.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/base.h"

struct decision;
struct policy;
struct record;

/* --- cases ------------------------------------------------------------------------------------------- */

struct trial_case {
	const char *name; /* NULL = none */
	const char *process;
	char *const *ancestors; /* may be NULL */
	const char *destination; /* NULL: about a start */
	unsigned line;
	const char *expect; /* "allow", "deny", "hold" */
	const char *by;     /* reason, key or rule that must have decided; NULL = any */
};

/* What became of one case; borrowed for the call. d: as enforce mode decides. */
typedef void (*trial_visit)(void *user, const struct trial_case *c, bool ok, const struct decision *d);
/* Decides every case of the file under p. 0, or -errno with *problem where the file is wrong. */
int trial_run(const struct policy *p, const char *file, trial_visit visit, void *user, struct problem *problem);

/* --- differences ------------------------------------------------------------------------------------- */

struct trial_change {
	const char *process;     /* NULL = everybody who has no rules of its own */
	char *const *ancestors;  /* below whom; may be NULL */
	const char *destination; /* NULL: about a start */
	const struct decision *before, *after;
};
struct trial_diff {
	void (*change)(void *user, const struct trial_change *c);
	/* A text that only one of the two lists under a key: paths, variables, webhooks, the mode. */
	void (*entry)(void *user, const char *key, const char *text, bool added);
	void *user;
};
/* Both must have a policy.yaml. 0, -ENOMEM, or -E2BIG: more programs and destinations than can be compared. */
int trial_diff(const struct policy *before, const struct policy *after, const struct trial_diff *d);

/* --- suggesting -------------------------------------------------------------------------------------- */

struct suggest;
int suggest_new(struct suggest **ret);
struct suggest *suggest_free(struct suggest *s); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(struct suggest *, suggest_free)
/* Takes a record in: flows and connections count, others are passed over. 0 or -ENOMEM. */
int suggest_add(struct suggest *s, const struct record *r);
/* Writes policy.yaml; profiles: one per program instead of one list for all. Errors are those of the buffer. */
void suggest_write(const struct suggest *s, bool profiles, struct buf *out);
/* How many flows it stands for, and how many were denied and are left out. */
uint64_t suggest_flows(const struct suggest *s, uint64_t *ret_denied);
