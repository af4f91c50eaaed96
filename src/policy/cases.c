/* SPDX-License-Identifier: Apache-2.0 */
/* A file of cases: who, where to, and what the policy is expected to say. */
#include <errno.h>
#include <string.h>

#include "ci_read.h"
#include "model.h"
#include "told.h"

struct reading {
	const struct policy *policy;
	trial_visit visit;
	void *user;
	struct problem *p;
	/* the case being read */
	const struct yaml_node *node;
	char *name, *process, *script, *destination, *address, *by;
	char **ancestors, **carries;
	enum name_source source;
	uint8_t proto;
	enum verdict expect;
	bool start, resolver;
};

static void case_done(struct reading *in)
{
	free(in->name);
	free(in->process);
	free(in->script);
	free(in->destination);
	free(in->address);
	free(in->by);
	strv_free(in->ancestors);
	strv_free(in->carries);
	in->name = in->process = in->script = in->destination = in->address = in->by = NULL;
	in->ancestors = in->carries = NULL;
}

/* --- keys -------------------------------------------------------------------------------------------- */

#define READ_TEXT(key)                                                         \
	static int read_##key(void *ctx, const struct yaml_node *v)            \
	{                                                                      \
		struct reading *in = ctx;                                      \
		return yaml_get_text(v, "'" #key "'", &in->key, in->p);        \
	}
#define READ_WORD(key, type, what, words)                                      \
	static int read_##key(void *ctx, const struct yaml_node *v)            \
	{                                                                      \
		struct reading *in = ctx;                                      \
		int n = 0, r = yaml_get_word(v, what, words, ARRAY_SIZE(words), &n, in->p); \
		in->key = (type)n;                                             \
		return r;                                                      \
	}

static const struct yaml_word protocols[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 } };
static const struct yaml_word verdicts[] = { { "allow", V_ALLOW }, { "deny", V_DENY }, { "hold", V_HOLD } };
static const struct yaml_word name_sources[] = {
	{ "none", NAME_NONE }, { "ptr", NAME_PTR }, { "sni", NAME_SNI }, { "hosts", NAME_HOSTS },
	{ "dns-other", NAME_DNS_OTHER }, { "dns-own", NAME_DNS_OWN },
};

READ_TEXT(name)
READ_TEXT(process)
READ_TEXT(script)
READ_TEXT(destination)
READ_TEXT(address)
READ_TEXT(by)
READ_WORD(proto, uint8_t, "is not a protocol", protocols)
READ_WORD(expect, enum verdict, "is not a verdict", verdicts)
READ_WORD(source, enum name_source, "is not a source of names", name_sources)

static int read_ancestors(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "'ancestors'", exe_check, &in->ancestors, in->p);
}

static int read_carries(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_list(v, "'carries'", class_name_check, &in->carries, in->p);
}

static int read_start(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_bool(v, &in->start, in->p);
}

static int read_resolver(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;

	return yaml_get_bool(v, &in->resolver, in->p);
}

static const struct yaml_key case_keys[] = {
	{ "name", read_name, "what the case is about" },
	{ "process", read_process, "who: a name or a path" },
	{ "script", read_script, "the script it runs" },
	{ "ancestors", read_ancestors, "names above it, nearest first" },
	{ "destination", read_destination, "host or address, with port" },
	{ "address", read_address, "the address DNS gave for the host" },
	{ "protocol", read_proto, "tcp, udp or icmp" },
	{ "name_source", read_source, "how the name is known" },
	{ "resolver", read_resolver, "true: the destination is one of the system's resolvers" },
	{ "carries", read_carries, "classes of secrets it carries" },
	{ "start", read_start, "true: may it start" },
	{ "expect", read_expect, "allow, deny or hold" },
	{ "by", read_by, "the reason, key or rule that must have decided" },
};
static const struct yaml_table case_table = YAML_TABLE("a case", case_keys);

/* --- deciding ---------------------------------------------------------------------------------------- */

/* In a file of cases monitor mode would hide every difference. */
static struct policy enforced(const struct policy *p)
{
	struct policy copy = *p;

	copy.enforce = true;
	return copy;
}

static int at_key(const struct reading *in, const char *key, const struct problem *why)
{
	const struct yaml_node *v = yaml_find(in->node, key);

	return yaml_problem(v ? v : in->node, in->p, "%s: %s", key, why->text);
}

static int find_label(const struct reading *in, uint64_t *ret)
{
	char *const *c;

	*ret = 0;
	for (c = in->carries; c && *c; c++) {
		int bit = policy_class_bit(in->policy, *c);

		if (bit < 0)
			return yaml_problem(yaml_find(in->node, "carries"), in->p, "carries: there is no class \"%s\"", *c);
		*ret |= 1ull << bit;
	}
	return 0;
}

static int decide_flow(const struct reading *in, const struct subject *who, struct decision *ret)
{
	const struct policy p = enforced(in->policy);
	struct query q = { .who = who };
	struct problem why = { 0 };
	struct told_dest to;
	int r = told_dest(in->destination, in->address, &to, &why);

	if (r < 0)
		return at_key(in, strstr(why.text, "is not an address") ? "address" : "destination", &why);
	r = find_label(in, &q.label);
	if (r < 0)
		return r;
	to.to.name = to.name[0] ? to.name : NULL;
	to.to.source = to.name[0] ? in->source : NAME_NONE;
	to.to.proto = in->proto;
	to.to.resolver = in->resolver;
	q.to = &to.to;
	decide(&p, &q, now_wall_ms(), ret);
	return 0;
}

static bool decided_by(const char *by, const struct decision *d)
{
	return !by || streq(by, reason_name(d->reason)) || (d->key && streq(by, d->key)) ||
	       (d->rule && d->rule->id && streq(by, d->rule->id));
}

static int run_case(struct reading *in)
{
	struct trial_case c = { .name = in->name, .process = in->process, .ancestors = in->ancestors,
				.destination = in->destination, .line = in->node->line, .expect = verdict_name(in->expect),
				.by = in->by };
	_cleanup_told_ struct told t = { 0 };
	struct decision d = { .verdict = V_NONE };
	int r = told_subject(in->process, in->script, in->ancestors, &t);

	if (r == -E2BIG)
		return yaml_problem(in->node, in->p, "ancestors: more than %d", TOLD_ABOVE_MAX);
	if (r < 0)
		return r;
	if (in->start) {
		const struct policy p = enforced(in->policy);

		decide_exec(&p, &t.who, &d);
	} else {
		r = decide_flow(in, &t.who, &d);
	}
	if (r == 0)
		in->visit(in->user, &c, d.verdict == in->expect && decided_by(in->by, &d), &d);
	return r;
}

static int check_case(struct reading *in)
{
	if (!in->process)
		return yaml_problem(in->node, in->p, "a case without 'process'");
	if (in->expect == V_NONE)
		return yaml_problem(in->node, in->p, "a case without 'expect'");
	if (!in->start == !in->destination)
		return yaml_problem(in->node, in->p, "a case needs either 'destination' or 'start: true'");
	return exe_check(in->process, NULL) < 0 ?
		       yaml_problem(yaml_find(in->node, "process"), in->p, "\"%.64s\" is not a program", in->process) :
		       0;
}

static int read_case(void *ctx, const struct yaml_node *v)
{
	struct reading *in = ctx;
	int r;

	in->node = v;
	in->source = NAME_DNS_OWN;
	in->proto = 6;
	in->expect = V_NONE;
	in->start = in->resolver = false;
	r = yaml_read_map(v, &case_table, in, in->p);
	if (r == 0)
		r = check_case(in);
	if (r == 0)
		r = run_case(in);
	case_done(in);
	return r;
}

/* --- the file ---------------------------------------------------------------------------------------- */

static int read_cases(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "'cases'", read_case, ctx, ((struct reading *)ctx)->p);
}

static const struct yaml_key top_keys[] = { { "cases", read_cases, "the cases" } };
static const struct yaml_table top_table = YAML_TABLE("a file of cases", top_keys);

const struct yaml_table *const case_tables[] = { &top_table, &case_table, NULL };

int trial_run(const struct policy *p, const char *file, trial_visit visit, void *user, struct problem *problem)
{
	struct reading in = { .policy = p, .visit = visit, .user = user, .p = problem };
	_cleanup_yaml_ struct yaml *y = NULL;
	int r = yaml_load(file, &y, problem);

	if (r < 0)
		return r;
	if (!yaml_root(y))
		return problem_set(problem, 0, 0, "no case is in this file");
	return yaml_read_map(yaml_root(y), &top_table, &in, problem);
}
