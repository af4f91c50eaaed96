/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"

#include <errno.h>
#include <string.h>

#include "../enrich/enrich.h"
#include "glob.h"
#include "model.h"

#define HOME_SOURCES_MAX 64

struct reading {
	struct policy *policy;
	struct problem *p;
	enum catalog_layer layer;
	size_t first; /* classes from here on belong to this layer */
	uint64_t replaced; /* bits that this layer has replaced already */
	struct secret_class class; /* the one being read */
};

/* --- one class --------------------------------------------------------------------------------------- */

static int check_home_source(const char *s, struct problem *p)
{
	const char *words[HOME_SOURCES_MAX], *near;
	size_t n = 0;

	if (homes_known(s))
		return 0;
	while (n < HOME_SOURCES_MAX && (words[n] = homes_parser(n, NULL)))
		n++;
	near = nearest_word(s, words, n);
	return problem_set(p, 0, 0, "'%.64s' is not a kind of file that names homes%s%s%s", s, near ? "; did you mean '" : "",
			   near ? near : "", near ? "'?" : "");
}

static int read_name(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;
	struct problem why = { 0 };
	int r = yaml_get_text(v, "the name of a class", &in->class.name, in->p);

	if (r == 0 && class_name_check(in->class.name, &why) < 0)
		return yaml_problem(v, in->p, "%s", why.text);
	return r;
}

static int read_title(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_text(v, "a title", &in->class.title, in->p);
}

static int read_files(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "a file pattern", glob_check, &in->class.globs, in->p);
}

static int read_not(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "an exception", glob_check, &in->class.not_globs, in->p);
}

static int read_readers(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "a reader", exe_check, &in->class.readers, in->p);
}

static int read_makers(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "a maker", exe_check, &in->class.makers, in->p);
}

static int read_mute(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "a mute reader", exe_check, &in->class.mute, in->p);
}

static int read_homes(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "a home", dest_check, &in->class.homes, in->p);
}

static int read_homes_from(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "homes_from", check_home_source, &in->class.homes_from, in->p);
}

static int read_flag(struct reading *in, const struct yaml_node *v, unsigned flag)
{
	bool on = false;
	int r = yaml_get_bool(v, &on, in->p);

	in->class.flags |= on ? flag : 0;
	return r;
}

static int read_weak(void *ctx, const struct yaml_node *v)
{
	return read_flag(ctx, v, CLASS_WEAK);
}

static int read_canary(void *ctx, const struct yaml_node *v)
{
	return read_flag(ctx, v, CLASS_CANARY);
}

static int read_anywhere(void *ctx, const struct yaml_node *v)
{
	return read_flag(ctx, v, CLASS_ANYWHERE);
}

static const struct yaml_key class_keys[] = {
	{ "name", read_name, "what rules and messages call the class" },
	{ "title", read_title, "what it is, for people" },
	{ "files", read_files, "path patterns of the secrets" },
	{ "not", read_not, "path patterns that `files` matches but that hold no secret" },
	{ "readers", read_readers, "executables that read these files for good reasons" },
	{ "makers", read_makers, "whose own files and children have nothing of the secret" },
	{ "mute", read_mute, "readers that give nothing of the secret to anybody but its home" },
	{ "homes", read_homes, "destinations where these secrets belong" },
	{ "homes_from", read_homes_from, "kinds of files whose own fields name further homes" },
	{ "weak", read_weak, "read all day by honest programs" },
	{ "canary", read_canary, "bait: whoever reads it may talk to nobody" },
	{ "anywhere", read_anywhere, "its readers may talk to any destination" },
};
static const struct yaml_table class_table = YAML_TABLE("a class", class_keys);

static int bit_limit(struct reading *in, const struct yaml_node *node)
{
	return yaml_problem(node, in->p, "class '%s' is one too many; %d classes are the most, the catalogue's included",
			    in->class.name, EG_CLASSES_MAX);
}

/* Puts the finished class where it belongs: a new bit, or the bit of the class it replaces. */
static int place_class(struct reading *in, const struct yaml_node *node)
{
	int bit = policy_class_bit(in->policy, in->class.name);

	if (in->layer == CATALOG_BROKERS_ONLY)
		return 0;
	if (bit < 0)
		return policy_add_class(in->policy, &in->class) < 0 ? bit_limit(in, node) : 0;
	if (in->layer != CATALOG_USER || (size_t)bit >= in->first || (in->replaced & 1ull << bit))
		return yaml_problem(node, in->p, "class '%s' is defined twice", in->class.name);
	in->replaced |= 1ull << bit;
	policy_replace_class(in->policy, bit, &in->class);
	return 0;
}

static int read_class(void *ctx, const struct yaml_node *node)
{
	struct reading *in = ctx;
	int r = yaml_read_map(node, &class_table, in, in->p);

	if (r == 0 && !in->class.name)
		r = yaml_problem(node, in->p, "a class without 'name'");
	if (r == 0 && !in->class.title)
		in->class.title = strdup(in->class.name);
	if (r == 0 && !in->class.title)
		r = -ENOMEM;
	if (r == 0)
		r = place_class(in, node);
	class_done(&in->class);
	return r;
}

/* --- one file ---------------------------------------------------------------------------------------- */

static int read_classes(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_read_seq(v, "'classes'", read_class, in, in->p);
}

static int read_brokers(void *ctx, const struct yaml_node *v)
{
	_cleanup_strv_ char **more = NULL;
	struct reading *in = ctx;
	int r = yaml_get_list(v, "a broker", exe_check, &more, in->p);
	size_t i;

	for (i = 0; r == 0 && more && more[i]; i++)
		if (!strv_has(in->policy->brokers, more[i]))
			r = strv_add(&in->policy->brokers, more[i]);
	return r;
}

static const struct yaml_key file_keys[] = {
	{ "classes", read_classes, "classes of secrets" },
	{ "brokers", read_brokers, "executables that talk for everybody: neither tainted nor trusted" },
};
static const struct yaml_table file_table = YAML_TABLE("a catalogue file", file_keys);

const struct yaml_table *const catalog_tables[] = { &file_table, &class_table, NULL };

static int read_file(struct reading *in, const char *path)
{
	_cleanup_yaml_ struct yaml *y = NULL;
	int r = yaml_load(path, &y, in->p);

	if (r < 0 || !yaml_root(y))
		return r;
	return yaml_read_map(yaml_root(y), &file_table, in, in->p);
}

/* --- the directory ----------------------------------------------------------------------------------- */

static int is_yaml(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return *e->d_name != '.' && dot && streq(dot, ".yaml");
}

static int read_entries(struct reading *in, const char *dir, struct dirent **entries, int n)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, entries[i]->d_name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = read_file(in, path);
	}
	return r;
}

int catalog_read(struct policy *p, const char *dir, enum catalog_layer layer, struct problem *problem)
{
	struct reading in = { .policy = p, .p = problem, .layer = layer, .first = p->n_classes };
	struct dirent **entries = NULL;
	int i, r, n = scandir(dir, &entries, is_yaml, alphasort);

	if (n < 0) {
		r = -errno;
		if (r == -ENOENT && layer == CATALOG_USER)
			return 0;
		if (problem)
			(void)snprintf(problem->file, sizeof(problem->file), "%s", dir);
		(void)problem_set(problem, 0, 0, "the catalogue cannot be read: %s", strerror(-r));
		return r;
	}
	if (n > CATALOG_FILES_MAX)
		r = problem_set(problem, 0, 0, "'%.200s' has more than %d catalogue files", dir, CATALOG_FILES_MAX);
	else
		r = read_entries(&in, dir, entries, n);
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return r;
}
