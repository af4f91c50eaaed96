/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <seccomp.h>

#include "../base/base.h"

int sandbox_descriptors(int fd, int *also)
{
	/* out of the way first: one may have the other's place */
	int high = *also < 0 ? -1 : fcntl(*also, F_DUPFD_CLOEXEC, 5);

	if ((*also >= 0 && high < 0) || (fd != 3 && dup3(fd, 3, O_CLOEXEC) < 0) || (high >= 0 && dup3(high, 4, O_CLOEXEC) < 0))
		return -errno;
	/* Linux 5.9; glibc 2.34 has the wrapper, the number is older */
	if (syscall(SYS_close_range, high < 0 ? 4u : 5u, ~0u, 0u) < 0)
		return -errno;
	*also = high < 0 ? -1 : 4;
	return 3;
}

/* --- user -------------------------------------------------------------------------------------------- */

/* A file that the front kept when it ran as somebody else. One link and no symlink: else whoever can write to the
 * directory would have root give away a file of its choice. */
static bool give_file(int dir, const char *name, uid_t uid, gid_t gid)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && fchown(fd, uid, gid) == 0;
}

/* The directory becomes the user's, and everything there is. By descriptor: what is given is where we end up. */
static int move_into(const char *dir, const char *const *files, uid_t uid, gid_t gid)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fchown(fd, 0, gid) < 0 || fchmod(fd, 01770) < 0)
		return -errno;
	/* what cannot be given cannot be opened later either, and that is told then */
	for (; *files; files++)
		(void)give_file(fd, *files, uid, gid);
	return fchdir(fd) < 0 || chroot(".") < 0 ? -errno : 0;
}

static int become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	/* believe the kernel, not the return value */
	return getuid() == uid && geteuid() == uid && getegid() == gid && setuid(0) < 0 ? 0 : -EPERM;
}

/* The bounding set while we may, the rest after the user changed. */
static void drop_bounding(void)
{
	for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static int drop_capabilities(void)
{
	cap_t none = cap_init();
	int r;

	if (!none)
		return -ENOMEM;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	r = cap_set_proc(none) < 0 ? -errno : 0;
	(void)cap_free(none);
	return r;
}

static int leave_root(const char *dir, const char *const *files)
{
	const struct passwd *pw = getpwnam("egret");
	int r;

	if (!pw || pw->pw_uid == 0)
		pw = getpwnam("nobody");
	if (!pw || pw->pw_uid == 0)
		return -ENOENT;
	r = dir ? move_into(dir, files, pw->pw_uid, pw->pw_gid) : 0;
	return r < 0 ? r : become(pw->pw_uid, pw->pw_gid);
}

int sandbox_user(const char *dir, const char *const *files, const char **ret_dir)
{
	const struct rlimit nothing = { 0 };
	bool root = geteuid() == 0;
	int r = dir ? mkdir_p(dir, 0700) : 0;

	if (r < 0)
		return r;
	drop_bounding();
	if (root)
		r = leave_root(dir, files);
	if (r == 0)
		r = drop_capabilities();
	if (r < 0)
		return r;
	if (ret_dir)
		*ret_dir = root ? "/" : dir;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &nothing) < 0)
		return -errno;
	return 0;
}

/* --- files ------------------------------------------------------------------------------------------- */

/* The structure as of ABI 6; older kernels take its first part. Our headers may be older than the kernel. */
struct ruleset {
	uint64_t fs, net, scoped;
};
#define FS_V1	   ((1ull << 13) - 1) /* execute .. make_sym */
#define FS_REFER   (1ull << 13)	      /* ABI 2 */
#define FS_TRUNC   (1ull << 14)	      /* ABI 3 */
#define FS_IOCTL   (1ull << 15)	      /* ABI 5 */
#define NET_TCP	   3ull		      /* bind, connect: ABI 4 */
#define NET_CONNECT 2ull
#define SCOPED_ALL 3ull		      /* abstract unix sockets, signals: ABI 6 */
#define DIR_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | \
		    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNC)

static struct ruleset everything(long abi, size_t *ret_size)
{
	*ret_size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	return (struct ruleset){
		.fs = FS_V1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNC : 0) | (abi >= 5 ? FS_IOCTL : 0),
		.net = abi >= 4 ? NET_TCP : 0,
		.scoped = abi >= 6 ? SCOPED_ALL : 0,
	};
}

static int allow_below(int rules, const char *path, uint64_t rights)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr beneath = { .allowed_access = rights, .parent_fd = fd };

	if (fd < 0)
		return -errno;
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0 ? -errno : 0;
}

int sandbox_files(const char *dir)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	_cleanup_close_ int rules = -1;
	struct ruleset all;
	size_t size;
	int r;

	if (abi < 0)
		return -errno;
	all = everything(abi, &size);
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules < 0)
		return -errno;
	r = allow_below(rules, dir, DIR_RIGHTS & all.fs);
	if (r == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		r = -errno;
	return r;
}

/* What name lookups and TLS read; all of it is readable for everybody. */
static const char *const public_places[] = { "/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf",
					     "/run/NetworkManager", "/var/lib/ca-certificates", "/dev/urandom",
					     "/dev/null" };

int sandbox_reading(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	_cleanup_close_ int rules = -1;
	struct ruleset all;
	size_t size;

	if (abi < 0)
		return -errno;
	all = everything(abi, &size);
	all.net &= ~NET_CONNECT;
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules < 0)
		return -errno;
	/* one that is not there is not needed; /dev/null is no directory, and takes no rights of one */
	for (size_t i = 0; i < ARRAY_SIZE(public_places); i++)
		if (allow_below(rules, public_places[i], LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR) < 0)
			(void)allow_below(rules, public_places[i], LANDLOCK_ACCESS_FS_READ_FILE);
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}

/* --- system calls ------------------------------------------------------------------------------------ */

#define N(name) SCMP_SYS(name)
/* What SQLite, sd-event, libc and stderr use; nothing that makes a socket, a process or a file executable. Names that an
 * architecture lacks have negative numbers in libseccomp and are passed over. */
static const int allowed[] = {
	/* descriptors and files */
	N(read), N(readv), N(pread64), N(write), N(writev), N(pwrite64), N(lseek), N(close), N(open),
	N(openat), N(stat), N(lstat), N(fstat), N(newfstatat), N(statx), N(statfs), N(fstatfs), N(access),
	N(faccessat), N(faccessat2), N(fsync), N(fdatasync), N(ftruncate), N(fallocate), N(unlink),
	N(unlinkat), N(rename), N(renameat), N(renameat2), N(fcntl), N(fchmod), N(fchown), N(umask), N(getcwd),
	N(readlink), N(readlinkat), N(getdents64), N(poll), N(ppoll), N(epoll_wait), N(epoll_pwait),
	N(epoll_pwait2), N(epoll_ctl), N(epoll_create1), N(timerfd_create), N(timerfd_settime),
	N(timerfd_gettime), N(eventfd2), N(pipe2), N(dup), N(recvfrom), N(recvmsg), N(getsockopt),
	/* memory, time, signals to ourselves, identity */
	N(munmap), N(mremap), N(brk), N(madvise), N(msync), N(futex), N(clock_gettime), N(clock_nanosleep),
	N(nanosleep), N(gettimeofday), N(time), N(sched_yield), N(restart_syscall), N(rt_sigaction),
	N(rt_sigprocmask), N(rt_sigreturn), N(sigaltstack), N(getpid), N(gettid), N(getppid), N(getuid),
	N(geteuid), N(getgid), N(getegid), N(getrandom), N(uname), N(sysinfo), N(sched_getaffinity), N(rseq),
	N(set_robust_list), N(membarrier), N(exit), N(exit_group),
};
/* Calls that are fine with one argument as given. */
static const struct {
	int call;
	struct scmp_arg_cmp when;
} conditional[] = {
	{ N(mmap), { .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0 } },
	{ N(mprotect), { .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0 } },
	{ N(sendto), { .arg = 4, .op = SCMP_CMP_EQ, .datum_a = 0 } }, /* no address: only the connected pair */
	{ N(ioctl), { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = TCGETS } }, /* isatty of stderr */
};

/* And what lookups, connections and their helper threads use. Programs may be mapped (libraries of the name service), since
 * no file can be written and none executed. */
static const int networked[] = {
	N(connect), N(sendto), N(sendmsg), N(sendmmsg), N(recvmmsg), N(setsockopt), N(getsockname), N(getpeername),
	N(shutdown), N(socketpair), N(mmap), N(mprotect), N(ioctl), N(prctl), N(set_tid_address), N(sched_setaffinity),
	N(eventfd), N(select), N(pselect6), N(dup2), N(dup3), N(getresuid), N(getresgid), N(clock_getres), N(arch_prctl),
};

/* Names, addresses and connections; nothing that is raw or a tunnel. */
static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static int allow_network(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	int r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, N(clone), 1, &thread);

	/* its flags cannot be looked at; told so, libc falls back to clone */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), N(clone3), 0);
	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, N(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
	for (size_t i = 0; i < ARRAY_SIZE(networked) && r == 0; i++)
		if (networked[i] >= 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, networked[i], 0);
	return r;
}

static int allow_all(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed) && r == 0; i++)
		if (allowed[i] >= 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(conditional) && r == 0; i++)
		if (conditional[i].call >= 0)
			r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, conditional[i].call, 1, &conditional[i].when);
	/* abort() signals its own thread */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, N(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return r;
}

int sandbox_calls(enum sandbox_calls which)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!ctx)
		return -ENOMEM;
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: a list of 100 costs every call */
	if (r < 0)
		r = 0; /* libseccomp before 2.5 */
	r = allow_all(ctx);
	if (r == 0 && which == CALLS_NETWORK)
		r = allow_network(ctx);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}
