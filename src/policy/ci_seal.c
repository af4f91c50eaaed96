/* SPDX-License-Identifier: Apache-2.0 */
/* The indexes of a struct ci: its lists, and the ranges that its switches stand for. */
#include <errno.h>
#include <string.h>

#include "ci_index.h"
#include "ci_read.h"

#define GITHUB_FILE "github-meta.yaml"

static int add_all(struct ci_index *x, char *const *patterns, const char *key)
{
	int r = 0;

	for (; patterns && *patterns && r == 0; patterns++)
		r = ci_index_add(x, *patterns, (struct ci_entry){ key, *patterns });
	return r;
}

static int make(struct ci_index **at, char *const *hosts, char *const *ips, const char *key_hosts, const char *key_ips)
{
	int r;

	*at = ci_index_new();
	if (!*at)
		return -ENOMEM;
	r = add_all(*at, hosts, key_hosts);
	return r < 0 ? r : add_all(*at, ips, key_ips);
}

static int make_sealed(struct ci_index **at, char *const *hosts, char *const *ips, const char *key)
{
	int r = make(at, hosts, ips, key, key);

	return r < 0 ? r : ci_index_seal(*at);
}

/* --- switches ---------------------------------------------------------------------------------------- */

/* RFC 1918 and RFC 4193. Neither link-local nor carrier-grade ranges: those are somebody else's machines. */
static const char *const local_ranges[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7" };

static int add_local(struct ci *ci)
{
	size_t i;
	int r = 0;

	if (ci->local_ranges == SAID_NO)
		return 0;
	for (i = 0; i < ARRAY_SIZE(local_ranges) && r == 0; i++)
		r = ci_index_add(ci->index, local_ranges[i],
				 (struct ci_entry){ "network.allow_local_ranges", local_ranges[i] });
	return r;
}

struct github {
	struct ci *ci;
	struct problem *p;
	char **ranges;
};

static int github_date(void *ctx, const struct yaml_node *v)
{
	struct github *g = ctx;

	return v->kind == YAML_SCALAR ? 0 : yaml_problem(v, g->p, "date: expected a date, found %s", yaml_kind_text(v));
}

static int github_ranges(void *ctx, const struct yaml_node *v)
{
	struct github *g = ctx;
	const struct yaml_node *it;
	struct problem why = { 0 };
	int r;

	if (v->kind != YAML_SEQ)
		return yaml_problem(v, g->p, "ranges must be a list, this is %s", yaml_kind_text(v));
	for (yaml_each_item(it, v)) {
		r = it->kind == YAML_SCALAR ? ci_ip_check(it->text, &why) : -EINVAL;
		if (r == 0)
			r = ci_index_add(g->ci->index, it->text, (struct ci_entry){ "network.allow_github_meta", "true" });
		if (r < 0)
			return r == -EINVAL ? yaml_problem(it, g->p, "ranges: %s", why.text) : r;
	}
	return 0;
}

static const struct yaml_key github_keys[] = {
	{ "date", github_date, "when the ranges were taken" },
	{ "ranges", github_ranges, "addresses and ranges" },
};
static const struct yaml_table github_table = YAML_TABLE("GitHub's ranges", github_keys);

/* Nothing is fetched: the ranges are those of the catalogue. */
static int add_github(struct ci *ci, const char *dir, struct problem *p)
{
	struct github g = { .ci = ci, .p = p };
	_cleanup_yaml_ struct yaml *y = NULL;
	_cleanup_free_ char *path = NULL;
	int r;

	if (ci->github_meta != SAID_YES)
		return 0;
	if (!dir)
		return problem_set(p, 0, 0, "allow_github_meta: there is no catalogue with GitHub's ranges");
	if (asprintf(&path, "%s/" GITHUB_FILE, dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = yaml_load(path, &y, p);
	return r < 0 || !yaml_root(y) ? r : yaml_read_map(yaml_root(y), &github_table, &g, p);
}

/* --- all --------------------------------------------------------------------------------------------- */

static int seal_parts(struct ci *ci)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ci->n_profiles && r == 0; i++)
		r = make_sealed(&ci->profiles[i].index, ci->profiles[i].hosts, ci->profiles[i].ips, "network.profiles");
	for (i = 0; i < ci->n_homes && r == 0; i++)
		r = make_sealed(&ci->homes[i].index, ci->homes[i].hosts, ci->homes[i].ips, "network.homes");
	if (r == 0)
		r = make_sealed(&ci->blocked, ci->blocked_hosts, NULL, "network.blocked_hosts");
	return r;
}

int ci_seal(struct ci *ci, const char *github_dir, struct problem *p)
{
	int r = make(&ci->index, ci->hosts, ci->ips, "network.allowed_hosts", "network.allowed_ips");

	if (r == 0)
		r = add_local(ci);
	if (r == 0)
		r = add_github(ci, github_dir, p);
	if (r == 0)
		r = ci_index_seal(ci->index);
	return r < 0 ? r : seal_parts(ci);
}
