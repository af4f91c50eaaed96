/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The host in a piece of a person's configuration (private to enrich/). What comes out is a plain destination: a lower
 * case name of two labels or more (one label would match a whole top-level domain), "localhost", or an address; with
 * ":port" where it has one, "[v6]:port" for IPv6. Never a wildcard, never anything of the part before '@'.
 */
#include <stddef.h>
#include <stdint.h>

enum { HOST_TEXT_MAX = 264, HOST_NAME_LEN = 254 }; /* 253, brackets, ":65535", NUL; 253 and NUL */

/* "host", "host:port", "[v6]:port", v6; or with `port` not 0 a bare host, which gets it. 0 or -EINVAL. */
int host_from_text(const char *s, size_t len, uint16_t port, char dst[HOST_TEXT_MAX]);
/* "scheme://user:secret@host:port/path", the scheme and all else but the host may be missing. 0 or -EINVAL. */
int host_from_url(const char *s, size_t len, char dst[HOST_TEXT_MAX]);
/* A name as a program sends it to its peer: as above, but one label will do (search domains) and an address will not.
 * 0 or -EINVAL. */
int host_from_wire(const void *s, size_t len, char dst[HOST_NAME_LEN]);
