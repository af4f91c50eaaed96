/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Points in time as people write them: RFC 3339, "2026-05-01T18:00:00Z" or with an offset; fractions are accepted and cut. */
#include <stdint.h>

#define WHEN_TEXT_MAX sizeof("2026-05-01T18:00:00Z")

/* 0 or -EINVAL. Milliseconds since 1970, never 0. */
int when_parse(const char *s, uint64_t *ret_ms);
/* UTC, whole seconds, rounded up so that a rule never ends early. Returns dst. */
const char *when_format(uint64_t ms, char dst[WHEN_TEXT_MAX]);
