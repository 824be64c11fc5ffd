/* SPDX-License-Identifier: MIT */
/*
 * IPv6 for the fuzzed machine: packets with any chain of headers, whose lengths are right and whose
 * ICMPv6 checksum is, unless the input says otherwise; and what it sends must be well-formed.
 */
#include <string.h>

#include "harness/fuzz_stack.h"
#include "wire/ndp.h"

/* Ours first, then peers', groups, none, unknown ones. */
static const char *const addrs6[16] = {
	"2001:db8::1", "2001:db8:1::1", "fe80::1", "2001:db8::2", "2001:db8:1::2", "fe80::2",
	"ff02::1", "ff02::1:ff00:1", "ff05::9", "::", "::1", "2001:db8::7", "2001:db8:9::9",
	"ff01::1", "ff02::2", "::ffff:10.0.0.1",
};

static struct ip6_addr pick(u8 which)
{
	struct ip6_addr a = IN6ADDR_ANY;

	if (!ip6_addr_parse(addrs6[which & 15], &a))
		fz_fail("no address", which);
	return a;
}

static void put_eth6(struct fz *f, unsigned nic, const struct ip6_addr *daddr)
{
	struct eth_view eth = { .source = { 2, 0, 0, 0, (u8)nic, 2 }, .proto = ETH_P_IPV6 };

	if (ipv6_addr_is_multicast(daddr))
		ipv6_eth_mc_map(daddr, eth.dest);
	else if (f->nic[nic])
		ln_nic_mac(f->nic[nic], eth.dest);
	eth_build(f->last, &eth);
}

/* Where the chain ends in ICMPv6, its checksum is made right. */
static void fix_icmp6(u8 *p, size_t len, const struct ipv6_view *ip)
{
	struct icmp6hdr *ih;
	struct ipv6_ext e;

	ipv6_ext_start(&e, ip->nexthdr);
	if (ipv6_skip_exthdr(&e, p, len) || e.nexthdr != IP_PROTO_ICMPV6 || e.frag_off ||
	    len - e.off < ICMPV6_HLEN)
		return;
	ih = (void *)(p + e.off);
	ih->icmp6_cksum = 0;
	ih->icmp6_cksum = csum_ipv6_magic(&ip->saddr, &ip->daddr, (u32)(len - e.off),
					  IP_PROTO_ICMPV6, csum_partial(ih, len - e.off, 0));
}

/* from and to, how (which card, wrong checksum, wrong length), hop limit, next header, the rest */
void fz_template_ip6(struct fz *f, struct fz_in *in)
{
	u8 who = fz_u8(in), how = fz_u8(in), *p = f->last + ETH_HLEN;
	struct ipv6_view ip = {
		.saddr = pick(who & 15), .daddr = pick(who >> 4), .tclass = how & 8 ? 3 : 0,
		.hop_limit = fz_u8(in), .nexthdr = fz_u8(in),
	};
	size_t len = min_t(size_t, fz_left(in), 1460u);

	if (len)
		memcpy(p + IPV6_HLEN, in->p, len);
	in->p += len;
	put_eth6(f, how >> 7, &ip.daddr);
	ip.payload_len = (u16)(len + (how & 2 ? 8 : 0));
	ipv6_build(p, &ip);
	if (!(how & 1))
		fix_icmp6(p, IPV6_HLEN + len, &ip);
	f->last_len = ETH_HLEN + IPV6_HLEN + len;
}

void fz_judge_ip6(struct fz *f, const u8 *p, size_t len)
{
	const struct icmp6hdr *ih;
	struct ipv6_view ip;
	struct ipv6_ext e;

	if (f->dirty || f->bridge)
		return;
	if (ipv6_parse(p, len, &ip))
		fz_fail("sent a malformed IPv6 packet", (s64)len);
	len = IPV6_HLEN + (size_t)ip.payload_len;
	ipv6_ext_start(&e, ip.nexthdr);
	if (ipv6_skip_exthdr(&e, p, len) || e.frag || e.nexthdr != IP_PROTO_ICMPV6)
		return;
	for (u8 i = 0; i < 3; i++) {
		struct ip6_addr own = pick(i);

		if (!ipv6_addr_equal(&own, &ip.saddr))
			continue;
		ih = (const void *)(p + e.off);
		if (len - e.off < ICMPV6_HLEN ||
		    csum_ipv6_magic(&ip.saddr, &ip.daddr, (u32)(len - e.off), IP_PROTO_ICMPV6,
				    csum_partial(ih, len - e.off, 0)))
			fz_fail("sent a malformed ICMPv6 message", (s64)len);
		if (icmpv6_is_err(ih->icmp6_type) && len > IPV6_MIN_MTU)
			fz_fail("sent an ICMPv6 error that is too long", (s64)len);
	}
}
