/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Reasons not to take a process for the program its path names. Each function returns a static sentence part for people
 * ("it was loaded by hand through ld.so") or NULL where there is no doubt. What cannot be looked at is doubtful.
 *
 * Limits: a process may rewrite its own environment after start, so a clean one proves little; a set one is telling.
 */
#include <stdbool.h>

/* exe: path as the kernel gives it, without " (deleted)"; procfd: descriptor of /proc/PID. */
const char *doubt_exe(int procfd, const char *exe, bool deleted);
/* fd: any descriptor of the script (O_PATH will do), -1 if it could not be opened. */
const char *doubt_script(int fd, const char *path);
const char *doubt_environ(int procfd);
