/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What people call a program, from what the kernel calls it: npm is node running npm-cli.js, python3 is python3.11,
 * sh is dash, an applet is busybox. Pure: no file is looked at. Names are for rules people write; identity is the
 * executable's path and file (subject.h).
 */
#include "script.h"
#include "strlist.h"

/* What runs, taken from the executable and the command line. */
struct program {
	const char *name;  /* borrowed: basename of the executable, or the applet of a multi-call binary */
	const char *exe;   /* borrowed: basename of the executable */
	const char *argv0; /* borrowed: basename of argv[0] without a login shell's '-'; "" if there is none */
	size_t skip;       /* words of argv before the program's own argv[0] ("busybox sh x": 1) */
};

/* exe: path of the executable. Never fails. */
struct program program_of(const char *exe, char *const *argv, size_t argc);

/* Appends every name without duplicates: the program's, its aliases, then the script's. script may be NULL;
 * script_path is the file it resolved to or NULL. 0 or -ENOMEM. */
int alias_names(struct str_list *l, const struct program *p, const struct script *script, const char *script_path);
