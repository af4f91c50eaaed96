/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File deny rules where no hook can refuse (reduced coverage): fanotify permission events (fanotify(7)). Marks are set on
 * the directories and file systems that a rule's pattern can reach; each open there waits for our answer.
 *
 * Failure stance: what cannot be judged (path gone, no memory) is allowed and the open is seen by the usual hooks; only
 * a rule denies. Without fanotify the rules of files are reported as not enforced.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>

#include "inside.h"

struct file_deny {
	int fd;
	sd_event_source *source;
};

static bool has_rules(const struct guard *g)
{
	size_t i;

	for (i = 1; i < g->compiled->n_rules; i++)
		if (g->compiled->rules[i].n)
			return true;
	return false;
}

/* The executable's accept bits, by its visible path. */
static uint64_t exe_bits(const struct guard *g, pid_t pid)
{
	char link[64], exe[4096];
	const struct dfa_row *row;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	if (n <= 0 || !g->compiled->exe_start)
		return 0;
	exe[n] = 0;
	row = compiled_run(g->compiled, g->config.half, g->compiled->exe_start, exe);
	return row && (row->flags & DFA_EXE) ? row->classes : 0;
}

static const struct file_rule *deciding_rule(const struct file_rules *rules, uint64_t exe)
{
	uint32_t i;

	for (i = 0; i < rules->n && i < EG_RULES_MAX; i++)
		if (!rules->rule[i].exe || (rules->rule[i].exe & exe))
			return &rules->rule[i];
	return NULL;
}

static void tell(struct guard *g, pid_t pid, const char *path, const struct file_rule *rule, const struct dfa_row *row)
{
	const struct rule *ru = policy_rule(g->policy, rule->id);
	const struct watch *w = policy_watch(g->policy, row->watch);
	struct record r = { .kind = RECORD_DENIED, .path = path, .verdict = "deny", .label = row->classes };
	struct origin *o = origin_of(g, pid, 0, true);
	const char *classes[65];

	class_names(g, row->classes, classes);
	record_who(&r, NULL, o);
	r.pid = (uint32_t)pid;
	r.classes = classes;
	r.rule = ru ? ru->id : NULL;
	r.watch = w ? w->id : NULL;
	r.sentence = "a file rule denies it";
	r.would_hold = !g->policy->enforce;
	journal_add(g, &r);
}

static bool in_scope(struct guard *g, pid_t pid)
{
	struct proc p;

	return !g->o.tree || (sensor_proc_get(g->sensor, (uint32_t)pid, &p) == 0 && (p.flags & PROC_SCOPE));
}

static uint32_t judge_open(struct guard *g, const struct fanotify_event_metadata *m)
{
	const struct file_rule *rule;
	const struct dfa_row *row;
	char link[64], path[4096];
	ssize_t n;

	if (m->pid == getpid() || m->pid == journal_front(g->journal) || !in_scope(g, m->pid))
		return FAN_ALLOW;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", m->fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return FAN_ALLOW;
	path[n] = 0;
	row = compiled_run(g->compiled, g->config.half, g->compiled->root_start, path);
	if (!row || !(row->flags & DFA_RULES) || row->rules >= g->compiled->n_rules)
		return FAN_ALLOW;
	rule = deciding_rule(&g->compiled->rules[row->rules], exe_bits(g, m->pid));
	if (!rule || rule->verdict != FILE_DENY)
		return FAN_ALLOW;
	tell(g, m->pid, path, rule, row);
	return g->policy->enforce ? FAN_DENY : FAN_ALLOW;
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct guard *g = user;
	char room[8192] __attribute__((aligned(8)));
	struct fanotify_event_metadata *m = (void *)room;
	ssize_t n = read(fd, room, sizeof(room));

	(void)source;
	(void)revents;
	for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
		struct fanotify_response answer = { .fd = m->fd, .response = FAN_ALLOW };

		if (m->fd < 0)
			continue;
		answer.response = judge_open(g, m);
		(void)!write(fd, &answer, sizeof(answer));
		(void)close(m->fd);
	}
	return 0;
}

/* What to mark for one pattern: the directory of its last component, or the whole file system for "**" and "/". */
static void mark_pattern(struct file_deny *d, const char *path)
{
	bool deep = strstr(path, "**") != NULL;
	char dir[4096];
	size_t fixed = strcspn(path, "*?[");
	char *slash;

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)MIN(fixed, sizeof(dir) - 1), path);
	slash = strrchr(dir, '/');
	if (!slash)
		return;
	deep = deep || slash[1] == 0 ? deep || !path[fixed] : strchr(path + fixed, '/') != NULL;
	slash[slash == dir] = 0;
	if (deep)
		(void)fanotify_mark(d->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, AT_FDCWD, dir);
	else
		(void)fanotify_mark(d->fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD,
				    dir);
}

static void mark_rule(struct guard *g, struct file_deny *d, const struct rule *r)
{
	char path[4096];
	size_t i;

	if (r->type != RULE_FILE || !r->enabled || r->decision != V_DENY || !r->resource)
		return;
	if (r->resource[0] == '/')
		mark_pattern(d, r->resource);
	for (i = 0; r->resource[0] == '~' && r->resource[1] == '/' && i < g->homes.n; i++)
		if ((size_t)snprintf(path, sizeof(path), "%s%s", g->homes.items[i], r->resource + 1) < sizeof(path))
			mark_pattern(d, path);
}

int file_deny_open(struct guard *g)
{
	struct file_deny *d;
	size_t i;
	int r;

	if (sensor_coverage(g->sensor) == COVERAGE_FULL || !has_rules(g))
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (d->fd < 0) {
		r = -errno;
		free(d);
		return r;
	}
	r = sd_event_add_io(g->loop, &d->source, d->fd, EPOLLIN, on_events, g);
	if (r < 0) {
		(void)close(d->fd);
		free(d);
		return r;
	}
	for (i = 0; i < g->policy->n_rules; i++)
		mark_rule(g, d, &g->policy->rules[i]);
	g->deny = d;
	return 0;
}

static void close_one(struct file_deny *d)
{
	if (!d)
		return;
	(void)sd_event_source_disable_unref(d->source);
	(void)close(d->fd); /* whoever waits for an answer is let go on */
	free(d);
}

void file_deny_close(struct guard *g)
{
	close_one(g->deny);
	g->deny = NULL;
}

/* The new marks are set before the old ones go: who is asked about by both is let go on by the old one alone. */
int file_deny_renew(struct guard *g)
{
	struct file_deny *old = TAKE_PTR(g->deny);
	int r = file_deny_open(g);

	close_one(old);
	return r;
}
