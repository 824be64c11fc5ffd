/* SPDX-License-Identifier: MIT */
/* A packet meets the rules of a base chain. */
#include "net/netfilter/nft.h"

#include "base/trace.h"
#include "net/netfilter/nft_ct.h"
#include "net/netfilter/nft_dynset.h"
#include "net/netfilter/nft_flow.h"
#include "net/netfilter/nft_ingress.h"
#include "net/netfilter/nft_prog.h"
#include "net/netfilter/nft_reject.h"
#include "net/netfilter/nft_tcpopt.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

/* ---- matches ---- */

static bool by_op(enum nft_op op, int c)
{
	switch (op) {
	case NFT_OP_EQ:
		return c == 0;
	case NFT_OP_NEQ:
		return c != 0;
	case NFT_OP_LT:
		return c < 0;
	case NFT_OP_LE:
		return c <= 0;
	case NFT_OP_GT:
		return c > 0;
	default:
		return c >= 0;
	}
}

static bool same_bits(const u8 *a, const u8 *b, u32 bits)
{
	u32 whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

static bool any_bit(const u8 *a, const u8 *b, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (a[i] & b[i])
			return true;
	return false;
}

static bool compare(const struct nft_match *m, const struct nft_pkt *p, const u8 *key)
{
	struct nft_elem *e;
	bool in;

	if (m->op == NFT_OP_ANY)
		return any_bit(key, m->a, m->key.len);
	switch (m->rhs) {
	case NFT_RHS_VALUE:
		return by_op(m->op, memcmp(key, m->a, m->key.len));
	case NFT_RHS_RANGE:
		in = memcmp(key, m->a, m->key.len) >= 0 && memcmp(key, m->b, m->key.len) <= 0;
		break;
	case NFT_RHS_PREFIX:
		in = same_bits(key, m->a, m->plen);
		break;
	default:
		e = nft_set_lookup(p->net, m->set, key);
		if (m->op == NFT_OP_NEQ)
			return !e;
		return e && nft_elem_hit(e, m->set, p);
	}
	return in != (m->op == NFT_OP_NEQ);
}

static bool match(const struct nft_match *m, const struct nft_pkt *p)
{
	u8 key[NFT_KEY_MAX];

	return nft_key_load(p, &m->key, key) && compare(m, p, key);
}

/* ---- values ---- */

static bool value(const struct nft_expr *x, const struct nft_pkt *p, u8 *a, u8 *b)
{
	const struct nft_elem *e;
	u8 key[NFT_KEY_MAX];

	switch (x->kind) {
	case NFT_EXPR_VALUE:
	case NFT_EXPR_RANGE:
		memcpy(a, x->a, NFT_VALUE_MAX);
		memcpy(b, x->kind == NFT_EXPR_RANGE ? x->b : x->a, NFT_VALUE_MAX);
		return true;
	case NFT_EXPR_KEY:
		if (!nft_key_load(p, &x->key, a))
			return false;
		memcpy(b, a, NFT_VALUE_MAX);
		return true;
	case NFT_EXPR_MAP:
		if (!nft_key_load(p, &x->key, key))
			return false;
		e = nft_set_lookup(p->net, x->set, key);
		if (!e)
			return false;
		memcpy(a, nft_elem_data(x->set, e), x->set->dlen);
		memcpy(b, nft_elem_data_end(x->set, e), x->set->dlen);
		return true;
	default:
		return false;
	}
}

static u32 number(const u8 *p, u32 len)
{
	u32 v = 0;

	for (u32 i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

/* ---- statements ---- */

/* Fields of the IP header; IPv4's checksum follows. */
static bool set_header(const struct nft_selector *s, const struct nft_pkt *p, u32 v)
{
	u32 first = s->at / 8, bytes = (s->at % 8 + s->bits + 7) / 8;
	u32 shift = bytes * 8 - s->at % 8 - s->bits, mask, now = 0;
	u8 *at;

	if (p->l3 != s->l3 || !skb_cow_head(p->skb, 0, first + bytes))
		return false;
	at = p->skb->data + first;
	mask = (u32)(BIT64(s->bits) - 1) << shift;
	for (u32 i = 0; i < bytes; i++)
		now = now << 8 | at[i];
	now = (now & ~mask) | (v << shift & mask);
	for (u32 i = bytes; i-- > 0; now >>= 8)
		at[i] = (u8)now;
	if (p->l3 == 4)
		ip_send_check((void *)p->skb->data);
	return true;
}

static bool set_value(const struct nft_stmt *st, const struct nft_pkt *p)
{
	const struct nft_selector *to = st->set.to;
	u8 a[NFT_KEY_MAX], b[NFT_KEY_MAX];
	u32 v;

	if (!value(&st->set.value, p, a, b))
		return false;
	v = number(a, st->set.value.len);
	if (to->base == NFT_BASE_META && to->at == NFT_META_MARK) {
		p->skb->mark = v;
	} else if (to->base == NFT_BASE_META) {
		p->skb->priority = v;
	} else if (to->base == NFT_BASE_CT) {
		nft_ct_set(p, to, a, v);
	} else if (to->base == NFT_BASE_TCPOPT) {
		return nft_tcpopt_set(p, to->hdr, (u16)v);
	} else {
		return set_header(to, p, v);
	}
	return true;
}

/* A network becomes another one of its size: the host's own bits stay. */
static void netmap(const struct nft_stmt *st, const struct nft_pkt *p, struct nf_nat_range *r,
		   u32 len)
{
	bool src = st->nat.kind == NFT_NAT_SNAT;
	const void *is;
	u8 *to = (u8 *)&r->min_addr, own[16];

	if (p->l3 == 4)
		is = src ? &ip_hdr(p->skb)->saddr : &ip_hdr(p->skb)->daddr;
	else
		is = src ? &ipv6_hdr(p->skb)->saddr : &ipv6_hdr(p->skb)->daddr;
	memcpy(own, is, len);
	for (u32 i = 0; i < len; i++) {
		u8 host = to[i] ^ ((const u8 *)&r->max_addr)[i];

		to[i] = (u8)((to[i] & ~host) | (own[i] & host));
	}
	r->max_addr = r->min_addr;
}

/* The addresses and ports that it says. False: a map has none for this packet. */
static bool nat_range(const struct nft_stmt *st, const struct nft_pkt *p, struct nf_nat_range *r)
{
	u32 len = p->l3 == 4 ? 4 : 16;
	u8 a[NFT_KEY_MAX], b[NFT_KEY_MAX];

	*r = (struct nf_nat_range){ .flags = st->nat.flags };
	if (st->nat.addr.kind) {
		if (!value(&st->nat.addr, p, a, b))
			return false;
		memcpy(&r->min_addr, a, len);
		memcpy(&r->max_addr, b, len);
		r->flags |= NF_NAT_RANGE_MAP_IPS;
		if (st->nat.prefix)
			netmap(st, p, r, len);
		/* "ip daddr map { ... : 10.0.0.1 . 80 }" */
		if (st->nat.addr.kind == NFT_EXPR_MAP && st->nat.addr.set->data_types == 2) {
			r->min_port = r->max_port = get_be16(a + len);
			r->flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
		}
	}
	if (st->nat.port.kind) {
		if (!value(&st->nat.port, p, a, b))
			return false;
		r->min_port = get_be16(a);
		r->max_port = get_be16(b);
		r->flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
	}
	return true;
}

static enum nft_code nat(const struct nft_stmt *st, const struct nft_pkt *p)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);
	struct nf_nat_range r;
	enum nf_verdict v;

	if (st->nat.l3 && st->nat.l3 != p->l3)
		return NFT_BREAK;
	if (!ct)
		return NFT_ACCEPT;
	if (!nat_range(st, p, &r))
		return NFT_BREAK;
	switch (st->nat.kind) {
	case NFT_NAT_MASQUERADE:
		v = nf_nat_masquerade(p->skb, &r, p->state);
		break;
	case NFT_NAT_REDIRECT:
		v = nf_nat_redirect(p->skb, &r, p->state);
		break;
	default:
		v = nf_nat_setup_info(p->net, ct, &r, st->nat.kind == NFT_NAT_SNAT ?
				      NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST);
		break;
	}
	return v == NF_ACCEPT ? NFT_ACCEPT : NFT_DROP;
}

static void to_verdict(struct nft_verdict *v, enum nft_code code)
{
	v->code = (u8)code;
	v->chain = NULL;
}

/* The map's element for the packet; NULL: none. */
static struct nft_elem *look_up(const struct nft_stmt *st, const struct nft_pkt *p)
{
	u8 key[NFT_KEY_MAX];

	return nft_key_load(p, &st->vmap.key, key) ? nft_set_lookup(p->net, st->vmap.set, key) :
						     NULL;
}

void nft_statement(struct nft_stmt *st, const struct nft_pkt *p, struct nft_verdict *v)
{
	struct nft_elem *e;
	bool on = true;

	switch (st->kind) {
	case NFT_STMT_MATCH:
		on = match(&st->match, p);
		break;
	case NFT_STMT_VMAP:
		e = look_up(st, p);
		if (e && nft_elem_hit(e, st->vmap.set, p)) {
			*v = e->verdict;
			return;
		}
		on = false;
		break;
	case NFT_STMT_VERDICT:
		*v = st->verdict;
		return;
	case NFT_STMT_COUNTER:
		st->counter.packets++;
		st->counter.bytes += p->skb->len;
		break;
	case NFT_STMT_QUOTA:
		on = nft_within_quota(&st->quota, p);
		break;
	case NFT_STMT_LIMIT:
		on = nft_within_limit(&st->limit, p);
		break;
	case NFT_STMT_LOG:
		trace_skb(p->net, nf_log, p->skb, TRACE_STR(st->log.prefix));
		break;
	case NFT_STMT_REJECT:
		nft_reject(p, st->reject.type, st->reject.code);
		to_verdict(v, NFT_DROP);
		return;
	case NFT_STMT_NAT:
		to_verdict(v, nat(st, p));
		return;
	case NFT_STMT_SET:
		on = set_value(st, p);
		break;
	case NFT_STMT_NOTRACK:
		if (!p->skb->nfct)
			nf_ct_untrack(p->skb);
		break;
	case NFT_STMT_DYNSET:
		to_verdict(v, nft_dynset_eval(st, p));
		return;
	case NFT_STMT_CONNLIMIT:
		to_verdict(v, nft_connlimit_eval(&st->connlimit, p));
		return;
	case NFT_STMT_FLOW:
		to_verdict(v, nft_flow_eval(st->flowtable, p));
		return;
	case NFT_STMT_CT_HELPER:
		nft_ct_helper_eval(st, p);
		break;
	case NFT_STMT_OBJREF:
		nft_statement(&st->obj->stmt, p, v);
		return;
	case NFT_STMT_OBJMAP:
		e = look_up(st, p);
		if (e) {
			nft_statement(&e->obj->stmt, p, v);
			return;
		}
		on = false;
		break;
	}
	to_verdict(v, on ? NFT_CONTINUE : NFT_BREAK);
}

/* What the packet's route is chosen by, and a chain of type route may change. */
struct route_key {
	u32 mark, tos;		/* IPv6: traffic class and flow label */
	u32 hop_limit;
};

static void route_key(const struct nft_pkt *p, struct route_key *k)
{
	*k = (struct route_key){ .mark = p->skb->mark };
	if (p->l3 == 4) {
		k->tos = ip_hdr(p->skb)->tos;
		return;
	}
	k->tos = ipv6_hdr(p->skb)->flow;
	k->hop_limit = ipv6_hdr(p->skb)->hop_limit;
}

static enum nf_verdict reroute(const struct nft_pkt *p, const struct route_key *was)
{
	struct route_key is;

	route_key(p, &is);
	if (!memcmp(&is, was, sizeof(is)))
		return NF_ACCEPT;
	if (!(p->l3 == 4 ? ip_route_me_harder(p->net, p->skb) :
			   ip6_route_me_harder(p->net, p->skb)))
		return NF_ACCEPT;
	kfree_skb_reason(p->skb, SKB_DROP_REASON_IP_OUTNOROUTES);
	return NF_STOLEN;
}

enum nf_verdict nft_do_chain(struct nft_chain *base, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	bool routes = base->type == NFT_CHAIN_ROUTE && state->hook == NF_INET_LOCAL_OUT;
	struct route_key was;
	struct nft_pkt p;
	enum nft_code code;

	if (base->table->dormant)
		return NF_ACCEPT;
	if (unlikely(state->hook == NF_NETDEV_INGRESS)) {
		code = nft_pkt_init_ingress(&p, skb, state, (enum nft_family)base->table->family);
		if (code != NFT_CONTINUE)
			return code == NFT_DROP ? NF_DROP : NF_ACCEPT;
	} else {
		nft_pkt_init(&p, skb, state);
	}
	if (routes)
		route_key(&p, &was);
	code = nft_chain_run(base, &p);
	if (code == NFT_DROP || (code != NFT_ACCEPT && base->policy_drop)) {
		trace_skb(p.net, nft_do_chain, skb, TRACE_STR(base->table->name),
			  TRACE_STR(base->name), TRACE_STR("drop"));
		kfree_skb_why(skb, SKB_DROP_REASON_NETFILTER_DROP, base->name);
		return NF_STOLEN;
	}
	trace_skb(p.net, nft_do_chain, skb, TRACE_STR(base->table->name), TRACE_STR(base->name),
		  TRACE_STR("accept"));
	return routes ? reroute(&p, &was) : NF_ACCEPT;
}
