/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline: a record from the kernel -> event -> enriched -> decided -> acted on -> told. The only file that knows
 * all stages.
 */
#include <errno.h>
#include <string.h>

#include "inside.h"

static const char *path_of(struct guard *g, uint32_t dev, const struct event *e, char *dst, size_t size)
{
	return e->path_len ? visible_path(g, dev, e->path, e->path_len, dst, size) : NULL;
}

static bool is_object(unsigned source)
{
	return source == TAINT_FILE || source == TAINT_CHAN || source == TAINT_LINK;
}

/* Classes it read by itself; false if what it carries did not all come from the secrets themselves or from makers, so that
 * somebody may have fed it other bytes. */
static bool well_bred(struct guard *g, const struct origin *o, uint64_t *ret_read)
{
	unsigned i;

	*ret_read = 0;
	for (i = 0; i < o->n_reads; i++) {
		const struct read_note *n = &o->reads[i];
		const struct origin *from = n->from ? origin_of(g, (pid_t)n->from, 0, false) : NULL;

		if (n->source == TAINT_READ || n->source == TAINT_MAP || n->source == TAINT_EXISTING)
			*ret_read |= n->classes;
		else if (!from || !from->maker)
			return false;
	}
	return o->n_reads < READS_MAX;
}

static void look_for_maker(struct guard *g, struct origin *o, const struct ev_head *h)
{
	const struct process *p = proctab_find(g->procs, o->pid, h->start_ns);
	struct maker m = { .start_ns = h->start_ns, .label = o->label };
	struct subject who = o->who ? subject_of(o->who) : (struct subject){};
	int manners = MANNERS_NONE;
	uint64_t read;

	if (o->who && well_bred(g, o, &read))
		manners = policy_manners(g->policy, &who, o->label, read);
	/* exec records come in order with this one, so the tree's image is the one that read; not known = nobody's */
	o->maker = manners != MANNERS_NONE && p && p->exec_id && p->exec_id == o->exec_id;
	m.exec_id = p ? p->exec_id : 0;
	m.flags = manners == MANNERS_MUTE ? MAKER_MUTE : 0;
	if (o->maker)
		(void)sensor_maker_set(g->sensor, (uint32_t)o->pid, &m);
}

/* Somebody, or something, got a label. */
static void on_taint(struct guard *g, const struct event *e)
{
	const struct ev_taint *t = e->taint;
	struct origin *o = origin_of(g, (pid_t)t->head.tgid, t->head.start_ns, true), *from;
	struct record r = { .kind = RECORD_TAINT, .source = t->source, .file = t->file, .label = t->label };
	const struct watch *w = policy_watch(g->policy, t->watch);
	const char *classes[65];
	char path[4096];

	if (!o)
		return;
	r.path = path_of(g, t->file.dev, e, path, sizeof(path));
	if (!is_object(t->source)) {
		origin_note(g, o, e, r.path);
		look_for_maker(g, o, &t->head);
	}
	if (w)
		homes_learn(g, r.path, w->class_bit);
	from = t->from ? origin_of(g, (pid_t)t->from, 0, false) : NULL;
	class_names(g, t->added, classes);
	record_who(&r, &t->head, o);
	r.classes = classes;
	r.watch = w ? w->id : NULL;
	r.from_pid = t->from;
	r.from_start_ns = from ? from->start_ns : 0;
	journal_add(g, &r);
}

static void on_held(struct guard *g, const struct event *e)
{
	struct flow *f = flow_known(g, &e->held->flow);
	struct origin *o;

	if (question_held(g, e->held, e->data, e->data_len))
		return;
	if (f) { /* another packet of a flow that waits */
		f->label |= e->held->label;
		flow_packet(g, f, e->data, e->data_len);
		return;
	}
	f = flow_new(g, e->held);
	if (!f)
		return;
	flow_packet(g, f, e->data, e->data_len);
	f->told = !f->label && want_told(g, &f->key);
	o = f->pid ? origin_of(g, f->pid, 0, false) : NULL;
	f->start_ns = o ? o->start_ns : 0;
	judge_flow(g, f);
}

static void denied_flow(struct guard *g, const struct event *e, struct record *r)
{
	static char name[254], text[300];
	struct flow f = { .key = e->denied->flow, .pid = (pid_t)e->head->tgid, .start_ns = e->head->start_ns };
	struct dest to;

	dest_of(g, &f, &to, name);
	destination_text(&to, text, sizeof(text));
	r->kind = RECORD_FLOW;
	r->destination = text;
	r->name = to.name;
	r->name_source = name_source_text(to.source);
	r->port = to.port;
	r->proto = to.proto == 6 ? "tcp" : to.proto == 17 ? "udp" : "ip";
	r->sentence = "denied in advance: the same was denied a moment ago";
}

static void on_denied(struct guard *g, const struct event *e)
{
	const struct ev_denied *d = e->denied;
	struct record r = { .kind = RECORD_DENIED, .label = d->label, .file = d->file, .verdict = "deny" };
	struct origin *o = origin_of(g, (pid_t)d->head.tgid, d->head.start_ns, true);
	const struct rule *rule = policy_rule(g->policy, d->rule);
	const struct watch *w = policy_watch(g->policy, d->watch);
	const char *classes[65];
	char path[4096];

	if (want_refused(g, e))
		return;
	class_names(g, d->label, classes);
	record_who(&r, &d->head, o);
	r.classes = classes;
	r.rule = rule ? rule->id : NULL;
	r.watch = w ? w->id : NULL;
	if (d->what == DENIED_FILE) {
		r.path = path_of(g, d->file.dev, e, path, sizeof(path));
		r.would_hold = !g->policy->enforce;
		r.sentence = rule ? "a file rule denies it" : NULL;
	} else {
		denied_flow(g, e, &r);
	}
	journal_add(g, &r);
}

void answer_named(struct guard *g, const struct dns_message *m)
{
	size_t i;

	for (i = 0; i < m->n_answers; i++)
		if (m->answers[i].has_addr)
			sets_named(g, m->answers[i].addr);
}

/* What the answer says of addresses must be in the kernel's sets before the counter says that it was dealt with. */
static void on_dns(struct guard *g, const struct event *e)
{
	struct names_peer peer = { .local_port = e->dns->local_port };
	static struct dns_message m;
	struct gate gate;

	memcpy(peer.server, e->dns->server, sizeof(peer.server));
	if (sensor_gate_get(g->sensor, e->dns->cookie, &gate) == 0)
		peer.pid = (pid_t)gate.tgid;
	if (dns_parse(e->data, e->data_len, &m) == 0 && m.response &&
	    names_learn(g->names, &peer, &m, false, now_boot_ns()) > 0)
		answer_named(g, &m);
	sensor_dns_done(g->sensor);
}

static void on_exec(struct guard *g, const struct event *e)
{
	struct record r = { .kind = RECORD_EXEC, .label = e->exec->label };
	struct origin *o;
	const char *classes[65];
	char args[EG_ARGV_MAX + 1];
	size_t i, n = MIN(e->argv_len, sizeof(args) - 1);

	tree_exec(g, e);
	o = origin_of(g, (pid_t)e->head->tgid, e->head->start_ns, false);
	if (o)
		origin_shed(o, e->exec->label);
	subject_new(g, (pid_t)e->head->tgid, e->head->start_ns);
	if (!e->exec->label && !g->config.telemetry)
		return;
	o = origin_of(g, (pid_t)e->head->tgid, e->head->start_ns, true);
	if (!o)
		return;
	(void)origin_who(g, o);
	memcpy(args, e->argv, n);
	args[n] = 0;
	for (i = 0; i + 1 < n; i++)
		if (!args[i])
			args[i] = ' ';
	class_names(g, e->exec->label, classes);
	record_who(&r, e->head, o);
	r.classes = classes;
	r.args = args;
	journal_add(g, &r);
}

static void on_fork(struct guard *g, const struct event *e)
{
	tree_fork(g, e);
	subject_new(g, (pid_t)e->fork->child, e->fork->child_start_ns);
}

static void on_gone(struct guard *g, const struct event *e)
{
	tree_exit(g, e);
	grants_forget(g, (pid_t)e->head->tgid, e->head->start_ns);
}

static void on_here(struct guard *g, const struct event *e)
{
	proctab_set_exec_id(g->procs, (pid_t)e->head->tgid, e->head->start_ns, e->here->exec_id);
	subject_new(g, (pid_t)e->head->tgid, e->head->start_ns);
}

static void (*const stages[EV_KIND_MAX])(struct guard *g, const struct event *e) = {
	[EV_TAINT] = on_taint, [EV_HELD] = on_held, [EV_DENIED] = on_denied,
	[EV_DNS] = on_dns,     [EV_EXEC] = on_exec, [EV_EXIT] = on_gone,    [EV_FORK] = on_fork,
	[EV_WANT] = on_want, [EV_CONNECT] = on_connect, [EV_HERE] = on_here,
};

int pipeline_push(void *guard, const void *data, size_t len)
{
	struct guard *g = guard;
	struct event e;
	int r = event_decode(data, len, &e);

	if (r == -EBADMSG)
		g->lost[LOST_BAD_RECORDS]++;
	if (r == 0 && stages[e.head->kind])
		stages[e.head->kind](g, &e);
	return 0;
}
