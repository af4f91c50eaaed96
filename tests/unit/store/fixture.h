/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A history in a directory of its own, and short ways to put records into it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "../../../src/store/store.h"

struct place {
	char above[64];
	char dir[80];
	char path[112];
};

/* Below a folder that only we may enter: an unprivileged front must get there all the same. */
static inline void place_make(struct place *p)
{
	(void)snprintf(p->above, sizeof(p->above), "/tmp/egret-store.XXXXXX");
	assert_non_null(mkdtemp(p->above));
	(void)snprintf(p->dir, sizeof(p->dir), "%s/state", p->above);
	assert_int_equal(mkdir(p->dir, 0700), 0);
	(void)snprintf(p->path, sizeof(p->path), "%s/" STORE_FILE, p->dir);
}

static inline void place_remove(struct place *p)
{
	DIR *d = opendir(p->dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		(void)closedir(d);
	assert_int_equal(rmdir(p->dir), 0);
	assert_int_equal(rmdir(p->above), 0);
}

static inline void encode(const struct record *r, struct buf *out)
{
	struct json j;

	buf_clear(out);
	json_init(&j, out);
	record_json(r, &j);
	assert_int_equal(buf_error(out), 0);
}

static inline int add(struct store *s, const struct record *r)
{
	_cleanup_buf_ struct buf out = { 0 };

	encode(r, &out);
	return store_add(s, r, buf_str(&out), out.len);
}
