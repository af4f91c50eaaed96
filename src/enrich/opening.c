/* SPDX-License-Identifier: Apache-2.0 */
#include "opening.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "../base/base.h"
#include "http.h"
#include "quic.h"

enum { STREAM_MAX = 16384 };
_Static_assert(STREAM_MAX >= (int)TLS_STREAM_MAX && STREAM_MAX >= (int)HTTP_HEAD_MAX, "room for the longer of both");

struct opening {
	enum opening_state state;
	uint8_t proto;
	struct claim claim;
	union {
		struct {
			uint32_t seq; /* of bytes[0] */
			size_t len;
			uint8_t bytes[STREAM_MAX];
		} tcp;
		struct quic_opening quic;
	};
};

int opening_new(uint8_t proto, struct opening **ret)
{
	struct opening *o;

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return -EOPNOTSUPP;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->proto = proto;
	*ret = o;
	return 0;
}

struct opening *opening_free(struct opening *o)
{
	free(o);
	return NULL;
}

enum opening_state opening_state(const struct opening *o)
{
	return o->state;
}

const struct claim *opening_claim(const struct opening *o)
{
	return &o->claim;
}

/* --- packets ------------------------------------------------------------------------------------------ */

struct bytes {
	const uint8_t *at;
	size_t len;
};

static struct bytes after(struct bytes b, size_t n)
{
	n = MIN(n, b.len);
	return (struct bytes){ b.at + n, b.len - n };
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static bool is_extension(uint8_t next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS;
}

/* What follows the network header, with its protocol; empty if it is not a whole packet's first part. */
static struct bytes transport_of(struct bytes p, uint8_t *ret_proto)
{
	size_t head = 40;
	uint8_t next;
	int i;

	if (p.len >= 20 && p.at[0] >> 4 == 4) {
		*ret_proto = p.at[9];
		return get16(p.at + 6) & 0x3fff ? (struct bytes){ .len = 0 } : after(p, (p.at[0] & 15u) * 4);
	}
	if (p.len < 40 || p.at[0] >> 4 != 6)
		return (struct bytes){ .len = 0 };
	next = p.at[6];
	for (i = 0; i < 4 && is_extension(next) && head + 2 <= p.len; i++) {
		next = p.at[head];
		head += (p.at[head + 1] + 1u) * 8;
	}
	*ret_proto = next;
	return after(p, head);
}

/* The data of a segment or datagram; of TCP also its sequence number. */
static struct bytes payload_of(uint8_t proto, const uint8_t *packet, size_t len, uint32_t *ret_seq)
{
	uint8_t found = 0;
	struct bytes t = transport_of((struct bytes){ packet, len }, &found);
	size_t need = proto == IPPROTO_TCP ? 20 : 8;

	if (found != proto || t.len < need)
		return (struct bytes){ .len = 0 };
	if (proto == IPPROTO_UDP)
		return after(t, 8);
	*ret_seq = (uint32_t)get16(t.at + 4) << 16 | get16(t.at + 6);
	return after(t, (t.at[12] >> 4) * 4u);
}

/* --- what they say ------------------------------------------------------------------------------------ */

static enum opening_state say_hello(struct claim *s, const struct tls_hello *h, enum claim_by by)
{
	s->by = by;
	s->ech = h->ech;
	memcpy(s->name, h->name, sizeof(s->name));
	memcpy(s->alpn, h->alpn, sizeof(s->alpn));
	return s->name[0] ? OPENING_NAMED : OPENING_OTHER;
}

static enum opening_state say_host(struct claim *s, const struct http_host *h)
{
	s->by = h->form == HTTP_CONNECT ? CLAIM_CONNECT : CLAIM_HTTP_HOST;
	s->proxied = h->form != HTTP_ORIGIN;
	s->has_addr = h->has_addr;
	s->port = h->port || !s->proxied ? h->port : 80;
	memcpy(s->name, h->name, sizeof(s->name));
	memcpy(s->addr, h->addr, sizeof(s->addr));
	return s->name[0] || s->has_addr ? OPENING_NAMED : OPENING_OTHER;
}

static enum opening_state hear_stream(struct opening *o)
{
	struct tls_hello hello;
	struct http_host host;
	int r = -EBADMSG;

	if (tls_begins(o->tcp.bytes, o->tcp.len)) {
		r = tls_stream_read(o->tcp.bytes, o->tcp.len, &hello);
		if (r == 0)
			return say_hello(&o->claim, &hello, CLAIM_SNI);
	} else if (http_begins(o->tcp.bytes, o->tcp.len)) {
		r = http_head_read(o->tcp.bytes, o->tcp.len, &host);
		if (r == 0)
			return say_host(&o->claim, &host);
	} else {
		return OPENING_OTHER;
	}
	return r == -EAGAIN ? OPENING_MORE : OPENING_HIDDEN;
}

/* Every copy begins where the first did, or inside what is there already: data behind a gap is not seen before the gap is
 * closed. Bytes that changed between two copies (a program may write to pages it handed over) hide something. */
static enum opening_state feed_segment(struct opening *o, uint32_t seq, struct bytes data)
{
	size_t at, same;

	if (!o->tcp.len)
		o->tcp.seq = seq;
	at = (uint32_t)(seq - o->tcp.seq);
	if (at > o->tcp.len)
		return OPENING_MORE;
	same = MIN(o->tcp.len - at, data.len);
	if (memcmp(o->tcp.bytes + at, data.at, same) != 0)
		return OPENING_HIDDEN;
	data = after(data, same);
	data.len = MIN(data.len, STREAM_MAX - o->tcp.len);
	memcpy(o->tcp.bytes + o->tcp.len, data.at, data.len);
	o->tcp.len += data.len;
	return hear_stream(o);
}

static enum opening_state feed_datagram(struct opening *o, struct bytes data)
{
	struct tls_hello hello;
	int r;

	if (!o->quic.version && !quic_begins(data.at, data.len))
		return OPENING_OTHER;
	r = quic_datagram_read(&o->quic, data.at, data.len, &hello);
	if (r == 0)
		return say_hello(&o->claim, &hello, CLAIM_QUIC_SNI);
	return r == -EAGAIN ? OPENING_MORE : OPENING_HIDDEN;
}

enum opening_state opening_feed(struct opening *o, const uint8_t *packet, size_t len)
{
	uint32_t seq = 0;
	struct bytes data;

	if (o->state != OPENING_MORE)
		return o->state;
	data = payload_of(o->proto, packet, len, &seq);
	if (data.len)
		o->state = o->proto == IPPROTO_TCP ? feed_segment(o, seq, data) : feed_datagram(o, data);
	return o->state;
}
