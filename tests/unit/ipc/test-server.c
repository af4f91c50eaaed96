/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket end to end: the server on this process's loop, clients in children. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../../src/ipc/ipc.h"

#define NOBODY 65534

struct guard {
	sd_event *event;
	struct ipc_server *server;
	char dir[64], path[96];
	/* what the handler does and saw */
	size_t document_bytes;
	unsigned documents;
	int result;
	bool clean;
	unsigned calls, closed, asked_clean;
	pid_t pid;
	char words[256];
	struct ipc_reply *stream;
};


static int handle(void *user, const struct ipc_request *req, struct ipc_reply *reply)
{
	struct guard *g = user;
	_cleanup_free_ char *json = NULL;
	size_t i;
	unsigned n;

	g->calls++;
	g->pid = req->pid;
	for (i = 0; i < req->n_words; i++)
		(void)snprintf(g->words + strlen(g->words), sizeof(g->words) - strlen(g->words), "%s|", req->words[i]);
	if (req->row->streams)
		g->stream = reply;
	if (g->document_bytes) {
		json = malloc(g->document_bytes);
		assert_non_null(json);
		memset(json, '7', g->document_bytes);
	}
	for (n = 0; n < g->documents; n++)
		(void)ipc_reply_data(reply, json ? json : "{}", json ? g->document_bytes : 2);
	return g->result;
}

static bool peer_clean(void *user, pid_t pid)
{
	struct guard *g = user;

	g->asked_clean++;
	assert_int_not_equal(pid, 0);
	return g->clean;
}

static void closed(void *user, struct ipc_reply *reply)
{
	struct guard *g = user;

	assert_ptr_equal(reply, g->stream);
	g->closed++;
	g->stream = NULL;
}

static int open_server(struct guard *g, uid_t owner, mode_t mode)
{
	struct ipc_server_config config = { .path = g->path, .mode = mode, .owner = owner, .user = g, .handle = handle,
					    .peer_clean = peer_clean, .closed = closed };

	return ipc_server_open(g->event, &config, &g->server);
}

static int setup(void **state)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (!g || sd_event_new(&g->event) < 0)
		return -1;
	(void)snprintf(g->dir, sizeof(g->dir), "/tmp/egret-test-ipc.XXXXXX");
	if (!mkdtemp(g->dir) || chmod(g->dir, 0755) < 0)
		return -1;
	(void)snprintf(g->path, sizeof(g->path), "%s/" IPC_SOCKET, g->dir);
	g->clean = true;
	*state = g;
	return open_server(g, geteuid(), 0600);
}

static int teardown(void **state)
{
	struct guard *g = *state;

	(void)ipc_server_close(g->server);
	sd_event_unref(g->event);
	(void)unlink(g->path);
	(void)rmdir(g->dir);
	free(g);
	return 0;
}

/* Runs the client in a child while serving; returns the child's exit code (255: killed by a signal). */
static int serve(struct guard *g, int (*client)(const struct guard *g))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(10);
		_exit(client(g));
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		assert_true(sd_event_run(g->event, 5000) >= 0);
	while (sd_event_run(g->event, 0) > 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The whole answer: how it ended, documents and their bytes. */
struct answer {
	struct ipc_end end;
	unsigned documents;
	size_t bytes;
	int error;
};

static struct answer ask(const struct guard *g, const char *const *words)
{
	_cleanup_(ipc_client_closep) struct ipc_client *c = NULL;
	struct answer a = { 0 };
	const char *json;

	a.error = ipc_client_open(g->path, words, &c);
	while (a.error >= 0 && (a.error = ipc_client_next(c, true, &json, &a.end)) > 0) {
		a.documents++;
		a.bytes += strlen(json);
	}
	return a;
}

#define ASK(g, ...) ask((g), (const char *const[]){ __VA_ARGS__, NULL })

static int ask_status(const struct guard *g)
{
	struct answer a = ASK(g, "status");

	return a.error == 0 && a.end.code == IPC_OK && a.documents == g->documents &&
	       a.bytes == (g->document_bytes ? g->document_bytes : 2) * g->documents ? 0 : 1;
}

static void test_answers(void **state)
{
	struct guard *g = *state;

	g->documents = 1;
	assert_int_equal(serve(g, ask_status), 0);
	assert_string_equal(g->words, "status|");
	assert_int_equal(g->calls, 1);
	assert_int_equal(g->asked_clean, 0);
	assert_int_equal(ipc_server_stats(g->server)->requests, 1);
}

static void test_long_documents_arrive_whole(void **state)
{
	struct guard *g = *state;

	g->documents = 3;
	g->document_bytes = 5 * IPC_CHUNK_MAX;
	assert_int_equal(serve(g, ask_status), 0);
	g->document_bytes = 5 * IPC_CHUNK_MAX + 1;
	assert_int_equal(serve(g, ask_status), 0);
	assert_int_equal(ipc_server_stats(g->server)->lost, 0);
}

static int ask_too_much(const struct guard *g)
{
	struct answer a = ASK(g, "status");

	return a.error == 0 && a.end.code == IPC_FAILED && a.documents == 0 && strstr(a.end.sentence, "too long") ? 0
														  : 1;
}

static void test_queue_is_bounded_and_loss_is_said(void **state)
{
	struct guard *g = *state;

	g->documents = 1;
	g->document_bytes = IPC_QUEUE_MAX + 1;
	assert_int_equal(serve(g, ask_too_much), 0);
	assert_int_equal(ipc_server_stats(g->server)->lost, 1);
}

static int ask_failing(const struct guard *g)
{
	struct answer a = ASK(g, "status");

	return a.error == 0 && a.end.code == IPC_FAILED && strstr(a.end.sentence, "status: ") ? 0 : 1;
}

static void test_handlers_error_becomes_a_sentence(void **state)
{
	struct guard *g = *state;

	g->result = -EIO;
	assert_int_equal(serve(g, ask_failing), 0);
}

static int ask_nonsense(const struct guard *g)
{
	if (ASK(g, "nonsense").end.code != IPC_USAGE)
		return 1;
	if (ASK(g, "status", "more").end.code != IPC_USAGE)
		return 2;
	if (ASK(g, "allow").end.code != IPC_USAGE)
		return 3;
	return ASK(g, "allow", "1", "2", "3", "4").end.code == IPC_USAGE ? 0 : 4;
}

static void test_only_rows_of_the_table(void **state)
{
	struct guard *g = *state;

	assert_int_equal(serve(g, ask_nonsense), 0);
	assert_int_equal(g->calls, 0);
	assert_int_equal(ipc_server_stats(g->server)->refused, 4);
}

static int ask_allow(const struct guard *g)
{
	struct answer a = ASK(g, "allow", "17", "scope=program", "for=15m");

	return a.error == 0 ? (int)a.end.code : 100;
}

static int ask_deny(const struct guard *g)
{
	struct answer a = ASK(g, "deny", "17");

	return a.error == 0 ? (int)a.end.code : 100;
}

static void test_loosening_needs_a_clean_peer(void **state)
{
	struct guard *g = *state;

	g->clean = false;
	assert_int_equal(serve(g, ask_allow), IPC_REFUSED);
	assert_int_equal(g->calls, 0);
	assert_int_equal(g->asked_clean, 1);
	assert_int_equal(serve(g, ask_deny), IPC_OK);
	assert_int_equal(g->calls, 1);
	g->clean = true;
	g->words[0] = 0;
	assert_int_equal(serve(g, ask_allow), IPC_OK);
	assert_string_equal(g->words, "allow|17|scope=program|for=15m|");
	assert_true(g->pid > 0 && g->pid != getpid());
}

static int as_nobody(const struct guard *g)
{
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 99;
	if (ASK(g, "status").end.code != IPC_OK)
		return 1;
	return ASK(g, "prompts").end.code == IPC_REFUSED ? 0 : 2;
}

static void test_owner_only(void **state)
{
	struct guard *g = *state;

	if (geteuid() != 0)
		skip();
	g->server = ipc_server_close(g->server);
	assert_int_equal(open_server(g, 0, 0666), 0);
	assert_int_equal(serve(g, as_nobody), 0);
	g->server = ipc_server_close(g->server);
	assert_int_equal(open_server(g, NOBODY, 0666), 0);
	assert_int_equal(serve(g, as_nobody), 2);
}

static void test_socket_mode(void **state)
{
	struct guard *g = *state;
	struct stat st;

	assert_int_equal(stat(g->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* --- raw clients ------------------------------------------------------------------------------------- */

static int raw_connect(const struct guard *g)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", g->path);
	return fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0 ? fd : -1;
}

static int raw_send(int fd, const char *bytes, size_t len)
{
	char answer[2048];
	uint32_t code;
	ssize_t n;

	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 90;
	n = recv(fd, answer, sizeof(answer), 0);
	if (n < 5 || answer[0] != 'E')
		return 91;
	memcpy(&code, answer + 1, sizeof(code));
	return (int)code;
}

/* A clean process connects, another one sends. */
static int sent_by_child(const struct guard *g)
{
	int fd = raw_connect(g), status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(raw_send(fd, "allow\0" "1", 8));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int sent_by_itself(const struct guard *g)
{
	return raw_send(raw_connect(g), "allow\0" "1", 8);
}

static void test_inherited_connection_is_useless(void **state)
{
	struct guard *g = *state;

	assert_int_equal(serve(g, sent_by_child), IPC_REFUSED);
	assert_int_equal(g->calls, 0);
	assert_int_equal(serve(g, sent_by_itself), IPC_OK);
	assert_int_equal(g->calls, 1);
}

static int malformed(const struct guard *g)
{
	static char many[2 * (IPC_WORDS_MAX + 1)], huge[IPC_REQUEST_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(many); i += 2)
		many[i] = 'x';
	if (raw_send(raw_connect(g), "status", 6) != IPC_USAGE) /* no NUL */
		return 1;
	if (raw_send(raw_connect(g), many, sizeof(many)) != IPC_USAGE)
		return 2;
	if (raw_send(raw_connect(g), huge, sizeof(huge)) != IPC_USAGE)
		return 3;
	return raw_send(raw_connect(g), "\0", 1) == IPC_USAGE ? 0 : 4;
}

static void test_malformed(void **state)
{
	struct guard *g = *state;

	assert_int_equal(serve(g, malformed), 0);
	assert_int_equal(g->calls, 0);
}

static int crowd(const struct guard *g)
{
	int i;

	for (i = 0; i < IPC_CLIENTS_MAX + 8; i++)
		if (raw_connect(g) < 0)
			return 1;
	return ASK(g, "status").end.code == IPC_OK ? 0 : 2;
}

static void test_idle_crowd_locks_nobody_out(void **state)
{
	struct guard *g = *state;

	assert_int_equal(serve(g, crowd), 0);
	assert_int_equal(g->calls, 1);
	assert_true(ipc_server_stats(g->server)->turned_away >= 8);
}

/* Sends a descriptor along; the guard must not keep it. */
static int sends_descriptor(const struct guard *g)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char word[] = "status";
	struct iovec iov = { .iov_base = word, .iov_len = sizeof(word) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int fd = raw_connect(g), zero = 0, pair[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 99;
	CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &pair[1], sizeof(int));
	if (sendmsg(fd, &m, 0) < 0)
		return 1;
	(void)close(pair[1]);
	/* End of file comes only when the guard has closed its copy. */
	return read(pair[0], &byte, 1) == 0 ? zero : 2;
}

static void test_descriptors_are_closed(void **state)
{
	assert_int_equal(serve(*state, sends_descriptor), 0);
}

/* --- streams ----------------------------------------------------------------------------------------- */

static int watch_and_leave(const struct guard *g)
{
	_cleanup_(ipc_client_closep) struct ipc_client *c = NULL;
	static const char *const words[] = { "watch-prompts", NULL };
	struct ipc_end end;
	const char *json;

	if (ipc_client_open(g->path, words, &c) < 0)
		return 1;
	return ipc_client_next(c, true, &json, &end) == 1 && streq(json, "{}") ? 0 : 2;
}

static void test_stream_stays_until_the_client_leaves(void **state)
{
	struct guard *g = *state;

	g->documents = 1;
	assert_int_equal(serve(g, watch_and_leave), 0);
	assert_int_equal(g->closed, 1);
	assert_null(g->stream);
}

static int watch_without_reading(const struct guard *g)
{
	static const char word[] = "watch-prompts";
	int fd = raw_connect(g);

	if (send(fd, word, sizeof(word), 0) < 0)
		return 1;
	(void)usleep(200000);
	return 0;
}

static void test_stream_that_nobody_reads_is_bounded(void **state)
{
	struct guard *g = *state;

	g->documents = 200;
	g->document_bytes = IPC_CHUNK_MAX;
	assert_int_equal(serve(g, watch_without_reading), 0);
	assert_true(ipc_server_stats(g->server)->lost > 100);
	assert_int_equal(g->closed, 1);
}

/* --- the socket file --------------------------------------------------------------------------------- */

static void test_second_server_is_refused_stale_socket_is_not(void **state)
{
	struct guard *g = *state;
	struct ipc_server *first = g->server;
	char moved[128];

	assert_int_equal(open_server(g, 0, 0600), -EADDRINUSE);
	assert_ptr_equal(g->server, first);
	/* A killed guard leaves its file: closing removes the name, so put it back. */
	(void)snprintf(moved, sizeof(moved), "%s.left", g->path);
	assert_int_equal(link(g->path, moved), 0);
	g->server = ipc_server_close(first);
	assert_int_equal(rename(moved, g->path), 0);
	assert_int_equal(ASK(g, "status").error, -ECONNREFUSED);
	assert_int_equal(open_server(g, 0, 0600), 0);
	assert_int_equal(serve(g, ask_status), 0);
}

static void test_no_guard(void **state)
{
	struct guard *g = *state;

	g->server = ipc_server_close(g->server);
	assert_int_equal(ASK(g, "status").error, -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_documents_arrive_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue_is_bounded_and_loss_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(test_handlers_error_becomes_a_sentence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_rows_of_the_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loosening_needs_a_clean_peer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inherited_connection_is_useless, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle_crowd_locks_nobody_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors_are_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_stays_until_the_client_leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_that_nobody_reads_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_server_is_refused_stale_socket_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_guard, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
