/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where a secret belongs, by its own word: the hosts that credential files name next to the secret. Only hosts come out
 * (host.h says which), never a secret. The text is as trustworthy as whoever may write the file: the caller passes files
 * that no tainted process has written since they were last accepted.
 */
#include <stdbool.h>
#include <stddef.h>
#include "strlist.h"

enum {
	HOMES_TEXT_MAX = 64 << 10, /* what is read of a file: whole lines of its first 64 KiB */
	HOMES_MAX = 1024,
};

/* Hosts named in a file of that kind (a name out of homes_parser). *ret gets a new list (str_list_done), each host once,
 * in order. Lines that cannot be understood are skipped. 0 (also when it names none), -ENOENT no such kind, -ENOMEM. */
int homes_parse(const char *parser, const char *text, size_t len, struct str_list *ret);
/* Name and one-line description of kind `i`; NULL after the last. *ret_about may be NULL. */
const char *homes_parser(size_t i, const char **ret_about);
bool homes_known(const char *parser);
