/* SPDX-License-Identifier: MIT */
/*
 * ARP (RFC 826): IPv4's side of the neighbour table. It asks (arp_solicit), answers for this
 * machine's addresses, and learns from what others say, as far as it already wants to know them.
 */
#include "base/trace.h"
#include "link/ethernet.h"
#include "link/pneigh.h"
#include "net/ipv4/ip_impl.h"
#include "wire/arp.h"
#include "wire/icmp.h"

/* ---- sending ---- */

static const char *arp_text(u16 op, be32 src_ip, be32 dest_ip)
{
	if (src_ip == dest_ip)
		return "announces";
	return op == ARPOP_REQUEST ? "who-has" : "is-at, told to";
}

void arp_send(struct net_device *dev, u16 op, be32 dest_ip, be32 src_ip, const u8 *dst_hw,
	      const u8 *src_hw, const u8 *tha)
{
	struct arp_view v = { .op = op, .sip = src_ip, .tip = dest_ip };
	struct sk_buff *skb;

	if (dev->flags & IFF_NOARP_)
		return;
	skb = alloc_skb(dev->net, ETH_HLEN + ARP_HLEN);
	if (!skb)
		return;		/* as if it were lost on the way: the timer asks again */
	ether_addr_copy(v.sha, src_hw);
	if (tha)
		ether_addr_copy(v.tha, tha);
	skb_reserve(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	arp_build(skb_put(skb, ARP_HLEN), &v);
	skb->dev = dev;
	skb->protocol = CONST_BE16(ETH_P_ARP);
	trace_skb(dev->net, arp_send, skb, TRACE_STR(arp_text(op, src_ip, dest_ip)), dest_ip,
		  src_ip, eth_addr_u64(src_hw), dst_hw ? eth_addr_u64(dst_hw) : 0);
	if (dev_hard_header(skb, dev, ETH_P_ARP, dst_hw, src_hw) < 0)
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_HDR);
	else
		dev_queue_xmit(skb);
}

/* The source address of a request: the packet's own unless arp_announce says otherwise (1: it has
 * to be of the target's subnet; 2: never). 0: this machine has none. */
static be32 solicit_source(struct net_device *dev, const struct sk_buff *waiting, be32 target)
{
	struct net *net = dev->net;
	u8 announce = IN_DEV_MAXCONF(dev->ip_ptr, net, arp_announce);
	be32 saddr;

	if (waiting && announce < 2) {
		saddr = ip_hdr(waiting)->saddr;
		if (inet_addr_type(net, saddr) == RTN_LOCAL &&
		    (announce == 0 || inet_addr_onlink(dev->ip_ptr, target, saddr)))
			return saddr;
	}
	return inet_select_addr(dev, target, RT_SCOPE_LINK);
}

static void arp_solicit(struct neighbour *n, struct sk_buff *waiting)
{
	struct net_device *dev = n->dev;
	u32 whom = neigh_app_probe(n);
	be32 target, saddr;

	memcpy(&target, n->primary_key, sizeof(target));
	if (whom == 1)
		return;
	saddr = solicit_source(dev, waiting, target);
	arp_send(dev, ARPOP_REQUEST, target, saddr, whom ? NULL : n->ha, dev->dev_addr, NULL);
}

void inetdev_send_gratuitous_arp(struct net_device *dev)
{
	const struct in_ifaddr *ifa;

	list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
		arp_send(dev, ARPOP_REQUEST, ifa->local, ifa->local, NULL, dev->dev_addr, NULL);
}

static void arp_error_report(struct neighbour *n, struct sk_buff *skb)
{
	(void)n;
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_FAILED);
}

static const struct neigh_ops arp_ops = {
	.solicit = arp_solicit,
	.error_report = arp_error_report,
};

/* Addresses that need no asking get their MAC at once. */
static int arp_constructor(struct neighbour *n)
{
	struct net_device *dev = n->dev;
	u8 mac[ETH_ALEN], type;
	be32 addr;

	if (!dev->ip_ptr)
		return -EINVAL;
	memcpy(&addr, n->primary_key, sizeof(addr));
	n->ops = &arp_ops;
	if (!dev->header_ops) {
		neigh_set_direct(n);
		return 0;
	}
	type = addr ? inet_addr_type(dev->net, addr) : RTN_UNICAST;
	if (type == RTN_MULTICAST) {
		ip_eth_mc_map(addr, mac);
		neigh_set_noarp(n, mac);
	} else if (dev->flags & (IFF_NOARP_ | IFF_LOOPBACK_)) {
		neigh_set_noarp(n, dev->dev_addr);
	} else if (type == RTN_BROADCAST || dev->flags & IFF_POINTOPOINT_) {
		neigh_set_noarp(n, dev->broadcast);
	}
	return 0;
}

/* ---- receiving ---- */

/* Is tip an address of the device, within `scope`, and sip (0: whoever) of one of its subnets that
 * holds tip too? */
static bool confirm_addr(const struct in_device *in_dev, be32 sip, be32 tip, u8 scope)
{
	/* With route_localnet the machine's own addresses are of its links, too. */
	u8 widest = IN_DEV_ORCONF(in_dev, in_dev->dev->net, route_localnet) ? RT_SCOPE_LINK :
									      RT_SCOPE_HOST;
	const struct in_ifaddr *ifa;
	bool mine = false, same = false;

	list_for_each_entry(ifa, &in_dev->ifa_list, list) {
		mine |= ifa->local == tip && min(ifa->scope, widest) <= scope;
		same |= inet_ifa_match(tip, ifa) && (!sip || inet_ifa_match(sip, ifa));
	}
	return mine && same;
}

static bool confirm_addr_anywhere(const struct net *net, be32 tip, u8 scope)
{
	const struct net_device *dev;

	for_each_netdev(net, dev)
		if (dev->ip_ptr && confirm_addr(dev->ip_ptr, 0, tip, scope))
			return true;
	return false;
}

/* net.ipv4.conf.*.arp_ignore: 1: only for addresses of this device; 2: and from its subnet;
 * 3: not for those that are valid in this machine alone; 8: never. */
static bool arp_ignore(struct in_device *in_dev, be32 sip, be32 tip)
{
	switch (IN_DEV_MAXCONF(in_dev, in_dev->dev->net, arp_ignore)) {
	case 1:
		return !confirm_addr(in_dev, 0, tip, RT_SCOPE_HOST);
	case 2:
		return !confirm_addr(in_dev, sip, tip, RT_SCOPE_HOST);
	case 3:
		return !confirm_addr_anywhere(in_dev->dev->net, tip, RT_SCOPE_LINK);
	case 8:
		return true;
	default:
		return false;
	}
}

/* arp_filter: only when a packet to the asker would leave by this device. */
static bool arp_filter(struct net_device *dev, be32 sip, be32 tip)
{
	struct flowi4 fl = { .daddr = sip, .saddr = tip };
	struct rtable *rt;
	bool other;

	if (ip_route_output(dev->net, &fl, &rt))
		return true;
	other = rt->dst.dev != dev;
	dst_release(&rt->dst);
	if (other)
		mib_inc(dev->net, TcpExtArpFilter);
	return other;
}

/* A bystander leaves it to the shard that the request is for (nic_rss.h). */
static void arp_reply(const struct sk_buff *skb, struct net_device *dev, const struct arp_view *v)
{
	if (skb->bystander)
		return;
	arp_send(dev, ARPOP_REPLY, v->sip, v->tip, v->sha, dev->dev_addr, v->sha);
}

/* The asker is known from now on, and gets his answer. */
static void arp_answer(const struct sk_buff *skb, struct net_device *dev, const struct arp_view *v)
{
	if (neigh_event_ns(&dev->net->neigh->arp, v->sha, &v->sip, dev))
		arp_reply(skb, dev, v);
}

/* RFC 1027: for who is behind another of this router's devices, unless both are of one medium. */
static bool proxies_route(const struct in_device *in_dev, const struct net_device *out)
{
	s32 in = in_dev->medium_id, there;

	if (out == in_dev->dev || !IN_DEV_ORCONF(in_dev, in_dev->dev->net, proxy_arp) || in == -1)
		return false;
	there = out->ip_ptr ? out->ip_ptr->medium_id : 0;
	return !in || (there != in && there != -1);
}

/* RFC 3069: for neighbours that do not hear each other. */
static bool proxies_pvlan(const struct in_device *in_dev, const struct net_device *out,
			  const struct arp_view *v)
{
	return out == in_dev->dev && v->sip != v->tip &&
	       IN_DEV_ORCONF(in_dev, in_dev->dev->net, proxy_arp_pvlan);
}

static bool is_proxied(struct net_device *dev, const struct rtable *rt, const struct arp_view *v)
{
	return rt->type == RTN_UNICAST && dev->ip_ptr->forwarding &&
	       (proxies_route(dev->ip_ptr, rt->dst.dev) ||
		proxies_pvlan(dev->ip_ptr, rt->dst.dev, v) ||
		(rt->dst.dev != dev && pneigh_lookup(&dev->net->neigh->arp, &v->tip, dev)));
}

/* What was asked of all is answered after a while: who has the address goes first. */
static void arp_answer_proxied(struct sk_buff *skb, struct net_device *dev,
			       const struct arp_view *v, bool waited)
{
	struct sk_buff *copy;

	if (waited || skb->pkt_type == PACKET_HOST || !dev->arp_parms->proxy_delay_ms) {
		arp_answer(skb, dev, v);
		return;
	}
	neigh_event_ns(&dev->net->neigh->arp, v->sha, &v->sip, dev);
	copy = skb_clone(skb);
	if (copy)	/* else lost, as if the network had lost it */
		pneigh_enqueue(&dev->net->neigh->arp, dev->arp_parms, copy);
}

/* True when the request was for an address that is answered for (or deliberately not). */
static bool arp_request(struct sk_buff *skb, struct net_device *dev, const struct arp_view *v,
			bool waited)
{
	struct in_device *in_dev = dev->ip_ptr;
	struct net *net = dev->net;
	const struct rtable *rt;

	if (ip_route_input(skb, v->tip, v->sip, 0, dev))
		return false;
	rt = dst_rtable(skb->dst);
	if (rt->type == RTN_LOCAL) {
		if (!arp_ignore(in_dev, v->sip, v->tip) &&
		    !(IN_DEV_ORCONF(in_dev, net, arp_filter) && arp_filter(dev, v->sip, v->tip)))
			arp_answer(skb, dev, v);
		return true;
	}
	if (!is_proxied(dev, rt, v))
		return false;
	arp_answer_proxied(skb, dev, v, waited);
	return true;
}

/* Somebody probes for an address before he takes it (RFC 5227 2.1.1): told if it is in use. */
static void arp_probe_rcv(const struct sk_buff *skb, struct net_device *dev,
			  const struct arp_view *v)
{
	if (v->op == ARPOP_REQUEST && inet_addr_type(dev->net, v->tip) == RTN_LOCAL &&
	    !arp_ignore(dev->ip_ptr, v->sip, v->tip))
		arp_reply(skb, dev, v);
}

/* Gratuitous: of its own address; as a reply only with its MAC on both sides, as Linux. */
static bool arp_is_garp(struct net *net, const struct arp_view *v)
{
	return v->sip == v->tip && (v->op == ARPOP_REQUEST || ether_addr_equal(v->sha, v->tha)) &&
	       inet_addr_type(net, v->sip) == RTN_UNICAST;
}

/* arp_accept: 1: from whoever, 2: of one of the device's subnets. */
static bool arp_accept(const struct in_device *in_dev, be32 sip)
{
	switch (IN_DEV_MAXCONF(in_dev, in_dev->dev->net, arp_accept)) {
	case 0:
		return false;
	case 1:
		return true;
	default:
		return inet_addr_onlink(in_dev, sip, 0);
	}
}

/* RFC 826 packet reception: update who is known; only arp_accept makes new entries. */
static void arp_learn(struct sk_buff *skb, struct net_device *dev, const struct arp_view *v)
{
	struct neigh_table *tbl = &dev->net->neigh->arp;
	struct neighbour *n = neigh_lookup(tbl, &v->sip, dev);
	bool garp, override;
	u8 state = NUD_REACHABLE;

	if (!n && !arp_accept(dev->ip_ptr, v->sip))
		return;
	garp = arp_is_garp(dev->net, v);
	if (!n && (garp || (v->op == ARPOP_REPLY &&
			    inet_addr_type(dev->net, v->sip) == RTN_UNICAST)))
		n = neigh_get_or_create(tbl, &v->sip, dev);
	if (!n)
		return;
	override = garp ||
		   dev->net->now > n->updated + ms_to_ktime(dev->arp_parms->locktime_ms);
	/* Only an answer to ourselves proves that the other one hears us. */
	if (v->op != ARPOP_REPLY || skb->pkt_type != PACKET_HOST)
		state = NUD_STALE;
	neigh_update(n, v->sha, state, override ? NEIGH_UPDATE_F_OVERRIDE : 0);
}

static bool arp_sane(const struct net_device *dev, const struct arp_view *v)
{
	if (v->op != ARPOP_REQUEST && v->op != ARPOP_REPLY)
		return false;
	if (ipv4_is_multicast(v->tip) || ipv4_is_multicast(v->sip) || ipv4_is_lbcast(v->sip))
		return false;
	if (ipv4_is_loopback(v->tip) && !IN_DEV_ORCONF(dev->ip_ptr, dev->net, route_localnet))
		return false;
	if (v->sip == v->tip && IN_DEV_ORCONF(dev->ip_ptr, dev->net, drop_gratuitous_arp))
		return false;
	return is_valid_ether_addr(v->sha);	/* RFC 1812 3.3.2 */
}

static void arp_process(struct sk_buff *skb, struct net_device *dev, const struct arp_view *v,
			bool waited)
{
	if (v->sip && inet_lookup_ifaddr(dev->net, v->sip) &&
	    !ether_addr_equal(v->sha, dev->dev_addr))
		acd_conflict(dev, v->sip, v->sha);	/* RFC 5227 2.4 */
	if (!v->sip)
		arp_probe_rcv(skb, dev, v);
	else if (v->op != ARPOP_REQUEST || !arp_request(skb, dev, v, waited))
		arp_learn(skb, dev, v);
}

/* A question whose answer was delayed: what holds now counts. */
static void arp_redo(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct arp_view v;

	if (dev->ip_ptr && !arp_parse(skb->data, ARP_HLEN, &v))
		arp_process(skb, dev, &v, true);
	consume_skb(skb);
}

static int arp_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct arp_view v;

	(void)pt;
	if (skb->pkt_type == PACKET_OTHERHOST || dev->flags & (IFF_NOARP_ | IFF_LOOPBACK_)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_OTHERHOST);
		return 0;
	}
	if (!dev->ip_ptr || !pskb_may_pull(skb, ARP_HLEN) ||
	    arp_parse(skb->data, ARP_HLEN, &v) || !arp_sane(dev, &v)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_ARP_INVALID);
		return -EINVAL;
	}
	trace_skb(dev->net, arp_rcv, skb, TRACE_STR(arp_text(v.op, v.sip, v.tip)), v.tip, v.sip,
		  eth_addr_u64(v.sha));
	arp_process(skb, dev, &v, false);
	consume_skb(skb);
	return 0;
}

/* ---- setting up ---- */

int arp_net_init(struct net *net)
{
	struct neigh_table *tbl;

	net->neigh = mem_zalloc(&net->mem, sizeof(*net->neigh));
	if (!net->neigh)
		return -ENOMEM;
	tbl = &net->neigh->arp;
	tbl->family = 2;	/* AF_INET */
	tbl->protocol = ETH_P_IP;
	tbl->key_len = 4;
	tbl->constructor = arp_constructor;
	tbl->proxy_redo = arp_redo;
	if (neigh_table_init(tbl, net))
		return -ENOMEM;
	net->ipv4->arp_packet_type = (struct packet_type){ .type = CONST_BE16(ETH_P_ARP),
							   .func = arp_rcv };
	dev_add_pack(net, &net->ipv4->arp_packet_type);
	return 0;
}

void arp_net_exit(struct net *net)
{
	if (!net->neigh)
		return;
	if (net->ipv4->arp_packet_type.func)
		dev_remove_pack(&net->ipv4->arp_packet_type);
	neigh_table_clear(&net->neigh->arp);
	mem_free(&net->mem, net->neigh, sizeof(*net->neigh));
	net->neigh = NULL;
}
