/* SPDX-License-Identifier: MIT */
/* Random frames for a router or a bridge: most of them good, each fault now and then. */
#ifndef LINNET_STACK_FRAMES_H
#define LINNET_STACK_FRAMES_H

#include <string.h>

#include "stack_random.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

/* Somebody behind a route, the router, a broadcast, nowhere, or what may not be. */
static inline be32 any_dest(struct prng *r)
{
	switch (rnd(r, 12)) {
	case 0: return INET_ADDR4(10, 0, 0, 254);
	case 1: return INET_ADDR4(10, 1, 0, 254);
	case 2: return one_in(r, 2) ? INET_ADDR4(255, 255, 255, 255) : INET_ADDR4(10, 1, 0, 255);
	case 3: return one_in(r, 2) ? INET_ADDR4(99, 0, 0, 1) : INET_ADDR4(224, 0, 0, 1);
	case 4: return INET_ADDR4(127, 0, 0, 1);
	case 5: return INET_ADDR4(10, 1, 0, 1 + rnd(r, 4));
	default: return INET_ADDR4(20, 0, rnd(r, 6), 1 + rnd(r, 3));
	}
}

static inline be32 any_source(struct prng *r)
{
	if (one_in(r, 20))
		return one_in(r, 2) ? INET_ADDR4(127, 0, 0, 2) : INET_ADDR4(10, 0, 0, 254);
	return INET_ADDR4(10, 0, 0, 9 + rnd(r, 2));
}

static inline void datagram(struct frame *f, struct prng *r, u16 id)
{
	static const u8 record_route[8] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	struct ipv4_view v = {
		.tot_len = (u16)(one_in(r, 8) ? 968 : one_in(r, 4) ? 36 : 68 + rnd(r, 60)),
		.id = id,
		.hlen = IPV4_HLEN,
		.ttl = one_in(r, 10) ? 1 : 64, .protocol = one_in(r, 9) ? 200 : IP_PROTO_UDP,
		.df = one_in(r, 2), .saddr = any_source(r), .daddr = any_dest(r),
	};
	u8 *ip = f->data + ETH_HLEN;

	if (one_in(r, 12)) {
		v.hlen = IPV4_HLEN + sizeof(record_route);
		v.opts = record_route;
	}
	memset(ip, (int)rnd(r, 255), v.tot_len);
	ipv4_build(ip, &v);
	put_be16(ip + v.hlen, (u16)(4000 + rnd(r, 3)));
	put_be16(ip + v.hlen + 2, 53);
	put_be16(ip + v.hlen + 4, (u16)(v.tot_len - v.hlen));
	put_be16(ip + v.hlen + 6, 0);
	f->len = ETH_HLEN + v.tot_len;
	if (one_in(r, 15))
		ip[rnd(r, 20)] ^= (u8)(1 + rnd(r, 255));
	else if (one_in(r, 15))
		f->len -= rnd(r, 40);
	else if (one_in(r, 10))
		f->len += 5;			/* padding */
}

/* fd00:<net>::<host>: net 0 to 2 are links, the others behind routes. */
static inline struct ip6_addr ula(u32 subnet, u32 host)
{
	return (struct ip6_addr){ { 0xfd, [3] = (u8)subnet, [15] = (u8)host } };
}

static inline struct ip6_addr any_dest6(struct prng *r)
{
	switch (rnd(r, 12)) {
	case 0: return ula(rnd(r, 3), 0xfe);
	case 1: return IN6ADDR_LINKLOCAL_ALLNODES;
	case 2: return one_in(r, 2) ? IN6ADDR_LOOPBACK :
				      (struct ip6_addr){ { 0xfe, 0x80, [15] = 1 } };
	case 3: return one_in(r, 4) ? ula(99, 1) : ula(1, 1 + rnd(r, 3));
	default: return ula(10 + rnd(r, 6), 1 + rnd(r, 3));
	}
}

static inline struct ip6_addr any_source6(struct prng *r)
{
	if (one_in(r, 20))
		return one_in(r, 2) ? IN6ADDR_ANY : (struct ip6_addr){ { 0xfe, 0x80, [15] = 9 } };
	return one_in(r, 40) ? IN6ADDR_LOOPBACK : ula(0, 9 + rnd(r, 2));
}

static inline void datagram6(struct frame *f, struct prng *r)
{
	struct ipv6_view v = {
		.payload_len = (u16)(20 + (one_in(r, 8) ? 1400 - rnd(r, 200) : rnd(r, 60))),
		.tclass = (u8)(one_in(r, 3) ? rnd(r, 256) : 0), .flowlabel = rnd(r, 100),
		.nexthdr = one_in(r, 4) ? (u8)(rnd(r, 2) * rnd(r, 62)) : IP_PROTO_UDP,
		.hop_limit = one_in(r, 10) ? 1 : 64,
		.saddr = any_source6(r), .daddr = any_dest6(r),
	};
	u8 *ip = f->data + ETH_HLEN;

	ipv6_build(ip, &v);
	memset(ip + IPV6_HLEN, (int)rnd(r, 255), v.payload_len);
	f->len = ETH_HLEN + IPV6_HLEN + v.payload_len;
	if (one_in(r, 15))
		ip[rnd(r, 24)] ^= (u8)(1 + rnd(r, 255));
	else if (one_in(r, 15))
		f->len -= rnd(r, 20);
	else if (one_in(r, 10))
		f->len += 5;			/* padding */
}

static inline void arp_question(struct frame *f, struct prng *r)
{
	struct arp_view v = {
		.op = 1, .sip = INET_ADDR4(10, 0, 0, 9 + rnd(r, 2)),
		.tip = INET_ADDR4(10, 0, 0, 254),
	};

	memcpy(v.sha, "\2\0\0\0\0\11", 6);
	f->len = (u32)(ETH_HLEN + arp_build(f->data + ETH_HLEN, &v));
}

/* Often the same again: trains of one flow. */
static inline void any_frame(struct frame *in, u32 i, struct prng *r, bool bridge,
			     u16 id)
{
	static const u8 router[6] = { 2, 0, 0, 0, 0, 1 };
	struct frame *f = &in[i];
	u8 station[6] = { 2, 0, 0, 0, (u8)(1 + rnd(r, 2)), (u8)rnd(r, 40) };
	bool arp = one_in(r, 12);

	if (i && one_in(r, 3)) {
		*f = in[i - 1];
		return;
	}
	if (arp)
		arp_question(f, r);
	else
		datagram(f, r, id);
	if (bridge || one_in(r, 20))
		memcpy(f->data, station, 6);
	else
		memcpy(f->data, router, 6);
	if (one_in(r, 12))
		memset(f->data, 0xff, 6);
	station[4] = bridge ? (u8)rnd(r, 2) : 0;
	station[5] = one_in(r, 40) ? 0 : (u8)rnd(r, 40);
	memcpy(f->data + 6, station, 6);
	put_be16(f->data + 12, one_in(r, 30) ? 0x1234 : arp ? ETH_P_ARP : ETH_P_IP);
}

#endif
