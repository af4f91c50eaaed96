/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "phrase.h"

const char *const fail_words[] = { "never", "flag", "block", NULL };

static int take(void *user, const struct record *r, const char *json _unused_, size_t len _unused_)
{
	return report_add(user, r);
}

int job_collect(const struct cli *c, uint64_t since_ms, uint64_t until_ms, struct report **ret)
{
	struct store_filter f = { .since_ms = since_ms, .until_ms = until_ms };
	_cleanup_(report_freep) struct report *p = NULL;
	_cleanup_(store_closep) struct store *s = NULL;
	uint64_t skipped = 0;
	int code = CLI_OK, r;

	s = history_open(c, &code);
	if (!s)
		return code;
	r = report_new(&p);
	if (r == 0)
		r = store_query(s, &f, take, p, &skipped);
	if (r < 0)
		return cli_fail("cannot make the report: %s", strerror(-r));
	if (skipped)
		(void)cli_fail("%" PRIu64 " records are of a newer version of egret and not in the report", skipped);
	*ret = TAKE_PTR(p);
	return CLI_OK;
}

int job_verdict(const struct report *p, enum fail_on fail_on)
{
	bool blocked = report_total(p, OUTCOME_BLOCK) > 0;
	bool noticed = blocked || report_total(p, OUTCOME_WOULD) > 0 || report_total(p, OUTCOME_FLAG) > 0;

	return (fail_on == FAIL_BLOCK && blocked) || (fail_on == FAIL_FLAG && noticed) ? CLI_DENIED : CLI_OK;
}

const char *job_root(void)
{
	static const char *const names[] = { "GITHUB_WORKSPACE", "CI_PROJECT_DIR" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0] == '/')
			return value;
	}
	return NULL;
}

/* Whoever called sudo owns the files of the job. */
static uid_t caller(void)
{
	const char *text = getenv("SUDO_UID");
	uint64_t uid;

	return geteuid() == 0 && text && str_to_u64(text, 1, UINT32_MAX - 1, &uid) == 0 ? (uid_t)uid : (uid_t)-1;
}

static int write_whole(int fd, const struct buf *b)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int write_file(const char *path, const struct buf *b, bool append)
{
	_cleanup_close_ int fd = -1;
	int r = buf_error(b);

	if (r == 0)
		r = file_open_own(path, caller(), &fd);
	if (r == 0 && (append ? lseek(fd, 0, SEEK_END) < 0 : ftruncate(fd, 0) < 0))
		r = -errno;
	if (r == 0)
		r = write_whole(fd, b);
	return r < 0 ? cli_fail("cannot write %s: %s", path, file_open_own_text(r)) : CLI_OK;
}

int job_write(const struct report *p, const struct report_head *h, const struct job_files *files)
{
	const char *summary = files->summary ? files->summary : getenv("GITHUB_STEP_SUMMARY");
	_cleanup_buf_ struct buf text = { 0 };
	int r = CLI_OK, second;

	if (summary && *summary) {
		report_markdown(p, h, &text);
		r = write_file(summary, &text, true);
	}
	if (!files->sarif)
		return r;
	buf_clear(&text);
	report_sarif(p, h, &text);
	second = write_file(files->sarif, &text, false);
	return r == CLI_OK ? second : r;
}

int job_print(void (*write)(const struct report *, const struct report_head *, struct buf *), const struct report *p,
	      const struct report_head *h)
{
	_cleanup_buf_ struct buf out = { 0 };

	write(p, h, &out);
	if (buf_error(&out))
		return cli_fail("cannot print the report: %s", strerror(-buf_error(&out)));
	(void)fputs(buf_str(&out), stdout);
	return CLI_OK;
}
