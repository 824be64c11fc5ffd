/* SPDX-License-Identifier: MIT */
/* Where packets meet connection tracking, for each family while somebody needs it. */
#include "net/netfilter/nf_conntrack.h"

#include "net/netfilter/nf_conntrack_straight.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

static enum nf_verdict nf_defrag(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	if (likely(!ip_is_fragment(ip_hdr(skb))))
		return NF_ACCEPT;
	if (!skb->dev)
		skb->dev = state->out;
	skb = ip_defrag(skb);
	if (skb)
		nf_hook_resume(priv, skb, state);
	return NF_STOLEN;
}

static enum nf_verdict nf_defrag6(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	if (likely(!ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr)))
		return NF_ACCEPT;
	if (!skb->dev)
		skb->dev = state->out;
	skb = ip6_defrag(skb);
	if (skb)
		nf_hook_resume(priv, skb, state);
	return NF_STOLEN;
}

/* Its sender made its pieces as the path takes them: they go on no longer than they came. */
static enum nf_verdict nf_refrag6(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	u32 max = IP6CB(skb)->frag_max_size;

	(void)priv;
	if (likely(!max || skb->len <= max))
		return NF_ACCEPT;
	ip6_fragment(state->net, skb, min(max, ip6_skb_dst_mtu(skb)));
	return NF_STOLEN;
}

#define FAMILY_HOOKS 7

/* What goes straight is whole, and its connection was confirmed: defragmentation and confirmation
 * accept it. */
static const struct nf_hook_ops hooks[NFPROTO_NUM][FAMILY_HOOKS] = {
#define BOTH(PF, DEFRAG) \
	{ .hook = DEFRAG, .look = nf_straight_accept, .pf = PF, \
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_CONNTRACK_DEFRAG }, \
	{ .hook = DEFRAG, .pf = PF, .hooknum = NF_INET_LOCAL_OUT, \
	  .priority = NF_IP_PRI_CONNTRACK_DEFRAG }, \
	{ .hook = nf_conntrack_in, .ahead = nf_conntrack_ahead, .look = nf_conntrack_look, \
	  .find = nf_conntrack_find_frames, .pf = PF, \
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_CONNTRACK }, \
	{ .hook = nf_conntrack_in, .pf = PF, .hooknum = NF_INET_LOCAL_OUT, \
	  .priority = NF_IP_PRI_CONNTRACK }, \
	{ .hook = nf_confirm, .pf = PF, .hooknum = NF_INET_LOCAL_IN, \
	  .priority = NF_IP_PRI_CONNTRACK_CONFIRM }, \
	{ .hook = nf_confirm, .look = nf_straight_accept, .pf = PF, \
	  .hooknum = NF_INET_POST_ROUTING, .priority = NF_IP_PRI_CONNTRACK_CONFIRM }
	[NFPROTO_IPV4] = { BOTH(NFPROTO_IPV4, nf_defrag) },
	[NFPROTO_IPV6] = {
		BOTH(NFPROTO_IPV6, nf_defrag6),
		{ .hook = nf_refrag6, .look = nf_straight_accept, .pf = NFPROTO_IPV6,
		  .hooknum = NF_INET_POST_ROUTING,
		  .priority = NF_IP_PRI_CONNTRACK_CONFIRM },
	},
#undef BOTH
};

static bool is_of(const struct nf_conn *ct, void *pf)
{
	return nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->l3num == *(const u8 *)pf;
}

static int family_get(struct net *net, u8 pf)
{
	struct netns_ct *t = net->ct;
	struct nf_hook_ops *ops;

	if (t->users[pf]++)
		return 0;
	ops = t->ops[pf] = mem_alloc(&net->mem, sizeof(hooks[pf]));
	if (!ops) {
		t->users[pf]--;
		return -ENOMEM;
	}
	memcpy(ops, hooks[pf], sizeof(hooks[pf]));
	for (size_t i = 0; i < FAMILY_HOOKS && ops[i].hook; i++) {
		ops[i].priv = &ops[i];
		nf_register_net_hook(net, &ops[i]);
	}
	return 0;
}

static void family_put(struct net *net, u8 pf)
{
	struct netns_ct *t = net->ct;
	struct nf_hook_ops *ops = t->ops[pf];

	if (--t->users[pf])
		return;
	for (size_t i = 0; i < FAMILY_HOOKS && ops[i].hook; i++)
		nf_unregister_net_hook(&ops[i]);
	mem_free(&net->mem, ops, sizeof(hooks[pf]));
	t->ops[pf] = NULL;
	nf_ct_iterate_cleanup(net, is_of, &pf);
	if (!t->users[NFPROTO_IPV4] && !t->users[NFPROTO_IPV6])
		net_timer_del(net, &t->gc);
}

int nf_ct_netns_get(struct net *net, u32 families)
{
	for (u8 pf = 0; pf < NFPROTO_NUM; pf++)
		if (families & BIT(pf) && family_get(net, pf)) {
			nf_ct_netns_put(net, families & (BIT(pf) - 1));
			return -ENOMEM;
		}
	return 0;
}

void nf_ct_netns_put(struct net *net, u32 families)
{
	for (u8 pf = 0; pf < NFPROTO_NUM; pf++)
		if (families & BIT(pf))
			family_put(net, pf);
}
