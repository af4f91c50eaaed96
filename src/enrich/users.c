/* SPDX-License-Identifier: Apache-2.0 */
#include "users.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include "../base/base.h"

enum {
	SLOTS = 256,
	NAME_LEN = 64, /* useradd(8) allows 256, but names are for a line on a screen */
	RECORD_MAX = 16384,
	UID_FIRST_PERSON = 1000, /* UID_MIN of login.defs(5) everywhere that matters */
	UID_NOBODY = 65534,
};
static const uint64_t RENEW_NS = UINT64_C(600) * 1000000000;

static bool real_shell(const char *shell)
{
	static const char *const none[] = { "nologin", "false", "sync", "true", "halt", "shutdown" };
	const char *base = strrchr(shell, '/');
	size_t i;

	base = base ? base + 1 : shell;
	for (i = 0; i < ARRAY_SIZE(none); i++)
		if (streq(base, none[i]))
			return false;
	return true; /* an empty one is /bin/sh (passwd(5)) */
}

static bool can_log_in(const struct passwd *p)
{
	return (p->pw_uid == 0 || (p->pw_uid >= UID_FIRST_PERSON && p->pw_uid != UID_NOBODY)) &&
	       real_shell(p->pw_shell ? p->pw_shell : "");
}

static int add_home(struct str_list *homes, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;
	char path[4096];
	struct stat st;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	/* "/" as a home would make the patterns below '~' match the whole system. */
	if (len < 2 || dir[0] != '/' || len >= sizeof(path))
		return 0;
	memcpy(path, dir, len);
	path[len] = 0;
	if (str_list_has(homes, path) || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return str_list_add(homes, path, len);
}

/* `f` NULL: the system's own list. */
static int scan(FILE *f, struct str_list *homes)
{
	size_t seen;
	int r = 0;

	for (seen = 0; r == 0 && seen < USERS_SCAN_MAX && homes->n < USERS_HOMES_MAX; seen++) {
		const struct passwd *p = f ? fgetpwent(f) : getpwent();

		if (!p)
			break;
		if (can_log_in(p))
			r = add_home(homes, p->pw_dir);
	}
	return r;
}

int users_homes(const char *passwd, struct str_list *homes)
{
	_cleanup_fclose_ FILE *f = NULL;
	int r;

	if (!passwd) {
		setpwent();
		r = scan(NULL, homes);
		endpwent();
		return r;
	}
	f = fopen(passwd, "re");
	return f ? scan(f, homes) : -errno;
}

/* --- names -------------------------------------------------------------------------------------------- */

struct slot {
	bool used;
	uid_t uid;
	uint64_t asked_ns;
	char name[NAME_LEN];
};

struct users {
	struct slot slots[SLOTS]; /* by uid modulo SLOTS; a collision costs one more question */
};

struct users *users_new(void)
{
	return calloc(1, sizeof(struct users));
}

struct users *users_free(struct users *u)
{
	free(u);
	return NULL;
}

static void ask(struct slot *s, uid_t uid)
{
	struct passwd p, *found = NULL;
	char text[RECORD_MAX];

	if (getpwuid_r(uid, &p, text, sizeof(text), &found) == 0 && found && strlen(p.pw_name) < sizeof(s->name))
		(void)snprintf(s->name, sizeof(s->name), "%s", p.pw_name);
	else
		(void)snprintf(s->name, sizeof(s->name), "%u", uid);
}

const char *users_name(struct users *u, uid_t uid, uint64_t now_ns)
{
	struct slot *s = &u->slots[uid % SLOTS];

	if (!s->used || s->uid != uid || now_ns - s->asked_ns > RENEW_NS) {
		ask(s, uid);
		s->used = true;
		s->uid = uid;
		s->asked_ns = now_ns;
	}
	return s->name;
}
