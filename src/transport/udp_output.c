/* SPDX-License-Identifier: MIT */
#include "base/trace.h"
#include "transport/udp.h"
#include "wire/udp.h"

/* The card finishes the checksum, or nobody will ever look at it. */
static bool dev_does_csum(const struct rtable *rt)
{
	return rt->dst.dev->features & (NETIF_F_HW_CSUM | NETIF_F_LOOPBACK);
}

/* Pushes the header; the checksum is complete where skb->csum is the payload's sum. */
static void udp_fill_header(struct sk_buff *skb, const struct sock *sk, const struct flowi4 *fl,
			    be16 dport)
{
	u32 len = skb->len + UDP_HLEN;
	struct udphdr *uh = (void *)skb_push(skb, UDP_HLEN);

	skb_reset_transport_header(skb);
	*uh = (struct udphdr){
		.source = cpu_to_be16(sk->c.num), .dest = dport, .len = cpu_to_be16((u16)len),
	};
	if (skb->csum_valid) {
		/* From the values: the header was written a moment ago (csum_header). */
		uh->check = udp_v4_check(len, fl->saddr, fl->daddr,
					 csum_from64((u64)skb->csum + uh->source + uh->dest +
						     uh->len));
		skb->csum_valid = false;
		return;
	}
	uh->check = (be16)~csum_tcpudp_magic(fl->saddr, fl->daddr, len, LN_IPPROTO_UDP, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct udphdr, check);
}

/* What one datagram is sent by. */
struct udp_way {
	const struct ipcm *ipc;
	const struct flowi4 *fl;
	struct rtable *rt;	/* a reference */
	u32 mtu;		/* of the path; looked up once for each datagram */
};

static struct udp_way udp_way(const struct ipcm *ipc, const struct flowi4 *fl, struct rtable *rt)
{
	return (struct udp_way){ ipc, fl, rt, dst_mtu(&rt->dst, fl->daddr) };
}

/* Its datagrams get a sum each when it is cut. */
static void udp_set_gso(struct sk_buff *skb, u16 size)
{
	skb->gso_size = size;
	skb->gso_segs = (u16)div_round_up(skb->len, size);
	skb->gso_type = SKB_GSO_UDP_L4;
	skb->csum_valid = false;
}

/* Consumes skb and the reference on the route. */
static int udp_send_skb(struct sock *sk, struct sk_buff *skb, const struct udp_way *way)
{
	const struct flowi4 *fl = way->fl;
	be16 dport = way->ipc->dport;
	struct net *net = sock_net(sk);
	struct ip_xmit x;
	int err;

	trace_skb(net, udp_sendmsg, skb, skb->len, fl->daddr, be16_to_cpu(dport));
	if (unlikely(way->ipc->gso_size) && skb->len > way->ipc->gso_size)
		udp_set_gso(skb, (u16)way->ipc->gso_size);
	udp_fill_header(skb, sk, fl, dport);
	x = dgram_ip_xmit(sk, way->ipc, fl, skb->len + IPV4_HLEN <= way->mtu);
	err = dgram_xmit(sk, skb, way->rt, &x);
	if (err)
		return err;
	mib_inc(net, UdpOutDatagrams);
	return 0;
}

/* Each datagram fits the path as it is, and they are not too many, as in Linux. */
static int check_gso(const struct sock *sk, const struct udp_way *way, size_t len)
{
	u32 mtu = sk->pmtudisc < LN_IP_PMTUDISC_PROBE ? way->mtu : way->rt->dst.dev->mtu;
	u16 size = (u16)way->ipc->gso_size;

	if (IPV4_HLEN + UDP_HLEN + min(len, size) > mtu)
		return -EMSGSIZE;
	return len > (size_t)size * UDP_MAX_SEGMENTS ? -EINVAL : 0;
}

static __noinline int check_len_slow(struct sock *sk, const struct udp_way *way, size_t len)
{
	u32 packet = IPV4_MAX_LEN;

	if (way->ipc->gso_size && len <= packet - IPV4_HLEN - UDP_HLEN)
		return check_gso(sk, way, len);
	if (sk->pmtudisc == LN_IP_PMTUDISC_DO)
		packet = min_t(u32, way->mtu, IPV4_MAX_LEN);
	else if (sk->pmtudisc == LN_IP_PMTUDISC_PROBE)
		packet = min_t(u32, way->rt->dst.dev->mtu, IPV4_MAX_LEN);
	if (len <= packet - IPV4_HLEN - UDP_HLEN)
		return 0;
	ip_local_error(sk, EMSGSIZE, way->fl->daddr, way->ipc->dport, way->mtu);
	return -EMSGSIZE;
}

/* -EMSGSIZE: one datagram cannot have len bytes of payload. */
static __always_inline int udp_check_len(struct sock *sk, const struct udp_way *way, size_t len)
{
	if (likely(len <= IPV4_MAX_LEN - IPV4_HLEN - UDP_HLEN &&
		   sk->pmtudisc < LN_IP_PMTUDISC_DO && !way->ipc->gso_size))
		return 0;
	return check_len_slow(sk, way, len);
}

void udp_flush_pending_frames(struct sock *sk)
{
	struct udp_cork *cork = udp_sk(sk)->cork;

	if (!cork)
		return;
	udp_sk(sk)->cork = NULL;
	kfree_skb_reason(cork->skb, SKB_DROP_REASON_QUEUE_PURGE);
	dst_release(&cork->rt->dst);
	mem_free(&sock_net(sk)->mem, cork, sizeof(*cork));
}

/* The tables may have changed while it grew. Its source address stays what it was. */
static int udp_cork_route(struct sock *sk, struct udp_cork *cork)
{
	struct rtable *rt;
	int err;

	if (likely(dst_check(&cork->rt->dst)))
		return 0;
	cork->ipc.saddr = cork->fl.saddr;
	err = dgram_route(sk, &cork->ipc, &cork->fl, &rt);
	if (err)
		return err;
	dst_release(&cork->rt->dst);
	cork->rt = rt;
	return 0;
}

int udp_push_pending_frames(struct sock *sk)
{
	struct udp_cork *pending = udp_sk(sk)->cork, cork;
	struct udp_way way;
	int err;

	if (!pending)
		return 0;
	err = udp_cork_route(sk, pending);
	if (err) {
		udp_flush_pending_frames(sk);
		return err;
	}
	cork = *pending;
	udp_sk(sk)->cork = NULL;
	mem_free(&sock_net(sk)->mem, pending, sizeof(*pending));
	way = udp_way(&cork.ipc, &cork.fl, cork.rt);
	return udp_send_skb(sk, cork.skb, &way);
}

/* A next piece; its address is not looked at. */
static ptrdiff_t udp_append(struct sock *sk, struct msg *msg, bool more)
{
	struct udp_cork *cork = udp_sk(sk)->cork;
	u32 len = (u32)msg->iter.count;
	struct udp_way way;
	int err = sock_error(sk);

	if (!err)
		err = udp_cork_route(sk, cork);
	if (!err) {
		way = udp_way(&cork->ipc, &cork->fl, cork->rt);
		err = udp_check_len(sk, &way, cork->skb->len + len);
	}
	if (!err)
		err = dgram_append(cork->skb, &msg->iter, len);
	if (err)
		udp_flush_pending_frames(sk);
	else if (!more)
		err = udp_push_pending_frames(sk);
	return err ? err : (ptrdiff_t)len;
}

/* Takes over skb and the route when it succeeds. */
static int udp_cork(struct sock *sk, struct sk_buff *skb, const struct udp_way *way)
{
	struct udp_cork *cork = mem_alloc(&sock_net(sk)->mem, sizeof(*cork));

	if (!cork)
		return -ENOBUFS;
	*cork = (struct udp_cork){ .skb = skb, .rt = way->rt, .fl = *way->fl, .ipc = *way->ipc };
	udp_sk(sk)->cork = cork;
	return 0;
}

/* The user's bytes; NULL and *err. */
static __always_inline struct sk_buff *udp_make_skb(struct sock *sk, struct msg *msg,
						    const struct udp_way *way, bool more, int *err)
{
	u32 len = (u32)msg->iter.count;
	struct sk_buff *skb;

	*err = dgram_may_send(sk);
	if (*err)
		return NULL;
	skb = dgram_alloc(sk);
	if (skb) {
		/* Only a packet that leaves in one piece may leave its checksum to the card; of one
		 * that is cut nobody needs the sum of all. */
		skb->csum_valid = more || (!(way->ipc->gso_size && len > way->ipc->gso_size) &&
					   (!dev_does_csum(way->rt) ||
					    len + IPV4_HLEN + UDP_HLEN > way->mtu));
		*err = dgram_append(skb, &msg->iter, len);
	}
	if (!skb || *err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		*err = -ENOBUFS;
		return NULL;
	}
	return skb;
}

/* A datagram of its own, or the first piece of one that grows. Consumes the route's reference. */
static __always_inline int udp_make_send(struct sock *sk, struct msg *msg,
					 const struct udp_way *way, bool more)
{
	struct sk_buff *skb = NULL;
	int err = udp_check_len(sk, way, msg->iter.count);

	if (!err)
		skb = udp_make_skb(sk, msg, way, more, &err);
	if (skb && !more)
		return udp_send_skb(sk, skb, way);
	if (skb) {
		err = udp_cork(sk, skb, way);
		if (err)
			kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	}
	if (err)
		dst_release(&way->rt->dst);
	return err;
}

static int udp_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm *ipc)
{
	int err = dgram_dest(sk, msg, flags, ipc);

	if (err)
		return err;
	if (ipc->gso_size == GSO_OF_SOCK)
		ipc->gso_size = udp_sk(sk)->gso_size;
	return msg->name && !ipc->dport ? -EINVAL : 0;
}

ptrdiff_t udp_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	bool more = udp_sk(sk)->corked || (flags & LN_MSG_MORE);
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct flowi4 fl;
	struct rtable *rt;
	struct udp_way way;
	struct ipcm ipc;
	int err;

	if (udp_sk(sk)->cork && len <= DGRAM_MAX_LEN && !(flags & LN_MSG_OOB))
		return udp_append(sk, msg, more);
	err = udp_dest(sk, msg, flags, &ipc);
	if (!err)
		err = dgram_route(sk, &ipc, &fl, &rt);
	if (!err) {
		way = udp_way(&ipc, &fl, rt);
		err = udp_make_send(sk, msg, &way, more);
	}
	if (err == -EAGAIN || err == -ENOBUFS)
		mib_inc(sock_net(sk), UdpSndbufErrors);
	return err ? err : len;
}

/* The next message goes where the last one went. */
static bool run_goes_on(const struct dgram_run *run, const struct msg *msg)
{
	const struct ln_sockaddr_in *sin = msg->name;

	if (!run->rt || !dst_check(&run->rt->dst))
		return false;
	if (!sin)
		return run->to_peer;
	return msg->namelen >= sizeof(*sin) && sin->sin_addr == run->ipc.daddr &&
	       sin->sin_port == run->ipc.dport &&
	       (sin->sin_family == LN_AF_INET || sin->sin_family == LN_AF_UNSPEC);
}

static int run_begin(struct sock *sk, const struct msg *msg, int flags, struct dgram_run *run)
{
	int err;

	dgram_run_end(run);
	run->rt = NULL;
	err = udp_dest(sk, msg, flags, &run->ipc);
	if (!err)
		err = dgram_route(sk, &run->ipc, &run->fl, &run->rt);
	if (err)
		return err;
	run->mtu = dst_mtu(&run->rt->dst, run->fl.daddr);
	run->to_peer = !msg->name;
	return 0;
}

/* Datagrams that grow, and what no run can know: by the plain call. */
static bool may_run(struct sock *sk, int flags)
{
	const struct udp_sock *up = udp_sk(sk);

	return !up->cork && !up->corked && !(flags & (LN_MSG_MORE | LN_MSG_OOB));
}

ptrdiff_t udp_sendmsg_run(struct sock *sk, struct msg *msg, int flags, struct dgram_run *run)
{
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct udp_way way;
	int err = 0;

	if (unlikely((msg->control && msg->controllen) || len > DGRAM_MAX_LEN))
		return udp_sendmsg(sk, msg, flags);
	if (!run_goes_on(run, msg)) {
		if (!may_run(sk, flags))
			return udp_sendmsg(sk, msg, flags);
		err = run_begin(sk, msg, flags, run);
	}
	if (likely(!err)) {
		way = (struct udp_way){ &run->ipc, &run->fl, run->rt, run->mtu };
		dst_hold(&run->rt->dst);
		err = udp_make_send(sk, msg, &way, false);
	}
	if (unlikely(err == -EAGAIN || err == -ENOBUFS))
		mib_inc(sock_net(sk), UdpSndbufErrors);
	return err ? err : len;
}
