/* SPDX-License-Identifier: MIT */
/* What a connection's addresses and ports become, and the hooks that rewrite its packets. */
#include "net/netfilter/nf_nat.h"

#include "base/trace.h"
#include "net/ipv4/ip.h"

#define PORT_ATTEMPTS_MAX 128		/* as Linux: a full range is not searched to its end */

/* ---- which tuple ---- */

/* Replies to it would be another connection's. */
static bool used(struct net *net, const struct nf_conntrack_tuple *tuple, const struct nf_conn *ct)
{
	struct nf_conntrack_tuple reply;

	nf_ct_invert_tuple(&reply, tuple);
	return nf_conntrack_tuple_taken(net, &reply, ct);
}

static bool has_ports(u8 protonum)
{
	return protonum == IP_PROTO_TCP || protonum == IP_PROTO_UDP || protonum == IP_PROTO_ICMP;
}

/* The field that is searched; NULL: the protocol has none. */
static be16 *port_of(struct nf_conntrack_tuple *t, enum nf_nat_manip_type manip)
{
	if (!has_ports(t->protonum))
		return NULL;
	return manip == NF_NAT_MANIP_SRC || t->protonum == IP_PROTO_ICMP ? &t->sport : &t->dport;
}

static bool port_in_range(struct nf_conntrack_tuple *t, enum nf_nat_manip_type manip,
			  const struct nf_nat_range *range)
{
	const be16 *port = port_of(t, manip);

	return !(range->flags & NF_NAT_RANGE_PROTO_SPECIFIED) || !port ||
	       (be16_to_cpu(*port) >= range->min_port && be16_to_cpu(*port) <= range->max_port);
}

static bool addr_in_range(be32 addr, const struct nf_nat_range *range)
{
	return !(range->flags & NF_NAT_RANGE_MAP_IPS) ||
	       (be32_to_cpu(addr) >= be32_to_cpu(range->min_addr.ip) &&
		be32_to_cpu(addr) <= be32_to_cpu(range->max_addr.ip));
}

static u32 source_hash(const struct net *net, const struct nf_conntrack_tuple *t)
{
	struct nf_conntrack_tuple key = {
		.src = t->src, .sport = t->sport, .l3num = t->l3num, .protonum = t->protonum,
		.zone = t->zone,
	};

	return nf_ct_tuple_hash(&key, &net->hash_key);
}

static bool same_source(const struct nf_conntrack_tuple *a, const struct nf_conntrack_tuple *b)
{
	return a->protonum == b->protonum && a->sport == b->sport && a->zone == b->zone &&
	       !memcmp(&a->src, &b->src, sizeof(a->src));
}

/* The mapping that this source has already, where it is within the range. */
static bool find_mapping(struct net *net, const struct nf_conntrack_tuple *orig,
			 const struct nf_nat_range *range, struct nf_conntrack_tuple *result)
{
	u32 hash = source_hash(net, orig);
	struct nf_conn *ct;

	inet_table_for_each(ct, &net->ct->nat_bysource, hash, nat_bysource) {
		const struct nf_conntrack_tuple *reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);

		if (ct->nat_bysource_hash != hash || nf_ct_is_expired(net, ct) ||
		    !same_source(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), orig))
			continue;
		*result = *orig;
		result->src = reply->dst;
		result->sport = orig->protonum == IP_PROTO_ICMP ? reply->sport : reply->dport;
		if (addr_in_range(result->src.ip, range) &&
		    port_in_range(result, NF_NAT_MANIP_SRC, range))
			return true;
	}
	return false;
}

/* One of the addresses: the same for the same peers, spread over all. */
static void choose_addr(const struct net *net, struct nf_conntrack_tuple *t,
			const struct nf_nat_range *range, enum nf_nat_manip_type manip)
{
	be32 *addr = manip == NF_NAT_MANIP_SRC ? &t->src.ip : &t->dst.ip;
	u32 low = be32_to_cpu(range->min_addr.ip), high = be32_to_cpu(range->max_addr.ip);
	struct nf_conntrack_tuple key = { .src = t->src, .zone = t->zone };

	if (!(range->flags & NF_NAT_RANGE_MAP_IPS))
		return;
	if (!(range->flags & NF_NAT_RANGE_PERSISTENT))
		key.dst = t->dst;
	*addr = low == high ? range->min_addr.ip :
		cpu_to_be32(low + (u32)((u64)nf_ct_tuple_hash(&key, &net->hash_key) *
					(high - low + 1ull) >> 32));
}

/* Where a source port is looked for when nobody said where: in its own class. */
static void default_ports(u16 port, u8 protonum, u32 *low, u32 *high)
{
	if (protonum == IP_PROTO_ICMP) {
		*low = 0;
		*high = 65535;
	} else if (port < 512) {
		*low = 1;
		*high = 511;
	} else if (port < 1024) {
		*low = 600;
		*high = 1023;
	} else {
		*low = 1024;
		*high = 65535;
	}
}

/* Another port, if one is free; else the tuple stays as it is and the packet will be dropped. */
static void choose_port(struct net *net, struct nf_conntrack_tuple *t, const struct nf_conn *ct,
			const struct nf_nat_range *range, enum nf_nat_manip_type manip)
{
	be16 *port = port_of(t, manip);
	u32 low, high, size, attempts, off;

	if (!port)
		return;
	if (range->flags & NF_NAT_RANGE_PROTO_SPECIFIED) {
		low = min(range->min_port, range->max_port);
		high = max(range->min_port, range->max_port);
	} else if (manip == NF_NAT_MANIP_DST && t->protonum != IP_PROTO_ICMP) {
		return;		/* a service has its port */
	} else {
		default_ports(be16_to_cpu(*port), t->protonum, &low, &high);
	}
	size = high - low + 1;
	off = manip == NF_NAT_MANIP_SRC || range->flags & NF_NAT_RANGE_PROTO_RANDOM_ALL ?
	      prng_u32(&net->prng) : 0;
	for (attempts = min_t(u32, size, PORT_ATTEMPTS_MAX);; attempts /= 2) {
		for (u32 i = 0; i < attempts; i++, off++) {
			*port = cpu_to_be16((u16)(low + off % size));
			if (!used(net, t, ct))
				return;
		}
		if (attempts >= size || attempts < 16)
			return;
		off = prng_u32(&net->prng);
	}
}

static struct nf_conntrack_tuple unique_tuple(struct net *net,
					      const struct nf_conntrack_tuple *orig,
					      const struct nf_nat_range *range,
					      const struct nf_conn *ct,
					      enum nf_nat_manip_type manip)
{
	bool random = range->flags & NF_NAT_RANGE_PROTO_RANDOM_ALL;
	struct nf_conntrack_tuple t = *orig;

	if (manip == NF_NAT_MANIP_SRC && !random) {
		if (addr_in_range(t.src.ip, range) && port_in_range(&t, manip, range)) {
			if (!used(net, &t, ct))
				return t;
		} else if (find_mapping(net, orig, range, &t) && !used(net, &t, ct)) {
			return t;
		}
		t = *orig;
	}
	choose_addr(net, &t, range, manip);
	if (!random && port_in_range(&t, manip, range) && !used(net, &t, ct))
		return t;
	choose_port(net, &t, ct, range, manip);
	return t;
}

static u32 bysource_hash(const struct hlist_node *n)
{
	return container_of((uintptr_t)n, struct nf_conn, nat_bysource)->nat_bysource_hash;
}

enum nf_verdict nf_nat_setup_info(struct net *net, struct nf_conn *ct,
				  const struct nf_nat_range *range, enum nf_nat_manip_type manip)
{
	struct nf_conntrack_tuple now, want, reply;

	if (nf_ct_is_confirmed(ct))
		return NF_ACCEPT;
	if (nf_nat_initialized(ct, manip))
		return NF_DROP;
	nf_ct_invert_tuple(&now, nf_ct_tuple(ct, IP_CT_DIR_REPLY));
	want = unique_tuple(net, &now, range, ct, manip);
	if (!nf_ct_tuple_equal(&want, &now)) {
		nf_ct_invert_tuple(&reply, &want);
		nf_conntrack_alter_reply(net, ct, &reply);
		ct->status |= manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;
	}
	if (manip == NF_NAT_MANIP_SRC) {
		ct->nat_bysource_hash = source_hash(net, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL));
		if (!inet_table_add(&net->ct->nat_bysource, &net->mem, &ct->nat_bysource,
				    bysource_hash))
			return NF_DROP;
	}
	ct->status |= manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE;
	return NF_ACCEPT;
}

/* Nobody decided: addresses stay, and the port if it can. */
static enum nf_verdict null_binding(struct net *net, struct nf_conn *ct,
				    enum nf_nat_manip_type manip)
{
	const struct nf_conntrack_tuple *reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);
	struct nf_nat_range range = { .flags = NF_NAT_RANGE_MAP_IPS };

	range.min_addr = range.max_addr = manip == NF_NAT_MANIP_SRC ? reply->dst : reply->src;
	return nf_nat_setup_info(net, ct, &range, manip);
}

enum nf_verdict nf_nat_redirect_ipv4(struct net *net, struct sk_buff *skb,
				     const struct nf_nat_range *range, enum nf_inet_hooks hook,
				     const struct net_device *in)
{
	struct nf_nat_range to = *range;
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);
	be32 addr = CONST_BE32(0x7f000001);

	if (!ct)
		return NF_ACCEPT;
	if (hook != NF_INET_LOCAL_OUT)
		addr = in ? inet_select_addr(in, 0, RT_SCOPE_UNIVERSE) : 0;
	if (!addr)
		return NF_DROP;
	to.flags |= NF_NAT_RANGE_MAP_IPS;
	to.min_addr = to.max_addr = (union nf_inet_addr){ .ip = addr };
	return nf_nat_setup_info(net, ct, &to, NF_NAT_MANIP_DST);
}

/* ---- hooks ---- */

/* Both sides of it, of the packet as it came in. */
static void trace_nat(const struct sk_buff *skb, const struct nf_conntrack_tuple *is,
		      const struct nf_conntrack_tuple *becomes, enum nf_nat_manip_type manip)
{
	if (manip == NF_NAT_MANIP_SRC)
		trace_skb(skb->net, nf_nat_packet, skb, TRACE_STR("source"), is->src.ip,
			  be16_to_cpu(is->sport), becomes->src.ip, be16_to_cpu(becomes->sport));
	else if (is->protonum == IP_PROTO_ICMP)
		trace_skb(skb->net, nf_nat_packet, skb, TRACE_STR("destination"), is->dst.ip,
			  be16_to_cpu(is->sport), becomes->dst.ip, be16_to_cpu(becomes->sport));
	else
		trace_skb(skb->net, nf_nat_packet, skb, TRACE_STR("destination"), is->dst.ip,
			  be16_to_cpu(is->dport), becomes->dst.ip, be16_to_cpu(becomes->dport));
}

static enum nf_verdict nf_nat_packet(struct sk_buff *skb, struct nf_conn *ct,
				     enum ip_conntrack_info info, enum nf_inet_hooks hook)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(hook);
	u32 bit = manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;
	struct nf_conntrack_tuple target;

	if (ctinfo2dir(info) == IP_CT_DIR_REPLY)
		bit ^= IPS_NAT_MASK;
	if (!(ct->status & bit))
		return NF_ACCEPT;
	nf_ct_invert_tuple(&target, nf_ct_tuple(ct, !ctinfo2dir(info)));
	trace_nat(skb, nf_ct_tuple(ct, ctinfo2dir(info)), &target, manip);
	return nf_nat_manip_pkt(skb, 0, &target, manip) ? NF_ACCEPT : NF_DROP;
}

static enum nf_verdict decide(struct sk_buff *skb, struct nf_conn *ct,
			      const struct nf_hook_state *state)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(state->hook);
	struct nf_hook_ops *ops;
	enum nf_verdict v;

	list_for_each_entry(ops, &state->net->ct->nat->lookups[state->hook], list) {
		v = ops->hook(ops->priv, skb, state);
		if (v != NF_ACCEPT || nf_nat_initialized(ct, manip))
			return v;
	}
	return null_binding(state->net, ct, manip);
}

/* Its address is that of a device that it does not leave by any more. */
static bool oif_changed(const struct nf_conn *ct, const struct nf_hook_state *state)
{
	return state->hook == NF_INET_POST_ROUTING && ct->masq_index &&
	       ct->masq_index != state->out->ifindex;
}

static enum nf_verdict nat_inet(struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);
	enum nf_verdict v = NF_ACCEPT;

	if (!ct)
		return NF_ACCEPT;
	if ((info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY) &&
	    ip_hdr(skb)->protocol == IP_PROTO_ICMP)
		return nf_nat_icmp_reply_translation(skb, ct, info, state->hook) ? NF_ACCEPT :
										   NF_DROP;
	if ((info == IP_CT_NEW || info == IP_CT_RELATED) &&
	    !nf_nat_initialized(ct, nf_nat_hook2manip(state->hook)))
		v = decide(skb, ct, state);
	else if (oif_changed(ct, state) && ctinfo2dir(info) == IP_CT_DIR_ORIGINAL) {
		nf_ct_kill(state->net, ct);
		return NF_DROP;
	}
	return v == NF_ACCEPT ? nf_nat_packet(skb, ct, info, state->hook) : v;
}

static enum nf_verdict nat_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	be32 daddr = ip_hdr(skb)->daddr;
	enum nf_verdict v = nat_inet(skb, state);

	(void)priv;
	if (v == NF_ACCEPT && ip_hdr(skb)->daddr != daddr)
		skb_dst_drop(skb);
	return v;
}

static enum nf_verdict nat_other(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	(void)priv;
	return nat_inet(skb, state);
}

static enum nf_verdict nat_local_out(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	be32 daddr = ip_hdr(skb)->daddr;
	enum nf_verdict v = nat_inet(skb, state);

	(void)priv;
	if (v == NF_ACCEPT && ip_hdr(skb)->daddr != daddr && ip_route_me_harder(state->net, skb)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return NF_STOLEN;
	}
	return v;
}

static const struct nf_hook_ops nat_ops[] = {
	{ .hook = nat_in, .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_NAT_DST },
	{ .hook = nat_other, .hooknum = NF_INET_POST_ROUTING, .priority = NF_IP_PRI_NAT_SRC },
	{ .hook = nat_local_out, .hooknum = NF_INET_LOCAL_OUT, .priority = NF_IP_PRI_NAT_DST },
	{ .hook = nat_other, .hooknum = NF_INET_LOCAL_IN, .priority = NF_IP_PRI_NAT_SRC },
};

static void nat_end(struct net *net)
{
	struct netns_nat *nat = net->ct->nat;

	unregister_netdevice_notifier(&nat->notifier);
	if (nat->ops)
		mem_free(&net->mem, nat->ops, sizeof(nat_ops));
	mem_free(&net->mem, nat, sizeof(*nat));
	net->ct->nat = NULL;
	nf_ct_netns_put(net);
}

static int nat_begin(struct net *net)
{
	struct netns_nat *nat;

	if (nf_ct_netns_get(net))
		return -ENOMEM;
	nat = net->ct->nat = mem_zalloc(&net->mem, sizeof(*nat));
	if (!nat) {
		nf_ct_netns_put(net);
		return -ENOMEM;
	}
	nat->net = net;
	nf_nat_masquerade_begin(nat);
	for (u32 i = 0; i < NF_INET_NUMHOOKS; i++)
		list_init(&nat->lookups[i]);
	nat->ops = mem_alloc(&net->mem, sizeof(nat_ops));
	if (!nat->ops) {
		nat_end(net);
		return -ENOMEM;
	}
	memcpy(nat->ops, nat_ops, sizeof(nat_ops));
	for (size_t i = 0; i < ARRAY_SIZE(nat_ops); i++)
		nf_register_net_hook(net, &nat->ops[i]);
	return 0;
}

int nf_nat_register_fn(struct net *net, struct nf_hook_ops *ops)
{
	struct list_head *head, *at;

	if (!net->ct->nat && nat_begin(net))
		return -ENOMEM;
	net->ct->nat->users++;
	head = &net->ct->nat->lookups[ops->hooknum];
	for (at = head->prev; at != head; at = at->prev)
		if (list_entry(at, struct nf_hook_ops, list)->priority <= ops->priority)
			break;
	list_add(&ops->list, at);
	return 0;
}

void nf_nat_unregister_fn(struct net *net, struct nf_hook_ops *ops)
{
	struct netns_nat *nat = net->ct->nat;

	list_del_init(&ops->list);
	if (--nat->users)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(nat_ops); i++)
		nf_unregister_net_hook(&nat->ops[i]);
	nat_end(net);
}
