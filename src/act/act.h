/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of act/: what is done to a flow once it is decided. Let go (re-emit, nudge) or end (destroy).
 *
 * Owner: the guard, one thread, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN (setns) and CAP_SYS_PTRACE (pidfd_getfd).
 * Every call returns within about a second whatever the other process does: nothing here waits for it.
 *
 * Failure stance: nothing here decides. A release that fails leaves the packet to the kernel's own retransmission (a
 * second for a SYN, never for a datagram), a kill that fails leaves the flow held by the gate. Both are counted.
 *
 * Namespaces: a process may pass a socket to a process of another network namespace, and re-emission is a raw send
 * with root's power. A copy is therefore sent only where its own socket lives: the namespace's cookie must be the
 * one the kernel reported, or, where that is not known, the source address must be local there.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct act;

/* A packet as the egress hook saw it: from the network header on. The bytes are borrowed for the call. */
struct held_packet {
	const uint8_t *data;
	size_t len;
	uint64_t netns;  /* cookie of its socket's network namespace; 0 = not known */
	uint16_t family; /* AF_INET or AF_INET6: must agree with the bytes */
	uint8_t proto;   /* IPPROTO_* the verdict was given for: must agree with the bytes */
};

/* One socket and its two ends. */
struct flow_id {
	uint64_t cookie;       /* SO_COOKIE: the socket's identity, never 0 */
	uint64_t netns;        /* as in struct held_packet; 0 = not known, that of the process */
	uint8_t saddr[16];     /* network order; IPv4 as ::ffff:a.b.c.d, like struct flow_key */
	uint8_t daddr[16];
	uint16_t sport, dport; /* host order; 0 = not known: the socket is then found by listing, not by lookup */
	uint16_t family;       /* AF_INET or AF_INET6 as on the wire */
	uint8_t proto;         /* IPPROTO_* */
};

/* Counted since act_open. */
struct act_stats {
	uint64_t reemitted;       /* packets sent again */
	uint64_t reemit_refused;  /* not a SYN or datagram, malformed, a fragment */
	uint64_t reemit_failed;   /* namespace gone or not the socket's, send failed: left to retransmission */
	uint64_t destroyed;       /* sockets ended through SOCK_DESTROY */
	uint64_t disconnected;    /* sockets ended through their descriptor */
	uint64_t destroy_failed;  /* still held by the gate */
	uint64_t nudged;
	uint64_t nudge_failed;    /* left to the kernel's timer */
	uint64_t netns_opened;    /* namespaces entered and remembered */
	uint64_t foreign;         /* descriptors that were exchanged for something else under our eyes, kept unclosed */
};

/* *ret is freed with act_close. -EPERM without the capabilities above. */
int act_open(struct act **ret);
/* NULL is fine. Returns NULL. */
struct act *act_close(struct act *a);
void act_stats(const struct act *a, struct act_stats *ret);
/* Lets go of network namespaces not used for 30 s, so that a container's namespace can die. Call every few seconds. */
void act_idle(struct act *a);

/*
 * Sends a held packet again from the namespace of process netns_of (or, if p->netns is remembered, from that one
 * whether or not the process is still there). Checksums are computed anew; data on a SYN is cut off: it never counted
 * as sent (RFC 7413 falls back to sending it after the handshake).
 * -EINVAL: TCP that is not a SYN or SYN-ACK, malformed, or not of p's family and protocol; -EOPNOTSUPP: a fragment,
 * a source route, a jumbogram; -EMSGSIZE: the copy is not whole; -EXDEV: not the socket's namespace; -EADDRNOTAVAIL:
 * cookie not known and source not local; -ESRCH: no such process; else what the send said. Never retried.
 */
int act_reemit(struct act *a, pid_t netns_of, const struct held_packet *p);

/*
 * Ends the flow's socket: the program sees ECONNABORTED at once. Where SOCK_DESTROY is not built in, the descriptor is
 * taken from process pid and disconnected; the error then depends on the call it sleeps in (ECONNRESET, EPIPE, EAGAIN).
 * A listening socket is never touched, and a datagram socket stays usable: it gets the error once and loses its peer.
 * -ENOENT: no such socket (any more).
 */
int act_destroy(struct act *a, pid_t pid, const struct flow_id *f);

/*
 * Makes a TCP socket push what the gate refused earlier, at once instead of at the kernel's next probe (seconds after
 * a long hold). The socket's options are the same afterwards, except that SO_LINGER with a time is switched off:
 * see descriptor.c. Helps data that was never counted as sent; a refused *re*transmission waits for its timer.
 * -ENOENT: the process has no such descriptor; -EOPNOTSUPP: not TCP.
 */
int act_nudge(struct act *a, pid_t pid, const struct flow_id *f);
/* The first of n processes that has it: a socket may be in another process than the one that used it last. */
int act_nudge_any(struct act *a, const pid_t *pids, size_t n, const struct flow_id *f);

/*
 * The same in two steps, for a connection whose process may close it or end before the verdict: act_keep duplicates the
 * descriptor (the socket lives on, its unsent data too), act_push makes it send, act_let_go gives the duplicate back.
 * *ret_fd is untouched on failure; errors as act_nudge.
 */
int act_keep(struct act *a, pid_t pid, const struct flow_id *f, int *ret_fd);
int act_push(struct act *a, int fd);
void act_let_go(int fd); /* -1 is fine */
/*
 * Gives a cookie to every TCP, UDP and raw socket of the namespace that is bound or connected, so that the kernel half
 * can name sockets older than itself. Returns how many there are (our own raw one included). Kinds this kernel cannot
 * list are left out; an error only if it can list none.
 */
int act_cookies(struct act *a, pid_t netns_of);

/*
 * A socket of our own (close-on-exec, non-blocking) in the namespace with that cookie, or with cookie 0 in the one process
 * netns_of is in. The caller's. -EXDEV: the process is in another namespace than the cookie's; -ESRCH: no such process.
 */
int act_socket(struct act *a, pid_t netns_of, uint64_t netns, int family, int type);
/* Cookie of a socket's network namespace; 0 where the kernel has none. */
uint64_t act_netns_cookie(int fd);
/* The payload of a held UDP packet, inside p's bytes. Errors as act_reemit's; -EPROTONOSUPPORT: not UDP. */
int act_payload(const struct held_packet *p, const uint8_t **ret, size_t *ret_len);

/* The namespace's inode number: what people and tools print. */
int act_netns_id(pid_t pid, uint64_t *ret);
