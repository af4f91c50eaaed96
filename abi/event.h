/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * Every record the kernel half sends. Nothing else may describe these bytes.
 *
 * A record starts with struct ev_head; `len` covers head and tail. Readers skip kinds they do not know and
 * accept longer records. Kind numbers are stored in users' databases: append only.
 * Strings in a tail are not NUL-terminated; their lengths are in the record.
 *
 * Two rings: eg_decisions (EV_TAINT, EV_HELD, EV_DENIED, EV_DNS, EV_WANT, EV_GONE, and EV_FORK, EV_EXEC, EV_EXIT while
 * config.tree is set: order matters, never shed; when it is full the flow stays held) and eg_telemetry (the rest:
 * sheddable, every loss counted).
 */
#include "types.h"
#include "state.h"

enum {
	EV_TAINT  = 1, /* a process, file or channel got a label it did not have */
	EV_HELD   = 2, /* a packet (or connect) waits for a verdict */
	EV_DENIED = 3, /* the kernel refused: a file, a connect, a socket */
	EV_DNS    = 4, /* an answer from port 53 arrived */
	EV_EXEC   = 5,
	EV_FORK   = 6,
	EV_EXIT   = 7,
	EV_CONNECT = 8, /* telemetry: an untainted process connects or sends to a new destination */
	EV_GONE   = 9, /* a gated socket was closed */
	EV_WATCHED = 10, /* an in-scope process opened a watched file that carries no class (watch only) */
	EV_WANT = 11, /* an unlabelled process is about to connect or send where the kernel half cannot say whether it may */
	EV_HERE = 12, /* a process that runs (census) */
	EV_KIND_MAX
};

struct ev_head {
	__u32 len;     /* whole record */
	__u16 kind;    /* EV_* */
	__u16 flags;
	__u64 boot_ns; /* CLOCK_BOOTTIME at the hook */
	__u32 tgid;
	__u32 tid;
	__u64 start_ns; /* start of the process: with tgid its identity */
	__u32 uid;
	__u32 ppid;    /* real parent's tgid */
	char  comm[EG_COMM_MAX];
};
_Static_assert(sizeof(struct ev_head) == 56, "abi");

/* How a label arrived. */
enum {
	TAINT_READ = 1,   /* read or opened a watched file */
	TAINT_DERIVED = 2, /* read a file that a tainted process wrote */
	TAINT_PIPE = 3,   /* read a labelled pipe or FIFO */
	TAINT_UNIX = 4,   /* received on a labelled unix socket */
	TAINT_FORK = 5,
	TAINT_LOOPBACK = 6,
	TAINT_MAP = 7,    /* mapped it */
	TAINT_EXISTING = 8, /* had it open when egret started */
	TAINT_FILE = 9,   /* object, not process: a file was labelled by a write */
	TAINT_CHAN = 10,  /* object: a pipe or socket was labelled by a write */
	TAINT_LINK = 11,  /* object: renamed or linked from a watched name */
	TAINT_MEMORY = 12, /* read another process's memory or environment */
	TAINT_EXEC = 13,  /* executed a labelled file */
	TAINT_PASSED = 14, /* received a descriptor of it */
	TAINT_SHARED = 15, /* has memory in common with a labelled process, or maps a labelled file */
	TAINT_SOURCE_MAX
};
struct ev_taint {
	struct ev_head head;
	__u64 added;   /* classes new to the object */
	__u64 label;   /* all it carries now */
	struct file_key file; /* what was read or written */
	__u32 source;  /* TAINT_* */
	__u32 watch;   /* watch number, 0 = not a watched file */
	__u32 from;    /* tgid that labelled the source, where known */
	__u32 path_len; /* tail: path inside the superblock file.dev, from its root, starts with '/' */
};
_Static_assert(sizeof(struct ev_taint) == 104, "abi");

/* A flow that waits. Tail: the packet from the network header on (pkt_len bytes), if it was small enough. */
enum {
	HELD_CONNECTED = 1 << 0, /* TCP: not a SYN, the connection is older than the hold */
	HELD_PARTIAL   = 1 << 1, /* packet longer than EG_PKT_MAX: no copy, wait for retransmission */
	HELD_PASSED    = 1 << 2, /* monitor mode: it was let through, the verdict is for the record */
	HELD_LOOPBACK  = 1 << 3,
};
struct ev_held {
	struct ev_head head;   /* tgid: the process that owns the flow as far as the gate knows */
	struct flow_key flow;
	__u8  saddr[16];
	__u64 label;
	__u64 netns;   /* netns cookie of the socket, 0 where the kernel cannot tell */
	__u16 sport;   /* host order */
	__u16 family;  /* AF_INET or AF_INET6 */
	__u32 how;     /* HELD_* */
	__u32 pkt_len; /* bytes in the tail */
	__u32 full_len; /* length of the packet */
};
_Static_assert(sizeof(struct ev_held) == 136, "abi");

/* What was refused. Tail: the path for files. */
enum { DENIED_FILE = 1, DENIED_CONNECT = 2, DENIED_SOCKET = 3, DENIED_FULL = 4 };
struct ev_denied {
	struct ev_head head;
	struct flow_key flow; /* connect, socket: destination as far as known */
	struct file_key file;
	__u64 label;
	__u32 what;    /* DENIED_* */
	__u32 rule;    /* file rule number; 0 = verdict cache */
	__u32 watch;
	__u32 path_len;
};
_Static_assert(sizeof(struct ev_denied) == 128, "abi");

/* Tail: the DNS message (dns_len bytes). */
struct ev_dns {
	struct ev_head head; /* the receiving socket's owner is not known in softirq: tgid is the gate's, else 0 */
	__u8  server[16];
	__u64 cookie;
	__u16 server_port, local_port;
	__u32 dns_len;
};
_Static_assert(sizeof(struct ev_dns) == 88, "abi");

/* Tail: filename_len bytes, then argv_len bytes (NUL-separated), then path_len bytes of the executable's path, then
 * cwd_len bytes of the working directory, both as seen in the process's own mount namespace. */
struct ev_exec {
	struct ev_head head;
	struct file_key exe;
	__u64 label;
	__u32 filename_len;
	__u32 argv_len;
	__u32 path_len;
	__u32 cwd_len;
	__u32 exec_id; /* task->self_exec_id: with tgid and start, which image */
	__u32 _pad;
};
_Static_assert(sizeof(struct ev_exec) == 104, "abi");

struct ev_fork {
	struct ev_head head; /* the parent */
	__u64 child_start_ns;
	__u64 label;
	__u32 child;
	__u32 exec_id; /* the child's, which is the parent's */
};
_Static_assert(sizeof(struct ev_fork) == 80, "abi");

struct ev_exit {
	struct ev_head head;
	__u64 label;
	__s32 code; /* wait status */
	__u32 _pad;
};
_Static_assert(sizeof(struct ev_exit) == 72, "abi");

/* What it was, and that it passed. */
enum {
	CONNECT_SEND    = 1 << 0, /* sendmsg, not connect */
	CONNECT_ALLOWED = 1 << 1, /* by the address sets of the policy */
	CONNECT_EXISTING = 1 << 2, /* it was there before egret */
	CONNECT_REFUSED = 1 << 3, /* its first packet was dropped */
	CONNECT_DATAGRAM = 1 << 4, /* a datagram socket's connect: nothing leaves yet */
};
struct ev_connect {
	struct ev_head head;
	struct flow_key flow;
	__u32 what; /* CONNECT_* */
	__u32 exec_id;
};
_Static_assert(sizeof(struct ev_connect) == 96, "abi");

struct ev_want {
	struct ev_head head;
	struct flow_key flow;
	__u64 netns;
	__u32 what; /* CONNECT_SEND */
	__u32 exec_id;
};
_Static_assert(sizeof(struct ev_want) == 104, "abi");

struct ev_here {
	struct ev_head head;
	__u32 exec_id;
	__u32 _pad;
};
_Static_assert(sizeof(struct ev_here) == 64, "abi");

struct ev_gone {
	struct ev_head head;
	__u64 cookie;
};
_Static_assert(sizeof(struct ev_gone) == 64, "abi");
