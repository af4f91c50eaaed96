/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Command lines in a report: a report leaves the machine (job logs, artifacts), so what looks like a token in the arguments
 * of a process is cut to its first characters. The history keeps the whole.
 */
#include "../base/base.h"

/* Appends text with every run of 20 or more letters, digits and + _ = - that has at least four letters and four digits (two,
 * if it is 32 or longer) shortened to four characters and an ellipsis, and the whole cut after `max` bytes. */
void mask_add(struct buf *out, const char *text, size_t max);
