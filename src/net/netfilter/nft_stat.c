/* SPDX-License-Identifier: MIT */
/* Quotas, limits, counts of connections; those of a set's elements. */
#include "net/netfilter/nft.h"

#include "wire/ipv4.h"

/* ---- quota, limit ---- */

bool nft_within_quota(struct nft_quota *q, const struct nft_pkt *p)
{
	q->used += p->skb->len;
	return (q->used > q->bytes) == q->over;
}

/* ns that n packets or bytes take at the limit's rate */
static u64 times(const struct nft_limit *l, u64 n)
{
	u64 per = (u64)l->per;

	return per / l->rate * n + per % l->rate * n / l->rate;
}

bool nft_limit_fits(const struct nft_limit *l)
{
	u64 v;

	return l->of_bytes ? !__builtin_mul_overflow((u64)l->per, l->rate + l->burst, &v) :
			     !__builtin_mul_overflow((u64)l->per / l->rate, l->burst, &v);
}

/* As Linux: a burst of bytes comes on top of what a unit of time lets through. */
void nft_limit_init(struct nft_limit *l, ktime_t now)
{
	l->tokens_max = times(l, l->burst) + (l->of_bytes ? (u64)l->per : 0);
	l->tokens = l->tokens_max;
	l->last = now;
}

bool nft_within_limit(struct nft_limit *l, const struct nft_pkt *p)
{
	u64 cost = times(l, l->of_bytes ? p->skb->len : 1);

	l->tokens = min(l->tokens + (u64)(p->net->now - l->last), l->tokens_max);
	l->last = p->net->now;
	if (l->tokens < cost)
		return l->over;
	l->tokens -= cost;
	return !l->over;
}

/* ---- ct count ---- */

#define SEEN_MIN 4

static bool is_over(struct net *net, const struct nf_conntrack_tuple *t)
{
	const struct nf_conntrack_tuple_hash *h = nf_conntrack_find(net, t);
	const struct nf_conn *ct;

	if (!h)
		return true;
	ct = nf_ct_tuplehash_to_ctrack(h);
	return nf_ct_protonum(ct) == IP_PROTO_TCP &&
	       (ct->proto.tcp.state == TCP_CONNTRACK_TIME_WAIT ||
		ct->proto.tcp.state == TCP_CONNTRACK_CLOSE);
}

/* Those that are over go; true: `one` is among those that stay. */
static bool sweep(struct net *net, struct nft_connlimit *c, const struct nf_conntrack_tuple *one)
{
	bool found = false;
	u32 kept = 0;

	for (u32 i = 0; i < c->n; i++) {
		bool is_it = one && nf_ct_tuple_equal(&c->seen[i], one);

		if (!is_it && is_over(net, &c->seen[i]))
			continue;
		found |= is_it;
		c->seen[kept++] = c->seen[i];
	}
	c->n = kept;
	return found;
}

static bool grow(struct net *net, struct nft_connlimit *c)
{
	u32 cap = c->cap ? c->cap * 2 : SEEN_MIN;
	struct nf_conntrack_tuple *more;

	if (c->n < c->cap)
		return true;
	more = mem_alloc(&net->mem, cap * sizeof(*more));
	if (!more)
		return false;
	for (u32 i = 0; i < c->n; i++)
		more[i] = c->seen[i];
	nft_connlimit_free(net, c);
	c->seen = more;
	c->cap = cap;
	return true;
}

enum nft_code nft_connlimit_eval(struct nft_connlimit *c, const struct nft_pkt *p)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(p->skb, &info);
	const struct nf_conntrack_tuple *t;

	if (!ct)
		return NFT_DROP;
	t = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	if (!sweep(p->net, c, t)) {
		if (!grow(p->net, c))
			return NFT_DROP;
		c->seen[c->n++] = *t;
	}
	return (c->n > c->limit) == c->over ? NFT_CONTINUE : NFT_BREAK;
}

void nft_connlimit_free(struct net *net, struct nft_connlimit *c)
{
	if (c->seen)
		mem_free(&net->mem, c->seen, c->cap * sizeof(*c->seen));
	c->seen = NULL;
	c->cap = 0;
}

/* ---- of elements ---- */

static enum nft_code eval_one(struct nft_stat *s, const struct nft_pkt *p)
{
	switch (s->kind) {
	case NFT_STMT_COUNTER:
		s->counter.packets++;
		s->counter.bytes += p->skb->len;
		return NFT_CONTINUE;
	case NFT_STMT_QUOTA:
		return nft_within_quota(&s->quota, p) ? NFT_CONTINUE : NFT_BREAK;
	case NFT_STMT_LIMIT:
		return nft_within_limit(&s->limit, p) ? NFT_CONTINUE : NFT_BREAK;
	default:
		return nft_connlimit_eval(&s->connlimit, p);
	}
}

enum nft_code nft_stats_eval(struct nft_stats *s, const struct nft_pkt *p)
{
	enum nft_code code = NFT_CONTINUE;

	for (u32 i = 0; i < s->n && code == NFT_CONTINUE; i++)
		code = eval_one(&s->of[i], p);
	return code;
}

bool nft_stats_add(struct net *net, struct nft_stats *s, const struct nft_stat *one)
{
	if (s->n == NFT_STATS_MAX)
		return false;
	if (!s->of)
		s->of = mem_zalloc(&net->mem, NFT_STATS_MAX * sizeof(*s->of));
	if (!s->of)
		return false;
	s->of[s->n] = *one;
	if (one->kind == NFT_STMT_LIMIT)
		nft_limit_init(&s->of[s->n].limit, net->now);
	if (one->kind == NFT_STMT_CONNLIMIT) {
		s->of[s->n].connlimit.seen = NULL;
		s->of[s->n].connlimit.n = s->of[s->n].connlimit.cap = 0;
	}
	s->n++;
	return true;
}

int nft_stats_copy(struct net *net, struct nft_stats *to, const struct nft_stats *from)
{
	*to = (struct nft_stats){ 0 };
	for (u32 i = 0; i < from->n; i++)
		if (!nft_stats_add(net, to, &from->of[i]))
			return -ENOMEM;
	return 0;
}

void nft_stats_free(struct net *net, struct nft_stats *s)
{
	for (u32 i = 0; i < s->n; i++)
		if (s->of[i].kind == NFT_STMT_CONNLIMIT)
			nft_connlimit_free(net, &s->of[i].connlimit);
	if (s->of)
		mem_free(&net->mem, s->of, NFT_STATS_MAX * sizeof(*s->of));
	*s = (struct nft_stats){ 0 };
}

bool nft_stats_track(const struct nft_stats *s)
{
	for (u32 i = 0; i < s->n; i++)
		if (s->of[i].kind == NFT_STMT_CONNLIMIT)
			return true;
	return false;
}

bool nft_stats_alike(const struct nft_stats *a, const struct nft_stats *b)
{
	if (a->n != b->n)
		return false;
	for (u32 i = 0; i < a->n; i++)
		if (a->of[i].kind != b->of[i].kind)
			return false;
	return true;
}

bool nft_stats_idle(struct net *net, struct nft_stats *s)
{
	for (u32 i = 0; i < s->n; i++)
		if (s->of[i].kind == NFT_STMT_CONNLIMIT) {
			sweep(net, &s->of[i].connlimit, NULL);
			return !s->of[i].connlimit.n;
		}
	return false;
}
