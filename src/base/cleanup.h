/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Cleanup attributes: every owning local carries one, ownership leaves a function only through TAKE_PTR/TAKE_FD.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _unused_ __attribute__((unused))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

/* Move a value out of an owning local; the local is emptied. */
#define TAKE_PTR(p)                        \
	({                                 \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                \
		_taken;                    \
	})
#define TAKE_FD(fd)                \
	({                         \
		int _taken = (fd); \
		(fd) = -1;         \
		_taken;            \
	})

/* Defines `name`p for use with _cleanup_: calls fn on a non-NULL pointer. */
#define DEFINE_CLEANUP(type, fn)                   \
	static inline void fn##p(type *p)          \
	{                                          \
		if (*p)                            \
			fn(*p);                    \
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}
static inline void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
static inline void fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}
static inline void closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}
static inline void pclosep(FILE **f)
{
	if (*f)
		(void)pclose(*f);
}
#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
