/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel half may decide for each process without asking: written after its exec was seen and it was looked at,
 * which takes a while and therefore waits until nobody waits for us.
 *
 * Failure stance: a process that is not in the map, or was looked at too late, is asked about (EV_WANT); nothing passes
 * for lack of an entry.
 */
#include <errno.h>
#include <string.h>

#include "inside.h"

#define BATCH 8

static bool policy_here(const struct guard *g)
{
	return g->policy && g->policy->ci;
}

static uint32_t flags_of(const struct view *v, bool complete)
{
	return (v->ask ? SUBJECT_ASK : 0) | (v->deny ? SUBJECT_DENY : 0) | (v->no_list ? SUBJECT_NO_LIST : 0) |
	       (v->closed && complete ? SUBJECT_CLOSED : 0) | (v->forks ? SUBJECT_FORKS : 0);
}

static void write_state(struct guard *g, const struct process *p, const struct view *v)
{
	struct subject_state st = { .start_ns = p->start_ns, .exec_id = p->exec_id, .epoch = g->config.epoch,
				    .set = sets_number(g, v->set), .flags = flags_of(v, sets_complete(g)) };

	(void)sensor_subject_set(g->sensor, (uint32_t)p->pid, &st);
}

/* Looks at the process and tells the kernel half what it may decide. */
void subject_know(struct guard *g, pid_t pid, uint64_t start_ns)
{
	const struct process *p = proctab_find(g->procs, pid, start_ns);
	const struct subject_info *info;
	struct subject who;
	struct origin *o;
	struct view v;

	if (!policy_here(g) || !p || p->exit_ns || !p->exec_id)
		return;
	o = origin_of(g, pid, p->start_ns, true);
	info = o ? origin_who(g, o) : NULL;
	if (!info)
		return;
	who = subject_of(info);
	policy_view(g->policy, &who, &v);
	write_state(g, p, &v);
}

/* The kernel half and decide() did not agree: it shall ask from now on. */
void subject_mistrust(struct guard *g, pid_t pid, uint64_t start_ns)
{
	const struct process *p = proctab_find(g->procs, pid, start_ns);
	static const struct view ask = { .ask = true };

	g->lost[LOST_AGREEMENT]++;
	if (p && p->exec_id)
		write_state(g, p, &ask);
}

/* --- the queue --------------------------------------------------------------------------------------- */

static int on_idle(sd_event_source *s, void *user)
{
	struct guard *g = user;
	unsigned i;

	for (i = 0; i < BATCH && g->newcomers.n; i++) {
		struct newcomer *c = &g->newcomers.ring[g->newcomers.head];

		g->newcomers.head = (g->newcomers.head + 1) % NEWCOMERS_MAX;
		g->newcomers.n--;
		subject_know(g, c->pid, c->start_ns);
	}
	return g->newcomers.n ? 0 : sd_event_source_set_enabled(s, SD_EVENT_OFF);
}

int subjects_open(struct guard *g)
{
	int r = sd_event_add_defer(g->loop, &g->newcomers.source, on_idle, g);

	if (r >= 0)
		r = sd_event_source_set_priority(g->newcomers.source, SD_EVENT_PRIORITY_NORMAL);
	return r < 0 ? r : sd_event_source_set_enabled(g->newcomers.source, SD_EVENT_OFF);
}

void subjects_close(struct guard *g)
{
	g->newcomers.source = sd_event_source_disable_unref(g->newcomers.source);
}

/* One that does not fit is looked at when it wants something. */
void subject_new(struct guard *g, pid_t pid, uint64_t start_ns)
{
	struct newcomers *q = &g->newcomers;

	if (!policy_here(g) || !q->source || q->n == NEWCOMERS_MAX)
		return;
	q->ring[(q->head + q->n) % NEWCOMERS_MAX] = (struct newcomer){ pid, start_ns };
	q->n++;
	(void)sd_event_source_set_enabled(q->source, SD_EVENT_ON);
}

static void again(void *user, const struct process *p)
{
	subject_new(user, p->pid, p->start_ns);
}

/* The rules changed: everybody is looked at again. */
void subjects_renew(struct guard *g)
{
	proctab_each(g->procs, again, g);
}
