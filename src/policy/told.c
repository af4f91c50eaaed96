/* SPDX-License-Identifier: Apache-2.0 */
#include "told.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../enrich/enrich.h"
#include "match.h"

/* RFC 5737: an address for examples. No range that anybody lists on purpose holds it. */
#define SOMEWHERE "203.0.113.113"
#define PORT_USUAL 443

/* Tools that are scripts, and programs that are found under another name. */
static const struct {
	const char *name, *exe, *script;
} tools[] = {
	{ "npm", "/usr/bin/node", "/usr/lib/node_modules/npm/bin/npm-cli.js" },
	{ "npx", "/usr/bin/node", "/usr/lib/node_modules/npm/bin/npx-cli.js" },
	{ "yarn", "/usr/bin/node", "/usr/share/yarn/bin/yarn.js" },
	{ "pnpm", "/usr/bin/node", "/usr/lib/node_modules/pnpm/bin/pnpm.cjs" },
	{ "pip", "/usr/bin/python3", "/usr/bin/pip" },
	{ "pip3", "/usr/bin/python3", "/usr/bin/pip3" },
	{ "sh", "/usr/bin/dash", NULL },
};

static int make(const char *process, const char *script, struct subject_info **ret)
{
	_cleanup_free_ char *exe = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tools); i++)
		if (streq(tools[i].name, process))
			return subject_from_words(tools[i].exe, script ? script : tools[i].script, ret);
	if (*process == '/')
		return subject_from_words(process, script, ret);
	if (asprintf(&exe, "/usr/bin/%s", process) < 0) {
		exe = NULL;
		return -ENOMEM;
	}
	return subject_from_words(exe, script, ret);
}

static int make_above(struct told *t, char *const *above)
{
	int r;

	for (; above && *above; above++) {
		if (t->n_above == TOLD_ABOVE_MAX)
			return -E2BIG;
		r = make(*above, NULL, &t->above[t->n_above]);
		if (r < 0)
			return r;
		t->n_above++;
	}
	return 0;
}

static int join_names(struct told *t)
{
	size_t n = 0, i, k;

	for (i = 0; i < t->n_above; i++)
		n += t->above[i]->n_names;
	t->names = calloc(n + 1, sizeof(*t->names));
	t->of = calloc(n + 1, sizeof(*t->of));
	if (!t->names || !t->of)
		return -ENOMEM;
	n = 0;
	for (i = 0; i < t->n_above; i++)
		for (k = 0; k < t->above[i]->n_names; k++) {
			t->names[n] = t->above[i]->names[k];
			t->of[n++] = (uint8_t)i;
		}
	t->who = subject_of(t->self);
	t->who.ancestors = t->names;
	t->who.ancestor_of = t->of;
	t->who.n_ancestors = n;
	return 0;
}

int told_subject(const char *process, const char *script, char *const *above, struct told *ret)
{
	struct told t = { 0 };
	int r = make(process, script, &t.self);

	if (r == 0)
		r = make_above(&t, above);
	if (r == 0)
		r = join_names(&t);
	if (r < 0)
		told_done(&t);
	else
		*ret = t;
	return r;
}

void told_done(struct told *t)
{
	size_t i;

	(void)subject_info_free(t->self);
	for (i = 0; i < t->n_above; i++)
		(void)subject_info_free(t->above[i]);
	free(t->names);
	free(t->of);
	*t = (struct told){ 0 };
}

static int plain_address(const char *text, uint8_t addr[16], struct problem *p)
{
	struct dest_pattern d;

	if (dest_parse(text, &d, NULL) < 0 || d.form != DEST_NET || d.prefix != 128 || d.port)
		return problem_set(p, 0, 0, "\"%.64s\" is not an address", text);
	memcpy(addr, d.addr, 16);
	return 0;
}

int told_dest(const char *text, const char *address, struct told_dest *ret, struct problem *p)
{
	struct dest_pattern d;
	char *s;
	int r = dest_parse(text, &d, p);

	if (r < 0)
		return r;
	if (d.form != DEST_HOST && (d.form != DEST_NET || d.prefix != 128))
		return problem_set(p, 0, 0, "\"%.64s\" is not one destination; write a host or an address, with a port", text);
	*ret = (struct told_dest){ .to = { .port = d.port ? d.port : PORT_USUAL, .proto = 6 } };
	if (d.form == DEST_NET) {
		if (address)
			return problem_set(p, 0, 0, "\"%.64s\" is an address already", text);
		memcpy(ret->to.addr, d.addr, sizeof(d.addr));
		return 0;
	}
	(void)snprintf(ret->name, sizeof(ret->name), "%s", d.host);
	for (s = ret->name; *s; s++)
		*s = (char)tolower((unsigned char)*s);
	ret->to.name = ret->name;
	ret->to.source = NAME_DNS_OWN;
	return plain_address(address ? address : SOMEWHERE, ret->to.addr, p);
}
