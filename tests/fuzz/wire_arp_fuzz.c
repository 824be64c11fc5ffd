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
	/* All comes back, but for the hardware type, of which two are taken. */
	ln_assert(!memcmp(out + 2, data + 2, ARP_HLEN - 2));
	return 0;
}
