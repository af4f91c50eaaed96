/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Opening a file for writing at a place that somebody else may have prepared: a privileged program that is told to write
 * to /tmp/report must not be led to /etc/shadow.
 */
#include <sys/types.h>

/*
 * Opens for reading and writing, makes it (0600) and missing directories (0700). The file itself may be no symbolic
 * link; links on the way to it are followed only if root or we own them. Nothing is truncated. `also`: a second user
 * whose file it may be ((uid_t)-1: none). *ret is the caller's.
 *
 * -ELOOP a symbolic link; -EPERM it belongs to another user; -EMLINK it has other names; -EINVAL not an ordinary file;
 * or the errno of opening.
 */
int file_open_own(const char *path, uid_t also, int *ret);
/* What such an error means, for people: "it is a symbolic link". */
const char *file_open_own_text(int error);
