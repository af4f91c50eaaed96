/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Giving up what the front and the ship do not need: user, capabilities, files, system calls. Each step is for good and is inherited.
 *
 * Order: sandbox_descriptors, sandbox_user, sandbox_files, sandbox_calls. All but sandbox_files must succeed or the
 * process must end: a front with privileges is worse than no history. What is needed from outside the directory (random
 * seeds, user names) must be fetched before.
 */
#include <stdbool.h>
#include <sys/types.h>

/* Moves fd to 3 and, if it is not -1, *also to 4; closes all above. 3, or -errno. */
int sandbox_descriptors(int fd, int *also);

/* Makes `dir` and lets an unprivileged user write there: as root, the user `egret` (else `nobody`) becomes this process,
 * with `dir` as its root directory, so that it gets there whatever the folders above allow; otherwise the user stays. The
 * directory then belongs to root with the group of that user, mode 1770: the sticky bit keeps the front away from files
 * of the guard in the same place. `files` (NULL-terminated names in dir) are given to the user if they are ordinary files
 * with one link. Then: no capabilities, no way to new ones, no core, not traceable.
 * *ret_dir: the name by which this process finds the directory from now on, "/" or dir. dir NULL: only the second part, and
 * the root directory stays; files and ret_dir are not looked at. */
int sandbox_user(const char *dir, const char *const *files, const char **ret_dir);

/* Landlock: nothing outside `dir` may be opened, read or written; no TCP, no signals to others, no abstract sockets where
 * this kernel knows them. -EOPNOTSUPP or -ENOSYS: this kernel has no Landlock. */
int sandbox_files(const char *dir);

/* Landlock: nothing may be written; only configuration, certificates and libraries that everybody may read can be read; no
 * TCP port may be bound, no signals to others. Errors as above. */
int sandbox_reading(void);

/* seccomp: only what reading a socket and keeping a database need; CALLS_NETWORK: also sockets and threads. Everything else
 * fails with EPERM. */
enum sandbox_calls { CALLS_STORE, CALLS_NETWORK };
int sandbox_calls(enum sandbox_calls which);
