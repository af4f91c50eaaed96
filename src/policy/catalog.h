/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The catalogue: classes of secrets with their readers and homes, and the brokers, read from a directory of *.yaml.
 * Files are read in the order of their names. A class of the built-in layer may be replaced by the user's layer; within a
 * layer a name is used once.
 */
#include "fields.h"
#include "policy.h"

#define CATALOG_FILES_MAX 256
#define CATALOG_ID "catalog:" /* how the ids of the catalogue's watches begin */

enum catalog_layer {
	CATALOG_BUILTIN,
	CATALOG_BROKERS_ONLY, /* the built-in files under `catalog: none`: classes are checked, then left out */
	CATALOG_USER,         /* may replace; the directory may be absent */
};

/* Adds the directory's classes and brokers to p. -errno of reading, -EINVAL, -ENOMEM with *problem. */
int catalog_read(struct policy *p, const char *dir, enum catalog_layer layer, struct problem *problem);

/* Every table of keys, NULL-terminated: for the documentation's test. */
extern const struct yaml_table *const catalog_tables[];
