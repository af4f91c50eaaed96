/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "../enrich/enrich.h"

/* The longest thing accepted: a full host name, brackets, prefix and port. */
#define PATTERN_MAX (DEST_HOST_MAX + 16)
#define LABEL_MAX 63 /* RFC 1035, 2.3.4 */

/* --- taking a destination apart ---------------------------------------------------------------------- */

static int bad(struct problem *p, const char *pattern, const char *what)
{
	char shown[80];

	if (!p)
		return -EINVAL;
	return problem_set(p, 0, 0, "destination \"%s\" %s", str_escape_to(shown, sizeof(shown), pattern), what);
}

static int check_text(const char *pattern, struct problem *problem)
{
	const char *s;

	if (strlen(pattern) > PATTERN_MAX)
		return bad(problem, pattern, "is longer than a host name can be");
	for (s = pattern; *s; s++) {
		if (*s == ' ' || *s == '\t')
			return bad(problem, pattern, "contains a space");
		if ((unsigned char)*s >= 0x80)
			return bad(problem, pattern, "is not ASCII; write an international name in its xn-- form");
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return bad(problem, pattern, "contains a control character");
	}
	if (strstr(pattern, "://"))
		return bad(problem, pattern, "is a URL; write only host or host:port");
	return 0;
}

static int parse_port(const char *text, struct dest_pattern *d)
{
	uint64_t v;

	if (streq(text, "*")) {
		d->port = 0;
		return 0;
	}
	if (str_to_u64(text, 1, 65535, &v) < 0)
		return -EINVAL;
	d->port = (uint16_t)v;
	return 0;
}

/* Splits "host:port", "[v6]:port" or a bare address into body and port. Two colons without brackets are IPv6. */
static int split(const char *pattern, char body[PATTERN_MAX + 1], struct dest_pattern *d, struct problem *problem)
{
	const char *end, *start = pattern, *port = NULL;

	if (*pattern == '[') {
		start++;
		end = strchr(pattern, ']');
		if (!end)
			return bad(problem, pattern, "has no closing bracket");
		if (!memchr(start, ':', (size_t)(end - start)))
			return bad(problem, pattern, "has brackets around something that is not an IPv6 address");
		if (end[1] && end[1] != ':')
			return bad(problem, pattern, "has something other than :port after the bracket");
		port = end[1] ? end + 2 : NULL;
	} else {
		end = strchr(pattern, ':');
		if (end && !strchr(end + 1, ':'))
			port = end + 1;
		else
			end = pattern + strlen(pattern);
	}
	memcpy(body, start, (size_t)(end - start));
	body[end - start] = 0;
	if (port && parse_port(port, d) < 0)
		return bad(problem, pattern, "needs a port from 1 to 65535 or * after the colon");
	return 0;
}

/* inet_pton takes only the canonical forms: 0x7f.1 or 2130706433 are not addresses here. */
static bool parse_addr(const char *text, uint8_t addr[16], bool *ret_v4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	*ret_v4 = inet_pton(AF_INET, text, addr + 12) == 1;
	if (*ret_v4) {
		memcpy(addr, mapped, sizeof(mapped));
		return true;
	}
	return inet_pton(AF_INET6, text, addr) == 1;
}

static int parse_net(const char *pattern, char *body, struct dest_pattern *d, struct problem *problem)
{
	char *slash = strchr(body, '/');
	uint64_t prefix;
	bool v4;

	if (slash)
		*slash = 0;
	if (!parse_addr(body, d->addr, &v4))
		return bad(problem, pattern,
			   slash ? "is not an address range; a path cannot be part of a destination" :
				   "is not an address; an IPv6 address with a port is written [address]:port");
	d->form = DEST_NET;
	d->prefix = 128;
	if (slash && str_to_u64(slash + 1, 0, v4 ? 32 : 128, &prefix) < 0)
		return bad(problem, pattern, v4 ? "needs a prefix length from 0 to 32" :
						  "needs a prefix length from 0 to 128");
	if (slash)
		d->prefix = (unsigned)prefix + (v4 ? 96 : 0);
	return 0;
}

static bool name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A last label that is a number makes programs read the whole as an IPv4 address (URL standard, "ends in a number"). */
static bool numeric(const char *label)
{
	size_t n = strlen(label);

	if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return strspn(label + 2, "0123456789abcdefABCDEF") == n - 2;
	return strspn(label, "0123456789") == n;
}

static int check_host(const char *pattern, const char *host, struct problem *problem)
{
	const char *label = host, *s;

	for (s = host;; s++) {
		if (*s && *s != '.') {
			if (*s == '*')
				return bad(problem, pattern, "may have * only alone or as the first label");
			if (!name_byte(*s))
				return bad(problem, pattern, "contains a character that host names cannot have");
			continue;
		}
		if (s == label)
			return bad(problem, pattern, "has an empty label");
		if (s - label > LABEL_MAX)
			return bad(problem, pattern, "has a label longer than 63 characters");
		if (!*s)
			break;
		label = s + 1;
	}
	if (numeric(label))
		return bad(problem, pattern, "looks like an address in an odd form; write four decimal numbers");
	return 0;
}

static int parse_host(const char *pattern, const char *body, struct dest_pattern *d, struct problem *problem)
{
	size_t len;

	d->form = DEST_HOST;
	if (body[0] == '.' || (body[0] == '*' && body[1] == '.')) {
		d->form = DEST_BELOW;
		body += body[0] == '*' ? 2 : 1;
	}
	len = strlen(body);
	if (len > 1 && body[len - 1] == '.')
		len--;
	if (len > DEST_HOST_MAX)
		return bad(problem, pattern, "is longer than a host name can be");
	memcpy(d->host, body, len);
	d->host[len] = 0;
	return check_host(pattern, d->host, problem);
}

int dest_parse(const char *pattern, struct dest_pattern *ret, struct problem *problem)
{
	struct dest_pattern d = { .form = DEST_ANY };
	char body[PATTERN_MAX + 1];
	int r;

	if (!pattern || !*pattern)
		return bad(problem, "", "is empty; write a host, an address, a range or *");
	r = check_text(pattern, problem);
	if (r == 0)
		r = split(pattern, body, &d, problem);
	if (r < 0)
		return r;
	if (!body[0])
		return bad(problem, pattern, "has no host before the colon");
	if (!streq(body, "*")) {
		struct in_addr v4;

		if (strpbrk(body, "/:") || inet_pton(AF_INET, body, &v4) == 1)
			r = parse_net(pattern, body, &d, problem);
		else
			r = parse_host(pattern, body, &d, problem);
	}
	if (r == 0)
		*ret = d;
	return r;
}

int dest_check(const char *pattern, struct problem *problem)
{
	struct dest_pattern d;

	return dest_parse(pattern, &d, problem);
}

/* --- destinations ------------------------------------------------------------------------------------ */

static bool is_mapped(const uint8_t addr[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

static bool in_net(const struct dest_pattern *d, const uint8_t addr[16])
{
	unsigned bytes = d->prefix / 8, bits = d->prefix % 8;

	/* ::/0 says "all of IPv6"; IPv4 lies inside it only by our way of writing it. */
	if (d->prefix < 96 && is_mapped(addr))
		return false;
	if (memcmp(d->addr, addr, bytes) != 0)
		return false;
	return !bits || ((d->addr[bytes] ^ addr[bytes]) >> (8 - bits)) == 0;
}

enum { RANK_ANY = 1, RANK_NET, RANK_BELOW, RANK_EXACT };

/* RANK_BELOW, RANK_EXACT, or 0. Compared label by label from the right, so "evil-x" is never "x". */
static unsigned host_rank(const struct dest_pattern *d, const char *name)
{
	size_t want = strlen(d->host), len = name ? strlen(name) : 0;

	if (len && name[len - 1] == '.')
		len--;
	if (len < want || strncasecmp(name + len - want, d->host, want) != 0)
		return 0;
	if (len == want)
		return d->form == DEST_HOST ? RANK_EXACT : 0;
	return name[len - want - 1] == '.' && len > want + 1 ? RANK_BELOW : 0;
}

uint32_t dest_rank(const struct dest_pattern *d, const struct dest *to)
{
	unsigned kind = 0, detail = 0;

	if (to->any_port && d->form == DEST_NET ? d->port != to->port :
						  d->port && d->port != to->port && !to->any_port)
		return 0;
	switch (d->form) {
	case DEST_ANY:
		kind = RANK_ANY;
		break;
	case DEST_NET:
		if (in_net(d, to->addr))
			kind = d->prefix == 128 ? RANK_EXACT : RANK_NET;
		detail = kind == RANK_NET ? d->prefix : 0;
		break;
	case DEST_BELOW:
	case DEST_HOST:
		kind = host_rank(d, to->name);
		detail = kind == RANK_BELOW ? (unsigned)strlen(d->host) : 0;
		break;
	}
	return kind ? kind << 16 | detail << 4 | (d->port ? 1 : 0) : 0;
}

bool dest_match(const char *pattern, const struct dest *to)
{
	struct dest_pattern d;

	return dest_parse(pattern, &d, NULL) == 0 && dest_rank(&d, to) != 0;
}

bool home_match(const char *home, const struct dest *to)
{
	char addr[ADDR_TEXT_MAX];

	if (*home != '|')
		return dest_match(home, to);
	return (to->name && hashed_means(home, to->name, to->port)) || hashed_means(home, addr_to_text(to->addr, addr), to->port);
}
