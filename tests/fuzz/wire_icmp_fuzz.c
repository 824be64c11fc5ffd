/* SPDX-License-Identifier: MIT */
/* icmp_parse, the quoted packet, and icmp_build on any bytes. */
#include "base/assert.h"
#include "wire/icmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quote(const struct icmp_view *v)
{
	struct icmp_quote q;

	if (icmp_parse_quote(v->data, v->data_len, &q))
		return;
	ln_assert(q.ip.hlen + q.l4_len <= v->data_len);
	ln_assert(q.ip.hlen + q.l4_len <= q.ip.tot_len);
	ln_assert(q.l4 == v->data + q.ip.hlen);
	ln_assert(!q.has_ports || q.l4_len >= 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static u8 out[65536], again[65536];
	struct icmp_view v, back;

	if (size > sizeof(out) || icmp_parse_hdr(data, size, &v)) {
		ln_assert(size > sizeof(out) || icmp_parse(data, size, &v));
		return 0;
	}
	ln_assert(v.data_len + ICMP_HLEN == size);
	check_quote(&v);
	ln_assert(icmp_build(out, &v) == size);
	ln_assert(!icmp_parse(out, size, &back));
	ln_assert(back.type == v.type && back.code == v.code && back.mtu == v.mtu);
	ln_assert(!memcmp(back.data, v.data, v.data_len));
	ln_assert(icmp_build(again, &back) == size && !memcmp(again, out, size));
	return 0;
}
