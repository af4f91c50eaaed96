/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The two small files libc resolves by: hosts(5) and resolv.conf(5). A person with the right to edit them is believed;
 * copies inside other mount namespaces are not read.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include "names.h"

enum { RESOLVERS_MAX = 16, HOSTS_FILE_MAX = 4 << 20 };

/* Which version of the file the cache holds; all zero before the first refresh. */
struct hosts_file {
	struct timespec mtime;
	ino_t ino;
	off_t size;
	bool loaded;
};

/* Reads `path` into the cache if it changed since (mtime, inode or size). *ret_changed (may be NULL) says whether it did.
 * A file that is gone empties the hosts entries. Lines that cannot be read are skipped, entries beyond NAMES_HOSTS_MAX too.
 * 0, or the errno of reading; then the old entries stay. */
int hosts_refresh(struct hosts_file *f, const char *path, struct names *names, bool *ret_changed);
/* Replaces the hosts entries by those of a text (not NUL-terminated). 0 or -ENOMEM. */
int hosts_parse(const char *text, size_t len, struct names *names);

struct resolver_list {
	uint8_t addr[RESOLVERS_MAX][ADDR_LEN];
	size_t n;
};

/* The `nameserver` lines of a resolv.conf. With none, or no file, libc asks 127.0.0.1 and so does the list. 0, or the
 * errno of reading other than ENOENT. */
int resolvers_read(const char *path, struct resolver_list *ret);
