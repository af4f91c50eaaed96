/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a process carried what it carried.
 *
 * Walks back: a process has its classes from the taint records with its identity; each of them names a source - a watched
 * file (the end of the walk), another process (fork, pipe, socket, memory), or a file that a tainted process wrote. Ids
 * grow from cause to effect (R3), so each step back looks only at smaller ids and the walk ends; depth and the number of
 * steps are bounded besides, and what is cut is said.
 *
 * Only the oldest record that brings each class is shown: later ones add nothing to the explanation.
 */
#include "db.h"

#include <errno.h>
#include <string.h>

#define TAINTS_PER_PROCESS 256
#define WRITES_PER_FILE	   16

struct walk {
	struct store *store;
	struct why *why;
	/* names of the classes by bit, learned from the records on the way */
	char names[64][32];
};

/* The process whose label is to be explained, by records older than `before`. */
struct target {
	uint32_t pid;
	uint64_t start_ns, before;
	uint64_t need; /* classes wanted; 0 = whatever there is */
	unsigned level;
};

/* Only where names and bits are of the same classes: see R2. */
static void learn_names(struct walk *w, const struct record *r)
{
	const char *const *name = r->classes;
	int n = 0;

	while (name && name[n])
		n++;
	if (n != __builtin_popcountll(r->label))
		return;
	for (unsigned bit = 0; bit < 64 && name && *name; bit++)
		if (r->label >> bit & 1)
			(void)snprintf(w->names[bit], sizeof(w->names[bit]), "%s", *name++);
}

/* Room for a step, or NULL and `truncated`. */
static struct why_step *new_step(struct walk *w, enum why_role role, unsigned level)
{
	struct why_step *step;

	if (w->why->n_steps >= WHY_STEPS_MAX || level > WHY_DEPTH_MAX) {
		w->why->truncated = true;
		return NULL;
	}
	step = &w->why->steps[w->why->n_steps++];
	*step = (struct why_step){ .role = role, .level = level };
	return step;
}

/* Takes *record over if there is room. */
static const struct record *add_step(struct walk *w, enum why_role role, unsigned level, struct record_owned **record)
{
	struct why_step *step = new_step(w, role, level);

	if (!step)
		return NULL;
	step->record = TAKE_PTR(*record);
	learn_names(w, record_of(step->record));
	return record_of(step->record);
}

static int add_gap(struct walk *w, const struct target *t, uint64_t missing)
{
	_cleanup_buf_ struct buf names = { 0 };
	struct why_step *step = new_step(w, WHY_GAP, t->level);

	if (!step)
		return 0;
	step->pid = t->pid;
	for (unsigned bit = 0; bit < 64; bit++)
		if (missing >> bit & 1)
			buf_addf(&names, "%s%s", names.len ? ", " : "", w->names[bit][0] ? w->names[bit] : "?");
	step->classes = names.len ? buf_take(&names) : NULL;
	return missing && !step->classes ? -ENOMEM : 0;
}

/* A source whose record is about an object and not about the process that did it. */
static bool labels_object(unsigned source)
{
	return source == TAINT_FILE || source == TAINT_CHAN || source == TAINT_LINK;
}

static int explain_process(struct walk *w, const struct target *t);

/* The file's label came from whoever wrote, renamed or linked it last before it was read. */
static int explain_file(struct walk *w, const struct record *r, unsigned level);

/* What stands behind one taint record that is shown at `level`. `need`: the classes it is shown for. */
static int explain_cause(struct walk *w, const struct record *r, uint64_t need, unsigned level)
{
	struct target from = { .pid = r->from_pid, .start_ns = r->from_start_ns, .before = r->id, .need = need,
			       .level = level + 1 };

	if (r->watch || r->source == TAINT_READ)
		return 0; /* the secret itself */
	if (labels_object(r->source)) {
		from.pid = r->pid;
		from.start_ns = r->start_ns;
		return explain_process(w, &from);
	}
	if (r->file.ino && (r->source == TAINT_DERIVED || r->source == TAINT_MAP || r->source == TAINT_EXEC ||
			    r->source == TAINT_EXISTING)) {
		int n = explain_file(w, r, level + 1);

		if (n)
			return n < 0 ? n : 0;
	}
	return from.pid ? explain_process(w, &from) : add_gap(w, &from, need);
}

/* Up to `max` records of a prepared query, in its order. */
static int collect(sqlite3_stmt *q, struct record_owned **list, size_t max, size_t *ret_n)
{
	size_t n = 0;
	int rc, r = 0;

	while (n < max && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		r = db_record(q, 0, &list[n]);
		if (r == -ENOMEM)
			break;
		n += r == 0;
	}
	(void)sqlite3_reset(q);
	*ret_n = n;
	return r == -ENOMEM ? r : n < max ? db_errno(rc) : 0;
}

static void free_all(struct record_owned **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)record_owned_free(list[i]);
}

static int find_writes(struct walk *w, const struct record *r, struct record_owned **list, size_t *ret_n)
{
	char key[64];
	int error = 0;
	sqlite3_stmt *q = db_stmt(w->store, STMT_FILE_SOURCE, &error);

	if (!q)
		return error;
	(void)sqlite3_bind_text(q, 1, db_file_text(&r->file, key), -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(q, 2, (int64_t)r->id);
	(void)sqlite3_bind_int(q, 3, WRITES_PER_FILE);
	return collect(q, list, WRITES_PER_FILE, ret_n);
}

/* 1 if somebody's write was found, 0 if none, -errno. Of several writes those that bring a class not seen yet. */
static int explain_file(struct walk *w, const struct record *r, unsigned level)
{
	struct record_owned *list[WRITES_PER_FILE] = { 0 };
	uint64_t need = r->label, found = 0;
	size_t n = 0;
	int error = find_writes(w, r, list, &n);

	for (size_t i = 0; i < n && error == 0; i++) {
		const struct record *step = record_of(list[i]);
		uint64_t brings = step->label & need & ~found;

		if (!labels_object(step->source) || !brings)
			continue;
		found |= brings;
		step = add_step(w, WHY_CAUSE, level, &list[i]);
		if (step)
			error = explain_cause(w, step, brings, level);
	}
	free_all(list, n);
	return error < 0 ? error : found != 0;
}

/* The guard may not know when the source process started: then the latest tainted one with that pid is meant. */
static int resolve_start(struct walk *w, struct target *t)
{
	int r = 0, rc;
	sqlite3_stmt *q;

	if (t->start_ns)
		return 0;
	q = db_stmt(w->store, STMT_LATEST_START, &r);
	if (!q)
		return r;
	(void)sqlite3_bind_int64(q, 1, t->pid);
	(void)sqlite3_bind_int64(q, 2, (int64_t)t->before);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		t->start_ns = (uint64_t)sqlite3_column_int64(q, 0);
	(void)sqlite3_reset(q);
	return db_errno(rc);
}

static int find_taints(struct walk *w, const struct target *t, struct record_owned **list, size_t *ret_n)
{
	int r = 0;
	sqlite3_stmt *q = db_stmt(w->store, STMT_TAINTS, &r);

	if (!q)
		return r;
	(void)sqlite3_bind_int64(q, 1, t->pid);
	(void)sqlite3_bind_int64(q, 2, (int64_t)t->start_ns);
	(void)sqlite3_bind_int64(q, 3, (int64_t)t->before);
	(void)sqlite3_bind_int(q, 4, TAINTS_PER_PROCESS);
	return collect(q, list, TAINTS_PER_PROCESS, ret_n);
}

static int explain_taints(struct walk *w, const struct target *t, struct record_owned **list, size_t n)
{
	uint64_t found = 0;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct record *step = record_of(list[i]);
		uint64_t brings = step->label & (t->need ? t->need : UINT64_MAX) & ~found;

		if (labels_object(step->source) || !brings)
			continue;
		found |= brings;
		step = add_step(w, WHY_CAUSE, t->level, &list[i]);
		if (step)
			r = explain_cause(w, step, brings, t->level);
	}
	if (r == 0 && ((t->need & ~found) || !found))
		r = add_gap(w, t, t->need & ~found);
	return r;
}

static int explain_process(struct walk *w, const struct target *t)
{
	_cleanup_free_ struct record_owned **list = NULL;
	struct target exact = *t;
	size_t n = 0;
	int r;

	if (t->level > WHY_DEPTH_MAX) {
		w->why->truncated = true;
		return 0;
	}
	list = calloc(TAINTS_PER_PROCESS, sizeof(*list));
	if (!list)
		return -ENOMEM;
	r = resolve_start(w, &exact);
	if (r == 0)
		r = find_taints(w, &exact, list, &n);
	if (r == 0)
		r = explain_taints(w, &exact, list, n);
	free_all(list, n);
	return r;
}

/* --- question and answer ----------------------------------------------------------------------------- */

static int find_one(struct walk *w, enum statement which, uint64_t prompt, uint64_t id, struct record_owned **ret)
{
	int r = 0;
	size_t n = 0;
	sqlite3_stmt *q = db_stmt(w->store, which, &r);

	if (!q)
		return r;
	(void)sqlite3_bind_int64(q, 1, (int64_t)prompt);
	(void)sqlite3_bind_int64(q, 2, (int64_t)id);
	return collect(q, ret, 1, &n);
}

/* Prompt numbers start again with the guard: the nearest question before the subject is the one, and the first answer
 * after that question. */
static int add_dialogue(struct walk *w, const struct record *subject)
{
	_cleanup_(record_owned_freep) struct record_owned *prompt = NULL, *answer = NULL;
	uint64_t after = 0;
	int r;

	if (!subject->prompt)
		return 0;
	r = find_one(w, STMT_PROMPT, subject->prompt, subject->id, &prompt);
	if (r < 0)
		return r;
	if (prompt) {
		after = record_of(prompt)->id;
		if (after != subject->id)
			(void)add_step(w, WHY_PROMPT, 1, &prompt);
		r = find_one(w, STMT_ANSWER, subject->prompt, after, &answer);
	}
	if (answer && record_of(answer)->id != subject->id)
		(void)add_step(w, WHY_ANSWER, 1, &answer);
	return r;
}

static int explain_subject(struct walk *w, const struct record *r)
{
	struct target who = { .pid = r->pid, .start_ns = r->start_ns, .before = r->id, .need = r->label, .level = 1 };

	if (r->kind == RECORD_TAINT)
		return explain_cause(w, r, r->label, 0);
	return r->label && r->pid ? explain_process(w, &who) : 0;
}

int store_why(struct store *s, uint64_t id, struct why **ret)
{
	_cleanup_(record_owned_freep) struct record_owned *subject = NULL;
	_cleanup_(why_freep) struct why *why = NULL;
	struct walk w = { .store = s };
	const struct record *r;
	int error = store_get(s, id, &subject);

	if (error < 0)
		return error;
	why = w.why = calloc(1, sizeof(*why));
	if (!why)
		return -ENOMEM;
	r = add_step(&w, WHY_SUBJECT, 0, &subject);
	error = add_dialogue(&w, r);
	if (error == 0)
		error = explain_subject(&w, r);
	if (error < 0)
		return error;
	*ret = TAKE_PTR(why);
	return 0;
}

struct why *why_free(struct why *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < w->n_steps; i++) {
		(void)record_owned_free(w->steps[i].record);
		free(w->steps[i].classes);
	}
	free(w);
	return NULL;
}
