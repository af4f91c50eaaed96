/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel said when it refused a program. libbpf asks for the verifier's log by itself after a refusal and prints
 * it; its last line but the statistics is the reason.
 */
#include <stdio.h>
#include <string.h>

#include "inside.h"

static struct refusal *heard;
static bool quiet;

/* libbpf: prog 'NAME': ... */
static void take_name(struct refusal *r, const char *text)
{
	const char *at = strstr(text, "prog '"), *end;

	if (!at)
		return;
	at += strlen("prog '");
	end = strchr(at, '\'');
	if (end && (size_t)(end - at) < sizeof(r->prog))
		(void)snprintf(r->prog, sizeof(r->prog), "%.*s", (int)(end - at), at);
}

static bool is_reason(const char *line, size_t len)
{
	return len && strncmp(line, "processed ", strlen("processed ")) != 0 && *line != ';';
}

/* text: the log, with libbpf's lines around it. */
static void take_words(struct refusal *r, char *text)
{
	char *end = strstr(text, "-- END PROG LOAD LOG"), *line;

	if (end)
		*end = 0;
	r->words[0] = 0;
	for (line = strtok_r(text, "\n", &end); line; line = strtok_r(NULL, "\n", &end))
		if (is_reason(line, strlen(line)))
			(void)snprintf(r->words, sizeof(r->words), "%s", line);
}

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text = NULL;
	int n;

	if (level != LIBBPF_WARN)
		return 0;
	n = vasprintf(&text, fmt, ap);
	if (n < 0)
		return 0;
	if (!quiet && log_get_level() >= LOG_LVL_DEBUG)
		(void)fputs(text, stderr);
	if (heard && strstr(text, "BEGIN PROG LOAD LOG")) {
		take_name(heard, text);
		take_words(heard, text);
	} else if (heard && strstr(text, "program load failed") && !heard->prog[0]) {
		take_name(heard, text);
	}
	free(text);
	return n;
}

void refusal_listen(struct refusal *r, bool be_quiet)
{
	heard = r;
	quiet = be_quiet;
	(void)libbpf_set_print(print_libbpf);
}
