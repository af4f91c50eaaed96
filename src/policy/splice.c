/* SPDX-License-Identifier: Apache-2.0 */
#include "splice.h"

#include <errno.h>
#include <string.h>

struct splice_text splice_text(const struct yaml *y)
{
	struct splice_text t = { .eol = "\n" };
	const char *nl;

	t.text = yaml_text(y, &t.len);
	nl = memchr(t.text, '\n', t.len);
	if (nl && nl > t.text && nl[-1] == '\r')
		t.eol = "\r\n";
	return t;
}

size_t line_start(const struct splice_text *t, size_t at)
{
	while (at && t->text[at - 1] != '\n')
		at--;
	return at;
}

size_t line_end(const struct splice_text *t, size_t at)
{
	const char *nl = memchr(t->text + at, '\n', t->len - at);

	return nl ? (size_t)(nl - t->text) + 1 : t->len;
}

int item_indent(const struct splice_text *t, const struct yaml_node *item, struct indent *ret)
{
	size_t start = line_start(t, item->start), dash = start + strspn(t->text + start, " ");
	size_t key = dash + 1 + strspn(t->text + dash + 1, " ");

	if (dash >= item->start || t->text[dash] != '-' || key != item->start)
		return -EINVAL;
	*ret = (struct indent){ dash - start, key - start };
	return 0;
}

/* The line [start, ...) is a comment whose '#' stands in column `column`. */
static bool is_comment(const struct splice_text *t, size_t start, size_t column)
{
	return strspn(t->text + start, " ") == column && t->text[start + column] == '#';
}

int item_range(const struct splice_text *t, const struct yaml_node *item, size_t *ret_start, size_t *ret_end)
{
	struct indent in;
	size_t start;
	int r = item_indent(t, item, &in);

	if (r < 0)
		return r;
	start = line_start(t, item->start);
	while (start && is_comment(t, line_start(t, start - 1), in.dash))
		start = line_start(t, start - 1);
	*ret_start = start;
	*ret_end = line_end(t, item->end);
	return 0;
}

void lines_put(struct lines *l, const char *key, const char *value)
{
	size_t dash = l->indent.dash, pad = l->indent.key - dash - 1;

	if (l->begun)
		buf_addf(l->out, "%*s%s:", (int)l->indent.key, "", key);
	else
		buf_addf(l->out, "%*s-%*s%s:", (int)dash, "", (int)pad, "", key);
	l->begun = true;
	if (value) {
		buf_addc(l->out, ' ');
		yaml_quote(l->out, value);
	}
	buf_adds(l->out, l->eol);
}

void splice_apply(const struct splice_text *t, size_t at, size_t cut, const char *with, struct buf *out)
{
	buf_add(out, t->text, at);
	if (at && at == t->len && *with && t->text[at - 1] != '\n')
		buf_adds(out, t->eol); /* the last line had no end */
	buf_adds(out, with);
	buf_add(out, t->text + at + cut, t->len - at - cut);
}

/* Safe as a plain scalar wherever a block value may stand, for every YAML reader. */
static bool is_plain(const char *s)
{
	static const char *const words[] = { "~", "null", "true", "false", "yes", "no", "on", "off", "." };
	size_t i, len = strlen(s);

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return false;
	for (i = 0; i < len; i++) {
		bool word = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') ||
			    strchr("/._~", s[i]);

		if (!word && (i == 0 || !strchr("-+@%=*?", s[i])) && !(s[i] == ':' && i && i + 1 < len))
			return false;
	}
	return len > 0;
}

void yaml_quote(struct buf *out, const char *s)
{
	if (is_plain(s)) {
		buf_adds(out, s);
		return;
	}
	buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_addc(out, '\'');
		buf_addc(out, *s);
	}
	buf_addc(out, '\'');
}
