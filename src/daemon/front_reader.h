/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the front does besides keeping records (private to daemon/): receives messages, answers questions about files. */
#include <sys/types.h>

struct front_ask;

/* As recv with MSG_DONTWAIT | MSG_TRUNC; *ret_file is the descriptor that came along (the caller's), or -1. */
ssize_t front_receive(int fd, char *dst, size_t size, int *ret_file);
/* Parses the file and sends the answer to `to`. The file stays the caller's; -1 = it could not be passed. */
void front_answer(int to, const struct front_ask *ask, int file);
