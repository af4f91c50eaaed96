/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash for tables whose keys an attacker may choose (addresses in DNS
 * answers), so that nobody can aim for one bucket.
 */
#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint8_t key[16], const void *data, size_t len);
