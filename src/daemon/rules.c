/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy in force: files -> policy -> automaton -> maps. A change builds everything anew beside what is in force and
 * swaps at the end, so a bad file changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "inside.h"

static int read_mounts(struct guard *g)
{
	struct mounts *m;
	int r = mounts_read(NULL, &m);

	if (r < 0)
		return r;
	(void)mounts_free(g->mounts);
	g->mounts = m;
	return 0;
}

static int compile(const struct mounts *mounts, const struct str_list *homes, const struct policy *p, unsigned half,
		   struct compiled **ret, struct problem *problem)
{
	_cleanup_free_ struct mount_point *points = NULL;
	static const char *const nobody[] = { NULL };
	struct compile_input in = { .half = half };
	size_t i;

	points = calloc(mounts->n + 1, sizeof(*points));
	if (!points)
		return -ENOMEM;
	for (i = 0; i < mounts->n; i++)
		points[i] = (struct mount_point){ .dev = mounts->items[i].dev, .root = mounts->items[i].root,
						  .path = mounts->items[i].path, .fstype = mounts->items[i].fstype };
	in.mounts = points;
	in.n_mounts = mounts->n;
	in.homes = homes->items ? (const char *const *)homes->items : nobody;
	return policy_compile(p, &in, ret, problem);
}

/* The login users' homes, and HOME of whoever starts us: tests and odd accounts live outside passwd. */
int rules_homes(struct str_list *homes)
{
	const char *home = getenv("HOME");
	int r = users_homes(NULL, homes);

	if (r < 0 || !home || home[0] != '/' || str_list_has(homes, home))
		return r;
	return str_list_add(homes, home, strlen(home));
}

static int write_maps(struct guard *g, unsigned half, const struct compiled *c)
{
	struct sensor_automaton a = { .rows = c->rows, .n_rows = c->n_rows, .classes = &c->classes,
				      .n_starts = c->n_starts, .rules = c->rules, .n_rules = c->n_rules };
	_cleanup_free_ struct dfa_dev *devs = calloc(c->n_starts + 1, sizeof(*devs));
	_cleanup_free_ uint32_t *starts = calloc(c->n_starts + 1, sizeof(*starts));
	size_t i;

	if (!devs || !starts)
		return -ENOMEM;
	for (i = 0; i < c->n_starts; i++) {
		devs[i].dev = c->starts[i].dev;
		starts[i] = c->starts[i].state;
	}
	a.devs = devs;
	a.starts = starts;
	return sensor_automaton_write(g->sensor, half, &a);
}

/* Everything written; one store of the config puts it in force. Older verdicts count no more (epoch). */
static int put_in_force(struct guard *g, unsigned half, const struct compiled *c)
{
	struct config n = g->config;

	n.half = half;
	n.epoch++;
	n.mode = g->policy->enforce ? MODE_ENFORCE : MODE_MONITOR;
	n.root_start = c->root_start;
	n.proc_start = c->proc_start;
	n.exe_start = c->exe_start;
	n.gate_all = c->gate_all;
	n.gated_exe = c->gated_exe;
	n.broker_exe = c->broker_exe;
	n.heartbeat_ns = now_boot_ns();
	g->config = n;
	return sensor_config_set(g->sensor, &n);
}

static int install(struct guard *g, struct policy *p, struct problem *problem)
{
	unsigned half = !g->config.half;
	struct compiled *c;
	int r = compile(g->mounts, &g->homes, p, half, &c, problem);

	if (r < 0)
		return r;
	r = write_maps(g, half, c);
	if (r < 0) {
		(void)compiled_free(c);
		return problem_set(problem, 0, 0, "the rules do not fit the kernel's maps: %s", strerror(-r)), r;
	}
	r = p != g->policy ? sets_prepare(g, p) : 0;
	if (r < 0)
		log_warn("the policy's addresses do not all fit the kernel's map: connections take longer");
	if (p != g->policy) {
		(void)policy_free(g->policy);
		g->policy = p;
		sets_switch(g);
	}
	(void)compiled_free(g->compiled);
	g->compiled = c;
	r = put_in_force(g, half, c);
	if (r < 0)
		return r;
	wants_revoke(g);
	subjects_renew(g);
	return 0;
}

/* What is right but may not be what was meant. */
static void tell_notices(const struct guard *g, const struct policy *p)
{
	char *const *n;

	for (n = p->ci ? p->ci->notices : NULL; n && *n; n++)
		log_notice("%s", *n);
	if (p->ci && !p->mode_said && g->o.mode < 0)
		log_notice("neither the policy nor --mode says a mode: monitoring only");
}

int rules_load(struct guard *g, struct problem *problem)
{
	struct policy *p;
	int r = policy_load(&g->o.sources, &p, problem);

	if (r < 0)
		return r;
	if (g->o.mode >= 0)
		p->enforce = g->o.mode == MODE_ENFORCE;
	if (!g->mounts)
		r = read_mounts(g);
	if (r < 0)
		(void)problem_set(problem, 0, 0, "cannot read the mount table: %s", strerror(-r));
	else
		r = install(g, p, problem);
	if (r == 0)
		tell_notices(g, p);
	else if (p != g->policy)
		(void)policy_free(p);
	return r;
}

int guard_check(const struct policy_sources *sources, struct problem *problem)
{
	_cleanup_str_list_ struct str_list homes = {};
	struct compiled *c = NULL;
	struct mounts *mounts = NULL;
	struct policy *p = NULL;
	int r = policy_load(sources, &p, problem);

	if (r == 0) {
		r = rules_homes(&homes);
		if (r == 0)
			r = mounts_read(NULL, &mounts);
		r = r < 0 ? r : compile(mounts, &homes, p, 0, &c, problem);
	}
	(void)compiled_free(c);
	(void)mounts_free(mounts);
	(void)policy_free(p);
	return r;
}

int rules_rewrite(struct guard *g)
{
	struct problem p;
	int r = read_mounts(g);

	return r < 0 ? r : install(g, g->policy, &p);
}

const char *visible_path(struct guard *g, uint32_t dev, const char *inside, size_t len, char *dst, size_t size)
{
	char path[EG_PATH_MAX + 1];

	if (len > EG_PATH_MAX)
		len = EG_PATH_MAX;
	memcpy(path, inside, len);
	path[len] = 0;
	if (!g->mounts || mounts_visible_path(g->mounts, dev, path, dst, size) < 0)
		(void)snprintf(dst, size, "%s", path);
	return dst;
}
