/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labelled processes: who each is, what it read and from whom its label came. Looked at while the process is alive (the
 * process tree knows it even if it is not any more), kept for a while after it died, so that a question about a
 * short-lived sender still has its evidence.
 */
#include <string.h>

#include "inside.h"

#define KEEP_NS 600000000000ull

static unsigned slot(pid_t pid)
{
	return (unsigned)pid * 2654435761u >> 22;
}

struct origin *origin_free(struct origin *o)
{
	unsigned i;

	if (!o)
		return NULL;
	for (i = 0; i < o->n_reads; i++)
		free(o->reads[i].path);
	(void)subject_info_free(o->who);
	free(o);
	return NULL;
}

/* Room for one more: the least recently used of the table's first chains goes. */
static void make_room(struct guard *g)
{
	struct origin **oldest = NULL, **at, *o;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->origins); i++)
		for (at = &g->origins[i]; *at; at = &(*at)->next)
			if (!oldest || (*at)->used_ns < (*oldest)->used_ns)
				oldest = at;
	if (!oldest)
		return;
	o = *oldest;
	*oldest = o->next;
	(void)origin_free(o);
	g->n_origins--;
}

struct origin *origin_of(struct guard *g, pid_t pid, uint64_t start_ns, bool make)
{
	struct origin *o;

	for (o = g->origins[slot(pid)]; o; o = o->next)
		if (o->pid == pid && (!start_ns || process_same_start(o->start_ns, start_ns)))
			break;
	if (!o && make) {
		if (g->n_origins >= ORIGINS_MAX)
			make_room(g);
		o = calloc(1, sizeof(*o));
		if (!o)
			return NULL;
		o->pid = pid;
		o->start_ns = start_ns;
		o->next = g->origins[slot(pid)];
		g->origins[slot(pid)] = o;
		g->n_origins++;
		(void)origin_who(g, o);
		if (!start_ns && o->who)
			o->start_ns = o->who->start_ns;
	}
	if (o)
		o->used_ns = now_boot_ns();
	return o;
}

const struct subject_info *origin_who(struct guard *g, struct origin *o)
{
	const struct process *p = proctab_find(g->procs, o->pid, o->start_ns);
	struct subject_info *who;

	if (o->who && (!p || !p->exec_id || p->exec_id == o->exec_id))
		return o->who;
	if (subject_look_up(g->procs, o->pid, o->start_ns, &who) < 0)
		return o->who; /* gone: what was known stays */
	(void)subject_info_free(o->who);
	o->who = who;
	o->exec_id = p ? p->exec_id : 0;
	o->parent = who->ppid;
	return who;
}

void origin_note(struct guard *g, struct origin *o, const struct event *e, const char *path)
{
	struct read_note *n;

	(void)g;
	o->label |= e->taint->label;
	if (o->n_reads == READS_MAX)
		return;
	n = &o->reads[o->n_reads++];
	*n = (struct read_note){ .classes = e->taint->added, .boot_ns = e->head->boot_ns, .source = e->taint->source,
				 .from = e->taint->from, .path = path && *path ? strdup(path) : NULL };
}

void origin_shed(struct origin *o, uint64_t label)
{
	unsigned i, kept = 0;

	o->label &= label;
	for (i = 0; i < o->n_reads; i++)
		if (o->reads[i].classes & label)
			o->reads[kept++] = o->reads[i];
		else
			free(o->reads[i].path);
	o->n_reads = kept;
}

static bool is_read(unsigned source)
{
	return source == TAINT_READ || source == TAINT_MAP || source == TAINT_EXISTING || source == TAINT_PASSED;
}

/* Breadth first over the processes the label came from. */
size_t origin_reads(struct guard *g, const struct origin *o, const struct read_note **ret, const struct origin **ret_who,
		    size_t max)
{
	const struct origin *queue[32] = { o };
	size_t head = 0, tail = o ? 1 : 0, n = 0, i, k;

	while (head < tail) {
		o = queue[head++];
		for (i = 0; i < o->n_reads; i++) {
			const struct origin *from;

			if (is_read(o->reads[i].source) && n < max) {
				ret[n] = &o->reads[i];
				ret_who[n++] = o;
			}
			from = o->reads[i].from ? origin_of(g, (pid_t)o->reads[i].from, 0, false) : NULL;
			for (k = 0; from && k < tail && queue[k] != from; k++)
				;
			if (from && k == tail && tail < ARRAY_SIZE(queue))
				queue[tail++] = from;
		}
	}
	return n;
}

void origins_forget(struct guard *g, uint64_t now_ns)
{
	struct origin **at, *o;
	struct proc p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->origins); i++) {
		at = &g->origins[i];
		while ((o = *at)) {
			if (now_ns - o->used_ns < KEEP_NS || sensor_proc_get(g->sensor, (uint32_t)o->pid, &p) == 0) {
				at = &o->next;
				continue;
			}
			*at = o->next;
			(void)origin_free(o);
			g->n_origins--;
		}
	}
}
