/* SPDX-License-Identifier: MIT */
#include "ctl/rtnames.h"

#include "net/ipv4/ip.h"

struct rtname {
	u8 value;
	char name[12];
};

static const struct rtname scopes[] = {
	{ RT_SCOPE_UNIVERSE, "global" }, { RT_SCOPE_NOWHERE, "nowhere" }, { RT_SCOPE_HOST, "host" },
	{ RT_SCOPE_LINK, "link" },	 { RT_SCOPE_SITE, "site" },
};

static const struct rtname protos[] = {
	{ 0, "unspec" },	 { 1, "redirect" },	 { RTPROT_KERNEL, "kernel" },
	{ RTPROT_BOOT, "boot" }, { RTPROT_STATIC, "static" }, { 8, "gated" },
	{ 9, "ra" },		 { 10, "mrt" },		 { 11, "zebra" },
	{ 12, "bird" },		 { 13, "dnrouted" },	 { 14, "xorp" },
	{ 15, "ntk" },		 { RTPROT_DHCP, "dhcp" }, { 18, "keepalived" },
	{ 42, "babel" },	 { 99, "openr" },	 { 186, "bgp" },
	{ 187, "isis" },	 { 188, "ospf" },	 { 189, "rip" },
	{ 192, "eigrp" },
};

static const struct rtname tables[] = {
	{ RT_TABLE_LOCAL, "local" },
	{ RT_TABLE_MAIN, "main" },
	{ RT_TABLE_DEFAULT, "default" },
	{ 0, "unspec" },
};

static const struct rtname types[] = {
	{ RTN_UNICAST, "unicast" },	    { RTN_LOCAL, "local" },
	{ RTN_BROADCAST, "broadcast" },	    { RTN_ANYCAST, "anycast" },
	{ RTN_MULTICAST, "multicast" },	    { RTN_BLACKHOLE, "blackhole" },
	{ RTN_UNREACHABLE, "unreachable" }, { RTN_PROHIBIT, "prohibit" },
	{ RTN_THROW, "throw" },
};

static const struct rtname ipprotos[] = {
	{ IP_PROTO_ICMP, "icmp" },     { IP_PROTO_IGMP, "igmp" },
	{ IP_PROTO_IPIP, "ipencap" },  { IP_PROTO_TCP, "tcp" },
	{ IP_PROTO_UDP, "udp" },       { IP_PROTO_IPV6, "ipv6" },
	{ IP_PROTO_GRE, "gre" },       { 50, "esp" },
	{ 51, "ah" },		       { IP_PROTO_ICMPV6, "ipv6-icmp" },
	{ 89, "ospf" },		       { IP_PROTO_SCTP, "sctp" },
	{ IP_PROTO_UDPLITE, "udplite" },
};

static const struct rtname *by_name(const struct rtname *t, size_t n, const char *w)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(t[i].name, w))
			return &t[i];
	return NULL;
}

static bool parse(const struct rtname *t, size_t n, const char *w, u8 *value)
{
	const struct rtname *found = by_name(t, n, w);
	u64 v;

	if (found)
		v = found->value;
	else if (!parse_u64(w, 255, &v))
		return false;
	*value = (u8)v;
	return true;
}

static void put(struct strbuf *sb, const struct rtname *t, size_t n, u8 value)
{
	for (size_t i = 0; i < n; i++) {
		if (t[i].value == value) {
			sb_puts(sb, t[i].name);
			return;
		}
	}
	sb_printf(sb, "%u", value);
}

bool rt_scope_parse(const char *w, u8 *scope)
{
	return parse(scopes, ARRAY_SIZE(scopes), w, scope);
}

bool rt_proto_parse(const char *w, u8 *proto)
{
	return parse(protos, ARRAY_SIZE(protos), w, proto);
}

bool rt_table_parse(const char *w, u32 *table)
{
	const struct rtname *found = by_name(tables, ARRAY_SIZE(tables), w);
	u64 v;

	if (found)
		v = found->value;
	else if (!parse_u64(w, UINT32_MAX, &v))
		return false;
	*table = (u32)v;
	return true;
}

bool rt_type_parse(const char *w, u8 *type)
{
	const struct rtname *found = by_name(types, ARRAY_SIZE(types), w);

	if (found)
		*type = found->value;
	return found != NULL;
}

void rt_put_scope(struct strbuf *sb, u8 scope)
{
	put(sb, scopes, ARRAY_SIZE(scopes), scope);
}

void rt_put_proto(struct strbuf *sb, u8 proto)
{
	put(sb, protos, ARRAY_SIZE(protos), proto);
}

void rt_put_table(struct strbuf *sb, u32 table)
{
	if (table > UINT8_MAX)
		sb_printf(sb, "%u", table);
	else
		put(sb, tables, ARRAY_SIZE(tables), (u8)table);
}

void rt_put_type(struct strbuf *sb, u8 type)
{
	put(sb, types, ARRAY_SIZE(types), type);
}

bool rt_ipproto_parse(const char *w, u8 *proto)
{
	return parse(ipprotos, ARRAY_SIZE(ipprotos), w, proto);
}

void rt_put_ipproto(struct strbuf *sb, u8 proto)
{
	for (size_t i = 0; i < ARRAY_SIZE(ipprotos); i++) {
		if (ipprotos[i].value == proto) {
			sb_puts(sb, ipprotos[i].name);
			return;
		}
	}
	sb_printf(sb, "ipproto-%u", proto);
}
