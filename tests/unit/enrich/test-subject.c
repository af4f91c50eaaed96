/* SPDX-License-Identifier: Apache-2.0 */
/* Against real children: each waits on its standard input after saying that it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/proctab.h"
#include "../../../src/enrich/subject.h"

struct child {
	pid_t pid;
	int in, out;
};

static char work[PATH_MAX];

static const char *at(const char *name)
{
	static char paths[4][PATH_MAX + 64];
	static unsigned turn;
	char *path = paths[turn++ % ARRAY_SIZE(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", work, name);
	return path;
}

/* Where the tests run may itself be a place that is doubted. */
static bool in_open_place(void)
{
	return strncmp(work, "/tmp/", 5) == 0 || strncmp(work, "/var/tmp/", 9) == 0 || strncmp(work, "/dev/shm/", 9) == 0;
}

static void put(const char *name, const char *text, mode_t mode)
{
	assert_int_equal(file_write(at(name), text, strlen(text), mode), 0);
}

static void copy(const char *from, const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	assert_int_equal(file_read(AT_FDCWD, from, 64u << 20, &data, &len), 0);
	assert_int_equal(file_write(at(name), data, len, 0755), 0);
}

/* exe: path, or NULL for the open file exe_fd. env_entry: the only variable, or NULL. */
static struct child start(const char *exe, int exe_fd, const char *const *argv, const char *env_entry)
{
	char *env[] = { (char *)env_entry, NULL }, *const *av = (char *const *)argv;
	struct child c;
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	c.pid = fork();
	if (c.pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		if (chdir(work) == 0 && exe)
			(void)execve(exe, av, env);
		else if (!exe)
			(void)fexecve(exe_fd, av, env);
		_exit(127);
	}
	assert_true(c.pid > 0);
	(void)close(in[0]);
	(void)close(out[1]);
	c.in = in[1];
	c.out = out[0];
	return c;
}

/* What the child says first; "" if it died. */
static void hear(const struct child *c, char *line, size_t size)
{
	ssize_t n = read(c->out, line, size - 1);

	line[n > 0 ? n : 0] = 0;
}

/* For programs that echo: they run once their echo is back. */
static void greet(const struct child *c)
{
	char line[16];

	assert_int_equal(write(c->in, "x\n", 2), 2);
	hear(c, line, sizeof(line));
	assert_string_equal(line, "x\n");
}

static void stop(struct child *c)
{
	(void)close(c->in);
	(void)close(c->out);
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
}

static struct subject_info *look(pid_t pid)
{
	struct subject_info *s = NULL;

	assert_int_equal(subject_from_proc(-1, pid, 0, &s), 0);
	return s;
}

static bool in_list(char *const *list, const char *s)
{
	for (; list && *list; list++)
		if (streq(*list, s))
			return true;
	return false;
}

static void assert_script(const struct subject_info *s, const char *name)
{
	assert_non_null(s->script);
	assert_string_equal(strrchr(s->script, '/') + 1, name);
	assert_int_equal(s->script[0], '/');
}

static const char *program(const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/bin" };
	static char path[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* --- tests ------------------------------------------------------------------------------------------- */

static void test_shell(void **state)
{
	const char *argv[] = { "sh", "-c", "echo ready; read x", NULL };
	struct child c = start("/bin/sh", -1, argv, NULL);
	struct subject_info *s;
	char line[16];

	(void)state;
	hear(&c, line, sizeof(line));
	s = look(c.pid);
	assert_true(in_list(s->names, "sh"));
	assert_null(s->script);
	assert_string_equal(s->comm, "sh");
	assert_int_equal(s->pid, c.pid);
	assert_int_equal(s->ppid, getpid());
	assert_int_equal(s->uid, getuid());
	assert_string_equal(s->cwd, work);
	if (!s->intact)
		fail_msg("a plain shell is doubted: %s", s->doubt);
	assert_true(in_list(s->ancestors, "test-subject"));
	assert_null(subject_info_free(s));
	stop(&c);
}

static void test_python_script_below_shell(void **state)
{
	const char *argv[] = { "sh", "-c", "python3 -u ./setup.py arg; true", NULL };
	struct subject_info *s;
	char line[32], text[256];
	struct child c;

	(void)state;
	if (!program("python3"))
		skip();
	put("setup.py", "import os, sys\nprint(os.getpid())\nsys.stdin.read()\n", 0644);
	c = start("/bin/sh", -1, argv, "PATH=/usr/local/bin:/usr/bin:/bin");
	hear(&c, line, sizeof(line));
	s = look(atoi(line));
	assert_true(in_list(s->names, "python3"));
	assert_true(in_list(s->names, "python"));
	assert_true(in_list(s->names, "setup.py"));
	assert_true(in_list(s->names, "setup"));
	assert_script(s, "setup.py");
	if (s->intact == in_open_place())
		fail_msg("intact %d: %s", s->intact, s->doubt ? s->doubt : "-");
	assert_true(in_list(s->ancestors, "sh"));
	assert_int_equal(s->ppid, c.pid);
	assert_int_equal(subject_describe(s, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "(script setup.py), pid "));
	assert_non_null(strstr(text, "started by "));
	assert_int_equal(subject_describe(s, text, 10), -ENOBUFS);
	(void)kill(s->pid, SIGKILL);
	(void)subject_info_free(s);
	stop(&c);
}

/* As an installed npm looks: a link in bin/, the script elsewhere, started through #!. */
static void test_npm(void **state)
{
	const char *argv[] = { "npm", "install", NULL };
	struct subject_info *s;
	char line[16], script[PATH_MAX + 128];
	struct child c;

	(void)state;
	if (!program("node"))
		skip();
	(void)snprintf(script, sizeof(script), "#!%s\nconsole.log('ready'); process.stdin.resume()\n", program("node"));
	put("npm-cli.js", script, 0755);
	assert_int_equal(symlink("npm-cli.js", at("npm")), 0);
	c = start(at("npm"), -1, argv, NULL);
	hear(&c, line, sizeof(line));
	assert_string_equal(line, "ready\n");
	s = look(c.pid);
	assert_true(in_list(s->names, "npm"));
	assert_true(in_list(s->names, "node"));
	assert_script(s, "npm-cli.js");
	(void)subject_info_free(s);
	stop(&c);
}

static void expect_doubt(pid_t pid, const char *says)
{
	struct subject_info *s = look(pid);

	assert_false(s->intact);
	assert_non_null(s->doubt);
	if (!strstr(s->doubt, says))
		fail_msg("\"%s\" does not say \"%s\"", s->doubt, says);
	(void)subject_info_free(s);
}

static void test_deleted(void **state)
{
	const char *argv[] = { "tool", NULL };
	struct subject_info *s;
	struct child c;

	(void)state;
	copy(program("cat"), "tool");
	c = start(at("tool"), -1, argv, NULL);
	greet(&c);
	assert_int_equal(unlink(at("tool")), 0);
	s = look(c.pid);
	assert_string_equal(s->exe, at("tool"));
	assert_true(in_list(s->names, "tool"));
	(void)subject_info_free(s);
	expect_doubt(c.pid, "deleted");
	stop(&c);
}

static void test_memfd(void **state)
{
	const char *argv[] = { "curl", NULL };
	_cleanup_close_ int fd = memfd_create("curl", 0);
	_cleanup_free_ char *data = NULL;
	struct subject_info *s;
	struct child c;
	size_t len;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, program("cat"), 64u << 20, &data, &len), 0);
	assert_int_equal(write(fd, data, len), len);
	c = start(NULL, fd, argv, NULL);
	greet(&c);
	expect_doubt(c.pid, "memory");
	s = look(c.pid);
	assert_false(in_list(s->names, "curl")); /* neither argv[0] nor the memfd's name makes it curl */
	(void)subject_info_free(s);
	stop(&c);
}

static void test_writable_by_others(void **state)
{
	const char *argv[] = { "tool", NULL };
	struct child c;

	(void)state;
	copy(program("cat"), "open");
	assert_int_equal(chmod(at("open"), 0777), 0);
	c = start(at("open"), -1, argv, NULL);
	greet(&c);
	expect_doubt(c.pid, in_open_place() ? "everybody" : "others");
	stop(&c);
}

static void test_environment(void **state)
{
	static const struct {
		const char *entry;
		bool intact;
	} rows[] = {
		{ "LD_LIBRARY_PATH=/nowhere", false }, { "NODE_OPTIONS=--require x", false }, { "PYTHONPATH=/x", false },
		{ "GIT_SSH_COMMAND=x", false },        { "LD_LIBRARY_PATH=", true },          { "LD_LIBRARY_PATHS=/x", true },
		{ "HOME=/x", true },
	};
	const char *argv[] = { "cat", NULL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct child c = start(program("cat"), -1, argv, rows[i].entry);
		struct subject_info *s;

		greet(&c);
		s = look(c.pid);
		if (s->intact != rows[i].intact)
			fail_msg("%s: %s", rows[i].entry, s->doubt ? s->doubt : "intact");
		(void)subject_info_free(s);
		stop(&c);
	}
}

static void test_preloading_options(void **state)
{
	const char *argv[] = { "bash", "--rcfile", "/nowhere", "./x.sh", NULL };
	struct child c;
	char line[16];

	(void)state;
	if (!program("bash"))
		skip();
	put("x.sh", "echo ready; read x\n", 0644);
	c = start(program("bash"), -1, argv, NULL);
	hear(&c, line, sizeof(line));
	expect_doubt(c.pid, in_open_place() ? "everybody" : "options");
	stop(&c);
}

static void test_loader(void **state)
{
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
	const char *argv[] = { loader, "/bin/cat", NULL };
	struct child c;

	(void)state;
	if (access(loader, X_OK) < 0)
		skip();
	c = start(loader, -1, argv, NULL);
	greet(&c);
	expect_doubt(c.pid, "ld.so");
	stop(&c);
}

static void test_start_time_and_death(void **state)
{
	const char *argv[] = { "cat", NULL };
	struct child c = start(program("cat"), -1, argv, NULL);
	_cleanup_close_ int procfd = -1;
	struct subject_info *s, *other = (struct subject_info *)&c;
	uint64_t start_ns;
	char path[32];

	(void)state;
	greet(&c);
	s = look(c.pid);
	start_ns = s->start_ns;
	(void)subject_info_free(s);
	assert_true(now_boot_ns() - start_ns < UINT64_C(60000000000));
	assert_int_equal(subject_from_proc(-1, c.pid, start_ns + 9000000, &s), 0); /* inside the tick */
	assert_int_equal(s->start_ns, start_ns + 9000000);
	(void)subject_info_free(s);
	assert_int_equal(subject_from_proc(-1, c.pid, start_ns + 1000000000, &other), -ESRCH);
	assert_int_equal(subject_from_proc(-1, c.pid, start_ns - 1000000000, &other), -ESRCH);
	(void)snprintf(path, sizeof(path), "/proc/%d", (int)c.pid);
	procfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(subject_from_proc(procfd, c.pid, start_ns, &s), 0);
	(void)subject_info_free(s);
	stop(&c);
	assert_int_equal(subject_from_proc(procfd, c.pid, 0, &other), -ESRCH);
	assert_int_equal(subject_from_proc(-1, c.pid, 0, &other), -ESRCH);
	assert_ptr_equal(other, &c); /* untouched on failure */
}

/* comm and cwd are the process's own: nothing it writes there reaches a terminal raw. */
static void test_hostile_comm(void **state)
{
	const char *argv[] = { "cat", NULL };
	struct child c;
	struct subject_info *s;
	char text[512];
	const char *p;

	(void)state;
	copy(program("cat"), ") R 1 \033[31m");
	c = start(at(") R 1 \033[31m"), -1, argv, NULL);
	greet(&c);
	s = look(c.pid);
	assert_int_equal(s->ppid, getpid());
	assert_string_equal(s->comm, ") R 1 \033[31m");
	assert_int_equal(subject_describe(s, text, sizeof(text)), 0);
	for (p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20);
	(void)subject_info_free(s);
	stop(&c);
}

/* --- from the process table -------------------------------------------------------------------------- */

#define ARGV(words) .argv = words, .argv_len = sizeof(words)

/* npm (long gone) -> sh -> node setup.js (gone), reparented to nobody. */
static struct proctab *table(void)
{
	static const struct process_exec execs[] = {
		{ .pid = 4194000, .start_ns = 1000000000, .exe = "/usr/bin/node", .comm = "npm install",
		  ARGV("node\0/usr/lib/npm-cli.js\0install") },
		{ .pid = 4194001, .start_ns = 2000000000, .exe = "/usr/bin/dash", .comm = "sh", ARGV("sh\0-c\0x") },
		{ .pid = 4194002, .start_ns = 3000000000, .exe = "/usr/bin/node", .comm = "node",
		  ARGV("node\0/srv/setup.js") },
	};
	struct proctab *t = proctab_new();
	size_t i;

	assert_non_null(t);
	for (i = 0; i < ARRAY_SIZE(execs); i++) {
		if (i)
			assert_int_equal(proctab_fork(t, execs[i - 1].pid, execs[i - 1].start_ns, execs[i].pid,
						      execs[i].start_ns, execs[i].start_ns), 0);
		assert_int_equal(proctab_exec(t, &execs[i]), 0);
	}
	proctab_exit(t, 4194000, 1000000000, 0, UINT64_C(4000000000));
	proctab_exit(t, 4194002, 3000000000, 0, UINT64_C(4000000000));
	return t;
}

static int number_of(const struct subject_info *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_ancestors; i++)
		if (streq(s->ancestors[i], name))
			return s->ancestor_of[i];
	return -1;
}

static void test_from_table(void **state)
{
	struct proctab *t = table();
	struct subject_info *s;

	(void)state;
	assert_int_equal(subject_from_proc(-1, 4194002, 0, &s), -ESRCH);
	assert_int_equal(subject_from_table(t, 4194002, 3000000000, &s), 0);
	assert_string_equal(s->exe, "/usr/bin/node");
	assert_string_equal(s->script, "/srv/setup.js");
	assert_true(in_list(s->names, "setup"));
	assert_true(in_list(s->ancestors, "sh"));
	assert_true(in_list(s->ancestors, "npm"));
	assert_string_equal(s->ancestors[0], "dash");
	/* each name belongs to its process: dash and sh to the parent, all of npm's to its parent */
	assert_int_equal(number_of(s, "sh"), 0);
	assert_int_equal(number_of(s, "node"), 1);
	assert_int_equal(number_of(s, "npm"), 1);
	assert_false(s->intact);
	(void)subject_info_free(s);
	assert_int_equal(subject_from_table(t, 4194002, 9000000000, &s), -ESRCH);
	assert_int_equal(subject_from_table(t, 4194009, 0, &s), -ESRCH);
	(void)proctab_free(t);
}

static void test_add_lineage(void **state)
{
	struct proctab *t = table();
	struct subject_info s = { .pid = 4194001, .start_ns = 2000000000 }, other = { .pid = 1, .start_ns = 1 };

	(void)state;
	assert_int_equal(subject_add_lineage(&s, t), 0);
	assert_true(in_list(s.ancestors, "npm"));
	assert_int_equal(subject_add_lineage(&s, t), 0); /* again: replaced, not doubled */
	assert_string_equal(s.ancestors[0], "node");
	assert_null(s.ancestors[s.n_ancestors]);
	assert_int_equal(subject_add_lineage(&other, t), 0);
	assert_null(other.ancestors);
	while (s.n_ancestors)
		free(s.ancestors[--s.n_ancestors]);
	free(s.ancestors);
	free(s.ancestor_of);
	(void)proctab_free(t);
}

static void run(struct proctab *t, pid_t pid, uint64_t start, const char *exe)
{
	struct process_exec e = { .pid = pid, .start_ns = start, .now_ns = start, .exe = exe, .comm = "x" };

	assert_int_equal(proctab_exec(t, &e), 0);
}

static bool descends_from(const struct proctab *t, pid_t pid, const char *name)
{
	struct subject_info *s;
	bool found;

	assert_int_equal(subject_from_table(t, pid, 0, &s), 0);
	found = in_list(s->ancestors, name);
	(void)subject_info_free(s);
	return found;
}

/* However often it forks away from its parents, and whatever they become meanwhile. */
static void test_ancestry_stays(void **state)
{
	struct proctab *t = proctab_new();
	uint64_t s = 1000000000;
	pid_t pid = 4190000;
	int i;

	(void)state;
	assert_non_null(t);
	run(t, pid, s, "/usr/bin/npm");
	for (i = 0; i < 200; i++, pid++, s += 1000000000) {
		assert_int_equal(proctab_fork(t, pid, s, pid + 1, s + 1000000000, s), 0);
		proctab_exit(t, pid, s, 0, s);
		run(t, pid + 1, s + 1000000000, i % 2 ? "/usr/bin/dash" : "/usr/bin/env");
	}
	run(t, pid, s, "/usr/bin/curl");
	assert_true(descends_from(t, pid, "npm"));
	assert_true(descends_from(t, pid, "sh"));
	assert_false(descends_from(t, pid, "curl"));
	run(t, pid, s, "/usr/bin/wget"); /* what it was itself counts as well */
	assert_true(descends_from(t, pid, "curl"));
	assert_false(descends_from(t, pid, "?"));
	(void)proctab_free(t);
}

/* Somebody who takes ever new names to push the old ones out gets the benefit of no doubt. */
static void test_ancestry_is_bounded(void **state)
{
	struct proctab *t = proctab_new();
	struct subject_info *info;
	char exe[32];
	int i;

	(void)state;
	assert_non_null(t);
	run(t, 4190000, 1000000000, "/usr/bin/npm");
	for (i = 0; i < 1000; i++) {
		(void)snprintf(exe, sizeof(exe), "/tmp/x%d", i);
		run(t, 4190000, 1000000000, exe);
	}
	assert_int_equal(subject_from_table(t, 4190000, 0, &info), 0);
	assert_true(in_list(info->ancestors, "npm"));
	assert_true(in_list(info->ancestors, "?"));
	assert_true(info->n_ancestors < 200);
	(void)subject_info_free(info);
	(void)proctab_free(t);
}

/* The words of the exec count, not what the process wrote over them; another image than the table's is doubtful. */
static void test_image_of_the_table(void **state)
{
	struct proctab *t = proctab_new();
	char self[4096] = "";
	struct process_exec e = { .pid = getpid(), .start_ns = 0, .comm = "x", .exe = self, .argv = "node\0/srv/setup.js",
				  .argv_len = 20, .cwd = "/srv" };
	struct subject_info *s;

	(void)state;
	assert_non_null(t);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(proctab_preload(t, "/proc"), 0);
	e.start_ns = proctab_find(t, getpid(), 0)->start_ns;
	assert_int_equal(proctab_exec(t, &e), 0);
	assert_int_equal(subject_look_up(t, getpid(), 0, &s), 0);
	assert_string_equal(s->exe, self);
	assert_null(s->script);
	(void)subject_info_free(s);
	e.exe = "/usr/bin/node";
	assert_int_equal(proctab_exec(t, &e), 0);
	assert_int_equal(subject_look_up(t, getpid(), 0, &s), 0);
	assert_string_equal(s->exe, "/usr/bin/node");
	assert_string_equal(s->script, "/srv/setup.js");
	assert_false(s->intact);
	(void)subject_info_free(s);
	(void)proctab_free(t);
}

static int make_work(void **state)
{
	char path[] = "test-subject-XXXXXX";

	(void)state;
	if (!mkdtemp(path) || !realpath(path, work))
		return -1;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static int remove_work(void **state)
{
	_cleanup_closedir_ DIR *d = opendir(work);
	struct dirent *e;

	(void)state;
	while (d && (e = readdir(d)))
		(void)unlinkat(dirfd(d), e->d_name, 0);
	return rmdir(work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_python_script_below_shell),
		cmocka_unit_test(test_npm),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_memfd),
		cmocka_unit_test(test_writable_by_others),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_preloading_options),
		cmocka_unit_test(test_loader),
		cmocka_unit_test(test_start_time_and_death),
		cmocka_unit_test(test_hostile_comm),
		cmocka_unit_test(test_from_table),
		cmocka_unit_test(test_add_lineage),
		cmocka_unit_test(test_ancestry_stays),
		cmocka_unit_test(test_ancestry_is_bounded),
		cmocka_unit_test(test_image_of_the_table),
	};

	return cmocka_run_group_tests(tests, make_work, remove_work);
}
