/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../base/base.h"

#define IP4_HEADER 20
#define IP6_HEADER 40
#define IP6_EXTENSIONS_MAX 8 /* more than any stack sends; RFC 8504, 5.3 lets a node refuse long chains */

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04 };

/* Where the parts of a packet are. */
struct layout {
	size_t l4;
	size_t len; /* whole packet by its own word, at most what was copied */
	uint8_t proto;
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* --- network layer ------------------------------------------------------------------------------------ */

/* Options end at `len`. A source route changes the destination (and with it the pseudo header): refused. */
static int ip4_options(const uint8_t *o, size_t len)
{
	enum { END = 0, NOP = 1, LOOSE_ROUTE = 131, STRICT_ROUTE = 137 };
	size_t i = 0;

	while (i < len && o[i] != END) {
		if (o[i] == NOP) {
			i++;
			continue;
		}
		if (o[i] == LOOSE_ROUTE || o[i] == STRICT_ROUTE)
			return -EOPNOTSUPP;
		if (i + 1 >= len || o[i + 1] < 2 || o[i + 1] > len - i)
			return -EINVAL;
		i += o[i + 1];
	}
	return 0;
}

static int ip4_layout(const uint8_t *d, size_t len, struct layout *ret)
{
	size_t header, total;
	int r;

	if (len < IP4_HEADER || d[0] >> 4 != 4)
		return -EINVAL;
	header = (d[0] & 15u) * 4;
	total = get16(d + 2);
	if (header < IP4_HEADER || total < header)
		return -EINVAL;
	if (total > len)
		return -EMSGSIZE;
	if (get16(d + 6) & 0x3fff) /* more fragments, or an offset */
		return -EOPNOTSUPP;
	r = ip4_options(d + IP4_HEADER, header - IP4_HEADER);
	if (r < 0)
		return r;
	*ret = (struct layout){.l4 = header, .len = total, .proto = d[9]};
	return 0;
}

/* Length of the extension header at *o; 0 = there is none of this kind, the transport header begins. */
static int ip6_extension(uint8_t kind, const uint8_t *o, size_t len)
{
	if (kind == IPPROTO_FRAGMENT)
		return -EOPNOTSUPP;
	if (kind != IPPROTO_HOPOPTS && kind != IPPROTO_DSTOPTS && kind != IPPROTO_ROUTING)
		return 0;
	if (len < 8 || (o[1] + 1u) * 8 > len)
		return -EINVAL;
	/* Segments left: the final destination is not the header's. */
	if (kind == IPPROTO_ROUTING && o[3])
		return -EOPNOTSUPP;
	return (o[1] + 1) * 8;
}

static int ip6_layout(const uint8_t *d, size_t len, struct layout *ret)
{
	size_t at = IP6_HEADER, total;
	uint8_t kind;
	int i, r;

	if (len < IP6_HEADER || d[0] >> 4 != 6)
		return -EINVAL;
	if (!get16(d + 4)) /* jumbogram, or a GSO packet too long for the field */
		return -EOPNOTSUPP;
	total = IP6_HEADER + get16(d + 4);
	if (total > len)
		return -EMSGSIZE;
	kind = d[6];
	for (i = 0; i < IP6_EXTENSIONS_MAX; i++) {
		r = ip6_extension(kind, d + at, total - at);
		if (r < 0)
			return r;
		if (!r) {
			*ret = (struct layout){.l4 = at, .len = total, .proto = kind};
			return 0;
		}
		kind = d[at];
		at += (size_t)r;
	}
	return -EOPNOTSUPP;
}

/* --- transport layer ---------------------------------------------------------------------------------- */

/*
 * Only what opens a connection may be sent twice. A copy of data would be acknowledged before the sender counts it as
 * sent, and the sender would answer with a reset. The same holds for data on a SYN (RFC 7413): it is cut off.
 */
static int tcp_shape(const uint8_t *l4, size_t *len)
{
	size_t header = (l4[12] >> 4) * 4u;

	if (header < 20 || header > *len)
		return -EINVAL;
	if ((l4[13] & (TCP_SYN | TCP_FIN | TCP_RST)) != TCP_SYN)
		return -EINVAL;
	*len = header;
	return 0;
}

static int udp_shape(const uint8_t *l4, size_t *len)
{
	return get16(l4 + 4) == *len ? 0 : -EINVAL;
}

/* The length field is the checksum's coverage here; 0 = all (RFC 3828, 3.1). */
static int udplite_shape(const uint8_t *l4, size_t *len)
{
	size_t cover = get16(l4 + 4);

	return cover && (cover < 8 || cover > *len) ? -EINVAL : 0;
}

static int any_shape(_unused_ const uint8_t *l4, _unused_ size_t *len)
{
	return 0;
}

enum sum { SUM_PLAIN, SUM_PSEUDO, SUM_CRC32C };

/* One row per protocol whose checksum the kernel may leave to the card. Others are sent as they are. */
static const struct transport {
	uint16_t family; /* 0 = both */
	uint8_t proto;
	uint8_t min;     /* header */
	uint8_t sum_at;
	enum sum sum;
	int (*shape)(const uint8_t *l4, size_t *len);
} transports[] = {
	{0, IPPROTO_TCP, 20, 16, SUM_PSEUDO, tcp_shape},
	{0, IPPROTO_UDP, 8, 6, SUM_PSEUDO, udp_shape},
	{0, IPPROTO_UDPLITE, 8, 6, SUM_PSEUDO, udplite_shape},
	{0, IPPROTO_SCTP, 12, 8, SUM_CRC32C, any_shape},
	{AF_INET, IPPROTO_ICMP, 8, 2, SUM_PLAIN, any_shape},
	{AF_INET6, IPPROTO_ICMPV6, 4, 2, SUM_PSEUDO, any_shape},
};

static const struct transport *transport_find(uint16_t family, uint8_t proto)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(transports); i++)
		if (transports[i].proto == proto && (!transports[i].family || transports[i].family == family))
			return &transports[i];
	return NULL;
}

/* --- checksums ---------------------------------------------------------------------------------------- */

/* RFC 1071. At most EG_PKT_MAX + 40 bytes are summed: 32 bits do not overflow. */
static uint32_t sum_add(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t sum_pseudo(const struct packet *p, size_t len)
{
	const uint8_t *addresses = p->family == AF_INET6 ? p->data + 8 : p->data + 12;

	return sum_add((uint32_t)len + p->proto, addresses, p->family == AF_INET6 ? 32 : 8);
}

/* RFC 9260, appendix A; reflected, so the result is stored in little-endian order. */
static void crc32c_put(uint8_t *at, const uint8_t *p, size_t len)
{
	uint32_t crc = ~0u;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		crc ^= p[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	crc = ~crc;
	for (i = 0; i < 4; i++)
		at[i] = (uint8_t)(crc >> 8 * i);
}

static void transport_checksum(struct packet *p, const struct transport *t)
{
	uint8_t *l4 = p->data + p->l4, *at = l4 + t->sum_at;
	size_t len = p->len - p->l4, cover = len;
	uint16_t sum;

	if (t->sum == SUM_CRC32C) {
		memset(at, 0, 4);
		crc32c_put(at, l4, len);
		return;
	}
	if (p->proto == IPPROTO_UDPLITE && get16(l4 + 4))
		cover = get16(l4 + 4);
	put16(at, 0);
	sum = sum_fold(sum_add(t->sum == SUM_PSEUDO ? sum_pseudo(p, len) : 0, l4, cover));
	/* Zero says "no checksum" in UDP (RFC 768) and is no value in UDP-Lite. */
	if (!sum && (p->proto == IPPROTO_UDP || p->proto == IPPROTO_UDPLITE))
		sum = 0xffff;
	put16(at, sum);
}

static void network_header(struct packet *p)
{
	if (p->family == AF_INET6) {
		put16(p->data + 4, (uint16_t)(p->len - IP6_HEADER));
		return;
	}
	put16(p->data + 2, (uint16_t)p->len);
	put16(p->data + 10, 0);
	put16(p->data + 10, sum_fold(sum_add(0, p->data, p->l4)));
}

/* --- door --------------------------------------------------------------------------------------------- */

static int packet_layout(const struct held_packet *p, struct layout *ret)
{
	if (!p->data || (p->family != AF_INET && p->family != AF_INET6))
		return -EINVAL;
	return p->family == AF_INET ? ip4_layout(p->data, p->len, ret) : ip6_layout(p->data, p->len, ret);
}

int packet_prepare(struct packet *ret, const struct held_packet *p)
{
	const struct transport *t;
	struct layout at;
	int r;

	r = packet_layout(p, &at);
	if (r < 0)
		return r;
	if (at.proto != p->proto)
		return -EINVAL;
	if (at.len > sizeof(ret->data))
		return -EMSGSIZE;
	t = transport_find(p->family, at.proto);
	if (t) {
		size_t len = at.len - at.l4;

		r = len < t->min ? -EINVAL : t->shape(p->data + at.l4, &len);
		if (r < 0)
			return r;
		at.len = at.l4 + len;
	}
	memcpy(ret->data, p->data, at.len);
	ret->len = at.len;
	ret->l4 = at.l4;
	ret->family = p->family;
	ret->proto = at.proto;
	network_header(ret);
	if (t)
		transport_checksum(ret, t);
	return 0;
}

int act_payload(const struct held_packet *p, const uint8_t **ret, size_t *ret_len)
{
	struct layout at;
	int r = packet_layout(p, &at);

	if (r < 0)
		return r;
	if (at.proto != IPPROTO_UDP)
		return -EPROTONOSUPPORT;
	if (at.len - at.l4 < 8)
		return -EINVAL;
	*ret = p->data + at.l4 + 8;
	*ret_len = at.len - at.l4 - 8;
	return 0;
}

static socklen_t packet_address(const struct packet *p, size_t at4, size_t at6, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = p->family;
	if (p->family == AF_INET6) {
		memcpy(&in6->sin6_addr, p->data + at6, 16);
		return sizeof(*in6);
	}
	memcpy(&in->sin_addr, p->data + at4, 4);
	return sizeof(*in);
}

socklen_t packet_destination(const struct packet *p, struct sockaddr_storage *ret)
{
	return packet_address(p, 16, 24, ret);
}

socklen_t packet_source(const struct packet *p, struct sockaddr_storage *ret)
{
	return packet_address(p, 12, 8, ret);
}
