/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of policies, and what the command line adds. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "ci_read.h"

#define FILES_MAX 256

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), m = strlen(with);

	return n > m && streq(name + n - m, with);
}

static int is_policy(const struct dirent *e)
{
	return ends(e->d_name, ".yaml") || ends(e->d_name, ".yml") || ends(e->d_name, ".rego");
}

static int dir_problem(struct ci_builder *b, const char *dir, int error)
{
	(void)problem_set(b->p, 0, 0, "cannot be read: %s", strerror(error));
	if (b->p)
		(void)snprintf(b->p->file, sizeof(b->p->file), "%s", dir);
	return -error;
}

/* A policy that is not understood must not be taken for one that is in force. Tests of Rego are no policy. */
static int read_rego(struct ci_builder *b, const char *path)
{
	if (ends(path, "_test.rego"))
		return ci_notice(b, 0, "%s: left out, a test of Rego", path);
	if (b->p)
		(void)snprintf(b->p->file, sizeof(b->p->file), "%s", path);
	return problem_set(b->p, 0, 0,
			   "Rego is not loaded by this version; say it in YAML (allowed_hosts, profiles, blocked_chains), or move the "
			   "file out of the folder");
}

static int read_entry(struct ci_builder *b, const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s%s%s", dir, ends(dir, "/") ? "" : "/", name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &st) < 0)
		return dir_problem(b, path, errno);
	if (S_ISDIR(st.st_mode))
		return 0;
	return ends(name, ".rego") ? read_rego(b, path) : ci_read_file(b, path);
}

int ci_read_dir(struct ci_builder *b, const char *dir)
{
	struct dirent **entries = NULL;
	int i, r = 0, n = scandir(dir, &entries, is_policy, alphasort);

	if (n < 0)
		return dir_problem(b, dir, errno);
	if (n > FILES_MAX)
		r = problem_set(b->p, 0, 0, "'%.200s' has more than %d policy files", dir, FILES_MAX);
	for (i = 0; i < n; i++) {
		if (r == 0)
			r = read_entry(b, dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* --- the command line -------------------------------------------------------------------------------- */

/* Lists separated by commas fall apart into empty pieces easily: those say nothing. */
static int flag_list(struct ci_builder *b, const char *const *items, enum ci_lists list, const char *option,
		     int (*check)(const char *s, struct problem *p))
{
	struct problem why = { 0 };
	int r = 0;

	for (; items && *items && r == 0; items++) {
		if (!**items)
			continue;
		r = check(*items, &why);
		if (r == -EINVAL)
			return problem_set(b->p, 0, 0, "%s: %s", option, why.text);
		if (r == 0)
			r = ci_list_add(&b->lists[list], *items);
	}
	return r;
}

static void take(enum said *at, enum said said)
{
	if (said != SAID_NOTHING)
		*at = said;
}

int ci_read_flags(struct ci_builder *b, const struct ci_flags *flags)
{
	int r;

	if (b->p)
		b->p->file[0] = 0;
	r = flag_list(b, flags->allowed_hosts, CI_HOSTS, "--allowed-hosts", ci_host_check);
	if (r == 0)
		r = flag_list(b, flags->allowed_ips, CI_IPS, "--allowed-ips", ci_ip_check);
	take(&b->ci->local_ranges, flags->local_ranges);
	take(&b->ci->github_meta, flags->github_meta);
	take(&b->ci->metadata, flags->metadata);
	take(&b->ci->process_events, flags->process_events);
	return r;
}
