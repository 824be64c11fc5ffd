/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/ndp.h"

static void header_there_and_back(void **state)
{
	struct ipv6_view v = { .tclass = 0xb9, .flowlabel = 0xabcde, .payload_len = 8,
			       .nexthdr = 58, .hop_limit = 3 }, back;
	u8 p[IPV6_HLEN + 8] = { 0 };

	(void)state;
	v.saddr.s6_addr[15] = 1;
	v.daddr.s6_addr[0] = 0xff;
	assert_int_equal(ipv6_build(p, &v), IPV6_HLEN);
	assert_int_equal(ipv6_parse(p, sizeof(p), &back), WIRE_OK);
	assert_int_equal(back.tclass, v.tclass);
	assert_int_equal(back.flowlabel, v.flowlabel);
	assert_int_equal(back.payload_len, v.payload_len);
	assert_int_equal(back.nexthdr, v.nexthdr);
	assert_int_equal(back.hop_limit, v.hop_limit);
	assert_memory_equal(&back.saddr, &v.saddr, sizeof(v.saddr));
	assert_memory_equal(&back.daddr, &v.daddr, sizeof(v.daddr));
	assert_int_equal(ipv6_get_dsfield((void *)p), 0xb9);
	ipv6_set_ce((void *)p);
	assert_int_equal(ipv6_get_dsfield((void *)p), 0xbb);
	assert_int_equal(ipv6_parse(p, sizeof(p) - 1, &back), WIRE_TRUNC);
	assert_int_equal(ipv6_parse(p, IPV6_HLEN - 1, &back), WIRE_SHORT);
	p[0] = 0x45;
	assert_int_equal(ipv6_parse(p, sizeof(p), &back), WIRE_VERSION);
}

/* RFC 4443 2.3: the pseudo-header is part of the sum. */
static void checksum(void **state)
{
	struct ip6_addr s, d;
	u8 m[8] = { 128, 0, 0, 0, 0, 1, 0, 1 };
	be16 sum;

	(void)state;
	assert_true(ip6_addr_parse("2001:db8::1", &s) && ip6_addr_parse("2001:db8::2", &d));
	sum = csum_ipv6_magic(&s, &d, 8, 58, csum_partial(m, 8, 0));
	/* 2 * (2001 + 0db8) + 1 + 2 + 8 + 3a + 8000 + 1 + 1 = dbb9, and its complement */
	assert_int_equal(be16_to_cpu(sum), 0x2446);
	memcpy(m + 2, &sum, 2);
	assert_int_equal(csum_ipv6_magic(&s, &d, 8, 58, csum_partial(m, 8, 0)), 0);
}

/* hop-by-hop 8, fragment 8, destination 16, TCP */
static void chain(void **state)
{
	u8 p[IPV6_HLEN + 40] = { 0 };
	struct ipv6_ext e;

	(void)state;
	p[6] = NEXTHDR_HOP;
	p[40] = NEXTHDR_FRAGMENT;
	p[48] = NEXTHDR_DEST;
	p[51] = 1;			/* more */
	p[56] = IP_PROTO_TCP;
	p[57] = 1;
	ipv6_ext_start(&e, p[6]);
	assert_int_equal(ipv6_skip_exthdr(&e, p, sizeof(p)), WIRE_OK);
	assert_int_equal(e.nexthdr, IP_PROTO_TCP);
	assert_int_equal(e.off, 72);
	assert_int_equal(e.nh_off, 56);
	assert_true(e.frag && e.more && !e.frag_off);
	ipv6_ext_start(&e, p[6]);
	assert_int_equal(ipv6_skip_exthdr(&e, p, 71), WIRE_SHORT);
	p[51] = 8;			/* a later fragment: what follows is data */
	ipv6_ext_start(&e, p[6]);
	assert_int_equal(ipv6_skip_exthdr(&e, p, sizeof(p)), WIRE_OK);
	assert_int_equal(e.nexthdr, NEXTHDR_DEST);
	assert_int_equal(e.off, 56);
	assert_int_equal(e.frag_off, 8);
}

static void options(void **state)
{
	u8 h[16] = { 0, 1, IPV6_TLV_ROUTERALERT, 2, 0, 0, IPV6_TLV_PADN, 2, 0, 0, IPV6_TLV_PAD1,
		     0x9e, 1, 7, IPV6_TLV_PADN, 0 };
	struct ipv6_opt_iter it;
	struct ipv6_opt o;

	(void)state;
	ipv6_opt_start(&it, h, sizeof(h));
	assert_int_equal(ipv6_opt_next(&it, &o), 1);
	assert_int_equal(o.type, IPV6_TLV_ROUTERALERT);
	assert_int_equal(o.off, 2);
	assert_int_equal(ipv6_opt_next(&it, &o), 1);
	assert_int_equal(o.off, 11);
	assert_int_equal(ipv6_opt_action(o.type), IPV6_OPT_PARAMPROB);
	assert_int_equal(ipv6_opt_next(&it, &o), 0);
	assert_int_equal(it.count, 2);
	h[8] = 1;	/* padding that is none */
	ipv6_opt_start(&it, h, sizeof(h));
	assert_int_equal(ipv6_opt_next(&it, &o), 1);
	assert_int_equal(ipv6_opt_next(&it, &o), WIRE_OPT);
	h[8] = 0;
	h[12] = 9;	/* beyond the header */
	ipv6_opt_start(&it, h, sizeof(h));
	assert_int_equal(ipv6_opt_next(&it, &o), 1);
	assert_int_equal(ipv6_opt_next(&it, &o), WIRE_OPT);
	memset(h, 0, sizeof(h));	/* 14 bytes of padding */
	ipv6_opt_start(&it, h, sizeof(h));
	assert_int_equal(ipv6_opt_next(&it, &o), WIRE_OPT);
}

static void fragment_header(void **state)
{
	struct ipv6_frag_view v = { 17, 1448, true, 0x01020304 }, back;
	u8 p[IPV6_FRAG_HLEN];

	(void)state;
	assert_int_equal(ipv6_frag_build(p, &v), IPV6_FRAG_HLEN);
	assert_int_equal(ipv6_frag_parse(p, sizeof(p), &back), WIRE_OK);
	assert_int_equal(back.offset, 1448);
	assert_true(back.more && back.id == v.id && back.nexthdr == 17);
}

static void neighbours(void **state)
{
	static const u8 mac[6] = { 2, 0, 0, 0, 0, 9 };
	struct ip6_addr target;
	struct ndisc_neigh n;
	u8 p[64];
	size_t len;

	(void)state;
	assert_true(ip6_addr_parse("fe80::9", &target));
	len = ndisc_neigh_build(p, NDISC_NEIGHBOUR_ADVERTISEMENT,
				NDISC_NA_SOLICITED | NDISC_NA_OVERRIDE, &target, mac);
	assert_int_equal(len, 32);
	assert_int_equal(ndisc_neigh_parse(p, len, &n), WIRE_OK);
	assert_int_equal(n.flags, NDISC_NA_SOLICITED | NDISC_NA_OVERRIDE);
	assert_true(ipv6_addr_equal(&n.target, &target));
	assert_null(n.opts.src_lladdr);
	assert_memory_equal(ndisc_opt_lladdr(n.opts.tgt_lladdr), mac, 6);
	p[25] = 0;	/* RFC 4861 4.6: a length of 0 */
	assert_int_equal(ndisc_neigh_parse(p, len, &n), WIRE_OPT);
	p[25] = 2;
	assert_int_equal(ndisc_neigh_parse(p, len, &n), WIRE_OPT);
	assert_int_equal(ndisc_neigh_parse(p, 23, &n), WIRE_SHORT);
	assert_int_equal(ndisc_neigh_build(p, NDISC_NEIGHBOUR_SOLICITATION, 0, &target, NULL), 24);
}

static void quotes(void **state)
{
	struct ipv6_view v = { .payload_len = 1000, .nexthdr = IP_PROTO_UDP, .hop_limit = 1 };
	struct icmp6_quote q;
	u8 p[IPV6_HLEN + 8] = { 0 };

	(void)state;
	ipv6_build(p, &v);
	put_be16(p + 40, 1234);
	put_be16(p + 42, 53);
	assert_int_equal(icmp6_parse_quote(p, sizeof(p), &q), WIRE_OK);
	assert_true(q.has_ports);
	assert_int_equal(be16_to_cpu(q.dport), 53);
	assert_int_equal(q.l4_len, 8);
	assert_int_equal(icmp6_parse_quote(p, IPV6_HLEN + 3, &q), WIRE_OK);
	assert_false(q.has_ports);
	assert_int_equal(icmp6_parse_quote(p, IPV6_HLEN - 1, &q), WIRE_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_there_and_back), cmocka_unit_test(checksum),
		cmocka_unit_test(chain), cmocka_unit_test(options),
		cmocka_unit_test(fragment_header), cmocka_unit_test(neighbours),
		cmocka_unit_test(quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
