/* SPDX-License-Identifier: Apache-2.0 */
/* One policy.yaml, key by key. */
#include "ci_read.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "match.h"
#include "model.h"

#define ITEMS_MAX 65536 /* of one list: ten thousand hosts are a real policy */

/* --- texts ------------------------------------------------------------------------------------------- */

int ci_host_check(const char *s, struct problem *p)
{
	return dest_check(s, p);
}

int ci_ip_check(const char *s, struct problem *p)
{
	struct dest_pattern d;
	char shown[80];

	if (strpbrk(s, "/:.") && dest_parse(s, &d, NULL) == 0 && d.form == DEST_NET)
		return 0;
	return problem_set(p, 0, 0, "\"%s\" is neither an IP address nor a range such as 10.0.0.0/8",
			   str_escape_to(shown, sizeof(shown), s));
}

static int server_check(const char *s, struct problem *p)
{
	struct dest_pattern d;
	char shown[80];

	if (!strpbrk(s, "/[") && dest_parse(s, &d, NULL) == 0 && d.form == DEST_NET && !d.port)
		return 0;
	return problem_set(p, 0, 0, "\"%s\" is not the IP address of a DNS server", str_escape_to(shown, sizeof(shown), s));
}

static int ancestor_check(const char *s, struct problem *p)
{
	char shown[80];

	if (!strpbrk(s, "/:") && !streq(s, "*"))
		return exe_check(s, p);
	return problem_set(p, 0, 0, "\"%s\" is not a name; ancestors are names such as npm",
			   str_escape_to(shown, sizeof(shown), s));
}

static int variable_check(const char *s, struct problem *p)
{
	const char *c = s;
	char shown[80];

	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	if (*s && !*c && !isdigit((unsigned char)*s))
		return 0;
	return problem_set(p, 0, 0, "\"%s\" is not the name of an environment variable", str_escape_to(shown, sizeof(shown), s));
}

static int monitored_check(const char *s, struct problem *p)
{
	_cleanup_free_ char *pattern = NULL;

	return ci_path_pattern(s, PATH_MONITORED, &pattern, p);
}

static int protected_check(const char *s, struct problem *p)
{
	_cleanup_free_ char *pattern = NULL;

	return ci_path_pattern(s, PATH_PROTECTED, &pattern, p);
}

/* One item of `key`: text, not empty, as check wants it. What is wrong quotes it and has its place. */
int ci_check_item(struct ci_builder *b, const char *key, const struct yaml_node *v, ci_check_fn check)
{
	struct problem why = { 0 };
	int r;

	if (v->kind != YAML_SCALAR)
		return yaml_problem(v, b->p, "%s: expected a text, found %s", key, yaml_kind_text(v));
	if (!v->text[strspn(v->text, " ")])
		return yaml_problem(v, b->p, "%s: \"%s\" is empty", key, v->text);
	if (strlen(v->text) > TEXT_MAX)
		return yaml_problem(v, b->p, "%s: longer than %d bytes", key, TEXT_MAX);
	if (strpbrk(v->text, "\n\t"))
		return yaml_problem(v, b->p, "%s: must be one line without tabs", key);
	r = check ? check(v->text, &why) : 0;
	return r == -EINVAL ? yaml_problem(v, b->p, "%s: %s", key, why.text) : r;
}

int ci_read_text_of(struct ci_builder *b, const char *key, const struct yaml_node *v, ci_check_fn check, char **ret)
{
	int r = ci_check_item(b, key, v, check);
	char *copy;

	if (r < 0)
		return r;
	copy = strdup(v->text);
	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

static int read_list(struct ci_builder *b, const struct yaml_node *v, enum ci_lists list, const char *key, ci_check_fn check)
{
	const struct yaml_node *it;
	int r = 0;

	if (v->kind == YAML_NULL)
		return 0;
	if (v->kind != YAML_SEQ)
		return yaml_problem(v, b->p, "%s must be a list ([a, b] or '- a'), this is %s", key, yaml_kind_text(v));
	if (v->n > ITEMS_MAX)
		return yaml_problem(v, b->p, "%s has more than %d items", key, ITEMS_MAX);
	for (it = v->child; it && r == 0; it = it->next) {
		r = ci_check_item(b, key, it, check);
		if (r == 0)
			r = ci_list_add(&b->lists[list], it->text);
	}
	return r;
}

static int read_said(struct ci_builder *b, const struct yaml_node *v, enum said *ret)
{
	bool on = false;
	int r = v->kind == YAML_NULL ? 0 : yaml_get_bool(v, &on, b->p);

	if (r == 0 && v->kind != YAML_NULL)
		*ret = on ? SAID_YES : SAID_NO;
	return r;
}

/* A section without anything in it says nothing. */
static int read_section(struct ci_builder *b, const struct yaml_node *v, const struct yaml_table *t)
{
	return v->kind == YAML_NULL ? 0 : yaml_read_map(v, t, b, b->p);
}

/* Readers of keys that are a list, a switch or a text and nothing more. */
#define READ_LIST(name, list, key, check)                                    \
	static int name(void *ctx, const struct yaml_node *v)                \
	{                                                                    \
		return read_list(ctx, v, list, key, check);                  \
	}
#define READ_SAID(name, member)                                              \
	static int name(void *ctx, const struct yaml_node *v)                \
	{                                                                    \
		struct ci_builder *b = ctx;                                  \
		return read_said(b, v, &b->ci->member);                      \
	}
#define READ_TEXT(name, member, key, check)                                  \
	static int name(void *ctx, const struct yaml_node *v)                \
	{                                                                    \
		struct ci_builder *b = ctx;                                  \
		return ci_read_text_of(b, key, v, check, &b->member);              \
	}

struct ci_place ci_place_of(const struct ci_builder *b, const struct yaml_node *v)
{
	return (struct ci_place){ .file = b->file, .line = v->line, .column = v->column };
}

static int missing(struct ci_builder *b, const struct yaml_node *v, const struct yaml_table *t, const char *key)
{
	return yaml_problem(v, b->p, "%s without '%s'", t->where, key);
}

/* --- rules.network.profiles -------------------------------------------------------------------------- */

READ_LIST(own_hosts, CI_OWN_HOSTS, "allowed_hosts", ci_host_check)
READ_LIST(own_ips, CI_OWN_IPS, "allowed_ips", ci_ip_check)
READ_LIST(own_classes, CI_OWN_NAMES, "classes", class_name_check)
READ_LIST(own_ancestors, CI_OWN_NAMES, "ancestors", ancestor_check)
READ_TEXT(profile_process, profile.process, "process", exe_check)

static int profile_children(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;

	return yaml_get_bool(v, &b->profile.children, b->p);
}

#define KEY_OWN_HOSTS { "allowed_hosts", own_hosts, "hosts, as in rules.network" }
#define KEY_OWN_IPS { "allowed_ips", own_ips, "addresses and ranges, as in rules.network" }

static const struct yaml_key profile_keys[] = {
	{ "process", profile_process, "whom the profile is about" },
	KEY_OWN_HOSTS,
	KEY_OWN_IPS,
	{ "children", profile_children, "whether what it starts is under the profile too; true if left out" },
};
static const struct yaml_table profile_table = YAML_TABLE("a profile", profile_keys);

static int read_profile(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	int r;

	b->profile = (struct ci_profile){ .children = true, .place = ci_place_of(b, v) };
	r = yaml_read_map(v, &profile_table, b, b->p);
	if (r == 0 && !b->profile.process)
		r = missing(b, v, &profile_table, "process");
	if (r < 0)
		return r;
	b->profile.hosts = ci_list_take(&b->lists[CI_OWN_HOSTS]);
	b->profile.ips = ci_list_take(&b->lists[CI_OWN_IPS]);
	return CI_APPEND(b, profiles, n_profiles, profile);
}

/* --- rules.network.homes ----------------------------------------------------------------------------- */

READ_TEXT(home_process, home.process, "process", exe_check)

static const struct yaml_key home_keys[] = {
	{ "classes", own_classes, "classes of secrets that may go there" },
	{ "process", home_process, "who may take them there; anybody if left out" },
	KEY_OWN_HOSTS,
	KEY_OWN_IPS,
};
static const struct yaml_table home_table = YAML_TABLE("a home", home_keys);

static int read_home(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	int r;

	b->home = (struct ci_home){ .place = ci_place_of(b, v) };
	r = yaml_read_map(v, &home_table, b, b->p);
	if (r < 0)
		return r;
	b->home.classes = ci_list_take(&b->lists[CI_OWN_NAMES]);
	b->home.hosts = ci_list_take(&b->lists[CI_OWN_HOSTS]);
	b->home.ips = ci_list_take(&b->lists[CI_OWN_IPS]);
	if (!b->home.classes)
		return missing(b, v, &home_table, "classes");
	if (!b->home.hosts && !b->home.ips)
		return missing(b, v, &home_table, "allowed_hosts");
	return CI_APPEND(b, homes, n_homes, home);
}

/* --- rules.network ----------------------------------------------------------------------------------- */

READ_LIST(network_hosts, CI_HOSTS, "allowed_hosts", ci_host_check)
READ_LIST(network_ips, CI_IPS, "allowed_ips", ci_ip_check)
READ_LIST(network_blocked, CI_BLOCKED_HOSTS, "blocked_hosts", ci_host_check)
READ_LIST(network_processes, CI_PROCESSES, "allowed_processes", exe_check)
READ_SAID(network_local, local_ranges)
READ_SAID(network_github, github_meta)
READ_SAID(network_metadata, metadata)

static int network_profiles(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "profiles", read_profile, ctx, ((struct ci_builder *)ctx)->p);
}

static int network_homes(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "homes", read_home, ctx, ((struct ci_builder *)ctx)->p);
}

static const struct yaml_key network_keys[] = {
	{ "allowed_hosts", network_hosts, "hosts that anybody may reach" },
	{ "allowed_ips", network_ips, "addresses and ranges that anybody may reach" },
	{ "blocked_hosts", network_blocked, "hosts and addresses that nobody may reach, whatever else allows them" },
	{ "allow_local_ranges", network_local, "private ranges; true if left out" },
	{ "allow_github_meta", network_github, "GitHub's own ranges; false if left out" },
	{ "allow_metadata", network_metadata, "cloud metadata endpoints; false if left out" },
	{ "allowed_processes", network_processes, "who may use the network at all; anybody if left out" },
	{ "profiles", network_profiles, "what single programs may reach instead of all the above" },
	{ "homes", network_homes, "where classes of secrets may go besides the catalogue's homes" },
};
static const struct yaml_table network_table = YAML_TABLE("rules.network", network_keys);

/* --- rules.process ----------------------------------------------------------------------------------- */

READ_TEXT(chain_process, chain.process, "process", exe_check)
READ_LIST(process_executables, CI_EXECUTABLES, "blocked_executables", exe_check)
READ_SAID(process_enabled, process_events)

static int chain_action(void *ctx, const struct yaml_node *v)
{
	static const struct yaml_word words[] = { { "connect", CI_CONNECT }, { "exec", CI_EXEC } };
	struct ci_builder *b = ctx;
	int action = 0, r = yaml_get_word(v, "is not an action", words, ARRAY_SIZE(words), &action, b->p);

	b->chain.action = (enum ci_action)action;
	return r;
}

static const struct yaml_key chain_keys[] = {
	{ "process", chain_process, "who is denied" },
	{ "ancestors", own_ancestors, "names that must all stand above it, in any order" },
	{ "action", chain_action, "connect: its connections are denied; exec: it is not even started" },
};
static const struct yaml_table chain_table = YAML_TABLE("a blocked chain", chain_keys);

static int read_chain(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;
	int r;

	b->chain = (struct ci_chain){ .place = ci_place_of(b, v) };
	r = yaml_read_map(v, &chain_table, b, b->p);
	if (r < 0)
		return r;
	if (!b->chain.process)
		return missing(b, v, &chain_table, "process");
	b->chain.ancestors = ci_list_take(&b->lists[CI_OWN_NAMES]);
	if (!b->chain.ancestors)
		return yaml_problem(v, b->p, "the blocked chain for \"%s\" must have at least one ancestor", b->chain.process);
	return CI_APPEND(b, chains, n_chains, chain);
}

static int process_chains(void *ctx, const struct yaml_node *v)
{
	return yaml_read_seq(v, "blocked_chains", read_chain, ctx, ((struct ci_builder *)ctx)->p);
}

static const struct yaml_key process_keys[] = {
	{ "enabled", process_enabled, "whether starts and ends are told of; true if left out" },
	{ "blocked_chains", process_chains, "programs that are denied below others" },
	{ "blocked_executables", process_executables, "programs that are not to run at all" },
};
static const struct yaml_table process_table = YAML_TABLE("rules.process", process_keys);

/* --- rules.dns, rules.file --------------------------------------------------------------------------- */

READ_LIST(file_monitored, CI_MONITORED, "monitored_paths", monitored_check)
READ_LIST(file_protected, CI_PROTECTED, "protected_paths", protected_check)
READ_LIST(file_variables, CI_ENV, "monitored_env_vars", variable_check)
READ_SAID(file_enabled, file_events)

static int dns_servers(void *ctx, const struct yaml_node *v)
{
	struct ci_builder *b = ctx;

	/* Nothing after the colon says nothing; an empty list says that nobody may be asked. */
	b->ci->dns_given |= v->kind == YAML_SEQ;
	return read_list(b, v, CI_DNS, "allowed_servers", server_check);
}

static const struct yaml_key dns_keys[] = {
	{ "allowed_servers", dns_servers, "resolvers that may be asked; the system's own if left out, none if []" },
};
static const struct yaml_table dns_table = YAML_TABLE("rules.dns", dns_keys);

static const struct yaml_key file_keys[] = {
	{ "enabled", file_enabled, "whether access to monitored paths is told of; true if left out" },
	{ "monitored_paths", file_monitored, "every access is told of" },
	{ "protected_paths", file_protected, "writing, renaming and deleting is refused" },
	{ "monitored_env_vars", file_variables, "variables whose holders are told of, by name" },
};
static const struct yaml_table file_table = YAML_TABLE("rules.file", file_keys);

/* --- rules ------------------------------------------------------------------------------------------- */

static int rules_network(void *ctx, const struct yaml_node *v)
{
	return read_section(ctx, v, &network_table);
}

static int rules_process(void *ctx, const struct yaml_node *v)
{
	return read_section(ctx, v, &process_table);
}

static int rules_dns(void *ctx, const struct yaml_node *v)
{
	return read_section(ctx, v, &dns_table);
}

static int rules_file(void *ctx, const struct yaml_node *v)
{
	return read_section(ctx, v, &file_table);
}

static const struct yaml_key rules_keys[] = {
	{ "network", rules_network, "who may reach what" },
	{ "process", rules_process, "who may run, and below whom" },
	{ "dns", rules_dns, "which resolvers may be asked" },
	{ "file", rules_file, "files and variables that are told of or protected" },
};
const struct yaml_table ci_rules_table = YAML_TABLE("rules", rules_keys);

const struct yaml_table *const ci_tables[] = {
	&ci_top_table, &ci_rules_table, &network_table, &profile_table, &home_table, &process_table, &chain_table,
	&dns_table, &file_table, &ci_webhook_table, NULL,
};
