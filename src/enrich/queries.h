/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Questions that wait for an answer (private to enrich/; owned by struct names). An answer counts as asked only if id,
 * question, type, server and local port agree (RFC 5452, 3 and 9.1). A set holds 16; the oldest gives way, and then its
 * answer does not count: forgetting is safe, it leaves an address without a name.
 */
#include "names.h"

struct queries;

struct queries *queries_new(const uint8_t key[16]); /* NULL: no memory. The key is copied */
struct queries *queries_free(struct queries *q);
int queries_add(struct queries *q, const struct names_peer *peer, const struct dns_message *m, uint64_t now_ns);
/* True if it was asked; then the question is used up and the asker is in the outputs. */
bool queries_take(struct queries *q, const struct names_peer *peer, const struct dns_message *m, uint64_t now_ns,
		  pid_t *ret_pid, uint64_t *ret_start_ns);
