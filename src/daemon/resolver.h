/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The resolver for tainted processes (private to daemon/: resolver.c, clients.c, questions.c, upstream.c).
 *
 * Life of a question: received on an outpost (resolver.c, clients.c) -> judged like any flow (questions.c, judge.c) ->
 * sent on in our own words (upstream.c) -> the answer given back, its names learnt -> freed. It may wait for a person in
 * between. Invariants: Q1 bytes of the asker never leave but as a name that was allowed; Q2 a question is in exactly one
 * state; Q3 everything is bounded, and what does not fit is dropped: the asker asks again or gives up.
 */
#include <sys/socket.h>

#include "inside.h"

enum { OUTPOSTS_MAX = 32, QUESTIONS_MAX = 512, CLIENTS_MAX = 64, TCP_QUERY_MAX = 2048, ANSWER_MAX = 65535 };

/* The sockets of an outpost. */
enum { END_UDP4 = 0, END_UDP6 = END_UDP4 + EG_DNS_SLOTS, END_TCP4 = END_UDP6 + EG_DNS_SLOTS, END_TCP6, ENDS };

/* Where we listen: one network namespace. */
struct outpost {
	struct guard *g;
	uint64_t netns;
	bool own;                      /* the guard's namespace: never given up */
	uint64_t used_ns;
	struct resolver_list servers;  /* in use there */
	int fds[ENDS];
	sd_event_source *sources[ENDS];
};

/* A TCP connection of an asker. */
struct client {
	struct client *next;
	struct outpost *o;
	struct asker who;
	int fd;
	sd_event_source *source;
	uint64_t used_ns;
	unsigned pending; /* questions that point here */
	bool ended;       /* freed with its last question */
	size_t in_len;
	uint8_t in[2 + TCP_QUERY_MAX];
	struct buf out;
};

enum question_state { Q_NEW, Q_WAITS, Q_ASKED };

struct question {
	struct question *next;
	struct guard *g;
	struct outpost *o; /* NULL: known only by the copy of a held packet */
	struct asker who;
	uint64_t serial; /* part of its flow's key: two questions of a socket are two flows */
	enum question_state state;
	struct dns_query q;
	struct sockaddr_storage from; /* UDP */
	socklen_t from_len;
	int end_fd;              /* the outpost's socket it came by, -1 for TCP */
	struct client *client;   /* TCP */
	struct flow *flow;       /* while it is judged or waits */
	uint64_t deadline_ns;
	unsigned early;          /* cannot be asked at all: the code to answer */
	enum reason reason;      /* why it was allowed or refused */
	char rule[24];
	bool would_hold;
	/* a held packet: let go as it is, or not at all */
	struct held_packet held; /* data owned; NULL = none */
	bool passed;             /* monitor mode: it has gone already */
	/* upstream */
	int fd;
	sd_event_source *source;
	uint16_t id;
	uint8_t *in; /* TCP: 2 + ANSWER_MAX bytes, else NULL */
	size_t in_len;
	bool sent;
};

struct resolver {
	struct outpost *outposts[OUTPOSTS_MAX];
	struct question *questions;
	unsigned n_questions;
	struct client *clients;
	unsigned n_clients;
	uint64_t last_serial;
	struct budgets *budgets;
	uint64_t asked, answered, refused, dropped; /* counted for status */
};

/* resolver.c */
int asker_of(struct outpost *o, const struct sockaddr_storage *from, uint8_t proto, struct asker *ret);

/* clients.c: TCP */
int client_accept(struct outpost *o, int listener);
void client_reply(struct client *c, const uint8_t *msg, size_t len);
void client_drop(struct client *c);
void client_release(struct client *c); /* one question less */
void clients_tick(struct guard *g, uint64_t now_ns);

/* questions.c */
struct question *question_new(struct guard *g, const struct asker *who, const uint8_t *msg, size_t len);
void question_arrived(struct question *q); /* takes it */
void question_answer(struct question *q, uint8_t *msg, size_t len); /* the server's answer; frees q */
void question_refuse(struct question *q, unsigned rcode);           /* frees q; nothing could be asked, or was answered */
void question_free(struct question *q);

/* upstream.c */
int upstream_ask(struct question *q);   /* 0, or -errno: q is still the caller's */
void upstream_again(struct question *q); /* the asker repeated itself */
void upstream_close(struct question *q);
