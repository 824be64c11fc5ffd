/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_straight.h"

#include "net/netfilter/nf_conntrack_ecache.h"
#include "net/netfilter/nf_conntrack_udp.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

#define AHEAD_MIN 4096		/* tuples; with fewer all is in the cache */

/* ---- who is it ---- */

struct seek {			/* a tuple, in the words in which it is hashed and compared */
	u64 w[5];		/* IPv4: w[1] and w[3] are 0, and not written */
	u32 hash;
};

static u32 hlen_of(u8 pf)
{
	return pf == NFPROTO_IPV4 ? IPV4_HLEN : IPV6_HLEN;
}

static u8 protocol_of(u8 pf, const u8 *head)
{
	return head[pf == NFPROTO_IPV4 ? offsetof(struct iphdr, protocol) : IPV6_NEXTHDR_OFF];
}

/* What the header says, which fits. */
static __always_inline u32 packet_len(u8 pf, const u8 *head)
{
	return pf == NFPROTO_IPV4 ? get_be16(head + offsetof(struct iphdr, tot_len)) :
				    get_be16(head + offsetof(struct ipv6hdr, payload_len)) +
				    (u32)IPV6_HLEN;
}

/* False: neither TCP nor UDP, or cut short. */
static __always_inline bool seek_of(u8 pf, const u8 *head, struct seek *s)
{
	u8 protonum = protocol_of(pf, head);
	u32 need = hlen_of(pf);

	if (likely(protonum == IP_PROTO_UDP))
		need += UDP_HLEN;
	else if (protonum == IP_PROTO_TCP)
		need += TCP_HLEN;
	else
		return false;
	if (unlikely(packet_len(pf, head) < need))
		return false;
	s->w[4] = nf_ct_last_word(head + hlen_of(pf), pf, protonum);
	if (likely(pf == NFPROTO_IPV4)) {
		const struct iphdr *iph = (const void *)head;

		s->w[0] = nf_ct_word(iph->saddr, 0);
		s->w[2] = nf_ct_word(iph->daddr, 0);
	} else {
		memcpy(s->w, head + offsetof(struct ipv6hdr, saddr), 32);
	}
	return true;
}

static __always_inline u64 word(const struct nf_conntrack_tuple *t, u32 i)
{
	u64 w;

	memcpy(&w, (const u8 *)t + 8 * i, sizeof(w));
	return w;
}

static __always_inline bool is(const struct nf_conntrack_tuple_hash *h, const struct seek *s,
			       u8 pf)
{
	const struct nf_conntrack_tuple *t = &h->tuple;
	u64 differ;

	if (h->hash != s->hash)
		return false;
	differ = (word(t, 0) ^ s->w[0]) | (word(t, 2) ^ s->w[2]) | (word(t, 4) ^ s->w[4]);
	if (pf != NFPROTO_IPV4)
		differ |= (word(t, 1) ^ s->w[1]) | (word(t, 3) ^ s->w[3]);
	return !differ;
}

static __always_inline u32 hash_of(const struct seek *s, u8 pf, const struct siphash_key *key)
{
	return pf == NFPROTO_IPV4 ? nf_ct_words_hash(s->w[0], 0, s->w[2], 0, s->w[4], key) :
	       nf_ct_words_hash(s->w[0], s->w[1], s->w[2], s->w[3], s->w[4], key);
}

static struct nf_conntrack_tuple_hash *hash_of_node(struct hlist_node *n)
{
	return n ? container_of(n, struct nf_conntrack_tuple_hash, node) : NULL;
}

/* How many may be of a connection; their chains are on their way. */
static __always_inline u32 seek_all(const struct nf_straight *s, u8 pf, u32 n, struct seek *seek,
				    struct hlist_head **head)
{
	const struct net *net = s->run->in->net;
	u32 i;

	for (i = 0; i < n; i++) {
		if (unlikely(!seek_of(pf, s->run->f[i].data + ETH_HLEN, &seek[i])))
			break;
		seek[i].hash = hash_of(&seek[i], pf, &net->hash_key);
		head[i] = inet_table_head(&net->ct->hash, seek[i].hash);
		prefetch(head[i]);
	}
	return i;
}

static void fetch(struct hlist_head *const *head, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		struct nf_conntrack_tuple_hash *h = hash_of_node(head[i]->first);

		if (h)
			prefetch(h);
	}
}

static __always_inline u32 find_frames(struct nf_straight *s, u8 pf, u32 n)
{
	const struct inet_table *t = &s->run->in->net->ct->hash;
	struct hlist_head *head[NAPI_POLL_WEIGHT];
	struct seek seek[NAPI_POLL_WEIGHT];

	n = seek_all(s, pf, n, seek, head);
	if (t->count >= AHEAD_MIN)
		fetch(head, n);
	for (u32 i = 0; i < n; i++) {
		struct nf_conntrack_tuple_hash *h = hash_of_node(head[i]->first);

		while (h && unlikely(!is(h, &seek[i], pf)))
			h = hash_of_node(h->node.next);
		if (!h)
			return i;
		s->conn[i] = h;
		/* Its row, and the tuple of the other direction. */
		prefetchw(nf_ct_tuplehash_to_ctrack(h));
		prefetch(&nf_ct_tuplehash_to_ctrack(h)->tuplehash[!h->dir]);
	}
	return n;
}

u32 nf_conntrack_find_frames(struct nf_straight *s, u32 n)
{
	if (!s->run->in->net->ct->hash.count)
		return 0;
	return s->state.pf == NFPROTO_IPV4 ? find_frames(s, NFPROTO_IPV4, n) :
					     find_frames(s, NFPROTO_IPV6, n);
}

/* ---- what is said of it ---- */

static void answered(struct nf_conn *ct, enum ip_conntrack_info info)
{
	if (info == IP_CT_ESTABLISHED_REPLY)
		ct->status |= IPS_SEEN_REPLY;
}

/* All has been said yes to: what its packet would have done to the connection. NAT has changed
 * header and checksum alike: one is right as long as the other is. */
static bool settle(struct nf_straight *s)
{
	struct nf_ct_packet p = {
		.net = s->skb.net, .skb = &s->skb, .pf = s->state.pf, .hook = NF_INET_PRE_ROUTING,
		.dataoff = hlen_of(s->state.pf), .protonum = protocol_of(s->state.pf, s->skb.data),
	};
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(&s->skb, &info);
	enum nf_ct_verdict v;

	v = nf_ct_l4proto_find(p.pf, p.protonum)->packet(&p, ct, info);
	if (v != NF_CT_ACCEPT && v != NF_CT_IGNORE)
		return false;
	if (v == NF_CT_ACCEPT)
		nf_ct_account(p.net, ct, info, s->skb.len);
	answered(ct, info);
	return true;
}

/* The same of a datagram without a checksum, of which only the length can be wrong. */
static bool settle_udp(struct nf_straight *s)
{
	u32 hlen = hlen_of(s->state.pf);
	const struct udphdr *uh = (const void *)(s->skb.data + hlen);
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(&s->skb, &info);

	if (unlikely(uh->check && s->skb.net->sysctl.nf_conntrack_checksum))
		return settle(s);
	if (unlikely(!nf_ct_udp_fits(uh, s->skb.len - hlen)))
		return false;
	nf_ct_udp_seen(s->skb.net, ct);
	nf_ct_account(s->skb.net, ct, info, s->skb.len);
	answered(ct, info);
	return true;
}

enum nf_verdict nf_conntrack_look(void *priv, struct nf_straight *s,
				  const struct nf_hook_state *state)
{
	struct nf_conntrack_tuple_hash *h = s->conn[s->i];
	struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);
	enum ip_conntrack_info info = nf_ct_info_of(h);

	(void)priv;
	if (unlikely(nf_ct_is_watched(state->net) || !nf_ct_is_confirmed(ct) ||
		     nf_ct_is_expired(state->net, ct) || ct->ext || info == IP_CT_RELATED))
		return NF_STOLEN;
	if (h->tuple.protonum == IP_PROTO_TCP &&
	    !nf_ct_tcp_goes_on(ct, s->skb.data + hlen_of(s->state.pf)))
		return NF_STOLEN;
	s->skb.nfct = (uintptr_t)ct | info;
	s->settle = h->tuple.protonum == IP_PROTO_UDP ? settle_udp : settle;
	return NF_ACCEPT;
}
