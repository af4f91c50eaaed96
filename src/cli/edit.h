/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What `watch add|rm` and `rule add|rm` share: change the watchlist, then tell the guard. Private to cli/.
 * All return exit codes and have complained when it is not CLI_OK.
 */
#include "../policy/policy.h"
#include "cli.h"

extern const char *const watch_kinds[]; /* by enum watch_kind; NULL at the end */

/* The file to edit, *ret_path the caller's; makes the configuration directory if it is to hold it. */
int edit_begin(struct cli *c, const char *file, char **ret_path);
int edit_failed(int error, const struct problem *problem);
int edit_added(struct cli *c, const char *what, const char *id);
int edit_remove(struct cli *c, const char *file, const char *id);
/* A path is a file, all else a destination. */
enum watch_kind kind_of_pattern(const char *pattern);
