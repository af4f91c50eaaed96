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

/* Both halves count in it; the kernel half adds atomically, so must we: it is mapped, not read, changed and written. */
static int map_live(struct sensor *s)
{
	void *at = mmap(NULL, sizeof(*s->live), PROT_READ | PROT_WRITE, MAP_SHARED, s->map_live, 0);

	if (at == MAP_FAILED)
		return -errno;
	s->live = at;
	return 0;
}

void maps_done(struct sensor *s)
{
	if (s->live)
		(void)munmap(s->live, sizeof(*s->live));
	s->live = NULL;
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
		{ "eg_rules", &s->map_rules }, { "eg_subjects", &s->map_subjects }, { "eg_sets", &s->map_sets },
		{ "eg_resolvers", &s->map_resolvers }, { "eg_askers", &s->map_askers },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(all); i++)
		r = find(s, all[i].name, all[i].fd);
	return r < 0 ? r : map_live(s);
}

static int set(int fd, const void *key, const void *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY) < 0 ? -errno : 0;
}

static int get(int fd, const void *key, void *ret)
{
	return bpf_map_lookup_elem(fd, key, ret) < 0 ? -errno : 0;
}

static void live_add(struct sensor *s, int64_t n)
{
	__atomic_fetch_add(&s->live->labels, (uint64_t)n, __ATOMIC_RELAXED);
}

void sensor_dns_done(struct sensor *s)
{
	__atomic_fetch_add(&s->live->dns_done, 1, __ATOMIC_RELEASE);
}

/* A guard that died in between may have left the two counters apart. */
void sensor_dns_settle(struct sensor *s)
{
	uint64_t seen = __atomic_load_n(&s->live->dns_seen, __ATOMIC_ACQUIRE);

	(void)sensor_drain_decisions(s);
	if (seen == __atomic_load_n(&s->live->dns_seen, __ATOMIC_ACQUIRE))
		__atomic_store_n(&s->live->dns_done, seen, __ATOMIC_RELEASE);
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

int sensor_subject_set(struct sensor *s, uint32_t tgid, const struct subject_state *st)
{
	return set(s->map_subjects, &tgid, st);
}

int sensor_set_put(struct sensor *s, const struct set_key *k, const struct set_entry *e)
{
	return set(s->map_sets, k, e);
}

int sensor_set_del(struct sensor *s, const struct set_key *k)
{
	return bpf_map_delete_elem(s->map_sets, k) < 0 ? -errno : 0;
}

int sensor_resolver_set(struct sensor *s, uint64_t netns, const struct resolver_ports *r)
{
	if (r)
		return set(s->map_resolvers, &netns, r);
	return bpf_map_delete_elem(s->map_resolvers, &netns) < 0 ? -errno : 0;
}

void sensor_resolvers_clear(struct sensor *s)
{
	uint64_t netns;

	while (bpf_map_get_next_key(s->map_resolvers, NULL, &netns) == 0 && sensor_resolver_set(s, netns, NULL) == 0)
		;
}

int sensor_asker_get(struct sensor *s, const struct asker_key *k, struct asker *ret)
{
	return get(s->map_askers, k, ret);
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
	case SENSOR_VERDICTS:
		return s->map_verdicts;
	case SENSOR_SETS:
		return s->map_sets;
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
	struct flow_key flow;
	struct set_key set;
};
union any_value {
	struct proc proc;
	struct file_label label;
	struct gate gate;
	struct flow_verdict verdict;
	struct set_entry entry;
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
