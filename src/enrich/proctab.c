/* SPDX-License-Identifier: Apache-2.0 */
#include "proctab.h"

#include <errno.h>
#include <string.h>
#include "../base/base.h"
#include "forebears.h"
#include "link.h"
#include "procfs.h"

enum { BUCKETS = 16384 };

struct node {
	struct node *next; /* in the bucket, youngest first */
	struct link age;   /* in struct proctab.dead, by time of exit; alone while alive */
	struct process p;
	char *exe, *script, *argv, *cwd; /* what p's pointers lead to */
	struct str_list names;     /* of this image; made when first needed */
	struct forebears *before;  /* what its ancestors were called, and itself before its last exec */
};

struct proctab {
	struct node *buckets[BUCKETS];
	struct link dead;
	struct proctab_stats stats;
};

/* Pids are handed out in order by the kernel: the remainder spreads them evenly. */
static struct node **bucket(struct proctab *t, pid_t pid)
{
	return &t->buckets[(uint32_t)pid % BUCKETS];
}

static struct node *node_free(struct node *n)
{
	free(n->exe);
	free(n->script);
	free(n->argv);
	free(n->cwd);
	str_list_done(&n->names);
	(void)forebears_unref(n->before);
	free(n);
	return NULL;
}

struct proctab *proctab_new(void)
{
	struct proctab *t = calloc(1, sizeof(*t));

	if (t)
		link_init(&t->dead);
	return t;
}

struct proctab *proctab_free(struct proctab *t)
{
	size_t i;

	if (!t)
		return NULL;
	for (i = 0; i < BUCKETS; i++) {
		struct node *n, *next;

		for (n = t->buckets[i]; n; n = next) {
			next = n->next;
			(void)node_free(n);
		}
	}
	free(t);
	return NULL;
}

static struct node *find(const struct proctab *t, pid_t pid, uint64_t start_ns)
{
	struct node *n;

	for (n = t->buckets[(uint32_t)pid % BUCKETS]; n; n = n->next)
		if (n->p.pid == pid && (start_ns ? process_same_start(n->p.start_ns, start_ns) : !n->p.exit_ns))
			return n;
	return NULL;
}

/* --- room --------------------------------------------------------------------------------------------- */

static void bury(struct proctab *t, struct node *n, int code, uint64_t now_ns)
{
	if (n->p.exit_ns)
		return;
	n->p.exit_ns = now_ns ? now_ns : 1;
	n->p.exit_code = code;
	link_append(&t->dead, &n->age);
	t->stats.live--;
	t->stats.dead++;
}

static void forget(struct proctab *t, struct node *n)
{
	struct node **at = bucket(t, n->p.pid);

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	link_drop(&n->age);
	t->stats.dead--;
	(void)node_free(n);
}

static struct node *oldest_dead(struct proctab *t)
{
	return link_alone(&t->dead) ? NULL : link_owner(t->dead.next, struct node, age);
}

static void forget_outdated(struct proctab *t, uint64_t now_ns)
{
	struct node *n;

	while ((n = oldest_dead(t))) {
		bool early = now_ns < n->p.exit_ns || now_ns - n->p.exit_ns < PROCTAB_GRACE_S * UINT64_C(1000000000);

		if (early && t->stats.dead <= PROCTAB_DEAD_MAX)
			return;
		t->stats.evicted += early;
		forget(t, n);
	}
}

static int make_room(struct proctab *t, uint64_t now_ns)
{
	forget_outdated(t, now_ns);
	if (t->stats.live + t->stats.dead < PROCTAB_MAX)
		return 0;
	if (!t->stats.dead) {
		t->stats.refused++;
		return -ENOSPC;
	}
	t->stats.evicted++;
	forget(t, oldest_dead(t));
	return 0;
}

/* --- changes ------------------------------------------------------------------------------------------ */

/* Replaces an owned string; NULL empties it. */
static int set_text(char **owner, const char **shown, const char *s)
{
	char *copy = s ? strndup(s, PROCTAB_PATH_MAX - 1) : NULL;

	if (s && !copy)
		return -ENOMEM;
	free(*owner);
	*owner = copy;
	*shown = copy;
	return 0;
}

static int set_argv(struct node *n, const char *argv, size_t len)
{
	char *copy = NULL;

	len = argv ? MIN(len, (size_t)PROCTAB_ARGV_MAX - 1) : 0;
	if (len && argv[len - 1] == 0)
		len--;
	if (argv) {
		copy = calloc(1, len + 1);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, argv, len);
	}
	free(n->argv);
	n->p.argv = n->argv = copy;
	n->p.argv_len = copy ? len + 1 : 0;
	return 0;
}

static void set_comm(struct node *n, const char *comm)
{
	if (comm)
		(void)snprintf(n->p.comm, sizeof(n->p.comm), "%.*s", PROCTAB_COMM_MAX - 1, comm);
}

/* A live entry with that pid is of a process whose exit we missed: the kernel gives a pid to one at a time. */
static int add(struct proctab *t, pid_t pid, uint64_t start_ns, uint64_t now_ns, struct node **ret)
{
	struct node *n = find(t, pid, 0);
	int r;

	if (n)
		bury(t, n, 0, now_ns);
	r = make_room(t, now_ns);
	if (r < 0)
		return r;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	link_init(&n->age);
	n->p.pid = pid;
	n->p.start_ns = start_ns;
	n->next = *bucket(t, pid);
	*bucket(t, pid) = n;
	t->stats.live++;
	*ret = n;
	return 0;
}

/* T5: this image's names go to those who come after it. */
static int leave_names(struct node *n, struct forebears **ret)
{
	int r = n->names.n ? 0 : process_names(&n->p, &n->names);

	return r < 0 ? r : forebears_add(n->before, n->names.items, n->names.n, ret);
}

static int descend(struct node *n, struct node *parent)
{
	struct forebears *f;
	int r = leave_names(parent, &f);

	if (r < 0)
		return r;
	(void)forebears_unref(n->before);
	n->before = f;
	n->p.rooted = parent->p.rooted;
	return 0;
}

/* T3: a "parent" younger than its child is another process that got the pid later. */
static void set_parent(struct node *n, pid_t ppid, uint64_t parent_start_ns)
{
	if (n->p.ppid || !ppid || parent_start_ns > n->p.start_ns)
		return;
	n->p.ppid = ppid;
	n->p.parent_start_ns = parent_start_ns;
}

/* Takes the start from the table for a parent known only by its pid. */
static int adopt_live_parent(struct proctab *t, struct node *n, pid_t ppid)
{
	struct node *parent = ppid ? find(t, ppid, 0) : NULL;
	bool orphan = !n->p.ppid;

	if (!parent || parent == n)
		return 0;
	set_parent(n, ppid, parent->p.start_ns);
	return orphan && n->p.ppid && !n->before ? descend(n, parent) : 0;
}

static int copy_image(struct node *child, const struct node *parent)
{
	int r = set_text(&child->exe, &child->p.exe, parent->exe);

	if (r == 0)
		r = set_text(&child->script, &child->p.script, parent->script);
	if (r == 0)
		r = set_argv(child, parent->argv, parent->p.argv_len);
	if (r == 0)
		r = set_text(&child->cwd, &child->p.cwd, parent->cwd);
	set_comm(child, parent->p.comm);
	child->p.uid = parent->p.uid;
	child->p.exec_id = parent->p.exec_id;
	return r;
}

/* The image goes, its names stay. */
static int shed_image(struct node *n)
{
	struct forebears *f;
	int r = n->exe ? leave_names(n, &f) : 0;

	if (r < 0 || !n->exe)
		return r;
	(void)forebears_unref(n->before);
	n->before = f;
	str_list_done(&n->names);
	return 0;
}

int proctab_fork(struct proctab *t, pid_t parent, uint64_t parent_start_ns, pid_t child, uint64_t child_start_ns,
		 uint64_t now_ns)
{
	struct node *n = find(t, child, child_start_ns), *from;
	int r;

	if (!n) {
		r = add(t, child, child_start_ns, now_ns, &n);
		if (r < 0)
			return r;
	}
	set_parent(n, parent, parent_start_ns);
	from = find(t, parent, parent_start_ns);
	if (!from)
		return 0;
	if (!n->before) {
		r = descend(n, from);
		if (r < 0)
			return r;
	}
	/* Rings may be drained out of order: what an exec already said stays. */
	return !n->exe ? copy_image(n, from) : 0;
}

void proctab_set_exec_id(struct proctab *t, pid_t pid, uint64_t start_ns, uint32_t exec_id)
{
	struct node *n = find(t, pid, start_ns);

	if (!n)
		return;
	n->p.exec_id = exec_id;
	n->p.start_ns = start_ns; /* /proc knows it to the tick only */
}

int proctab_exec(struct proctab *t, const struct process_exec *e)
{
	struct node *n = find(t, e->pid, e->start_ns);
	int r;

	if (!n) {
		r = add(t, e->pid, e->start_ns, e->now_ns, &n);
		if (r < 0)
			return r;
	}
	r = adopt_live_parent(t, n, e->ppid);
	if (r == 0)
		r = shed_image(n);
	if (r < 0)
		return r;
	n->p.uid = e->uid;
	n->p.exec_ns = e->now_ns;
	n->p.exec_id = e->exec_id;
	set_comm(n, e->comm);
	r = set_text(&n->exe, &n->p.exe, e->exe);
	if (r == 0)
		r = set_text(&n->script, &n->p.script, e->script);
	if (r == 0)
		r = set_text(&n->cwd, &n->p.cwd, e->cwd);
	return r < 0 ? r : set_argv(n, e->argv, e->argv_len);
}

void proctab_exit(struct proctab *t, pid_t pid, uint64_t start_ns, int code, uint64_t now_ns)
{
	struct node *n = find(t, pid, start_ns);

	if (n)
		bury(t, n, code, now_ns);
	forget_outdated(t, now_ns);
}

/* --- procfs ------------------------------------------------------------------------------------------- */

static int load_one(void *arg, pid_t pid, int dir)
{
	struct proctab *t = arg;
	struct procfs_process info;
	struct process_exec e;
	int r = procfs_read(dir, &info);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (find(t, pid, info.start_ns)) {
		procfs_done(&info);
		return 0;
	}
	e = (struct process_exec){ .pid = pid, .start_ns = info.start_ns, .uid = info.uid, .exe = info.exe,
				   .comm = info.comm, .argv = info.argv, .argv_len = info.argv_len };
	r = proctab_exec(t, &e);
	if (r == 0)
		find(t, pid, info.start_ns)->p.ppid = info.ppid;
	procfs_done(&info);
	return r == -ENOSPC ? 0 : r;
}

/* The second pass: links read as bare pids get the start of the process that has that pid. Parents before children, so
 * that names come down the whole line; depth ends a cycle that changing pids could have made us read. */
static int link_one(struct proctab *t, struct node *n, unsigned depth)
{
	pid_t ppid = n->p.ppid;
	struct node *parent;
	int r = 0;

	if (n->p.rooted || n->p.parent_start_ns || n->p.exec_ns)
		return 0;
	n->p.rooted = true;
	parent = ppid ? find(t, ppid, 0) : NULL;
	if (parent && depth)
		r = link_one(t, parent, depth - 1);
	n->p.ppid = 0;
	return r < 0 ? r : adopt_live_parent(t, n, ppid);
}

static int link_loaded(struct proctab *t)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < BUCKETS; i++) {
		struct node *n;

		for (n = t->buckets[i]; r == 0 && n; n = n->next)
			r = link_one(t, n, 2 * PROCTAB_DEPTH_MAX);
	}
	return r;
}

int proctab_preload(struct proctab *t, const char *proc)
{
	int r = procfs_each(proc, load_one, t), linked = link_loaded(t);

	return r < 0 ? r : linked;
}

int proctab_sweep(struct proctab *t, const char *proc, uint64_t now_ns)
{
	int r, buried = 0;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		struct node *n;

		for (n = t->buckets[i]; n; n = n->next) {
			if (n->p.exit_ns)
				continue;
			r = procfs_alive(proc, n->p.pid, n->p.start_ns);
			if (r < 0)
				return r;
			if (r == 0) {
				bury(t, n, 0, now_ns);
				buried++;
			}
		}
	}
	return buried;
}

/* --- questions ---------------------------------------------------------------------------------------- */

const struct process *proctab_find(const struct proctab *t, pid_t pid, uint64_t start_ns)
{
	const struct node *n = find(t, pid, start_ns);

	return n ? &n->p : NULL;
}

const struct process *proctab_parent(const struct proctab *t, const struct process *p)
{
	return p->ppid && p->parent_start_ns ? proctab_find(t, p->ppid, p->parent_start_ns) : NULL;
}

size_t proctab_ancestors(const struct proctab *t, const struct process *p, const struct process **ret, size_t max)
{
	size_t n = 0;

	max = MIN(max, (size_t)PROCTAB_DEPTH_MAX);
	while (n < max && (p = proctab_parent(t, p)))
		ret[n++] = p;
	return n;
}

int proctab_forebears(const struct process *p, struct str_list *l)
{
	const struct node *n = link_owner(p, struct node, p);

	return forebears_list(n->before, l);
}

void proctab_each(const struct proctab *t, void (*fn)(void *user, const struct process *p), void *user)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		const struct node *n;

		for (n = t->buckets[i]; n; n = n->next)
			if (!n->p.exit_ns)
				fn(user, &n->p);
	}
}

void proctab_get_stats(const struct proctab *t, struct proctab_stats *ret)
{
	*ret = t->stats;
}
