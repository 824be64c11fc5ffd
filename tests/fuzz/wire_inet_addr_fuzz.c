/* SPDX-License-Identifier: MIT */
/* Addresses as text: what is read and written again is read as the same. */
#include <stdlib.h>

#include "base/assert.h"
#include "wire/inet_addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), buf[INET_PREFIX_STR_MAX], mac_text[MAC_STR_MAX];
	u8 mac[ETH_ALEN], mac2[ETH_ALEN], plen, plen2;
	be32 addr, addr2;

	ln_assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	if (inet_addr_parse(text, &addr)) {
		ln_assert(!strcmp(inet_addr_str(addr, buf), text));
		ln_assert(inet_prefix_parse(text, &addr2, &plen) && addr2 == addr && plen == 32);
	}
	if (inet_prefix_parse(text, &addr, &plen)) {
		ln_assert(plen <= 32);
		inet_prefix_str(addr, plen, buf);
		ln_assert(inet_prefix_parse(buf, &addr2, &plen2) && addr2 == addr && plen2 == plen);
	}
	if (inet_mask_parse(text, &plen))
		ln_assert(plen <= 32);
	if (mac_parse(text, mac)) {
		mac_str(mac, mac_text);
		ln_assert(mac_parse(mac_text, mac2) && !memcmp(mac, mac2, ETH_ALEN));
	}
	free(text);
	return 0;
}
