/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_fib.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

/* ---- where to ---- */

static struct dst_entry *route4(const struct nft_pkt *p, const struct nft_field *f)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct flowi4 fl = { .daddr = f->fib & NFT_FIB_SADDR ? iph->saddr : iph->daddr };
	struct rtable *rt;

	fl.mark = f->fib & NFT_FIB_MARK ? p->skb->mark : 0;
	return ip_route_output(p->net, &fl, &rt) ? NULL : &rt->dst;
}

static struct dst_entry *route6(const struct nft_pkt *p, const struct nft_field *f)
{
	const struct ipv6hdr *h = ipv6_hdr(p->skb);
	struct flowi6 fl = { .daddr = f->fib & NFT_FIB_SADDR ? h->saddr : h->daddr };
	struct rt6_info *rt;

	fl.mark = f->fib & NFT_FIB_MARK ? p->skb->mark : 0;
	if (ipv6_addr_needs_scope_id(&fl.daddr) && p->state->in)
		fl.oif = p->state->in->ifindex;
	return ip6_route_output(p->net, &fl, &rt) ? NULL : &rt->dst;
}

/* The device that the address is behind; NULL: none, not the one asked for, or it is ours. */
static const struct net_device *device(const struct nft_pkt *p, const struct nft_field *f)
{
	const struct net_device *dev, *want = f->fib & NFT_FIB_IIF ? p->state->in :
					      f->fib & NFT_FIB_OIF ? p->state->out : NULL;
	struct dst_entry *dst;

	dst = p->l3 == 4 ? route4(p, f) : route6(p, f);
	if (!dst)
		return NULL;
	dev = dst->dev;
	dst_release(dst);
	if (f->fib & (NFT_FIB_IIF | NFT_FIB_OIF))
		return dev == want ? dev : NULL;
	return dev->flags & IFF_LOOPBACK_ ? NULL : dev;
}

/* ---- of which kind ---- */

static u32 type4(const struct nft_pkt *p, const struct nft_field *f, const struct net_device *dev)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	be32 addr = f->fib & NFT_FIB_SADDR ? iph->saddr : iph->daddr;
	u32 type = inet_addr_type(p->net, addr);
	const struct in_ifaddr *ifa;

	if (!dev || type != RTN_LOCAL)
		return type;
	ifa = inet_lookup_ifaddr(p->net, addr);
	return !ifa || ifa->in_dev->dev == dev ? type : (u32)RTN_UNICAST;
}

static u32 type6(const struct nft_pkt *p, const struct nft_field *f, const struct net_device *dev)
{
	const struct ipv6hdr *h = ipv6_hdr(p->skb);
	const struct ip6_addr *addr = f->fib & NFT_FIB_SADDR ? &h->saddr : &h->daddr;
	u32 type = inet6_addr_type(p->net, addr);

	return !dev || type != RTN_LOCAL || ipv6_get_ifaddr(p->net, addr, dev) ?
	       type : (u32)RTN_UNICAST;
}

static void put_name(u8 *to, const struct net_device *dev)
{
	memset(to, 0, NFT_VALUE_MAX);
	for (u32 i = 0; dev && i < NFT_VALUE_MAX && dev->name[i]; i++)
		to[i] = (u8)dev->name[i];
}

bool nft_fib_load(const struct nft_pkt *p, const struct nft_field *f, u8 *to)
{
	const struct net_device *dev;

	switch (f->sel->at) {
	case NFT_FIB_ADDRTYPE:
		dev = f->fib & NFT_FIB_IIF ? p->state->in :
		      f->fib & NFT_FIB_OIF ? p->state->out : NULL;
		put_be32(to, p->l3 == 4 ? type4(p, f, dev) : type6(p, f, dev));
		return true;
	case NFT_FIB_OIFNAME:
		put_name(to, device(p, f));
		return true;
	case NFT_FIB_PRESENT:
		*to = device(p, f) != NULL;
		return true;
	default:
		dev = device(p, f);
		put_be32(to, dev ? (u32)dev->ifindex : 0);
		return true;
	}
}
