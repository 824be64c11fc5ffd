/* SPDX-License-Identifier: MIT */
/*
 * The datagrams of one sendmmsg(). Those to one destination share the route; those that may go
 * straight (udp_straight.h) are a train besides: what was asked for the first of them is so for all
 * that follow, as nothing happens in between, and so are their headers but for the lengths. They
 * are charged and counted, and leave, together.
 */
#include "base/skb_ring.h"
#include "transport/udp_straight.h"

/* The next message goes where the last one went. */
static __always_inline bool run_goes_on(const struct dgram_run *run, const struct msg *msg)
{
	const struct ln_sockaddr_in *sin = msg->name;

	if (!sin)
		return run->to_peer;
	return msg->namelen >= sizeof(*sin) && sin->sin_addr == run->ipc.daddr &&
	       sin->sin_port == run->ipc.dport &&
	       (sin->sin_family == LN_AF_INET || sin->sin_family == LN_AF_UNSPEC);
}

static bool run_has_route(const struct dgram_run *run, const struct msg *msg)
{
	return run->rt && dst_check(&run->rt->dst) && run_goes_on(run, msg);
}

static int run_begin(struct sock *sk, const struct msg *msg, int flags, struct dgram_run *run)
{
	int err;

	dgram_run_end(run);
	err = udp_dest(sk, msg, flags, &run->ipc);
	if (!err)
		err = dgram_route(sk, &run->ipc, &run->fl, &run->rt);
	if (err)
		return err;
	run->mtu = dst_mtu(&run->rt->dst, run->fl.daddr);
	run->to_peer = !msg->name;
	return 0;
}

/* ---- one by one ---- */

/* Datagrams that grow, and what no run can know: by the plain call. */
static bool may_run(struct sock *sk, int flags)
{
	const struct udp_sock *up = udp_sk(sk);

	return !up->cork && !up->corked && !(flags & (LN_MSG_MORE | LN_MSG_OOB));
}

static __noinline ptrdiff_t send_slow(struct sock *sk, struct msg *msg, int flags,
				      struct dgram_run *run)
{
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	int err = 0;

	dgram_train_leave(&run->train);
	if ((msg->control && msg->controllen) || len > DGRAM_MAX_LEN || flags & LN_MSG_ZEROCOPY ||
	    !may_run(sk, flags))
		return udp_sendmsg_slow(sk, msg, flags);
	if (!run_has_route(run, msg))
		err = run_begin(sk, msg, flags, run);
	if (likely(!err))
		err = udp_run_send(sk, msg, run);
	if (unlikely(err == -EAGAIN || err == -ENOBUFS))
		mib_inc(sock_net(sk), UdpSndbufErrors);
	return err ? err : len;
}

/* ---- trains ---- */

/* What the headers have alike; lengths and sums are to follow. */
static void train_headers(struct dgram_train *train, const struct sock *sk,
			  const struct udp_to *to)
{
	const struct net *net = sock_net(sk);
	u8 *p = train->header;
	struct iphdr *iph = (void *)(p + ETH_HLEN);
	struct udphdr *uh = (void *)(p + IP_STRAIGHT_HLEN);

	memcpy(p, train->to->hh, ETH_HLEN);
	iph_write(iph, sk->tos, 0, 0, CONST_BE16(IP_DF),
		  sk->ttl ? sk->ttl : (u8)net->sysctl.ip_default_ttl, LN_IPPROTO_UDP, to->saddr,
		  to->daddr);
	*uh = (struct udphdr){ .source = cpu_to_be16(sk->c.num), .dest = to->dport };
	train->ip_sum = (u16)~iph->check;
	train->pseudo_sum = csum_tcpudp_nofold(to->saddr, to->daddr, 0, LN_IPPROTO_UDP, 0);
	train->udp_sum = csum_from64((u64)train->pseudo_sum + uh->source + uh->dest);
}

/*
 * Whether the next message, which is plain, begins a train: where nobody has to be told of a queue
 * without room, so that none of their errors could be any other one.
 */
static bool train_begin(struct sock *sk, const struct msg *msg, struct dgram_run *run)
{
	struct udp_to to = { run->rt, run->fl.saddr, run->fl.daddr, run->ipc.dport };
	struct dgram_train *train = &run->train;
	struct neighbour *n = udp_straight(&to, msg);
	u32 mtu = run->rt->mtu ? run->rt->mtu : run->rt->dst.dev->mtu;

	if (!n || !n->dev->netdev_ops->ndo_xmit_list || !netif_running(n->dev) ||
	    sock_net(sk)->exiting)
		return false;
	train->to = n;
	train->sk = sk;
	train->out.dev = n->dev;
	train->len_max = min_t(u32, mtu, IPV4_MAX_LEN) - IPV4_HLEN - UDP_HLEN;
	train->sums = !(n->dev->features & (NETIF_F_HW_CSUM | NETIF_F_LOOPBACK));
	train_headers(train, sk, &to);
	return true;
}

/* The message is one more of the train. */
static __always_inline bool train_takes(const struct sock *sk, const struct msg *msg,
					const struct dgram_run *run)
{
	const struct dgram_train *train = &run->train;

	return train->to && run_goes_on(run, msg) && !msg->controllen &&
	       msg->iter.count <= train->len_max && sk->wmem + train->bytes < sk->sndbuf &&
	       train->out.n < XMIT_BATCH_MAX;
}

static __always_inline void train_write(const struct dgram_train *train, struct sk_buff *skb)
{
	u8 *p = skb->data - DGRAM_FRAME_HLEN;
	u32 len = skb->len + UDP_HLEN, at = (u32)(p - skb->head);
	be16 len_be = cpu_to_be16((u16)len), tot_len = cpu_to_be16((u16)(len + IPV4_HLEN));
	struct iphdr *iph = (void *)(p + ETH_HLEN);
	struct udphdr *uh = (void *)(p + IP_STRAIGHT_HLEN);

	memcpy(p, train->header, DGRAM_FRAME_HLEN);
	iph->tot_len = tot_len;
	iph->check = csum_fold(csum_from64((u64)train->ip_sum + tot_len));
	uh->len = len_be;
	skb->transport_header = (u16)(at + IP_STRAIGHT_HLEN);
	if (likely(skb->csum_valid)) {
		/* The length counts twice: in the header and before it. */
		uh->check = csum_fold(csum_from64((u64)train->udp_sum + skb->csum +
						  2u * len_be));
		if (unlikely(!uh->check))
			uh->check = CSUM_MANGLED_0;
		skb->csum_valid = false;
	} else {
		uh->check = (be16)~csum_fold(csum_from64((u64)train->pseudo_sum + len_be));
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb->transport_header;
		skb->csum_offset = offsetof(struct udphdr, check);
	}
	skb->data = p;
	skb->len = len + IP_STRAIGHT_HLEN;
	skb->network_header = (u16)(at + ETH_HLEN);
	skb->dev = train->to->dev;
}

static __always_inline ptrdiff_t train_add(struct dgram_train *train, struct sock *sk,
					   struct msg *msg)
{
	u32 len = (u32)msg->iter.count;
	struct sk_buff *skb = alloc_frame_skb(sock_net(sk), DGRAM_HEADROOM);

	if (unlikely(!skb))
		return udp_no_memory(sk);
	skb->protocol = CONST_BE16(ETH_P_IP);
	skb->mark = sk->mark;
	skb->priority = sk->priority;
	skb->csum_valid = train->sums;
	if (unlikely(dgram_append(skb, &msg->iter, len))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return udp_no_memory(sk);
	}
	train_write(train, skb);
	skb->sk = sk;
	skb->destructor = sock_net(sk)->wfree;
	train->bytes += sk_truesize(skb);
	train->octets += len + IPV4_HLEN + UDP_HLEN;
	train->out.skb[train->out.n++] = skb;
	return len;
}

void dgram_train_leave(struct dgram_train *train)
{
	struct sock *sk = train->sk;
	u32 n = train->out.n;
	struct net *net;

	train->to = NULL;	/* once they have left it may be otherwise */
	if (!n)
		return;
	net = sock_net(sk);
	sk->wmem += train->bytes;
	sk->refcnt += n;
	net->sock->memory += train->bytes;
	mib_add(net, IpOutRequests, n);
	mib_add(net, IpOutTransmits, n);
	mib_add(net, IpExtOutOctets, train->octets);
	mib_add(net, UdpOutDatagrams, n);
	train->bytes = train->octets = 0;
	xmit_batch_flush(&train->out);
}

/* What comes before the train: a route, if that is another one. -errno; 0: whatever the train. */
static __noinline int train_find(struct sock *sk, struct msg *msg, int flags,
				 struct dgram_run *run)
{
	int err;

	dgram_train_leave(&run->train);
	if (!udp_is_plain(sk, msg, flags) || sock_flag(sk, SOCK_RECVERR))
		return 0;
	if (!run_has_route(run, msg)) {
		err = run_begin(sk, msg, flags, run);
		if (err)
			return err;
	}
	train_begin(sk, msg, run);
	return 0;
}

ptrdiff_t udp_sendmsg_run(struct sock *sk, struct msg *msg, int flags, struct dgram_run *run)
{
	int err;

	if (unlikely(!train_takes(sk, msg, run))) {
		err = train_find(sk, msg, flags, run);
		if (err)
			return err;
		if (!run->train.to)
			return send_slow(sk, msg, flags, run);
	}
	return train_add(&run->train, sk, msg);
}
