/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * Every maximum shared by the kernel half and the user half, with the reason for its value.
 * A limit that is reached is refused or denied and counted (see stats.h), never silently dropped.
 */

#define EG_CLASSES_MAX    64    /* classes of secrets: one bit each in a label */
#define EG_PATH_MAX       1024  /* bytes of a path in a record; longer ones keep their tail */
#define EG_NAME_MAX       256   /* NAME_MAX + 1: one path component */
#define EG_DEPTH_MAX      64    /* components walked; deeper files are treated as matched on their tail */
#define EG_ARGV_MAX       1024  /* bytes of argv in an exec record */
#define EG_COMM_MAX       16    /* TASK_COMM_LEN */
#define EG_PKT_MAX        2048  /* bytes of a held packet copied for re-emission: an Ethernet MTU and change */
#define EG_PROCS_MAX      65536 /* processes with a label or a mark: twice the default pid_max */
#define EG_FILES_MAX      262144 /* labelled files (24 B keys, 32 B values: 16 MiB when full) */
#define EG_CHANS_MAX      65536 /* labelled pipes, FIFOs and sockets */
#define EG_GATES_MAX      65536 /* gated sockets */
#define EG_VERDICTS_MAX   65536 /* cached verdicts: LRU, a miss means hold */
#define EG_OWN_MAX        16384 /* files that makers opened for writing: LRU, a miss means labelled */
#define EG_LOOPS_MAX      65536 /* loopback flows that carry a label: LRU, refreshed by every packet */
#define EG_SUBJECTS_MAX   65536 /* processes whose rules are known to the kernel: LRU, a miss means ask */
#define EG_SETS_MAX       4096  /* address sets per half: the lists for everybody, one per profile, the resolvers */
#define EG_SET_ENTRIES_MAX 524288 /* addresses and ranges in all sets of both halves; when full, misses are asked about */
#define EG_RESOLVERS_MAX  64    /* network namespaces in which the guard's resolver listens at a time */
#define EG_DNS_SLOTS      4     /* servers that one datagram socket may ask at a time: libc has 3 (MAXNS) */
#define EG_AIMS_MAX       65536 /* (socket, server) whose queries go to the resolver; when full they are held instead */
#define EG_ASKERS_MAX     16384 /* redirected queries on their way: LRU, a miss means that it is not answered */
#define EG_DIRS_MAX       65536 /* directory -> automaton state: LRU, a miss means walk again */
#define EG_DEVS_MAX       4096  /* superblocks with a start state of their own */
#define EG_FDS_MAX        4096  /* descriptors looked at when a process becomes tainted */
#define EG_RULES_MAX      16    /* file rules per accepting state */

#define EG_DFA_STATES_MAX 65535 /* states per automaton half; next-state fits in a __u16 */
#define EG_DFA_CLASSES    128   /* byte classes per automaton: the catalogue alone uses 55 */

#define EG_RING_DECISIONS (4u << 20) /* held packets of 2 KiB: 2,000 waiting flows */
#define EG_RING_TELEMETRY (4u << 20)
