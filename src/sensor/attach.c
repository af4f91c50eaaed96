/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching, one program at a time: an optional one that fails costs its flow only. */
#include <errno.h>
#include <string.h>

#include "inside.h"

#define SWEEPS_MAX 8 /* rounds in one go; the next decision starts the next one */

static struct bpf_link *attach_one(struct sensor *s, size_t i)
{
	struct bpf_program *p = prog_of(s, i);

	if (prog_rows[i].attach == ATTACH_CGROUP)
		return bpf_program__attach_cgroup(p, s->cgroup_fd);
	if (prog_rows[i].attach == ATTACH_ITER)
		return bpf_program__attach_iter(p, NULL);
	return bpf_program__attach(p);
}

int sensor_attach(struct sensor *s, struct problem *problem)
{
	size_t i;
	int r;

	for (i = 0; i < n_prog_rows; i++) {
		if (!s->progs[i].loaded)
			continue;
		s->progs[i].link = attach_one(s, i);
		if (s->progs[i].link)
			continue;
		r = -errno;
		s->progs[i].loaded = false;
		(void)snprintf(s->progs[i].why, sizeof(s->progs[i].why), "attaching failed: %s", strerror(-r));
		if (prog_rows[i].required)
			return problem_set(problem, 0, 0, "cannot attach %s: %s", prog_rows[i].name, strerror(-r)), r;
	}
	r = pins_links(s);
	if (r < 0)
		return problem_set(problem, 0, 0, "cannot pin under %s: %s", s->pin_dir, strerror(-r)), r;
	return 0;
}

static int run_link(const struct bpf_link *link)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(link));
	char discard[512];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, discard, sizeof(discard))) > 0)
		;
	return n < 0 ? -errno : 0;
}

/* The row of an attached program, or -ENOENT. */
static int attached(const struct sensor *s, const char *name)
{
	size_t i;

	for (i = 0; i < n_prog_rows; i++)
		if (streq(prog_rows[i].name, name))
			return s->progs[i].link ? (int)i : -ENOENT;
	return -ENOENT;
}

static int run_iterator(struct sensor *s, const char *name)
{
	int i = attached(s, name);

	return i < 0 ? i : run_link(s->progs[i].link);
}

int sensor_mark(struct sensor *s)
{
	union bpf_iter_link_info us = { .task.pid = (__u32)getpid() };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &us, .link_info_len = sizeof(us));
	int i = attached(s, "eg_adopt_files"), r;
	struct bpf_link *link;

	if (i < 0)
		return i;
	link = bpf_program__attach_iter(prog_of(s, (size_t)i), &o);
	if (!link) /* before 6.1 an iterator looks at everybody */
		return run_link(s->progs[i].link);
	r = run_link(link);
	(void)bpf_link__destroy(link);
	return r;
}

int sensor_adopt(struct sensor *s)
{
	static const char *const passes[] = { "eg_adopt_tasks", "eg_adopt_files", "eg_adopt_maps", "eg_adopt_files" };
	int r, first = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(passes); i++) {
		r = run_iterator(s, passes[i]);
		if (r < 0 && !first)
			first = r;
	}
	return first;
}

int sensor_sweep(struct sensor *s)
{
	uint32_t zero = 0, round;
	struct live l;
	int r = 0;

	for (round = 0; r == 0 && round < SWEEPS_MAX; round++) {
		if (bpf_map_lookup_elem(s->map_live, &zero, &l) < 0)
			return -errno;
		if (l.sweep == s->swept)
			return 0;
		s->swept = l.sweep;
		r = run_iterator(s, "eg_sweep");
	}
	return r;
}

/* Is the word at `word` among the words of `list`? */
static bool has_word(const char *list, const char *word, size_t len)
{
	for (; list && *list; list += strcspn(list, " "), list += strspn(list, " "))
		if (strcspn(list, " ") == len && strncmp(list, word, len) == 0)
			return true;
	return false;
}

static bool word_covered(const struct sensor *s, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < n_prog_rows; i++)
		if (s->progs[i].loaded && has_word(prog_rows[i].group, word, len))
			return true;
	return false;
}

/* Alternates that loaded cover for one that did not. */
static bool group_covered(const struct sensor *s, const char *group)
{
	const char *word = group;

	for (; word && *word; word += strcspn(word, " "), word += strspn(word, " "))
		if (!word_covered(s, word, strcspn(word, " ")))
			return false;
	return group != NULL;
}

/* How many instructions the verifier went through for a program; 0: not loaded, or a kernel that does not tell (5.16). */
static uint32_t verified(const struct sensor *s, size_t i)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (!s->progs[i].loaded || bpf_obj_get_info_by_fd(bpf_program__fd(prog_of(s, i)), &info, &len) < 0)
		return 0;
	return info.verified_insns;
}

static const struct sensor_flow *beyond(struct sensor *s, size_t n)
{
	size_t i;

	for (i = 0; s->coverage == COVERAGE_REDUCED && flows_beyond_reduced[i]; i++) {
		if (i != n)
			continue;
		s->flow = (struct sensor_flow){ .flow = flows_beyond_reduced[i], .program = "" };
		(void)snprintf(s->flow.why, sizeof(s->flow.why), "reduced coverage");
		return &s->flow;
	}
	return NULL;
}

const struct sensor_flow *sensor_flow(const struct sensor *sensor, size_t n)
{
	struct sensor *s = (struct sensor *)sensor; /* fills the scratch row only */
	int bit = s->coverage == COVERAGE_FULL ? IN_FULL : IN_REDUCED;
	size_t i;

	for (i = 0; i < n_prog_rows; i++) {
		const struct prog_row *row = &prog_rows[i];

		if (!(row->in & bit) || (!s->progs[i].loaded && group_covered(s, row->group)))
			continue;
		if (n--)
			continue;
		s->flow = (struct sensor_flow){ .flow = row->flow, .program = row->name, .covered = s->progs[i].loaded,
						.verified = verified(s, i) };
		memcpy(s->flow.why, s->progs[i].why, sizeof(s->flow.why));
		return &s->flow;
	}
	return beyond(s, n);
}
