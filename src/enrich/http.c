/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include "../base/base.h"

enum { METHOD_MAX = 32 }; /* the longest registered is UPDATEREDIRECTREF */

struct text {
	const char *at;
	size_t len;
};

/* RFC 9110, 5.6.2 */
static bool is_token_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_target_char(uint8_t c)
{
	return c > 0x20 && c != 0x7f;
}

static size_t span_of(const uint8_t *s, size_t len, bool (*fits)(uint8_t c))
{
	size_t n = 0;

	while (n < len && fits(s[n]))
		n++;
	return n;
}

static bool is_text(struct text t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
}

static bool begins_with(struct text t, const char *word)
{
	return t.len >= strlen(word) && strncasecmp(t.at, word, strlen(word)) == 0;
}

static struct text after(struct text t, size_t n)
{
	return (struct text){ t.at + n, t.len - n };
}

/* Empty lines before a request are to be ignored (RFC 9112, 2.2). */
static size_t empty_lines(const uint8_t *s, size_t len)
{
	size_t n = 0;

	while (n < len && (s[n] == '\n' || (s[n] == '\r' && (n + 1 == len || s[n + 1] == '\n'))))
		n++;
	return n;
}

bool http_begins(const uint8_t *stream, size_t len)
{
	static const char version[] = "HTTP/1.";
	size_t at = empty_lines(stream, len), n;

	n = span_of(stream + at, len - at, is_token_char);
	if (at + n == len)
		return n <= METHOD_MAX;
	if (!n || n > METHOD_MAX || stream[at + n] != ' ')
		return false;
	at += n + 1;
	n = span_of(stream + at, len - at, is_target_char);
	if (at + n == len)
		return len < HTTP_HEAD_MAX;
	if (!n || stream[at + n] != ' ')
		return false;
	at += n + 1;
	return memcmp(stream + at, version, MIN(len - at, sizeof(version) - 1)) == 0;
}

/* --- hosts -------------------------------------------------------------------------------------------- */

static int read_port(struct text t, uint16_t *ret)
{
	char digits[6];
	uint64_t v;

	if (!t.len) { /* "host:" is allowed and says nothing (RFC 3986, 3.2.3) */
		*ret = 0;
		return 0;
	}
	if (t.len >= sizeof(digits))
		return -EBADMSG;
	memcpy(digits, t.at, t.len);
	digits[t.len] = 0;
	if (str_to_u64(digits, 1, UINT16_MAX, &v) < 0)
		return -EBADMSG;
	*ret = (uint16_t)v;
	return 0;
}

/* Odd forms of addresses (0x7f.1, 2130706433) are neither names nor addresses here: whoever resolves them decides. */
static int read_name(struct text t, struct http_host *h)
{
	char text[64];

	if (t.len < sizeof(text)) {
		memcpy(text, t.at, t.len);
		text[t.len] = 0;
		h->has_addr = strlen(text) == t.len && addr_from_text(text, h->addr) == 0;
		if (h->has_addr)
			return 0;
	}
	return host_from_wire(t.at, t.len, h->name) < 0 ? -EBADMSG : 0;
}

/* "host", "host:port", "[v6]", "[v6]:port" (RFC 3986, 3.2). */
static int read_authority(struct text t, struct http_host *h)
{
	bool bracket = t.len && t.at[0] == '[';
	const char *end = bracket ? memchr(t.at, ']', t.len) : memchr(t.at, ':', t.len);
	struct text host = t, port = { .len = 0 };

	if (bracket) {
		if (!end || (size_t)(end - t.at) + 1 > t.len)
			return -EBADMSG;
		host = (struct text){ t.at + 1, (size_t)(end - t.at) - 1 };
		end++;
	} else if (end) {
		host.len = (size_t)(end - t.at);
	}
	if (end && end < t.at + t.len) {
		if (*end != ':')
			return -EBADMSG;
		port = after(t, (size_t)(end - t.at) + 1);
	}
	if (read_port(port, &h->port) < 0 || read_name(host, h) < 0)
		return -EBADMSG;
	/* Only IPv6 stands in brackets, and it never stands without. */
	return bracket == (h->has_addr && memchr(host.at, ':', host.len)) ? 0 : -EBADMSG;
}

/* The authority of "http://user@host:port/path". A backslash ends it for some readers and not for others. */
static int read_absolute(struct text t, struct http_host *h)
{
	const char *scheme = memchr(t.at, ':', t.len);
	struct text rest;
	size_t n = 0;

	if (!scheme || t.at + t.len - scheme < 4 || memcmp(scheme, "://", 3) != 0)
		return -EBADMSG;
	rest = after(t, (size_t)(scheme - t.at) + 3);
	while (n < rest.len && !strchr("/?#", rest.at[n]))
		n++;
	rest.len = n;
	if (memchr(rest.at, '@', n) || memchr(rest.at, '\\', n))
		return -EBADMSG;
	if (read_authority(rest, h) < 0)
		return -EBADMSG;
	if (!h->port && begins_with(t, "https:"))
		h->port = 443;
	return 0;
}

static bool same_host(const struct http_host *a, const struct http_host *b)
{
	if (a->has_addr != b->has_addr)
		return false;
	return a->has_addr ? memcmp(a->addr, b->addr, ADDR_LEN) == 0 : streq(a->name, b->name);
}

/* --- lines -------------------------------------------------------------------------------------------- */

/* Takes a line, without its CRLF or LF. -EAGAIN: it is not complete. */
static int take_line(struct text *rest, struct text *ret)
{
	const char *end = memchr(rest->at, '\n', rest->len);

	if (!end)
		return -EAGAIN;
	*ret = (struct text){ rest->at, (size_t)(end - rest->at) };
	*rest = after(*rest, ret->len + 1);
	if (ret->len && ret->at[ret->len - 1] == '\r')
		ret->len--;
	return memchr(ret->at, 0, ret->len) || memchr(ret->at, '\r', ret->len) ? -EBADMSG : 0;
}

static int read_request_line(struct text line, struct http_host *h)
{
	const uint8_t *s = (const uint8_t *)line.at;
	size_t n = span_of(s, line.len, is_token_char), m;
	struct text method = { line.at, n }, target, version;

	if (!n || n > METHOD_MAX || n == line.len || s[n] != ' ')
		return -EBADMSG;
	m = span_of(s + n + 1, line.len - n - 1, is_target_char);
	target = (struct text){ line.at + n + 1, m };
	if (!m || n + 1 + m == line.len || s[n + 1 + m] != ' ')
		return -EBADMSG;
	version = after(line, n + m + 2);
	if (!is_text(version, "HTTP/1.1") && !is_text(version, "HTTP/1.0"))
		return -EBADMSG;
	if (is_text(method, "CONNECT")) {
		h->form = HTTP_CONNECT;
		return read_authority(target, h) < 0 || !h->port ? -EBADMSG : 0;
	}
	if (target.at[0] == '/' || is_text(target, "*"))
		return 0;
	h->form = HTTP_ABSOLUTE;
	return read_absolute(target, h);
}

static struct text trimmed(struct text t)
{
	while (t.len && (t.at[0] == ' ' || t.at[0] == '\t'))
		t = after(t, 1);
	while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
		t.len--;
	return t;
}

/* A line of a name, a colon and anything. *ret_host is its value if the name is Host, else its at is NULL. */
static int read_field(struct text line, struct text *ret_host)
{
	size_t n = span_of((const uint8_t *)line.at, line.len, is_token_char);

	if (!n || n == line.len || line.at[n] != ':')
		return -EBADMSG;
	*ret_host = (struct text){ .at = NULL };
	if (n == strlen("Host") && begins_with(line, "Host"))
		*ret_host = trimmed(after(line, n + 1));
	return 0;
}

/* The value of Host, which may be empty; at = NULL if there is none. */
static int find_host(struct text rest, struct text *ret)
{
	struct text line, value;
	int r;

	*ret = (struct text){ .at = NULL };
	for (;;) {
		r = take_line(&rest, &line);
		if (r < 0 || !line.len)
			return r;
		r = read_field(line, &value);
		if (r < 0 || (value.at && ret->at))
			return -EBADMSG;
		if (value.at)
			*ret = value;
	}
}

static int merge_host(struct text field, struct http_host *h)
{
	struct http_host said = { .form = h->form };

	if (!field.at || !field.len)
		return 0;
	if (read_authority(field, &said) < 0)
		return -EBADMSG;
	if (h->form == HTTP_ORIGIN)
		*h = said;
	/* A proxy goes by the target (RFC 9112, 3.2.2), but not every program has read that. */
	return same_host(h, &said) ? 0 : -EBADMSG;
}

int http_head_read(const uint8_t *stream, size_t len, struct http_host *ret)
{
	size_t skip = empty_lines(stream, len), left = MIN(len, (size_t)HTTP_HEAD_MAX);
	struct http_host h = { .form = HTTP_ORIGIN };
	struct text rest, line, field;
	int r;

	if (!http_begins(stream, len))
		return -EBADMSG;
	if (skip > left)
		return -E2BIG;
	rest = (struct text){ (const char *)stream + skip, left - skip };
	r = take_line(&rest, &line);
	if (r == 0)
		r = read_request_line(line, &h);
	if (r == 0)
		r = find_host(rest, &field);
	if (r == 0)
		r = merge_host(field, &h);
	if (r == -EAGAIN && len >= HTTP_HEAD_MAX)
		return -E2BIG;
	if (r == 0)
		*ret = h;
	return r;
}
