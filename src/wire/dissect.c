/* SPDX-License-Identifier: MIT */
/* From Ethernet to the IPv4 header; what that carries is in dissect_l4.c, IPv6 in dissect_ip6.c. */
#include "wire/dissect.h"

#include "wire/arp.h"
#include "wire/bpdu.h"
#include "wire/dissect_l4.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"
#include "wire/vlan.h"

static void put_arp(struct strbuf *sb, const u8 *p, size_t len, unsigned flags)
{
	enum wire_err err;
	struct arp_view a;

	err = arp_parse(p, len, &a);
	if (!(flags & DISSECT_LINK))
		sb_puts(sb, "ARP, ");
	if (err == WIRE_SHORT) {
		sb_puts(sb, "[|arp]");
		return;
	}
	if (err) {
		sb_printf(sb, "bad %s", wire_err_name(err));
	} else if (a.op == ARPOP_REQUEST) {
		sb_puts(sb, "Request who-has ");
		sb_inet_addr(sb, a.tip);
		if (!is_zero_ether_addr(a.tha)) {
			sb_puts(sb, " (");
			sb_mac(sb, a.tha);
			sb_puts(sb, ")");
		}
		sb_puts(sb, " tell ");
		sb_inet_addr(sb, a.sip);
	} else if (a.op == ARPOP_REPLY) {
		sb_puts(sb, "Reply ");
		sb_inet_addr(sb, a.sip);
		sb_puts(sb, " is-at ");
		sb_mac(sb, a.sha);
	} else {
		sb_printf(sb, "op %u", a.op);
	}
	sb_printf(sb, ", length %zu", len);
}

/* The -v part: "(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto tcp (6), length 60) " */
static void put_ip_fields(struct strbuf *sb, const struct ipv4_view *ip)
{
	const char *flags = ip->df ? (ip->mf ? "+, DF" : "DF") : (ip->mf ? "+" : "none");

	sb_printf(sb, "(tos 0x%x, ttl %u, id %u, offset %u, flags [%s], proto %s (%u), length %u",
		  ip->tos, ip->ttl, ip->id, ip->frag_off, flags,
		  dissect_proto_name(ip->protocol), ip->protocol, ip->tot_len);
	if (ip->hlen > IPV4_HLEN)
		sb_printf(sb, ", options %u bytes", ip->hlen - IPV4_HLEN);
	sb_puts(sb, ") ");
}

static void put_ipv4(struct strbuf *sb, const u8 *p, size_t len, unsigned flags)
{
	struct ipv4_view ip;
	enum wire_err err;

	err = ipv4_parse_hdr(p, len, &ip);
	if (!(flags & DISSECT_LINK))
		sb_puts(sb, "IP ");
	if (err == WIRE_SHORT) {
		sb_puts(sb, "[|ip]");
		return;
	}
	if (err) {
		sb_printf(sb, "bad %s, length %zu", wire_err_name(err), len);
		return;
	}
	if (flags & DISSECT_IP)
		put_ip_fields(sb, &ip);
	/* Padding of the link is not the packet's. */
	dissect_ipv4_payload(sb, &ip, p + ip.hlen, min(len, (size_t)ip.tot_len) - ip.hlen, flags);
	if (ip_fast_csum(p, ip.hlen / 4u))
		sb_puts(sb, ", bad ip checksum");
	if (ip.tot_len > len)
		sb_printf(sb, ", %zu bytes missing", ip.tot_len - len);
}

static const char *ethertype_name(u16 proto)
{
	switch (proto) {
	case ETH_P_IP:
		return "IPv4";
	case ETH_P_ARP:
		return "ARP";
	case ETH_P_IPV6:
		return "IPv6";
	case ETH_P_8021Q:
		return "802.1Q";
	case ETH_P_8021AD:
		return "802.1Q-QinQ";
	}
	return "Unknown";
}

static void put_ethertype(struct strbuf *sb, u16 proto)
{
	sb_printf(sb, "ethertype %s (0x%04x)", ethertype_name(proto), proto);
}

/* An 802.3 frame from its LLC header on; length: what it says of itself. */
static void put_llc(struct strbuf *sb, const u8 *p, size_t len, u16 length, unsigned flags)
{
	static const u8 stp[BPDU_LLC_LEN] = { 0x42, 0x42, 0x03 };

	if (len < sizeof(stp) || memcmp(p, stp, sizeof(stp))) {
		if (flags & DISSECT_LINK)
			sb_puts(sb, "LLC");
		else
			sb_printf(sb, "802.3, length %u", length);
		return;
	}
	if (flags & DISSECT_LINK)
		sb_puts(sb, "LLC, dsap STP (0x42) Individual, ssap STP (0x42) Command, "
			"ctrl 0x03: ");
	dissect_put_bpdu(sb, p, min(len, (size_t)length));
}

static void put_vlan(struct strbuf *sb, const u8 *p, size_t len, unsigned flags)
{
	struct vlan_view v;
	int tags = 0;
	u16 proto;

	/* Each tag costs bytes, so this ends; a limit keeps the line short. */
	do {
		if (tags++ == 4 || vlan_parse(p, len, &v)) {
			sb_puts(sb, "[|vlan]");
			return;
		}
		proto = v.proto;
		if (flags & DISSECT_LINK) {
			sb_printf(sb, "vlan %u, p %u%s, ", v.vid, v.pcp, v.dei ? ", DEI" : "");
			put_ethertype(sb, proto);
			sb_puts(sb, ", ");
		}
		p += VLAN_HLEN;
		len -= VLAN_HLEN;
	} while (proto == ETH_P_8021Q || proto == ETH_P_8021AD);
	dissect_packet(sb, proto, p, len, flags);
}

void dissect_packet(struct strbuf *sb, u16 ethertype, const void *p, size_t len, unsigned flags)
{
	switch (ethertype) {
	case ETH_P_IP:
		put_ipv4(sb, p, len, flags);
		return;
	case ETH_P_ARP:
		put_arp(sb, p, len, flags);
		return;
	case ETH_P_IPV6:
		dissect_ipv6(sb, p, len, flags);
		return;
	case ETH_P_8021Q:
	case ETH_P_8021AD:
		put_vlan(sb, p, len, flags);
		return;
	}
	if (ethertype < ETH_P_802_3_MIN) {
		put_llc(sb, p, len, ethertype, flags);
		return;
	}
	if (!(flags & DISSECT_LINK)) {
		put_ethertype(sb, ethertype);
		sb_puts(sb, ", ");
	}
	sb_printf(sb, "length %zu", len);
}

static void put_link(struct strbuf *sb, const struct eth_view *eth, size_t len)
{
	sb_mac(sb, eth->source);
	sb_puts(sb, " > ");
	sb_mac(sb, eth->dest);
	sb_puts(sb, ", ");
	if (eth->proto < ETH_P_802_3_MIN) {
		sb_printf(sb, "802.3, length %u: ", eth->proto);
		return;
	}
	put_ethertype(sb, eth->proto);
	sb_printf(sb, ", length %zu: ", len);
}

void dissect_cut_frame(struct strbuf *sb, const void *frame, size_t captured, size_t len,
		       unsigned flags)
{
	const u8 *p = frame;
	struct eth_view eth;

	if (eth_parse(p, captured, &eth)) {
		sb_puts(sb, "[|ether]");
		return;
	}
	if (flags & DISSECT_LINK)
		put_link(sb, &eth, len);
	dissect_packet(sb, eth.proto, p + ETH_HLEN, captured - ETH_HLEN, flags);
}

void dissect_frame(struct strbuf *sb, const void *frame, size_t len, unsigned flags)
{
	dissect_cut_frame(sb, frame, len, len, flags);
}
