/* SPDX-License-Identifier: Apache-2.0 */
#include "subject.h"

#include <errno.h>
#include <string.h>

#include "alias.h"
#include "forebears.h"
#include "proctab.h"

/* Subjects from the process table: what is left of a process that is gone, and parents that reparenting has hidden. */

#define WORDS_MAX 128

static size_t split(const struct process *p, char *words[WORDS_MAX])
{
	size_t at, n = 0;

	for (at = 0; at < p->argv_len && n < WORDS_MAX; at += strlen(p->argv + at) + 1)
		words[n++] = (char *)p->argv + at;
	return n;
}

/* *ret_script, if not NULL: the script as given, owned by the caller. */
static int names_of(const struct process *p, struct str_list *l, char **ret_script)
{
	struct script script = { .kind = SCRIPT_NONE };
	struct program program;
	char *words[WORDS_MAX];
	const char *path;
	size_t n = split(p, words);

	if (!p->exe)
		return 0;
	program = program_of(p->exe, words, n);
	(void)script_find(program.name, words + program.skip, n - program.skip, &script);
	path = p->script ? p->script : script.kind == SCRIPT_FILE ? script.text : NULL;
	if (p->script)
		script.kind = SCRIPT_FILE;
	if (ret_script && path) {
		*ret_script = strdup(path);
		if (!*ret_script)
			return -ENOMEM;
	}
	return alias_names(l, &program, &script, path);
}

int process_names(const struct process *p, struct str_list *l)
{
	return names_of(p, l, NULL);
}

/* The processes that are still known, nearest first, then every other name its ancestors were ever called. */
static int ancestors_of(const struct proctab *t, const struct process *p, struct str_list *l, uint8_t **ret_of)
{
	const struct process *up[SUBJECT_ANCESTORS_MAX];
	size_t n = proctab_ancestors(t, p, up, ARRAY_SIZE(up)), ends[SUBJECT_ANCESTORS_MAX], i, k;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		_cleanup_str_list_ struct str_list one = { 0 };

		r = names_of(up[i], &one, NULL);
		for (k = 0; r == 0 && k < one.n; k++)
			r = str_list_add(l, one.items[k], strlen(one.items[k]));
		ends[i] = l->n;
	}
	if (r == 0)
		r = proctab_forebears(p, l);
	if (r == 0)
		*ret_of = str_list_groups(l, ends, n);
	return r < 0 ? r : *ret_of ? 0 : -ENOMEM;
}

int subject_add_lineage(struct subject_info *s, const struct proctab *t)
{
	const struct process *p = proctab_find(t, s->pid, s->start_ns);
	_cleanup_str_list_ struct str_list known = { 0 };
	_cleanup_free_ uint8_t *of = NULL;
	struct str_list old;
	int r;

	if (!p)
		return 0;
	r = ancestors_of(t, p, &known, &of);
	/* The table's word is worth more than /proc's, unless it never saw where the process came from. */
	if (r < 0 || (!p->rooted && known.n < s->n_ancestors))
		return r;
	old = (struct str_list){ .items = s->ancestors, .n = s->n_ancestors };
	s->ancestors = TAKE_PTR(known.items);
	s->n_ancestors = known.n;
	known.n = 0;
	str_list_done(&old);
	free(s->ancestor_of);
	s->ancestor_of = TAKE_PTR(of);
	return 0;
}

static int fill(const struct process *p, struct subject_info *s)
{
	struct str_list names = { 0 };
	int r;

	s->pid = p->pid;
	s->ppid = p->ppid;
	s->start_ns = p->start_ns;
	s->uid = p->uid;
	s->doubt = "it could no longer be examined";
	s->comm = strdup(p->comm);
	s->exe = p->exe ? strdup(p->exe) : NULL;
	s->cwd = p->cwd ? strdup(p->cwd) : NULL;
	if (!s->comm || !s->exe != !p->exe || !s->cwd != !p->cwd)
		return -ENOMEM;
	r = names_of(p, &names, &s->script);
	s->names = names.items;
	s->n_names = names.n;
	return r;
}

int subject_from_table(const struct proctab *t, pid_t pid, uint64_t start_ns, struct subject_info **ret)
{
	const struct process *p = proctab_find(t, pid, start_ns);
	struct subject_info *s;
	int r;

	if (!p)
		return -ESRCH;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	r = fill(p, s);
	if (r == 0)
		r = subject_add_lineage(s, t);
	if (r < 0) {
		(void)subject_info_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* Looked at while it lives, else remembered; its ancestors from the table where that knows them all: reading those from
 * /proc costs most and finds least. */
int subject_look_up(const struct proctab *t, pid_t pid, uint64_t start_ns, struct subject_info **ret)
{
	const struct process *p = proctab_find(t, pid, start_ns);
	struct subject_info *s;
	int r = p ? subject_from_proc_as(p, &s) : subject_from_proc(-1, pid, start_ns, &s);

	if (r == -ESRCH)
		return subject_from_table(t, pid, start_ns, ret);
	if (r < 0)
		return r;
	r = subject_add_lineage(s, t);
	if (r < 0)
		(void)subject_info_free(s);
	else
		*ret = s;
	return r;
}
