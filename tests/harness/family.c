/* SPDX-License-Identifier: MIT */
#include "harness/family.h"

#include <linnet/ctl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/ipv4.h"

#define QUOTED 1400		/* bytes behind the header that the quoted packet had */
#define PREFIX6 96

bool family_is_ipv6;

int family_run(const struct CMUnitTest *tests, size_t n)
{
	int failed = _cmocka_run_group_tests("IPv4", tests, n, NULL, NULL);

	family_is_ipv6 = true;
	failed += _cmocka_run_group_tests("IPv6", tests, n, NULL, NULL);
	return failed;
}

void family_ipv4_only(const char *why)
{
	(void)why;
	if (family_is_ipv6)
		skip();
}

/* ---- packets ---- */

struct ip6_addr family_addr6(be32 addr)
{
	struct ip6_addr a = { { 0xfd } };

	memcpy(a.s6_addr + PREFIX6 / 8, &addr, 4);
	return a;
}

static be32 host_of(const struct ip6_addr *a)
{
	be32 addr;

	memcpy(&addr, a->s6_addr + PREFIX6 / 8, 4);
	return addr;
}

u32 family_build(bool v6, u8 *p, be32 saddr, be32 daddr, u8 protocol, u32 len, u8 tos)
{
	struct ipv4_view ip = {
		.tot_len = (u16)(IPV4_HLEN + len), .hlen = IPV4_HLEN, .ttl = 64,
		.protocol = protocol, .saddr = saddr, .daddr = daddr, .df = true, .tos = tos,
	};
	struct ipv6_view ip6 = {
		.payload_len = (u16)len, .nexthdr = protocol, .hop_limit = 64, .tclass = tos,
		.saddr = family_addr6(saddr), .daddr = family_addr6(daddr),
	};

	return (u32)(v6 ? ipv6_build(p, &ip6) : ipv4_build(p, &ip));
}

be16 family_check(bool v6, be32 saddr, be32 daddr, u8 protocol, const u8 *p, u32 len)
{
	struct ip6_addr saddr6 = family_addr6(saddr), daddr6 = family_addr6(daddr);
	wsum sum = csum_partial(p, len, 0);

	return v6 ? csum_ipv6_magic(&saddr6, &daddr6, len, protocol, sum) :
		    csum_tcpudp_magic(saddr, daddr, len, protocol, sum);
}

static enum family_kind parse4(const u8 *p, u32 len, struct family_packet *out)
{
	struct ipv4_view ip;

	if (ipv4_parse(p, len, &ip) != WIRE_OK)
		return FAMILY_MALFORMED;
	if (ip.protocol != IP_PROTO_TCP || ip.mf || ip.frag_off)
		return FAMILY_OTHER;
	*out = (struct family_packet){
		.saddr = ip.saddr, .daddr = ip.daddr, .tcp = p + ip.hlen,
		.len = ip.tot_len - (u32)ip.hlen,
	};
	out->sum_ok = tcp_v4_csum_ok(out->tcp, out->len, ip.saddr, ip.daddr);
	return FAMILY_TCP;
}

static enum family_kind parse6(const u8 *p, u32 len, struct family_packet *out)
{
	struct ipv6_view ip;

	if (ipv6_parse(p, len, &ip) != WIRE_OK)
		return FAMILY_MALFORMED;
	if (ip.nexthdr != IP_PROTO_TCP)
		return FAMILY_OTHER;
	*out = (struct family_packet){
		.saddr = host_of(&ip.saddr), .daddr = host_of(&ip.daddr), .tcp = p + IPV6_HLEN,
		.len = ip.payload_len, .v6 = true,
	};
	out->sum_ok = !csum_ipv6_magic(&ip.saddr, &ip.daddr, out->len, IP_PROTO_TCP,
				       csum_partial(out->tcp, out->len, 0));
	return FAMILY_TCP;
}

enum family_kind family_parse(const u8 *frame, u32 len, struct family_packet *out)
{
	switch (get_be16(frame + 12)) {
	case ETH_P_IP:
		return parse4(frame + ETH_HLEN, len - ETH_HLEN, out);
	case ETH_P_IPV6:
		return parse6(frame + ETH_HLEN, len - ETH_HLEN, out);
	default:
		return FAMILY_OTHER;
	}
}

u32 family_icmp(bool v6, u8 p[FAMILY_ICMP_MAX], const struct family_quote *q, u8 type, u8 code,
		u32 info)
{
	u32 len = 8;
	be16 check;

	memset(p, 0, FAMILY_ICMP_MAX);
	p[0] = type;
	p[1] = code;
	put_be32(p + 4, info);
	len += family_build(v6, p + len, q->local, q->remote, IP_PROTO_TCP, QUOTED, 0);
	put_be16(p + len, q->sport);
	put_be16(p + len + 2, q->dport);
	put_be32(p + len + 4, q->seq);
	len += 8;
	check = v6 ? family_check(v6, q->remote, q->local, IP_PROTO_ICMPV6, p, len) :
		     csum_fold(csum_partial(p, len, 0));
	memcpy(p + 2, &check, 2);
	return len;
}

u32 family_unreach(bool v6, u8 p[FAMILY_ICMP_MAX], const struct family_quote *q, u8 code, u32 mtu)
{
	if (!v6)
		return family_icmp(v6, p, q, ICMP_DEST_UNREACH, code, mtu & 0xffff);
	switch (code) {
	case ICMP_FRAG_NEEDED:
		return family_icmp(v6, p, q, ICMPV6_PKT_TOOBIG, 0, mtu + FAMILY_MORE);
	case ICMP_NET_UNREACH:
		return family_icmp(v6, p, q, ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE, 0);
	case ICMP_PORT_UNREACH:
		return family_icmp(v6, p, q, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
	case ICMP_PROT_UNREACH:
		return family_icmp(v6, p, q, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, 6);
	default:
		return family_icmp(v6, p, q, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
	}
}

/* ---- sockets ---- */

u32 family_sockaddr(bool v6, be32 addr, u16 port, union family_sockaddr *out)
{
	struct ip6_addr a = addr ? family_addr6(addr) : IN6ADDR_ANY;

	memset(out, 0, sizeof(*out));
	if (!v6) {
		out->in = (struct ln_sockaddr_in){ .sin_family = LN_AF_INET, .sin_addr = addr,
						   .sin_port = cpu_to_be16(port) };
		return sizeof(out->in);
	}
	out->in6.sin6_family = LN_AF_INET6;
	out->in6.sin6_port = cpu_to_be16(port);
	memcpy(out->in6.sin6_addr, &a, sizeof(a));
	return sizeof(out->in6);
}

u32 family_mapped(be32 addr, u16 port, union family_sockaddr *out)
{
	struct ip6_addr a = ipv6_addr_v4mapped_of(addr);
	u32 len = family_sockaddr(true, 0, port, out);

	memcpy(out->in6.sin6_addr, &a, sizeof(a));
	return len;
}

be32 family_host(const union family_sockaddr *sa)
{
	be32 addr = sa->in.sin_addr;

	if (sa->family == LN_AF_INET6)
		memcpy(&addr, sa->in6.sin6_addr + 12, 4);
	return addr;
}

/* ---- machines ---- */

void family_ctl(struct ln_net *ln, const char *format, ...)
{
	char cmd[160], out[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(cmd, sizeof(cmd), format, ap);
	va_end(ap);
	if (!ln_ctl(ln, cmd, out, sizeof(out), NULL))
		return;
	fprintf(stderr, "%s: %s\n", cmd, out);
	abort();
}

/* As text for commands. */
static const char *text_of(bool v6, be32 addr, char text[IP6_STR_MAX])
{
	u32 a = be32_to_cpu(addr);

	if (v6)
		snprintf(text, IP6_STR_MAX, "fd00::%x:%x", a >> 16, a & 0xffff);
	else
		snprintf(text, IP6_STR_MAX, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255,
			 a & 255);
	return text;
}

void family_add_addr(bool v6, struct ln_net *ln, const char *dev, be32 addr)
{
	char text[IP6_STR_MAX];

	if (v6)
		family_ctl(ln, "sysctl -w net.ipv6.conf.%s.disable_ipv6=0", dev);
	family_ctl(ln, "ip addr add %s/%s dev %s%s", text_of(v6, addr, text), v6 ? "120" : "24",
		   dev, v6 ? " nodad" : "");
}

void family_add_neigh(bool v6, struct ln_net *ln, const char *dev, be32 addr, const u8 mac[6])
{
	char text[IP6_STR_MAX];

	family_ctl(ln, "ip neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s nud permanent",
		   text_of(v6, addr, text), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], dev);
}

void family_add_default(bool v6, struct ln_net *ln, be32 gateway)
{
	char text[IP6_STR_MAX];

	family_ctl(ln, "ip %s route add default via %s", v6 ? "-6" : "-4",
		   text_of(v6, gateway, text));
}
