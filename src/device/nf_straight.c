/* SPDX-License-Identifier: MIT */
#include "device/nf_straight.h"

#include "driver/nic.h"

static const u8 places[] = { NF_INET_PRE_ROUTING, NF_INET_FORWARD, NF_INET_POST_ROUTING };

_Static_assert(NF_INET_FORWARD / 2 == 1 && NF_INET_POST_ROUTING / 2 == 2, "nf_straight.hook");

enum nf_straight_may nf_straight_may(const struct net *net, u8 pf)
{
	enum nf_straight_may may = NF_STRAIGHT_UNASKED;
	const struct nf_hook_ops *ops;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		list_for_each_entry(ops, &net->nf->hooks[pf][places[i]], list) {
			if (!ops->look)
				return NF_STRAIGHT_NEVER;
			may = NF_STRAIGHT_ASKED;
		}
	return may;
}

enum nf_verdict nf_straight_accept(void *priv, struct nf_straight *s,
				   const struct nf_hook_state *state)
{
	(void)priv, (void)s, (void)state;
	return NF_ACCEPT;
}

/* Who has to be asked for each frame. False: too many. */
static bool gather(struct nf_straight *s)
{
	const struct nf_hook_ops *ops;

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		s->hooks[i] = 0;
		list_for_each_entry(ops, &s->state.net->nf->hooks[s->state.pf][places[i]], list) {
			if (ops->look == nf_straight_accept)
				continue;
			if (s->hooks[i] == NF_STRAIGHT_HOOKS)
				return false;
			s->hook[i][s->hooks[i]++] = ops;
		}
	}
	return true;
}

u32 nf_straight_begin(struct nf_straight *s, struct straight_run *run, u8 pf, u32 n)
{
	struct net_device *dev = run->in;

	s->run = run;
	s->state = (struct nf_hook_state){ .net = dev->net, .pf = pf, .in = dev };
	if (!gather(s))
		return 0;
	memset(s->daddr, 0, n * sizeof(s->daddr[0]));
	s->skb = (struct sk_buff){
		.net = dev->net, .dev = dev, .mac_header = NIC_RX_HEADROOM,
		.network_header = NIC_RX_HEADROOM + ETH_HLEN, .pkt_type = PACKET_HOST,
		.protocol = pf == NFPROTO_IPV4 ? CONST_BE16(ETH_P_IP) : CONST_BE16(ETH_P_IPV6),
	};
	for (u32 i = 0; i < s->hooks[0]; i++)
		if (s->hook[0][i]->find)
			n = s->hook[0][i]->find(s, n);
	return n;
}
