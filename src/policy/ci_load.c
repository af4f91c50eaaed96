/* SPDX-License-Identifier: Apache-2.0 */
/* policy.yaml into the policy in force: sources in their order, then what needs the rest of the policy. */
#include <errno.h>
#include <string.h>

#include "ci_read.h"
#include "model.h"

static bool flags_say(const struct ci_flags *f)
{
	return (f->allowed_hosts && *f->allowed_hosts) || (f->allowed_ips && *f->allowed_ips) || f->local_ranges ||
	       f->github_meta || f->metadata;
}

static int read_sources(struct ci_builder *b, const struct policy_sources *src)
{
	int r = src->rules_file ? ci_read_file(b, src->rules_file) : 0;

	if (r == 0 && src->rules_dir)
		r = ci_read_dir(b, src->rules_dir);
	if (r < 0)
		return r;
	/* A folder that should hold the policy and holds none: a mistake, and one that would deny everything. */
	if (src->rules_dir && !src->rules_file && !b->lists[CI_FILES].n) {
		if (b->p)
			(void)snprintf(b->p->file, sizeof(b->p->file), "%s", src->rules_dir);
		return problem_set(b->p, 0, 0, "no policy is in this folder (*.yaml, *.yml)");
	}
	return ci_read_flags(b, &src->flags);
}

/* --- what needs the rest of the policy ---------------------------------------------------------------- */

static int resolve_homes(const struct policy *policy, struct ci *ci, struct problem *p)
{
	size_t i, k;

	for (i = 0; i < ci->n_homes; i++)
		for (k = 0; ci->homes[i].classes[k]; k++) {
			const struct ci_place *at = &ci->homes[i].place;
			int bit = policy_class_bit(policy, ci->homes[i].classes[k]);

			if (bit >= 0) {
				ci->homes[i].mask |= 1ull << bit;
				continue;
			}
			if (p)
				(void)snprintf(p->file, sizeof(p->file), "%s", at->file);
			return problem_set(p, at->line, at->column, "homes: there is no class \"%s\"", ci->homes[i].classes[k]);
		}
	return 0;
}

static int add_paths(struct policy *policy, char *const *paths, enum path_said said)
{
	const char *key = said == PATH_PROTECTED ? "protected_paths" : "monitored_paths";
	unsigned n = 0;
	int r = 0;

	for (; paths && *paths && r == 0; paths++) {
		struct watch w = { .kind = WATCH_FILE, .class_bit = -1, .said = said };

		if (asprintf(&w.id, POLICY_ID "%s:%u", key, ++n) < 0)
			w.id = NULL;
		r = w.id ? ci_path_pattern(*paths, said, &w.pattern, NULL) : -ENOMEM;
		if (r == 0)
			r = policy_add_watch(policy, &w);
		watch_done(&w);
	}
	return r;
}

/* Who says the mode last: the policy before the watchlist. A policy without any word on it says only what it would do. */
static void set_mode(struct policy *policy, const struct ci *ci)
{
	if (ci->mode != CI_MODE_UNSAID)
		policy->enforce = ci->mode == CI_MODE_ENFORCE;
	else if (!policy->mode_said)
		policy->enforce = false;
	policy->mode_said |= ci->mode != CI_MODE_UNSAID;
}

static int notice_nothing(struct ci_builder *b)
{
	const struct ci *ci = b->ci;

	if (b->lists[CI_HOSTS].n || b->lists[CI_IPS].n || ci->n_profiles || ci->github_meta == SAID_YES)
		return 0;
	return ci_notice(b, 0, "no host, address or profile is allowed: enforced, only %sthis machine can be reached",
			 ci->local_ranges == SAID_NO ? "" : "private ranges and ");
}

static int fill(struct policy *policy, const struct policy_sources *src, struct problem *p)
{
	_cleanup_ci_builder_ struct ci_builder b = { 0 };
	_cleanup_free_ char *data = NULL;
	int r = ci_begin(&b, p);

	if (r == 0)
		r = read_sources(&b, src);
	if (r == 0)
		r = notice_nothing(&b);
	if (r < 0)
		return r;
	policy->ci = ci_finish(&b);
	if (src->catalog_dir && asprintf(&data, "%s/ci", src->catalog_dir) < 0) {
		data = NULL;
		return -ENOMEM;
	}
	return ci_seal(policy->ci, data, p);
}

int ci_load(struct policy *policy, const struct policy_sources *src, struct problem *p)
{
	int r;

	if (!src->rules_file && !src->rules_dir && !flags_say(&src->flags))
		return 0;
	r = fill(policy, src, p);
	if (r == 0)
		r = resolve_homes(policy, policy->ci, p);
	if (r == 0 && policy->ci->file_events != SAID_NO)
		r = add_paths(policy, policy->ci->monitored_paths, PATH_MONITORED);
	if (r == 0)
		r = add_paths(policy, policy->ci->protected_paths, PATH_PROTECTED);
	if (r == 0)
		set_mode(policy, policy->ci);
	return r;
}
