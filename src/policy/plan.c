/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		glob_done(&plan->units[i].glob);
		free(plan->units[i].user_home);
	}
	for (size_t i = 0; i < plan->n_exes; i++)
		free(plan->exes[i]);
	free(plan->units);
	free(plan->exes);
	free(plan->rule_exe);
	*plan = (struct plan){};
}

/* --- units -------------------------------------------------------------------------------------------- */

/* The passwd home of a user. An unknown user is an error: the pattern would silently protect nothing. */
static int user_home(const char *user, char **ret, struct problem *problem)
{
	_cleanup_free_ char *buffer = malloc(1 << 16);
	struct passwd pw, *found = NULL;
	int r;

	if (!buffer)
		return -ENOMEM;
	r = getpwnam_r(user, &pw, buffer, 1 << 16, &found);
	if (!found)
		return problem_set(problem, 0, 0, "\"~%s\": %s", user, r ? strerror(r) : "there is no such user");
	if (found->pw_dir[0] != '/' || strstr(found->pw_dir, "/.."))
		return problem_set(problem, 0, 0, "\"~%s\": the home directory is not an absolute path", user);
	*ret = strdup(found->pw_dir);
	return *ret ? 0 : -ENOMEM;
}

/* Parses `text` into `unit`, which is added. unit->pattern and unit->line tell where it came from. */
static int add_unit(struct plan *plan, struct unit unit, const char *text, struct problem *problem)
{
	int r = nfa_grow(&plan->units, &plan->cap, plan->n, sizeof(*plan->units));

	if (r < 0)
		return r;
	r = glob_parse(text, &unit.glob, problem);
	if (r >= 0 && unit.glob.base == GLOB_USER)
		r = user_home(unit.glob.user, &unit.user_home, problem);
	if (r < 0) {
		glob_done(&unit.glob);
		if (r == -EINVAL && problem)
			problem->line = unit.line;
		return r;
	}
	plan->units[plan->n++] = unit;
	return 0;
}

/* --- executables -------------------------------------------------------------------------------------- */

/* The part of an executable pattern that the kernel can see: "interpreter:script" loses its script. */
static int exe_part(const char *pattern, unsigned line, char **ret, struct problem *problem)
{
	size_t len = strcspn(pattern, ":");

	if (!len)
		return problem_set(problem, line, 0, "an executable pattern has no name before its ':'");
	*ret = strndup(pattern, len);
	return *ret ? 0 : -ENOMEM;
}

static bool is_any(const char *pattern)
{
	return !pattern || streq(pattern, "*") || strncmp(pattern, "*:", 2) == 0;
}

/* Takes the next bit, known as `name`. `pattern` is blamed when there is none. */
static int new_bit(struct plan *plan, const char *name, const char *pattern, unsigned line, struct problem *problem)
{
	char shown[200];

	if (plan->n_exes == PLAN_EXES_MAX) {
		str_escape_to(shown, sizeof(shown), pattern);
		problem_set(problem, line, 0, "executable \"%s\" is one too many: at most %d different executables "
			    "can have file rules; use a pattern for several", shown, PLAN_EXES_MAX);
		return -E2BIG;
	}
	plan->exes[plan->n_exes] = strdup(name);
	if (!plan->exes[plan->n_exes])
		return -ENOMEM;
	return (int)plan->n_exes++;
}

static bool has_unit(const struct plan *plan, const char *pattern, unsigned bit)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->units[i].bit == bit && streq(plan->units[i].pattern, pattern))
			return true;
	return false;
}

/* Executables that match `pattern` get `bit`. A name means that name in any directory. */
static int add_exe(struct plan *plan, const char *pattern, unsigned bit, unsigned line, struct problem *problem)
{
	_cleanup_free_ char *exe = NULL, *named = NULL;
	struct unit unit = { .region = NFA_EXES, .pattern = pattern, .line = line, .bit = bit };
	int r;

	if (has_unit(plan, pattern, bit))
		return 0;
	r = exe_part(pattern, line, &exe, problem);
	if (r < 0)
		return r;
	if (!strchr(exe, '/') && exe[0] != '~' && asprintf(&named, "/**/%s", exe) < 0) {
		named = NULL; /* undefined after a failure */
		return -ENOMEM;
	}
	return add_unit(plan, unit, named ? named : exe, problem);
}

/* File rules tell executables apart: a bit per pattern. */
static int plan_file_rule(struct plan *plan, const struct rule *rule, uint64_t *ret_bit, struct problem *problem)
{
	_cleanup_free_ char *exe = NULL;
	size_t i;
	int r;

	if (is_any(rule->executable))
		return 0;
	r = exe_part(rule->executable, rule->line, &exe, problem);
	if (r < 0)
		return r;
	for (i = 0; i < plan->n_exes; i++)
		if (streq(plan->exes[i], exe))
			break;
	if (i == plan->n_exes) {
		r = new_bit(plan, exe, rule->executable, rule->line, problem);
		if (r < 0)
			return r;
	}
	*ret_bit = UINT64_C(1) << i;
	return add_exe(plan, rule->executable, (unsigned)i, rule->line, problem);
}

/* The kernel only asks whether an executable is one of these: all of them share a bit, so there may be any number. */
static int plan_shared(struct plan *plan, uint64_t *bits, const char *name, const char *pattern, unsigned line,
		       struct problem *problem)
{
	if (!*bits) {
		int r = new_bit(plan, name, pattern, line, problem);

		if (r < 0)
			return r;
		*bits = UINT64_C(1) << r;
	}
	return add_exe(plan, pattern, (unsigned)__builtin_ctzll(*bits), line, problem);
}

static int plan_network_rule(struct plan *plan, const struct rule *rule, struct problem *problem)
{
	if (is_any(rule->executable)) {
		plan->gate_all = true;
		return 0;
	}
	return plan_shared(plan, &plan->gated, PLAN_GATED, rule->executable, rule->line, problem);
}

static int plan_exes(struct plan *plan, struct problem *problem)
{
	const struct policy *p = plan->policy;
	int r = 0;

	plan->gate_all = p->ci != NULL; /* its lists are about everybody */
	for (char **b = p->brokers; r >= 0 && b && *b; b++)
		r = plan_shared(plan, &plan->brokers, PLAN_BROKERS, *b, 0, problem);
	for (size_t i = 0; r >= 0 && i < p->n_rules; i++) {
		const struct rule *rule = &p->rules[i];

		if (rule->enabled && rule->type == RULE_NETWORK)
			r = plan_network_rule(plan, rule, problem);
	}
	for (size_t i = 0; r >= 0 && i < p->n_rules; i++) {
		const struct rule *rule = &p->rules[i];

		if (rule->enabled && rule->type == RULE_FILE)
			r = plan_file_rule(plan, rule, &plan->rule_exe[i], problem);
	}
	return r;
}

/* --- files -------------------------------------------------------------------------------------------- */

/* The file rules of an executable's entry bring their own paths. */
static int plan_executable(struct plan *plan, const struct watch *w, struct problem *problem)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->n_rules; i++) {
		const struct rule *rule = &plan->policy->rules[w->first_rule + i];
		struct unit unit = { .region = NFA_FILES, .pattern = rule->resource, .line = rule->line, .watch = w,
				     .rules = rule, .n_rules = 1 };

		if (rule->enabled && rule->type == RULE_FILE && rule->resource)
			r = add_unit(plan, unit, rule->resource, problem);
	}
	return r;
}

static int plan_files(struct plan *plan, struct problem *problem)
{
	const struct policy *p = plan->policy;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n_watches; i++) {
		const struct watch *w = &p->watches[i];
		struct unit unit = { .region = NFA_FILES, .pattern = w->pattern, .line = w->line, .watch = w,
				     .rules = p->rules + w->first_rule, .n_rules = w->n_rules };

		if (w->kind == WATCH_FILE)
			r = add_unit(plan, unit, w->pattern, problem);
		else if (w->kind == WATCH_EXECUTABLE)
			r = plan_executable(plan, w, problem);
	}
	return r;
}

int plan_init(struct plan *plan, const struct policy *policy, struct problem *problem)
{
	int r;

	*plan = (struct plan){ .policy = policy };
	plan->exes = calloc(PLAN_EXES_MAX + 1, sizeof(*plan->exes));
	plan->rule_exe = calloc(policy->n_rules + 1, sizeof(*plan->rule_exe));
	if (!plan->exes || !plan->rule_exe)
		return -ENOMEM;
	r = plan_exes(plan, problem);
	return r < 0 ? r : plan_files(plan, problem);
}
