/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../ipc/ipc.h"
#include "../sensor/sensor.h"

#define PID_FILE  "egret.pid"
#define RUN_FILE  "run.json"
#define RUN_MAX	  65536
#define PINS	  "bpf/egret" /* as sensor_pin_dir lays them out */

static int write_file(const struct cli *c, const char *name, const struct buf *b)
{
	_cleanup_free_ char *path = path_join(c->runtime_dir, name);

	if (!path || buf_error(b))
		return -ENOMEM;
	return file_write(path, buf_str(b), b->len, 0644);
}

static void describe(const struct instance *i, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_obj(&j);
	json_kint(&j, "pid", i->pid);
	json_kint(&j, "front", i->front);
	json_kuint(&j, "start", i->start);
	json_kuint(&j, "since_ms", i->since_ms);
	json_kbool(&j, "enforce", i->enforce);
	json_kbool(&j, "tree", i->tree);
	json_kstr(&j, "coverage", i->coverage);
	if (i->report)
		json_kstr(&j, "report", i->report);
	json_end(&j);
	buf_addc(out, '\n');
}

int instance_write(const struct cli *c, const struct instance *i)
{
	_cleanup_buf_ struct buf pid = { 0 }, run = { 0 };
	int r;

	buf_addf(&pid, "%d\n", i->pid);
	describe(i, &run);
	r = write_file(c, RUN_FILE, &run);
	if (r == 0)
		r = write_file(c, PID_FILE, &pid);
	if (r < 0)
		instance_remove(c);
	return r;
}

static void remove_file(const struct cli *c, const char *name)
{
	_cleanup_free_ char *path = path_join(c->runtime_dir, name);

	if (path)
		(void)unlink(path);
}

void instance_remove(const struct cli *c)
{
	remove_file(c, PID_FILE);
	remove_file(c, RUN_FILE);
}

void instance_forget(const struct cli *c)
{
	instance_remove(c);
	remove_file(c, IPC_SOCKET);
}

/* What others wrote could send us after any process, and what they guard is theirs to end: the program may have more
 * capabilities than its user. */
static int check_ours(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	return st.st_uid == geteuid() && !(st.st_mode & S_IWOTH) ? 0 : -EPERM;
}

static int fill(const json_t *doc, struct instance *i)
{
	*i = (struct instance){ .pid = (pid_t)json_number(doc, "pid"), .front = (pid_t)json_number(doc, "front"),
				.start = json_number(doc, "start"), .since_ms = json_number(doc, "since_ms"),
				.enforce = json_is_true(json_object_get(doc, "enforce")),
				.tree = json_is_true(json_object_get(doc, "tree")),
				.coverage = strdup(json_text(doc, "coverage")) };
	if (*json_text(doc, "report"))
		i->report = strdup(json_text(doc, "report"));
	return i->pid > 0 && i->start && i->coverage ? 0 : -EBADMSG;
}

int instance_read(const struct cli *c, struct instance *ret)
{
	_cleanup_free_ char *path = path_join(c->runtime_dir, RUN_FILE), *text = NULL;
	struct instance found = { 0 };
	json_t *doc;
	int r = path ? check_ours(c->runtime_dir) : -ENOMEM;

	if (r == 0)
		r = file_read(AT_FDCWD, path, RUN_MAX, &text, NULL);
	if (r < 0)
		return r;
	doc = json_loads(text, 0, NULL);
	r = doc ? fill(doc, &found) : -EBADMSG;
	json_decref(doc);
	if (r == 0)
		*ret = found;
	else
		instance_done(&found);
	return r;
}

void instance_done(struct instance *i)
{
	free(TAKE_PTR(i->coverage));
	free(TAKE_PTR(i->report));
}

/* Field 22 of /proc/PID/stat (proc(5)); the name in field 2 may hold anything, so count from its last parenthesis. */
uint64_t process_start(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	char path[32], *at;
	int field;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (pid <= 0 || file_read(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return 0;
	at = strrchr(text, ')');
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

/* A dead child that nobody has waited for still has its line in /proc. */
static bool is_zombie(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	char path[32], *at;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return false;
	at = strrchr(text, ')');
	return at && (strncmp(at, ") Z", 3) == 0 || strncmp(at, ") X", 3) == 0);
}

bool instance_alive(const struct instance *i)
{
	return process_start(i->pid) == i->start && !is_zombie(i->pid);
}

bool process_wait(pid_t pid, uint64_t start, unsigned ms)
{
	/* Linux 5.3; glibc 2.36 has the wrapper, the number is older */
	_cleanup_close_ int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0 || (start && process_start(pid) != start))
		return true;
	while (poll(&p, 1, (int)ms) < 0)
		if (errno != EINTR)
			return false;
	return p.revents != 0;
}

bool instance_left(const struct cli *c)
{
	_cleanup_free_ char *pins = path_join(c->runtime_dir, PINS);

	return pins && check_ours(c->runtime_dir) == 0 && sensor_pinned(pins);
}

int instance_detach(const struct cli *c, bool *ret_found)
{
	_cleanup_free_ char *pins = path_join(c->runtime_dir, PINS);

	if (!pins)
		return -ENOMEM;
	*ret_found = instance_left(c);
	return *ret_found ? sensor_unpin(pins) : 0;
}
