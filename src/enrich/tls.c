/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <errno.h>
#include <string.h>
#include "../base/base.h"

enum {
	RECORD_HEAD = 5,
	RECORD_HANDSHAKE = 22,
	RECORD_MAX = 16384, /* RFC 8446, 5.1 */
	MESSAGE_HEAD = 4,
	CLIENT_HELLO = 1,
	EXT_SERVER_NAME = 0,           /* RFC 6066, 3 */
	EXT_ALPN = 16,                 /* RFC 7301, 3.1 */
	EXT_ECH = 0xfe0d,              /* RFC 9849, 5 */
	EXT_ESNI = 0xffce,             /* its drafts before 2020: the name was encrypted as well */
	EXTENSIONS_MAX = 128,          /* browsers send twenty; each costs a look at all before it */
};

/* A piece of the message. Taking beyond its end sets `bad`, and from then on it is empty. */
struct span {
	const uint8_t *at;
	size_t len;
	bool bad;
};

static struct span take(struct span *s, size_t n)
{
	struct span part = { .at = s->at, .len = n };

	if (n > s->len) {
		*s = (struct span){ .at = s->at, .bad = true };
		return *s;
	}
	s->at += n;
	s->len -= n;
	return part;
}

static uint32_t number(struct span *s, unsigned bytes)
{
	struct span part = take(s, bytes);
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < part.len; i++)
		v = v << 8 | part.at[i];
	return v;
}

/* A vector with its length in front (RFC 8446, 3.4). */
static struct span vector(struct span *s, unsigned length_bytes)
{
	return take(s, number(s, length_bytes));
}

/* --- extensions --------------------------------------------------------------------------------------- */

/* A list of one host name. A second entry, or one of another type, has no meaning (RFC 6066, 3) and could be read
 * differently by the server than by us: refused. */
static int read_server_name(struct span ext, struct tls_hello *h)
{
	struct span list = vector(&ext, 2), name;
	uint32_t type = number(&list, 1);

	name = vector(&list, 2);
	if (ext.bad || ext.len || list.bad || list.len || type != 0)
		return -EBADMSG;
	return host_from_wire(name.at, name.len, h->name) < 0 ? -EBADMSG : 0;
}

/* Anything that is not plain text is shown as '?': GREASE values (RFC 8701) are. */
static void append_protocol(struct tls_hello *h, struct span name)
{
	size_t used = strlen(h->alpn), i;

	if (used + name.len + 3 > sizeof(h->alpn))
		return;
	if (used) {
		memcpy(h->alpn + used, ", ", 2);
		used += 2;
	}
	for (i = 0; i < name.len; i++)
		h->alpn[used + i] = (char)(name.at[i] > 0x20 && name.at[i] < 0x7f ? name.at[i] : '?');
	h->alpn[used + name.len] = 0;
}

static int read_alpn(struct span ext, struct tls_hello *h)
{
	struct span list = vector(&ext, 2);

	while (list.len && !list.bad)
		append_protocol(h, vector(&list, 1));
	return ext.bad || ext.len || list.bad ? -EBADMSG : 0;
}

static int read_extension(uint32_t type, struct span ext, struct tls_hello *h)
{
	switch (type) {
	case EXT_SERVER_NAME:
		return read_server_name(ext, h);
	case EXT_ALPN:
		return read_alpn(ext, h);
	case EXT_ECH:
	case EXT_ESNI:
		h->ech = true;
		break;
	}
	return 0;
}

/* The same extension twice is forbidden (RFC 8446, 4.2); a server that does not check would choose another one than we. */
static int read_extensions(struct span list, struct tls_hello *h)
{
	uint16_t seen[EXTENSIONS_MAX];
	size_t n = 0, i;

	while (list.len) {
		uint32_t type = number(&list, 2);
		struct span ext = vector(&list, 2);

		if (list.bad || n == EXTENSIONS_MAX)
			return -EBADMSG;
		for (i = 0; i < n; i++)
			if (seen[i] == type)
				return -EBADMSG;
		seen[n++] = (uint16_t)type;
		if (read_extension(type, ext, h) < 0)
			return -EBADMSG;
	}
	return 0;
}

/* --- hello -------------------------------------------------------------------------------------------- */

static int read_body(struct span s, struct tls_hello *ret)
{
	struct tls_hello h = { .ech = false };
	uint32_t version = number(&s, 2);
	struct span session, suites, compression, extensions = { .len = 0 };

	(void)take(&s, 32); /* random */
	session = vector(&s, 1);
	suites = vector(&s, 2);
	compression = vector(&s, 1);
	if (s.len)
		extensions = vector(&s, 2);
	if (s.bad || s.len || version >> 8 != 3 || session.len > 32 || suites.len < 2 || suites.len % 2 ||
	    compression.len < 1)
		return -EBADMSG;
	if (read_extensions(extensions, &h) < 0)
		return -EBADMSG;
	*ret = h;
	return 0;
}

int tls_message_read(const uint8_t *msg, size_t len, struct tls_hello *ret)
{
	struct span s = { .at = msg, .len = len }, body;
	uint32_t size;

	if (len && msg[0] != CLIENT_HELLO)
		return -EBADMSG;
	if (len < MESSAGE_HEAD)
		return -EAGAIN;
	(void)take(&s, 1);
	size = number(&s, 3);
	if (size > TLS_STREAM_MAX - MESSAGE_HEAD)
		return -E2BIG;
	if (size > s.len)
		return -EAGAIN;
	body = take(&s, size);
	return read_body(body, ret);
}

/* --- records ------------------------------------------------------------------------------------------ */

static bool record_fits(const uint8_t *head, size_t len)
{
	if (len > 0 && head[0] != RECORD_HANDSHAKE)
		return false;
	if (len > 1 && head[1] != 3)
		return false;
	if (len > 2 && head[2] > 4)
		return false;
	/* An empty fragment of a handshake message is forbidden (RFC 8446, 5.1). */
	return len < RECORD_HEAD || ((head[3] || head[4]) && (head[3] << 8 | head[4]) <= RECORD_MAX);
}

bool tls_begins(const uint8_t *stream, size_t len)
{
	return record_fits(stream, MIN(len, (size_t)RECORD_HEAD)) &&
	       (len <= RECORD_HEAD || stream[RECORD_HEAD] == CLIENT_HELLO);
}

struct message {
	size_t len;
	uint8_t bytes[TLS_STREAM_MAX];
};

/* Copies what the records carry, up to the end of the stream or of the first message. */
static int unwrap(const uint8_t *stream, size_t len, struct message *ret)
{
	size_t at = 0, have = 0, want = MESSAGE_HEAD;
	uint8_t *msg = ret->bytes;

	while (at < len && have < want) {
		size_t left = len - at, size;

		if (!record_fits(stream + at, MIN(left, (size_t)RECORD_HEAD)))
			return -EBADMSG;
		if (left <= RECORD_HEAD)
			break;
		size = MIN((size_t)(stream[at + 3] << 8 | stream[at + 4]), left - RECORD_HEAD);
		size = MIN(size, TLS_STREAM_MAX - have);
		memcpy(msg + have, stream + at + RECORD_HEAD, size);
		at += RECORD_HEAD + (size_t)(stream[at + 3] << 8 | stream[at + 4]);
		have += size;
		if (have >= MESSAGE_HEAD)
			want = MESSAGE_HEAD + (size_t)(msg[1] << 16 | msg[2] << 8 | msg[3]);
	}
	ret->len = have;
	return 0;
}

int tls_stream_read(const uint8_t *stream, size_t len, struct tls_hello *ret)
{
	struct message m;
	int r;

	m.bytes[0] = 0;
	r = unwrap(stream, MIN(len, (size_t)TLS_STREAM_MAX), &m);
	if (r == 0)
		r = tls_message_read(m.bytes, m.len, ret);
	return r == -EAGAIN && len >= TLS_STREAM_MAX ? -E2BIG : r;
}
