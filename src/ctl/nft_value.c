/* SPDX-License-Identifier: MIT */
#include "ctl/nft_value.h"

#include "device/netdevice.h"
#include "wire/inet_addr.h"
#include "wire/ip6_addr.h"

struct symbol {
	char name[28];
	u32 value;
};

static const struct symbol protocols[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipip", 4 }, { "tcp", 6 }, { "udp", 17 }, { "dccp", 33 },
	{ "ipv6", 41 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "ipv6-icmp", 58 },
	{ "icmpv6", 58 }, { "ospf", 89 }, { "comp", 108 }, { "vrrp", 112 }, { "sctp", 132 },
	{ "udplite", 136 }, { "", 0 },
};
static const struct symbol services[] = {
	{ "ftp-data", 20 }, { "ftp", 21 }, { "ssh", 22 }, { "telnet", 23 }, { "smtp", 25 },
	{ "domain", 53 }, { "bootps", 67 }, { "bootpc", 68 }, { "tftp", 69 }, { "http", 80 },
	{ "kerberos", 88 }, { "pop3", 110 }, { "sunrpc", 111 }, { "ntp", 123 }, { "imap", 143 },
	{ "imap2", 143 }, { "snmp", 161 }, { "snmp-trap", 162 }, { "bgp", 179 }, { "ldap", 389 },
	{ "https", 443 }, { "microsoft-ds", 445 }, { "submission", 587 }, { "ldaps", 636 },
	{ "domain-s", 853 }, { "imaps", 993 }, { "pop3s", 995 }, { "openvpn", 1194 },
	{ "ms-sql-s", 1433 }, { "nfs", 2049 }, { "mysql", 3306 }, { "postgresql", 5432 },
	{ "mdns", 5353 }, { "http-alt", 8080 }, { "", 0 },
};
static const struct symbol ethertypes[] = {
	{ "ip", 0x0800 }, { "arp", 0x0806 }, { "vlan", 0x8100 }, { "ip6", 0x86dd }, { "", 0 },
};
static const struct symbol ct_states[] = {
	{ "invalid", 1 }, { "established", 2 }, { "related", 4 }, { "new", 8 },
	{ "untracked", 64 }, { "", 0 },
};
static const struct symbol ct_dirs[] = { { "original", 0 }, { "reply", 1 }, { "", 0 } };
static const struct symbol ct_statuses[] = {
	{ "expected", 1 }, { "seen-reply", 2 }, { "assured", 4 }, { "confirmed", 8 },
	{ "snat", 16 }, { "dnat", 32 }, { "dying", 512 }, { "", 0 },
};
static const struct symbol icmp_types[] = {
	{ "echo-reply", 0 }, { "destination-unreachable", 3 }, { "source-quench", 4 },
	{ "redirect", 5 }, { "echo-request", 8 }, { "router-advertisement", 9 },
	{ "router-solicitation", 10 }, { "time-exceeded", 11 }, { "parameter-problem", 12 },
	{ "timestamp-request", 13 }, { "timestamp-reply", 14 }, { "info-request", 15 },
	{ "info-reply", 16 }, { "address-mask-request", 17 }, { "address-mask-reply", 18 },
	{ "", 0 },
};
static const struct symbol icmp_codes[] = {
	{ "net-unreachable", 0 }, { "host-unreachable", 1 }, { "prot-unreachable", 2 },
	{ "port-unreachable", 3 }, { "frag-needed", 4 }, { "net-prohibited", 9 },
	{ "host-prohibited", 10 }, { "admin-prohibited", 13 }, { "", 0 },
};
static const struct symbol icmpv6_types[] = {
	{ "destination-unreachable", 1 }, { "packet-too-big", 2 }, { "time-exceeded", 3 },
	{ "parameter-problem", 4 }, { "echo-request", 128 }, { "echo-reply", 129 },
	{ "mld-listener-query", 130 }, { "mld-listener-report", 131 },
	{ "mld-listener-done", 132 }, { "mld-listener-reduction", 132 },
	{ "nd-router-solicit", 133 }, { "nd-router-advert", 134 },
	{ "nd-neighbor-solicit", 135 }, { "nd-neighbor-advert", 136 }, { "nd-redirect", 137 },
	{ "router-renumbering", 138 }, { "ind-neighbor-solicit", 141 },
	{ "ind-neighbor-advert", 142 }, { "mld2-listener-report", 143 }, { "", 0 },
};
static const struct symbol icmpv6_codes[] = {
	{ "no-route", 0 }, { "admin-prohibited", 1 }, { "addr-unreachable", 3 },
	{ "port-unreachable", 4 }, { "policy-fail", 5 }, { "reject-route", 6 }, { "", 0 },
};
static const struct symbol tcp_flags[] = {
	{ "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "ack", 16 }, { "urg", 32 },
	{ "ecn", 64 }, { "cwr", 128 }, { "", 0 },
};
static const struct symbol pkttypes[] = {
	{ "host", 0 }, { "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "other", 3 },
	{ "", 0 },
};
static const struct symbol iftypes[] = {	/* ARPHRD_* */
	{ "ether", 1 }, { "ppp", 512 }, { "ipip", 768 }, { "ipip6", 769 }, { "loopback", 772 },
	{ "sit", 776 }, { "ipgre", 778 }, { "", 0 },
};
static const struct symbol nfprotos[] = { { "ipv4", 2 }, { "ipv6", 10 }, { "", 0 } };
static const struct symbol addrtypes[] = {
	{ "unspec", 0 }, { "unicast", 1 }, { "local", 2 }, { "broadcast", 3 }, { "anycast", 4 },
	{ "multicast", 5 }, { "blackhole", 6 }, { "unreachable", 7 }, { "prohibit", 8 },
	{ "", 0 },
};
static const struct symbol dscps[] = {
	{ "cs0", 0 }, { "cs1", 8 }, { "cs2", 16 }, { "cs3", 24 }, { "cs4", 32 }, { "cs5", 40 },
	{ "cs6", 48 }, { "cs7", 56 }, { "df", 0 }, { "be", 0 }, { "lephb", 1 }, { "af11", 10 },
	{ "af12", 12 }, { "af13", 14 }, { "af21", 18 }, { "af22", 20 }, { "af23", 22 },
	{ "af31", 26 }, { "af32", 28 }, { "af33", 30 }, { "af41", 34 }, { "af42", 36 },
	{ "af43", 38 }, { "va", 44 }, { "ef", 46 }, { "", 0 },
};
static const struct symbol ecns[] = {
	{ "not-ect", 0 }, { "ect1", 1 }, { "ect0", 2 }, { "ce", 3 }, { "", 0 },
};

enum base { DECIMAL, HEX, ADDR4, ADDR6, MAC, NAME, INDEX, TIME, NONE };

static const struct {
	char name[16];
	u8 len, base;
	bool flags, numeric;		/* written as numbers though there are names */
	const struct symbol *symbols;
} types[NFT_TYPES] = {
	[NFT_TYPE_INTEGER] = { "integer", 0, DECIMAL, false, false, NULL },
	[NFT_TYPE_IPV4] = { "ipv4_addr", 4, ADDR4, false, false, NULL },
	[NFT_TYPE_IPV6] = { "ipv6_addr", 16, ADDR6, false, false, NULL },
	[NFT_TYPE_ETHER] = { "ether_addr", 6, MAC, false, false, NULL },
	[NFT_TYPE_PROTO] = { "inet_proto", 1, DECIMAL, false, false, protocols },
	[NFT_TYPE_SERVICE] = { "inet_service", 2, DECIMAL, false, true, services },
	[NFT_TYPE_MARK] = { "mark", 4, HEX, false, false, NULL },
	[NFT_TYPE_IFNAME] = { "ifname", 16, NAME, false, false, NULL },
	[NFT_TYPE_IFINDEX] = { "iface_index", 4, INDEX, false, false, NULL },
	[NFT_TYPE_ETHERTYPE] = { "ether_type", 2, HEX, false, false, ethertypes },
	[NFT_TYPE_CT_STATE] = { "ct_state", 4, HEX, true, false, ct_states },
	[NFT_TYPE_CT_DIR] = { "ct_dir", 1, DECIMAL, false, false, ct_dirs },
	[NFT_TYPE_CT_STATUS] = { "ct_status", 4, HEX, true, false, ct_statuses },
	[NFT_TYPE_ICMP_TYPE] = { "icmp_type", 1, DECIMAL, false, false, icmp_types },
	[NFT_TYPE_ICMP_CODE] = { "icmp_code", 1, DECIMAL, false, false, icmp_codes },
	[NFT_TYPE_ICMPV6_TYPE] = { "icmpv6_type", 1, DECIMAL, false, false, icmpv6_types },
	[NFT_TYPE_ICMPV6_CODE] = { "icmpv6_code", 1, DECIMAL, false, false, icmpv6_codes },
	[NFT_TYPE_TCP_FLAG] = { "tcp_flag", 1, HEX, true, false, tcp_flags },
	[NFT_TYPE_PKTTYPE] = { "pkt_type", 1, DECIMAL, false, false, pkttypes },
	[NFT_TYPE_NFPROTO] = { "nf_proto", 1, DECIMAL, false, false, nfprotos },
	[NFT_TYPE_ADDRTYPE] = { "fib_addrtype", 4, DECIMAL, false, false, addrtypes },
	[NFT_TYPE_DSCP] = { "dscp", 1, HEX, false, false, dscps },
	[NFT_TYPE_IFTYPE] = { "iface_type", 2, DECIMAL, false, false, iftypes },
	[NFT_TYPE_ECN] = { "ecn", 1, DECIMAL, false, false, ecns },
	[NFT_TYPE_TIME] = { "time", 4, TIME, false, false, NULL },
	[NFT_TYPE_VERDICT] = { "verdict", 0, NONE, false, false, NULL },
};

const char *nft_type_name(enum nft_type type)
{
	return types[type].name;
}

bool nft_type_by_name(const char *name, enum nft_type *type)
{
	for (u32 i = 0; i < NFT_TYPES; i++)
		if (!strcmp(types[i].name, name)) {
			*type = (enum nft_type)i;
			return true;
		}
	return false;
}

u8 nft_type_len(enum nft_type type)
{
	return types[type].len;
}

bool nft_type_is_flags(enum nft_type type)
{
	return types[type].flags;
}

/* ---- numbers ---- */

bool nft_number_parse(const char *word, u64 *v)
{
	return parse_u64(word, UINT64_MAX, v);
}

static bool put_number(u8 *to, u32 len, u64 v)
{
	if (len < 8 && v >> (8 * len))
		return false;
	for (u32 i = len; i-- > 0; v >>= 8)
		to[i] = (u8)v;
	return true;
}

static u64 get_number(const u8 *p, u32 len)
{
	u64 v = 0;

	for (u32 i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

/* ---- times ---- */

static const struct {
	char unit[4];
	s64 ns;
} units[] = {
	{ "w", 7 * 86400 * NSEC_PER_SEC }, { "d", 86400 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC }, { "m", 60 * NSEC_PER_SEC },
	{ "s", NSEC_PER_SEC },
};

bool nft_time_parse(const char *word, s64 *ns)
{
	s64 sum = 0, n;
	size_t u;

	if (!*word)
		return false;
	while (*word) {
		if (*word < '0' || *word > '9')
			return false;
		for (n = 0; *word >= '0' && *word <= '9' && n < 1000000000; word++)
			n = n * 10 + (*word - '0');
		for (u = 0; u < ARRAY_SIZE(units); u++)
			if (!strncmp(word, units[u].unit, strlen(units[u].unit)))
				break;
		if (!*word) {
			sum += n * NSEC_PER_SEC;	/* a bare number: seconds */
			break;
		}
		if (u == ARRAY_SIZE(units) || n > INT64_MAX / 4 / units[u].ns)
			return false;
		sum += n * units[u].ns;
		word += strlen(units[u].unit);
	}
	*ns = sum;
	return true;
}

void nft_time_print(struct strbuf *out, s64 ns)
{
	static const struct { char unit[3]; s64 ns; } steps[] = {
		{ "d", 86400 * NSEC_PER_SEC }, { "h", 3600 * NSEC_PER_SEC },
		{ "m", 60 * NSEC_PER_SEC }, { "s", NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC },
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (ns < steps[i].ns)
			continue;
		sb_printf(out, "%lld%s", (long long)(ns / steps[i].ns), steps[i].unit);
		ns %= steps[i].ns;
		any = true;
	}
	if (!any)
		sb_puts(out, "0s");
}

/* ---- values ---- */

static bool parse_name(const char *word, u8 *to)
{
	size_t len = strlen(word);

	if (!len || len >= NFT_VALUE_MAX)
		return false;
	memset(to, 0, NFT_VALUE_MAX);
	memcpy(to, word, len);
	return true;
}

static bool parse_by_base(const struct net *net, u8 base, const char *word, u8 *to, u32 len)
{
	const struct net_device *dev;
	be32 a;
	s64 ns;
	u64 v;

	switch (base) {
	case ADDR4:
		if (!inet_addr_parse(word, &a))
			return false;
		memcpy(to, &a, 4);
		return true;
	case ADDR6:
		return ip6_addr_parse(word, (struct ip6_addr *)(void *)to);
	case MAC:
		return mac_parse(word, to);
	case NAME:
		return parse_name(word, to);
	case INDEX:
		dev = dev_get_by_name(net, word);
		if (dev)
			return put_number(to, len, (u32)dev->ifindex);
		break;
	case TIME:
		return nft_time_parse(word, &ns) && put_number(to, len, (u64)(ns / NSEC_PER_MSEC));
	case NONE:
		return false;
	default:
		break;
	}
	return nft_number_parse(word, &v) && put_number(to, len, v);
}

bool nft_value_parse(const struct net *net, enum nft_type type, const char *word, u8 *to, u32 len)
{
	const struct symbol *s = types[type].symbols;

	for (; s && *s->name; s++)
		if (!strcmp(s->name, word))
			return put_number(to, len, s->value);
	return parse_by_base(net, types[type].base, word, to, len);
}

static const char *symbol_of(enum nft_type type, u64 v)
{
	const struct symbol *s = types[type].numeric ? NULL : types[type].symbols;

	for (; s && *s->name; s++)
		if (s->value == v)
			return s->name;
	return NULL;
}

void nft_flags_print(struct strbuf *out, enum nft_type type, const u8 *bytes, u32 len,
		     const char *between)
{
	u64 v = get_number(bytes, len);
	const char *sep = "";
	bool none = !v;

	for (u32 i = 0; i < 32; i++) {
		const char *name = v & BIT(i) ? symbol_of(type, BIT(i)) : NULL;

		if (!name)
			continue;
		sb_printf(out, "%s%s", sep, name);
		sep = between;
		v &= ~(u64)BIT(i);
	}
	if (v || none)
		sb_printf(out, "%s0x%llx", sep, (unsigned long long)v);
}

static void print_by_base(const struct net *net, struct strbuf *out, u8 base, const u8 *v, u32 len)
{
	struct ip6_addr a6;
	const struct net_device *dev;
	be32 a;

	switch (base) {
	case ADDR4:
		memcpy(&a, v, 4);
		sb_inet_addr(out, a);
		break;
	case ADDR6:
		memcpy(&a6, v, sizeof(a6));
		sb_ip6_addr(out, &a6);
		break;
	case MAC:
		sb_mac(out, v);
		break;
	case NAME:
		sb_printf(out, "\"%.*s\"", (int)len, (const char *)v);
		break;
	case INDEX:
		dev = dev_get_by_index(net, (int)get_number(v, len));
		if (dev)
			sb_printf(out, "\"%s\"", dev->name);
		else
			sb_printf(out, "%llu", (unsigned long long)get_number(v, len));
		break;
	case TIME:
		nft_time_print(out, (s64)get_number(v, len) * NSEC_PER_MSEC);
		break;
	case HEX:
		sb_printf(out, "0x%0*llx", (int)len * 2, (unsigned long long)get_number(v, len));
		break;
	default:
		sb_printf(out, "%llu", (unsigned long long)get_number(v, len));
		break;
	}
}

void nft_value_print(const struct net *net, struct strbuf *out, enum nft_type type, const u8 *v,
		     u32 len)
{
	const char *name;

	if (types[type].flags) {
		nft_flags_print(out, type, v, len, ",");
		return;
	}
	name = types[type].symbols && len <= 8 ? symbol_of(type, get_number(v, len)) : NULL;
	if (name)
		sb_puts(out, name);
	else
		print_by_base(net, out, types[type].base, v, len);
}

void nft_value_names(struct strbuf *out, enum nft_type type)
{
	const char *sep = "";

	for (const struct symbol *s = types[type].symbols; s && *s->name; s++) {
		sb_printf(out, "%s%s", sep, s->name);
		sep = ", ";
	}
}
