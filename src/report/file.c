/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "seen.h"

#define PLACES_MAX 65536

/* Where a line's digits are, and what they should say. */
struct place {
	uint64_t at, count, last_ms;
	bool stale;
};

struct report_file {
	int fd;
	uint64_t end;
	struct seen seen;
	struct place *places;
	size_t n;
	struct buf line;
	uint64_t lost;
	int error; /* told already */
};

int report_file_open(int fd, struct report_file **ret)
{
	_cleanup_(report_file_closep) struct report_file *f = calloc(1, sizeof(*f));
	struct stat st;
	char last = '\n';

	if (!f)
		return -ENOMEM;
	f->fd = -1;
	buf_init(&f->line, 2 * RECORD_JSON_MAX);
	f->places = calloc(PLACES_MAX, sizeof(*f->places));
	if (!f->places || seen_init(&f->seen, PLACES_MAX) < 0)
		return -ENOMEM;
	if (fstat(fd, &st) < 0)
		return -errno;
	f->end = (uint64_t)st.st_size;
	/* the last line of somebody who was cut off must not become part of ours */
	if (f->end && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n' && pwrite(fd, "\n", 1, st.st_size) == 1)
		f->end++;
	f->fd = fd;
	*ret = TAKE_PTR(f);
	return 0;
}

struct report_file *report_file_close(struct report_file *f)
{
	if (!f)
		return NULL;
	if (f->fd >= 0) {
		report_file_flush(f);
		(void)close(f->fd);
	}
	seen_done(&f->seen);
	free(f->places);
	buf_done(&f->line);
	free(f);
	return NULL;
}

/* Somebody emptied the file under us: what was in it is gone, places too. */
static void check_end(struct report_file *f)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0 || (uint64_t)st.st_size >= f->end)
		return;
	f->end = (uint64_t)st.st_size;
	f->n = 0;
	seen_clear(&f->seen);
}

static void write_place(struct report_file *f, struct place *p)
{
	char digits[64];
	int n = snprintf(digits, sizeof(digits), "%*" PRIu64 ",\"last_ms\":%*" PRIu64, REPORT_COUNT_DIGITS,
			 MIN(p->count, (uint64_t)9999999999), REPORT_TIME_DIGITS,
			 MIN(p->last_ms, (uint64_t)9999999999999));

	/* bytes that are there already: cannot fail for want of room on any file system that writes in place */
	if (pwrite(f->fd, digits, (size_t)n, (off_t)p->at) == n)
		p->stale = false;
}

void report_file_flush(struct report_file *f)
{
	check_end(f);
	for (size_t i = 0; i < f->n; i++)
		if (f->places[i].stale)
			write_place(f, &f->places[i]);
}

/* The whole line or nothing of it. */
static int append(struct report_file *f)
{
	ssize_t n;

	buf_addc(&f->line, '\n');
	if (buf_error(&f->line))
		return buf_error(&f->line);
	if (f->end + f->line.len > REPORT_FILE_MAX)
		return -EFBIG;
	n = pwrite(f->fd, f->line.data, f->line.len, (off_t)f->end);
	if (n == (ssize_t)f->line.len) {
		f->end += f->line.len;
		return 0;
	}
	n = n < 0 ? -errno : -ENOSPC;
	(void)!ftruncate(f->fd, (off_t)f->end);
	return (int)n;
}

static int add_line(struct report_file *f, const struct record *r, size_t *ret_count_at)
{
	buf_clear(&f->line);
	report_line(r, MAX(r->count, (uint64_t)1), r->time_ms, &f->line, ret_count_at);
	return append(f);
}

/* Behind the first line that fits again: before it, the short line that tells of a loss might fit where nothing else does. */
static void tell_lost(struct report_file *f, const struct record *now)
{
	struct record r = { .id = now->id, .time_ms = now->time_ms, .kind = RECORD_LOSS, .reason = "report",
			    .count = f->lost, .text = "lines could not be written to this file" };

	if (f->lost && add_line(f, &r, NULL) == 0)
		f->lost = 0;
	f->error = 0;
}

static int add_new(struct report_file *f, const struct record *r, const struct seen_key *key)
{
	uint64_t begin = f->end;
	size_t at;
	int e = add_line(f, r, &at);

	if (e < 0)
		return e;
	tell_lost(f, r);
	if (f->n == PLACES_MAX) { /* from now on repeats are new lines: counts of several lines add up */
		report_file_flush(f);
		f->n = 0;
		seen_clear(&f->seen);
	}
	f->places[f->n] = (struct place){ begin + at, MAX(r->count, (uint64_t)1), r->time_ms, false };
	return seen_add(&f->seen, key, (uint32_t)f->n++);
}

int report_file_add(struct report_file *f, const struct record *r)
{
	struct seen_key key;
	uint32_t row;
	int e = seen_key_of(&f->seen, r, &key);

	if (e == 0 && seen_find(&f->seen, &key, &row)) {
		f->places[row].count += MAX(r->count, (uint64_t)1);
		f->places[row].last_ms = MAX(f->places[row].last_ms, r->time_ms);
		f->places[row].stale = true;
		return 0;
	}
	if (e == 0)
		e = add_new(f, r, &key);
	if (e == 0)
		return 0;
	f->lost++;
	if (f->error)
		return 0;
	f->error = e;
	return e;
}
