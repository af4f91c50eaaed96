/* SPDX-License-Identifier: Apache-2.0 */
#include "ci_index.h"

#include <errno.h>
#include <string.h>

#include "model.h"

#define SLOTS_FIRST 16
#define HASH_START 2166136261u /* FNV-1a, 32 bits */

struct ci_index *ci_index_new(void)
{
	return calloc(1, sizeof(struct ci_index));
}

struct ci_index *ci_index_free(struct ci_index *x)
{
	size_t i;

	if (!x)
		return NULL;
	for (i = 0; i < x->n_hosts; i++)
		free(x->hosts[i].host);
	free(x->hosts);
	free(x->slots);
	free(x->nets);
	free(x);
	return NULL;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* From the end to the front, so that the hashes of all suffixes of a name come out of one pass. */
static uint32_t hash_back(uint32_t h, char c)
{
	return (h ^ (unsigned char)lower(c)) * 16777619u;
}

static uint32_t hash_host(const char *host)
{
	uint32_t h = HASH_START;
	size_t i;

	for (i = strlen(host); i > 0; i--)
		h = hash_back(h, host[i - 1]);
	return h;
}

/* --- metadata endpoints ------------------------------------------------------------------------------- */

static const uint8_t metadata[][16] = {
	/* 169.254.169.254: most clouds. 169.254.170.2, .23: credentials of containers. 168.63.129.16: Azure's host. */
	{ [10] = 0xff, 0xff, 169, 254, 169, 254 },
	{ [10] = 0xff, 0xff, 168, 63, 129, 16 },
	{ [10] = 0xff, 0xff, 169, 254, 170, 2 },
	{ [10] = 0xff, 0xff, 169, 254, 170, 23 },
	/* fd00:ec2::254, fd00:ec2::23: the same by IPv6; fd20:ce::254. All lie in the unique local range. */
	{ 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 },
	{ 0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23 },
	{ 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 },
};

const uint8_t *ci_metadata_addr(size_t i)
{
	return i < ARRAY_SIZE(metadata) ? metadata[i] : NULL;
}

int ci_metadata(const uint8_t addr[16])
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(metadata); i++)
		if (memcmp(metadata[i], addr, 16) == 0)
			return (int)i;
	return -1;
}

/* --- adding ------------------------------------------------------------------------------------------ */

static int add_host(struct ci_index *x, const struct dest_pattern *d, struct ci_entry entry)
{
	struct ci_host *h = array_slot((void **)&x->hosts, x->n_hosts, sizeof(*h));
	char *s;

	if (!h)
		return -ENOMEM;
	h->host = strdup(d->form == DEST_ANY ? "" : d->host);
	if (!h->host)
		return -ENOMEM;
	for (s = h->host; *s; s++)
		*s = lower(*s);
	h->hash = hash_host(h->host);
	h->port = d->port;
	h->below = d->form == DEST_BELOW;
	h->entry = entry;
	x->n_hosts++;
	return 0;
}

static void mask(uint8_t addr[16], unsigned prefix)
{
	unsigned i;

	for (i = 0; i < 16; i++, prefix -= MIN(prefix, 8u))
		if (prefix < 8)
			addr[i] &= (uint8_t)(0xff00 >> prefix);
}

static int add_net(struct ci_index *x, const struct dest_pattern *d, struct ci_entry entry)
{
	struct ci_net *n = array_slot((void **)&x->nets, x->n_nets, sizeof(*n));

	if (!n)
		return -ENOMEM;
	memcpy(n->addr, d->addr, sizeof(n->addr));
	n->prefix = d->prefix;
	n->port = d->port;
	n->entry = entry;
	mask(n->addr, n->prefix);
	x->n_nets++;
	if (n->prefix == 128 && ci_metadata(n->addr) >= 0)
		x->metadata |= 1u << ci_metadata(n->addr);
	return 0;
}

int ci_index_add(struct ci_index *x, const char *pattern, struct ci_entry entry)
{
	struct dest_pattern d;
	int r = dest_parse(pattern, &d, NULL);

	if (r < 0)
		return r;
	return d.form == DEST_NET ? add_net(x, &d, entry) : add_host(x, &d, entry);
}

/* --- sealing ----------------------------------------------------------------------------------------- */

static uint32_t *host_slot(const struct ci_index *x, uint32_t hash, const char *name, size_t len)
{
	size_t i = hash & (x->n_slots - 1);

	for (; x->slots[i]; i = (i + 1) & (x->n_slots - 1)) {
		const struct ci_host *h = &x->hosts[x->slots[i] - 1];

		if (h->hash == hash && strncasecmp(h->host, name, len) == 0 && !h->host[len])
			break;
	}
	return &x->slots[i];
}

static int seal_hosts(struct ci_index *x)
{
	size_t i;

	if (!x->n_hosts)
		return 0;
	for (x->n_slots = SLOTS_FIRST; x->n_slots < x->n_hosts * 2; x->n_slots *= 2)
		;
	x->slots = calloc(x->n_slots, sizeof(*x->slots));
	if (!x->slots)
		return -ENOMEM;
	for (i = 0; i < x->n_hosts; i++) {
		struct ci_host *h = &x->hosts[i];
		uint32_t *slot = host_slot(x, h->hash, h->host, strlen(h->host));

		h->next = *slot;
		*slot = (uint32_t)i + 1;
	}
	return 0;
}

/* IPv4 stands apart: it lies within ::/0 only by our way of writing it (see in_net of dest.c). */
static bool is_v4(const struct ci_net *n)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return n->prefix >= 96 && memcmp(n->addr, mapped, sizeof(mapped)) == 0;
}

static int compare_nets(const void *a, const void *b)
{
	const struct ci_net *x = a, *y = b;
	int order;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (is_v4(x) != is_v4(y))
		return is_v4(x) ? -1 : 1;
	order = memcmp(x->addr, y->addr, sizeof(x->addr));
	if (order)
		return order;
	return x->prefix < y->prefix ? -1 : x->prefix > y->prefix;
}

static bool covers(const uint8_t net[16], unsigned prefix, const uint8_t addr[16])
{
	unsigned bytes = prefix / 8, bits = prefix % 8;

	return memcmp(net, addr, bytes) == 0 && (!bits || (net[bytes] ^ addr[bytes]) >> (8 - bits) == 0);
}

/* Ranges nest or are apart, so those within another say nothing new: without them one search finds the only candidate. */
static void seal_nets(struct ci_index *x)
{
	size_t i, n = 0;

	if (x->n_nets)
		qsort(x->nets, x->n_nets, sizeof(*x->nets), compare_nets);
	for (i = 0; i < x->n_nets; i++) {
		const struct ci_net *last = n ? &x->nets[n - 1] : NULL;

		if (last && last->port == x->nets[i].port && is_v4(last) == is_v4(&x->nets[i]) &&
		    covers(last->addr, last->prefix, x->nets[i].addr))
			continue;
		x->nets[n++] = x->nets[i];
	}
	x->n_nets = n;
}

int ci_index_seal(struct ci_index *x)
{
	seal_nets(x);
	return seal_hosts(x);
}

/* --- finding ----------------------------------------------------------------------------------------- */

/* Of the entries of one host: one for this port, if whole (the name is that host) or also for what is below. */
static const struct ci_entry *host_entry(const struct ci_index *x, uint32_t first, uint16_t port, bool whole)
{
	const struct ci_host *h;

	for (; first; first = h->next) {
		h = &x->hosts[first - 1];
		if ((!h->port || h->port == port) && !(whole && h->below))
			return &h->entry;
	}
	return NULL;
}

static const struct ci_entry *find_host(const struct ci_index *x, const struct dest *to)
{
	const char *name = to->name ? to->name : "";
	size_t len = strlen(name), i;
	const struct ci_entry *found, *more;
	uint32_t h = HASH_START;

	if (!x->n_slots)
		return NULL;
	if (len && name[len - 1] == '.')
		len--;
	/* "" is not "everything below the root": it matches what has no name too. */
	found = host_entry(x, *host_slot(x, h, name, 0), to->port, false);
	for (i = len; i > 0; i--) {
		h = hash_back(h, name[i - 1]);
		if (i > 1 && (name[i - 2] != '.' || i == 2))
			continue;
		more = host_entry(x, *host_slot(x, h, name + i - 1, len - i + 1), to->port, i == 1);
		found = more ? more : found;
	}
	return found;
}

/* The last range of that port that begins at or before the address, the only one that can hold it. */
static const struct ci_net *find_net(const struct ci_index *x, const uint8_t addr[16], uint16_t port)
{
	struct ci_net key = { .prefix = 128, .port = port };
	size_t low = 0, high = x->n_nets;

	memcpy(key.addr, addr, sizeof(key.addr));
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_nets(&x->nets[mid], &key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || x->nets[low - 1].port != port || is_v4(&x->nets[low - 1]) != is_v4(&key))
		return NULL;
	return covers(x->nets[low - 1].addr, x->nets[low - 1].prefix, addr) ? &x->nets[low - 1] : NULL;
}

const struct ci_entry *ci_index_find(const struct ci_index *x, const struct dest *to)
{
	const struct ci_entry *host = x ? find_host(x, to) : NULL;
	const struct ci_net *net;

	if (host || !x)
		return host;
	net = find_net(x, to->addr, 0);
	if (!net && to->port)
		net = find_net(x, to->addr, to->port);
	return net ? &net->entry : NULL;
}

/* --- for the kernel's address sets -------------------------------------------------------------------- */

bool ci_index_lists(const struct ci_index *x, const char *name)
{
	struct dest to = { .name = name };

	return x && find_host(x, &to);
}

bool ci_index_has_ports(const struct ci_index *x)
{
	size_t i;

	for (i = 0; x && i < x->n_hosts; i++)
		if (x->hosts[i].port)
			return true;
	for (i = 0; x && i < x->n_nets; i++)
		if (x->nets[i].port)
			return true;
	return false;
}

bool ci_index_lists_all(const struct ci_index *x)
{
	return ci_index_lists(x, "");
}
