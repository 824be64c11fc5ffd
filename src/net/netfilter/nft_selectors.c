/* SPDX-License-Identifier: MIT */
/* What rules may ask of a packet: the table of it. */
#include "net/netfilter/nft_select.h"

#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp_opt.h"
#include "wire/udp.h"

#define LL(text, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_LL, 0, NFT_L4_ANY, at, bits, false, 0 }
#define NH(text, l3, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_NH, l3, NFT_L4_ANY, at, bits, false, 0 }
#define TH(text, l4, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_TH, 0, l4, at, bits, false, 0 }
#define ICMP4_OF(text, type, len, at, bits, of) \
	{ "icmp " text, NFT_TYPE_##type, len, NFT_BASE_TH, 4, IP_PROTO_ICMP, at, bits, false, of }
#define ICMP4(text, type, len, at, bits) ICMP4_OF(text, type, len, at, bits, 0)
#define IGMP(text, type, len, at, bits) \
	{ "igmp " text, NFT_TYPE_##type, len, NFT_BASE_TH, 4, IP_PROTO_IGMP, at, bits, false, 0 }
#define ICMP6_OF(text, type, len, at, bits, of) \
	{ "icmpv6 " text, NFT_TYPE_##type, len, NFT_BASE_TH, 6, IP_PROTO_ICMPV6, at, bits, false, \
	  of }
#define ICMP6(text, type, len, at, bits) ICMP6_OF(text, type, len, at, bits, 0)
/* of an extension header of IPv6, an option of TCP, of IPv4: `at` from its first byte */
#define EXT(text, hdr, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_EXTHDR, 6, NFT_L4_ANY, at, bits, false, hdr }
#define TCPOPT(text, kind, len, at) \
	{ "tcp option " text, NFT_TYPE_INTEGER, len, NFT_BASE_TCPOPT, 0, IP_PROTO_TCP, at, \
	  (len) * 8, false, kind }
#define IPOPT(text, kind, type, len, at) \
	{ "ip option " text, NFT_TYPE_##type, len, NFT_BASE_IPOPT, 4, NFT_L4_ANY, at, (len) * 8, \
	  false, kind }
/* whether it is there */
#define EXT_IS(text, hdr) \
	{ "exthdr " text, NFT_TYPE_BOOLEAN, 1, NFT_BASE_EXTHDR, 6, NFT_L4_ANY, NFT_EXISTS, 0, \
	  false, hdr }
#define TCPOPT_IS(text, kind) \
	{ "tcp option " text, NFT_TYPE_BOOLEAN, 1, NFT_BASE_TCPOPT, 0, NFT_L4_ANY, NFT_EXISTS, 0, \
	  false, kind }
#define IPOPT_IS(text, kind) \
	{ "ip option " text, NFT_TYPE_BOOLEAN, 1, NFT_BASE_IPOPT, 4, NFT_L4_ANY, NFT_EXISTS, 0, \
	  false, kind }
#define ADDR_OPT(name, kind) \
	IPOPT_IS(name, kind), IPOPT(name " type", kind, INTEGER, 1, 0), \
	IPOPT(name " length", kind, INTEGER, 1, 8), IPOPT(name " ptr", kind, INTEGER, 1, 16), \
	IPOPT(name " addr", kind, IPV4, 4, 24)
#define SACK(n) \
	TCPOPT("sack" #n " left", TCPOPT_SACK, 4, 16 + (n) * 64), \
	TCPOPT("sack" #n " right", TCPOPT_SACK, 4, 48 + (n) * 64)
#define META(text, type, len, what, host) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_META, 0, NFT_L4_ANY, NFT_META_##what, 0, host, 0 }
#define CT(text, l3, type, len, what, host) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_CT, l3, NFT_L4_ANY, NFT_CT_##what, 0, host, 0 }
#define FIB(text, type, len, what) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_FIB, 0, NFT_L4_ANY, NFT_FIB_##what, 0, true, 0 }

const struct nft_selector nft_selectors[] = {
	LL("ether daddr", ETHER, 6, 0, 48), LL("ether saddr", ETHER, 6, 48, 48),
	LL("ether type", ETHERTYPE, 2, 96, 16),
	NH("arp htype", NFT_L3_ARP, INTEGER, 2, 0, 16),
	NH("arp ptype", NFT_L3_ARP, ETHERTYPE, 2, 16, 16),
	NH("arp hlen", NFT_L3_ARP, INTEGER, 1, 32, 8),
	NH("arp plen", NFT_L3_ARP, INTEGER, 1, 40, 8),
	NH("arp operation", NFT_L3_ARP, ARP_OP, 2, 48, 16),
	NH("arp saddr ether", NFT_L3_ARP, ETHER, 6, 64, 48),
	NH("arp saddr ip", NFT_L3_ARP, IPV4, 4, 112, 32),
	NH("arp daddr ether", NFT_L3_ARP, ETHER, 6, 144, 48),
	NH("arp daddr ip", NFT_L3_ARP, IPV4, 4, 192, 32),
	NH("ip version", 4, INTEGER, 1, 0, 4), NH("ip hdrlength", 4, INTEGER, 1, 4, 4),
	NH("ip dscp", 4, DSCP, 1, 8, 6), NH("ip ecn", 4, ECN, 1, 14, 2),
	NH("ip length", 4, INTEGER, 2, 16, 16), NH("ip id", 4, INTEGER, 2, 32, 16),
	NH("ip frag-off", 4, INTEGER, 2, 48, 16), NH("ip ttl", 4, INTEGER, 1, 64, 8),
	NH("ip protocol", 4, PROTO, 1, 72, 8), NH("ip checksum", 4, INTEGER, 2, 80, 16),
	NH("ip saddr", 4, IPV4, 4, 96, 32), NH("ip daddr", 4, IPV4, 4, 128, 32),
	NH("ip6 version", 6, INTEGER, 1, 0, 4), NH("ip6 dscp", 6, DSCP, 1, 4, 6),
	NH("ip6 ecn", 6, ECN, 1, 10, 2), NH("ip6 flowlabel", 6, INTEGER, 3, 12, 20),
	NH("ip6 length", 6, INTEGER, 2, 32, 16), NH("ip6 nexthdr", 6, PROTO, 1, 48, 8),
	NH("ip6 hoplimit", 6, INTEGER, 1, 56, 8), NH("ip6 saddr", 6, IPV6, 16, 64, 128),
	NH("ip6 daddr", 6, IPV6, 16, 192, 128),
	ICMP4("type", ICMP_TYPE, 1, 0, 8),
	ICMP4("code", ICMP_CODE, 1, 8, 8),
	ICMP4("checksum", INTEGER, 2, 16, 16),
	ICMP4_OF("id", INTEGER, 2, 32, 16, NFT_ICMP_ECHO),
	ICMP4_OF("sequence", INTEGER, 2, 48, 16, NFT_ICMP_ECHO),
	ICMP4_OF("gateway", INTEGER, 4, 32, 32, ICMP_REDIRECT),
	ICMP4_OF("mtu", INTEGER, 2, 48, 16, ICMP_DEST_UNREACH),
	ICMP6("type", ICMPV6_TYPE, 1, 0, 8), ICMP6("code", ICMPV6_CODE, 1, 8, 8),
	ICMP6("checksum", INTEGER, 2, 16, 16),
	ICMP6_OF("param-problem", INTEGER, 4, 32, 32, ICMPV6_PARAMPROB),
	ICMP6_OF("mtu", INTEGER, 4, 32, 32, ICMPV6_PKT_TOOBIG),
	ICMP6_OF("id", INTEGER, 2, 32, 16, NFT_ICMP_ECHO),
	ICMP6_OF("sequence", INTEGER, 2, 48, 16, NFT_ICMP_ECHO),
	ICMP6_OF("max-delay", INTEGER, 2, 32, 16, ICMPV6_MGM_QUERY),
	TH("tcp sport", IP_PROTO_TCP, SERVICE, 2, 0, 16),
	TH("tcp dport", IP_PROTO_TCP, SERVICE, 2, 16, 16),
	TH("tcp sequence", IP_PROTO_TCP, INTEGER, 4, 32, 32),
	TH("tcp ackseq", IP_PROTO_TCP, INTEGER, 4, 64, 32),
	TH("tcp doff", IP_PROTO_TCP, INTEGER, 1, 96, 4),
	TH("tcp reserved", IP_PROTO_TCP, INTEGER, 1, 100, 4),
	TH("tcp flags", IP_PROTO_TCP, TCP_FLAG, 1, 104, 8),
	TH("tcp window", IP_PROTO_TCP, INTEGER, 2, 112, 16),
	TH("tcp checksum", IP_PROTO_TCP, INTEGER, 2, 128, 16),
	TH("tcp urgptr", IP_PROTO_TCP, INTEGER, 2, 144, 16),
	TH("udp sport", IP_PROTO_UDP, SERVICE, 2, 0, 16),
	TH("udp dport", IP_PROTO_UDP, SERVICE, 2, 16, 16),
	TH("udp length", IP_PROTO_UDP, INTEGER, 2, 32, 16),
	TH("udp checksum", IP_PROTO_UDP, INTEGER, 2, 48, 16),
	TH("th sport", NFT_L4_PORTS, SERVICE, 2, 0, 16),
	TH("th dport", NFT_L4_PORTS, SERVICE, 2, 16, 16),
	TH("udplite sport", IP_PROTO_UDPLITE, SERVICE, 2, 0, 16),
	TH("udplite dport", IP_PROTO_UDPLITE, SERVICE, 2, 16, 16),
	TH("udplite csumcov", IP_PROTO_UDPLITE, INTEGER, 2, 32, 16),
	TH("udplite checksum", IP_PROTO_UDPLITE, INTEGER, 2, 48, 16),
	TH("sctp sport", IP_PROTO_SCTP, SERVICE, 2, 0, 16),
	TH("sctp dport", IP_PROTO_SCTP, SERVICE, 2, 16, 16),
	TH("sctp vtag", IP_PROTO_SCTP, INTEGER, 4, 32, 32),
	TH("sctp checksum", IP_PROTO_SCTP, INTEGER, 4, 64, 32),
	TH("dccp sport", IP_PROTO_DCCP, SERVICE, 2, 0, 16),
	TH("dccp dport", IP_PROTO_DCCP, SERVICE, 2, 16, 16),
	TH("ah nexthdr", IP_PROTO_AH, PROTO, 1, 0, 8),
	TH("ah hdrlength", IP_PROTO_AH, INTEGER, 1, 8, 8),
	TH("ah reserved", IP_PROTO_AH, INTEGER, 2, 16, 16),
	TH("ah spi", IP_PROTO_AH, INTEGER, 4, 32, 32),
	TH("ah sequence", IP_PROTO_AH, INTEGER, 4, 64, 32),
	TH("esp spi", IP_PROTO_ESP, INTEGER, 4, 0, 32),
	TH("esp sequence", IP_PROTO_ESP, INTEGER, 4, 32, 32),
	TH("comp nexthdr", IP_PROTO_COMP, PROTO, 1, 0, 8),
	TH("comp flags", IP_PROTO_COMP, HEX8, 1, 8, 8),
	TH("comp cpi", IP_PROTO_COMP, INTEGER, 2, 16, 16),
	IGMP("type", IGMP_TYPE, 1, 0, 8), IGMP("mrt", INTEGER, 1, 8, 8),
	IGMP("checksum", INTEGER, 2, 16, 16), IGMP("group", INTEGER, 4, 32, 32),
	EXT("hbh nexthdr", NEXTHDR_HOP, PROTO, 1, 0, 8),
	EXT("hbh hdrlength", NEXTHDR_HOP, INTEGER, 1, 8, 8),
	EXT("rt nexthdr", NEXTHDR_ROUTING, PROTO, 1, 0, 8),
	EXT("rt hdrlength", NEXTHDR_ROUTING, INTEGER, 1, 8, 8),
	EXT("rt type", NEXTHDR_ROUTING, INTEGER, 1, 16, 8),
	EXT("rt seg-left", NEXTHDR_ROUTING, INTEGER, 1, 24, 8),
	EXT("frag nexthdr", NEXTHDR_FRAGMENT, PROTO, 1, 0, 8),
	EXT("frag reserved", NEXTHDR_FRAGMENT, INTEGER, 1, 8, 8),
	EXT("frag frag-off", NEXTHDR_FRAGMENT, INTEGER, 2, 16, 13),
	EXT("frag reserved2", NEXTHDR_FRAGMENT, INTEGER, 1, 29, 2),
	EXT("frag more-fragments", NEXTHDR_FRAGMENT, INTEGER, 1, 31, 1),
	EXT("frag id", NEXTHDR_FRAGMENT, INTEGER, 4, 32, 32),
	EXT("dst nexthdr", NEXTHDR_DEST, PROTO, 1, 0, 8),
	EXT("dst hdrlength", NEXTHDR_DEST, INTEGER, 1, 8, 8),
	EXT("mh nexthdr", NFT_NEXTHDR_MOBILITY, PROTO, 1, 0, 8),
	EXT("mh hdrlength", NFT_NEXTHDR_MOBILITY, INTEGER, 1, 8, 8),
	EXT("mh type", NFT_NEXTHDR_MOBILITY, MH_TYPE, 1, 16, 8),
	EXT("mh reserved", NFT_NEXTHDR_MOBILITY, INTEGER, 1, 24, 8),
	EXT("mh checksum", NFT_NEXTHDR_MOBILITY, INTEGER, 2, 32, 16),
	EXT_IS("hbh", NEXTHDR_HOP), EXT_IS("rt", NEXTHDR_ROUTING),
	EXT_IS("frag", NEXTHDR_FRAGMENT), EXT_IS("dst", NEXTHDR_DEST),
	EXT_IS("mh", NFT_NEXTHDR_MOBILITY),
	TCPOPT_IS("eol", TCPOPT_EOL), TCPOPT_IS("nop", TCPOPT_NOP),
	TCPOPT_IS("maxseg", TCPOPT_MSS), TCPOPT("maxseg size", TCPOPT_MSS, 2, 16),
	TCPOPT("maxseg length", TCPOPT_MSS, 1, 8),
	TCPOPT_IS("window", TCPOPT_WINDOW), TCPOPT("window count", TCPOPT_WINDOW, 1, 16),
	TCPOPT("window length", TCPOPT_WINDOW, 1, 8),
	TCPOPT_IS("sack-perm", TCPOPT_SACK_PERM),
	TCPOPT("sack-perm length", TCPOPT_SACK_PERM, 1, 8),
	TCPOPT_IS("sack", TCPOPT_SACK), TCPOPT("sack length", TCPOPT_SACK, 1, 8),
	TCPOPT("sack left", TCPOPT_SACK, 4, 16), TCPOPT("sack right", TCPOPT_SACK, 4, 48),
	SACK(1), SACK(2), SACK(3),
	TCPOPT_IS("timestamp", TCPOPT_TIMESTAMP),
	TCPOPT("timestamp length", TCPOPT_TIMESTAMP, 1, 8),
	TCPOPT("timestamp tsval", TCPOPT_TIMESTAMP, 4, 16),
	TCPOPT("timestamp tsecr", TCPOPT_TIMESTAMP, 4, 48),
	TCPOPT_IS("md5sig", TCPOPT_MD5SIG), TCPOPT_IS("fastopen", TCPOPT_FASTOPEN),
	TCPOPT("md5sig length", TCPOPT_MD5SIG, 1, 8),
	TCPOPT("fastopen length", TCPOPT_FASTOPEN, 1, 8),
	ADDR_OPT("rr", IPOPT_RR), ADDR_OPT("lsrr", IPOPT_LSRR), ADDR_OPT("ssrr", IPOPT_SSRR),
	IPOPT_IS("ra", IPOPT_RA), IPOPT("ra type", IPOPT_RA, INTEGER, 1, 0),
	IPOPT("ra length", IPOPT_RA, INTEGER, 1, 8), IPOPT("ra value", IPOPT_RA, INTEGER, 2, 16),
	{ "rt mtu", NFT_TYPE_INTEGER, 2, NFT_BASE_RT, 0, NFT_L4_ANY, 0, 0, true, 0 },
	META("meta length", INTEGER, 4, LENGTH, true),
	META("meta protocol", ETHERTYPE, 2, PROTOCOL, false),
	META("meta nfproto", NFPROTO, 1, NFPROTO, false),
	META("meta l4proto", PROTO, 1, L4PROTO, false),
	META("meta priority", CLASSID, 4, PRIORITY, true),
	META("meta mark", MARK, 4, MARK, true),
	META("iif", IFINDEX, 4, IIF, true), META("oif", IFINDEX, 4, OIF, true),
	META("iifname", IFNAME, 16, IIFNAME, false), META("oifname", IFNAME, 16, OIFNAME, false),
	META("meta iiftype", IFTYPE, 2, IIFTYPE, true),
	META("meta oiftype", IFTYPE, 2, OIFTYPE, true),
	META("meta pkttype", PKTTYPE, 1, PKTTYPE, false),
	META("meta random", INTEGER, 4, RANDOM, true),
	META("meta skuid", UID, 4, SKUID, true), META("meta skgid", GID, 4, SKGID, true),
	META("meta cpu", INTEGER, 4, CPU, true),
	META("iifgroup", DEVGROUP, 4, IIFGROUP, true),
	META("oifgroup", DEVGROUP, 4, OIFGROUP, true),
	META("meta sdif", IFINDEX, 4, SDIF, true),
	META("meta sdifname", IFNAME, 16, SDIFNAME, false),
	META("meta ipsec", BOOLEAN, 1, SECPATH, false),
	CT("ct state", 0, CT_STATE, 4, STATE, true),
	CT("ct direction", 0, CT_DIR, 1, DIRECTION, false),
	CT("ct status", 0, CT_STATUS, 4, STATUS, true), CT("ct mark", 0, MARK, 4, MARK, true),
	CT("ct expiration", 0, TIME, 4, EXPIRATION, true),
	CT("ct l3proto", 0, NFPROTO, 1, L3PROTO, false),
	CT("ct protocol", 0, PROTO, 1, PROTOCOL, false),
	CT("ct zone", 0, INTEGER, 2, ZONE, true),
	CT("ct original zone", 0, INTEGER, 2, ORIG_ZONE, true),
	CT("ct reply zone", 0, INTEGER, 2, REPL_ZONE, true),
	CT("ct label", 0, CT_LABEL, 16, LABEL, true),
	CT("ct helper", 0, STRING, 16, HELPER, false),
	CT("ct original ip saddr", 4, IPV4, 4, ORIG_SADDR, false),
	CT("ct original ip daddr", 4, IPV4, 4, ORIG_DADDR, false),
	CT("ct original ip6 saddr", 6, IPV6, 16, ORIG_SADDR, false),
	CT("ct original ip6 daddr", 6, IPV6, 16, ORIG_DADDR, false),
	CT("ct original proto-src", 0, SERVICE, 2, ORIG_PSRC, false),
	CT("ct original proto-dst", 0, SERVICE, 2, ORIG_PDST, false),
	CT("ct reply ip saddr", 4, IPV4, 4, REPL_SADDR, false),
	CT("ct reply ip daddr", 4, IPV4, 4, REPL_DADDR, false),
	CT("ct reply ip6 saddr", 6, IPV6, 16, REPL_SADDR, false),
	CT("ct reply ip6 daddr", 6, IPV6, 16, REPL_DADDR, false),
	CT("ct reply proto-src", 0, SERVICE, 2, REPL_PSRC, false),
	CT("ct reply proto-dst", 0, SERVICE, 2, REPL_PDST, false),
	CT("ct original bytes", 0, INTEGER, 8, ORIG_BYTES, true),
	CT("ct reply bytes", 0, INTEGER, 8, REPL_BYTES, true),
	CT("ct bytes", 0, INTEGER, 8, BYTES, true),
	CT("ct original packets", 0, INTEGER, 8, ORIG_PACKETS, true),
	CT("ct reply packets", 0, INTEGER, 8, REPL_PACKETS, true),
	CT("ct packets", 0, INTEGER, 8, PACKETS, true),
	CT("ct original avgpkt", 0, INTEGER, 8, ORIG_AVGPKT, true),
	CT("ct reply avgpkt", 0, INTEGER, 8, REPL_AVGPKT, true),
	CT("ct avgpkt", 0, INTEGER, 8, AVGPKT, true),
	FIB("fib type", ADDRTYPE, 4, ADDRTYPE), FIB("fib oif", IFINDEX, 4, DEVICE),
	FIB("fib oifname", IFNAME, 16, OIFNAME), FIB("fib oif exists", BOOLEAN, 1, PRESENT),
	{ "numgen", NFT_TYPE_INTEGER, 4, NFT_BASE_NUMGEN, 0, NFT_L4_ANY, 0, 0, true, 0 },
	{ "jhash", NFT_TYPE_INTEGER, 4, NFT_BASE_HASH, 0, NFT_L4_ANY, 0, 0, true, 0 },
};

const u32 nft_selectors_n = ARRAY_SIZE(nft_selectors);
