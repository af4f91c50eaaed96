/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Addresses as the whole program carries them: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
 */
#include <stdbool.h>
#include <stdint.h>

enum { ADDR_LEN = 16, ADDR_TEXT_MAX = 46 };

void addr_from_v4(const uint8_t v4[4], uint8_t ret[ADDR_LEN]);
/* Strict text form ("192.0.2.1", "2001:db8::1", "fe80::1%eth0": the zone is dropped); no octal, hex or short forms.
 * 0, or -EINVAL with *ret untouched. */
int addr_from_text(const char *text, uint8_t ret[ADDR_LEN]);
/* The usual text form, IPv4 in dots; returns dst. */
const char *addr_to_text(const uint8_t addr[ADDR_LEN], char dst[ADDR_TEXT_MAX]);
/* 0.0.0.0 or ::. */
bool addr_is_any(const uint8_t addr[ADDR_LEN]);
