/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * policy.yaml text -> struct ci. Files are read one after the other into one builder, which is how they merge: lists are
 * joined in order without duplicates, chains, profiles, homes and webhooks are appended, switches, mode and the like are
 * taken from whoever says them last. Private to policy/.
 *
 * Owner: the caller of ci_begin. Invariants: B1 after a failure the builder is only good for ci_builder_done; B2 nothing
 * reaches struct ci that a check did not pass.
 */
#include "fields.h"
#include "ids.h"
#include "policy.h"

/* A list of texts that grows and takes each text once. */
struct ci_list {
	char **items; /* NULL-terminated */
	size_t n, cap;
	struct ids seen;
};

/* Takes a copy of s unless it is there already. 0 or -ENOMEM. */
int ci_list_add(struct ci_list *l, const char *s);
void ci_list_done(struct ci_list *l);
/* The items, owned by the caller; the list is empty afterwards. */
char **ci_list_take(struct ci_list *l);

enum ci_lists {
	CI_HOSTS, CI_IPS, CI_PROCESSES, CI_BLOCKED_HOSTS, CI_EXECUTABLES, CI_DNS, CI_MONITORED, CI_PROTECTED, CI_ENV,
	CI_FILES, CI_NOTICES,
	CI_OWN_HOSTS, CI_OWN_IPS, CI_OWN_NAMES, /* of the profile, home or chain being read */
	_CI_LISTS
};

struct ci_builder {
	struct ci *ci;
	struct ci_list lists[_CI_LISTS];
	struct problem *p;
	const char *file; /* the one being read, owned by lists[CI_FILES] */
	struct ci_profile profile;
	struct ci_chain chain;
	struct ci_home home;
	struct ci_webhook webhook;
	bool has_webhook_events;
};

int ci_begin(struct ci_builder *b, struct problem *p); /* 0 or -ENOMEM */
/* Reads one file, or len bytes of text called name. -errno with *p. */
int ci_read_file(struct ci_builder *b, const char *path);
int ci_read_text(struct ci_builder *b, const char *name, const char *text, size_t len);
/* Every *.yaml and *.yml of the folder, by name; Rego that would be policy is an error. */
int ci_read_dir(struct ci_builder *b, const char *dir);
int ci_read_flags(struct ci_builder *b, const struct ci_flags *flags);
/* What follows is said by `name`. */
int ci_read_begin(struct ci_builder *b, const char *name);
/* "file:line: text" for people; line 0 is left out. 0 or -ENOMEM. */
int ci_notice(struct ci_builder *b, unsigned line, const char *fmt, ...) _printf_(3, 4);
/* Moves the lists into the struct ci and gives it to the caller; not sealed yet (ci_seal). */
struct ci *ci_finish(struct ci_builder *b);
void ci_builder_done(struct ci_builder *b);

struct ci *ci_free(struct ci *ci); /* NULL is fine; returns NULL */
/* Makes the indexes. github_dir: where github-meta.yaml lies, NULL = nowhere. -errno with *p. */
int ci_seal(struct ci *ci, const char *github_dir, struct problem *p);

void ci_profile_done(struct ci_profile *x);
void ci_chain_done(struct ci_chain *x);
void ci_home_done(struct ci_home *x);
void ci_webhook_done(struct ci_webhook *x);

#define POLICY_ID "policy:" /* how the ids of its watches begin */

/* Reads what src names and makes it part of the policy, whose catalogue and watchlist are in it already. Nothing named:
 * policy->ci stays NULL. -errno with *p; then the policy is only good for policy_free. */
int ci_load(struct policy *policy, const struct policy_sources *src, struct problem *p);

/* What may stand in the lists: 0 or -EINVAL with a sentence that quotes it. */
int ci_host_check(const char *s, struct problem *p);
int ci_ip_check(const char *s, struct problem *p);

/* The path pattern that a path of rules.file stands for (written: what monitored_paths or protected_paths hold); the
 * caller's. -EINVAL with *p, -ENOMEM. */
int ci_path_pattern(const char *written, enum path_said said, char **ret, struct problem *p);

extern const struct yaml_table ci_top_table, ci_rules_table, ci_webhook_table;

/* Helpers of the readers: texts that a check accepts, with the key in front of every complaint. */
typedef int (*ci_check_fn)(const char *s, struct problem *p);
int ci_check_item(struct ci_builder *b, const char *key, const struct yaml_node *v, ci_check_fn check);
int ci_read_text_of(struct ci_builder *b, const char *key, const struct yaml_node *v, ci_check_fn check, char **ret);
struct ci_place ci_place_of(const struct ci_builder *b, const struct yaml_node *v);

/* Appends the finished part of the builder to an array of its struct ci and empties it. 0 or -ENOMEM. */
#define CI_APPEND(b, array, count, part)                                                                 \
	({                                                                                               \
		void *_slot = array_slot((void **)&(b)->ci->array, (b)->ci->count, sizeof(*(b)->ci->array)); \
		if (_slot) {                                                                             \
			memcpy(_slot, &(b)->part, sizeof((b)->part));                                    \
			memset(&(b)->part, 0, sizeof((b)->part));                                        \
			(b)->ci->count++;                                                                \
		}                                                                                        \
		_slot ? 0 : -ENOMEM;                                                                     \
	})

/* Every table of keys, NULL-terminated: for the documentation's test. */
extern const struct yaml_table *const ci_tables[], *const case_tables[];

static inline void ci_freep(struct ci **ci)
{
	(void)ci_free(*ci);
}
#define _cleanup_ci_ _cleanup_(ci_freep)
#define _cleanup_ci_builder_ _cleanup_(ci_builder_done)
