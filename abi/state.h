/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * Keys and values of the maps both halves touch: who carries a label, which socket is gated, what was decided.
 * Map names carry the prefix eg_ because BPF objects are visible system-wide.
 */
#include "types.h"

/* --- proc: tgid -> struct proc. Present only for processes with a label, a mark or a scope. ------------- */
enum {
	PROC_SCOPE  = 1 << 0, /* inside the tree that `egret run` guards; inherited */
	PROC_GATED  = 1 << 1, /* its executable has network rules: gate its sockets though untainted */
	PROC_EXEMPT = 1 << 2, /* egret itself: never tainted, never gated */
	PROC_BROKER = 1 << 3, /* talks for everybody (D-Bus, systemd, resolvers): neither tainted nor trusted */
	PROC_SHED   = 1 << 4, /* forked by a maker and nothing read since: exec of another program sheds the label */
};
struct proc {
	__u64 start_ns;  /* task->group_leader->start_boottime: guards against pid reuse */
	__u64 label;     /* classes carried */
	__u64 ancestry;  /* bit i: an ancestor (or itself) executed something matching ancestor pattern i */
	__u32 flags;     /* PROC_* */
	__u32 parent;    /* tgid it was forked from */
};
_Static_assert(sizeof(struct proc) == 32, "abi");

/* --- maker: tgid -> what the guard knows of a labelled process. -----------------------------------------
 * A maker (a package manager, git) reads its own credentials and then makes thousands of files that have nothing to do
 * with them. As long as it carries no more than `label`, what it writes to files that it opened itself is not labelled,
 * and the programs it starts begin clean. Descriptors it was given (standard output, pipes) are labelled as ever, unless
 * it is mute as well (ssh): then nothing that it writes has anything of the secret. Its connections are gated as ever. */
enum { MAKER_MUTE = 1 << 0 };
struct maker {
	__u64 start_ns;
	__u64 label;
	__u32 exec_id; /* task->self_exec_id when it was looked at: another program in the same process is no maker */
	__u32 flags;   /* MAKER_* */
};
_Static_assert(sizeof(struct maker) == 24, "abi");

/* --- file: identity of an inode -> label. Identity is taken in the kernel on both sides. --------------- */
struct file_key {
	__u64 ino;
	__u32 dev; /* sb->s_dev */
	__u32 gen; /* i_generation */
};
enum {
	FILE_WATCHED = 1 << 0, /* a secret itself (matched by path); `classes` come from the watchlist */
	FILE_DERIVED = 1 << 1, /* written, or opened for writing, by a tainted process */
};
struct file_label {
	__u64 classes;
	__u64 since_ns; /* boot time of the first label */
	__u32 flags;    /* FILE_WATCHED, FILE_DERIVED */
	__u32 tgid;     /* who labelled it first */
};
_Static_assert(sizeof(struct file_key) == 16 && sizeof(struct file_label) == 24, "abi");

/* --- chan: pipes, FIFOs (by inode) and unix sockets (by socket inode) -> label. Key: struct file_key. -- */

/* --- gate: socket cookie -> what its egress needs. ----------------------------------------------------- */
enum {
	GATE_TAINTED = 1 << 0, /* label != 0 when last touched */
	GATE_RULES   = 1 << 1, /* untainted, but rules must be asked (executable or policy rules) */
	GATE_OLD     = 1 << 2, /* the socket was connected before it was gated */
};
struct gate {
	__u64 label;
	__u64 in_label; /* classes received over loopback: taints whoever reads */
	__u64 netns;    /* cookie of the socket's network namespace; 0 = not known yet */
	__u32 tgid;     /* the process that last touched it while gated */
	__u32 flags;    /* GATE_* */
	__u32 in_from;  /* the process that in_label came from */
	__u32 _pad;
};
_Static_assert(sizeof(struct gate) == 40, "abi");

/* --- verdict: one socket to one destination. A miss, an old epoch or a label not covered means hold. --- */
struct flow_key {
	__u64 cookie;
	__u8  addr[16]; /* network order; IPv4 as ::ffff:a.b.c.d */
	__u16 port;     /* host order; 0 where the protocol has none */
	__u8  proto;    /* IPPROTO_* */
	__u8  _pad[5];
};
enum {
	VERDICT_NONE = 0, VERDICT_ALLOW = 1, VERDICT_DENY = 2, VERDICT_HOLD = 3,
	VERDICT_LATER = 4, /* the guard's word to a connect that waits: this takes longer, go on and be held */
	VERDICT_UNTOLD = 1 << 8, /* with ALLOW or DENY: the first packet shall be told of (a datagram socket's connect sends none) */
};
struct flow_verdict {
	__u64 label;   /* the classes it was decided for; a socket that carries more is asked about again */
	__u64 until_ns; /* boot time; 0 = as long as the entry lives */
	__u32 verdict; /* VERDICT_* */
	__u32 epoch;   /* config.epoch when it was decided */
};
_Static_assert(sizeof(struct flow_key) == 32 && sizeof(struct flow_verdict) == 24, "abi");

/* --- advance: verdict known before a socket exists: (process, destination) -> same value as above. ----- */
struct advance_key {
	__u8  addr[16];
	__u32 tgid;
	__u16 port;
	__u8  proto;
	__u8  _pad;
};
_Static_assert(sizeof(struct advance_key) == 24, "abi");

/* --- subject: tgid -> what the policy says of the image it runs. LRU: a miss, another image (start_ns, exec_id) or an
 * old epoch mean that the guard is asked, never that something passes. Counts only for processes without a label. ---- */
enum {
	SUBJECT_DENY   = 1 << 0, /* nothing leaves, whatever the destination */
	SUBJECT_NO_LIST = 1 << 1, /* no list counts for it: only resolvers may be asked */
	SUBJECT_ASK    = 1 << 2, /* rules that only the guard can apply */
	SUBJECT_CLOSED = 1 << 3, /* what is not in its set is denied */
	SUBJECT_FORKS  = 1 << 4, /* the same holds for its children until they exec */
};
struct subject_state {
	__u64 start_ns;
	__u32 exec_id;
	__u32 epoch;
	__u32 set;   /* EG_SETS_MAX * half + n */
	__u32 flags; /* SUBJECT_* */
};
_Static_assert(sizeof(struct subject_state) == 24, "abi");

/* --- set: (set, address) -> is it allowed. A longest-prefix-match trie; prefix bits count from `set` on. ---- */
#define EG_SET_RESOLVERS (EG_SETS_MAX - 1) /* who may be asked at port 53 */
struct set_key {
	__u32 prefix; /* 32 + bits of addr; host order, as the trie wants it */
	__u32 set;
	__u8  addr[16]; /* as in struct flow_key */
};
enum {
	SET_ASK = 1 << 0, /* not clear from the address alone: another name has it too, metadata ... */
};
struct set_entry {
	__u64 until_ns; /* boot time; 0 = as long as the set lives. Later: ask */
	__u32 flags;    /* SET_* */
	__u32 _pad;
};
_Static_assert(sizeof(struct set_key) == 24 && sizeof(struct set_entry) == 16, "abi");

/* --- loop: a loopback flow that carries a label, seen at egress, looked up at ingress. ---------------- */
struct loop_key {
	__u8  saddr[16];
	__u8  daddr[16];
	__u16 sport, dport; /* host order */
	__u8  proto;
	__u8  _pad[3];
};
_Static_assert(sizeof(struct loop_key) == 40, "abi");
struct loop_label {
	__u64 label;
	__u64 seen_ns;
	__u32 tgid; /* who sent it */
	__u32 _pad;
};

/* --- resolver: netns cookie -> where the guard answers the port-53 traffic of tainted processes there. ---- */
/* A socket that asks several servers is redirected to a port of its own for each, so that the answer can be given the
 * server's address again. Port 0: not listening. Host order. */
struct resolver_ports {
	__u16 udp4[EG_DNS_SLOTS], udp6[EG_DNS_SLOTS];
	__u16 tcp4, tcp6;
	__u32 _pad;
};
_Static_assert(sizeof(struct resolver_ports) == 24, "abi");

/* --- aim: (socket, slot) -> the server that was meant. TCP has slot 0. -------------------------------- */
struct aim_key {
	__u64 cookie;
	__u32 slot;
	__u32 _pad;
};
struct aim {
	__u8  addr[16]; /* as in struct flow_key */
	__u16 port;
	__u16 _pad[3];
};
_Static_assert(sizeof(struct aim_key) == 16 && sizeof(struct aim) == 24, "abi");

/* --- asker: the near end of a redirected query -> who asks whom. Written when it leaves its socket. ---- */
struct asker_key {
	__u64 netns;
	__u8  addr[16];
	__u16 port;
	__u8  proto;
	__u8  _pad[5];
};
struct asker {
	struct aim server;
	__u64 cookie;
	__u64 label;
	__u32 tgid;
	__u32 _pad;
};
_Static_assert(sizeof(struct asker_key) == 32 && sizeof(struct asker) == 48, "abi");

/* --- config: one struct, the guard is its only writer. ------------------------------------------------ */
enum { SCOPE_MACHINE = 0, SCOPE_TREE = 1 };
enum { MODE_MONITOR = 0, MODE_ENFORCE = 1 };
struct config {
	__u32 mode;      /* MODE_* */
	__u32 scope;     /* SCOPE_* */
	__u32 epoch;     /* bumped by every change of rules: older verdicts are asked again */
	__u32 half;      /* automaton half in force */
	__u32 guard;     /* tgid of the guard: its re-emitted packets pass */
	__u32 front;     /* tgid of the front */
	__u32 root_start; /* start state (absolute) for superblocks without one of their own */
	__u32 proc_start; /* start state for every proc file system (matched as /proc) */
	__u32 exe_start;  /* start state of the executable automaton (full paths); 0 = no executable rules */
	__u32 gate_all;  /* rules for every process: gate untainted sockets too */
	__u32 telemetry; /* 1 = fork/exec/exit/connect records of every process */
	__u32 public_only; /* 1 = `gate: public`: private ranges are not gated */
	__u64 gated_exe; /* executable patterns (accept bits) whose sockets are gated though untainted */
	__u64 broker_exe; /* executable patterns that are brokers */
	__u64 heartbeat_ns; /* boot time of the guard's last sign of life */
	__u32 ship;      /* tgid of the process that posts to webhooks; 0 = none */
	__u32 ship_old;  /* tgid of the one before it, until it has sent what it has */
	__u32 wait_ns;   /* how long a connect may wait for the guard's word before its packet is held instead; 0 = not */
	__u32 waiters_max; /* how many may wait at a time: one processor must be left for the guard */
	__u32 tree;      /* 1 = fork, exec and exit (of every process, in a tree scope of its processes) go to eg_decisions */
	__u32 _pad;
};
_Static_assert(sizeof(struct config) == 96, "abi");

/* --- live: what the kernel half counts and both halves read. One entry, survives the guard. ----------- */
struct live {
	__u64 labels;  /* labels and marks alive anywhere (processes, files, channels, gates): 0 = hooks return at once */
	__u64 dir_gen; /* bumped by directory renames: forgets eg_dirs */
	__u64 loops;   /* != 0 once a labelled loopback packet was seen */
	__u64 files;   /* labelled files (entries in eg_files) */
	__u64 sweep;   /* grows when the guard should look for shared memory under the kernel's locks */
	__u64 dns_seen; /* EV_DNS records emitted */
	__u64 dns_done; /* and dealt with; written by the guard. While they differ, what an address is called is not known */
	__u64 waiters; /* connects that wait for the guard's word */
};
_Static_assert(sizeof(struct live) == 64, "abi");
