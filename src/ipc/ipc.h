/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of ipc/: how the command line talks to the running guard.
 *
 * A unix SOCK_SEQPACKET socket at <runtime directory>/control.sock. One connection carries one request: a message of
 * NUL-terminated words ("allow" "17" "scope=program" "for=15m"), nothing richer, because the privileged side parses it.
 * The answer is a sequence of messages, each a type byte and its body:
 *   'P' a piece of a JSON document, more follows · 'D' the last (or only) piece of a document
 *   'E' the end: a code (u32, host order) and one sentence for people (no NUL). The server closes after it.
 * A streaming request ("watch-prompts") gets documents until the client closes.
 *
 * Owner: the guard owns the server, on its own sd-event loop. Invariants: I1 a request is answered only if a row of
 * the table permits it; I2 the process that sends a request is the one that connected, as the kernel tells it
 * (SCM_CREDENTIALS, SO_PEERCRED), so a socket handed to or inherited by another process is useless; I3 nothing waits
 * for a client: what does not fit its queue is dropped whole, never in part, and counted.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-event.h>

#include "../base/base.h"

#define IPC_SOCKET	"control.sock" /* in the runtime directory */
#define IPC_REQUEST_MAX 4096	       /* bytes of a request */
#define IPC_WORDS_MAX	32	       /* words of a request, its name included */
#define IPC_CHUNK_MAX	32768	       /* JSON bytes in one message */
#define IPC_SENTENCE_MAX 1024	       /* bytes of the closing sentence */
#define IPC_CLIENTS_MAX 32	       /* connections; when all are taken the oldest is dropped */
#define IPC_QUEUE_MAX	(1u << 20)     /* bytes waiting for one client */

/* --- the table of requests --------------------------------------------------------------------------- */

/* Numbers are for handlers' switches only; on the wire a request is its name. */
enum ipc_id {
	IPC_STATUS,
	IPC_PROMPTS,
	IPC_WATCH_PROMPTS,
	IPC_ALLOW,
	IPC_DENY,
	IPC_TAINT,
	IPC_UNTAINT,
	IPC_RELOAD,
	IPC_STOP,
	IPC_COVERAGE,
	_IPC_MAX
};

enum ipc_who {
	IPC_ANYONE, /* whoever the socket's mode lets in */
	IPC_OWNER,  /* the user the guard serves, or root */
	IPC_ROOT,
};

struct ipc_row {
	const char *name;
	enum ipc_id id;
	unsigned min_words, max_words; /* beside the name */
	enum ipc_who who;
	bool loosens; /* lowers protection: the peer must be neither tainted nor the descendant of a tainted process */
	bool streams; /* documents until the client closes */
	const char *help;
};

/* The row of that name, or NULL. */
const struct ipc_row *ipc_row_find(const char *name);
/* Row number i, NULL beyond the last. */
const struct ipc_row *ipc_row_at(size_t i);

/* How a request ended; the command line exits with the same number. */
enum ipc_code { IPC_OK = 0, IPC_FAILED = 1, IPC_USAGE = 2, IPC_REFUSED = 4 };

/* --- the guard's side -------------------------------------------------------------------------------- */

/* What a handler is given. Valid until it returns. */
struct ipc_request {
	const struct ipc_row *row;
	const char *words[IPC_WORDS_MAX + 1]; /* words[0] is the name; NULL after the last; any bytes but NUL */
	size_t n_words;
	pid_t pid; /* who asks, as seen from here; 0 = not visible in our pid namespace */
	uid_t uid;
};

/* The value of a "key=value" word, NULL if none is there. */
const char *ipc_request_value(const struct ipc_request *req, const char *key);

/* One answer in progress. Lives until ipc_reply_end; for a streaming row until `closed` is called with it. */
struct ipc_reply;

/* Sends one whole JSON document. -ENOBUFS: it did not fit the client's queue, was dropped and counted (an answer that
 * lost a document ends as failed). -EPIPE: the client is gone. Handlers may ignore the result. */
int ipc_reply_data(struct ipc_reply *reply, const char *json, size_t len);
/* Ends the answer; the reply may not be used afterwards. The sentence is for people, without a line break. */
void ipc_reply_end(struct ipc_reply *reply, enum ipc_code code, const char *fmt, ...) _printf_(3, 4);

struct ipc_server;

struct ipc_server_config {
	const char *path; /* of the socket; a stale one is replaced, a live one is -EADDRINUSE */
	mode_t mode;	  /* of the socket: 0600 unless a group may use it */
	uid_t owner;	  /* who IPC_OWNER means */
	void *user;	  /* given to the callbacks */
	/* Called for a permitted request. Answers by ipc_reply_data / ipc_reply_end, now or (streaming rows) later.
	 * 0: an answer not ended yet ends as OK, a streaming one stays open. -errno: ends as failed with its text.
	 * It may not close the server. */
	int (*handle)(void *user, const struct ipc_request *req, struct ipc_reply *reply);
	/* True if pid is untainted and no descendant of a tainted process. Asked for rows that loosen; required. */
	bool (*peer_clean)(void *user, pid_t pid);
	/* A streaming answer's client is gone; the reply is invalid afterwards. May be NULL. */
	void (*closed)(void *user, struct ipc_reply *reply);
};

struct ipc_stats {
	uint64_t requests;
	uint64_t refused;      /* requests that no row, owner or clean state permitted, or that were malformed */
	uint64_t lost;	       /* documents that did not fit a queue */
	uint64_t turned_away;  /* connections dropped because all places were taken */
};

/* Binds the socket (its directory exists) and serves it on `event`, which is borrowed. *config is copied, its path too.
 * -errno of the socket calls; *ret is the caller's (ipc_server_close). */
int ipc_server_open(sd_event *event, const struct ipc_server_config *config, struct ipc_server **ret);
/* Drops all clients (`closed` is called for streams), removes the socket. NULL is fine; returns NULL. */
struct ipc_server *ipc_server_close(struct ipc_server *s);
/* Tries to hand out what is queued, at most timeout_ms: before the guard leaves, so that "stop" is answered. */
void ipc_server_flush(struct ipc_server *s, unsigned timeout_ms);
const struct ipc_stats *ipc_server_stats(const struct ipc_server *s);
DEFINE_CLEANUP(struct ipc_server *, ipc_server_close)

/* --- the command line's side ------------------------------------------------------------------------- */

struct ipc_client;

/* How the answer ended. */
struct ipc_end {
	unsigned code; /* enum ipc_code */
	char sentence[IPC_SENTENCE_MAX];
};

/* Connects to the guard's socket and sends the request: words, NULL at the end. -ENOENT or -ECONNREFUSED: no guard
 * runs there. -EPERM: the socket is served by another user. -E2BIG: the request is too long. *ret: ipc_client_close. */
int ipc_client_open(const char *path, const char *const *words, struct ipc_client **ret);
struct ipc_client *ipc_client_close(struct ipc_client *c); /* NULL is fine; returns NULL */
/* To wait on; becomes readable when ipc_client_next has something. */
int ipc_client_fd(const struct ipc_client *c);
/* The next document, waiting for it if `wait`. 1: *ret_json is it, valid until the next call. 0: *ret_end says how it
 * ended. -EAGAIN: nothing complete yet (only without wait). -ECONNRESET: the guard went away. -EBADMSG, -EFBIG: the
 * answer breaks the protocol. */
int ipc_client_next(struct ipc_client *c, bool wait, const char **ret_json, struct ipc_end *ret_end);
DEFINE_CLEANUP(struct ipc_client *, ipc_client_close)
