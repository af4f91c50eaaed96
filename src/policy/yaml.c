/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <string.h>

#define BARE_STAR 0x7f /* stands for a bare '*' while parsing: one byte, so places stay; cannot occur in checked text */

struct yaml {
	char *name, *text;
	size_t len;
	struct yaml_node *root, *made;
	size_t n_nodes;
};

struct place {
	size_t at;
	unsigned line, column;
};

struct frame {
	struct yaml_node *node, *last;
};

struct builder {
	struct yaml *y;
	struct problem *p;
	struct place place;
	struct frame stack[YAML_DEPTH_MAX];
	unsigned depth;
	bool done; /* one document is complete */
};

/* --- places ------------------------------------------------------------------------------------------ */

static bool starts_char(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* Moves c to a byte offset. Events come in order, so this is one pass over the text; a short step back within a line
 * (an opening quote) is taken back, anything else starts over. */
static void place_move(struct place *c, const char *text, size_t to)
{
	for (; c->at > to && text[c->at - 1] != '\n'; c->at--)
		c->column -= starts_char(text[c->at - 1]);
	if (c->at > to)
		*c = (struct place){ 0, 1, 1 };
	for (; c->at < to; c->at++) {
		if (text[c->at] == '\n')
			c->line++, c->column = 1;
		else
			c->column += starts_char(text[c->at]);
	}
}

/* A sentence quotes what people wrote, perhaps cut within a character. */
static void make_printable(char *s)
{
	size_t len = strlen(s), n;
	uint32_t cp;

	for (; len; s += n, len -= n) {
		n = utf8_next(s, len, &cp);
		if (!n || cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) {
			memset(s, '?', n ? n : 1);
			n = n ? n : 1;
		}
	}
}

int yaml_problem(const struct yaml_node *node, struct problem *p, const char *fmt, ...)
{
	char text[sizeof(p->text)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	make_printable(text);
	return problem_set(p, node->line, node->column, "%s", text);
}

static int bad_at(const char *text, size_t at, struct problem *p, const char *what)
{
	struct place c = { 0, 1, 1 };

	place_move(&c, text, at);
	return problem_set(p, c.line, c.column, "%s", what);
}

/* --- before parsing ---------------------------------------------------------------------------------- */

static const char *bad_char(uint32_t cp, char next)
{
	if (cp == '\n' || cp == '\t' || (cp == '\r' && next == '\n'))
		return NULL;
	if (cp == '\r')
		return "a carriage return without a line feed; lines end in LF or CR LF";
	if (cp == 0)
		return "a NUL byte; this is not a text file";
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return "a control character; only text, spaces and line breaks may stand here";
	if (cp == 0x2028 || cp == 0x2029 || cp == 0xfeff)
		return "an invisible line separator or byte order mark; delete it";
	return NULL;
}

/* libfyaml 0.7.12 loops for ever on some input that is not UTF-8 ("%\xf6"), so nothing of the kind gets there. */
static int check_chars(const char *text, size_t len, struct problem *p)
{
	size_t i = 0, n;
	uint32_t cp;

	for (; i < len; i += n) {
		const char *bad = NULL;

		n = utf8_next(text + i, len - i, &cp);
		if (!n)
			return bad_at(text, i, p, "a byte that is not UTF-8; save the file as UTF-8");
		bad = bad_char(cp, i + n < len ? text[i + n] : 0);
		if (bad)
			return bad_at(text, i, p, bad);
	}
	return 0;
}

/* A value that is nothing but '*': YAML takes it for an alias without a name. Inside quoted or block text the
 * replacement is undone with the rest (see unstar), so this need not know where it is. */
static void replace_star(char *s, const char *end)
{
	char *line = s, *after;

	while (s < end && *s == ' ')
		s++;
	while (s + 1 < end && s[0] == '-' && s[1] == ' ')
		for (s++; s < end && *s == ' ';)
			s++;
	if (!(s < end && *s == '*')) {
		s = memmem(s, (size_t)(end - s), ": ", 2);
		if (!s)
			return;
		for (s += 2; s < end && *s == ' ';)
			s++;
	} else if (s == line) {
		return;
	}
	if (s >= end || *s != '*')
		return;
	for (after = s + 1; after < end && (*after == ' ' || *after == '\t' || *after == '\r');)
		after++;
	if (after == end || (*after == '#' && after > s + 1))
		*s = BARE_STAR;
}

static int check_lines(char *text, size_t len, struct problem *p)
{
	char *s = text, *end;

	for (; s < text + len; s = end + 1) {
		size_t blank;

		end = memchr(s, '\n', (size_t)(text + len - s));
		if (!end)
			end = text + len;
		if (*s == '%')
			return bad_at(text, (size_t)(s - text), p, "a YAML directive ('%'); these files need none");
		blank = strspn(s, " ");
		if (s[blank] == '\t' && s[blank + strspn(s + blank, " \t")] > '\r')
			return bad_at(text, (size_t)(s - text) + blank, p, "a tab used as indentation; use spaces");
		replace_star(s, end);
	}
	return 0;
}

static void unstar(char *s, size_t len)
{
	for (; len; s++, len--)
		if (*s == BARE_STAR)
			*s = '*';
}

/* --- the tree ---------------------------------------------------------------------------------------- */

static int bad_node(struct builder *b, size_t at, const char *what)
{
	return bad_at(b->y->text, at, b->p, what);
}

static struct yaml_node *node_new(struct builder *b, enum yaml_kind kind, size_t start, const char *text, size_t len)
{
	struct yaml_node *n = calloc(1, sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	place_move(&b->place, b->y->text, start);
	*n = (struct yaml_node){ .kind = kind, .line = b->place.line, .column = b->place.column, .start = start,
				 .end = start, .made = b->y->made };
	if (len)
		memcpy(n->text, text, len);
	unstar(n->text, len);
	b->y->made = n;
	b->y->n_nodes++;
	return n;
}

/* The mapping on top expects a key next (an even number of children so far). */
static bool wants_key(const struct builder *b)
{
	const struct frame *top = b->depth ? &b->stack[b->depth - 1] : NULL;

	return top && top->node->kind == YAML_MAP && !(top->node->n % 2);
}

static int check_key(struct builder *b, const struct yaml_node *map, const struct yaml_node *key)
{
	const struct yaml_node *k;

	if (key->kind != YAML_SCALAR)
		return bad_node(b, key->start, "a key that is not a word; write `key: value`");
	if (streq(key->text, "<<"))
		return bad_node(b, key->start, "a merge key ('<<'); write the values out, these files take no merging");
	if (map->n / 2 >= YAML_KEYS_MAX)
		return bad_node(b, key->start, "too many keys in one mapping");
	for (yaml_each_pair(k, map))
		if (k != key && streq(k->text, key->text))
			return yaml_problem(key, b->p, "the key '%.64s' is here twice (first in line %u)", key->text, k->line);
	return 0;
}

static int attach(struct builder *b, struct yaml_node *n)
{
	struct frame *top = b->depth ? &b->stack[b->depth - 1] : NULL;
	bool is_key = wants_key(b);
	int r;

	if (!top) {
		b->y->root = n;
		return 0;
	}
	r = is_key ? check_key(b, top->node, n) : 0;
	if (r < 0)
		return r;
	if (top->last)
		top->last->next = n;
	else
		top->node->child = n;
	top->last = n;
	top->node->n++;
	return 0;
}

/* A missing value has no place of its own: it stands at the end of its key. */
static size_t after_last(const struct builder *b)
{
	const struct frame *top = b->depth ? &b->stack[b->depth - 1] : NULL;

	if (!top)
		return 0;
	return top->last ? top->last->end : top->node->start;
}

static bool is_null_word(const char *s, size_t len)
{
	return len == 0 || (len == 1 && *s == '~') || (len == 4 && memcmp(s, "null", 4) == 0);
}

/* Block scalars' marks run past the blank lines after them. */
static size_t trim_end(const char *text, size_t start, size_t end)
{
	while (end > start && (text[end - 1] == '\n' || text[end - 1] == ' ' || text[end - 1] == '\r'))
		end--;
	return end;
}

static int bad_value(const char *s, size_t len)
{
	for (; len; s++, len--)
		if ((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t')
			return -EINVAL;
	return 0;
}

static int on_scalar(struct builder *b, struct fy_token *t)
{
	const struct fy_mark *m = fy_token_start_mark(t), *e = fy_token_end_mark(t);
	enum fy_scalar_style style = fy_token_scalar_style(t);
	bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
	bool block = style == FYSS_LITERAL || style == FYSS_FOLDED;
	size_t len = 0, start = m && e ? m->input_pos - quoted : after_last(b);
	const char *s = fy_token_get_text(t, &len);
	bool null = !quoted && !block && (!s || is_null_word(s, len));
	struct yaml_node *n;

	if (s && bad_value(s, len) < 0)
		return bad_node(b, start, "a value with an escaped control character");
	n = node_new(b, null ? YAML_NULL : YAML_SCALAR, start, null ? NULL : s, null ? 0 : len);
	if (!n)
		return -ENOMEM;
	if (m && e)
		n->end = trim_end(b->y->text, start, e->input_pos + quoted);
	return attach(b, n);
}

static int push(struct builder *b, enum yaml_kind kind, const struct fy_token *t, bool flow)
{
	const struct fy_mark *m = fy_token_start_mark((struct fy_token *)t);
	size_t start = m ? m->input_pos : after_last(b);
	struct yaml_node *n;
	int r;

	if (b->depth == YAML_DEPTH_MAX)
		return bad_node(b, start, "nested too deeply; 32 levels are the most");
	n = node_new(b, kind, start, NULL, 0);
	if (!n)
		return -ENOMEM;
	n->flow = flow;
	r = attach(b, n);
	if (r < 0)
		return r;
	b->stack[b->depth++] = (struct frame){ .node = n };
	return 0;
}

static int pop(struct builder *b, const struct fy_token *t)
{
	const struct fy_mark *e = fy_token_end_mark((struct fy_token *)t);
	struct frame *top = &b->stack[b->depth - 1];

	top->node->end = top->node->flow && e ? e->input_pos : after_last(b);
	if (top->node->kind == YAML_MAP)
		top->node->n /= 2;
	b->depth--;
	return 0;
}

static int reject_marks(struct builder *b, struct fy_token *anchor, struct fy_token *tag)
{
	const struct fy_mark *m = anchor ? fy_token_start_mark(anchor) : tag ? fy_token_start_mark(tag) : NULL;

	if (anchor)
		return bad_node(b, m ? m->input_pos - (m->input_pos > 0) : 0,
				"a YAML anchor ('&'); write the value out, or quote it if it begins with '&'");
	if (tag)
		return bad_node(b, m ? m->input_pos : 0, "a YAML tag ('!'); quote the value if it begins with '!'");
	return 0;
}

static int on_alias(struct builder *b, struct fy_token *t)
{
	const struct fy_mark *m = fy_token_start_mark(t);
	size_t at = m ? m->input_pos : 0;

	if (at && b->y->text[at] != '*')
		at--;
	return bad_node(b, at, "a value that begins with '*' and is not quoted (a YAML alias); write it in quotes: '*.pem'");
}

static int on_event(struct builder *b, const struct fy_event *e)
{
	int r = 0;

	if (b->y->n_nodes >= YAML_NODES_MAX)
		return bad_node(b, b->place.at, "too many values; the file is larger than any rule file needs to be");
	switch (e->type) {
	case FYET_DOCUMENT_START:
		if (b->done && e->document_start.document_start)
			return bad_node(b, fy_token_start_mark(e->document_start.document_start)->input_pos,
					"a second YAML document; a file holds one");
		break;
	case FYET_DOCUMENT_END:
		b->done = true;
		break;
	case FYET_ALIAS:
		return on_alias(b, e->alias.anchor);
	case FYET_SCALAR:
		r = reject_marks(b, e->scalar.anchor, e->scalar.tag);
		return r < 0 ? r : on_scalar(b, e->scalar.value);
	case FYET_SEQUENCE_START:
		r = reject_marks(b, e->sequence_start.anchor, e->sequence_start.tag);
		return r < 0 ? r : push(b, YAML_SEQ, e->sequence_start.sequence_start,
					fy_event_get_node_style((struct fy_event *)e) == FYNS_FLOW);
	case FYET_MAPPING_START:
		r = reject_marks(b, e->mapping_start.anchor, e->mapping_start.tag);
		return r < 0 ? r : push(b, YAML_MAP, e->mapping_start.mapping_start,
					fy_event_get_node_style((struct fy_event *)e) == FYNS_FLOW);
	case FYET_SEQUENCE_END:
		return pop(b, e->sequence_end.sequence_end);
	case FYET_MAPPING_END:
		return pop(b, e->mapping_end.mapping_end);
	default:
		break;
	}
	return 0;
}

/* --- driving the parser ------------------------------------------------------------------------------ */

static int parser_problem(struct fy_diag *diag, struct problem *p)
{
	void *iter = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iter);

	if (!e)
		return problem_set(p, 0, 0, "this is not YAML");
	if (strstr(e->msg, "alias"))
		return problem_set(p, (unsigned)e->line, (unsigned)e->column,
				   "a value that begins with '*' and is not quoted; write it in quotes");
	return problem_set(p, (unsigned)e->line, (unsigned)e->column, "this is not YAML: %s", e->msg);
}

static int run_parser(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	struct fy_event *e;
	int r = 0;

	if (fy_parser_set_string(parser, b->y->text, b->y->len) < 0)
		return -ENOMEM;
	while (r == 0 && (e = fy_parser_parse(parser))) {
		r = on_event(b, e);
		fy_parser_event_free(parser, e);
	}
	if (r == 0 && fy_parser_get_stream_error(parser))
		r = parser_problem(diag, b->p);
	return r;
}

static int build(struct builder *b)
{
	struct fy_diag_cfg dc;
	struct fy_parse_cfg pc = { .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE };
	struct fy_parser *parser;
	int r;

	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	dc.colorize = false;
	pc.diag = fy_diag_create(&dc);
	if (!pc.diag)
		return -ENOMEM;
	fy_diag_set_collect_errors(pc.diag, true);
	parser = fy_parser_create(&pc);
	r = parser ? run_parser(b, parser, pc.diag) : -ENOMEM;
	if (parser)
		fy_parser_destroy(parser);
	fy_diag_destroy(pc.diag);
	return r;
}

/* --- the door ---------------------------------------------------------------------------------------- */

static struct yaml *yaml_new(const char *name, const char *text, size_t len)
{
	_cleanup_yaml_ struct yaml *y = calloc(1, sizeof(*y));

	if (!y)
		return NULL;
	y->name = strdup(name);
	y->text = malloc(len + 1);
	if (!y->name || !y->text)
		return NULL;
	memcpy(y->text, text, len);
	y->text[len] = 0;
	y->len = len;
	return TAKE_PTR(y);
}

/* The place of the first byte beyond what is allowed; the text may be shorter (a file that changes meanwhile). */
static int too_big(const char *text, size_t len, struct problem *p)
{
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < len && i < YAML_SIZE_MAX; i++, column++)
		if (text[i] == '\n')
			line++, column = 0;
	return problem_set(p, line, column, "the file has more than %u KiB; that is the most", YAML_SIZE_MAX >> 10);
}

int yaml_parse(const char *name, const char *text, size_t len, struct yaml **ret, struct problem *p)
{
	_cleanup_yaml_ struct yaml *y = NULL;
	struct builder b;
	int r;

	if (p)
		(void)snprintf(p->file, sizeof(p->file), "%s", name);
	if (len > YAML_SIZE_MAX)
		return too_big(text, len, p);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3, len -= 3;
	r = check_chars(text, len, p);
	if (r < 0)
		return r;
	y = yaml_new(name, text, len);
	if (!y)
		return -ENOMEM;
	r = check_lines(y->text, len, p);
	if (r < 0)
		return r;
	b = (struct builder){ .y = y, .p = p, .place = { 0, 1, 1 } };
	r = build(&b);
	unstar(y->text, len);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(y);
	return 0;
}

static int file_too_big(const char *path, struct problem *p)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *text = malloc(YAML_SIZE_MAX);

	return too_big(text, f && text ? fread(text, 1, YAML_SIZE_MAX, f) : 0, p);
}

int yaml_load(const char *path, struct yaml **ret, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = file_read(AT_FDCWD, path, YAML_SIZE_MAX, &text, &len);

	if (p && r < 0)
		(void)snprintf(p->file, sizeof(p->file), "%s", path);
	if (r == -EFBIG)
		return file_too_big(path, p);
	if (r < 0) {
		(void)problem_set(p, 0, 0, "cannot be read: %s", strerror(-r));
		return r;
	}
	return yaml_parse(path, text, len, ret, p);
}

struct yaml *yaml_free(struct yaml *y)
{
	struct yaml_node *n, *next;

	if (!y)
		return NULL;
	for (n = y->made; n; n = next) {
		next = n->made;
		free(n);
	}
	free(y->name);
	free(y->text);
	free(y);
	return NULL;
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	return y->root && y->root->kind != YAML_NULL ? y->root : NULL;
}

const char *yaml_text(const struct yaml *y, size_t *ret_len)
{
	*ret_len = y->len;
	return y->text;
}

const char *yaml_name(const struct yaml *y)
{
	return y->name;
}

const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *k;

	if (map->kind == YAML_MAP)
		for (yaml_each_pair(k, map))
			if (streq(k->text, key))
				return k->next;
	return NULL;
}
