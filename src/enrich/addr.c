/* SPDX-License-Identifier: Apache-2.0 */
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

void addr_from_v4(const uint8_t v4[4], uint8_t ret[ADDR_LEN])
{
	memcpy(ret, mapped, sizeof(mapped));
	memcpy(ret + sizeof(mapped), v4, 4);
}

int addr_from_text(const char *text, uint8_t ret[ADDR_LEN])
{
	char plain[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "%");
	uint8_t v4[4], v6[ADDR_LEN];

	if (n >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, text, n);
	plain[n] = 0;
	if (!text[n] && inet_pton(AF_INET, plain, v4) == 1) {
		addr_from_v4(v4, ret);
		return 0;
	}
	if (inet_pton(AF_INET6, plain, v6) != 1)
		return -EINVAL;
	memcpy(ret, v6, sizeof(v6));
	return 0;
}

bool addr_is_any(const uint8_t addr[ADDR_LEN])
{
	static const uint8_t zero[ADDR_LEN];

	return memcmp(addr + 12, zero, 4) == 0 && (memcmp(addr, zero, 12) == 0 || memcmp(addr, mapped, 12) == 0);
}

const char *addr_to_text(const uint8_t addr[ADDR_LEN], char dst[ADDR_TEXT_MAX])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	bool is_v4 = memcmp(addr, v4, sizeof(v4)) == 0;

	(void)inet_ntop(is_v4 ? AF_INET : AF_INET6, addr + (is_v4 ? sizeof(v4) : 0), dst, ADDR_TEXT_MAX);
	return dst;
}
