/* SPDX-License-Identifier: Apache-2.0 */
#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>

#include "../base/base.h"
#include "alias.h"
#include "doubt.h"
#include "proctab.h"

#define CMDLINE_MAX (64u << 10) /* the script stands at the front; longer command lines are cut */
#define WORDS_MAX 512
#define STATUS_MAX 8192

DEFINE_CLEANUP(struct subject_info *, subject_info_free)
#define _cleanup_subject_ _cleanup_(subject_info_freep)

/* --- files of one process ---------------------------------------------------------------------------- */

static int proc_open(pid_t pid)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return fd;
}

struct proc_stat {
	pid_t ppid;
	uint64_t start_ticks;
	char comm[64];
};

/* proc(5): "pid (comm) state ppid ... ", comm may hold anything, so the last ')' ends it; field 22 is the start. */
static int stat_parse(char *line, struct proc_stat *ret)
{
	char *open = strchr(line, '('), *close = strrchr(line, ')'), *save = NULL, *word;
	struct proc_stat st = { 0 };
	uint64_t v;
	int field;

	if (!open || !close || close < open)
		return -EINVAL;
	(void)snprintf(st.comm, sizeof(st.comm), "%.*s", (int)(close - open - 1), open + 1);
	word = strtok_r(close + 1, " \n", &save);
	for (field = 3; word && field <= 22; field++, word = strtok_r(NULL, " \n", &save)) {
		if (field != 4 && field != 22)
			continue;
		if (str_to_u64(word, 0, field == 4 ? INT_MAX : UINT64_MAX, &v) < 0)
			return -EINVAL;
		if (field == 4)
			st.ppid = (pid_t)v;
		else
			st.start_ticks = v;
	}
	if (field <= 22)
		return -EINVAL;
	*ret = st;
	return 0;
}

static int stat_read(int procfd, struct proc_stat *ret)
{
	_cleanup_free_ char *line = NULL;
	int r = file_read(procfd, "stat", 4096, &line, NULL);

	/* A dead process's files answer ESRCH; ENOENT where the directory is gone already. */
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	return stat_parse(line, ret);
}

static uint64_t tick_ns(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return 1000000000u / (uint64_t)(hz > 0 ? hz : 100);
}

/* /proc rounds the start down to a tick. */
static bool same_start(uint64_t ticks, uint64_t start_ns)
{
	uint64_t shown = ticks * tick_ns(), apart = shown > start_ns ? shown - start_ns : start_ns - shown;

	return apart <= tick_ns();
}

/* NULL where there is none or it may not be seen; -ENOMEM is the only error. */
static int link_read(int dirfd, const char *name, char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));
	char *copy = NULL;

	if (n > 0 && (size_t)n < sizeof(target)) {
		copy = strndup(target, (size_t)n);
		if (!copy)
			return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

static bool strip_deleted(char *path)
{
	static const char mark[] = " (deleted)";
	size_t n = strlen(path), m = sizeof(mark) - 1;

	if (n <= m || !streq(path + n - m, mark))
		return false;
	path[n - m] = 0;
	return true;
}

/* The first len bytes at most, NUL-terminated; an unreadable file is an empty one. */
static size_t read_head(int dirfd, const char *name, char *dst, size_t size)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && len < size - 1 && (n = read(fd, dst + len, size - 1 - len)) > 0)
		len += (size_t)n;
	dst[len] = 0;
	return len;
}

struct words {
	char *text;
	char *word[WORDS_MAX];
	size_t n;
};

static void words_done(struct words *w)
{
	free(w->text);
}

/* The words of the exec where the table has them: a process may write over its own later (npm does). */
static int words_read(int procfd, const struct process *known, struct words *w)
{
	size_t len, at;

	w->text = malloc(CMDLINE_MAX);
	if (!w->text)
		return -ENOMEM;
	if (known && known->argv) {
		len = MIN(known->argv_len, (size_t)CMDLINE_MAX - 1);
		memcpy(w->text, known->argv, len);
		w->text[len] = 0;
	} else {
		len = read_head(procfd, "cmdline", w->text, CMDLINE_MAX);
	}
	for (at = 0; at < len && w->n < WORDS_MAX; at += strlen(w->text + at) + 1)
		w->word[w->n++] = w->text + at;
	return 0;
}

/* --- the script -------------------------------------------------------------------------------------- */

/* Opens the script as the process itself would see it. RESOLVE_CACHED: the process has just opened it, so it is in the
 * dentry cache; anything else could make us wait for a FUSE server or a dead network mount. EINVAL: before 5.12. */
static int script_open(int procfd, const char *path)
{
	bool absolute = path[0] == '/';
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_CACHED | (absolute ? RESOLVE_IN_ROOT : 0),
	};
	_cleanup_close_ int dir = openat(procfd, absolute ? "root" : "cwd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	long fd;

	if (dir < 0)
		return -errno;
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	if (fd < 0 && errno == EINVAL) {
		how.resolve &= ~(uint64_t)RESOLVE_CACHED;
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	}
	return fd < 0 ? -errno : (int)fd;
}

/* The file at the end of the links, or the words joined where it cannot be opened. */
static int script_path(int fd, const char *given, const char *cwd, char **ret)
{
	char self[32], *path = NULL;
	int r;

	if (fd >= 0) {
		(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		r = link_read(AT_FDCWD, self, &path);
		if (r < 0)
			return r;
	}
	if (!path && given[0] != '/' && cwd) {
		if (asprintf(&path, "%s/%s", cwd, given + (strncmp(given, "./", 2) == 0 ? 2 : 0)) < 0)
			return -ENOMEM;
	} else if (!path) {
		path = strdup(given);
		if (!path)
			return -ENOMEM;
	}
	*ret = path;
	return 0;
}

/* What one process is called. */
struct identity {
	struct str_list names;
	char *script;
	const char *doubt; /* about the script */
};

static void identity_done(struct identity *id)
{
	str_list_done(&id->names);
	free(id->script);
}

static int identity_script(int procfd, const struct script *script, const char *cwd, struct identity *id)
{
	_cleanup_close_ int fd = script_open(procfd, script->text);
	int r = script_path(fd, script->text, cwd, &id->script);

	if (r == 0)
		id->doubt = doubt_script(fd, id->script);
	return r;
}

/* Whose commands come from a person. A thief may run it on a pseudo-terminal of its own, so this opens little. */
static bool at_terminal(int procfd)
{
	char target[64];
	ssize_t n = readlinkat(procfd, "fd/0", target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = 0;
	return strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0;
}

static int identity_read(int procfd, const struct process *known, const char *exe, const char *cwd, struct identity *id)
{
	_cleanup_(words_done) struct words words = { 0 };
	struct script script = { .kind = SCRIPT_NONE };
	struct program program;
	int r;

	if (!exe)
		return 0;
	r = words_read(procfd, known, &words);
	if (r < 0)
		return r;
	program = program_of(exe, words.word, words.n);
	if (script_find(program.name, words.word + program.skip, words.n - program.skip, &script)) {
		script.terminal = script.kind == SCRIPT_NONE && at_terminal(procfd);
		if (script.kind == SCRIPT_FILE)
			r = identity_script(procfd, &script, cwd, id);
	}
	if (script.preloads && !id->doubt)
		id->doubt = "its options load other code";
	return r < 0 ? r : alias_names(&id->names, &program, &script, id->script);
}

/* --- ancestors --------------------------------------------------------------------------------------- */

static int ancestor_names(int procfd, struct str_list *l)
{
	_cleanup_(identity_done) struct identity id = { 0 };
	_cleanup_free_ char *exe = NULL, *cwd = NULL;
	size_t i;
	int r = link_read(procfd, "exe", &exe);

	if (r == 0)
		r = link_read(procfd, "cwd", &cwd);
	if (r < 0)
		return r;
	if (exe)
		(void)strip_deleted(exe);
	r = identity_read(procfd, NULL, exe, cwd, &id);
	for (i = 0; r == 0 && i < id.names.n; i++)
		r = str_list_add(l, id.names.items[i], strlen(id.names.items[i]));
	return r;
}

/* Walks parents. One that started after its child took over a dead parent's pid: the chain ends there, which also ends
 * any cycle. */
static int ancestors_walk(struct proc_stat child, struct str_list *l, size_t ends[SUBJECT_ANCESTORS_MAX], size_t *ret_n)
{
	unsigned depth;
	int r = 0;

	for (depth = 0; r == 0 && depth < SUBJECT_ANCESTORS_MAX && child.ppid > 0; depth++) {
		_cleanup_close_ int fd = proc_open(child.ppid);
		struct proc_stat parent;

		if (fd < 0 || stat_read(fd, &parent) < 0 || parent.start_ticks > child.start_ticks)
			break;
		r = ancestor_names(fd, l);
		ends[depth] = l->n;
		child = parent;
	}
	*ret_n = depth;
	return r;
}

static int ancestors_read(struct proc_stat child, struct subject_info *s)
{
	_cleanup_str_list_ struct str_list l = { 0 };
	size_t ends[SUBJECT_ANCESTORS_MAX], n;
	int r = ancestors_walk(child, &l, ends, &n);

	if (r < 0)
		return r;
	s->ancestor_of = str_list_groups(&l, ends, n);
	if (!s->ancestor_of)
		return -ENOMEM;
	s->ancestors = TAKE_PTR(l.items);
	s->n_ancestors = l.n;
	l.n = 0;
	return 0;
}

/* --- the subject ------------------------------------------------------------------------------------- */

static uid_t uid_read(int procfd)
{
	char text[STATUS_MAX];
	const char *line;
	unsigned uid;

	(void)read_head(procfd, "status", text, sizeof(text));
	line = strstr(text, "\nUid:\t");
	/* (uid_t)-1 is nobody at all: no rule for a user matches it. */
	return line && sscanf(line + 6, "%u", &uid) == 1 ? uid : (uid_t)-1;
}

/* execve between our reads would mix two programs: what was read belongs together only if exe is the same after. */
static bool exe_unchanged(int procfd, const char *exe)
{
	_cleanup_free_ char *now = NULL;

	if (link_read(procfd, "exe", &now) < 0)
		return false;
	if (now)
		(void)strip_deleted(now);
	return exe && now ? streq(exe, now) : exe == now;
}

static const char *first_doubt(int procfd, const struct subject_info *s, bool deleted, const struct identity *id)
{
	const char *doubt = doubt_exe(procfd, s->exe, deleted);

	if (!doubt)
		doubt = id->doubt;
	if (!doubt)
		doubt = doubt_environ(procfd);
	if (!doubt && !exe_unchanged(procfd, s->exe))
		doubt = "it became another program while being examined";
	return doubt;
}

/* The image that acted is the table's: what /proc shows by now may be another, put there to be taken for it. */
static int image_of_record(const struct process *known, struct subject_info *s, const char **ret_doubt)
{
	char *exe;

	if (!known || !known->exe || (s->exe && streq(s->exe, known->exe)))
		return 0;
	exe = strdup(known->exe);
	if (!exe)
		return -ENOMEM;
	free(s->exe);
	s->exe = exe;
	*ret_doubt = "it became another program while being examined";
	return 0;
}

static int fill_identity(int procfd, const struct process *known, struct subject_info *s)
{
	_cleanup_(identity_done) struct identity id = { 0 };
	const char *other = NULL;
	bool deleted;
	int r = link_read(procfd, "exe", &s->exe);

	if (r == 0)
		r = link_read(procfd, "cwd", &s->cwd);
	if (r < 0)
		return r;
	deleted = s->exe && strip_deleted(s->exe);
	r = image_of_record(known, s, &other);
	if (r == 0)
		r = identity_read(procfd, known, s->exe, known && known->cwd ? known->cwd : s->cwd, &id);
	if (r < 0)
		return r;
	s->doubt = other ? other : first_doubt(procfd, s, deleted, &id);
	s->intact = !s->doubt;
	s->script = TAKE_PTR(id.script);
	s->names = TAKE_PTR(id.names.items);
	s->n_names = id.names.n;
	id.names.n = 0;
	return 0;
}

static int fill(int procfd, const struct proc_stat *st, const struct process *known, struct subject_info *s)
{
	int r;

	s->ppid = st->ppid;
	s->uid = uid_read(procfd);
	s->comm = strdup(st->comm);
	if (!s->comm)
		return -ENOMEM;
	r = fill_identity(procfd, known, s);
	if (r == 0 && !(known && known->rooted))
		r = ancestors_read(*st, s);
	return r;
}

static int subject_read(int procfd, pid_t pid, uint64_t start_ns, const struct process *known, struct subject_info **ret)
{
	_cleanup_close_ int own = procfd < 0 ? proc_open(pid) : -1;
	_cleanup_subject_ struct subject_info *s = NULL;
	struct proc_stat st;
	int r;

	if (procfd < 0) {
		if (own < 0)
			return own;
		procfd = own;
	}
	r = stat_read(procfd, &st);
	if (r < 0)
		return r;
	if (start_ns && !same_start(st.start_ticks, start_ns))
		return -ESRCH;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->pid = pid;
	s->start_ns = start_ns ? start_ns : st.start_ticks * tick_ns();
	r = fill(procfd, &st, known, s);
	if (r == 0)
		*ret = TAKE_PTR(s);
	return r;
}

int subject_from_proc(int procfd, pid_t pid, uint64_t start_ns, struct subject_info **ret)
{
	return subject_read(procfd, pid, start_ns, NULL, ret);
}

int subject_from_proc_as(const struct process *known, struct subject_info **ret)
{
	return subject_read(-1, known->pid, known->start_ns, known, ret);
}

static void free_all(char **list, size_t n)
{
	struct str_list l = { .items = list, .n = n };

	str_list_done(&l);
}

struct subject_info *subject_info_free(struct subject_info *s)
{
	if (!s)
		return NULL;
	free(s->exe);
	free(s->script);
	free(s->comm);
	free(s->cwd);
	free_all(s->names, s->n_names);
	free_all(s->ancestors, s->n_ancestors);
	free(s->ancestor_of);
	free(s);
	return NULL;
}

static void add_base(struct buf *out, const char *before, const char *path, const char *after)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash && slash[1] ? slash + 1 : path;

	buf_adds(out, before);
	str_escape(out, base, strlen(base));
	buf_adds(out, after);
}

int subject_describe(const struct subject_info *s, char *dst, size_t size)
{
	_cleanup_buf_ struct buf out = { 0 };
	int n;

	buf_init(&out, 8192);
	add_base(&out, "", s->exe ? s->exe : s->comm ? s->comm : "unknown", "");
	if (s->script)
		add_base(&out, " (script ", s->script, ")");
	buf_addf(&out, ", pid %d", (int)s->pid);
	if (s->cwd) {
		buf_adds(&out, ", in ");
		str_escape(&out, s->cwd, strlen(s->cwd));
	}
	if (s->n_ancestors)
		add_base(&out, ", started by ", s->ancestors[0], "");
	n = snprintf(dst, size, "%s", buf_str(&out));
	return buf_error(&out) || n < 0 || (size_t)n >= size ? -ENOBUFS : 0;
}
