/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Bytes on the control socket, for both sides. Private to ipc/; what they mean is said in ipc.h.
 */
#include "ipc.h"

enum ipc_type { IPC_PIECE = 'P', IPC_DOCUMENT = 'D', IPC_END = 'E' };

#define IPC_MESSAGE_MAX	 (1 + IPC_CHUNK_MAX)
#define IPC_DOCUMENT_MAX (16u << 20) /* bytes of a document that a client puts together */

/* Words to one message; -E2BIG beyond the limits, -EINVAL without a word. */
int ipc_words_encode(const char *const *words, struct buf *out);
/* One message to words that point into it. -EBADMSG unless it is 1 .. IPC_WORDS_MAX words, each NUL-terminated. */
int ipc_words_decode(const char *message, size_t len, const char *words[IPC_WORDS_MAX + 1], size_t *ret_n);
/* The end message. The sentence is cut at IPC_SENTENCE_MAX - 1 bytes. */
void ipc_end_encode(uint32_t code, const char *sentence, struct buf *out);
int ipc_end_decode(const char *message, size_t len, struct ipc_end *ret);
