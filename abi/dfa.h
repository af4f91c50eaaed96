/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * The path automaton: one DFA over path bytes for all watch patterns and all executable patterns.
 *
 * A path is fed to it component by component as "/" + name, starting in the state that belongs to the
 * file's superblock (see struct dfa_start). State 0 is dead: nothing below can match, stop walking.
 * A row is one state. The same rows are read by BPF (array map) and by user space (plain array).
 *
 * Two automata exist at a time (the one in force and the one being written); a state number in the
 * maps is absolute: half * (EG_DFA_STATES_MAX + 1) + local state. `next` holds local state numbers.
 */
#include "types.h"

enum {
	DFA_WATCH = 1 << 0, /* accepting: a watched file (classes may be 0 for rule-only patterns) */
	DFA_EXE   = 1 << 1, /* accepting in the executable automaton: `classes` is a set of exe patterns */
	DFA_RULES = 1 << 2, /* this state has file rules: look up struct file_rules by `rules` */
	DFA_DEAD_BELOW = 1 << 3, /* no '/' transition leads anywhere: nothing below this directory matches */
};

struct dfa_row {
	__u64 classes; /* union of the classes of every pattern accepting here */
	__u32 watch;   /* smallest watch number accepting here: names the pattern in records; 0 = none */
	__u16 rules;   /* index of struct file_rules; 0 = none */
	__u16 flags;   /* DFA_* */
	__u16 next[EG_DFA_CLASSES];
};
_Static_assert(sizeof(struct dfa_row) == 272, "abi");

/* Byte -> class, one table per half. */
struct dfa_classes {
	__u8 of[256];
};

/* Where the walk starts for a superblock: the state after the mount point's path. Key: struct dfa_dev. */
struct dfa_dev {
	__u32 dev;  /* sb->s_dev, kernel encoding (major << 20 | minor) */
	__u32 half; /* 0 or 1 */
};
struct dfa_start {
	__u32 state; /* absolute; local 0 = nothing on this superblock can match */
	__u32 _pad;
};

/* Verdicts on reading a watched file, most specific first: the first row whose exe bits hit decides.
 * exe == 0 stands for any executable ('*'). */
enum { FILE_ALLOW = 1, FILE_DENY = 2 };
struct file_rule {
	__u64 exe;     /* set of executable patterns (accept set of the exe automaton) */
	__u32 verdict; /* FILE_* */
	__u32 id;      /* rule number, for the record */
};
struct file_rules {
	__u32 n;
	__u32 _pad;
	struct file_rule rule[EG_RULES_MAX];
};
_Static_assert(sizeof(struct file_rules) == 8 + 16 * EG_RULES_MAX, "abi");
