/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The corpora of tests/fuzz as ordinary tests. The including test has included its fuzzer, which aborts on a broken promise.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/base/base.h"

static inline void corpus_read(const char *corpus, const char *name, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/../fuzz/corpus/%s/%s", getenv("EGRET_TEST_DATA"), corpus, name) > 0);
	assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, ret, ret_len), 0);
}

static inline void corpus_mutate(const char *data, size_t len, unsigned rounds)
{
	_cleanup_free_ char *copy = malloc(len + 1);
	unsigned seed = 1, round;
	size_t i;

	assert_non_null(copy);
	for (i = 0; i <= len; i++)
		(void)LLVMFuzzerTestOneInput((const uint8_t *)data, i);
	for (round = 0; len && round < rounds; round++) {
		memcpy(copy, data, len);
		for (i = 0; i < 1 + round % 4; i++)
			copy[(size_t)rand_r(&seed) % len] = (char)rand_r(&seed);
		(void)LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
	}
}

/* Every length of every file, then bytes changed at random with a fixed seed. */
static inline void corpus_survive(const char *corpus, unsigned at_least, unsigned rounds)
{
	_cleanup_closedir_ DIR *d = NULL;
	_cleanup_free_ char *dir = NULL;
	const struct dirent *e;
	unsigned files = 0;

	assert_true(asprintf(&dir, "%s/../fuzz/corpus/%s", getenv("EGRET_TEST_DATA"), corpus) > 0);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		_cleanup_free_ char *data = NULL;
		size_t len;

		if (e->d_name[0] == '.')
			continue;
		files++;
		corpus_read(corpus, e->d_name, &data, &len);
		corpus_mutate(data, len, rounds);
	}
	assert_true(files >= at_least);
}
