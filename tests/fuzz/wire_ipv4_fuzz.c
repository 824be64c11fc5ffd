/* SPDX-License-Identifier: MIT */
/* ipv4_parse, the option walk and ipv4_build on any bytes. */
#include "base/assert.h"
#include "wire/flow_keys.h"
#include "wire/ipv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk_options(const struct ipv4_view *v)
{
	struct ip_opt_iter it;
	struct ip_opt o;
	unsigned end = IPV4_HLEN;
	int ret;

	ip_opt_start(&it, v);
	while ((ret = ip_opt_next(&it, &o)) == 1) {
		ln_assert(o.off == end && o.len >= 1);
		end += o.len;
		ln_assert(end <= v->hlen);
		ln_assert(!o.ptr || o.full || o.ptr + 3 <= o.len);
	}
	ln_assert(ret == 0 || (ret == WIRE_OPT && it.bad >= end && it.bad < v->hlen));
}

static void check_roundtrip(const u8 *data, const struct ipv4_view *v, bool csum_ok)
{
	u8 out[IPV4_HLEN_MAX];

	ln_assert(ipv4_build(out, v) == v->hlen);
	ln_assert(!ip_fast_csum(out, v->hlen / 4u));
	ln_assert(!memcmp(out, data, 10));
	ln_assert(!memcmp(out + 12, data + 12, v->hlen - 12u));
	/* A field of ffff is right too where the sum is 0; we write 0. */
	ln_assert(!csum_ok || !memcmp(out + 10, data + 10, 2) || get_be16(data + 10) == 0xffff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipv4_view v, strict;
	enum wire_err err = ipv4_parse_hdr(data, size, &v);
	enum wire_err strict_err = ipv4_parse(data, size, &strict);
	struct flow_keys keys;

	ln_assert(flow_keys_parse_ipv4(data, size, &keys) == !err);
	if (err) {
		ln_assert(strict_err);
		return 0;
	}
	ln_assert(v.hlen >= IPV4_HLEN && v.hlen <= size && v.hlen <= v.tot_len);
	ln_assert(v.frag_off % 8 == 0 && !v.opts == (v.hlen == IPV4_HLEN));
	ln_assert(keys.l4_off == v.hlen && keys.src == v.saddr);
	if (!strict_err)
		ln_assert(strict.tot_len <= size && strict.tot_len == v.tot_len);
	walk_options(&v);
	check_roundtrip(data, &v, !strict_err);
	return 0;
}
