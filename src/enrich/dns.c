/* SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "../base/base.h"

enum {
	HEADER_LEN = 12,
	WIRE_NAME_MAX = 255, /* RFC 1035, 2.3.4 */
	JUMPS_MAX = 32,      /* a name has at most 127 labels; honest ones need two or three pointers */
	CLASS_IN = 1,
	FLAG_QR = 0x8000,
	FLAG_TC = 0x0200,
	SVCB_IPV4HINT = 4, /* RFC 9460, 14.3.2 */
	SVCB_IPV6HINT = 6,
};

struct cursor {
	const uint8_t *msg;
	size_t len, at;
};

/* A record's fixed part; its data is [at, at + len) of the message. */
struct record {
	uint16_t owner, type, class, data_len;
	uint32_t ttl;
	size_t data;
};

static bool take_u16(struct cursor *c, uint16_t *ret)
{
	if (c->len - c->at < 2)
		return false;
	*ret = (uint16_t)(c->msg[c->at] << 8 | c->msg[c->at + 1]);
	c->at += 2;
	return true;
}

static bool take_u32(struct cursor *c, uint32_t *ret)
{
	uint16_t high = 0, low = 0;

	if (!take_u16(c, &high) || !take_u16(c, &low))
		return false;
	*ret = (uint32_t)high << 16 | low;
	return true;
}

/* Appends one label and returns the end. `dst` has room for four characters per octet and one more. */
static char *put_label(char *dst, const uint8_t *label, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t b = label[i];

		if (b >= 'A' && b <= 'Z')
			*dst++ = (char)(b | 0x20);
		else if (b > 0x20 && b < 0x7f && b != '.' && b != '\\')
			*dst++ = (char)b;
		else
			dst += sprintf(dst, "\\%03u", b);
	}
	*dst++ = '.';
	return dst;
}

/* Where a compression pointer at c->at leads. It must lead backwards: a name is "a prior occurrence" (RFC 1035, 4.1.4),
 * and so no loop is possible. */
static int jump(const struct cursor *c, size_t before, size_t *ret)
{
	size_t to;

	if (c->len - c->at < 2)
		return -ENODATA;
	to = (size_t)(c->msg[c->at] & 0x3f) << 8 | c->msg[c->at + 1];
	if (to >= before || to < HEADER_LEN)
		return -EBADMSG;
	*ret = to;
	return 0;
}

/* Reads the labels of a name into text. Returns 0, -ENODATA when the message ends inside it, -EBADMSG. */
static int take_labels(struct cursor *c, char *text)
{
	struct cursor at = *c;
	size_t wire = 1, jumps = 0, before = c->at;
	char *end = text;

	for (;;) {
		uint8_t n;
		int r;

		if (at.at >= at.len)
			return -ENODATA;
		n = at.msg[at.at];
		if ((n & 0xc0) == 0xc0) {
			r = ++jumps > JUMPS_MAX ? -EBADMSG : jump(&at, before, &before);
			if (r < 0)
				return r;
			if (jumps == 1)
				c->at = at.at + 2;
			at.at = before;
			continue;
		}
		if (n & 0xc0) /* 0x40 and 0x80 are unassigned (RFC 6891, 5) */
			return -EBADMSG;
		if (n == 0)
			break;
		wire += n + 1u;
		if (wire > WIRE_NAME_MAX)
			return -EBADMSG;
		if (at.len - at.at < n + 1u)
			return -ENODATA;
		end = put_label(end, at.msg + at.at + 1, n);
		at.at += n + 1u;
	}
	if (!jumps)
		c->at = at.at + 1;
	if (end > text + 1)
		end--; /* the last dot; the root keeps its own */
	else
		*end++ = '.';
	*end = 0;
	return 0;
}

static int intern(struct dns_message *m, const char *text, uint16_t *ret)
{
	size_t len = strlen(text) + 1, at = 1;

	for (; at < m->pool_len; at += strlen(m->pool + at) + 1)
		if (streq(m->pool + at, text))
			break;
	if (at == m->pool_len) {
		if (len > sizeof(m->pool) - m->pool_len)
			return -E2BIG;
		memcpy(m->pool + m->pool_len, text, len);
		m->pool_len += len;
	}
	*ret = (uint16_t)at;
	return 0;
}

static int take_name(struct cursor *c, struct dns_message *m, uint16_t *ret)
{
	char text[DNS_TEXT_MAX];
	int r = take_labels(c, text);

	return r < 0 ? r : intern(m, text, ret);
}

static int take_record(struct cursor *c, struct dns_message *m, struct record *ret)
{
	int r = take_name(c, m, &ret->owner);

	if (r < 0)
		return r;
	if (!take_u16(c, &ret->type) || !take_u16(c, &ret->class) || !take_u32(c, &ret->ttl) ||
	    !take_u16(c, &ret->data_len) || c->len - c->at < ret->data_len)
		return -ENODATA;
	if (ret->ttl >> 31)
		ret->ttl = 0;
	ret->data = c->at;
	c->at += ret->data_len;
	return 0;
}

/* A new fact of this record; NULL when there is no room. */
static struct dns_answer *add_answer(struct dns_message *m, const struct record *rec)
{
	struct dns_answer *a;

	if (m->n_answers == DNS_ANSWERS_MAX) {
		m->more = true;
		return NULL;
	}
	a = &m->answers[m->n_answers++];
	*a = (struct dns_answer){ .type = rec->type, .owner = rec->owner, .ttl = rec->ttl, .step = -1 };
	return a;
}

/* Addresses, `size` bytes each, as many as there are. */
static int add_addresses(struct dns_message *m, const struct record *rec, const uint8_t *p, size_t len, size_t size)
{
	if (len == 0 || len % size)
		return -EBADMSG;
	for (; len; p += size, len -= size) {
		struct dns_answer *a = add_answer(m, rec);

		if (!a)
			return 0;
		a->has_addr = true;
		if (size == 4)
			addr_from_v4(p, a->addr);
		else
			memcpy(a->addr, p, ADDR_LEN);
	}
	return 0;
}

/* A name inside record data: it must end where the data does, or before. */
static int take_target(struct cursor *data, struct dns_message *m, uint16_t *ret)
{
	int r = take_name(data, m, ret);

	return r == -ENODATA ? -EBADMSG : r;
}

static int add_cname(struct dns_message *m, const struct record *rec, struct cursor data)
{
	struct dns_answer *a;
	uint16_t target;
	int r = take_target(&data, m, &target);

	if (r < 0)
		return r;
	if (data.at != data.len)
		return -EBADMSG;
	a = add_answer(m, rec);
	if (a)
		a->target = target;
	return 0;
}

/* RFC 9460, 2.2: key, length, value ... to the end of the data. */
static int add_hints(struct dns_message *m, const struct record *rec, struct cursor data)
{
	while (data.at < data.len) {
		uint16_t key, len;
		int r = 0;

		if (!take_u16(&data, &key) || !take_u16(&data, &len) || data.len - data.at < len)
			return -EBADMSG;
		if (key == SVCB_IPV4HINT)
			r = add_addresses(m, rec, data.msg + data.at, len, 4);
		else if (key == SVCB_IPV6HINT)
			r = add_addresses(m, rec, data.msg + data.at, len, 16);
		if (r < 0)
			return r;
		data.at += len;
	}
	return 0;
}

static int add_service(struct dns_message *m, const struct record *rec, struct cursor data)
{
	uint16_t priority, target;
	struct dns_answer *a;
	int r;

	if (!take_u16(&data, &priority))
		return -EBADMSG;
	r = take_target(&data, m, &target);
	if (r < 0)
		return r;
	a = add_answer(m, rec);
	if (a) {
		a->priority = priority;
		/* "." is the owner itself, or "no such service" in alias mode (RFC 9460, 2.5). */
		a->target = streq(dns_text(m, target), ".") ? 0 : target;
	}
	return priority ? add_hints(m, rec, data) : 0;
}

static int add_record(struct dns_message *m, const struct record *rec, const uint8_t *msg)
{
	struct cursor data = { msg, rec->data + rec->data_len, rec->data };

	if (rec->class != CLASS_IN)
		return 0;
	switch (rec->type) {
	case DNS_TYPE_A:
		return rec->data_len == 4 ? add_addresses(m, rec, msg + rec->data, 4, 4) : -EBADMSG;
	case DNS_TYPE_AAAA:
		return rec->data_len == 16 ? add_addresses(m, rec, msg + rec->data, 16, 16) : -EBADMSG;
	case DNS_TYPE_CNAME:
		return add_cname(m, rec, data);
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		return add_service(m, rec, data);
	default:
		return 0;
	}
}

static bool known_step(const struct dns_message *m, uint16_t name)
{
	size_t i;

	for (i = 0; i < m->n_steps; i++)
		if (m->steps[i].name == name)
			return true;
	return false;
}

/* Records may come in any order (RFC 1034, 3.6): breadth first from the question, each name once. */
static void link_answers(struct dns_message *m)
{
	size_t s, i;

	m->steps[0] = (struct dns_step){ m->question, -1, UINT32_MAX };
	m->n_steps = 1;
	for (s = 0; s < m->n_steps; s++) {
		for (i = 0; i < m->n_answers; i++) {
			struct dns_answer *a = &m->answers[i];

			if (a->owner != m->steps[s].name)
				continue;
			a->step = (int16_t)s;
			if (a->target && m->n_steps < DNS_STEPS_MAX && !known_step(m, a->target))
				m->steps[m->n_steps++] = (struct dns_step){ a->target, (int16_t)s,
									    MIN(m->steps[s].ttl, a->ttl) };
		}
	}
}

/* Header and question (RFC 1035, 4.1.1 and 4.1.2). */
static int take_head(struct cursor *c, struct dns_message *m, uint16_t *ret_answers)
{
	uint16_t questions, ignored;
	int r;

	if (!take_u16(c, &m->id) || !take_u16(c, &m->flags) || !take_u16(c, &questions) || !take_u16(c, ret_answers) ||
	    !take_u16(c, &ignored) || !take_u16(c, &ignored))
		return -EBADMSG;
	m->response = m->flags & FLAG_QR;
	m->truncated = m->flags & FLAG_TC;
	m->opcode = m->flags >> 11 & 0xf;
	m->rcode = m->flags & 0xf;
	if (m->opcode != 0)
		return -EOPNOTSUPP;
	if (questions != 1)
		return -EBADMSG;
	r = take_name(c, m, &m->question);
	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	return take_u16(c, &m->qtype) && take_u16(c, &m->qclass) ? 0 : -EBADMSG;
}

int dns_parse(const uint8_t *msg, size_t len, struct dns_message *ret)
{
	struct cursor c = { msg, len, 0 };
	struct record rec;
	uint16_t left = 0;
	int r;

	/* The large arrays are only read up to their counts: no need to clear them for each packet. */
	memset(ret, 0, offsetof(struct dns_message, answers));
	ret->pool[0] = 0;
	ret->pool_len = 1;
	r = take_head(&c, ret, &left);
	if (r < 0)
		return r;
	while (left-- && !ret->more) {
		r = take_record(&c, ret, &rec);
		if (r == -ENODATA) {
			ret->cut = true;
			break;
		}
		if (r == 0)
			r = add_record(ret, &rec, msg);
		if (r < 0)
			return r;
	}
	link_answers(ret);
	return 0;
}

const char *dns_text(const struct dns_message *m, uint16_t offset)
{
	return offset < m->pool_len ? m->pool + offset : "";
}

int dns_chain(const struct dns_message *m, size_t i, struct dns_chain *ret)
{
	const struct dns_answer *a;
	size_t n = 0, k;
	int16_t s;

	if (i >= m->n_answers)
		return -ENOENT;
	a = &m->answers[i];
	if (!a->has_addr || a->step < 0)
		return -ENOENT;
	for (s = a->step; s >= 0; s = m->steps[s].parent)
		n++;
	ret->n = n;
	ret->ttl = MIN(a->ttl, m->steps[a->step].ttl);
	for (k = n, s = a->step; s >= 0; s = m->steps[s].parent)
		ret->names[--k] = dns_text(m, m->steps[s].name);
	return 0;
}
