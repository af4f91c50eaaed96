/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel takes: full coverage if its programs load, else reduced. A real load is the only proof (a program
 * type may be listed and still be refused, or attach and never fire), so nothing is inferred from versions.
 *
 * Failure stance: an optional program that does not load is switched off and named; a required one moves us to the next
 * coverage; when reduced does not load either the open fails with the verifier's or kernel's reason.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "inside.h"
#include "syscalls.h" /* types the skeleton's .rodata is made of */

#include "egret.skel.h"

#define LOAD_TRIES_MAX 16 /* optional programs that a kernel may refuse before we call it unusable */

const char *coverage_name(enum coverage c)
{
	return c == COVERAGE_FULL ? "full" : c == COVERAGE_REDUCED ? "reduced" : "none";
}

struct bpf_program *prog_of(const struct sensor *s, size_t i)
{
	return bpf_object__find_program_by_name(s->obj, prog_rows[i].name);
}

static bool target_exists(const struct btf *kernel, const struct prog_row *row)
{
	return !row->target || btf__find_by_name_kind(kernel, row->target, BTF_KIND_FUNC) > 0;
}

/* Chooses the programs of a coverage; -ENOSYS if a required one's target is missing. */
static int choose(struct sensor *s, enum coverage want, const struct btf *kernel)
{
	int bit = want == COVERAGE_FULL ? IN_FULL : IN_REDUCED;
	size_t i;

	for (i = 0; i < n_prog_rows; i++) {
		const struct prog_row *row = &prog_rows[i];
		struct bpf_program *p = prog_of(s, i);
		bool on = (row->in & bit) != 0;

		if (!p)
			return -ENOENT;
		if (on && !target_exists(kernel, row)) {
			(void)snprintf(s->progs[i].why, sizeof(s->progs[i].why), "this kernel has no function %s", row->target);
			if (row->required)
				return -ENOSYS;
			on = false;
		}
		if (on && s->progs[i].why[0])
			on = false; /* refused by an earlier try */
		s->progs[i].loaded = on;
		(void)bpf_program__set_autoload(p, on);
	}
	return 0;
}

static int open_object(struct sensor *s)
{
	struct bpf_map *scratch;

	s->skel = egret_bpf__open();
	if (!s->skel)
		return -errno;
	s->obj = s->skel->obj;
	syscalls_fill((struct sys_row *)s->skel->rodata->eg_sys, (struct sys_row *)s->skel->rodata->eg_sys32);
	scratch = bpf_object__find_map_by_name(s->obj, "eg_scratch");
	return scratch ? pins_prepare(s) : -ENOENT;
}

static void close_object(struct sensor *s)
{
	egret_bpf__destroy(s->skel);
	s->skel = NULL;
	s->obj = NULL;
}

/* One try with what is not known to fail. On failure the object is closed. */
static int try_load(struct sensor *s, enum coverage want, const struct btf *kernel)
{
	int r = open_object(s);

	if (r == 0)
		r = choose(s, want, kernel);
	if (r == 0)
		r = bpf_object__load(s->obj);
	if (r < 0)
		close_object(s);
	return r;
}

/* Notes who was refused and why. False if nothing can be done about it: a required program, or nobody's name was heard. */
static bool blame(struct sensor *s, const struct refusal *said, int r, char *why, size_t size)
{
	size_t i;

	(void)snprintf(why, size, "loading failed: %s", strerror(-r));
	for (i = 0; i < n_prog_rows; i++) {
		struct prog_state *p = &s->progs[i];

		if (!streq(prog_rows[i].name, said->prog))
			continue;
		(void)snprintf(p->why, sizeof(p->why), "the kernel refused %s: %s%s%s%s", said->prog, strerror(-r),
			       said->words[0] ? " (" : "", said->words, said->words[0] ? ")" : "");
		(void)snprintf(why, size, "%s", p->why);
		return !prog_rows[i].required;
	}
	return false;
}

/* Every try leaves out one optional program more; the first required one that is refused ends it. */
static int load_coverage(struct sensor *s, enum coverage want, const struct btf *kernel, char *why, size_t size)
{
	struct refusal said;
	unsigned tries;
	int r = -ELOOP;

	for (tries = 0; tries < LOAD_TRIES_MAX; tries++) {
		memset(&said, 0, sizeof(said));
		refusal_listen(&said, s->quiet);
		r = try_load(s, want, kernel);
		refusal_listen(NULL, s->quiet);
		if (r == 0 || !blame(s, &said, r, why, size))
			break;
	}
	if (r == 0)
		s->coverage = want;
	return r;
}

/* The smallest program that needs a trampoline: kernels that refuse those say so at once, without our whole object. */
static int probe_trampoline(const struct btf *kernel)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int id = btf__find_by_name_kind(kernel, "security_file_open", BTF_KIND_FUNC), fd;
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_MODIFY_RETURN,
		    .attach_btf_id = id > 0 ? (__u32)id : 0);

	if (id <= 0)
		return -ENOSYS;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "eg_probe", "GPL", nothing, ARRAY_SIZE(nothing), &o);
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* Every walk of ours is a bpf_loop. Asked for by itself, or each of our programs would be refused one by one. Any program
 * type will do for asking; LSM and tracing ones would need a function to attach to. */
static int probe_loops(void)
{
	int r = libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SKB, BPF_FUNC_loop, NULL);

	return r < 0 ? r : r ? 0 : -ENOSYS;
}

static int load_full(struct sensor *s, const struct btf *kernel)
{
	int r = probe_trampoline(kernel);

	if (r < 0)
		(void)snprintf(s->why_reduced, sizeof(s->why_reduced), "the kernel refuses programs that modify a return: %s",
			       strerror(-r));
	else
		r = load_coverage(s, COVERAGE_FULL, kernel, s->why_reduced, sizeof(s->why_reduced));
	if (r < 0)
		memset(s->progs, 0, sizeof(s->progs));
	return r;
}

static int load_best(struct sensor *s, enum coverage at_most, struct problem *problem)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	char why[sizeof(s->why_reduced)] = "";
	int r = -ENOSYS;

	if (!kernel)
		return problem_set(problem, 0, 0, "this kernel has no type information (/sys/kernel/btf/vmlinux)"), -ENOSYS;
	if (probe_loops() == -ENOSYS) {
		btf__free(kernel);
		return problem_set(problem, 0, 0, "this kernel is too old: Linux 5.17 or later is needed (bpf_loop)"), -ENOSYS;
	}
	if (at_most == COVERAGE_FULL)
		r = load_full(s, kernel);
	else
		(void)snprintf(s->why_reduced, sizeof(s->why_reduced), "asked for");
	if (r < 0)
		r = load_coverage(s, COVERAGE_REDUCED, kernel, why, sizeof(why));
	btf__free(kernel);
	if (r < 0)
		(void)problem_set(problem, 0, 0, "the kernel takes neither coverage: %s; %s", s->why_reduced, why);
	return r;
}

int sensor_open(const struct sensor_options *o, struct sensor **ret, struct problem *problem)
{
	struct sensor *s;
	int r;

	_Static_assert(PROGS_MAX >= 32, "room for the table");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->quiet = o->quiet;
	refusal_listen(NULL, s->quiet);
	s->cgroup_fd = cgroup_open(o->cgroup);
	if (s->cgroup_fd < 0) {
		r = s->cgroup_fd;
		if (o->cgroup)
			(void)problem_set(problem, 0, 0, "cannot open the cgroup %s: %s", o->cgroup, strerror(-r));
		else
			(void)problem_set(problem, 0, 0, "no cgroup v2 hierarchy is mounted");
	} else {
		if (o->pin_dir)
			(void)snprintf(s->pin_dir, sizeof(s->pin_dir), "%s", o->pin_dir);
		r = load_best(s, o->at_most, problem);
	}
	if (r == 0)
		r = maps_find(s);
	if (r < 0) {
		(void)sensor_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

struct sensor *sensor_close(struct sensor *s)
{
	size_t i;

	if (!s)
		return NULL;
	ring_buffer__free(s->decisions);
	ring_buffer__free(s->telemetry);
	for (i = 0; i < n_prog_rows; i++)
		if (s->progs[i].link)
			(void)bpf_link__destroy(s->progs[i].link);
	maps_done(s);
	if (s->skel)
		close_object(s);
	if (s->cgroup_fd >= 0)
		(void)close(s->cgroup_fd);
	free(s);
	return NULL;
}

enum coverage sensor_coverage(const struct sensor *s)
{
	return s->coverage;
}

const char *sensor_why_reduced(const struct sensor *s)
{
	return s->coverage == COVERAGE_FULL ? "" : s->why_reduced;
}

bool sensor_inherited(const struct sensor *s)
{
	return s->inherited;
}
