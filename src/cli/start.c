/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egret start: the guard in the foreground, or in the background once it enforces. Readiness: sd_notify for a service
 * manager, a byte on a pipe for --daemonize, a line for a person.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "../daemon/guard.h"
#include "instance.h"

/* What was not given stays NULL, 0 or -1: an option's default never overrides a file. */
struct start_values {
	int mode; /* -1: as the files say */
	const char *watchlist, *policy, *rules_file, *rules_dir, *output, *cgroup;
	struct option_words allowed_hosts, allowed_ips;
	int local_ranges, github_meta, metadata, monitor_processes; /* SWITCH_* */
	bool foreground, daemonize, verbose, pretty;
	uint64_t ask_ms;
};
_Static_assert(SWITCH_NO == (int)SAID_NO && SWITCH_YES == (int)SAID_YES && SWITCH_UNSAID == (int)SAID_NOTHING,
	       "switches are handed on as they are");

static const char *const modes[] = { "monitor", "enforce", "trace", NULL };

#define AT(member) offsetof(struct start_values, member)
const struct option_row start_options[] = {
	{ "mode", 'm', "MODE", OPT_ENUM, modes, "as the files say, else enforce",
	  "monitor says what would be done; enforce (or trace) holds and asks", AT(mode) },
	{ "watchlist", 'w', "FILE", OPT_STRING, NULL, "watchlist.yaml in the configuration directory", "what to watch",
	  AT(watchlist) },
	{ "policy", 'p', "FILE", OPT_STRING, NULL, "policy.yaml in the configuration directory, if it is there",
	  "what a job may do: a policy.yaml, or a folder of them", AT(policy) },
	{ "rules-file", 0, "FILE", OPT_STRING, NULL, NULL, "a policy.yaml, as --policy", AT(rules_file) },
	{ "rules-dir", 0, "DIR", OPT_STRING, NULL, NULL, "a folder of policy files, merged in order of their names",
	  AT(rules_dir) },
	{ "allowed-hosts", 0, "HOST,..", OPT_WORDS, NULL, NULL, "hosts that everybody may reach, beside those of the files",
	  AT(allowed_hosts) },
	{ "allowed-ips", 0, "ADDRESS,..", OPT_WORDS, NULL, NULL,
	  "addresses and networks that everybody may reach, beside those of the files", AT(allowed_ips) },
	{ "allow-local-ranges", 0, NULL, OPT_SWITCH, NULL, "as the files say, else yes", "private address ranges may be reached",
	  AT(local_ranges) },
	{ "allow-github-meta", 0, NULL, OPT_SWITCH, NULL, "as the files say, else no",
	  "the published address ranges of GitHub may be reached", AT(github_meta) },
	{ "allow-metadata", 0, NULL, OPT_SWITCH, NULL, "as the files say, else no",
	  "the metadata services of clouds may be reached", AT(metadata) },
	{ "monitor-processes", 0, NULL, OPT_SWITCH, NULL, "as the files say, else yes",
	  "tell of every process that starts and ends", AT(monitor_processes) },
	{ "cgroup-path", 0, "DIR", OPT_STRING, NULL, "all processes",
	  "guard the connections of one cgroup (v2) and those below it only", AT(cgroup) },
	{ "output-file-name", 'o', "FILE", OPT_STRING, NULL, "none; `egret report` reads the history",
	  "where to write the report, one JSON object per line", AT(output) },
	{ "pretty", 0, NULL, OPT_FLAG, NULL, NULL, "`egret stop` shows processes as a tree", AT(pretty) },
	{ "foreground", 'f', NULL, OPT_FLAG, NULL, "on", "stay in the foreground", AT(foreground) },
	{ "daemonize", 'd', NULL, OPT_FLAG, NULL, NULL, "go to the background once it enforces", AT(daemonize) },
	{ "ask", 0, "TIME", OPT_DURATION, NULL, "45s", "how long a question stands before it counts as denied",
	  AT(ask_ms) },
	{ "verbose", 'v', NULL, OPT_FLAG, NULL, NULL, "more messages", AT(verbose) },
	{ NULL },
};

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *user)
{
	struct guard *g = user;
	struct problem p = {};
	char text[1024];

	if (si->ssi_signo != SIGHUP)
		return sd_event_exit(sd_event_source_get_event(s), 0);
	if (guard_reload(g, &p) < 0)
		log_error("%s; the old rules stay", problem_format(&p, text, sizeof(text)));
	else
		log_notice("rules reloaded");
	return 0;
}

static int add_signals(sd_event *loop, struct guard *g)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < ARRAY_SIZE(signals); i++)
		r = sd_event_add_signal(loop, NULL, signals[i], on_signal, g);
	return r < 0 ? r : 0;
}

static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int make_dirs(const struct cli *c)
{
	int r = mkdir_p(c->runtime_dir, 0700);

	if (r == 0)
		r = mkdir_p(c->state_dir, 0700);
	return r;
}

static void say_ready(const struct cli *c, const struct guard *g, int ready_fd)
{
	(void)sd_notify(0, "READY=1");
	log_notice("%s with %s coverage; `egret status` and `egret prompts` talk to it (%s)",
		   guard_policy(g)->enforce ? "enforcing" : "monitoring", coverage_name(guard_coverage(g)),
		   c->runtime_dir);
	if (ready_fd < 0)
		return;
	(void)!write(ready_fd, "1", 1);
	(void)close(ready_fd);
}

/* Where everything lies, absolute: a guard in the background works in /. */
struct places {
	char *state_dir, *runtime_dir, *catalog, *watchlist, *policy, *rules_dir, *output, *cgroup;
	int report_fd; /* 0: none */
};

static void places_done(struct places *p)
{
	free(p->state_dir);
	free(p->runtime_dir);
	free(p->catalog);
	free(p->watchlist);
	free(p->policy);
	free(p->rules_dir);
	free(p->output);
	free(p->cgroup);
	if (p->report_fd)
		(void)close(p->report_fd);
}

static char *absolute(const char *path)
{
	char here[PATH_MAX];

	if (path[0] == '/')
		return strdup(path);
	return getcwd(here, sizeof(here)) ? path_join(here, path) : NULL;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int set(char **at, const char *path)
{
	free(*at);
	*at = absolute(path);
	return *at ? 0 : -ENOMEM;
}

static int make_absolute(char **at)
{
	_cleanup_free_ char *path = TAKE_PTR(*at);

	return set(at, path);
}

/* --policy takes either; a policy.yaml of the configuration directory counts only where none is named. */
static int find_policy(const struct cli *c, const struct start_values *v, struct places *p)
{
	_cleanup_free_ char *own = path_join(c->config_dir, "policy.yaml");
	const char *file = v->policy && !is_folder(v->policy) ? v->policy : v->rules_file;
	const char *dir = v->policy && is_folder(v->policy) ? v->policy : v->rules_dir;
	int r;

	if (!own)
		return -ENOMEM;
	if (!file && !dir && access(own, F_OK) == 0)
		file = own;
	r = file ? set(&p->policy, file) : 0;
	return r == 0 && dir ? set(&p->rules_dir, dir) : r;
}

static int find_output(const struct start_values *v, struct places *p)
{
	int r = set(&p->output, v->output);

	if (r == 0)
		r = file_open_own(p->output, (uid_t)-1, &p->report_fd);
	/* made by an earlier version with other rights, perhaps */
	if (r == 0 && fchmod(p->report_fd, 0600) < 0)
		r = -errno;
	return r;
}

static int find_places(struct cli *c, const struct start_values *v, struct places *p)
{
	int r = set(&p->state_dir, c->state_dir);

	if (r == 0)
		r = set(&p->runtime_dir, c->runtime_dir);
	if (r < 0)
		return cli_fail("out of memory");
	c->state_dir = p->state_dir;
	c->runtime_dir = p->runtime_dir;
	p->catalog = path_join(c->config_dir, "catalog");
	p->watchlist = watchlist_path(c, v->watchlist);
	if (!p->catalog || !p->watchlist || find_policy(c, v, p) < 0)
		return cli_fail("out of memory");
	if (make_absolute(&p->catalog) < 0 || make_absolute(&p->watchlist) < 0)
		return cli_fail("out of memory");
	if (v->cgroup && set(&p->cgroup, v->cgroup) < 0)
		return cli_fail("out of memory");
	r = v->output ? find_output(v, p) : 0;
	return r < 0 ? cli_fail("cannot write the report to %s: %s", v->output, file_open_own_text(r)) : 0;
}

static struct guard_options options_of(const struct cli *c, const struct start_values *v, const struct places *p)
{
	return (struct guard_options){
		.state_dir = c->state_dir, .runtime_dir = c->runtime_dir, .mode = v->mode < 0 ? -1 : v->mode > 0,
		.ask_ms = v->ask_ms, .keep = true, .history = true, .control = true, .owner = getuid(),
		.report_fd = p->report_fd, .cgroup = p->cgroup,
		.sources = { .catalog_dir = catalog_dir(), .user_catalog = p->catalog, .watchlist = p->watchlist,
			     .watchlist_required = v->watchlist != NULL, .rules_file = p->policy,
			     .rules_dir = p->rules_dir,
			     .flags = { .allowed_hosts = (const char *const *)v->allowed_hosts.item,
					.allowed_ips = (const char *const *)v->allowed_ips.item,
					.local_ranges = (enum said)v->local_ranges,
					.github_meta = (enum said)v->github_meta, .metadata = (enum said)v->metadata,
					.process_events = (enum said)v->monitor_processes } },
	};
}

/* For `egret stop`, which may come when we were killed. */
static void tell_instance(const struct cli *c, const struct start_values *v, const struct places *p,
			  const struct guard *g, uint64_t since_ms)
{
	struct instance i = { .pid = getpid(), .front = guard_front(g), .start = process_start(getpid()),
			      .since_ms = since_ms, .enforce = guard_policy(g)->enforce, .tree = v->pretty,
			      .coverage = (char *)(uintptr_t)coverage_name(guard_coverage(g)), .report = p->output };
	int r = instance_write(c, &i);

	if (r < 0)
		log_warn("no pid file in %s: %s", c->runtime_dir, strerror(-r));
}

/* The guard's whole life in this process. */
static int serve(struct cli *c, const struct start_values *v, const struct places *places, int ready_fd)
{
	struct guard_options o = options_of(c, v, places);
	uint64_t since_ms = now_wall_ms();
	struct problem p = {};
	sd_event *loop = NULL;
	struct guard *g;
	char text[1024];
	int r;

	if (sd_event_new(&loop) < 0)
		return cli_fail("out of memory");
	r = guard_open(&o, loop, &g, &p);
	if (r < 0) {
		(void)sd_event_unref(loop);
		return cli_fail("%s", p.text[0] ? problem_format(&p, text, sizeof(text)) : strerror(-r));
	}
	tell_instance(c, v, places, g, since_ms);
	r = add_signals(loop, g);
	if (r == 0) {
		say_ready(c, g, ready_fd);
		r = sd_event_loop(loop);
	}
	(void)guard_close(g, false);
	instance_remove(c);
	(void)sd_event_unref(loop);
	return r < 0 ? cli_fail("the loop ended: %s", strerror(-r)) : CLI_OK;
}

/* --- in the background -------------------------------------------------------------------------------- */

/* A descriptor of the caller that we kept would keep whoever reads its other end waiting: `egret start -d | tee log`. */
static void detach(int log)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	(void)!chdir("/");
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)close(null);
	}
	(void)dup2(log, STDERR_FILENO);
	(void)close(log);
}

/* What the child said before it was ready, or died. */
static void repeat_log(int log)
{
	char text[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(log, text, sizeof(text), at)) > 0) {
		(void)!write(STDERR_FILENO, text, (size_t)n);
		at += n;
	}
}

static int open_log(const struct cli *c)
{
	_cleanup_free_ char *path = path_join(c->runtime_dir, INSTANCE_LOG);
	_cleanup_close_ int fd = -1;
	int r = path ? file_open_own(path, (uid_t)-1, &fd) : -ENOMEM;

	if (r < 0) {
		(void)cli_fail("cannot write %s: %s", path ? path : INSTANCE_LOG, file_open_own_text(r));
		return r;
	}
	if (ftruncate(fd, 0) < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static pid_t fork_guard(struct cli *c, const struct start_values *v, const struct places *p, int log, int *ret_ready)
{
	int pipefd[2];
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)close(pipefd[0]);
		detach(log);
		_exit(serve(c, v, p, pipefd[1]));
	}
	(void)close(pipefd[1]);
	*ret_ready = pipefd[0];
	return pid < 0 ? -errno : pid;
}

/* We leave when the child enforces or has failed; then its exit code is ours. */
static int daemonize(struct cli *c, const struct start_values *v, const struct places *p)
{
	_cleanup_close_ int log = open_log(c), ready = -1;
	int status = 0;
	char byte;
	pid_t pid;

	if (log < 0)
		return CLI_FAILED;
	pid = fork_guard(c, v, p, log, &ready);
	if (pid < 0)
		return cli_fail("cannot start in the background: %s", strerror(-pid));
	if (read(ready, &byte, 1) == 1) {
		repeat_log(log);
		log_notice("running in the background, pid %d; its messages go to %s/" INSTANCE_LOG, pid, c->runtime_dir);
		return CLI_OK;
	}
	(void)waitpid(pid, &status, 0);
	repeat_log(log);
	if (!WIFEXITED(status))
		return cli_fail("the guard died before it enforced (signal %d)", WTERMSIG(status));
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : CLI_FAILED;
}

/* --- the verb ----------------------------------------------------------------------------------------- */

static int start(struct cli *c, const struct start_values *v)
{
	struct places p = { 0 };
	int r;

	if (cli_running(c))
		return cli_fail("a guard is running already (%s)", c->runtime_dir);
	r = make_dirs(c);
	if (r < 0)
		return cli_fail("cannot make %s and %s: %s", c->runtime_dir, c->state_dir, strerror(-r));
	block_signals();
	r = find_places(c, v, &p);
	if (r == 0)
		r = v->daemonize ? daemonize(c, v, &p) : serve(c, v, &p, -1);
	places_done(&p);
	return r;
}

int verb_start(struct cli *c, int argc, char **argv)
{
	struct start_values v = { .mode = -1, .ask_ms = 45000 };
	int n = cli_parse(c, argc, argv, &v), r;

	if (n < 0)
		return cli_exit_of(n);
	if (bootstrap_caps(argv) < 0)
		return CLI_FAILED;
	if (v.verbose)
		log_set_level(LOG_LVL_DEBUG);
	r = start(c, &v);
	option_words_done(&v.allowed_hosts);
	option_words_done(&v.allowed_ips);
	return r;
}
