/* SPDX-License-Identifier: Apache-2.0 */
#include "doubt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/base.h"

/* execve(2) allows 6 MiB; what hides a variable behind more than this wants to hide it. */
#define ENVIRON_MAX (256u << 10)

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static const char *doubt_place(const char *path)
{
	static const char *const open_places[] = { "/tmp/", "/var/tmp/", "/dev/shm/" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(open_places); i++)
		if (starts(path, open_places[i]))
			return "it lies where everybody may write";
	return NULL;
}

/* The group of a user's own (same number, umask 002) is nobody else. */
static const char *doubt_mode(int fd, const char *path, int flags)
{
	struct statx st;

	/* Not synchronised: a FUSE server must not be able to keep us waiting. */
	if (statx(fd, path, flags | AT_STATX_DONT_SYNC, STATX_MODE | STATX_UID | STATX_GID, &st) < 0)
		return "its file cannot be examined";
	if ((st.stx_mode & S_IWOTH) || ((st.stx_mode & S_IWGRP) && st.stx_gid != st.stx_uid))
		return "others may write its file";
	return NULL;
}

static bool is_loader(const char *exe)
{
	static const char *const loaders[] = { "ld-linux", "ld-musl", "ld.so", "ld64.so", "ld-2." };
	const char *slash = strrchr(exe, '/');
	size_t i;

	for (i = 0; slash && i < ARRAY_SIZE(loaders); i++)
		if (starts(slash + 1, loaders[i]))
			return true;
	return false;
}

const char *doubt_exe(int procfd, const char *exe, bool deleted)
{
	const char *doubt;

	if (!exe)
		return "its executable is not known";
	if (starts(exe, "/memfd:"))
		return "it runs from memory, not from a file";
	if (deleted)
		return "its executable was deleted or replaced";
	if (is_loader(exe))
		return "it was loaded by hand through ld.so";
	doubt = doubt_place(exe);
	return doubt ? doubt : doubt_mode(procfd, "exe", 0);
}

const char *doubt_script(int fd, const char *path)
{
	const char *doubt = doubt_place(path);

	if (doubt)
		return doubt;
	return fd < 0 ? "its script cannot be examined" : doubt_mode(fd, "", AT_EMPTY_PATH);
}

/* Variables that bring other code into a program or send it elsewhere, each with the program family that heeds it. */
static const char *const steering[] = {
	"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",                   /* ld.so(8) */
	"NODE_OPTIONS",                                                /* node(1) */
	"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", /* python(1) */
	"PERL5OPT", "PERL5LIB",                                        /* perlrun(1) */
	"RUBYOPT", "RUBYLIB",                                          /* ruby(1) */
	"BASH_ENV",                                                    /* bash(1) */
	"JAVA_TOOL_OPTIONS",                                           /* JVM TI specification */
	"GIT_SSH", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND",             /* git(1) */
};

static bool steers(const char *entry)
{
	size_t len = strcspn(entry, "="), i;

	if (!entry[len] || !entry[len + 1])
		return false;
	for (i = 0; i < ARRAY_SIZE(steering); i++)
		if (strlen(steering[i]) == len && memcmp(steering[i], entry, len) == 0)
			return true;
	return false;
}

const char *doubt_environ(int procfd)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0, at;

	if (file_read(procfd, "environ", ENVIRON_MAX, &text, &len) < 0)
		return "its environment cannot be read";
	for (at = 0; at < len; at += strlen(text + at) + 1)
		if (steers(text + at))
			return "its environment loads other code";
	return NULL;
}
