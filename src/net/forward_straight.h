/* SPDX-License-Identifier: MIT */
/*
 * What the straight ways of forwarded packets (ip_forward_straight.c, ip6_forward_straight.c) do
 * alike when the routes of a run are known. What a family has for itself it says by a constant
 * table, of which the compiler leaves nothing: no call is made by it.
 */
#ifndef LINNET_NET_FORWARD_STRAIGHT_H
#define LINNET_NET_FORWARD_STRAIGHT_H

#include "base/dst.h"
#include "base/mib.h"
#include "device/nf_straight.h"
#include "link/neigh.h"

struct forward_family {
	/* Counters: packets and bytes in, the first of four by ECN, forwarded, both out. */
	u16 in, in_bytes, in_ecn, forwarded, out, out_bytes;
	u32 (*len)(const void *nh);			/* what the header says */
	u8 (*ecn)(const void *nh);
	void (*hop)(void *nh);				/* one less */
	/* Whoever is sent to by this route, out of another device than `in`. */
	bool (*is_plain)(const struct dst_entry *dst, const struct net_device *in);
	u32 (*mtu)(const struct dst_entry *dst);
	bool (*has_gateway)(const struct dst_entry *dst);
	const struct neighbour *(*next_hop)(const struct dst_entry *dst, const void *daddr);
	/* Whom frame i is for, also when its header says another one yet. s: who knows, or NULL */
	const void *(*dest)(const struct straight_run *run, const struct nf_straight *s, u32 i);
};

struct forwarded {		/* what is counted of a run: bytes, and packets by ECN */
	u64 in, out, ect[4];
	u64 sent;		/* packets, those of them that the last hook drops, too */
};

static __always_inline void forward_count(struct net *net, const struct forward_family *f, u32 n,
					  const struct forwarded *p)
{
	net->mib[f->in] += n;
	net->mib[f->in_bytes] += p->in;
	for (u32 i = 0; i < 4; i++)
		net->mib[f->in_ecn + i] += p->ect[i];
	net->mib[f->forwarded] += p->sent;
	net->mib[f->out] += p->sent;
	net->mib[f->out_bytes] += p->out;
}

static __always_inline void forward_count_out(struct forwarded *p, u32 len)
{
	p->out += len;
	p->sent++;
}

/* The hooks, and between them what is written of the header. */
static __always_inline enum nf_verdict forward_ask(const struct forward_family *f,
						   struct nf_straight *s, struct net_device *out)
{
	enum nf_verdict v = nf_straight_hook(s, NF_INET_PRE_ROUTING, NULL);

	if (unlikely(v != NF_ACCEPT))
		return v;
	f->hop(s->skb.data);
	v = nf_straight_hook(s, NF_INET_FORWARD, out);
	if (unlikely(v != NF_ACCEPT))
		return v;
	return nf_straight_hook(s, NF_INET_POST_ROUTING, out);
}

/* False: it goes the long way, as it came. */
static __always_inline bool forward_hooked(const struct forward_family *f, struct nf_straight *s,
					   u32 i, u32 len, struct net_device *out,
					   struct forwarded *p)
{
	nf_straight_frame(s, i, len);
	if (unlikely(!nf_straight_settle(s, forward_ask(f, s, out))))
		return false;
	if (unlikely(s->dropped && s->state.hook == NF_INET_POST_ROUTING))
		forward_count_out(p, len);
	return true;
}

/* What neigh_connected_output() writes. */
static __always_inline void forward_send(struct nic_frame *f, struct net_device *out,
					 const struct neighbour *to, u32 len)
{
	memcpy(f->data, to->hh, ETH_HLEN);
	f->len = len + ETH_HLEN;	/* without padding */
	f->out = out;
}

/*
 * Of the first n frames, by their routes, one after the other: of a train by one route only what
 * differs is asked again. Returns how many have gone.
 */
static __always_inline u32 forward_all(const struct forward_family *f, struct straight_run *run,
				       struct nf_straight *s, u32 n,
				       const struct dst_entry *const *route)
{
	const struct dst_entry *dst = NULL;
	const struct neighbour *to = NULL;
	struct forwarded p = { .in = 0 };
	u32 i, mtu = 0;

	for (i = 0; i < n; i++) {
		struct nic_frame *frame = &run->f[i];
		void *nh = frame->data + ETH_HLEN;
		u32 len = f->len(nh);

		if (route[i] != dst) {
			dst = route[i];
			if (unlikely(!f->is_plain(dst, run->in)))
				break;
			mtu = f->mtu(dst);
			to = NULL;
		}
		if (!to || !f->has_gateway(dst))
			to = f->next_hop(dst, f->dest(run, s, i));
		if (unlikely(!to || len > mtu || !straight_may_leave(run, i, dst->dev)))
			break;
		if (!s)
			f->hop(nh);
		else if (!forward_hooked(f, s, i, len, dst->dev, &p))
			break;
		p.in += frame->len - ETH_HLEN;
		p.ect[f->ecn(nh)]++;
		if (s && unlikely(s->dropped))
			continue;
		forward_count_out(&p, len);
		forward_send(frame, dst->dev, to, len);
	}
	if (i)
		forward_count(run->in->net, f, i, &p);
	return i;
}

#endif
