/* SPDX-License-Identifier: Apache-2.0 */
/* egret allow, egret deny: a person's answer to a prompt. What it may mean is the guard's to judge. */
#include "cli.h"
#include "answer.h"

#include <string.h>

/* Narrow to broad. */
const char *const answer_scopes[] = { "connection", "process", "program", "any", NULL };
const char *const answer_spans[] = { "once", "exit", "15m", "boot", "always", NULL };

struct answer_values {
	int scope;
	const char *span;
};

const struct option_row answer_options[] = {
	{ "scope", 's', "SCOPE", OPT_ENUM, answer_scopes, "program",
	  "whom the answer is for: this connection, this process and its children, this program and script wherever it "
	  "runs with this destination, or any destination of this program",
	  offsetof(struct answer_values, scope) },
	{ "for", 'f', "SPAN", OPT_STRING, answer_spans, "once",
	  "how long: once, until the process exits, a duration such as 15m, until reboot, or always (kept as a rule)",
	  offsetof(struct answer_values, span) },
	{ NULL },
};

bool answer_span_valid(const char *span)
{
	uint64_t ms;
	size_t i;

	for (i = 0; answer_spans[i]; i++)
		if (streq(span, answer_spans[i]))
			return true;
	return str_to_ms(span, &ms) == 0 && ms > 0;
}

int answer_send(struct cli *c, const char *verb, const char *id, const char *scope, const char *span)
{
	char scope_word[64], span_word[64];
	const char *const words[] = { verb, id, scope_word, span_word, NULL };

	(void)snprintf(scope_word, sizeof(scope_word), "scope=%s", scope);
	(void)snprintf(span_word, sizeof(span_word), "for=%s", span);
	return cli_ask(c, words, NULL);
}

static int answer(struct cli *c, int argc, char **argv)
{
	struct answer_values o = { .scope = ANSWER_PROGRAM, .span = "once" };
	int n = cli_parse(c, argc, argv, &o), i, r = CLI_OK, first = CLI_OK;
	uint64_t id;

	if (n < 0)
		return cli_exit_of(n);
	if (!answer_span_valid(o.span))
		return cli_usage(c, "--for: '%s' is not once, exit, boot, always or a duration such as 15m", o.span);
	for (i = 1; i <= n; i++)
		if (str_to_u64(argv[i], 1, UINT64_MAX, &id) < 0)
			return cli_usage(c, "'%s' is not the number of a prompt; see: egret prompts", argv[i]);
	for (i = 1; i <= n; i++) {
		r = answer_send(c, c->verb->name, argv[i], answer_scopes[o.scope], o.span);
		first = first ? first : r;
	}
	return first;
}

int verb_allow(struct cli *c, int argc, char **argv)
{
	return answer(c, argc, argv);
}

int verb_deny(struct cli *c, int argc, char **argv)
{
	return answer(c, argc, argv);
}
