/* SPDX-License-Identifier: MIT */
/* The brief journey's IPv6: routes, neighbours, routers, and what is nobody's news. */
#include "base/fmt.h"
#include "base/netns.h"
#include "device/netdevice.h"
#include "trace/journey_priv.h"
#include "trace/trace_text.h"
#include "wire/icmp6.h"
#include "wire/ndp.h"

static struct ip6_addr addr_of(const u64 words[2])
{
	struct ip6_addr a;

	memcpy(a.s6_addr, &words[0], 8);
	memcpy(a.s6_addr + 8, &words[1], 8);
	return a;
}

static u64 key_of(const u64 words[2])
{
	return words[0] * 0x9e3779b97f4a7c15u ^ words[1];
}

static const char *dev_name(const struct ln_trace_event *ev, u64 ifindex)
{
	const struct net_device *dev = dev_get_by_index(net_of(ev->net), (int)ifindex);

	return dev ? dev->name : "?";
}

/* What the network layer says of itself is no journey: neighbours, errors. */
static bool is_control(const struct ln_trace_event *ev)
{
	const u8 *p = ev->data;

	return p && ev->len - ev->data_len > IPV6_HLEN && p[IPV6_NEXTHDR_OFF] == IP_PROTO_ICMPV6 &&
	       p[IPV6_HLEN] != ICMPV6_ECHO_REQUEST && p[IPV6_HLEN] != ICMPV6_ECHO_REPLY;
}

/* source, destination, dev. Where the gateway is, the neighbour's line tells. */
static void tell_route(struct journey *j, const struct ln_trace_event *ev)
{
	struct ip6_addr daddr = addr_of(&ev->arg[2]);

	if (ipv6_addr_needs_scope_id(&daddr) || ipv6_addr_is_multicast(&daddr) ||
	    is_control(ev) ||
	    !journey_first_time(j, TOLD_ROUTE, ev->node, key_of(&ev->arg[2])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	trace_put_addr(&sb, &ev->arg[2]);
	sb_puts(&sb, ": from ");
	trace_put_addr(&sb, &ev->arg[0]);
	sb_printf(&sb, " out of %s (longest matching route)", dev_name(ev, ev->arg[4]));
	journey_line_end(j, &sb);
}

/* The MAC address that an advertisement gives (RFC 4861 4.4); 0: none. */
static u64 advertised_mac(const struct ln_trace_event *ev)
{
	const u8 *opt = ev->data + NDISC_NEIGH_LEN;

	if (!ev->data || ev->len - ev->data_len < NDISC_NEIGH_LEN + 8 ||
	    opt[0] != ND_OPT_TARGET_LL_ADDR || opt[1] != 1)
		return 0;
	return (u64)get_be16(opt + 2) << 32 | get_be32(opt + 4);
}

/* what, whose address, to whom. What routers and hosts tell each other --journey=full shows. */
static void tell_neighbour(struct journey *j, const struct ln_trace_event *ev)
{
	struct ip6_addr to = addr_of(&ev->arg[3]);
	u8 type = ev->data && ev->len > ev->data_len ? ev->data[0] : 0;
	bool ask = type == NDISC_NEIGHBOUR_SOLICITATION;

	/* To one alone: is it still there? Without an own MAC: is an address free (DAD)? */
	if (ask && ev->len == NDISC_NEIGH_LEN)
		return;
	if ((!ask && type != NDISC_NEIGHBOUR_ADVERTISEMENT) ||
	    ipv6_addr_is_multicast(&to) != ask ||
	    !journey_first_time(j, ask ? TOLD_ARP_ASK : TOLD_ARP_SAY, ev->node,
				key_of(&ev->arg[1]) ^ key_of(&ev->arg[3])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	if (ask) {
		sb_puts(&sb, "the MAC address of ");
		trace_put_addr(&sb, &ev->arg[1]);
		sb_puts(&sb, " is not known: neighbour solicitation to ");
		trace_put_addr(&sb, &ev->arg[3]);
	} else {
		u64 mac = advertised_mac(ev);

		sb_puts(&sb, "neighbour advertisement: ");
		trace_put_addr(&sb, &ev->arg[1]);
		sb_puts(&sb, mac ? " is at " : " is here");
		if (mac)
			trace_put_mac(&sb, mac);
	}
	journey_line_end(j, &sb);
}

/* hop limit, hop limit, dev, next hop */
static void tell_forward(struct journey *j, const struct ln_trace_event *ev)
{
	if (!journey_first_time(j, TOLD_FORWARD, ev->node, ev->arg[2] ^ key_of(&ev->arg[3])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_printf(&sb, "router: hop limit %llu -> %llu, new MAC header, out of %s towards ",
		  (unsigned long long)ev->arg[0], (unsigned long long)ev->arg[1],
		  dev_name(ev, ev->arg[2]));
	trace_put_addr(&sb, &ev->arg[3]);
	journey_line_end(j, &sb);
}

bool journey_brief6_event(struct journey *j, const struct ln_trace_event *ev)
{
	switch (ev->point) {
	case LN_TP_ip6_xmit:
		tell_route(j, ev);
		return true;
	case LN_TP_ndisc_send:
		tell_neighbour(j, ev);
		return true;
	case LN_TP_ip6_forward:
		tell_forward(j, ev);
		return true;
	case LN_TP_icmp6_send:
		journey_brief_icmp6(j, ev);
		return true;
	default:
		return false;
	}
}

bool journey_brief6_is_news(const struct ln_trace_event *ev)
{
	const struct ipv6hdr *h = (const void *)ev->data;

	if (ev->arg[0] == SKB_DROP_REASON_IPV6DISABLED)
		return false;
	return ev->arg[0] != SKB_DROP_REASON_IP_INVALID_DEST || !h ||
	       ev->len - ev->data_len < IPV6_HLEN || ip6_version(h) != 6 ||
	       !ipv6_addr_is_multicast(&h->daddr);
}
