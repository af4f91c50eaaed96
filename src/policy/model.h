/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Building a struct policy: lists of strings, growing arrays, classes, watches and rules. Used while loading only; a
 * loaded policy is never changed. Every function returns 0 or -errno and leaves the policy consistent on failure.
 */
#include "policy.h"

/* NULL-terminated lists of owned strings; NULL is the empty list. */
int strv_add(char ***list, const char *s);
size_t strv_len(char *const *list);
char **strv_free(char **list); /* returns NULL */
int strv_copy(char *const *list, char ***ret);
bool strv_has(char *const *list, const char *s);

static inline void strv_freep(char ***list)
{
	(void)strv_free(*list);
}
#define _cleanup_strv_ _cleanup_(strv_freep)

/* Room for item number n (0-based, zeroed) in an array that grows by doubling; NULL if there is no memory. */
void *array_slot(void **array, size_t n, size_t item_size);

void class_done(struct secret_class *c);
void rule_done(struct rule *r);
void watch_done(struct watch *w);

/* Each takes over *c, *w, *r (zeroed on success). Numbers and class masks are assigned here. -E2BIG: no class bit left. */
int policy_add_class(struct policy *p, struct secret_class *c);
int policy_add_watch(struct policy *p, struct watch *w);
int policy_add_rule(struct policy *p, struct rule *r); /* belongs to the watch added last */
/* Replaces a class of that name in place, so that its bit stays. */
void policy_replace_class(struct policy *p, int bit, struct secret_class *c);

/* How exact an executable pattern is: 3 path, 2 path with wildcards or interpreter:script, 1 name, 0 everything. */
uint8_t exe_rank(const char *pattern);
/* 0 or -EINVAL with *problem: what may stand as an executable, and as the name of a class. */
int exe_check(const char *pattern, struct problem *problem);
int class_name_check(const char *name, struct problem *problem);
