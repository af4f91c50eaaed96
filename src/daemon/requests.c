/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line may ask: one handler per row of the ipc table. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "inside.h"
#include "shipper.h"

static void send_json(struct ipc_reply *reply, const struct buf *b)
{
	if (!buf_error(b))
		(void)ipc_reply_data(reply, buf_str(b), b->len);
}

static void losses_json(struct guard *g, struct json *j)
{
	static const char *const names[] = { "flows", "prompts", "held-packets", "bad-records", "processes", "homes" };
	uint64_t stats[ST_MAX];
	unsigned i;

	sensor_stats(g->sensor, stats);
	json_kobj(j, "lost");
	for (i = 0; i < ST_MAX; i++)
		if (stat_is_loss(i) && stats[i])
			json_kuint(j, stat_name(i), stats[i]);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (g->lost[i])
			json_kuint(j, names[i], g->lost[i]);
	if (journal_lost(g->journal))
		json_kuint(j, "history", journal_lost(g->journal));
	if (shipper_lost(g))
		json_kuint(j, "webhooks", shipper_lost(g));
	json_end(j);
	json_kobj(j, "stats");
	for (i = 0; i < ST_MAX; i++)
		if (!stat_is_loss(i))
			json_kuint(j, stat_name(i), stats[i]);
	json_end(j);
}

static void flows_json(struct guard *g, struct json *j, bool all)
{
	const struct sensor_flow *f;
	size_t i;

	json_karr(j, all ? "flows" : "uncovered");
	for (i = 0; (f = sensor_flow(g->sensor, i)); i++) {
		if (!all && f->covered)
			continue;
		if (!all) {
			json_str(j, f->flow);
			continue;
		}
		json_obj(j);
		json_kstr(j, "flow", f->flow);
		json_kstr(j, "program", f->program);
		json_kbool(j, "covered", f->covered);
		json_kstr(j, "why", f->why);
		json_end(j);
	}
	json_end(j);
}

static void answer_status(struct guard *g, struct ipc_reply *reply)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "mode", g->policy->enforce ? "enforce" : "monitor");
	json_kstr(&j, "coverage", coverage_name(sensor_coverage(g->sensor)));
	json_kstr(&j, "why_reduced", sensor_why_reduced(g->sensor));
	json_kuint(&j, "since_ms", g->since_ms);
	json_kint(&j, "pid", getpid());
	json_kint(&j, "front_pid", journal_front(g->journal));
	json_kstr(&j, "watchlist", g->o.sources.watchlist);
	json_kuint(&j, "classes", g->policy->n_classes);
	json_kuint(&j, "patterns", g->policy->n_watches);
	json_kuint(&j, "states", g->compiled->n_rows);
	json_kobj(&j, "labels");
	json_kuint(&j, "processes", sensor_count(g->sensor, SENSOR_PROCS));
	json_kuint(&j, "files", sensor_count(g->sensor, SENSOR_FILES));
	json_kuint(&j, "channels", sensor_count(g->sensor, SENSOR_CHANS));
	json_end(&j);
	json_kuint(&j, "gates", sensor_count(g->sensor, SENSOR_GATES));
	json_kuint(&j, "held", g->n_flows);
	json_kuint(&j, "prompts", g->n_asks);
	json_kuint(&j, "rules", g->policy->n_rules);
	shipper_json(g, &j);
	losses_json(g, &j);
	flows_json(g, &j, false);
	json_end(&j);
	send_json(reply, &b);
}

static void answer_coverage(struct guard *g, struct ipc_reply *reply)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_obj(&j);
	json_kstr(&j, "coverage", coverage_name(sensor_coverage(g->sensor)));
	json_kstr(&j, "why_reduced", sensor_why_reduced(g->sensor));
	flows_json(g, &j, true);
	json_end(&j);
	send_json(reply, &b);
}

static void answer_prompts(struct guard *g, struct ipc_reply *reply)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	asks_json(g, &j);
	send_json(reply, &b);
}

void requests_asks_changed(struct guard *g)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->watchers); i++)
		if (g->watchers[i])
			answer_prompts(g, g->watchers[i]);
}

static int watch_prompts(struct guard *g, struct ipc_reply *reply)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->watchers) && g->watchers[i]; i++)
		;
	if (i == ARRAY_SIZE(g->watchers))
		return -EBUSY;
	g->watchers[i] = reply;
	answer_prompts(g, reply);
	return 0;
}

static void on_closed(void *user, struct ipc_reply *reply)
{
	struct guard *g = user;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->watchers); i++)
		if (g->watchers[i] == reply)
			g->watchers[i] = NULL;
}

static bool known_scope(const char *s)
{
	return streq(s, "connection") || streq(s, "process") || streq(s, "program") || streq(s, "any");
}

static void answer_prompt(struct guard *g, const struct ipc_request *req, struct ipc_reply *reply, enum verdict v)
{
	const char *scope = ipc_request_value(req, "scope"), *duration = ipc_request_value(req, "for");
	char sentence[IPC_SENTENCE_MAX] = "", by[64];
	struct ask *a = NULL;
	uint64_t id;
	int r;

	if (str_to_u64(req->words[1], 1, UINT64_MAX, &id) == 0)
		a = ask_find(g, id);
	if (!a) {
		ipc_reply_end(reply, IPC_FAILED, "there is no open question %s", req->words[1]);
		return;
	}
	scope = scope ? scope : duration ? "program" : "connection";
	duration = duration ? duration : streq(scope, "connection") ? "once" : "boot";
	if (!known_scope(scope)) {
		ipc_reply_end(reply, IPC_USAGE, "a scope is connection, process, program or any");
		return;
	}
	(void)snprintf(by, sizeof(by), "uid %u pid %d", req->uid, req->pid);
	r = ask_answer(g, a, v, scope, duration, by, sentence, sizeof(sentence));
	ipc_reply_end(reply, r == 0 ? IPC_OK : r == -EPERM ? IPC_REFUSED : IPC_FAILED, "%s", sentence);
}

struct listing {
	struct guard *g;
	struct json *j;
	uint64_t pid;
};

static int list_process(void *user, const void *key, const void *value)
{
	const struct listing *l = user;
	const struct proc *p = value;
	const char *classes[65];
	const struct origin *o;
	size_t i;

	if (!p->label || (l->pid && l->pid != *(const uint32_t *)key))
		return 0;
	o = origin_of(l->g, (pid_t) * (const uint32_t *)key, p->start_ns, true);
	class_names(l->g, p->label, classes);
	json_obj(l->j);
	json_kuint(l->j, "pid", *(const uint32_t *)key);
	json_kuint(l->j, "start_ns", p->start_ns);
	json_kstr(l->j, "exe", o && o->who ? o->who->exe : NULL);
	json_kstr(l->j, "comm", o && o->who ? o->who->comm : NULL);
	json_karr(l->j, "classes");
	for (i = 0; classes[i]; i++)
		json_str(l->j, classes[i]);
	json_end(l->j);
	json_end(l->j);
	return 0;
}

static int list_file(void *user, const void *key, const void *value)
{
	const struct listing *l = user;
	const struct file_key *k = key;
	const struct file_label *f = value;
	const char *classes[65];
	size_t i;

	class_names(l->g, f->classes, classes);
	json_obj(l->j);
	json_kuint(l->j, "dev", k->dev);
	json_kuint(l->j, "ino", k->ino);
	json_kuint(l->j, "gen", k->gen);
	json_kstr(l->j, "kind", f->flags & FILE_WATCHED ? "watched" : "derived");
	json_karr(l->j, "classes");
	for (i = 0; classes[i]; i++)
		json_str(l->j, classes[i]);
	json_end(l->j);
	json_end(l->j);
	return 0;
}

static void answer_taint(struct guard *g, const struct ipc_request *req, struct ipc_reply *reply)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct listing l = { .g = g };
	struct json j;

	if (req->n_words > 1 && str_to_u64(req->words[1], 1, UINT32_MAX, &l.pid) < 0) {
		ipc_reply_end(reply, IPC_USAGE, "%s is not a process number", req->words[1]);
		return;
	}
	buf_init(&b, 0);
	json_init(&j, &b);
	l.j = &j;
	json_obj(&j);
	json_karr(&j, "processes");
	(void)sensor_walk(g->sensor, SENSOR_PROCS, list_process, &l);
	json_end(&j);
	json_karr(&j, "files");
	if (!l.pid)
		(void)sensor_walk(g->sensor, SENSOR_FILES, list_file, &l);
	json_end(&j);
	json_end(&j);
	send_json(reply, &b);
}

static void answer_untaint(struct guard *g, const struct ipc_request *req, struct ipc_reply *reply)
{
	struct record r = { .kind = RECORD_RULE, .text = "untainted by a person" };
	struct origin *o;
	struct proc p;
	uint64_t pid;

	if (str_to_u64(req->words[1], 1, UINT32_MAX, &pid) < 0 ||
	    sensor_proc_get(g->sensor, (uint32_t)pid, &p) < 0 || !p.label) {
		ipc_reply_end(reply, IPC_FAILED, "%s carries no label", req->words[1]);
		return;
	}
	o = origin_of(g, (pid_t)pid, p.start_ns, true);
	record_who(&r, NULL, o);
	r.label = p.label;
	p.label = 0;
	if ((p.flags ? sensor_proc_set(g->sensor, (uint32_t)pid, &p) : sensor_proc_del(g->sensor, (uint32_t)pid)) < 0) {
		ipc_reply_end(reply, IPC_FAILED, "the label could not be taken");
		return;
	}
	journal_add(g, &r);
	ipc_reply_end(reply, IPC_OK, "process %llu carries no label any more; its open sockets keep theirs",
		      (unsigned long long)pid);
}

static void answer_reload(struct guard *g, struct ipc_reply *reply)
{
	struct problem p = {};
	char text[1024];

	if (guard_reload(g, &p) < 0)
		ipc_reply_end(reply, IPC_FAILED, "%s; the old rules stay", problem_format(&p, text, sizeof(text)));
	else
		ipc_reply_end(reply, IPC_OK, "%zu patterns, %zu rules", g->policy->n_watches, g->policy->n_rules);
}

static int handle(void *user, const struct ipc_request *req, struct ipc_reply *reply)
{
	struct guard *g = user;

	switch (req->row->id) {
	case IPC_STATUS:
		answer_status(g, reply);
		return 0;
	case IPC_COVERAGE:
		answer_coverage(g, reply);
		return 0;
	case IPC_PROMPTS:
		answer_prompts(g, reply);
		return 0;
	case IPC_WATCH_PROMPTS:
		return watch_prompts(g, reply);
	case IPC_ALLOW:
		answer_prompt(g, req, reply, V_ALLOW);
		return 0;
	case IPC_DENY:
		answer_prompt(g, req, reply, V_DENY);
		return 0;
	case IPC_TAINT:
		answer_taint(g, req, reply);
		return 0;
	case IPC_UNTAINT:
		answer_untaint(g, req, reply);
		return 0;
	case IPC_RELOAD:
		answer_reload(g, reply);
		return 0;
	case IPC_STOP:
		g->stopping = true;
		ipc_reply_end(reply, IPC_OK, "stopped");
		return sd_event_exit(g->loop, 0);
	case _IPC_MAX:
		break;
	}
	return -EOPNOTSUPP;
}

/* The peer and everybody it descends from: one label on the way is enough to refuse. Doubt refuses. */
static bool peer_clean(void *user, pid_t pid)
{
	struct guard *g = user;
	int depth;

	if (pid <= 0)
		return false;
	for (depth = 0; pid > 1 && depth < 64; depth++) {
		struct subject_info *who;
		struct proc p;

		if (sensor_proc_get(g->sensor, (uint32_t)pid, &p) == 0 && (p.label || (p.flags & PROC_SCOPE)))
			return false;
		if (subject_from_proc(-1, pid, 0, &who) < 0)
			return false;
		pid = who->ppid;
		(void)subject_info_free(who);
	}
	return depth < 64;
}

int requests_open(struct guard *g)
{
	char path[512];
	struct ipc_server_config c = { .path = path, .mode = 0600, .owner = g->o.owner, .user = g, .handle = handle,
				       .peer_clean = peer_clean, .closed = on_closed };

	(void)snprintf(path, sizeof(path), "%s/%s", g->o.runtime_dir, IPC_SOCKET);
	return ipc_server_open(g->loop, &c, &g->server);
}
