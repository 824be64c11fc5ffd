/* SPDX-License-Identifier: MIT */
/* What packets and frames that meet a flow table have in common. */
#ifndef LINNET_NET_NETFILTER_NF_FLOW_TABLE_IP_H
#define LINNET_NET_NETFILTER_NF_FLOW_TABLE_IP_H

#include "net/ipv4/ip_flow.h"
#include "net/ipv6/ip6_flow.h"
#include "net/netfilter/nf_flow_table.h"
#include "net/netfilter/nf_nat.h"
#include "wire/tcp.h"
#include "wire/tcp_seq.h"
#include "wire/udp.h"

#define FLOWS_AT_ONCE 64u

/* ---- who is it ---- */

/* A packet's tuple, in the words in which it is hashed and compared. */
struct flow_seek {
	u64 w[5];
	u32 hash;
	bool v4;		/* w[1] and w[3] are 0, and not written */
};

static __always_inline bool flow_has_upper(u32 have, u32 hlen, u8 protocol)
{
	return (protocol == IP_PROTO_UDP && have >= hlen + UDP_HLEN) ||
	       (protocol == IP_PROTO_TCP && have >= hlen + TCP_HLEN);
}

/* A header without options that is right, whole and linear (of len bytes `have`), and lives on. */
static __always_inline bool flow_seek4(const void *p, u32 have, u32 len, struct flow_seek *s)
{
	const struct iphdr *iph = p;

	if (unlikely(have < IPV4_HLEN || !ipv4_is_plain(iph, len) ||
		     iph->frag_off & CONST_BE16(IP_MF | IP_OFFSET) || iph->ttl <= 1 ||
		     !flow_has_upper(have, IPV4_HLEN, iph->protocol)))
		return false;
	s->v4 = true;
	s->w[0] = nf_ct_word(iph->saddr, 0);
	s->w[2] = nf_ct_word(iph->daddr, 0);
	s->w[1] = s->w[3] = 0;
	s->w[4] = nf_ct_last_word((const u8 *)p + IPV4_HLEN, NFPROTO_IPV4, iph->protocol);
	return true;
}

/* The same; other headers than the upper layer's are options, too. */
static __always_inline bool flow_seek6(const void *p, u32 have, u32 len, struct flow_seek *s)
{
	const struct ipv6hdr *h = p;
	u32 payload;

	if (have < IPV6_HLEN || ip6_version(h) != 6 || h->hop_limit <= 1 ||
	    !flow_has_upper(have, IPV6_HLEN, h->nexthdr))
		return false;
	payload = be16_to_cpu(h->payload_len);
	if (!payload || payload + IPV6_HLEN > len)
		return false;
	s->v4 = false;
	memcpy(&s->w[0], &h->saddr, sizeof(h->saddr));
	memcpy(&s->w[2], &h->daddr, sizeof(h->daddr));
	s->w[4] = nf_ct_last_word((const u8 *)p + IPV6_HLEN, NFPROTO_IPV6, h->nexthdr);
	return true;
}

/* The families of which dev's packets are forwarded at all. */
static inline u32 flow_families(const struct net_device *dev)
{
	u32 families = dev->ip_ptr && dev->ip_ptr->forwarding ? NF_CT_IPV4 : 0;

	if (dev->ip6_ptr && (dev->net->ipv6->conf_all.forwarding ||
			     dev->ip6_ptr->cnf.force_forwarding))
		families |= NF_CT_IPV6;
	return families;
}

/* ---- lookup ---- */

static __always_inline u32 flow_seek_hash(const struct flow_seek *s, const struct siphash_key *key)
{
	return s->v4 ? nf_ct_words_hash(s->w[0], 0, s->w[2], 0, s->w[4], key) :
		       nf_ct_words_hash(s->w[0], s->w[1], s->w[2], s->w[3], s->w[4], key);
}

static __always_inline bool flow_is(const struct flow_offload_tuple *t, const struct flow_seek *s,
				  const struct net_device *dev)
{
	u64 w[5];

	if (t->hash != s->hash || t->in != dev)
		return false;
	memcpy(w, &t->key, sizeof(w));
	return !((w[0] ^ s->w[0]) | (w[2] ^ s->w[2]) | (w[4] ^ s->w[4])) &&
	       (s->v4 || !((w[1] ^ s->w[1]) | (w[3] ^ s->w[3])));
}

static inline struct flow_offload_tuple *flow_tuple_of(struct hlist_node *n)
{
	return n ? container_of(n, struct flow_offload_tuple, node) : NULL;
}

static __always_inline void flow_fetch(const struct flow_offload_tuple *t)
{
	prefetch(t);
	prefetch((const u8 *)t + 64);
	prefetch((const u8 *)(t + 1) - 1);
}

/* ---- what happens to it ---- */

/* Whether the segment belongs to the middle of a connection. What begins or ends one is tracking's
 * to see, and the end is the flow's, too. */
static inline bool flow_tcp_goes_by(struct nf_flowtable *ft, struct flow_offload_tuple *t,
				    const u8 *th)
{
	u8 flags = th[13];
	u32 ack;

	if (unlikely(flags & (TCPHDR_FIN | TCPHDR_RST))) {
		nf_flow_teardown(ft, nf_flow_of(t));
		return false;
	}
	if (unlikely((flags & (TCPHDR_SYN | TCPHDR_ACK)) != TCPHDR_ACK))
		return false;
	ack = get_be32(th + 8);
	/* What acknowledges more than a window is made up, and not to be measured by. */
	if (ack - t->ack <= t->window || !t->acked) {
		t->ack = ack;
		t->acked = true;
	}
	return true;
}

static __always_inline be16 flow_check_after(be16 check, wsum sum)
{
	return csum_fold(csum_add(csum_unfold((be16)~check), sum));
}

/* Ports, and the upper layer's checksum. */
static __always_inline void flow_nat_upper(const struct flow_offload_tuple *t, u8 *th)
{
	bool udp = t->key.protonum == IP_PROTO_UDP;
	u8 *at = th + (udp ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check));
	be16 check;

	memcpy(th, t->port, sizeof(t->port));
	memcpy(&check, at, 2);
	if (udp && !check)
		return;			/* the sender made none (RFC 768) */
	check = flow_check_after(check, t->upper_sum);
	if (udp && !check)
		check = CSUM_MANGLED_0;
	memcpy(at, &check, 2);
}

/* Both rewritings and the hop at once, of a packet whose checksum is its own. */
static __always_inline void flow_nat4(const struct flow_offload_tuple *t, struct iphdr *iph, u8 *th)
{
	iph->saddr = t->saddr;
	iph->daddr = t->daddr;
	iph->ttl--;
	iph->check = flow_check_after(iph->check, t->header_sum);
	flow_nat_upper(t, th);
}

/* The tuple of the answer to what leaves. */
static __always_inline const struct nf_conntrack_tuple *
flow_reply(const struct flow_offload_tuple *t)
{
	return nf_ct_tuple(nf_flow_of((struct flow_offload_tuple *)(uintptr_t)t)->ct, !t->dir);
}

static __always_inline void flow_nat6(const struct flow_offload_tuple *t, struct ipv6hdr *h)
{
	const struct nf_conntrack_tuple *reply = flow_reply(t);

	memcpy(&h->saddr, &reply->dst, sizeof(h->saddr));
	memcpy(&h->daddr, &reply->src, sizeof(h->daddr));
	h->hop_limit--;
	flow_nat_upper(t, (u8 *)h + IPV6_HLEN);
}

/* What becomes of its header, and with NAT of what is behind that. */
static __always_inline void flow_rewrite(const struct flow_offload_tuple *t, void *nh, bool nat)
{
	if (likely(t->key.l3num == NFPROTO_IPV4)) {
		if (nat)
			flow_nat4(t, nh, (u8 *)nh + IPV4_HLEN);
		else
			ip_decrease_ttl(nh);
	} else if (nat) {
		flow_nat6(t, nh);
	} else {
		((struct ipv6hdr *)nh)->hop_limit--;
	}
}

static inline void flow_account(const struct nf_flowtable *ft, const struct flow_offload_tuple *t,
				u32 len)
{
	struct nf_conn *ct = nf_flow_of((struct flow_offload_tuple *)(uintptr_t)t)->ct;

	if (!ft->net->sysctl.nf_conntrack_acct)
		return;
	ct->packets[t->dir]++;
	ct->bytes[t->dir] += len;
}

#endif
