/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "../base/base.h"
#include "addr.h"

enum { NAME_LEN_MAX = HOST_NAME_LEN - 1, LABEL_MAX = 63 };

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* How many labels; 0 if it is no name. The last is not a number (that would be an odd way to write an address: WHATWG
 * URL, 3.5). */
static size_t labels_of(const char *s)
{
	size_t label = 0, dots = 0;
	bool digits = true;

	for (; *s; s++) {
		if (*s == '.') {
			if (!label)
				return 0;
			label = 0;
			digits = true;
			dots++;
		} else if (!is_label_char(*s) || ++label > LABEL_MAX) {
			return 0;
		} else {
			digits = digits && *s >= '0' && *s <= '9';
		}
	}
	return label > 0 && !digits ? dots + 1 : 0;
}

static bool is_name(const char *s)
{
	return streq(s, "localhost") || labels_of(s) > 1;
}

/* Copies in lower case, without the dot that may end a name. */
static int copy_host(const char *s, size_t len, char dst[NAME_LEN_MAX + 1])
{
	size_t i;

	if (len && s[len - 1] == '.')
		len--;
	if (len == 0 || len > NAME_LEN_MAX || memchr(s, 0, len))
		return -EINVAL;
	for (i = 0; i < len; i++)
		dst[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] | 0x20 : s[i]);
	dst[len] = 0;
	return 0;
}

static int parse_port(const char *s, size_t len, uint16_t *ret)
{
	char digits[6];
	uint64_t v;

	if (len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, s, len);
	digits[len] = 0;
	if (str_to_u64(digits, 1, UINT16_MAX, &v) < 0)
		return -EINVAL;
	*ret = (uint16_t)v;
	return 0;
}

/* Splits "host:port" and "[v6]:port"; several colons without brackets are an IPv6 address. */
static int split_port(const char **s, size_t *len, uint16_t *port)
{
	const char *end = *s + *len, *host = *s, *colon, *close;

	if (*len && host[0] == '[') {
		close = memchr(host, ']', *len);
		if (!close || (close + 1 < end && close[1] != ':'))
			return -EINVAL;
		*s = host + 1;
		*len = (size_t)(close - host - 1);
		return close + 1 < end ? parse_port(close + 2, (size_t)(end - close - 2), port) : 0;
	}
	colon = memchr(host, ':', *len);
	if (!colon || memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return 0;
	*len = (size_t)(colon - host);
	return parse_port(colon + 1, (size_t)(end - colon - 1), port);
}

int host_from_text(const char *s, size_t len, uint16_t port, char dst[HOST_TEXT_MAX])
{
	char host[NAME_LEN_MAX + 1];
	uint8_t addr[ADDR_LEN];
	bool v6;

	if (split_port(&s, &len, &port) < 0 || copy_host(s, len, host) < 0)
		return -EINVAL;
	v6 = strchr(host, ':');
	if (strchr(host, '%') || (addr_from_text(host, addr) < 0 && !is_name(host)))
		return -EINVAL;
	if (port)
		(void)snprintf(dst, HOST_TEXT_MAX, v6 ? "[%s]:%u" : "%s:%u", host, port);
	else
		memcpy(dst, host, strlen(host) + 1);
	return 0;
}

int host_from_wire(const void *s, size_t len, char dst[HOST_NAME_LEN])
{
	char host[NAME_LEN_MAX + 1];

	if (copy_host(s, len, host) < 0 || !labels_of(host))
		return -EINVAL;
	memcpy(dst, host, strlen(host) + 1);
	return 0;
}

static const char *after_scheme(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && (is_label_char((char)(*p | 0x20)) || *p == '+' || *p == '.'))
		p++;
	return end - p >= 3 && memcmp(p, "://", 3) == 0 ? p + 3 : s;
}

/* A password with an unescaped '/' would make its first half look like the host. Then an '@' follows later; one right
 * after a '/' is a path of its own kind ("/@scope/package"). */
static bool secret_in_path(const char *path, const char *end)
{
	const char *at = path;

	while ((at = memchr(at, '@', (size_t)(end - at)))) {
		if (at == path || at[-1] != '/')
			return true;
		at++;
	}
	return false;
}

int host_from_url(const char *s, size_t len, char dst[HOST_TEXT_MAX])
{
	const char *end = s + len, *host = after_scheme(s, end), *path = host, *at;

	while (path < end && *path != '/' && *path != '?' && *path != '#')
		path++;
	if (secret_in_path(path, end))
		return -EINVAL;
	at = memrchr(host, '@', (size_t)(path - host));
	if (at)
		host = at + 1;
	return host_from_text(host, (size_t)(path - host), 0, dst);
}
