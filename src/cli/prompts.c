/* SPDX-License-Identifier: Apache-2.0 */
/* egret prompts: the open questions, once or as they come, and on a terminal with keys to answer them. */
#include "card.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

#include "../ipc/ipc.h"

#define SEEN_MAX 256 /* prompts remembered as printed or put off; the guard holds fewer at a time */

struct prompts_values {
	bool watch;
};

const struct option_row prompts_options[] = {
	{ "watch", 'w', NULL, OPT_FLAG, NULL, NULL,
	  "stay, and show questions as they come; on a terminal answer them by keys",
	  offsetof(struct prompts_values, watch) },
	{ NULL },
};

/* Ids that were shown (or put off) already; the oldest is forgotten first. */
struct seen {
	uint64_t ids[SEEN_MAX];
	size_t n;
};

struct watch {
	struct cli *c;
	struct ipc_client *client;
	json_t *prompts; /* the newest answer's array, owned; NULL before the first */
	struct seen seen;
	struct keys keys;
	uint64_t current; /* id of the card on the screen, 0 = none */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number _unused_)
{
	interrupted = 1;
}

static bool seen_before(const struct seen *s, uint64_t id)
{
	size_t i;

	for (i = 0; i < MIN(s->n, (size_t)SEEN_MAX); i++)
		if (s->ids[i] == id)
			return true;
	return false;
}

static void seen_add(struct seen *s, uint64_t id)
{
	s->ids[s->n++ % SEEN_MAX] = id;
}

static void print_card(const struct cli *c, const json_t *prompt)
{
	_cleanup_buf_ struct buf b = { 0 };

	buf_init(&b, 0);
	card_format(c, prompt, now_wall_ms(), &b);
	(void)puts(buf_str(&b));
	(void)fflush(stdout);
}

static void print_all(struct cli *c, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "prompts"), *prompt;
	size_t i;

	if (!json_array_size(list))
		(void)puts("Nothing waits for an answer.");
	json_array_foreach(list, i, prompt)
		print_card(c, prompt);
}

/* --- watching ---------------------------------------------------------------------------------------- */

static const json_t *prompt_by_id(const struct watch *w, uint64_t id)
{
	const json_t *prompt;
	size_t i;

	json_array_foreach(w->prompts, i, prompt)
		if (json_number(prompt, "id") == id)
			return prompt;
	return NULL;
}

static void take_document(struct watch *w, const char *json)
{
	json_t *doc = json_loads(json, 0, NULL);

	json_decref(w->prompts);
	w->prompts = json_incref(json_object_get(doc, "prompts"));
	json_decref(doc);
}

static void print_new(struct watch *w)
{
	const json_t *prompt;
	size_t i;

	json_array_foreach(w->prompts, i, prompt) {
		if (seen_before(&w->seen, json_number(prompt, "id")))
			continue;
		seen_add(&w->seen, json_number(prompt, "id"));
		print_card(w->c, prompt);
	}
}

/* Without a terminal: each question once, or with --json each answer of the guard as a line. */
static int watch_plain(struct watch *w)
{
	struct ipc_end end = { 0 };
	const char *json;
	int r;

	while ((r = ipc_client_next(w->client, true, &json, &end)) > 0) {
		if (w->c->json) {
			cli_out_json(json);
			continue;
		}
		take_document(w, json);
		print_new(w);
	}
	if (r < 0)
		return cli_no_guard(w->c, r);
	return end.code ? (cli_fail("%s", end.sentence), (int)end.code) : CLI_OK;
}

/* --- on a terminal ----------------------------------------------------------------------------------- */

static uint64_t clock_ms(void)
{
	return now_boot_ns() / 1000000;
}

static void print_choice(const struct watch *w)
{
	(void)printf("     %s[a]llow/[d]eny once; [A]/[D] for %s; for this %s; [?] keys%s\n",
		     cli_colour(w->c, COLOUR_DIM), answer_spans[w->keys.span],
		     w->keys.scope == ANSWER_ANY ? "program to any destination" : answer_scopes[w->keys.scope],
		     cli_colour(w->c, COLOUR_OFF));
	(void)fflush(stdout);
}

static void show(struct watch *w, const json_t *prompt)
{
	w->current = json_number(prompt, "id");
	(void)putchar('\n');
	print_card(w->c, prompt);
	/* What was typed before this card appeared was not meant for it. */
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	keys_reset(&w->keys, clock_ms());
	print_choice(w);
}

/* Keeps the card while its prompt lives; else takes the first that was not put off. */
static void choose_card(struct watch *w)
{
	const json_t *prompt;
	size_t i;

	if (w->current && prompt_by_id(w, w->current))
		return;
	if (w->current)
		(void)printf("#%" PRIu64 " is closed.\n", w->current);
	w->current = 0;
	json_array_foreach(w->prompts, i, prompt)
		if (!seen_before(&w->seen, json_number(prompt, "id"))) {
			show(w, prompt);
			return;
		}
	(void)printf("%sWaiting for questions. q quits.%s\n", cli_colour(w->c, COLOUR_DIM),
		     cli_colour(w->c, COLOUR_OFF));
	(void)fflush(stdout);
}

static void put_off(struct watch *w)
{
	if (!w->current)
		return;
	seen_add(&w->seen, w->current);
	(void)printf("#%" PRIu64 " waits; egret prompts shows it again.\n", w->current);
	w->current = 0;
	choose_card(w);
}

static void next_card(struct watch *w)
{
	const json_t *prompt;
	bool after = false;
	size_t i;

	json_array_foreach(w->prompts, i, prompt) {
		if (after) {
			show(w, prompt);
			return;
		}
		after = json_number(prompt, "id") == w->current;
	}
	if (json_array_size(w->prompts))
		show(w, json_array_get(w->prompts, 0));
}

static void send_answer(struct watch *w, const char *verb)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "%" PRIu64, w->current);
	if (answer_send(w->c, verb, id, answer_scopes[w->keys.scope],
			answer_spans[w->keys.once ? 0 : w->keys.span]) == CLI_OK)
		seen_add(&w->seen, w->current);
	(void)fflush(stdout);
}

/* False to leave. */
static bool act(struct watch *w, enum key_action action)
{
	if (action == KEY_QUIT)
		return false;
	if (action == KEY_HELP)
		(void)fputs(keys_help(), stdout);
	if (action == KEY_NEXT)
		next_card(w);
	if (!w->current)
		return true;
	if (action == KEY_ALLOW || action == KEY_DENY)
		send_answer(w, action == KEY_ALLOW ? "allow" : "deny");
	else if (action == KEY_CONFIRM)
		(void)puts("     It carries a secret. Press again to let it reach any destination.");
	else if (action == KEY_CHANGED)
		print_choice(w);
	else if (action == KEY_LATER)
		put_off(w);
	(void)fflush(stdout);
	return true;
}

/* 1: go on, 0: leave, -errno. */
static int read_keys(struct watch *w)
{
	char bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	return n > 0 && act(w, keys_press(&w->keys, bytes, (size_t)n, clock_ms()));
}

static int read_guard(struct watch *w)
{
	struct ipc_end end = { 0 };
	const char *json;
	int r;

	while ((r = ipc_client_next(w->client, false, &json, &end)) > 0) {
		take_document(w, json);
		choose_card(w);
	}
	if (r == -EAGAIN)
		return 1;
	if (r == 0 && end.code)
		(void)cli_fail("%s", end.sentence);
	return r == 0 && end.code ? -EACCES : r;
}

static int interact(struct watch *w)
{
	struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN },
			      { .fd = ipc_client_fd(w->client), .events = POLLIN } };
	int r = 1;

	while (r > 0 && !interrupted) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0) {
			r = errno == EINTR ? 1 : -errno;
			continue;
		}
		if (p[1].revents)
			r = read_guard(w);
		if (r > 0 && p[0].revents)
			r = read_keys(w);
	}
	return r < 0 ? cli_no_guard(w->c, r) : CLI_OK;
}

/* A program on the same terminal can type for its user where the kernel still lets it (TIOCSTI; dev.tty.legacy_tiocsti
 * since 6.2): an answer typed here may then not be a person's. */
static void warn_typing(void)
{
	_cleanup_free_ char *text = NULL;

	if (file_read(AT_FDCWD, "/proc/sys/dev/tty/legacy_tiocsti", 16, &text, NULL) == 0 && text[0] == '0')
		return;
	(void)puts("This kernel lets programs type into their own terminal: run egret prompts in one that nothing "
		   "else uses.");
}

/* Keys one by one, unseen; Ctrl-C is a key, so that the terminal is always put back. */
static int watch_terminal(struct watch *w)
{
	static const struct sigaction leave = { .sa_handler = on_signal };
	struct termios before, raw;
	int r;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return cli_fail("cannot read the terminal's settings: %s", strerror(errno));
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	(void)sigaction(SIGTERM, &leave, NULL);
	(void)sigaction(SIGHUP, &leave, NULL);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return cli_fail("cannot change the terminal's settings: %s", strerror(errno));
	warn_typing();
	(void)fputs(keys_help(), stdout);
	r = interact(w);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	return r;
}

static int watch_prompts(struct cli *c)
{
	static const char *const words[] = { "watch-prompts", NULL };
	_cleanup_free_ char *path = control_path(c);
	struct watch w = { .c = c };
	int r;

	if (!path)
		return cli_fail("out of memory");
	r = ipc_client_open(path, words, &w.client);
	if (r < 0)
		return cli_no_guard(c, r);
	r = !c->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? watch_terminal(&w) : watch_plain(&w);
	(void)ipc_client_close(w.client);
	json_decref(w.prompts);
	return r;
}

int verb_prompts(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "prompts", NULL };
	struct prompts_values o = { 0 };
	int n = cli_parse(c, argc, argv, &o);

	if (n < 0)
		return cli_exit_of(n);
	return o.watch ? watch_prompts(c) : cli_ask(c, words, print_all);
}
