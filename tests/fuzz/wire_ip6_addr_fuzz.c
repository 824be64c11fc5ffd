/* SPDX-License-Identifier: MIT */
/* IPv6 addresses as text: what is read and written again is read as the same. */
#include <stdlib.h>

#include "base/assert.h"
#include "wire/ip6_addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), buf[IP6_STR_MAX];
	struct ip6_addr a, b;
	u8 plen;

	ln_assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	if (ip6_addr_parse(text, &a)) {
		ln_assert(ip6_addr_parse(ip6_addr_str(&a, buf), &b) && ipv6_addr_equal(&a, &b));
		ln_assert(ip6_prefix_parse(text, &b, &plen) && plen == 128);
	}
	if (ip6_prefix_parse(text, &a, &plen)) {
		ln_assert(plen <= 128);
		b = ipv6_addr_prefix(&a, plen);
		ln_assert(ipv6_prefix_equal(&a, &b, plen));
	}
	if (size >= 16) {
		memcpy(&a, data, 16);
		ln_assert(ip6_addr_parse(ip6_addr_str(&a, buf), &b) && ipv6_addr_equal(&a, &b));
	}
	free(text);
	return 0;
}
