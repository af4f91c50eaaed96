/* SPDX-License-Identifier: Apache-2.0 */
/* The down path: the only writer of the kernel half's maps, and their reader. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "inside.h"

static int find(const struct sensor *s, const char *name, int *ret)
{
	int fd = bpf_object__find_map_fd_by_name(s->obj, name);

	if (fd < 0)
		return -ENOENT;
	*ret = fd;
	return 0;
}

int maps_find(struct sensor *s)
{
	const struct {
		const char *name;
		int *fd;
	} all[] = {
		{ "eg_config", &s->map_config }, { "eg_live", &s->map_live }, { "eg_stats", &s->map_stats },
		{ "eg_procs", &s->map_procs }, { "eg_makers", &s->map_makers }, { "eg_files", &s->map_files }, { "eg_chans", &s->map_chans },
		{ "eg_gates", &s->map_gates }, { "eg_verdicts", &s->map_verdicts }, { "eg_advance", &s->map_advance },
		{ "eg_dfa", &s->map_dfa }, { "eg_bytes", &s->map_bytes }, { "eg_starts", &s->map_starts },
		{ "eg_rules", &s->map_rules },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(all); i++)
		r = find(s, all[i].name, all[i].fd);
	return r;
}

static int set(int fd, const void *key, const void *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY) < 0 ? -errno : 0;
}

static int get(int fd, const void *key, void *ret)
{
	return bpf_map_lookup_elem(fd, key, ret) < 0 ? -errno : 0;
}

/* How many labels are alive is counted by both halves; the kernel half adds atomically, so must we: the map is mapped
 * for a moment instead of read, changed and written. */
static void live_add(struct sensor *s, int64_t n)
{
	long page = sysconf(_SC_PAGESIZE);
	struct live *l = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED, s->map_live, 0);

	if (l == MAP_FAILED)
		return;
	__atomic_fetch_add(&l->labels, (uint64_t)n, __ATOMIC_RELAXED);
	(void)munmap(l, (size_t)page);
}

int sensor_config_get(struct sensor *s, struct config *ret)
{
	uint32_t zero = 0;

	return get(s->map_config, &zero, ret);
}

int sensor_config_set(struct sensor *s, const struct config *c)
{
	uint32_t zero = 0;

	return set(s->map_config, &zero, c);
}

static int rows_write(int fd, uint32_t base, const void *rows, size_t n, size_t size)
{
	_cleanup_free_ uint32_t *keys = calloc(n + 1, sizeof(*keys));
	uint32_t i, count = (uint32_t)n;
	int r = 0;

	if (!keys)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		keys[i] = base + i;
	if (!n || bpf_map_update_batch(fd, keys, rows, &count, NULL) == 0)
		return 0;
	for (i = 0; r == 0 && i < n; i++) /* kernels without batches for this kind of map */
		r = set(fd, &keys[i], (const char *)rows + i * size);
	return r;
}

/* Forgets the start states of a half: superblocks that are gone must not keep one. */
static void starts_clear(struct sensor *s, unsigned half)
{
	struct dfa_dev key, next, *at = NULL;

	while (bpf_map_get_next_key(s->map_starts, at, &next) == 0) {
		if (at && key.half == half)
			(void)bpf_map_delete_elem(s->map_starts, &key);
		key = next;
		at = &key;
	}
	if (at && key.half == half)
		(void)bpf_map_delete_elem(s->map_starts, &key);
}

int sensor_automaton_write(struct sensor *s, unsigned half, const struct sensor_automaton *a)
{
	uint32_t h = half & 1;
	size_t i;
	int r;

	if (a->n_rows > EG_DFA_STATES_MAX + 1 || a->n_rules > 1024)
		return -E2BIG;
	r = rows_write(s->map_dfa, h * (EG_DFA_STATES_MAX + 1), a->rows, a->n_rows, sizeof(*a->rows));
	if (r == 0)
		r = rows_write(s->map_rules, h * 1024, a->rules, a->n_rules, sizeof(*a->rules));
	if (r == 0)
		r = set(s->map_bytes, &h, a->classes);
	starts_clear(s, h);
	for (i = 0; r == 0 && i < a->n_starts; i++) {
		struct dfa_dev key = { .dev = a->devs[i].dev, .half = h };
		struct dfa_start start = { .state = a->starts[i] };

		r = set(s->map_starts, &key, &start);
	}
	return r;
}

int sensor_verdict_set(struct sensor *s, const struct flow_key *k, const struct flow_verdict *v)
{
	return set(s->map_verdicts, k, v);
}

int sensor_advance_set(struct sensor *s, const struct advance_key *k, const struct flow_verdict *v)
{
	return set(s->map_advance, k, v);
}

int sensor_gate_get(struct sensor *s, uint64_t cookie, struct gate *ret)
{
	return get(s->map_gates, &cookie, ret);
}

int sensor_proc_get(struct sensor *s, uint32_t tgid, struct proc *ret)
{
	return get(s->map_procs, &tgid, ret);
}

static int counted_set(struct sensor *s, int fd, const void *key, const void *value)
{
	if (bpf_map_update_elem(fd, key, value, BPF_NOEXIST) == 0) {
		live_add(s, 1);
		return 0;
	}
	return set(fd, key, value);
}

static int counted_del(struct sensor *s, int fd, const void *key)
{
	if (bpf_map_delete_elem(fd, key) < 0)
		return -errno;
	live_add(s, -1);
	return 0;
}

int sensor_proc_set(struct sensor *s, uint32_t tgid, const struct proc *p)
{
	return counted_set(s, s->map_procs, &tgid, p);
}

int sensor_proc_del(struct sensor *s, uint32_t tgid)
{
	return counted_del(s, s->map_procs, &tgid);
}

int sensor_maker_set(struct sensor *s, uint32_t tgid, const struct maker *m)
{
	return bpf_map_update_elem(s->map_makers, &tgid, m, BPF_ANY) < 0 ? -errno : 0;
}

int sensor_file_get(struct sensor *s, const struct file_key *k, struct file_label *ret)
{
	return get(s->map_files, k, ret);
}

int sensor_file_set(struct sensor *s, const struct file_key *k, const struct file_label *l)
{
	return counted_set(s, s->map_files, k, l);
}

int sensor_file_del(struct sensor *s, const struct file_key *k)
{
	return counted_del(s, s->map_files, k);
}

static int map_fd(const struct sensor *s, enum sensor_map map)
{
	switch (map) {
	case SENSOR_PROCS:
		return s->map_procs;
	case SENSOR_FILES:
		return s->map_files;
	case SENSOR_CHANS:
		return s->map_chans;
	case SENSOR_GATES:
		return s->map_gates;
	}
	return -1;
}

int sensor_del(struct sensor *s, enum sensor_map map, const void *key)
{
	return counted_del(s, map_fd(s, map), key);
}

union any_key {
	uint32_t tgid;
	uint64_t cookie;
	struct file_key file;
};
union any_value {
	struct proc proc;
	struct file_label label;
	struct gate gate;
};

int sensor_walk(struct sensor *s, enum sensor_map map, int (*fn)(void *, const void *, const void *), void *user)
{
	union any_key key, next;
	union any_value value;
	int fd = map_fd(s, map), r, more;

	more = bpf_map_get_next_key(fd, NULL, &next);
	while (more == 0) {
		key = next;
		more = bpf_map_get_next_key(fd, &key, &next); /* before fn may delete the entry */
		if (bpf_map_lookup_elem(fd, &key, &value) < 0)
			continue;
		r = fn(user, &key, &value);
		if (r)
			return r;
	}
	return 0;
}

static int count_one(void *user, const void *key, const void *value)
{
	(void)key;
	(void)value;
	(*(size_t *)user)++;
	return 0;
}

size_t sensor_count(struct sensor *s, enum sensor_map map)
{
	size_t n = 0;

	(void)sensor_walk(s, map, count_one, &n);
	return n;
}

void sensor_stats(struct sensor *s, uint64_t ret[ST_MAX])
{
	int cpus = libbpf_num_possible_cpus(), c;
	_cleanup_free_ uint64_t *each = NULL;
	uint32_t i;

	memset(ret, 0, sizeof(*ret) * ST_MAX);
	if (cpus <= 0)
		return;
	each = calloc((size_t)cpus, sizeof(*each));
	for (i = 0; each && i < ST_MAX; i++) {
		if (bpf_map_lookup_elem(s->map_stats, &i, each) < 0)
			continue;
		for (c = 0; c < cpus; c++)
			ret[i] += each[c];
	}
}
