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
	bool told;		/* the addresses are in front of extension headers */
	bool quiet, verbose;	/* DISSECT_QUIET, DISSECT_IP */
};

struct dissect_ip dissect_of_ipv4(const struct ipv4_view *ip);

/* "src.sport > dst.dport: " */
void dissect_put_ports(struct strbuf *sb, const struct dissect_ip *ip, u16 sport, u16 dport);
/* "src > dst: ", and each of what stands behind the IP header, addresses first. */
void dissect_put_addrs(struct strbuf *sb, const struct dissect_ip *ip);
void dissect_put_tcp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);
void dissect_put_udp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);
void dissect_put_icmp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);
void dissect_put_icmp6(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);
void dissect_put_igmp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len);

/* An IPv6 packet from its header on (dissect_ip6.c). */
void dissect_ipv6(struct strbuf *sb, const u8 *p, size_t len, unsigned flags);

/* From the LLC header on. */
void dissect_put_bpdu(struct strbuf *sb, const u8 *p, size_t len);

/* "1w2d3h4m5s" */
void dissect_put_seconds(struct strbuf *sb, u32 seconds);

/* "tcp", "icmp", ...; "ip" for a number without a name here. */
const char *dissect_proto_name(u8 protocol);

/* "src[.port] > dst[.port]: ..." for len bytes behind the header of ip. */
void dissect_ipv4_payload(struct strbuf *sb, const struct ipv4_view *ip, const u8 *p, size_t len,
			  unsigned flags);

#endif
