/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's life. Order of opening: kernel half loaded -> rules written -> journal -> attached -> what exists adopted
 * -> control socket. Nothing is "enforcing" before all required programs are attached; closing mirrors it.
 */
#include "inside.h"
#include "shipper.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define TICK_US 1000000ull
#define TELEMETRY_BATCH 512
#define GUARD_NICE -15
#define SWEEP_NS 600000000000ull
#define WAIT_NS 1500000u /* a connect waits this long for our word, then its packet is held */

static int on_decisions(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	struct guard *g = user;

	(void)s;
	(void)fd;
	(void)revents;
	(void)sensor_drain_decisions(g->sensor);
	if (sensor_sweep(g->sensor) < 0)
		log_warn("memory shared with a labelled process could not be looked at twice");
	return 0;
}

static int on_telemetry(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	struct guard *g = user;

	(void)s;
	(void)fd;
	(void)revents;
	(void)sensor_drain_telemetry(g->sensor, TELEMETRY_BATCH);
	return 0;
}

static int on_mounts(sd_event_source *s, int fd, uint32_t revents, void *user)
{
	(void)s;
	(void)fd;
	(void)revents;
	if (rules_rewrite(user) < 0)
		log_warn("the mount table changed and could not be read again: new mounts are matched as if at /");
	return 0;
}

static void heartbeat(struct guard *g, uint64_t now)
{
	g->config.heartbeat_ns = now;
	(void)sensor_config_set(g->sensor, &g->config);
}

static int on_tick(sd_event_source *s, uint64_t usec, void *user)
{
	struct guard *g = user;
	uint64_t now = now_boot_ns();
	bool renamed = false;

	heartbeat(g, now);
	homes_expire(g, now);
	asks_expire(g, now);
	asks_sweep(g);
	origins_forget(g, now);
	journal_tick(g);
	shipper_tick(g);
	act_idle(g->act);
	resolver_tick(g, now);
	if (hosts_refresh(&g->hosts, "/etc/hosts", g->names, &renamed) == 0 && renamed)
		sets_renamed(g);
	if (now - g->swept_ns > SWEEP_NS) {
		sets_expire(g);
		g->swept_ns = now;
	}
	sensor_dns_settle(g->sensor);
	(void)sd_event_source_set_time(s, usec + TICK_US);
	return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int add_io(struct guard *g, int fd, uint32_t events, sd_event_io_handler_t fn, int64_t priority)
{
	sd_event_source **s = &g->sources[g->n_sources];
	int r;

	if (fd < 0)
		return fd;
	r = sd_event_add_io(g->loop, s, fd, events, fn, g);
	if (r < 0)
		return r;
	g->n_sources++;
	return sd_event_source_set_priority(*s, priority);
}

static int open_loop(struct guard *g)
{
	uint64_t now;
	int r;

	r = add_io(g, sensor_decision_fd(g->sensor), EPOLLIN, on_decisions, SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = add_io(g, sensor_telemetry_fd(g->sensor), EPOLLIN, on_telemetry, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = add_io(g, mounts_poll_fd(), EPOLLPRI, on_mounts, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_event_now(g->loop, CLOCK_MONOTONIC, &now);
	if (r >= 0)
		r = sd_event_add_time(g->loop, &g->sources[g->n_sources], CLOCK_MONOTONIC, now + TICK_US, 50000, on_tick, g);
	if (r >= 0)
		g->n_sources++;
	return r < 0 ? r : 0;
}

static int open_sensor(struct guard *g, struct problem *problem)
{
	struct sensor_options so = { .at_most = COVERAGE_FULL, .cgroup = g->o.cgroup };
	struct config old = {};
	int r;

	if (g->o.keep) {
		r = sensor_pin_dir(g->o.runtime_dir, g->pin_dir, sizeof(g->pin_dir));
		if (r < 0)
			return problem_set(problem, 0, 0, "no bpffs for pins in %s: %s", g->o.runtime_dir, strerror(-r)), r;
		so.pin_dir = g->pin_dir;
	}
	if (getenv("EGRET_COVERAGE") && streq(getenv("EGRET_COVERAGE"), "reduced"))
		so.at_most = COVERAGE_REDUCED;
	r = sensor_open(&so, &g->sensor, problem);
	if (r < 0)
		return r;
	/* an earlier guard's epoch and half go on, so that its verdicts are asked again and its half is not overwritten */
	if (sensor_inherited(g->sensor) && sensor_config_get(g->sensor, &old) == 0)
		g->config = old;
	g->config.guard = (uint32_t)getpid();
	g->config.front = 0;
	g->config.ship = g->config.ship_old = 0;
	/* others wait for us, with a processor in hand */
	if (setpriority(PRIO_PROCESS, 0, GUARD_NICE) < 0)
		log_debug("no higher priority for the guard: %s", strerror(errno));
	g->config.tree = 1;
	/* whoever waits keeps a processor busy, and we need one */
	g->config.waiters_max = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? (uint32_t)sysconf(_SC_NPROCESSORS_ONLN) - 1 : 0;
	g->config.wait_ns = g->config.waiters_max ? WAIT_NS : 0;
	g->config.scope = g->o.tree ? SCOPE_TREE : SCOPE_MACHINE;
	sensor_on_record(g->sensor, pipeline_push, g);
	return 0;
}

static int open_facts(struct guard *g, struct problem *problem)
{
	int r = names_new(&g->names);

	if (r == 0)
		r = tree_open(g);
	if (r == 0)
		r = rules_homes(&g->homes);
	if (r == 0)
		r = act_open(&g->act);
	if (r < 0)
		return problem_set(problem, 0, 0, "cannot prepare: %s", strerror(-r)), r;
	(void)resolvers_read("/etc/resolv.conf", &g->resolvers);
	(void)hosts_refresh(&g->hosts, "/etc/hosts", g->names, NULL);
	return 0;
}

static void tell_system(struct guard *g, const char *reason, const char *text)
{
	struct record r = { .kind = RECORD_SYSTEM, .reason = reason, .text = text };

	journal_add(g, &r);
}

static void adopt(struct guard *g)
{
	if (tree_preload(g) < 0)
		log_warn("the processes that run already could not all be read: their children have no ancestors");
	if (sensor_census(g->sensor, CENSUS_TASKS) < 0)
		log_debug("the processes that run already are asked about at their first connection");
	if (g->policy->ci && sensor_census(g->sensor, CENSUS_SOCKETS) < 0)
		log_warn("connections that exist already could not be listed");
	if (act_cookies(g->act, getpid()) < 0)
		log_debug("existing sockets could not be listed");
	homes_starting(g, true);
	seeds_mark(g);
	homes_starting(g, false);
	if (sensor_adopt(g->sensor) < 0)
		log_warn("processes that run already could not all be looked at");
}

static int open_all(struct guard *g, struct problem *problem)
{
	int r = open_sensor(g, problem);

	if (r == 0)
		r = open_facts(g, problem);
	if (r == 0)
		r = rules_load(g, problem);
	if (r < 0)
		return r;
	r = journal_open(g, &g->journal);
	if (r < 0)
		return problem_set(problem, 0, 0, "the history process cannot be started: %s", strerror(-r)), r;
	r = subjects_open(g);
	if (r < 0)
		return problem_set(problem, 0, 0, "cannot prepare: %s", strerror(-r)), r;
	r = sensor_attach(g->sensor, problem);
	if (r < 0)
		return r;
	r = resolver_open(g);
	if (r < 0)
		log_warn("the resolver cannot listen, names are looked up through the packet gate: %s", strerror(-r));
	adopt(g);
	r = file_deny_open(g);
	if (r < 0)
		log_warn("file deny rules are not enforced: %s", strerror(-r));
	shipper_follow(g);
	r = open_loop(g);
	if (r == 0 && g->o.control)
		r = requests_open(g);
	if (r < 0)
		return problem_set(problem, 0, 0, "cannot serve %s: %s", g->o.runtime_dir, strerror(-r)), r;
	return 0;
}

int guard_open(const struct guard_options *o, sd_event *loop, struct guard **ret, struct problem *problem)
{
	struct guard *g = calloc(1, sizeof(*g));
	char text[128];
	int r;

	if (!g)
		return -ENOMEM;
	g->o = *o;
	g->loop = loop;
	g->limits = question_limits_default;
	g->since_ms = now_wall_ms();
	r = open_all(g, problem);
	if (r < 0) {
		(void)guard_close(g, g->sensor && sensor_inherited(g->sensor));
		return r;
	}
	(void)snprintf(text, sizeof(text), "%s, %s coverage, %s", g->policy->enforce ? "enforcing" : "monitoring",
		       coverage_name(sensor_coverage(g->sensor)),
		       sensor_inherited(g->sensor) ? "labels taken over" : "started");
	tell_system(g, "start", text);
	*ret = g;
	return 0;
}

static void drop_flow(struct guard *g, struct flow *f, void *user)
{
	(void)user;
	flow_drop(g, f);
}

static void free_parts(struct guard *g)
{
	struct origin *o;
	size_t i;

	flow_each(g, drop_flow, NULL);
	for (i = 0; i < ARRAY_SIZE(g->origins); i++)
		while ((o = g->origins[i])) {
			g->origins[i] = o->next;
			(void)origin_free(o);
		}
	while (g->n_grants) {
		g->n_grants--;
		free(g->grants[g->n_grants].exe);
		free(g->grants[g->n_grants].script);
	}
	(void)mounts_free(g->mounts);
	(void)names_free(g->names);
	(void)proctab_free(g->procs);
	str_list_done(&g->homes);
	(void)compiled_free(g->compiled);
	(void)policy_free(g->policy);
	free(g);
}

struct guard *guard_close(struct guard *g, bool leave)
{
	unsigned i;

	if (!g)
		return NULL;
	if (g->journal && g->policy)
		tell_system(g, "stop", leave ? "guard ended, enforcement stays" : "stopped");
	if (g->server)
		ipc_server_flush(g->server, 500);
	g->server = ipc_server_close(g->server);
	file_deny_close(g);
	seeds_close(g);
	subjects_close(g);
	resolver_close(g);
	for (i = 0; i < g->n_sources; i++)
		(void)sd_event_source_disable_unref(g->sources[i]);
	shipper_close(g); /* before what exempts it goes */
	if (g->pin_dir[0] && !leave)
		(void)sensor_unpin(g->pin_dir);
	g->sensor = sensor_close(g->sensor);
	g->act = act_close(g->act);
	g->journal = journal_close(g->journal);
	g->own_homes = homes_free(g->own_homes);
	while (g->asks) {
		struct ask *a = g->asks;

		g->asks = a->next;
		free(a->exe);
		free(a->script);
		free(a);
	}
	free_parts(g);
	return NULL;
}

int guard_add_tree(struct guard *g, pid_t pid)
{
	struct proc p = { .flags = PROC_SCOPE }; /* start_ns 0: the kernel half fills it in at first sight */

	return sensor_proc_set(g->sensor, (uint32_t)pid, &p);
}

static int in_tree(void *user, const void *key, const void *value)
{
	const struct proc *p = value;

	(void)user;
	return (p->flags & PROC_SCOPE) && kill((pid_t) * (const uint32_t *)key, 0) == 0;
}

bool guard_tree_empty(struct guard *g)
{
	return sensor_walk(g->sensor, SENSOR_PROCS, in_tree, NULL) == 0;
}

pid_t guard_front(const struct guard *g)
{
	return journal_front(g->journal);
}

int guard_reload(struct guard *g, struct problem *problem)
{
	int r = rules_load(g, problem);

	if (r < 0)
		return r;
	seeds_mark(g);
	if (sensor_adopt(g->sensor) < 0)
		log_warn("processes that run already could not all be looked at");
	r = file_deny_renew(g);
	if (r < 0)
		log_warn("file deny rules are not enforced: %s", strerror(-r));
	shipper_follow(g);
	tell_system(g, "reload", "rules reloaded");
	return 0;
}

void guard_drain(struct guard *g)
{
	(void)sensor_drain_decisions(g->sensor);
	(void)sensor_drain_telemetry(g->sensor, 1 << 16);
}

enum coverage guard_coverage(const struct guard *g)
{
	return sensor_coverage(g->sensor);
}

const struct policy *guard_policy(const struct guard *g)
{
	return g->policy;
}

struct sensor *guard_sensor(const struct guard *g)
{
	return g->sensor;
}
