/* SPDX-License-Identifier: MIT */
/* Inside dissect: what an IP packet carries. */
#ifndef LINNET_WIRE_DISSECT_L4_H
#define LINNET_WIRE_DISSECT_L4_H

#include "base/fmt.h"
#include "wire/ipv6.h"

/* What the layer above needs of either family's header. */
struct dissect_ip {
	char src[IP6_STR_MAX], dst[IP6_STR_MAX];
	size_t payload;		/* bytes behind the header as that counts them, came they or not */
	bool more;		/* fragments follow: lengths told inside are of all together */
	bool quiet;		/* DISSECT_QUIET */
};

void dissect_put_addrs(struct strbuf *sb, const struct dissect_ip *ip);	/* "src > dst: " */
void dissect_put_tcp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);
void dissect_put_udp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);

/* An IPv6 packet from its header on (dissect_ip6.c). */
void dissect_ipv6(struct strbuf *sb, const u8 *p, size_t len, unsigned flags);

/* "tcp", "icmp", ...; "ip" for a number without a name here. */
const char *dissect_proto_name(u8 protocol);

/* "src[.port] > dst[.port]: ..." for len bytes behind the header of ip. */
void dissect_ipv4_payload(struct strbuf *sb, const struct ipv4_view *ip, const u8 *p, size_t len,
			  unsigned flags);

#endif
