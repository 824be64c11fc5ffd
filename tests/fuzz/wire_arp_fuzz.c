/* SPDX-License-Identifier: MIT */
/* arp_parse and arp_build on any bytes. */
#include "base/assert.h"
#include "wire/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arp_view v;
	u8 out[ARP_HLEN];

	if (arp_parse(data, size, &v))
		return 0;
	ln_assert(size >= ARP_HLEN && v.op);
	ln_assert(arp_build(out, &v) == ARP_HLEN);
	ln_assert(!memcmp(out, data, ARP_HLEN));
	return 0;
}
