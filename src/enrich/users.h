/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * People of this machine: whose homes hold secrets, and what a uid is called.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "strlist.h"

enum { USERS_HOMES_MAX = 1024, USERS_SCAN_MAX = 65536 };

/* Home directories of the users who can log in (uid 0, or 1000 and above but not nobody; a shell that is one; a home that
 * exists), each once, without a trailing slash. `passwd` is a passwd(5) file; NULL asks the system (NSS). Appends to the
 * list. 0, -ENOMEM, or the errno of opening. */
int users_homes(const char *passwd, struct str_list *homes);

/* Names of uids, cached: bounded, and renewed after ten minutes. */
struct users;
struct users *users_new(void); /* NULL: no memory */
struct users *users_free(struct users *u);
/* Never NULL: a uid without a name gives its number. Borrowed until the next call. `now_ns` as in names.h. */
const char *users_name(struct users *u, uid_t uid, uint64_t now_ns);
