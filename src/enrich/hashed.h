/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hosts that ssh keeps as hashes (HashKnownHosts, the default on Debian): "|1|salt|hash", both in base64, the hash being
 * HMAC-SHA1 with the salt as key over the host as it would stand there in clear (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT;
 * OpenSSH, hostfile.c). Nobody can list them, but whether one is meant can be told.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASHED_TEXT_MAX = 64 }; /* "|1|", two times 28, "|", NUL */

/* Is this text of `len` bytes such an entry? */
bool hashed_is(const char *text, size_t len);
/* Does the entry mean `host` (a name or an address) with that port? "[host]:port" unless it is 22. False on any doubt. */
bool hashed_means(const char *entry, const char *host, uint16_t port);
