/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Homes by the secret's own word: when somebody reads a .netrc, the machines it names are where it belongs. The guard
 * opens the file and has the front parse it; a flow that needs the answer waits for it.
 *
 * What a file says is believed as far as it said so when we first saw it, and we saw it before anybody under our eyes
 * could write to it: at start, or when it was last changed before we started. A host that turns up later opens nothing
 * until a person has once allowed a flow to it. Else a thief would add itself and then be at home.
 *
 * Failure stance: a file that cannot be opened, an answer that does not come, a full table: no homes, so the flow is asked
 * about.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "front.h"
#include "inside.h"

#define HOME_FILES_MAX 512
#define ANSWER_NS 1000000000ull
#define POOL_MAX 4096 /* hosts looked at for one decision */

struct home_host {
	char *host;
	bool believed;
};

/* One file as one parser understands it. */
struct home_file {
	struct home_file *next;
	char *path;
	const char *parser; /* of the catalogue's row, lives as long as homes_parser's table */
	uint32_t id;
	bool pending;
	uint64_t asked_ns;
	struct timespec changed;
	bool early; /* last changed before the guard started, or seen at its start */
	struct home_host *hosts;
	size_t n_hosts;
};

struct homes {
	struct home_file *files;
	unsigned n;
	uint32_t last_id;
	bool starting;
};

/* Where the hosts of a kind stand: in the secret itself, or in a file beside it. */
static const struct {
	const char *parser, *beside;
} neighbours[] = {
	{ "known-hosts", "known_hosts" }, { "ssh-config", "config" }, { "awsconfig", "config" },
	{ "cargo", "config.toml" },	  { "helm", "repositories.yaml" },
};

static void hosts_free(struct home_host *hosts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(hosts[i].host);
	free(hosts);
}

static struct homes *homes_of(struct guard *g)
{
	if (!g->own_homes)
		g->own_homes = calloc(1, sizeof(*g->own_homes));
	return g->own_homes;
}

struct homes *homes_free(struct homes *h)
{
	struct home_file *f;

	while (h && (f = h->files)) {
		h->files = f->next;
		hosts_free(f->hosts, f->n_hosts);
		free(f->path);
		free(f);
	}
	free(h);
	return NULL;
}

static struct home_file *file_find(struct homes *h, const char *path, const char *parser)
{
	struct home_file *f;

	for (f = h->files; f; f = f->next)
		if (f->parser == parser && streq(f->path, path))
			return f;
	return NULL;
}

static struct home_file *file_new(struct homes *h, const char *path, const char *parser)
{
	struct home_file *f = h->n < HOME_FILES_MAX ? calloc(1, sizeof(*f)) : NULL;

	if (f && !(f->path = strdup(path))) {
		free(f);
		f = NULL;
	}
	if (!f)
		return NULL;
	f->parser = parser;
	f->next = h->files;
	h->files = f;
	h->n++;
	return f;
}

/* The catalogue's word as the parsers' table has it, so that pointers can be compared. */
static const char *parser_of(const char *word)
{
	const char *name;
	size_t i;

	for (i = 0; (name = homes_parser(i, NULL)); i++)
		if (streq(name, word))
			return name;
	return NULL;
}

static int path_for(const char *secret, const char *parser, char *dst, size_t size)
{
	const char *slash = strrchr(secret, '/');
	size_t i;

	for (i = 0; i < ARRAY_SIZE(neighbours); i++)
		if (slash && streq(neighbours[i].parser, parser))
			return (size_t)snprintf(dst, size, "%.*s/%s", (int)(slash - secret), secret,
						neighbours[i].beside) < size ? 0 : -ENAMETOOLONG;
	return (size_t)snprintf(dst, size, "%s", secret) < size ? 0 : -ENAMETOOLONG;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool before(const struct timespec *t, uint64_t wall_ms)
{
	return (uint64_t)t->tv_sec * 1000 + (uint64_t)t->tv_nsec / 1000000 < wall_ms;
}

/* The file as it is now: the front reads later, and by then a thief may have written to it. -errno, or a descriptor. */
static int snapshot(int fd)
{
	_cleanup_close_ int copy = memfd_create("homes", MFD_CLOEXEC);
	off_t at = 0;
	ssize_t n;

	if (copy < 0)
		return -errno;
	while (at < HOMES_TEXT_MAX && (n = sendfile(copy, fd, &at, (size_t)(HOMES_TEXT_MAX - at))) != 0)
		if (n < 0)
			return -errno;
	return TAKE_FD(copy);
}

/* Asks the front what `fd`, as `st` has it, says. */
static void ask_front(struct guard *g, struct home_file *f, int fd, const struct stat *st)
{
	_cleanup_close_ int copy = snapshot(fd);
	struct stat now;

	f->id = ++g->own_homes->last_id;
	f->changed = st->st_ctim;
	f->early = g->own_homes->starting || before(&st->st_ctim, g->since_ms);
	if (copy < 0 || fstat(fd, &now) < 0 || !same_time(&now.st_ctim, &st->st_ctim))
		f->early = false;
	f->pending = copy >= 0 && journal_ask(g->journal, f->id, f->parser, copy) == 0;
	f->asked_ns = f->pending ? now_boot_ns() : 0;
}

/* Unless the file is as it was. */
static void look_at(struct guard *g, struct homes *h, const char *path, const char *parser)
{
	/* O_NONBLOCK: a FIFO planted under a secret's name must not hold us up */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct home_file *f;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	f = file_find(h, path, parser);
	if (f && same_time(&f->changed, &st.st_ctim) && f->asked_ns)
		return;
	if (!f)
		f = file_new(h, path, parser);
	if (f)
		ask_front(g, f, fd, &st);
	else
		g->lost[LOST_HOMES]++;
}

void homes_learn(struct guard *g, const char *path, int class_bit)
{
	struct homes *h = homes_of(g);
	const struct secret_class *c;
	char beside[4096];
	char **word;

	/* Beside a daemon (which keeps the history) we are a process like any other: reading the secrets would label us, and
	 * with us the command that we start. Then nothing is known, and what nothing else allows is asked about. */
	if (!h || !path || class_bit < 0 || (size_t)class_bit >= g->policy->n_classes || !g->o.history)
		return;
	c = &g->policy->classes[class_bit];
	for (word = c->homes_from; word && *word; word++) {
		const char *parser = parser_of(*word);

		if (parser && path_for(path, parser, beside, sizeof(beside)) == 0)
			look_at(g, h, beside, parser);
	}
}

void homes_learn_open(struct guard *g, int fd, int class_bit)
{
	char link[64], path[4096];
	ssize_t n;

	if ((size_t)class_bit >= g->policy->n_classes || !g->policy->classes[class_bit].homes_from)
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return;
	path[n] = 0;
	homes_learn(g, path, class_bit);
}

void homes_starting(struct guard *g, bool starting)
{
	struct homes *h = homes_of(g);

	if (h)
		h->starting = starting;
}

/* --- answers ----------------------------------------------------------------------------------------- */

static bool believed_before(const struct home_file *f, const char *host)
{
	size_t i;

	for (i = 0; i < f->n_hosts; i++)
		if (f->hosts[i].believed && streq(f->hosts[i].host, host))
			return true;
	return false;
}

static void take_hosts(struct home_file *f, const char *text, size_t len)
{
	struct home_host *hosts = calloc(HOMES_MAX, sizeof(*hosts));
	size_t n = 0, at;

	for (at = 0; hosts && at < len && n < HOMES_MAX; at += strlen(text + at) + 1) {
		hosts[n].host = strdup(text + at);
		if (!hosts[n].host)
			break;
		hosts[n].believed = f->early || believed_before(f, hosts[n].host);
		n++;
	}
	hosts_free(f->hosts, f->n_hosts);
	f->hosts = hosts;
	f->n_hosts = n;
	f->pending = false;
}

static void judge_again(struct guard *g, struct flow *f, void *user)
{
	(void)user;
	if (f->waits_for_homes) {
		f->waits_for_homes = false;
		judge_flow(g, f);
	}
}

void homes_answer(struct guard *g, uint32_t id, const char *text, size_t len)
{
	struct homes *h = homes_of(g);
	struct home_file *f;

	if (!h || (len && text[len - 1])) /* every host has its NUL, or we read on */
		return;
	for (f = h->files; f && !(f->pending && f->id == id); f = f->next)
		;
	if (!f)
		return;
	take_hosts(f, text, len);
	flow_each(g, judge_again, NULL);
}

void homes_expire(struct guard *g, uint64_t now_ns)
{
	struct homes *h = homes_of(g);
	bool gave_up = false;
	struct home_file *f;

	for (f = h ? h->files : NULL; f; f = f->next)
		if (f->pending && now_ns - f->asked_ns > ANSWER_NS) {
			f->pending = false;
			f->asked_ns = 0; /* the next reader asks anew */
			gave_up = true;
		}
	if (gave_up)
		flow_each(g, judge_again, NULL);
}

void homes_believe(struct guard *g, const struct dest *to)
{
	struct homes *h = homes_of(g);
	struct home_file *f;
	size_t i;

	for (f = h ? h->files : NULL; f; f = f->next)
		for (i = 0; i < f->n_hosts; i++)
			if (home_match(f->hosts[i].host, to))
				f->hosts[i].believed = true;
}

/* --- for a decision ---------------------------------------------------------------------------------- */

struct gathering {
	const char *pool[POOL_MAX];
	size_t n;
	bool pending;
};

/* What this file names, if it is one that the class's secret names its homes in. */
static void gather_file(struct gathering *at, struct homes *h, const char *secret, const struct secret_class *c)
{
	char path[4096];
	char **word;
	size_t i;

	for (word = c->homes_from; word && *word; word++) {
		const char *parser = parser_of(*word);
		const struct home_file *f;

		if (!parser || path_for(secret, parser, path, sizeof(path)) < 0 || !(f = file_find(h, path, parser)))
			continue;
		at->pending = at->pending || f->pending;
		for (i = 0; i < f->n_hosts && at->n + 1 < POOL_MAX; i++)
			if (f->hosts[i].believed)
				at->pool[at->n++] = f->hosts[i].host;
	}
}

bool homes_gather(struct guard *g, const struct origin *o, uint64_t label, struct own_homes *ret)
{
	static struct gathering at; /* one thread, and too large for the stack */
	const struct read_note *reads[32];
	const struct origin *who[32];
	struct homes *h = homes_of(g);
	size_t n = h ? origin_reads(g, o, reads, who, ARRAY_SIZE(reads)) : 0, i;

	memset(ret, 0, sizeof(*ret));
	at = (struct gathering){ 0 };
	for (; label; label &= label - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(label);
		size_t first = at.n;

		if (bit >= g->policy->n_classes)
			break;
		for (i = 0; i < n; i++)
			if (reads[i]->path && (reads[i]->classes & (1ull << bit)))
				gather_file(&at, h, reads[i]->path, &g->policy->classes[bit]);
		if (at.n + 1 >= POOL_MAX)
			break;
		at.pool[at.n++] = NULL;
		ret->of[bit] = (const char *const *)&at.pool[first];
	}
	return !at.pending;
}
