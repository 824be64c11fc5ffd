/* SPDX-License-Identifier: MIT */
/* The packets of a tcp_life around its segments, of both families. */
#include <string.h>

#include "harness/tcp_life.h"
#include "transport/inet6_key.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/inet_addr.h"

#define LOCAL INET_ADDR4(192, 168, 0, 1)
#define REMOTE INET_ADDR4(192, 168, 0, 2)
#define QUOTED 1400		/* bytes behind the header that a packet had, says an ICMP error */

static const struct ip6_addr local6 = { { 0xfd, [15] = 1 } }, remote6 = { { 0xfd, [15] = 2 } };

/* ---- out ---- */

static bool parse4(struct tcp_life *l, const u8 *p, u32 len, struct life_packet *out)
{
	struct ipv4_view ip;

	if (ipv4_parse(p, len, &ip) != WIRE_OK)
		life_fail(l, "a malformed IP packet was sent", NULL);
	if (ip.protocol != IP_PROTO_TCP || ip.mf || ip.frag_off)
		return false;
	*out = (struct life_packet){ .tcp = p + ip.hlen, .len = ip.tot_len - (u32)ip.hlen };
	out->sum_ok = tcp_v4_csum_ok(out->tcp, out->len, ip.saddr, ip.daddr);
	return true;
}

static bool parse6(struct tcp_life *l, const u8 *p, u32 len, struct life_packet *out)
{
	struct ipv6_view ip;

	if (ipv6_parse(p, len, &ip) != WIRE_OK)
		life_fail(l, "a malformed IPv6 packet was sent", NULL);
	if (ip.nexthdr != IP_PROTO_TCP)
		return false;
	*out = (struct life_packet){ .tcp = p + IPV6_HLEN, .len = ip.payload_len, .v6 = true };
	out->sum_ok = !csum_ipv6_magic(&ip.saddr, &ip.daddr, out->len, IP_PROTO_TCP,
				       csum_partial(out->tcp, out->len, 0));
	return true;
}

bool life_packet_parse(struct tcp_life *l, const u8 *frame, u32 len, struct life_packet *out)
{
	switch (get_be16(frame + 12)) {
	case ETH_P_IP:
		return parse4(l, frame + ETH_HLEN, len - ETH_HLEN, out);
	case ETH_P_IPV6:
		return parse6(l, frame + ETH_HLEN, len - ETH_HLEN, out);
	default:
		return false;
	}
}

/* ---- in ---- */

static u32 header(struct tcp_life *l, u8 *p, bool v6, u32 len, u8 protocol)
{
	u8 tos = (u8)(life_one_in(l, 16) ? life_below(l, 4) : 0);
	struct ipv4_view ip = {
		.tot_len = (u16)(IPV4_HLEN + len), .hlen = IPV4_HLEN, .ttl = 64,
		.protocol = protocol, .saddr = REMOTE, .daddr = LOCAL, .df = true, .tos = tos,
	};
	struct ipv6_view ip6 = {
		.payload_len = (u16)len, .nexthdr = protocol, .hop_limit = 64, .tclass = tos,
		.saddr = remote6, .daddr = local6,
	};

	return (u32)(v6 ? ipv6_build(p, &ip6) : ipv4_build(p, &ip));
}

void life_send_ip(struct tcp_life *l, bool v6, const u8 *payload, u32 len, u8 protocol)
{
	struct life_frame *f = &l->replay[life_below(l, LIFE_REPLAYS)];
	u32 hlen;

	memcpy(f->bytes, (u8[]){ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 }, 12);
	put_be16(f->bytes + 12, v6 ? ETH_P_IPV6 : ETH_P_IP);
	hlen = ETH_HLEN + header(l, f->bytes + ETH_HLEN, v6, len, protocol);
	memcpy(f->bytes + hlen, payload, len);
	f->len = hlen + len;
	life_frame_in(l, f->bytes, f->len);
}

be16 life_tcp_check(bool v6, const u8 *seg, u32 len)
{
	wsum sum = csum_partial(seg, len, 0);

	return v6 ? csum_ipv6_magic(&remote6, &local6, len, IP_PROTO_TCP, sum) :
		    tcp_v4_check(len, REMOTE, LOCAL, sum);
}

static void ports_and_number(u8 *p, const struct sock_common *c, u32 seq)
{
	put_be16(p, c->num);
	put_be16(p + 2, be16_to_cpu(c->dport));
	put_be32(p + 4, seq);
}

static void icmp_error(struct tcp_life *l, const struct sock_common *c, u32 seq)
{
	static const u16 mtus[] = { 1400, 1006, 576, 552, 296, 68, 67, 0, 65535 };
	u8 p[36] = { ICMP_DEST_UNREACH, (u8)life_below(l, NR_ICMP_UNREACH + 2) };
	struct ipv4_view quoted = {
		.tot_len = QUOTED, .hlen = IPV4_HLEN, .ttl = 60, .protocol = IP_PROTO_TCP,
		.saddr = LOCAL, .daddr = REMOTE, .df = true,
	};
	be16 check;

	if (life_one_in(l, 2))
		p[1] = ICMP_FRAG_NEEDED;
	if (life_one_in(l, 8))
		p[0] = ICMP_TIME_EXCEEDED;
	put_be16(p + 6, mtus[life_below(l, ARRAY_SIZE(mtus))]);
	ipv4_build(p + 8, &quoted);
	ports_and_number(p + 28, c, seq);
	check = csum_fold(csum_partial(p, sizeof(p), 0));
	memcpy(p + 2, &check, 2);
	life_send_ip(l, false, p, sizeof(p), IP_PROTO_ICMP);
}

static void icmp6_error(struct tcp_life *l, const struct sock_common *c, u32 seq)
{
	static const u32 mtus[] = { 1400, 1320, 1280, 1279, 68, 0, 65535, UINT32_MAX };
	u8 p[56] = { ICMPV6_DEST_UNREACH, (u8)life_below(l, ICMPV6_REJECT_ROUTE + 2) };
	struct ipv6_view quoted = {
		.payload_len = QUOTED, .nexthdr = IP_PROTO_TCP, .hop_limit = 60, .saddr = local6,
		.daddr = remote6,
	};
	be16 check;

	if (life_one_in(l, 2)) {
		p[0] = ICMPV6_PKT_TOOBIG;
		put_be32(p + 4, mtus[life_below(l, ARRAY_SIZE(mtus))]);
	} else if (life_one_in(l, 4)) {
		p[0] = life_one_in(l, 2) ? ICMPV6_TIME_EXCEED : ICMPV6_PARAMPROB;
	}
	ipv6_build(p + 8, &quoted);
	ports_and_number(p + 48, c, seq);
	check = csum_ipv6_magic(&remote6, &local6, sizeof(p), IP_PROTO_ICMPV6,
				csum_partial(p, sizeof(p), 0));
	memcpy(p + 2, &check, 2);
	life_send_ip(l, true, p, sizeof(p), IP_PROTO_ICMPV6);
}

void life_icmp_error(struct tcp_life *l, const struct sock_common *c, u32 seq)
{
	if (c->v6)
		icmp6_error(l, c, seq);
	else
		icmp_error(l, c, seq);
}

/* ---- names ---- */

u32 life_address(bool v6, bool sock6, u16 port, union life_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (!sock6) {
		a->in.sin_family = LN_AF_INET;
		a->in.sin_port = cpu_to_be16(port);
		a->in.sin_addr = REMOTE;
		return sizeof(a->in);
	}
	a->in6.sin6_family = LN_AF_INET6;
	a->in6.sin6_port = cpu_to_be16(port);
	if (v6) {
		memcpy(a->in6.sin6_addr, &remote6, IP6_ADDR_LEN);
	} else {	/* mapped */
		a->in6.sin6_addr[10] = a->in6.sin6_addr[11] = 0xff;
		put_be32(a->in6.sin6_addr + 12, be32_to_cpu(REMOTE));
	}
	return sizeof(a->in6);
}
