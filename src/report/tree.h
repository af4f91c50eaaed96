/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The processes of a report as a tree. Borrows from the report. */
#include "inside.h"

struct tree;
int tree_make(const struct report *p, struct tree **ret); /* -ENOMEM */
struct tree *tree_free(struct tree *t); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(struct tree *, tree_free)
/* Lines as `├── [pid] command`; [BLOCKED] behind a process something of which was blocked. */
void tree_print(struct tree *t, struct buf *out);
uint32_t tree_size(const struct tree *t);
