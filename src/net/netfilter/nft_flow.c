/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_flow.h"

#include "net/ipv4/ip_flow.h"
#include "net/ipv6/ip6_flow.h"
#include "net/netfilter/nf_conntrack_extend.h"
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_object.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* ---- the object ---- */

struct nft_flowtable *nft_flowtable_new(struct nft_table *t, const char *name)
{
	struct nft_flowtable *f = mem_zalloc(&t->net->mem, sizeof(*f));

	if (!f)
		return NULL;
	f->table = t;
	nft_copy_name(f->name, name);
	list_init(&f->list);
	nf_flowtable_init(t->net, &f->flows, f->name);
	return f;
}

void nft_flowtable_destroy(struct nft_flowtable *f)
{
	struct net *net = f->table->net;

	nft_devices_unhook(&f->devices);
	nf_flowtable_exit(&f->flows);
	nft_devices_free(net, &f->devices);
	mem_free(&net->mem, f, sizeof(*f));
}

void nft_flowtable_hook(struct nft_flowtable *f)
{
	const struct nf_hook_ops ops = {
		.hook = nf_flow_offload_hook, .hook_list = nf_flow_offload_list,
		.straight = nf_flow_straight, .priv = &f->flows, .priority = f->priority,
	};

	nft_devices_hook(f->table->net, &f->devices, &ops);
}

bool nft_flowtable_set_devices(struct nft_flowtable *f, const char (*names)[16], u32 n)
{
	nft_devices_unhook(&f->devices);
	if (!nft_devices_set(f->table->net, &f->devices, names, n))
		return false;
	nft_flowtable_hook(f);
	return true;
}

/* ---- the statement ---- */

/* The transport header alone decides: in the middle of a connection, or of one that was seen. */
static bool tcp_may(const struct nft_pkt *p, const struct nf_conn *ct)
{
	u8 flags;

	return !skb_copy_bits(p->skb, p->thoff + 13, &flags, 1) &&
	       !(flags & (TCPHDR_FIN | TCPHDR_RST)) && nf_ct_tcp_established(ct);
}

static bool may_offload(const struct nft_pkt *p, const struct nf_conn *ct)
{
	if (!p->first || p->l4 != nf_ct_protonum(ct) ||
	    (p->l3 == 4 && iph_hlen(ip_hdr(p->skb)) > IPV4_HLEN))
		return false;
	if (p->l4 != IP_PROTO_UDP && (p->l4 != IP_PROTO_TCP || !tcp_may(p, ct)))
		return false;
	/* Who is listened to, or rewritten by what he says. */
	if ((ct->ext && ct->ext->helper) || ct->status & IPS_SEQ_ADJUST)
		return false;
	return (ct->status & (IPS_CONFIRMED | IPS_DYING | IPS_OFFLOAD | IPS_TEMPLATE)) ==
	       IPS_CONFIRMED;
}

/* The headers of a reply where it is routed: its destination is the one that it had before. */
static struct sk_buff *make_reply(struct net *net, const struct nf_conn *ct,
				  enum ip_conntrack_dir dir)
{
	const struct nf_conntrack_tuple *t = nf_ct_tuple(ct, dir), *back = nf_ct_tuple(ct, !dir);
	bool v4 = t->l3num == NFPROTO_IPV4;
	u32 hlen = v4 ? IPV4_HLEN : IPV6_HLEN;
	struct sk_buff *skb = alloc_skb(net, hlen + UDP_HLEN);
	struct ipv6_view v6 = { .nexthdr = t->protonum, .hop_limit = 64,
				.payload_len = UDP_HLEN };
	u8 *p;

	if (!skb)
		return NULL;
	p = skb_put(skb, hlen + UDP_HLEN);
	memset(p, 0, hlen + UDP_HLEN);
	skb_reset_network_header(skb);
	memcpy(p + hlen, &t->sport, 2);
	memcpy(p + hlen + 2, &back->sport, 2);
	if (v4) {
		iph_write((void *)p, 0, (u16)skb->len, 0, 0, 64, t->protonum, t->src.ip,
			  back->src.ip);
		return skb;
	}
	memcpy(&v6.saddr, &t->src, sizeof(v6.saddr));
	memcpy(&v6.daddr, &back->src, sizeof(v6.daddr));
	ipv6_build(p, &v6);
	return skb;
}

/* The way of dir's packets that come in by `in`; a reference, NULL: there is none that is plain. */
static struct dst_entry *route_reply(const struct nft_pkt *p, const struct nf_conn *ct,
				     enum ip_conntrack_dir dir, struct net_device *in)
{
	struct sk_buff *skb = make_reply(p->net, ct, dir);
	struct dst_entry *dst = NULL;
	const struct iphdr *iph;

	if (!skb)
		return NULL;
	skb->dev = in;
	skb->mark = p->skb->mark;
	if (p->l3 == 4) {
		iph = ip_hdr(skb);
		if (!ip_route_input(skb, iph->daddr, iph->saddr, 0, in) && ip_flow_route(skb))
			dst = dst_hold(skb->dst);
	} else if (!ip6_route_input(skb) && ip6_flow_route(skb)) {
		dst = dst_hold(skb->dst);
	}
	consume_skb(skb);
	return dst;
}

enum nft_code nft_flow_eval(struct nft_flowtable *f, const struct nft_pkt *p)
{
	struct net_device *in[IP_CT_DIR_MAX];
	struct dst_entry *dst[IP_CT_DIR_MAX];
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);
	enum ip_conntrack_dir dir = ctinfo2dir(info);

	if (!ct || !may_offload(p, ct) ||
	    !(p->l3 == 4 ? ip_flow_route(p->skb) : ip6_flow_route(p->skb)))
		return NFT_BREAK;
	in[dir] = p->state->in;
	in[!dir] = p->state->out;
	dst[!dir] = route_reply(p, ct, (enum ip_conntrack_dir)!dir, in[!dir]);
	if (!dst[!dir])
		return NFT_BREAK;
	dst[dir] = dst_hold(p->skb->dst);
	return nf_flow_add(&f->flows, ct, dst, in) ? NFT_BREAK : NFT_CONTINUE;
}
