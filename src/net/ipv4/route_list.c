/* SPDX-License-Identifier: MIT */
/*
 * Routes of the packets of a list. What one lookup asks of device, settings and rules is asked once
 * for all; a packet of the addresses of the one before it has its route (Linux:
 * ip_route_use_hint); and each step is done for all before the next, so that where tables are
 * larger than the cache the loads of different packets overlap.
 *
 * Only what is answered by looking gets its route here: between ordinary addresses, to one next hop
 * whose rtable stands. All else is ip_route_input()'s, and so is saying what is wrong.
 */
#include "net/ipv4/ip_list_in.h"
#include "net/ipv4/route_plain.h"

#define ROUTES_AT_ONCE 64u

/* Those of the train that the device remembers. Return: how many the first of them are. */
static u32 take_remembered(const struct in_device *in_dev, struct sk_buff *const *skb, u32 n)
{
	const struct in_last_input *last = &in_dev->last;
	u32 i = 0;

	if (!last->dst || !dst_check(last->dst))
		return 0;
	for (; i < n && !skb[i]->dst; i++) {
		const struct iphdr *iph = ip_hdr(skb[i]);

		if (iph->daddr != last->daddr || iph->saddr != last->saddr)
			break;
		skb[i]->dst = dst_hold(last->dst);
	}
	return i;
}

/* What the tables say of each of n > 0; NULL: it has to be asked in full. */
static void look_up_all(struct net *net, struct sk_buff *const *skb, u32 n, bool forwarding,
			const struct fib_info **to)
{
	const struct fib *fib = net->ipv4->fib;
	u32 addr[ROUTES_AT_ONCE], id[ROUTES_AT_ONCE];
	const struct fib_info *fi = NULL;
	be32 daddr = 0, saddr = 0;
	bool source = false;
	u32 asked = 0;

	do
		addr[asked] = be32_to_cpu(ip_hdr(skb[asked])->daddr);
	while (++asked < n);
	fib_lpm_lookup_bulk(&fib->main.lpm, addr, n, id);
	for (u32 i = 0; i < n; i++) {
		const struct iphdr *iph = ip_hdr(skb[i]);

		if (iph->saddr != saddr) {
			saddr = iph->saddr;
			source = ip_source_plain(net, saddr);
		}
		if (iph->daddr != daddr) {
			daddr = iph->daddr;
			fi = ip_route_plain_id(fib, id[i], daddr, forwarding);
			if (likely(fi))
				prefetch(&fi->nh[0].rth_input);
		}
		to[i] = source && likely(!skb[i]->dst) ? fi : NULL;
	}
}

static void route_some(struct net *net, struct sk_buff *const *skb, u32 n, bool forwarding)
{
	const struct fib_info *fi[ROUTES_AT_ONCE];
	struct dst_entry *dst[ROUTES_AT_ONCE];

	look_up_all(net, skb, n, forwarding, fi);
	for (u32 i = 0; i < n; i++) {
		dst[i] = likely(fi[i]) ? fi[i]->nh[0].rth_input : NULL;
		prefetchw(dst[i]);
	}
	for (u32 i = 0; i < n; i++) {
		if (unlikely(!dst[i]))
			continue;
		skb[i]->dst = dst_hold(dst[i]);
		prefetch(dst[i]->neigh);
	}
}

bool ip_in_is_local(const struct net_device *dev, be32 saddr, be32 daddr)
{
	const struct in_device *in_dev = dev->ip_ptr;
	const struct net *net = dev->net;
	const struct fib_info *fi;

	if (unlikely(!in_dev || net->ipv4->fib->policy || IN_DEV_MAXCONF(in_dev, net, rp_filter)))
		return false;
	if (in_dev->last.dst && in_dev->last.daddr == daddr && in_dev->last.saddr == saddr)
		return dst_check(in_dev->last.dst) && in_dev->last.dst->input == ip_local_deliver;
	fi = ip_source_plain(net, saddr) ? ip_route_plain(net->ipv4->fib, daddr, false) : NULL;
	return fi && fi->nh[0].rth_input && fi->nh[0].rth_input->input == ip_local_deliver;
}

void ip_route_input_list(struct sk_buff *const *skb, u32 n, const struct net_device *dev)
{
	const struct in_device *in_dev = dev->ip_ptr;
	struct net *net = dev->net;

	if (unlikely(!in_dev || net->ipv4->fib->policy || IN_DEV_MAXCONF(in_dev, net, rp_filter)))
		return;
	for (u32 from = take_remembered(in_dev, skb, n); from < n; from += ROUTES_AT_ONCE)
		route_some(net, skb + from, min(n - from, ROUTES_AT_ONCE), in_dev->forwarding);
}
