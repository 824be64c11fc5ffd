/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_ingress.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

/* ---- devices ---- */

bool nft_chain_devices(struct net *net, struct nft_chain *c, const struct nft_base_chain *base)
{
	c->devices = mem_zalloc(&net->mem, NFT_DEVICES_MAX * sizeof(*c->devices));
	if (!c->devices)
		return false;
	for (u32 i = 0; i < base->ndevices; i++)
		memcpy(c->devices[i].name, base->devices[i], sizeof(c->devices[i].name));
	return true;
}

void nft_devices_free(struct net *net, struct nft_chain *c)
{
	if (c->devices)
		mem_free(&net->mem, c->devices, NFT_DEVICES_MAX * sizeof(*c->devices));
}

static enum nf_verdict nft_ingress_hook(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	return nft_do_chain(priv, skb, state);
}

static void hook_device(struct nft_chain *c, struct nft_device *d, struct net_device *dev)
{
	d->dev = dev;
	d->ops = (struct nf_hook_ops){
		.hook = nft_ingress_hook, .priv = c, .pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS, .priority = c->priority,
	};
	nf_register_ingress(dev, &d->ops);
}

void nft_devices_hook(struct nft_chain *c)
{
	struct net_device *dev;

	for (u32 i = 0; i < c->ndevices; i++) {
		dev = dev_get_by_name(c->table->net, c->devices[i].name);
		if (dev && !c->devices[i].dev)
			hook_device(c, &c->devices[i], dev);
	}
}

void nft_devices_unhook(struct nft_chain *c)
{
	for (u32 i = 0; i < c->ndevices; i++) {
		if (!c->devices[i].dev)
			continue;
		nf_unregister_net_hook(&c->devices[i].ops);
		c->devices[i].dev = NULL;
	}
}

static void chain_event(struct nft_chain *c, struct net_device *dev, enum netdev_event event)
{
	for (u32 i = 0; i < c->ndevices; i++) {
		struct nft_device *d = &c->devices[i];

		if (event == NETDEV_UNREGISTER && d->dev == dev) {
			nf_unregister_net_hook(&d->ops);
			d->dev = NULL;
		} else if (event == NETDEV_REGISTER && !d->dev && !strcmp(d->name, dev->name)) {
			hook_device(c, d, dev);
		}
	}
}

static void device_event(struct notifier_block *nb, struct net_device *dev, enum netdev_event event)
{
	struct netns_nft *nft = container_of(nb, struct netns_nft, notifier);
	struct nft_table *t;
	struct nft_chain *c;

	if (event != NETDEV_UNREGISTER && event != NETDEV_REGISTER)
		return;
	list_for_each_entry(t, &nft->tables, list)
		list_for_each_entry(c, &t->chains, list)
			chain_event(c, dev, event);
}

void nft_devices_begin(struct net *net)
{
	struct netns_nft *nft = net->ct->nft;

	nft->notifier.call = device_event;
	register_netdevice_notifier(net, &nft->notifier);
}

/* ---- packets ---- */

/* A header that ip_rcv() would take, as far as lengths go. */
static bool is_ip4(struct sk_buff *skb)
{
	const struct iphdr *iph;
	u32 len;

	if (!pskb_may_pull(skb, IPV4_HLEN))
		return false;
	iph = ip_hdr(skb);
	len = be16_to_cpu(iph->tot_len);
	return iph_version(iph) == 4 && iph_hlen(iph) >= IPV4_HLEN && len <= skb->len &&
	       len >= iph_hlen(iph);
}

static bool is_ip6(struct sk_buff *skb)
{
	const struct ipv6hdr *h;

	if (!pskb_may_pull(skb, IPV6_HLEN))
		return false;
	h = ipv6_hdr(skb);
	return ip6_version(h) == 6 && (u32)be16_to_cpu(h->payload_len) + IPV6_HLEN <= skb->len;
}

enum nft_code nft_pkt_init_ingress(struct nft_pkt *p, struct sk_buff *skb,
				   const struct nf_hook_state *state, enum nft_family family)
{
	bool v4 = skb->protocol == CONST_BE16(ETH_P_IP);
	bool v6 = skb->protocol == CONST_BE16(ETH_P_IPV6);

	if ((v4 && is_ip4(skb)) || (v6 && is_ip6(skb))) {
		struct nf_hook_state as = *state;

		as.pf = v4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		nft_pkt_init(p, skb, &as);
		p->state = state;
		return NFT_CONTINUE;
	}
	if (family == NFT_INET)
		return v4 || v6 ? NFT_DROP : NFT_ACCEPT;
	*p = (struct nft_pkt){
		.net = state->net, .skb = skb, .state = state,
		.l3 = v4 ? 4 : v6 ? 6 : skb->protocol == CONST_BE16(ETH_P_ARP) ? NFT_L3_ARP : 0,
	};
	return NFT_CONTINUE;
}
