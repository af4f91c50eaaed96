/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egret start: the guard in the foreground, or in the background once it enforces. Readiness: sd_notify for a service
 * manager, a byte on a pipe for --daemonize, a line for a person.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "../daemon/guard.h"

#define READY_WAIT_MS 30000

struct start_values {
	int mode; /* -1: as the watchlist says */
	const char *watchlist;
	bool foreground, daemonize, verbose;
	uint64_t ask_ms;
};

static const char *const modes[] = { "monitor", "enforce", "trace", NULL };

const struct option_row start_options[] = {
	{ "mode", 'm', "MODE", OPT_ENUM, modes, "as the watchlist says, else enforce",
	  "monitor says what would be done; enforce (or trace) holds and asks", offsetof(struct start_values, mode) },
	{ "watchlist", 'w', "FILE", OPT_STRING, NULL, "watchlist.yaml in the configuration directory", "what to watch",
	  offsetof(struct start_values, watchlist) },
	{ "foreground", 'f', NULL, OPT_FLAG, NULL, "on", "stay in the foreground",
	  offsetof(struct start_values, foreground) },
	{ "daemonize", 'd', NULL, OPT_FLAG, NULL, NULL, "go to the background once it enforces",
	  offsetof(struct start_values, daemonize) },
	{ "ask", 0, "TIME", OPT_DURATION, NULL, "45s", "how long a question stands before it counts as denied",
	  offsetof(struct start_values, ask_ms) },
	{ "verbose", 'v', NULL, OPT_FLAG, NULL, NULL, "more messages", offsetof(struct start_values, verbose) },
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
	if (ready_fd >= 0) {
		(void)!write(ready_fd, "1", 1);
		(void)close(ready_fd);
		return;
	}
	log_notice("%s with %s coverage; `egret status` and `egret prompts` talk to it (%s)",
		   guard_policy(g)->enforce ? "enforcing" : "monitoring", coverage_name(guard_coverage(g)),
		   c->runtime_dir);
}

/* The guard's whole life in this process. */
static int serve(struct cli *c, const struct start_values *v, int ready_fd)
{
	_cleanup_free_ char *own = path_join(c->config_dir, "catalog"), *list = watchlist_path(c, v->watchlist);
	struct guard_options o = {
		.state_dir = c->state_dir, .runtime_dir = c->runtime_dir, .mode = v->mode < 0 ? -1 : v->mode > 0,
		.ask_ms = v->ask_ms, .keep = true, .history = true, .control = true, .owner = getuid(),
		.sources = { .catalog_dir = catalog_dir(), .user_catalog = own, .watchlist = list,
			     .watchlist_required = v->watchlist != NULL },
	};
	struct problem p = {};
	sd_event *loop = NULL;
	struct guard *g;
	char text[1024];
	int r;

	if (!own || !list || sd_event_new(&loop) < 0)
		return cli_fail("out of memory");
	r = guard_open(&o, loop, &g, &p);
	if (r < 0) {
		(void)sd_event_unref(loop);
		return cli_fail("%s", p.text[0] ? problem_format(&p, text, sizeof(text)) : strerror(-r));
	}
	r = add_signals(loop, g);
	if (r == 0) {
		say_ready(c, g, ready_fd);
		r = sd_event_loop(loop);
	}
	(void)guard_close(g, false);
	(void)sd_event_unref(loop);
	return r < 0 ? cli_fail("the loop ended: %s", strerror(-r)) : CLI_OK;
}

static void detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	(void)!chdir("/");
	if (null < 0)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)close(null);
}

/* The child serves with its messages still on our stderr; we leave when it enforces or has failed. */
static int daemonize(struct cli *c, const struct start_values *v)
{
	int pipefd[2];
	char byte;
	pid_t pid;
	ssize_t n;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return cli_fail("no pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return cli_fail("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		(void)close(pipefd[0]);
		detach();
		_exit(serve(c, v, pipefd[1]));
	}
	(void)close(pipefd[1]);
	n = read(pipefd[0], &byte, 1);
	(void)close(pipefd[0]);
	if (n != 1)
		return CLI_FAILED; /* it has said why */
	log_notice("running in the background, pid %d", pid);
	return CLI_OK;
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
	if (cli_running(c))
		return cli_fail("a guard is running already (%s)", c->runtime_dir);
	r = make_dirs(c);
	if (r < 0)
		return cli_fail("cannot make %s and %s: %s", c->runtime_dir, c->state_dir, strerror(-r));
	block_signals();
	return v.daemonize ? daemonize(c, &v) : serve(c, &v, -1);
}
