/* SPDX-License-Identifier: MIT */
/* An IPv6 packet of any bytes: header, chain, options, ICMPv6, quotes, neighbour discovery. */
#include "base/assert.h"
#include "wire/ndp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_options(const u8 *p, size_t len)
{
	struct ipv6_opt_iter it;
	struct ipv6_opt o;
	u32 n = 0;

	if (len < 8 || (p[1] + 1u) * 8 > len)
		return;
	ipv6_opt_start(&it, p, (p[1] + 1u) * 8);
	while (ipv6_opt_next(&it, &o) > 0) {
		ln_assert(o.off + o.len <= it.len && o.data == p + o.off);
		n++;
	}
	ln_assert(n == it.count && n <= it.len / 2);
}

static void check_icmp6(const u8 *p, size_t len)
{
	u8 out[ICMPV6_HLEN];
	struct ndisc_neigh n;
	struct icmp6_quote q;
	struct icmp6_view v;

	if (icmp6_parse_hdr(p, len, &v))
		return;
	ln_assert(icmp6_build_hdr(out, &v) == ICMPV6_HLEN && !memcmp(out + 4, p + 4, 4));
	if (!icmp6_parse_quote(v.data, v.data_len, &q)) {
		ln_assert((size_t)(q.l4 - v.data) + q.l4_len <= v.data_len);
		ln_assert(!q.has_ports || q.l4_len >= 4);
	}
	if (!ndisc_neigh_parse(p, len, &n)) {
		const u8 *mac = ndisc_opt_lladdr(n.opts.src_lladdr);

		ln_assert(!mac || (mac > p && mac + 6 <= p + len));
		mac = ndisc_opt_lladdr(n.opts.tgt_lladdr);
		ln_assert(!mac || (mac > p && mac + 6 <= p + len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipv6_view v, back;
	u8 out[IPV6_HLEN];
	struct ipv6_ext e;
	u32 before = 0;
	int r;

	if (ipv6_parse_hdr(data, size, &v))
		return 0;
	ln_assert(ipv6_build(out, &v) == IPV6_HLEN && !memcmp(out, data, IPV6_HLEN));
	ln_assert(ipv6_parse(data, size, &back) == WIRE_OK || size < v.payload_len + 40u);
	ipv6_ext_start(&e, v.nexthdr);
	do {
		if (e.nexthdr == NEXTHDR_HOP || e.nexthdr == NEXTHDR_DEST)
			check_options(data + e.off, size - e.off);
		ln_assert(e.off >= before + 8 && e.off <= size);
		before = e.off;
		r = ipv6_ext_next(&e, data, size);
	} while (r > 0);
	check_icmp6(data + e.off, size - e.off);
	return 0;
}
