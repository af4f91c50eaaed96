/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "glob.h"
#include "layout.h"
#include "model.h"
#include "when.h"

/*
 * Edits of the user's file, each as one splice. The changed text is parsed again and must say exactly what was meant, or
 * the file stays as it is. Two edits at once: the later replaces the earlier, so the caller makes them one at a time.
 */

#define NEW_FILE "# Watchlist: secrets, destinations and executables, each with rules. Comments are kept.\n"
#define RET_ID_MAX 16

static void edit_done(struct edit *e)
{
	(void)watchlist_free(e->w);
	buf_done(&e->lines);
}

/* --- the file ---------------------------------------------------------------------------------------- */

static int edit_open(struct edit *e)
{
	int r;

	buf_init(&e->lines, YAML_SIZE_MAX);
	e->exists = lstat(e->path, &e->st) == 0;
	if (!e->exists && errno != ENOENT) {
		r = -errno;
		(void)problem_set(e->p, 0, 0, "'%.200s' cannot be looked at: %s", e->path, strerror(-r));
		return r;
	}
	/* Replacing a link would leave the file it points to as it was, and whoever reads that. */
	if (e->exists && !S_ISREG(e->st.st_mode))
		return problem_set(e->p, 0, 0, "'%.200s' is not a regular file; name the file itself, not a link", e->path);
	r = e->exists ? watchlist_load(e->path, &e->w, e->p) :
			watchlist_parse(e->path, NEW_FILE, strlen(NEW_FILE), &e->w, e->p);
	if (r == 0)
		e->text = splice_text(e->w->yaml);
	return r;
}

/* The new file belongs to whom the old one did. By descriptor, and only what this process has just made: the path lies
 * in a directory that its user may change meanwhile. */
static int keep_owner(const struct edit *e)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!e->exists || (e->st.st_uid == geteuid() && e->st.st_gid == getegid()))
		return 0;
	fd = open(e->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != geteuid())
		return -EPERM;
	return fchown(fd, e->st.st_uid, e->st.st_gid) < 0 ? -errno : 0;
}

static int make_parent(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!dir)
		return -ENOMEM;
	if (!slash || slash == dir)
		return 0;
	*slash = 0;
	return mkdir_p(dir, 0700);
}

static int write_back(struct edit *e, const struct buf *text)
{
	int r = e->exists ? 0 : make_parent(e->path);

	if (r == 0)
		r = file_write(e->path, text->data, text->len, e->exists ? e->st.st_mode & 07777 : 0600);
	if (r == 0)
		r = keep_owner(e);
	if (r < 0)
		(void)problem_set(e->p, 0, 0, "'%.200s' cannot be written: %s", e->path, strerror(-r));
	return r;
}

/* Splices, parses, compares with what was meant, writes. */
static int commit(struct edit *e, size_t at, size_t cut, const struct buf *expected)
{
	_cleanup_watchlist_ struct watchlist *after = NULL;
	_cleanup_buf_ struct buf text = { 0 }, dump = { 0 };
	int r;

	buf_init(&text, 2 * YAML_SIZE_MAX);
	buf_init(&dump, 0);
	splice_apply(&e->text, at, cut, buf_str(&e->lines), &text);
	r = buf_error(&e->lines) ? buf_error(&e->lines) : buf_error(&text);
	if (r == 0)
		r = watchlist_parse(e->path, buf_str(&text), text.len, &after, e->p);
	if (r < 0)
		return r;
	watchlist_dump(after, NULL, &dump);
	if (buf_error(&dump) || buf_error(expected))
		return -ENOMEM;
	if (!streq(buf_str(&dump), buf_str(expected)))
		return edit_refuse(e, NULL, "the layout of this file does not allow the change to be made safely");
	return write_back(e, &text);
}

/* --- what is asked for ------------------------------------------------------------------------------- */

/* One line of printable UTF-8: what can stand in the file and mean itself. */
static int check_value(const char *s, int (*check)(const char *s, struct problem *p), struct problem *p)
{
	const char *c = s;

	for (; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return problem_set(p, 0, 0, "a control character cannot stand in a watchlist");
	if (!utf8_valid(s, strlen(s), NULL))
		return problem_set(p, 0, 0, "what is not UTF-8 cannot stand in a watchlist");
	return streq(s, "*") && check != class_name_check ? 0 : check(s, p);
}

static int check_pattern(enum watch_kind kind, const char *pattern, struct problem *p)
{
	static int (*const checks[])(const char *s, struct problem *p) = {
		[WATCH_FILE] = glob_check, [WATCH_NETWORK] = dest_check, [WATCH_EXECUTABLE] = exe_check
	};

	if (kind == WATCH_FILE && streq(pattern, "*"))
		return glob_check(pattern, p);
	return check_value(pattern, checks[kind], p);
}

static int check_rule(const struct edit_rule *r, struct problem *p)
{
	int e = check_pattern(r->kind, r->pattern, p);
	size_t i;

	if (e == 0 && r->kind == WATCH_EXECUTABLE)
		e = check_value(r->resource, r->type == RULE_FILE ? glob_check : dest_check, p);
	else if (e == 0)
		e = check_value(r->executable, exe_check, p);
	for (i = 0; e == 0 && r->classes && r->classes[i]; i++)
		e = check_value(r->classes[i], class_name_check, p);
	if (e == 0 && (r->decision <= V_NONE || r->decision >= _V_MAX))
		e = problem_set(p, 0, 0, "a rule needs a decision: allow, deny or prompt");
	if (e == 0 && r->classes && (r->kind == WATCH_FILE || (r->kind == WATCH_EXECUTABLE && r->type == RULE_FILE)))
		e = problem_set(p, 0, 0, "'classes' is for rules about destinations; a file rule has none");
	return e;
}

/* An owned copy as the file will say it: whole seconds, the implied half filled in. */
static int copy_rule(const struct edit_rule *in, struct rule *ret)
{
	char until[WHEN_TEXT_MAX];
	bool exe = in->kind == WATCH_EXECUTABLE;
	struct rule r = {
		.executable = strdup(exe ? in->pattern : in->executable),
		.resource = strdup(exe ? in->resource : in->pattern),
		.type = exe ? in->type : in->kind == WATCH_FILE ? RULE_FILE : RULE_NETWORK,
		.decision = in->decision,
		.enabled = true,
	};
	int e = r.executable && r.resource ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; e == 0 && in->classes && in->classes[i]; i++)
		e = strv_add(&r.classes, in->classes[i]);
	if (e == 0 && in->until_ms)
		e = when_parse(when_format(in->until_ms, until), &r.until_ms);
	if (e < 0)
		rule_done(&r);
	else
		*ret = r;
	return e;
}

static struct wl_entry *find_entry(struct watchlist *w, enum watch_kind kind, const char *pattern)
{
	size_t i;

	for (i = 0; i < w->n_entries; i++)
		if (w->entries[i].kind == kind && streq(w->entries[i].pattern, pattern))
			return &w->entries[i];
	return NULL;
}

/* The id of a rule of the entry that says the same already, if it fits. */
static const char *same_rule(const struct wl_entry *w, const struct rule *r)
{
	_cleanup_buf_ struct buf want = { 0 }, have = { 0 };
	size_t i;

	buf_init(&want, 0);
	buf_init(&have, 0);
	wl_rule_dump(r, &want);
	for (i = 0; i < w->n_rules; i++) {
		buf_clear(&have);
		wl_rule_dump(&w->rules[i].rule, &have);
		if (!buf_error(&have) && !buf_error(&want) && streq(buf_str(&have), buf_str(&want)) &&
		    strlen(w->rules[i].rule.id) < RET_ID_MAX)
			return w->rules[i].rule.id;
	}
	return NULL;
}

/* --- making the change ------------------------------------------------------------------------------- */

static int make_id(struct edit *e, const char *salt, const struct rule *r, const char *pattern, char ret[RET_ID_MAX])
{
	_cleanup_buf_ struct buf content = { 0 };

	buf_init(&content, 0);
	buf_addf(&content, "%s %s", salt, pattern);
	if (r)
		wl_rule_dump(r, &content);
	return buf_error(&content) ? buf_error(&content) : watchlist_new_id(e->w, buf_str(&content), ret);
}

/* Puts a rule into the model and dumps that: what the file must say afterwards. */
static int expect_rule(struct edit *e, struct wl_entry *w, struct rule *r, struct buf *expected)
{
	struct wl_rule *slot = array_slot((void **)&w->rules, w->n_rules, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	w->n_rules++;
	slot->rule = *r;
	*r = (struct rule){ 0 };
	watchlist_dump(e->w, NULL, expected);
	return 0;
}

static int add_to_entry(struct edit *e, struct wl_entry *w, struct rule *r)
{
	_cleanup_buf_ struct buf expected = { 0 };
	size_t at = 0, cut = 0;
	int err;

	buf_init(&expected, 0);
	err = place_rule(e, w, r, &at, &cut);
	if (err == 0)
		err = expect_rule(e, w, r, &expected);
	return err < 0 ? err : commit(e, at, cut, &expected);
}

static int entry_id(struct edit *e, struct wl_entry *w)
{
	char id[RET_ID_MAX];
	int r = make_id(e, watch_section(w->kind), NULL, w->pattern, id);

	if (r < 0)
		return r;
	w->id = strdup(id);
	return w->id ? 0 : -ENOMEM;
}

/* A new entry, with *rule (taken over) or without (NULL). Its text is made first: indentation comes from old entries. */
static int add_entry(struct edit *e, enum watch_kind kind, const char *pattern, const char *class_name,
		     struct rule *rule)
{
	struct wl_entry *w = array_slot((void **)&e->w->entries, e->w->n_entries, sizeof(*w));
	struct wl_rule *slot = NULL;
	_cleanup_buf_ struct buf expected = { 0 };
	size_t at = 0, cut = 0;
	int r;

	buf_init(&expected, 0);
	if (!w)
		return -ENOMEM;
	w->kind = kind;
	w->pattern = strdup(pattern);
	w->class_name = class_name ? strdup(class_name) : NULL;
	r = w->pattern && (!class_name || w->class_name) ? entry_id(e, w) : -ENOMEM;
	if (r == 0 && rule)
		slot = array_slot((void **)&w->rules, 0, sizeof(*slot));
	if (slot) {
		slot->rule = *rule;
		*rule = (struct rule){ 0 };
		w->n_rules = 1;
	}
	if (r == 0 && rule && !slot)
		r = -ENOMEM;
	if (r == 0) {
		put_entry(e, w);
		r = place_entry(e, kind, &at, &cut);
	}
	e->w->n_entries++; /* from here on the model owns it, whatever comes */
	if (r < 0)
		return r;
	watchlist_dump(e->w, NULL, &expected);
	return commit(e, at, cut, &expected);
}

/* --- the door ---------------------------------------------------------------------------------------- */

static int add_rule(struct edit *e, const struct edit_rule *in, struct rule *rule, char ret_id[RET_ID_MAX])
{
	struct wl_entry *w = find_entry(e->w, in->kind, in->pattern);
	const char *same = w ? same_rule(w, rule) : NULL;
	char id[RET_ID_MAX];
	int r;

	if (same) {
		(void)snprintf(ret_id, RET_ID_MAX, "%s", same);
		return 0;
	}
	r = make_id(e, "rule of", rule, in->pattern, id);
	if (r < 0)
		return r;
	rule->id = strdup(id);
	if (!rule->id)
		return -ENOMEM;
	r = w ? add_to_entry(e, w, rule) : add_entry(e, in->kind, in->pattern, NULL, rule);
	if (r == 0)
		memcpy(ret_id, id, RET_ID_MAX);
	return r;
}

int watchlist_add_rule(const char *file, const struct edit_rule *rule, char ret_id[16], struct problem *problem)
{
	_cleanup_(edit_done) struct edit e = { .path = file, .p = problem };
	_cleanup_(rule_done) struct rule r = { 0 };
	int err = check_rule(rule, problem);

	if (err == 0)
		err = edit_open(&e);
	if (err == 0)
		err = copy_rule(rule, &r);
	return err < 0 ? err : add_rule(&e, rule, &r, ret_id);
}

/* Already watched: its id, unless it is watched as something else. */
static int known_watch(struct edit *e, const struct wl_entry *w, const char *class_name, char ret_id[RET_ID_MAX])
{
	if (class_name && !(w->class_name && streq(w->class_name, class_name)))
		return problem_set(e->p, w->line, 0, "'%.200s' is watched already, as class '%s'", w->pattern,
				   w->class_name ? w->class_name : WATCHED_CLASS);
	if (strlen(w->id) >= RET_ID_MAX)
		return problem_set(e->p, w->line, 0, "'%.200s' is watched already, as '%s'", w->pattern, w->id);
	(void)snprintf(ret_id, RET_ID_MAX, "%s", w->id);
	return 0;
}

int watchlist_add_watch(const char *file, enum watch_kind kind, const char *pattern, const char *class_name,
			char ret_id[16], struct problem *problem)
{
	_cleanup_(edit_done) struct edit e = { .path = file, .p = problem };
	const struct wl_entry *known;
	int r = check_pattern(kind, pattern, problem);

	if (r == 0 && class_name && kind != WATCH_FILE)
		r = problem_set(problem, 0, 0, "only files have a class");
	if (r == 0 && class_name)
		r = check_value(class_name, class_name_check, problem);
	if (r == 0)
		r = edit_open(&e);
	if (r < 0)
		return r;
	known = find_entry(e.w, kind, pattern);
	if (known)
		return known_watch(&e, known, class_name, ret_id);
	r = add_entry(&e, kind, pattern, class_name, NULL);
	if (r == 0)
		(void)snprintf(ret_id, RET_ID_MAX, "%s", e.w->entries[e.w->n_entries - 1].id);
	return r;
}

/* The entry or rule of that id: what the dump leaves out, and its node. */
static const void *find_id(const struct watchlist *w, const char *id, const struct yaml_node **ret)
{
	size_t i, k;

	for (i = 0; i < w->n_entries; i++) {
		const struct wl_entry *e = &w->entries[i];

		*ret = e->node;
		if (streq(e->id, id))
			return e;
		for (k = 0; k < e->n_rules; k++) {
			*ret = e->rules[k].node;
			if (streq(e->rules[k].rule.id, id))
				return &e->rules[k];
		}
	}
	return NULL;
}

int watchlist_remove(const char *file, const char *id, struct problem *problem)
{
	_cleanup_(edit_done) struct edit e = { .path = file, .p = problem };
	_cleanup_buf_ struct buf expected = { 0 };
	const struct yaml_node *node;
	size_t start, end;
	const void *what;
	int r;

	buf_init(&expected, 0);
	r = edit_open(&e);
	if (r < 0)
		return r;
	what = find_id(e.w, id, &node);
	if (!what) {
		(void)problem_set(problem, 0, 0, "there is no entry or rule with the id '%.64s'", id);
		return -ENOENT;
	}
	if (item_range(&e.text, node, &start, &end) < 0)
		return edit_refuse(&e, node, "this is not written as lines that begin with '-'");
	watchlist_dump(e.w, what, &expected);
	return commit(&e, start, end - start, &expected);
}
