/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an interpreter was told to run: the command line read by each interpreter's own option grammar. Pure: looks at
 * argv only. The words are the process's own claim, so the result names a program, it does not prove one.
 */
#include <stdbool.h>
#include <stddef.h>

enum script_kind {
	SCRIPT_NONE,   /* interactive, standard input, or not known */
	SCRIPT_FILE,   /* text is the file as given, maybe relative */
	SCRIPT_MODULE, /* text is a module or class name (python -m, java Main) */
	SCRIPT_INLINE, /* the program is on the command line (-c, -e) */
};

struct script {
	enum script_kind kind;
	const char *text; /* borrowed from argv; NULL for NONE and INLINE */
	bool terminal;    /* NONE, and a person types: set by whoever can see standard input */
	bool preloads;    /* options bring other code into the process first: the script does not speak for all of it */
};

/* argv[0] is the program's own name and is skipped; argc counts it. False if `program` (basename of the executable,
 * version tail allowed: "python3.11") is no interpreter; *ret is then untouched. */
bool script_find(const char *program, char *const *argv, size_t argc, struct script *ret);

/* One step from a versioned name to a plainer one: "python3.11" -> "python3" -> "python" -> false. In place. */
bool version_strip(char *name);
