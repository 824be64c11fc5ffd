/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_ingress.h"

#include "base/assert.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

/* ---- devices ---- */

bool nft_devices_set(struct net *net, struct nft_devices *d, const char (*names)[16], u32 n)
{
	if (!d->at)
		d->at = mem_zalloc(&net->mem, NFT_DEVICES_MAX * sizeof(*d->at));
	if (!d->at)
		return false;
	for (u32 i = 0; i < n; i++) {
		ln_assert(!d->at[i].dev);
		memcpy(d->at[i].name, names[i], sizeof(d->at[i].name));
	}
	d->n = (u8)n;
	return true;
}

void nft_devices_free(struct net *net, struct nft_devices *d)
{
	if (d->at)
		mem_free(&net->mem, d->at, NFT_DEVICES_MAX * sizeof(*d->at));
	d->at = NULL;
}

bool nft_devices_have(const struct nft_devices *d, const char *name)
{
	for (u32 i = 0; i < d->n; i++)
		if (!strcmp(d->at[i].name, name))
			return true;
	return false;
}

static void hook_device(struct nft_devices *devices, struct nft_device *d, struct net_device *dev)
{
	d->dev = dev;
	d->ops = devices->ops;
	nf_register_ingress(dev, &d->ops);
}

static void unhook_device(struct nft_device *d)
{
	if (d->dev)
		nf_unregister_net_hook(&d->ops);
	d->dev = NULL;
}

void nft_devices_hook(struct net *net, struct nft_devices *d, const struct nf_hook_ops *ops)
{
	struct net_device *dev;

	d->ops = *ops;
	d->ops.pf = NFPROTO_NETDEV;
	d->ops.hooknum = NF_NETDEV_INGRESS;
	d->hooked = true;
	for (u32 i = 0; i < d->n; i++) {
		dev = dev_get_by_name(net, d->at[i].name);
		if (dev && !d->at[i].dev)
			hook_device(d, &d->at[i], dev);
	}
}

void nft_devices_unhook(struct nft_devices *d)
{
	d->hooked = false;
	for (u32 i = 0; i < d->n; i++)
		unhook_device(&d->at[i]);
}

static enum nf_verdict nft_ingress_hook(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	return nft_do_chain(priv, skb, state);
}

void nft_chain_devices_hook(struct nft_chain *c)
{
	const struct nf_hook_ops ops = {
		.hook = nft_ingress_hook, .priv = c, .priority = c->priority,
	};

	nft_devices_hook(c->table->net, &c->devices, &ops);
}

static void devices_event(struct nft_devices *devices, struct net_device *dev,
			  enum netdev_event event)
{
	for (u32 i = 0; i < devices->n; i++) {
		struct nft_device *d = &devices->at[i];

		if (event == NETDEV_UNREGISTER && d->dev == dev)
			unhook_device(d);
		else if (event == NETDEV_REGISTER && devices->hooked && !d->dev &&
			 !strcmp(d->name, dev->name))
			hook_device(devices, d, dev);
	}
}

static void device_event(struct notifier_block *nb, struct net_device *dev, enum netdev_event event)
{
	struct netns_nft *nft = container_of(nb, struct netns_nft, notifier);
	struct nft_flowtable *f;
	struct nft_table *t;
	struct nft_chain *c;

	list_for_each_entry(t, &nft->tables, list) {
		list_for_each_entry(c, &t->chains, list)
			devices_event(&c->devices, dev, event);
		list_for_each_entry(f, &t->flowtables, list) {
			devices_event(&f->devices, dev, event);
			if (event == NETDEV_DOWN || event == NETDEV_UNREGISTER)
				nf_flowtable_forget_dev(&f->flows, dev);
		}
	}
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
	p->what = p->l3;
	return NFT_CONTINUE;
}
