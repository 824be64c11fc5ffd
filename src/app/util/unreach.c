/* SPDX-License-Identifier: MIT */
#include "app/util/unreach.h"

#include <errno.h>
#include <linnet/ctl.h>
#include <stdio.h>
#include <string.h>

#include "app/util/errqueue.h"
#include "app/util/inet.h"
#include "wire/icmp.h"

#define ICMP_FILTER 1	/* of SOL_RAW: a set bit hides that type */

int unreach_watch(struct ln_net *net)
{
	uint32_t hide = ~((1u << ICMP_DEST_UNREACH) | (1u << ICMP_TIME_EXCEEDED));
	int fd = ln_socket(net, LN_AF_INET, LN_SOCK_RAW, LN_IPPROTO_ICMP);

	if (fd >= 0)
		ln_setsockopt(net, fd, LN_SOL_RAW, ICMP_FILTER, &hide, sizeof(hide));
	return fd;
}

static bool read_quote(const uint8_t *packet, size_t len, struct unreach *u, struct icmp_quote *q)
{
	struct ipv4_view ip;
	struct icmp_view icmp;

	if (ipv4_parse(packet, len, &ip) ||
	    icmp_parse(packet + ip.hlen, ip.tot_len - ip.hlen, &icmp) ||
	    icmp_parse_quote(icmp.data, icmp.data_len, q))
		return false;
	*u = (struct unreach){ .from = ip.saddr, .type = icmp.type, .code = icmp.code };
	return true;
}

void unreach_read(struct ln_net *net, int fd, uint32_t addr, uint16_t port, struct unreach *u)
{
	uint8_t packet[576];	/* the longest ICMP error (RFC 1812 4.3.2.3) */
	struct icmp_quote q;
	struct unreach heard;
	ptrdiff_t n;

	while ((n = ln_recv(net, fd, packet, sizeof(packet), 0)) >= 0)
		if (read_quote(packet, (size_t)n, &heard, &q) && q.ip.protocol == IP_PROTO_TCP &&
		    q.ip.daddr == addr && q.has_ports && q.dport == htons(port) &&
		    q.ip.saddr != heard.from) /* to itself, as Linux: its own ARP failed */
			*u = heard;
}

void unreach_queued(struct ln_net *net, int fd, struct unreach *u)
{
	struct ln_sockaddr_in own;
	uint32_t len = sizeof(own);
	struct errqueue_msg m;

	if (ln_getsockname(net, fd, &own, &len))
		return;
	while (!errqueue_read(net, fd, &m))
		if (m.origin == ERRQUEUE_ICMP && m.offender && m.offender != own.sin_addr)
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

static void router_text(uint32_t addr, const struct unreach *u, char *buf)
{
	char from[INET4_TEXT_MAX], to[INET4_TEXT_MAX];
	const char *who = u->from == addr ? "the host" : "the router";

	inet4_text(u->from, from);
	inet4_text(addr, to);
	if (u->type == ICMP_TIME_EXCEEDED) {
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"time to live exceeded\": packets go "
			 "in a circle, or too far; traceroute %s shows where", who, from, to);
		return;
	}
	switch (u->code) {
	case ICMP_NET_UNREACH: case ICMP_NET_UNKNOWN: case ICMP_NET_UNR_TOS:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"network unreachable\": it has no "
			 "route there; check the address, or the routes of %s", who, from, from);
		break;
	case ICMP_HOST_UNREACH: case ICMP_HOST_UNKNOWN: case ICMP_HOST_ISOLATED:
	case ICMP_HOST_UNR_TOS:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"host unreachable\": on the network "
			 "behind it nobody answers; check the address, and that the host is up",
			 who, from);
		break;
	case ICMP_NET_ANO: case ICMP_HOST_ANO: case ICMP_PKT_FILTERED:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"administratively prohibited\": a "
			 "rule there forbids it; ask whoever runs it", who, from);
		break;
	default:
		snprintf(buf, UNREACH_TEXT_MAX, "%s %s says \"destination unreachable\", code %u",
			 who, from, u->code);
	}
}

/* Nobody but this host itself says so: its routes tell what it had meant to do. */
static void own_text(struct ln_net *net, const char *to, int err, char *buf)
{
	char cmd[64], route[256] = "", via[INET4_TEXT_MAX];
	const char *at;
	int got;

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
	else if (at && sscanf(at, " via %15s", via) == 1)
		snprintf(buf, UNREACH_TEXT_MAX, "the gateway %s does not answer ARP; check that it "
			 "is the right one, the cable, and that it is up", via);
	else
		snprintf(buf, UNREACH_TEXT_MAX, "it does not answer ARP; check the address, the "
			 "cable, and that the host is up");
}

const char *unreach_text(struct ln_net *net, uint32_t addr, int err, const struct unreach *u,
			 char buf[static UNREACH_TEXT_MAX])
{
	char to[INET4_TEXT_MAX];

	if (u->from)
		router_text(addr, u, buf);
	else
		own_text(net, inet4_text(addr, to), err, buf);
	return buf;
}
