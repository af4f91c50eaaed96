/* SPDX-License-Identifier: Apache-2.0 */
#include "dnsquery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "../base/base.h"

enum {
	HEADER_LEN = 12,
	LABEL_MAX = 63,
	TYPE_OPT = 41,
	OPT_LEN = 11, /* root, type, size, extended rcode and flags, data length */
	CLASS_IN = 1,
	QR = 0x8000, AA = 0x0400, TC = 0x0200, RD = 0x0100, RA = 0x0080, AD = 0x0020, CD = 0x0010, OPCODE = 0x7800,
	DO = 0x8000,
	OPTION_EDE = 15, EDE_BLOCKED = 15, /* RFC 8914 */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
}

/* Canonical text of a name that is well formed on the wire. */
static void name_text(const uint8_t *name, char dst[DNS_TEXT_MAX])
{
	char *end = dst;
	uint8_t i;

	for (; *name; name += *name + 1) {
		for (i = 1; i <= *name; i++) {
			uint8_t b = lower(name[i]);

			if (b > 0x20 && b < 0x7f && b != '.' && b != '\\')
				*end++ = (char)b;
			else
				end += sprintf(end, "\\%03u", b);
		}
		*end++ = '.';
	}
	if (end > dst)
		end--;
	else
		*end++ = '.';
	*end = 0;
}

/* The name at the head of the question. No pointers: there is nothing before it (RFC 1035, 4.1.4). */
static int read_name(const uint8_t *p, size_t room, struct dns_query *q)
{
	size_t at = 0;

	for (;;) {
		uint8_t n;

		if (at >= room || at >= DNS_NAME_MAX)
			return -EBADMSG;
		n = p[at];
		if (n > LABEL_MAX || at + n + 1u > room || at + n + 1u > DNS_NAME_MAX)
			return -EBADMSG;
		at += n + 1u;
		if (!n)
			break;
		q->labels++;
		q->longest = MAX(q->longest, n);
	}
	memcpy(q->name, p, at);
	q->name_len = (uint8_t)at;
	name_text(q->name, q->text);
	return 0;
}

/* The OPT record (RFC 6891, 6.1.2), if it is the one and only further record; everything else is more than a question. */
static void read_opt(const uint8_t *p, size_t len, struct dns_query *q)
{
	if (len < OPT_LEN || p[0] != 0 || get16(p + 1) != TYPE_OPT)
		return;
	q->edns = true;
	q->udp_size = MAX(get16(p + 3), 512);
	q->dnssec = get16(p + 7) & DO;
	q->plain = get16(p + 5) == 0 && !(get16(p + 7) & ~DO) && get16(p + 9) == 0 && len == OPT_LEN;
}

int dns_query_read(const uint8_t *msg, size_t len, struct dns_query *ret)
{
	size_t at;
	int r;

	memset(ret, 0, offsetof(struct dns_query, name));
	ret->text[0] = 0;
	if (len < HEADER_LEN)
		return -EBADMSG;
	ret->id = get16(msg);
	ret->flags = get16(msg + 2);
	ret->udp_size = 512;
	if (ret->flags & QR)
		return -EBADMSG;
	if (ret->flags & OPCODE)
		return -EOPNOTSUPP;
	if (get16(msg + 4) != 1)
		return -EBADMSG;
	r = read_name(msg + HEADER_LEN, len - HEADER_LEN, ret);
	if (r < 0)
		return r;
	at = HEADER_LEN + ret->name_len;
	if (len - at < 4)
		return -EBADMSG;
	ret->qtype = get16(msg + at);
	ret->qclass = get16(msg + at + 2);
	at += 4;
	ret->plain = at == len;
	if (!get16(msg + 6) && !get16(msg + 8) && get16(msg + 10) == 1)
		read_opt(msg + at, len - at, ret);
	ret->plain = ret->plain && !(ret->flags & ~(RD | AD | CD));
	return 0;
}

static uint8_t *put_head(uint8_t *p, uint16_t id, uint16_t flags, bool opt)
{
	p = put16(p, id);
	p = put16(p, flags);
	p = put16(p, 1);
	p = put16(p, 0);
	p = put16(p, 0);
	return put16(p, opt);
}

static uint8_t *put_opt(uint8_t *p, bool dnssec, uint16_t data_len)
{
	*p++ = 0;
	p = put16(p, TYPE_OPT);
	p = put16(p, DNS_EDNS_SIZE);
	p = put16(p, 0);
	p = put16(p, dnssec ? DO : 0);
	return put16(p, data_len);
}

static uint8_t *put_question(uint8_t *p, const struct dns_query *q, bool spelt)
{
	size_t i;

	/* length octets are at most 63 and so no letters: the whole name may be lowered octet by octet */
	for (i = 0; i < q->name_len; i++)
		*p++ = spelt ? q->name[i] : lower(q->name[i]);
	p = put16(p, q->qtype);
	return put16(p, q->qclass);
}

size_t dns_query_write(const struct dns_query *q, uint16_t id, uint8_t dst[DNS_QUERY_MAX])
{
	uint8_t *p = put_head(dst, id, RD | (q->flags & (AD | CD)), q->edns);

	p = put_question(p, q, false);
	if (q->edns)
		p = put_opt(p, q->dnssec, 0);
	return (size_t)(p - dst);
}

size_t dns_reply_write(const struct dns_query *q, unsigned rcode, uint8_t dst[DNS_QUERY_MAX])
{
	bool blocked = q->edns && rcode == DNS_RCODE_REFUSED;
	uint16_t flags = (uint16_t)(QR | RA | (q->flags & (OPCODE | RD | CD)) | (rcode & 15));
	uint8_t *p = put_head(dst, q->id, flags, q->edns);

	if (!q->name_len) { /* it could not be read: the header is all there is */
		put16(dst + 4, 0);
		put16(dst + 10, 0);
		return HEADER_LEN;
	}
	p = put_question(p, q, true);
	if (q->edns)
		p = put_opt(p, q->dnssec, blocked ? 6 : 0);
	if (blocked) {
		p = put16(p, OPTION_EDE);
		p = put16(p, 2);
		p = put16(p, EDE_BLOCKED);
	}
	return (size_t)(p - dst);
}

bool dns_answers(const struct dns_query *q, uint16_t id, const uint8_t *msg, size_t len)
{
	size_t i, end = HEADER_LEN + (size_t)q->name_len;

	if (len < end + 4 || get16(msg) != id || !(get16(msg + 2) & QR) || (get16(msg + 2) & OPCODE) || get16(msg + 4) != 1)
		return false;
	for (i = 0; i < q->name_len; i++)
		if (lower(msg[HEADER_LEN + i]) != lower(q->name[i]))
			return false;
	return get16(msg + end) == q->qtype && get16(msg + end + 2) == q->qclass;
}

void dns_answer_fit(const struct dns_query *q, uint8_t *msg)
{
	put16(msg, q->id);
	memcpy(msg + HEADER_LEN, q->name, q->name_len);
}

bool dns_truncated(const uint8_t *msg, size_t len)
{
	return len >= HEADER_LEN && (get16(msg + 2) & TC);
}

size_t dns_answer_cut(const struct dns_query *q, uint8_t *msg, size_t len, size_t max)
{
	if (len <= max)
		return len;
	put16(msg + 2, get16(msg + 2) | TC);
	memset(msg + 6, 0, 6);
	return HEADER_LEN + q->name_len + 4u;
}

/* --- words ------------------------------------------------------------------------------------------- */

static const struct {
	uint16_t type;
	const char *name;
} types[] = {
	{ 1, "A" },      { 2, "NS" },    { 5, "CNAME" },  { 6, "SOA" },    { 10, "NULL" },  { 12, "PTR" },  { 13, "HINFO" },
	{ 15, "MX" },    { 16, "TXT" },  { 28, "AAAA" },  { 29, "LOC" },   { 33, "SRV" },   { 35, "NAPTR" }, { 39, "DNAME" },
	{ 41, "OPT" },   { 43, "DS" },   { 44, "SSHFP" }, { 46, "RRSIG" }, { 47, "NSEC" },  { 48, "DNSKEY" }, { 52, "TLSA" },
	{ 64, "SVCB" },  { 65, "HTTPS" }, { 99, "SPF" },  { 251, "IXFR" }, { 252, "AXFR" }, { 255, "ANY" },  { 256, "URI" },
	{ 257, "CAA" },
};

const char *dns_type_text(uint16_t type, char dst[16])
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].name;
	(void)snprintf(dst, 16, "TYPE%u", type);
	return dst;
}

uint16_t dns_type_from_text(const char *name)
{
	uint64_t n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (strcasecmp(types[i].name, name) == 0)
			return types[i].type;
	if (strncasecmp(name, "TYPE", 4) == 0 && str_to_u64(name + 4, 1, UINT16_MAX, &n) == 0)
		return (uint16_t)n;
	return 0;
}

const char *dns_rcode_text(unsigned rcode, char dst[16])
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

	if (rcode < ARRAY_SIZE(names))
		return names[rcode];
	(void)snprintf(dst, 16, "RCODE%u", rcode);
	return dst;
}
