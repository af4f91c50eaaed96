/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egret run: a guard for one command tree, in this process, with or without a daemon beside it. The command starts only
 * when the guard enforces; when it has ended, what it left behind goes on being guarded until it ends too, or until the
 * grace time is over and its flows are refused.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "../daemon/guard.h"
#include "summary.h"

struct run_values {
	int mode, unknown;
	const char *watchlist;
	bool strict, no_history, verbose;
	uint64_t ask_ms, linger_ms;
};

static const char *const modes[] = { "monitor", "enforce", NULL };
static const char *const unknowns[] = { "hold", "deny", "allow", NULL };

const struct option_row run_options[] = {
	{ "mode", 'm', "MODE", OPT_ENUM, modes, "enforce", "monitor lets everything pass and tells",
	  offsetof(struct run_values, mode) },
	{ "watchlist", 'w', "FILE", OPT_STRING, NULL, "watchlist.yaml in the configuration directory", "what to watch",
	  offsetof(struct run_values, watchlist) },
	{ "unknown", 'u', "VERDICT", OPT_ENUM, unknowns, "deny",
	  "for what no rule decides: hold asks (answer with `egret prompts`), deny, allow",
	  offsetof(struct run_values, unknown) },
	{ "strict", 's', NULL, OPT_FLAG, NULL, NULL, "exit with 86 if anything was denied",
	  offsetof(struct run_values, strict) },
	{ "ask", 0, "TIME", OPT_DURATION, NULL, "45s", "how long a question stands before it counts as denied",
	  offsetof(struct run_values, ask_ms) },
	{ "linger", 0, "TIME", OPT_DURATION, NULL, "until they end",
	  "how long to guard processes that the command left behind", offsetof(struct run_values, linger_ms) },
	{ "verbose", 'v', NULL, OPT_FLAG, NULL, NULL, "more messages", offsetof(struct run_values, verbose) },
	{ NULL },
};

struct run {
	sd_event *loop;
	struct guard *guard;
	struct summary *summary;
	pid_t child;
	int status; /* wait status, once it ended */
	bool ended;
	uint64_t ended_ns, linger_ns;
};

/* Waits for our byte, so that its first instruction is already under guard; then becomes the command. */
static void child_main(int go, char **command)
{
	sigset_t none;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go, &byte, 1) != 1)
		_exit(127);
	(void)prctl(PR_SET_PDEATHSIG, 0);
	(void)bootstrap_drop();
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execvp(command[0], command);
	(void)fprintf(stderr, "egret: cannot run %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int spawn(struct run *r, char **command, int *ret_go)
{
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	r->child = fork();
	if (r->child < 0)
		return -errno;
	if (r->child == 0) {
		(void)close(go[1]);
		child_main(go[0], command);
	}
	(void)close(go[0]);
	*ret_go = go[1];
	return 0;
}

/* We are the tree's subreaper: what it leaves behind becomes our child and must be waited for. The history process is our
 * child too, and the journal's to wait for. */
static void reap(struct run *r)
{
	siginfo_t si = {};
	int status;

	while (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid > 0) {
		if (si.si_pid == guard_front(r->guard) || waitpid(si.si_pid, &status, 0) < 0)
			break;
		if (si.si_pid == r->child) {
			r->status = status;
			r->ended = true;
			r->ended_ns = now_boot_ns();
		}
		si.si_pid = 0;
	}
	if (r->ended && guard_tree_empty(r->guard))
		(void)sd_event_exit(r->loop, 0);
}

static int on_child(sd_event_source *s, const struct signalfd_siginfo *si, void *user)
{
	(void)s;
	(void)si;
	reap(user);
	return 0;
}

/* Ctrl-C reaches the whole foreground group by itself; a signal to us alone is handed on. */
static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *user)
{
	struct run *r = user;

	(void)s;
	if (!r->ended && si->ssi_code <= 0)
		(void)kill(r->child, (int)si->ssi_signo);
	return 0;
}

static int on_tick(sd_event_source *s, uint64_t usec, void *user)
{
	struct run *r = user;

	reap(r);
	if (r->ended && r->linger_ns && now_boot_ns() - r->ended_ns > r->linger_ns)
		(void)sd_event_exit(r->loop, 0);
	(void)sd_event_source_set_time(s, usec + 100000);
	return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int add_sources(struct run *r)
{
	uint64_t now;
	int e = sd_event_add_signal(r->loop, NULL, SIGCHLD, on_child, r);

	if (e >= 0)
		e = sd_event_add_signal(r->loop, NULL, SIGINT, on_signal, r);
	if (e >= 0)
		e = sd_event_add_signal(r->loop, NULL, SIGTERM, on_signal, r);
	if (e >= 0)
		e = sd_event_now(r->loop, CLOCK_MONOTONIC, &now);
	if (e >= 0)
		e = sd_event_add_time(r->loop, NULL, CLOCK_MONOTONIC, now + 100000, 10000, on_tick, r);
	return e < 0 ? e : 0;
}

static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int exit_code(const struct run *r)
{
	if (!r->ended)
		return 128 + SIGKILL;
	return WIFEXITED(r->status) ? WEXITSTATUS(r->status) : 128 + WTERMSIG(r->status);
}

/* With the guard open: the command from start to end. */
static int guarded(struct run *r, char **command)
{
	int go = -1, e = add_sources(r);

	if (e == 0)
		e = spawn(r, command, &go);
	if (e < 0)
		return e;
	e = guard_add_tree(r->guard, r->child);
	if (e == 0)
		(void)!write(go, "1", 1);
	(void)close(go);
	if (e == 0)
		e = sd_event_loop(r->loop);
	guard_drain(r->guard);
	return e < 0 ? e : 0;
}

static int run_command(struct cli *c, const struct run_values *v, char **command)
{
	_cleanup_free_ char *own = path_join(c->config_dir, "catalog"), *list = watchlist_path(c, v->watchlist);
	struct run r = { .summary = summary_new(), .linger_ns = v->linger_ms * 1000000 };
	struct guard_options o = {
		.state_dir = c->state_dir, .runtime_dir = c->runtime_dir, .mode = v->mode, .unknown = (enum unknown)v->unknown,
		.ask_ms = v->ask_ms, .tree = true, .control = !cli_running(c), .history = !cli_running(c),
		.owner = getuid(), .on_record = summary_add, .user = r.summary,
		.sources = { .catalog_dir = catalog_dir(), .user_catalog = own, .watchlist = list,
			     .watchlist_required = v->watchlist != NULL },
	};
	struct problem p = {};
	char text[1024];
	int e, code;

	if (!own || !list || !r.summary || sd_event_new(&r.loop) < 0)
		return cli_fail("out of memory");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	e = guard_open(&o, r.loop, &r.guard, &p);
	if (e < 0)
		return cli_fail("%s", p.text[0] ? problem_format(&p, text, sizeof(text)) : strerror(-e));
	e = guarded(&r, command);
	code = exit_code(&r);
	if (e == 0)
		summary_print(r.summary, c, code, coverage_name(guard_coverage(r.guard)));
	if (e == 0 && v->strict && summary_denied(r.summary))
		code = CLI_DENIED;
	(void)guard_close(r.guard, false);
	(void)sd_event_unref(r.loop);
	r.summary = summary_free(r.summary);
	return e < 0 ? cli_fail("the guard failed: %s", strerror(-e)) : code;
}

int verb_run(struct cli *c, int argc, char **argv)
{
	struct run_values v = { .mode = 1, .unknown = UNKNOWN_DENY, .ask_ms = 45000 };
	int n = cli_parse(c, argc, argv, &v), r;

	if (n < 0)
		return cli_exit_of(n);
	if (bootstrap_caps(argv) < 0)
		return CLI_FAILED;
	if (v.verbose)
		log_set_level(LOG_LVL_DEBUG);
	r = mkdir_p(c->runtime_dir, 0700);
	if (r == 0)
		r = mkdir_p(c->state_dir, 0700);
	if (r < 0)
		return cli_fail("cannot make %s: %s", c->runtime_dir, strerror(-r));
	block_signals();
	return run_command(c, &v, argv + 1);
}
