/* SPDX-License-Identifier: MIT */
#include "app/util/unreach.h"

#include <errno.h>
#include <linnet/ctl.h>
#include <stdio.h>
#include <string.h>

#include "app/util/errqueue.h"
#include "app/util/inet.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

/* Options of SOL_RAW and SOL_ICMPV6: a set bit hides that type. */
#define ICMP_FILTER 1
#define ICMPV6_FILTER 1

int unreach_watch(struct ln_net *net, uint16_t family)
{
	uint32_t hide = ~((1u << ICMP_DEST_UNREACH) | (1u << ICMP_TIME_EXCEEDED)), hide6[8];
	int fd;

	if (family != LN_AF_INET6) {
		fd = ln_socket(net, LN_AF_INET, LN_SOCK_RAW, LN_IPPROTO_ICMP);
		if (fd >= 0)
			ln_setsockopt(net, fd, LN_SOL_RAW, ICMP_FILTER, &hide, sizeof(hide));
		return fd;
	}
	memset(hide6, 0xff, sizeof(hide6));
	hide6[0] &= ~((1u << ICMPV6_DEST_UNREACH) | (1u << ICMPV6_TIME_EXCEED));
	fd = ln_socket(net, LN_AF_INET6, LN_SOCK_RAW, LN_IPPROTO_ICMPV6);
	if (fd >= 0)
		ln_setsockopt(net, fd, LN_IPPROTO_ICMPV6, ICMPV6_FILTER, hide6, sizeof(hide6));
	return fd;
}

/* A message of the watch: what it says, and of whose packet to where. */
struct heard {
	struct unreach u;
	struct ipaddr src, dst;
	uint8_t protocol;
	bool has_ports;
	be16 dport;
};

static bool read_quote(const uint8_t *packet, size_t len, struct heard *h)
{
	struct icmp_quote q;
	struct ipv4_view ip;
	struct icmp_view icmp;

	if (ipv4_parse(packet, len, &ip) ||
	    icmp_parse(packet + ip.hlen, ip.tot_len - ip.hlen, &icmp) ||
	    icmp_parse_quote(icmp.data, icmp.data_len, &q))
		return false;
	*h = (struct heard){
		.u = { .from = ipaddr_v4(ip.saddr), .type = icmp.type, .code = icmp.code },
		.src = ipaddr_v4(q.ip.saddr), .dst = ipaddr_v4(q.ip.daddr),
		.protocol = q.ip.protocol, .has_ports = q.has_ports, .dport = q.dport,
	};
	return true;
}

static struct ipaddr ipaddr_v6(const struct ip6_addr *a)
{
	struct ipaddr out = { .family = LN_AF_INET6 };

	memcpy(out.v6, a->s6_addr, sizeof(out.v6));
	return out;
}

/* Of IPv6 a raw socket gives what is behind the header, and who sent it. */
static bool read_quote6(const uint8_t *packet, size_t len, const struct ipaddr *from,
			struct heard *h)
{
	struct icmp6_quote q;
	struct icmp6_view icmp;

	if (icmp6_parse_hdr(packet, len, &icmp) ||
	    icmp6_parse_quote(icmp.data, icmp.data_len, &q))
		return false;
	*h = (struct heard){
		.u = { .from = *from, .type = icmp.type, .code = icmp.code },
		.src = ipaddr_v6(&q.ip.saddr), .dst = ipaddr_v6(&q.ip.daddr),
		.protocol = q.ext.nexthdr, .has_ports = q.has_ports, .dport = q.dport,
	};
	return true;
}

void unreach_read(struct ln_net *net, int fd, const struct ipaddr *addr, uint16_t port,
		  struct unreach *u)
{
	uint8_t packet[1280];	/* the longest ICMPv6 error (RFC 4443 2.4 c); of ICMP it is 576 */
	union inet_sockaddr sa;
	struct ipaddr from;
	struct heard h;
	ptrdiff_t n;

	for (;;) {
		uint32_t len = sizeof(sa);

		n = ln_recvfrom(net, fd, packet, sizeof(packet), 0, &sa, &len);
		if (n < 0)
			return;
		from = ipaddr_of(&sa);
		if (!(addr->family == LN_AF_INET6 ? read_quote6(packet, (size_t)n, &from, &h) :
		      read_quote(packet, (size_t)n, &h)))
			continue;
		if (h.protocol == IP_PROTO_TCP && h.has_ports && h.dport == cpu_to_be16(port) &&
		    ipaddr_equal(&h.dst, addr) &&
		    !ipaddr_equal(&h.src, &h.u.from)) /* to itself, as Linux: its own ARP failed */
			*u = h.u;
	}
}

void unreach_queued(struct ln_net *net, int fd, struct unreach *u)
{
	union inet_sockaddr sa;
	uint32_t len = sizeof(sa);
	struct errqueue_msg m;
	struct ipaddr own;

	if (ln_getsockname(net, fd, &sa, &len))
		return;
	own = ipaddr_of(&sa);
	while (!errqueue_read(net, fd, &m))
		if (m.origin != ERRQUEUE_LOCAL && m.offender.family &&
		    !ipaddr_equal(&m.offender, &own))
			*u = (struct unreach){ .from = m.offender, .type = m.type, .code = m.code };
}

bool unreach_is(int err)
{
	switch (-err) {
	case ENETUNREACH: case EHOSTUNREACH: case EHOSTDOWN: case ENONET: case ENETDOWN:
	case EACCES: case EINVAL: /* connect(), about a route of type prohibit, blackhole */
		return true;
	default:
		return false;
	}
}

enum why { WHY_NO_ROUTE, WHY_HOST, WHY_PROHIBITED, WHY_HOPS, WHY_ELSE };

static enum why why_of(const struct unreach *u)
{
	if (u->type == ICMP_TIME_EXCEEDED)
		return WHY_HOPS;
	switch (u->code) {
	case ICMP_NET_UNREACH: case ICMP_NET_UNKNOWN: case ICMP_NET_UNR_TOS:
		return WHY_NO_ROUTE;
	case ICMP_HOST_UNREACH: case ICMP_HOST_UNKNOWN: case ICMP_HOST_ISOLATED:
	case ICMP_HOST_UNR_TOS:
		return WHY_HOST;
	case ICMP_NET_ANO: case ICMP_HOST_ANO: case ICMP_PKT_FILTERED:
		return WHY_PROHIBITED;
	default:
		return WHY_ELSE;
	}
}

static enum why why_of6(const struct unreach *u)
{
	if (u->type == ICMPV6_TIME_EXCEED)
		return WHY_HOPS;
	switch (u->code) {
	case ICMPV6_NOROUTE: case ICMPV6_REJECT_ROUTE:
		return WHY_NO_ROUTE;
	case ICMPV6_ADDR_UNREACH:
		return WHY_HOST;
	case ICMPV6_ADM_PROHIBITED: case ICMPV6_POLICY_FAIL:
		return WHY_PROHIBITED;
	default:
		return WHY_ELSE;
	}
}

static void router_text(struct ln_net *net, const struct ipaddr *addr, const struct unreach *u,
			char *buf)
{
	const char *who = ipaddr_equal(&u->from, addr) ? "the host" : "the router";
	char from[IPADDR_TEXT_MAX], to[IPADDR_TEXT_MAX];

	ipaddr_text(net, &u->from, from);
	ipaddr_text(net, addr, to);
	switch (u->from.family == LN_AF_INET6 ? why_of6(u) : why_of(u)) {
	case WHY_HOPS:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"time to live exceeded\": packets go "
			 "in a circle, or too far; traceroute %s shows where", who, from, to);
		break;
	case WHY_NO_ROUTE:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"network unreachable\": it has no "
			 "route there; check the address, or the routes of %s", who, from, from);
		break;
	case WHY_HOST:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"host unreachable\": on the network "
			 "behind it nobody answers; check the address, and that the host is up",
			 who, from);
		break;
	case WHY_PROHIBITED:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"administratively prohibited\": a "
			 "rule there forbids it; ask whoever runs it", who, from);
		break;
	default:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"destination unreachable\", code %u",
			 who, from, u->code);
	}
}

/* Nobody but this host itself says so: its routes tell what it had meant to do. */
static void own_text(struct ln_net *net, const struct ipaddr *addr, int err, char *buf)
{
	const char *ask = addr->family == LN_AF_INET6 ? "neighbour solicitations" : "ARP", *at;
	char cmd[128], route[256] = "", via[IPADDR_TEXT_MAX], to[IPADDR_TEXT_MAX];
	int got;

	ipaddr_text(NULL, addr, to);
	snprintf(cmd, sizeof(cmd), "ip route get %s", to);
	got = ln_ctl(net, cmd, route, sizeof(route), NULL);
	at = strstr(route, " via ");
	if (!strncmp(route, "broadcast ", 10) || !strncmp(route, "multicast ", 10))
		snprintf(buf, UNREACH_TEXT_MAX, "%s is no single host's address", to);
	else if (err == -EACCES || err == -EINVAL)
		snprintf(buf, UNREACH_TEXT_MAX, "a route of this host's forbids it; see ip route");
	else if (err == -ENETUNREACH || err == -ENETDOWN)
		snprintf(buf, UNREACH_TEXT_MAX, "this host's routing table has no entry that leads "
			 "there; see ip route and ip link, or set a gateway (ip route add default "
			 "via ...)");
	else if (got)
		snprintf(buf, UNREACH_TEXT_MAX, "a route of this host's says so; see ip route");
	else if (at && sscanf(at, " via %63s", via) == 1)
		snprintf(buf, UNREACH_TEXT_MAX, "the gateway %s does not answer %s; check that it "
			 "is the right one, the cable, and that it is up", via, ask);
	else
		snprintf(buf, UNREACH_TEXT_MAX, "it does not answer %s; check the address, the "
			 "cable, and that the host is up", ask);
}

const char *unreach_text(struct ln_net *net, const struct ipaddr *addr, int err,
			 const struct unreach *u, char buf[static UNREACH_TEXT_MAX])
{
	if (u->from.family)
		router_text(net, addr, u, buf);
	else
		own_text(net, addr, err, buf);
	return buf;
}
