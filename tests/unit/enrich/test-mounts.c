/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/enrich.h"

enum { SDA = 8 << 20 | 1, SDB = 8 << 20 | 17, TMP = 0 << 20 | 40 };

static const char table[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
			    "23 22 8:1 /srv/data /mnt/a\\040b rw - ext4 /dev/sda1 rw\n"
			    "24 22 8:17 /@home /home rw shared:3 master:1 - btrfs /dev/sdb1 rw,subvol=/@home\n"
			    "25 24 8:17 /@home/u/x /home/u/shadow rw - btrfs /dev/sdb1 rw\n"
			    "26 22 0:40 / /tmp rw - tmpfs tmpfs rw\n"
			    "27 22 0:4 net:[4026531840] /run/netns/a rw - nsfs nsfs rw\n"
			    "28 22 8:1 /etc/hosts\\134\\012 /mnt/f rw - ext4 /dev/sda1 rw\n";

static void assert_path(const char *text, uint32_t dev, const char *inside, const char *expected)
{
	struct mounts *m = NULL;
	char path[256] = "untouched";
	int r;

	assert_int_equal(mounts_parse(text, strlen(text), &m), 0);
	r = mounts_visible_path(m, dev, inside, path, sizeof(path));
	mounts_free(m);
	if (!expected) {
		assert_int_equal(r, -ENOENT);
		assert_string_equal(path, "untouched");
		return;
	}
	assert_int_equal(r, 0);
	assert_string_equal(path, expected);
}

static void parses_lines(void **state)
{
	struct mounts *m = NULL;

	(void)state;
	assert_int_equal(mounts_parse(table, sizeof(table) - 1, &m), 0);
	assert_int_equal(m->n, 7);
	assert_int_equal(m->items[0].dev, SDA);
	assert_int_equal(m->items[1].parent, 22);
	assert_string_equal(m->items[1].root, "/srv/data");
	assert_string_equal(m->items[1].path, "/mnt/a b");
	assert_string_equal(m->items[2].fstype, "btrfs");
	assert_string_equal(m->items[5].root, "net:[4026531840]");
	assert_string_equal(m->items[6].root, "/etc/hosts\\\n");
	mounts_free(m);
}

static void refuses_malformed(void **state)
{
	static const char *const bad[] = {
		"22", "x 1 8:1 / / rw - ext4 a rw", "22 1 81 / / rw - ext4 a rw", "22 1 8:1 / relative rw - ext4 a rw",
		"22 1 8:1 / / rw ext4 a rw", "22 1 4096:1 / / rw - ext4 a rw", "22 1 8:1048576 / / rw - ext4 a rw",
	};
	struct mounts *m = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(mounts_parse(bad[i], strlen(bad[i]), &m), -EBADMSG);
		assert_null(m);
	}
}

static void finds_visible_paths(void **state)
{
	(void)state;
	assert_path(table, SDA, "/etc/passwd", "/etc/passwd");
	assert_path(table, SDA, "/", "/");
	assert_path(table, SDB, "/@home/u/.aws/credentials", "/home/u/.aws/credentials");
	assert_path(table, SDB, "/@home", "/home");
	assert_path(table, TMP, "/x", "/tmp/x");
	assert_path(table, SDA, "/srv/data/f", "/mnt/a b/f"); /* the longer root */
	assert_path(table, SDA, "/srv/database", "/srv/database");
	assert_path(table, SDB, "/@other/f", NULL);
	assert_path(table, 99, "/f", NULL);
}

static void passes_by_hidden_mounts(void **state)
{
	static const char over[] = "22 1 8:1 / / rw - ext4 a rw\n"
				   "23 22 8:17 / /data rw - ext4 b rw\n"
				   "24 23 0:40 / /data rw - tmpfs c rw\n"   /* stacked on 23 */
				   "25 22 8:17 /sub /other rw - ext4 b rw\n"
				   "26 22 0:41 / /home/u/x rw - tmpfs d rw\n"
				   "27 22 0:42 / /home rw - tmpfs e rw\n";  /* mounted later, above 26 */

	(void)state;
	assert_path(over, SDB, "/f", NULL);
	assert_path(over, SDB, "/sub/f", "/other/f");
	assert_path(over, SDA, "/data/f", NULL);
	assert_path(over, 41, "/f", NULL);
	assert_path(over, 42, "/f", "/home/f");
	assert_path(over, SDA, "/home/f", NULL);
	assert_path(over, SDA, "/homes", "/homes");
}

static void says_when_too_long(void **state)
{
	struct mounts *m = NULL;
	char path[8];

	(void)state;
	assert_int_equal(mounts_parse(table, sizeof(table) - 1, &m), 0);
	assert_int_equal(mounts_visible_path(m, SDA, "/1234567", path, sizeof(path)), -ENAMETOOLONG);
	assert_int_equal(mounts_visible_path(m, SDA, "/123456", path, sizeof(path)), 0);
	assert_int_equal(mounts_visible_path(m, SDA, "relative", path, sizeof(path)), -EINVAL);
	mounts_free(m);
}

static void reads_the_real_table(void **state)
{
	struct mounts *m = NULL;
	bool proc = false;
	size_t i;

	(void)state;
	assert_int_equal(mounts_read(NULL, &m), 0);
	for (i = 0; i < m->n; i++)
		proc = proc || (streq(m->items[i].fstype, "proc") && streq(m->items[i].path, "/proc"));
	assert_true(proc);
	mounts_free(m);
	assert_int_equal(mounts_read("/nonexistent", &m), -ENOENT);
}

/* 77: not allowed to try; else 0 for what is expected. */
static int poll_in_namespace(void)
{
	struct pollfd p = { .events = POLLPRI };
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	p.fd = mounts_poll_fd();
	if (p.fd < 0 || poll(&p, 1, 0) != 0)
		return 1;
	if (mount("none", "/tmp", "tmpfs", 0, NULL) < 0)
		return 77;
	r = poll(&p, 1, 1000);
	if (r != 1 || !(p.revents & POLLPRI))
		return 2;
	return poll(&p, 1, 0) == 0 ? 0 : 3; /* taken */
}

static void reports_changes(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(poll_in_namespace());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_lines),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(finds_visible_paths),
		cmocka_unit_test(passes_by_hidden_mounts),
		cmocka_unit_test(says_when_too_long),
		cmocka_unit_test(reads_the_real_table),
		cmocka_unit_test(reports_changes),
	};

	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
