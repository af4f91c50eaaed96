/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The other side of enrich/quic: frames sealed into a client's Initial packet, so that the fuzzer and the unit tests get
 * past the authentication. Written from RFC 9001 and RFC 9369 apart from the reader, so that a mistake in one shows.
 */
#include <stdint.h>
#include <string.h>

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

struct seal {
	unsigned version; /* 1 or 2 */
	const uint8_t *cid;
	uint8_t cid_len;
	uint32_t pn; /* written in two bytes */
};

static inline void seal_label(const uint8_t secret[32], const char *label, uint8_t *out, uint8_t len)
{
	struct hmac_sha256_ctx mac;
	uint8_t info[64] = { 0, len, (uint8_t)(6 + strlen(label)), 't', 'l', 's', '1', '3', ' ' };

	memcpy(info + 9, label, strlen(label));
	hmac_sha256_set_key(&mac, 32, secret);
	hkdf_expand(&mac, (nettle_hash_update_func *)hmac_sha256_update, (nettle_hash_digest_func *)hmac_sha256_digest, 32,
		    10 + strlen(label), info, len, out);
}

static inline void seal_keys(const struct seal *s, uint8_t key[16], uint8_t iv[12], uint8_t hp[16])
{
	static const uint8_t salt1[20] = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a";
	static const uint8_t salt2[20] = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9";
	struct hmac_sha256_ctx mac;
	uint8_t initial[32], client[32];

	hmac_sha256_set_key(&mac, 20, s->version == 2 ? salt2 : salt1);
	hkdf_extract(&mac, (nettle_hash_update_func *)hmac_sha256_update, (nettle_hash_digest_func *)hmac_sha256_digest, 32,
		     s->cid_len, s->cid, initial);
	seal_label(initial, "client in", client, 32);
	seal_label(client, s->version == 2 ? "quicv2 key" : "quic key", key, 16);
	seal_label(client, s->version == 2 ? "quicv2 iv" : "quic iv", iv, 12);
	seal_label(client, s->version == 2 ? "quicv2 hp" : "quic hp", hp, 16);
}

static inline size_t seal_header(const struct seal *s, size_t body, uint8_t *out)
{
	static const uint8_t v1[4] = { 0, 0, 0, 1 }, v2[4] = { 0x6b, 0x33, 0x43, 0xcf };
	size_t n = 0, length = 2 + body + 16;

	out[n++] = s->version == 2 ? 0xd1 : 0xc1;
	memcpy(out + n, s->version == 2 ? v2 : v1, 4);
	n += 4;
	out[n++] = s->cid_len;
	memcpy(out + n, s->cid, s->cid_len);
	n += s->cid_len;
	out[n++] = 0; /* no source connection id */
	out[n++] = 0; /* no token */
	out[n++] = (uint8_t)(0x40 | length >> 8);
	out[n++] = (uint8_t)length;
	out[n++] = (uint8_t)(s->pn >> 8);
	out[n++] = (uint8_t)s->pn;
	return n;
}

/* `out` has room for the frames and 64 bytes; returns the packet's length. At least 4 bytes of frames. */
static inline size_t seal_initial(const struct seal *s, const uint8_t *frames, size_t len, uint8_t *out)
{
	uint8_t key[16], iv[12], hp[16], mask[16];
	struct gcm_aes128_ctx gcm;
	struct aes128_ctx aes;
	size_t head = seal_header(s, len, out);

	seal_keys(s, key, iv, hp);
	iv[10] ^= (uint8_t)(s->pn >> 8);
	iv[11] ^= (uint8_t)s->pn;
	gcm_aes128_set_key(&gcm, key);
	gcm_aes128_set_iv(&gcm, 12, iv);
	gcm_aes128_update(&gcm, head, out);
	gcm_aes128_encrypt(&gcm, len, out + head, frames);
	gcm_aes128_digest(&gcm, 16, out + head + len);
	aes128_set_encrypt_key(&aes, hp);
	aes128_encrypt(&aes, 16, mask, out + head + 2);
	out[0] ^= mask[0] & 0x0f;
	out[head - 2] ^= mask[1];
	out[head - 1] ^= mask[2];
	return head + len + 16;
}
