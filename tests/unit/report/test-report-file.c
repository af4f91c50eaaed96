/* SPDX-License-Identifier: Apache-2.0 */
/* The report file on a real disk: lines, counts in place, and what happens when the file is not what it should be. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct place {
	char dir[32], path[64];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/egret-test-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/report.jsonl", p->dir);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char link[64];

	(void)snprintf(link, sizeof(link), "%s/link", p->dir);
	(void)unlink(link);
	(void)unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

static struct report_file *open_file(const struct place *p)
{
	struct report_file *f;
	int fd;

	assert_int_equal(file_open_own(p->path, (uid_t)-1, &fd), 0);
	assert_int_equal(report_file_open(fd, &f), 0);
	return f;
}

/* Every line parsed; *ret_n lines. */
static json_t *lines_of(const struct place *p)
{
	_cleanup_free_ char *text = NULL;
	json_t *all = json_array();
	char *at, *save = NULL;
	size_t len;

	assert_int_equal(file_read(AT_FDCWD, p->path, 1 << 20, &text, &len), 0);
	assert_true(len == 0 || text[len - 1] == '\n');
	for (at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save)) {
		json_t *doc = json_loads(at, 0, NULL);

		assert_non_null(doc);
		assert_int_equal(json_array_append_new(all, doc), 0);
	}
	return all;
}

static json_int_t count_of(const json_t *all, size_t i)
{
	return json_integer_value(json_object_get(json_array_get(all, i), "count"));
}

static void test_counts(void **state)
{
	struct report_file *f = open_file(*state);
	struct record a = flow(1, "a.test", "192.0.2.1", "allow"), b = flow(2, "a.test", "192.0.2.1", "deny");
	json_t *all;
	struct stat st;

	assert_int_equal(report_file_add(f, &a), 0);
	assert_int_equal(report_file_add(f, &b), 0);
	for (int i = 0; i < 11; i++)
		assert_int_equal(report_file_add(f, &a), 0);
	all = lines_of(*state); /* complete at any moment */
	assert_int_equal(json_array_size(all), 2);
	assert_int_equal(count_of(all, 0), 1);
	json_decref(all);
	report_file_flush(f);
	all = lines_of(*state);
	assert_int_equal(count_of(all, 0), 12);
	assert_int_equal(count_of(all, 1), 1);
	json_decref(all);
	(void)report_file_close(f);
	assert_int_equal(stat(((struct place *)*state)->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* A second run goes on after the first; a line that was cut off stays apart. */
static void test_goes_on(void **state)
{
	const struct place *p = *state;
	struct record a = flow(1, "a.test", "192.0.2.1", "allow");
	struct report_file *f = open_file(p);
	_cleanup_free_ char *text = NULL;
	int fd;

	assert_int_equal(report_file_add(f, &a), 0);
	(void)report_file_close(f);
	fd = open(p->path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"cut", 5), 5);
	(void)close(fd);
	f = open_file(p);
	assert_int_equal(report_file_add(f, &a), 0);
	assert_int_equal(report_file_add(f, &a), 0);
	(void)report_file_close(f);
	assert_int_equal(file_read(AT_FDCWD, p->path, 1 << 20, &text, NULL), 0);
	assert_non_null(strstr(text, "}\n{\"cut\n{\"type\":\"network\",\"count\":         2,"));
}

static void test_emptied_under_us(void **state)
{
	const struct place *p = *state;
	struct record a = flow(1, "a.test", "192.0.2.1", "allow");
	struct report_file *f = open_file(p);
	json_t *all;

	assert_int_equal(report_file_add(f, &a), 0);
	assert_int_equal(report_file_add(f, &a), 0);
	assert_int_equal(truncate(p->path, 0), 0);
	report_file_flush(f);
	assert_int_equal(report_file_add(f, &a), 0);
	(void)report_file_close(f);
	all = lines_of(p);
	assert_int_equal(json_array_size(all), 1);
	json_decref(all);
}

/* No room: nothing of a line is left behind, the loss is told once there is room again. */
static void test_no_room(void **state)
{
	const struct place *p = *state;
	struct record a = flow(1, "a.test", "192.0.2.1", "allow"), b = flow(2, "b.test", "192.0.2.2", "deny"),
		      c = flow(3, "c.test", "192.0.2.3", "deny"), d = flow(4, "d.test", "192.0.2.4", "deny");
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }, little = { 700, RLIM_INFINITY };
	struct report_file *f = open_file(p);
	json_t *lines;

	assert_int_equal(report_file_add(f, &a), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_true(report_file_add(f, &b) < 0);
	assert_int_equal(report_file_add(f, &c), 0); /* told once */
	assert_int_equal(report_file_add(f, &a), 0); /* counts go on */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(report_file_add(f, &d), 0);
	(void)report_file_close(f);
	lines = lines_of(p);
	assert_int_equal(json_array_size(lines), 3);
	assert_int_equal(count_of(lines, 0), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 2), "type")), "loss");
	assert_int_equal(count_of(lines, 2), 2);
	json_decref(lines);
}

static void test_places(void **state)
{
	const struct place *p = *state;
	char link[64], below[128];
	struct stat st;
	int fd = -1;

	(void)snprintf(link, sizeof(link), "%s/link", p->dir);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(file_open_own(link, (uid_t)-1, &fd), -ELOOP);
	assert_int_equal(file_open_own(p->dir, (uid_t)-1, &fd), -EISDIR);
	assert_int_equal(file_open_own("", (uid_t)-1, &fd), -ENOENT);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_int_equal(file_open_own(p->path, (uid_t)-1, &fd), -EINVAL);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(unlink(link), 0);
	/* a link of our own on the way is followed; what is behind a missing directory is made */
	assert_int_equal(symlink(p->dir, link), 0);
	(void)snprintf(below, sizeof(below), "%s/sub/../sub/f", link);
	assert_int_equal(file_open_own(below, (uid_t)-1, &fd), 0);
	(void)close(fd);
	(void)snprintf(below, sizeof(below), "%s/sub/f", p->dir);
	assert_int_equal(stat(below, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(linkat(AT_FDCWD, below, AT_FDCWD, p->path, 0), 0);
	assert_int_equal(file_open_own(p->path, (uid_t)-1, &fd), -EMLINK);
	assert_int_equal(unlink(below), 0);
	(void)snprintf(below, sizeof(below), "%s/sub", p->dir);
	assert_int_equal(rmdir(below), 0);
}

/* Only where we may give files away: as root. */
static void test_other_owners(void **state)
{
	const struct place *p = *state;
	char link[64];
	int fd = -1;

	if (geteuid() != 0) {
		print_message("# SKIP needs root: another user's file has to be made\n");
		skip();
	}
	assert_int_equal(file_open_own(p->path, (uid_t)-1, &fd), 0);
	assert_int_equal(fchown(fd, 12345, 12345), 0);
	(void)close(fd);
	assert_int_equal(file_open_own(p->path, (uid_t)-1, &fd), -EPERM);
	assert_int_equal(file_open_own(p->path, 12346, &fd), -EPERM);
	assert_int_equal(file_open_own(p->path, 12345, &fd), 0);
	(void)close(fd);
	(void)snprintf(link, sizeof(link), "%s/link", p->dir);
	assert_int_equal(symlink("/etc", link), 0);
	assert_int_equal(lchown(link, 12345, 12345), 0);
	(void)snprintf(link, sizeof(link), "%s/link/x", p->dir);
	assert_int_equal(file_open_own(link, (uid_t)-1, &fd), -ELOOP);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_counts), T(test_goes_on), T(test_emptied_under_us), T(test_no_room), T(test_places), T(test_other_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
