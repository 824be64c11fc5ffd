/* SPDX-License-Identifier: MIT */
/* The types of nftables' values, and the names that they have. */
#include "ctl/nft_types.h"

#include "ctl/nft_value.h"

enum { DECIMAL = NFT_WRITE_DECIMAL, HEX = NFT_WRITE_HEX, ADDR4 = NFT_WRITE_ADDR4,
       ADDR6 = NFT_WRITE_ADDR6, MAC = NFT_WRITE_MAC, NAME = NFT_WRITE_NAME,
       INDEX = NFT_WRITE_INDEX, TIME = NFT_WRITE_TIME, CLASSID = NFT_WRITE_CLASSID,
       NONE = NFT_WRITE_NONE };

static const struct nft_symbol protocols[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipencap", 4 }, { "tcp", 6 }, { "udp", 17 }, { "dccp", 33 },
	{ "ipv6", 41 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "ipv6-icmp", 58 },
	{ "icmpv6", 58 }, { "ospf", 89 }, { "ipcomp", 108 }, { "comp", 108 },
	{ "vrrp", 112 }, { "sctp", 132 },
	{ "udplite", 136 },
	{ "ip", 0 }, { "hopopt", 0 }, { "ggp", 3 },
	{ "st", 5 }, { "egp", 8 }, { "igp", 9 },
	{ "pup", 12 }, { "hmp", 20 }, { "xns-idp", 22 },
	{ "rdp", 27 }, { "iso-tp4", 29 }, { "xtp", 36 },
	{ "ddp", 37 }, { "idpr-cmtp", 38 }, { "ipv6-route", 43 },
	{ "ipv6-frag", 44 }, { "idrp", 45 }, { "rsvp", 46 },
	{ "skip", 57 }, { "ipv6-nonxt", 59 }, { "ipv6-opts", 60 },
	{ "rspf", 73 }, { "vmtp", 81 }, { "eigrp", 88 },
	{ "ax.25", 93 }, { "ipip", 94 }, { "etherip", 97 },
	{ "encap", 98 }, { "pim", 103 }, { "l2tp", 115 },
	{ "isis", 124 }, { "fc", 133 }, { "mobility-header", 135 },
	{ "mpls-in-ip", 137 }, { "manet", 138 }, { "hip", 139 },
	{ "shim6", 140 }, { "wesp", 141 }, { "rohc", 142 },
	{ "ethernet", 143 }, { "", 0 },
};
static const struct nft_symbol services[] = {
	{ "ftp-data", 20 }, { "ftp", 21 }, { "ssh", 22 }, { "telnet", 23 }, { "smtp", 25 },
	{ "domain", 53 }, { "bootps", 67 }, { "bootpc", 68 }, { "tftp", 69 }, { "http", 80 },
	{ "kerberos", 88 }, { "pop3", 110 }, { "sunrpc", 111 }, { "ntp", 123 }, { "imap", 143 },
	{ "imap2", 143 }, { "snmp", 161 }, { "snmp-trap", 162 }, { "bgp", 179 }, { "ldap", 389 },
	{ "https", 443 }, { "microsoft-ds", 445 }, { "submission", 587 }, { "ldaps", 636 },
	{ "domain-s", 853 }, { "imaps", 993 }, { "pop3s", 995 }, { "openvpn", 1194 },
	{ "ms-sql-s", 1433 }, { "nfs", 2049 }, { "mysql", 3306 }, { "postgresql", 5432 },
	{ "mdns", 5353 }, { "http-alt", 8080 }, { "", 0 },
};
static const struct nft_symbol ethertypes[] = {
	{ "ip", 0x0800 }, { "arp", 0x0806 }, { "8021q", 0x8100 }, { "vlan", 0x8100 },
	{ "8021ad", 0x88a8 }, { "ip6", 0x86dd }, { "", 0 },
};
static const struct nft_symbol ct_states[] = {
	{ "invalid", 1 }, { "established", 2 }, { "related", 4 }, { "new", 8 },
	{ "untracked", 64 }, { "", 0 },
};
static const struct nft_symbol ct_dirs[] = { { "original", 0 }, { "reply", 1 }, { "", 0 } };
static const struct nft_symbol ct_statuses[] = {
	{ "expected", 1 }, { "seen-reply", 2 }, { "assured", 4 }, { "confirmed", 8 },
	{ "snat", 16 }, { "dnat", 32 }, { "dying", 512 }, { "", 0 },
};
static const struct nft_symbol icmp_types[] = {
	{ "echo-reply", 0 }, { "destination-unreachable", 3 }, { "source-quench", 4 },
	{ "redirect", 5 }, { "echo-request", 8 }, { "router-advertisement", 9 },
	{ "router-solicitation", 10 }, { "time-exceeded", 11 }, { "parameter-problem", 12 },
	{ "timestamp-request", 13 }, { "timestamp-reply", 14 }, { "info-request", 15 },
	{ "info-reply", 16 }, { "address-mask-request", 17 }, { "address-mask-reply", 18 },
	{ "", 0 },
};
static const struct nft_symbol icmp_codes[] = {
	{ "net-unreachable", 0 }, { "host-unreachable", 1 }, { "prot-unreachable", 2 },
	{ "port-unreachable", 3 }, { "frag-needed", 4 }, { "net-prohibited", 9 },
	{ "host-prohibited", 10 }, { "admin-prohibited", 13 }, { "", 0 },
};
static const struct nft_symbol icmpv6_types[] = {
	{ "destination-unreachable", 1 }, { "packet-too-big", 2 }, { "time-exceeded", 3 },
	{ "parameter-problem", 4 }, { "echo-request", 128 }, { "echo-reply", 129 },
	{ "mld-listener-query", 130 }, { "mld-listener-report", 131 },
	{ "mld-listener-done", 132 }, { "mld-listener-reduction", 132 },
	{ "nd-router-solicit", 133 }, { "nd-router-advert", 134 },
	{ "nd-neighbor-solicit", 135 }, { "nd-neighbor-advert", 136 }, { "nd-redirect", 137 },
	{ "router-renumbering", 138 }, { "ind-neighbor-solicit", 141 },
	{ "ind-neighbor-advert", 142 }, { "mld2-listener-report", 143 }, { "", 0 },
};
static const struct nft_symbol icmpv6_codes[] = {
	{ "no-route", 0 }, { "admin-prohibited", 1 }, { "addr-unreachable", 3 },
	{ "port-unreachable", 4 }, { "policy-fail", 5 }, { "reject-route", 6 }, { "", 0 },
};
static const struct nft_symbol tcp_flags[] = {
	{ "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "ack", 16 }, { "urg", 32 },
	{ "ecn", 64 }, { "cwr", 128 }, { "", 0 },
};
static const struct nft_symbol pkttypes[] = {
	{ "host", 0 }, { "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "other", 3 },
	{ "", 0 },
};
static const struct nft_symbol iftypes[] = {	/* ARPHRD_* */
	{ "ether", 1 }, { "ppp", 512 }, { "ipip", 768 }, { "ipip6", 769 }, { "loopback", 772 },
	{ "sit", 776 }, { "ipgre", 778 }, { "", 0 },
};
static const struct nft_symbol nfprotos[] = { { "ipv4", 2 }, { "ipv6", 10 }, { "", 0 } };
static const struct nft_symbol addrtypes[] = {
	{ "unspec", 0 }, { "unicast", 1 }, { "local", 2 }, { "broadcast", 3 }, { "anycast", 4 },
	{ "multicast", 5 }, { "blackhole", 6 }, { "unreachable", 7 }, { "prohibit", 8 },
	{ "", 0 },
};
static const struct nft_symbol dscps[] = {
	{ "cs0", 0 }, { "cs1", 8 }, { "cs2", 16 }, { "cs3", 24 }, { "cs4", 32 }, { "cs5", 40 },
	{ "cs6", 48 }, { "cs7", 56 }, { "df", 0 }, { "be", 0 }, { "lephb", 1 }, { "af11", 10 },
	{ "af12", 12 }, { "af13", 14 }, { "af21", 18 }, { "af22", 20 }, { "af23", 22 },
	{ "af31", 26 }, { "af32", 28 }, { "af33", 30 }, { "af41", 34 }, { "af42", 36 },
	{ "af43", 38 }, { "va", 44 }, { "ef", 46 }, { "", 0 },
};
static const struct nft_symbol ecns[] = {
	{ "not-ect", 0 }, { "ect1", 1 }, { "ect0", 2 }, { "ce", 3 }, { "", 0 },
};

static const struct nft_symbol arp_ops[] = {
	{ "request", 1 }, { "reply", 2 }, { "rrequest", 3 }, { "rreply", 4 }, { "inrequest", 8 },
	{ "inreply", 9 }, { "nak", 10 }, { "", 0 },
};
static const struct nft_symbol booleans[] = { { "missing", 0 }, { "exists", 1 }, { "", 0 } };
static const struct nft_symbol classids[] = { { "none", 0 }, { "root", 0xffffffff }, { "", 0 } };
static const struct nft_symbol roots[] = { { "root", 0 }, { "", 0 } };
static const struct nft_symbol devgroups[] = { { "default", 0 }, { "", 0 } };
static const struct nft_symbol mh_types[] = {	/* RFC 6275 6.1 */
	{ "binding-refresh-request", 0 }, { "home-test-init", 1 }, { "careof-test-init", 2 },
	{ "home-test", 3 }, { "careof-test", 4 }, { "binding-update", 5 },
	{ "binding-acknowledgement", 6 }, { "binding-error", 7 }, { "fast-binding-update", 8 },
	{ "fast-binding-acknowledgement", 9 }, { "fast-binding-advertisement", 10 },
	{ "experimental-mobility-header", 11 }, { "home-agent-switch-message", 12 }, { "", 0 },
};
static const struct nft_symbol igmp_types[] = {
	{ "membership-query", 0x11 }, { "membership-report-v1", 0x12 },
	{ "membership-report-v2", 0x16 }, { "membership-report-v3", 0x22 },
	{ "leave-group", 0x17 }, { "", 0 },
};

const struct nft_type_info nft_types[NFT_TYPES] = {
	[NFT_TYPE_INTEGER] = { "integer", 0, DECIMAL, false, false, 1, NULL },
	[NFT_TYPE_IPV4] = { "ipv4_addr", 4, ADDR4, false, false, 2, NULL },
	[NFT_TYPE_IPV6] = { "ipv6_addr", 16, ADDR6, false, false, 1, NULL },
	[NFT_TYPE_ETHER] = { "ether_addr", 6, MAC, false, false, 1, NULL },
	[NFT_TYPE_PROTO] = { "inet_proto", 1, DECIMAL, false, false, 5, protocols },
	[NFT_TYPE_SERVICE] = { "inet_service", 2, DECIMAL, false, true, 5, services },
	[NFT_TYPE_MARK] = { "mark", 4, HEX, false, false, 5, NULL },
	[NFT_TYPE_IFNAME] = { "ifname", 16, NAME, false, false, 1, NULL },
	[NFT_TYPE_IFINDEX] = { "iface_index", 4, INDEX, false, false, 2, NULL },
	[NFT_TYPE_ETHERTYPE] = { "ether_type", 2, HEX, false, false, 1, ethertypes },
	[NFT_TYPE_CT_STATE] = { "ct_state", 4, HEX, true, false, 2, ct_states },
	[NFT_TYPE_CT_DIR] = { "ct_dir", 1, DECIMAL, false, false, 2, ct_dirs },
	[NFT_TYPE_CT_STATUS] = { "ct_status", 4, HEX, true, false, 2, ct_statuses },
	[NFT_TYPE_ICMP_TYPE] = { "icmp_type", 1, DECIMAL, false, false, 1, icmp_types },
	[NFT_TYPE_ICMP_CODE] = { "icmp_code", 1, DECIMAL, false, false, 1, icmp_codes },
	[NFT_TYPE_ICMPV6_TYPE] = { "icmpv6_type", 1, DECIMAL, false, false, 1, icmpv6_types },
	[NFT_TYPE_ICMPV6_CODE] = { "icmpv6_code", 1, DECIMAL, false, false, 1, icmpv6_codes },
	[NFT_TYPE_TCP_FLAG] = { "tcp_flag", 1, HEX, true, false, 5, tcp_flags },
	[NFT_TYPE_PKTTYPE] = { "pkt_type", 1, DECIMAL, false, false, 2, pkttypes },
	[NFT_TYPE_NFPROTO] = { "nf_proto", 1, DECIMAL, false, false, 2, nfprotos },
	[NFT_TYPE_ADDRTYPE] = { "fib_addrtype", 4, DECIMAL, false, false, 1, addrtypes },
	[NFT_TYPE_DSCP] = { "dscp", 1, HEX, false, false, 1, dscps },
	[NFT_TYPE_IFTYPE] = { "iface_type", 2, DECIMAL, false, false, 1, iftypes },
	[NFT_TYPE_ECN] = { "ecn", 1, DECIMAL, false, false, 1, ecns },
	[NFT_TYPE_TIME] = { "time", 4, TIME, false, false, 1, NULL },
	[NFT_TYPE_BOOLEAN] = { "boolean", 1, DECIMAL, false, false, 1, booleans },
	[NFT_TYPE_CLASSID] = { "classid", 4, CLASSID, false, false, 5, classids },
	[NFT_TYPE_UID] = { "uid", 4, DECIMAL, false, true, 5, roots },
	[NFT_TYPE_GID] = { "gid", 4, DECIMAL, false, true, 5, roots },
	[NFT_TYPE_DEVGROUP] = { "devgroup", 4, DECIMAL, false, false, 1, devgroups },
	[NFT_TYPE_MH_TYPE] = { "mh_type", 1, DECIMAL, false, false, 1, mh_types },
	[NFT_TYPE_IGMP_TYPE] = { "igmp_type", 1, DECIMAL, false, false, 1, igmp_types },
	[NFT_TYPE_ARP_OP] = { "arp_op", 2, DECIMAL, false, false, 5, arp_ops },
	[NFT_TYPE_HEX8] = { "bitmask", 1, HEX, false, false, 1, NULL },
	[NFT_TYPE_RAW] = { "integer", 0, NFT_WRITE_RAW, false, false, 1, NULL },
	[NFT_TYPE_CT_LABEL] = { "ct_label", 16, NFT_WRITE_BITS, true, false, 1, NULL },
	[NFT_TYPE_STRING] = { "string", 16, NAME, false, false, 1, NULL },
	[NFT_TYPE_VERDICT] = { "verdict", 0, NONE, false, false, 1, NULL },
};

const char *nft_type_name(enum nft_type type)
{
	return nft_types[type].name;
}

bool nft_type_by_name(const char *name, enum nft_type *type)
{
	for (u32 i = 0; i < NFT_TYPES; i++)
		if (!strcmp(nft_types[i].name, name)) {
			*type = (enum nft_type)i;
			return true;
		}
	return false;
}

u8 nft_type_len(enum nft_type type)
{
	return nft_types[type].len;
}

bool nft_type_is_flags(enum nft_type type)
{
	return nft_types[type].flags;
}

u32 nft_type_in_line(u8 type)
{
	return nft_types[type].in_line;
}

bool nft_service_port(const char *name, u64 *port)
{
	for (const struct nft_symbol *s = services; *s->name; s++) {
		if (!strcmp(s->name, name)) {
			*port = s->value;
			return true;
		}
	}
	return false;
}
