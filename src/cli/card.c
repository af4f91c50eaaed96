/* SPDX-License-Identifier: Apache-2.0 */
/* The card of a prompt. */
#include "card.h"

#include <inttypes.h>
#include <string.h>

/* How sure the name is, in words of people; by the guard's name_source. */
static const struct {
	const char *source, *text;
} name_sources[] = {
	{ "dns-own", "from this process's own DNS answer" },
	{ "dns-other", "from another process's DNS answer" },
	{ "hosts", "from /etc/hosts" },
	{ "sni", "only the program's own word (TLS server name)" },
	{ "ptr", "only a reverse look-up, which the other side writes" },
	{ "literal", "the program used the bare address" },
	{ "none", "no name is known for this address" },
};

static const char *name_source(const char *source)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(name_sources); i++)
		if (streq(name_sources[i].source, source))
			return name_sources[i].text;
	return source;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_title(const struct cli *c, struct buf *out, const char *title)
{
	buf_addf(out, "     %s%-11s%s ", cli_colour(c, COLOUR_DIM), title, cli_colour(c, COLOUR_OFF));
}

static void add_line(const struct cli *c, struct buf *out, const char *title, const char *text)
{
	if (!*text)
		return;
	add_title(c, out, title);
	cli_text(out, text);
	buf_addc(out, '\n');
}

static void add_destination(struct buf *out, const json_t *p)
{
	uint64_t port = json_number(p, "port");
	const char *name = json_text(p, "name");

	if (*json_text(p, "destination")) {
		cli_text(out, json_text(p, "destination"));
		return;
	}
	cli_text(out, *name ? name : json_text(p, "address"));
	if (port)
		buf_addf(out, ":%" PRIu64, port);
}

static void add_headline(const struct cli *c, struct buf *out, const json_t *p)
{
	const char *exe = json_text(p, "exe"), *script = json_text(p, "script");

	buf_addf(out, "%s#%" PRIu64 "  ", cli_colour(c, COLOUR_BOLD), json_number(p, "id"));
	cli_text(out, *exe ? base_name(exe) : json_text(p, "comm"));
	if (*script) {
		buf_addc(out, ' ');
		cli_text(out, base_name(script));
	}
	buf_addf(out, " (pid %" PRIu64 ") wants to reach ", json_number(p, "pid"));
	add_destination(out, p);
	buf_addf(out, "%s\n", cli_colour(c, COLOUR_OFF));
}

static void add_read(const struct cli *c, struct buf *out, const json_t *read, uint64_t pid)
{
	char span[32];

	add_title(c, out, "read");
	cli_text(out, json_text(read, "path"));
	buf_adds(out, " (");
	cli_text(out, json_text(read, "class"));
	buf_addf(out, ") %s ago", cli_span(span, json_number(read, "ago_ms")));
	if (json_number(read, "pid") && json_number(read, "pid") != pid) {
		buf_adds(out, ", by ");
		cli_text(out, base_name(json_text(read, "exe")));
		buf_addf(out, " (pid %" PRIu64 ")", json_number(read, "pid"));
	}
	buf_addc(out, '\n');
}

static void add_evidence(const struct cli *c, struct buf *out, const json_t *p)
{
	const json_t *reads = json_object_get(p, "read"), *read;
	size_t i;

	json_array_foreach(reads, i, read)
		add_read(c, out, read, json_number(p, "pid"));
}

static void add_words(const struct cli *c, struct buf *out, const char *title, const json_t *list, const char *between)
{
	char text[1024];

	if (!json_array_size(list))
		return;
	add_title(c, out, title);
	buf_adds(out, json_words(list, between, text, sizeof(text)));
	buf_addc(out, '\n');
}

static void add_address(const struct cli *c, struct buf *out, const json_t *p)
{
	uint64_t count = json_number(p, "count");

	add_title(c, out, "address");
	cli_text(out, json_text(p, "address"));
	buf_addf(out, " port %" PRIu64 " ", json_number(p, "port"));
	cli_text(out, json_text(p, "proto"));
	if (*json_text(p, "name_source")) {
		buf_adds(out, "; name: ");
		cli_text(out, name_source(json_text(p, "name_source")));
	}
	if (count > 1)
		buf_addf(out, "; %" PRIu64 " tries", count);
	buf_addc(out, '\n');
}

/* What silence means is part of the question. */
static void add_deadline(const struct cli *c, struct buf *out, const json_t *p, uint64_t now_ms)
{
	uint64_t deadline_ms = json_number(p, "deadline_ms");
	char span[32];

	buf_addf(out, "     %s", cli_colour(c, COLOUR_YELLOW));
	if (deadline_ms > now_ms)
		buf_addf(out, "It waits. If you do nothing, it is denied once in %s, and no rule is kept.",
			 cli_span(span, deadline_ms - now_ms));
	else
		buf_adds(out, "It waits. If you do nothing, it is denied once, and no rule is kept.");
	buf_addf(out, "%s\n", cli_colour(c, COLOUR_OFF));
}

static void add_commands(const struct cli *c, struct buf *out, const json_t *p)
{
	uint64_t id = json_number(p, "id");

	buf_addf(out,
		 "     allow:  %segret allow %" PRIu64
		 "%s   (--scope connection|process|program|any --for once|exit|15m|boot|always)\n",
		 cli_colour(c, COLOUR_GREEN), id, cli_colour(c, COLOUR_OFF));
	buf_addf(out, "     deny:   %segret deny %" PRIu64 "%s\n", cli_colour(c, COLOUR_RED), id,
		 cli_colour(c, COLOUR_OFF));
}

void card_format(const struct cli *c, const json_t *prompt, uint64_t now_ms, struct buf *out)
{
	add_headline(c, out, prompt);
	add_evidence(c, out, prompt);
	add_words(c, out, "carries", json_object_get(prompt, "classes"), ", ");
	add_line(c, out, "program", json_text(prompt, "exe"));
	add_line(c, out, "script", json_text(prompt, "script"));
	add_line(c, out, "command", json_text(prompt, "args"));
	add_words(c, out, "started by", json_object_get(prompt, "ancestors"), " < ");
	add_address(c, out, prompt);
	add_line(c, out, "because", json_text(prompt, "sentence"));
	add_deadline(c, out, prompt, now_ms);
	add_commands(c, out, prompt);
}
