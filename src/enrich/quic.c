/* SPDX-License-Identifier: Apache-2.0 */
#include "quic.h"

#include <errno.h>
#include <string.h>

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>

#include "../base/base.h"

enum {
	KEY_LEN = AES128_KEY_SIZE,
	IV_LEN = GCM_IV_SIZE,
	TAG_LEN = GCM_DIGEST_SIZE,
	SECRET_LEN = SHA256_DIGEST_SIZE,
	SAMPLE_LEN = AES_BLOCK_SIZE,
	LONG_HEADER = 0x80,
	FIXED_BIT = 0x40, /* always 1 in a first packet (RFC 9287, 3.1: only after the server said that 0 is fine) */
	DATAGRAM_MAX = 2048, /* as long as a held packet's copy */
	FRAME_PADDING = 0, FRAME_PING = 1, FRAME_ACK = 2, FRAME_ACK_ECN = 3, FRAME_CRYPTO = 6, FRAME_CLOSE = 0x1c,
};

/* What differs between the versions (RFC 9001, 5.2; RFC 9369, 3). */
static const struct version {
	uint32_t number;
	uint8_t initial; /* type bits of an Initial packet */
	const char *key, *iv, *hp;
	uint8_t salt[20];
} versions[] = {
	{ 0x00000001, 0, "quic key", "quic iv", "quic hp",
	  { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f,
	    0x0a } },
	{ 0x6b3343cf, 1, "quicv2 key", "quicv2 iv", "quicv2 hp",
	  { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e,
	    0xd9 } },
};

/* A piece of the packet. Taking beyond its end sets `bad`, and from then on it is empty. */
struct reader {
	const uint8_t *at;
	size_t len;
	bool bad;
};

static const uint8_t *take(struct reader *r, uint64_t n)
{
	const uint8_t *at = r->at;

	if (n > r->len) {
		*r = (struct reader){ .at = at, .bad = true };
		return at;
	}
	r->at += n;
	r->len -= n;
	return at;
}

static uint8_t take_byte(struct reader *r)
{
	const uint8_t *at = take(r, 1);

	return r->bad ? 0 : *at;
}

/* RFC 9000, 16 */
static uint64_t take_varint(struct reader *r)
{
	uint64_t v = take_byte(r);
	unsigned more = (1u << (v >> 6)) - 1;

	v &= 0x3f;
	while (more--)
		v = v << 8 | take_byte(r);
	return v;
}

/* --- keys --------------------------------------------------------------------------------------------- */

struct keys {
	uint8_t key[KEY_LEN], iv[IV_LEN], hp[KEY_LEN];
};

/* HKDF-Expand-Label of RFC 8446, 7.1, with an empty context. */
static void expand_label(const uint8_t secret[SECRET_LEN], const char *label, uint8_t *out, size_t len)
{
	static const char prefix[] = "tls13 ";
	size_t n = strlen(label), p = sizeof(prefix) - 1;
	struct hmac_sha256_ctx mac;
	uint8_t info[32];

	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)(p + n);
	memcpy(info + 3, prefix, p);
	memcpy(info + 3 + p, label, n);
	info[3 + p + n] = 0;
	hmac_sha256_set_key(&mac, SECRET_LEN, secret);
	hkdf_expand(&mac, (nettle_hash_update_func *)hmac_sha256_update, (nettle_hash_digest_func *)hmac_sha256_digest,
		    SECRET_LEN, 4 + p + n, info, len, out);
}

static void derive_keys(const struct version *v, const uint8_t *cid, size_t cid_len, struct keys *ret)
{
	uint8_t initial[SECRET_LEN], client[SECRET_LEN];
	struct hmac_sha256_ctx mac;

	hmac_sha256_set_key(&mac, sizeof(v->salt), v->salt);
	hkdf_extract(&mac, (nettle_hash_update_func *)hmac_sha256_update, (nettle_hash_digest_func *)hmac_sha256_digest,
		     SECRET_LEN, cid_len, cid, initial);
	expand_label(initial, "client in", client, sizeof(client));
	expand_label(client, v->key, ret->key, sizeof(ret->key));
	expand_label(client, v->iv, ret->iv, sizeof(ret->iv));
	expand_label(client, v->hp, ret->hp, sizeof(ret->hp));
}

/* --- packets ------------------------------------------------------------------------------------------ */

/* A long-header packet as far as it can be read without keys (RFC 9000, 17.2). */
struct long_header {
	const struct version *version;
	const uint8_t *start, *cid;
	size_t cid_len, pn_at, len; /* len: of the whole packet */
	bool initial;
};

static const struct version *version_find(uint32_t number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].number == number)
			return &versions[i];
	return NULL;
}

/* Retry is the only type without a length; clients do not send it. */
static int read_header(struct reader *r, struct long_header *ret)
{
	struct long_header h = { .start = r->at };
	uint8_t first = take_byte(r), retry;
	const uint8_t *number = take(r, 4);
	uint64_t length;

	if (r->bad || (first & (LONG_HEADER | FIXED_BIT)) != (LONG_HEADER | FIXED_BIT))
		return -EBADMSG;
	h.version = version_find((uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 | (uint32_t)number[2] << 8 |
				 number[3]);
	if (!h.version)
		return -EBADMSG;
	h.initial = (first >> 4 & 3) == h.version->initial;
	retry = h.version->initial ? 0 : 3;
	h.cid_len = take_byte(r);
	h.cid = take(r, h.cid_len);
	(void)take(r, take_byte(r)); /* source connection id */
	if (h.initial)
		(void)take(r, take_varint(r)); /* token */
	length = take_varint(r);
	h.pn_at = (size_t)(r->at - h.start);
	if (r->bad || h.cid_len > QUIC_CID_MAX || (first >> 4 & 3) == retry || length > r->len)
		return -EBADMSG;
	h.len = h.pn_at + (size_t)length;
	(void)take(r, length);
	*ret = h;
	return 0;
}

bool quic_begins(const uint8_t *datagram, size_t len)
{
	struct reader r = { .at = datagram, .len = len };
	struct long_header h;

	return len <= DATAGRAM_MAX && read_header(&r, &h) == 0 && h.initial;
}

/* Takes the header protection off (RFC 9001, 5.4) in *packet, a copy. The packet number has at most four bytes; a first
 * flight has no older one to be counted from, so its value is what is written. */
static int unmask(const struct keys *k, uint8_t *packet, size_t len, size_t pn_at, uint32_t *ret_pn, size_t *ret_pn_len)
{
	uint8_t mask[AES_BLOCK_SIZE];
	struct aes128_ctx aes;
	size_t n, i;

	if (pn_at + 4 + SAMPLE_LEN > len)
		return -EBADMSG;
	aes128_set_encrypt_key(&aes, k->hp);
	aes128_encrypt(&aes, sizeof(mask), mask, packet + pn_at + 4);
	packet[0] ^= mask[0] & 0x0f;
	n = (packet[0] & 3u) + 1;
	*ret_pn = 0;
	for (i = 0; i < n; i++) {
		packet[pn_at + i] ^= mask[1 + i];
		*ret_pn = *ret_pn << 8 | packet[pn_at + i];
	}
	*ret_pn_len = n;
	return 0;
}

/* Decrypts in place and checks the tag (RFC 9001, 5.3). *ret is the frames. */
static int open_packet(const struct keys *k, uint8_t *packet, size_t len, size_t pn_at, struct reader *ret)
{
	uint8_t nonce[IV_LEN], tag[TAG_LEN];
	struct gcm_aes128_ctx gcm;
	size_t pn_len, head, body;
	uint32_t pn;
	int i;

	if (unmask(k, packet, len, pn_at, &pn, &pn_len) < 0)
		return -EBADMSG;
	head = pn_at + pn_len;
	if (len < head + TAG_LEN)
		return -EBADMSG;
	body = len - head - TAG_LEN;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (i = 0; i < 4; i++)
		nonce[IV_LEN - 1 - i] ^= (uint8_t)(pn >> 8 * i);
	gcm_aes128_set_key(&gcm, k->key);
	gcm_aes128_set_iv(&gcm, sizeof(nonce), nonce);
	gcm_aes128_update(&gcm, head, packet);
	gcm_aes128_decrypt(&gcm, body, packet + head, packet + head);
	gcm_aes128_digest(&gcm, sizeof(tag), tag);
	if (!memeql_sec(tag, packet + head + body, sizeof(tag)))
		return -EBADMSG;
	*ret = (struct reader){ .at = packet + head, .len = body };
	return 0;
}

/* --- frames ------------------------------------------------------------------------------------------- */

/* Bytes that were there already must not change: client and server might keep different ones. */
static int keep_crypto(struct quic_opening *q, struct reader *r)
{
	uint64_t offset = take_varint(r), len = take_varint(r), i;
	const uint8_t *data = take(r, len);

	if (r->bad)
		return -EBADMSG;
	if (offset > QUIC_CRYPTO_MAX || len > QUIC_CRYPTO_MAX - offset)
		return -E2BIG;
	for (i = offset; i < offset + len; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);

		if (q->have[i / 8] & bit && q->crypto[i] != data[i - offset])
			return -EBADMSG;
		q->have[i / 8] |= bit;
		q->crypto[i] = data[i - offset];
	}
	return 0;
}

/* Nothing is acknowledged yet in a first flight, but a client may answer a packet that was not held. */
static void skip_ack(struct reader *r, bool ecn)
{
	uint64_t ranges;

	(void)take_varint(r);
	(void)take_varint(r);
	ranges = take_varint(r);
	(void)take_varint(r);
	while (ranges-- && !r->bad) {
		(void)take_varint(r);
		(void)take_varint(r);
	}
	if (ecn) {
		(void)take_varint(r);
		(void)take_varint(r);
		(void)take_varint(r);
	}
}

/* The frames that RFC 9000, 12.4 allows in an Initial packet. */
static int read_frames(struct quic_opening *q, struct reader r)
{
	int result = 0;

	while (r.len && result == 0) {
		uint64_t type = take_varint(&r);

		switch (type) {
		case FRAME_PADDING:
		case FRAME_PING:
			break;
		case FRAME_ACK:
		case FRAME_ACK_ECN:
			skip_ack(&r, type == FRAME_ACK_ECN);
			break;
		case FRAME_CRYPTO:
			result = keep_crypto(q, &r);
			break;
		case FRAME_CLOSE:
			return r.bad ? -EBADMSG : 0; /* it gives up: nothing follows that matters */
		default:
			return -EBADMSG;
		}
		if (r.bad)
			return -EBADMSG;
	}
	return result;
}

/* --- datagrams ---------------------------------------------------------------------------------------- */

static bool same_opening(const struct quic_opening *q, const struct long_header *h)
{
	return q->version == h->version->number && q->cid_len == h->cid_len && memcmp(q->cid, h->cid, h->cid_len) == 0;
}

static int read_initial(struct quic_opening *q, const struct long_header *h)
{
	uint8_t packet[DATAGRAM_MAX];
	struct reader frames;
	struct keys keys;

	if (!q->version) {
		q->version = h->version->number;
		q->cid_len = (uint8_t)h->cid_len;
		memcpy(q->cid, h->cid, h->cid_len);
	}
	/* Another id means another connection on the same socket, or that the server was heard. */
	if (!same_opening(q, h))
		return -EBADMSG;
	if (++q->packets > QUIC_PACKETS_MAX)
		return -E2BIG;
	memcpy(packet, h->start, h->len);
	derive_keys(h->version, h->cid, h->cid_len, &keys);
	if (open_packet(&keys, packet, h->len, h->pn_at, &frames) < 0)
		return -EBADMSG;
	return read_frames(q, frames);
}

/* How many bytes there are from the beginning without a gap. */
static size_t contiguous(const struct quic_opening *q)
{
	size_t i = 0;

	while (i < QUIC_CRYPTO_MAX && q->have[i / 8] & 1u << i % 8)
		i++;
	return i;
}

/* Packets of other types (0-RTT) may follow an Initial in the same datagram (RFC 9000, 12.2); zeros may pad it. What
 * cannot be read behind the first is left alone: so does the server. */
int quic_datagram_read(struct quic_opening *q, const uint8_t *datagram, size_t len, struct tls_hello *ret)
{
	struct reader r = { .at = datagram, .len = len };
	struct long_header h;
	bool any = false;
	int result;

	if (len > DATAGRAM_MAX)
		return -E2BIG;
	while (r.len && read_header(&r, &h) == 0) {
		if (!h.initial)
			continue;
		result = read_initial(q, &h);
		if (result < 0)
			return result;
		any = true;
	}
	if (!any && !q->version)
		return -EBADMSG;
	return tls_message_read(q->crypto, contiguous(q), ret);
}
