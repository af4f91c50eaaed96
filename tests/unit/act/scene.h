/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A scene for act/: a server and a client in a network namespace made for them, the client gated; the test is the
 * guard. Checks with cmocka's assertions, so it is of use inside a test only.
 *
 * Owner: the test that opened the scene. `world` is made once for all tests.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "../../../src/act/act.h"
#include "gate.h"

#define WAIT_MS 5000

struct scene {
	int family;      /* of the sockets */
	bool mapped;     /* an AF_INET6 socket that speaks IPv4 */
	bool elsewhere;  /* in another namespace than the guard */
	bool nameless;   /* the guard does not know the namespace's cookie */
	bool portless;   /* nor the ports */
	bool weak;       /* the guard may not use SOCK_DESTROY */
	int type;
	int server;      /* listening or bound, ungated */
	int accepted;
	int line;        /* between test and client */
	pid_t client;
	uint64_t netns;
	struct flow_id flow; /* of the client's socket */
};

/* What the client says. */
struct report {
	int result; /* 0 or an errno */
	uint64_t at_ns, cookie;
	struct sockaddr_storage local;
};

struct world {
	const char *missing; /* why nothing can be tested here; NULL = all is there */
	struct gate gate;
	struct act *act;
	int home;            /* the guard's namespace */
};
extern struct world world;

/* Once, before any scene; world.missing says why there can be none. */
void world_open(void);
void world_close(void);

/* What a client does with its socket. */
typedef void client_fn(const struct scene *s, int fd);
/* Says who it is, connects when told to, says how that went. */
client_fn client_connects;
/* Connects first; when told to, sends "hello", says how that went, waits for an answer, says how that went. */
client_fn client_talks;

/* The client's first report is read and must be good; s->flow is filled from it. */
void scene_open(struct scene *s, int type, client_fn *run);
void scene_close(struct scene *s);
/* Tells the client to go on; hears its next report. */
void scene_go(const struct scene *s);
struct report scene_hear(const struct scene *s);

int bound_socket(const struct scene *s);
uint64_t cookie_of(int fd, int option);
bool readable(int fd, int ms);
