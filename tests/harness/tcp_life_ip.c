/* SPDX-License-Identifier: MIT */
/* The packets of a tcp_life around its segments, of both families (harness/family.h). */
#include <string.h>

#include "harness/family.h"
#include "harness/tcp_life.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/inet_addr.h"

#define LOCAL INET_ADDR4(192, 168, 0, 1)
#define REMOTE INET_ADDR4(192, 168, 0, 2)

void life_set_up(struct tcp_life *l)
{
	static const u8 mac[6] = { 2, 0, 0, 0, 0, 2 };

	family_ctl(l->ln, "ip link set eth0 up");
	for (int v6 = 0; v6 <= l->ipv6; v6++) {
		family_add_addr(v6, l->ln, "eth0", LOCAL);
		family_add_neigh(v6, l->ln, "eth0", REMOTE, mac);
	}
}

u32 life_peer(bool v6, bool sock6, u16 port, union family_sockaddr *a)
{
	return sock6 && !v6 ? family_mapped(REMOTE, port, a) :
			      family_sockaddr(v6, REMOTE, port, a);
}

be16 life_tcp_check(bool v6, const u8 *seg, u32 len)
{
	return family_check(v6, REMOTE, LOCAL, IP_PROTO_TCP, seg, len);
}

void life_send_ip(struct tcp_life *l, bool v6, const u8 *payload, u32 len, u8 protocol)
{
	struct life_frame *f = &l->replay[life_below(l, LIFE_REPLAYS)];
	u8 tos = (u8)(life_one_in(l, 16) ? life_below(l, 4) : 0);
	u32 hlen = ETH_HLEN;

	memcpy(f->bytes, (u8[]){ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 }, 12);
	put_be16(f->bytes + 12, v6 ? ETH_P_IPV6 : ETH_P_IP);
	hlen += family_build(v6, f->bytes + hlen, REMOTE, LOCAL, protocol, len, tos);
	memcpy(f->bytes + hlen, payload, len);
	f->len = hlen + len;
	life_frame_in(l, f->bytes, f->len);
}

static u32 icmp_error(struct tcp_life *l, const struct family_quote *q, u8 *p)
{
	static const u16 mtus[] = { 1400, 1006, 576, 552, 296, 68, 67, 0, 65535 };
	u8 code = (u8)(life_one_in(l, 2) ? ICMP_FRAG_NEEDED : life_below(l, NR_ICMP_UNREACH + 2));
	u8 type = life_one_in(l, 8) ? ICMP_TIME_EXCEEDED : ICMP_DEST_UNREACH;

	return family_icmp(false, p, q, type, code, mtus[life_below(l, ARRAY_SIZE(mtus))]);
}

static u32 icmp6_error(struct tcp_life *l, const struct family_quote *q, u8 *p)
{
	static const u32 mtus[] = { 1400, 1320, 1280, 1279, 68, 0, 65535, UINT32_MAX };
	u8 code = (u8)life_below(l, ICMPV6_REJECT_ROUTE + 2);

	if (life_one_in(l, 2))
		return family_icmp(true, p, q, ICMPV6_PKT_TOOBIG, code,
				   mtus[life_below(l, ARRAY_SIZE(mtus))]);
	return family_icmp(true, p, q, (u8)(1 + life_below(l, ICMPV6_PARAMPROB)), code, 0);
}

void life_icmp_error(struct tcp_life *l, const struct sock_common *c, u32 seq)
{
	struct family_quote q = { LOCAL, REMOTE, c->num, be16_to_cpu(c->dport), seq };
	u8 p[FAMILY_ICMP_MAX];
	u32 len = c->v6 ? icmp6_error(l, &q, p) : icmp_error(l, &q, p);

	life_send_ip(l, c->v6, p, len, family_icmp_protocol(c->v6));
}
