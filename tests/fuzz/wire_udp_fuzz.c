/* SPDX-License-Identifier: MIT */
/* udp_parse, udp_build and the checksum on any bytes. */
#include "base/assert.h"
#include "wire/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static u8 out[65536];
	struct udphdr *uh = (struct udphdr *)out;
	struct udp_view v;

	if (size >= UDP_HLEN)
		(void)udp_v4_csum_ok(data, size, 1, 2);
	if (udp_parse(data, size, &v))
		return 0;
	ln_assert(v.len >= UDP_HLEN && v.len <= size);
	memcpy(out, data, v.len);
	ln_assert(udp_build(out, &v) == UDP_HLEN);
	ln_assert(!memcmp(out, data, 6));
	uh->check = udp_v4_check(v.len, 1, 2, csum_partial(out, v.len, 0));
	ln_assert(uh->check && udp_v4_csum_ok(out, v.len, 1, 2));
	return 0;
}
