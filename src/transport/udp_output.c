/* SPDX-License-Identifier: MIT */
#include "base/trace.h"
#include "transport/udp_straight.h"
#include "transport/zerocopy.h"

/* What one datagram is sent by. */
struct udp_way {
	const struct ipcm *ipc;
	const struct flowi4 *fl;
	const struct flowi6 *fl6;	/* NULL: IPv4; else ipc begins an ipcm6 */
	struct dst_entry *dst;	/* a reference */
	u32 mtu;		/* of the path; looked up once for each datagram */
};

static struct udp_way udp_way(const struct ipcm *ipc, const struct flowi4 *fl, struct rtable *rt)
{
	return (struct udp_way){ ipc, fl, NULL, &rt->dst, dst_mtu(&rt->dst, fl->daddr) };
}

static struct udp_way udp_way6(const struct ipcm6 *ipc, const struct flowi6 *fl,
			       struct rt6_info *rt)
{
	return (struct udp_way){ &ipc->ipc, NULL, fl, &rt->dst, dgram6_mtu(ipc, fl, rt) };
}

static const struct ipcm6 *way_ipc6(const struct udp_way *way)
{
	return container_of(way->ipc, struct ipcm6, ipc);
}

static u32 way_hlen(const struct udp_way *way)
{
	return unlikely(way->fl6) ? IPV6_HLEN + ipv6_txopt_len(way_ipc6(way)->opt) : IPV4_HLEN;
}

/* The checksum over the pseudo-header and sum. */
static be16 way_csum(const struct udp_way *way, u32 len, wsum sum)
{
	if (unlikely(way->fl6))
		return csum_ipv6_magic(&way->fl6->saddr, &way->fl6->daddr, len, LN_IPPROTO_UDP,
				       sum);
	return csum_tcpudp_magic(way->fl->saddr, way->fl->daddr, len, LN_IPPROTO_UDP, sum);
}

/* The card finishes the checksum, or nobody will ever look at it. */
static bool dev_does_csum(const struct dst_entry *dst)
{
	return dst->dev->features & (NETIF_F_HW_CSUM | NETIF_F_LOOPBACK);
}

/* Pushes the header; the checksum is complete where skb->csum is the payload's sum. */
static void udp_fill_header(struct sk_buff *skb, const struct sock *sk, const struct udp_way *way)
{
	u32 len = skb->len + UDP_HLEN;
	struct udphdr *uh = (void *)skb_push(skb, UDP_HLEN);

	skb_reset_transport_header(skb);
	*uh = (struct udphdr){
		.source = cpu_to_be16(sk->c.num), .dest = way->ipc->dport,
		.len = cpu_to_be16((u16)len),
	};
	if (skb->csum_valid) {
		/* From the values: the header was written a moment ago (csum_header). */
		uh->check = way_csum(way, len, csum_from64((u64)skb->csum + uh->source + uh->dest +
							   uh->len));
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
		skb->csum_valid = false;
		return;
	}
	uh->check = (be16)~way_csum(way, len, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct udphdr, check);
}

/* Its datagrams get a sum each when it is cut. */
static void udp_set_gso(struct sk_buff *skb, u16 size)
{
	skb->gso_size = size;
	skb->gso_segs = (u16)div_round_up(skb->len, size);
	skb->gso_type = SKB_GSO_UDP_L4;
	skb->csum_valid = false;
}

static void trace_sendmsg(struct net *net, struct sk_buff *skb, const struct udp_way *way)
{
	be16 dport = way->ipc->dport;

	if (likely(!way->fl6))
		trace_skb(net, udp_sendmsg, skb, skb->len, way->fl->daddr, be16_to_cpu(dport));
	else
		trace_skb(net, udpv6_sendmsg, skb, skb->len, ip6_word(&way->fl6->daddr, 0),
			  ip6_word(&way->fl6->daddr, 1), be16_to_cpu(dport));
}

/* Consumes skb and the reference on the route. */
static int udp_send_skb(struct sock *sk, struct sk_buff *skb, const struct udp_way *way)
{
	struct net *net = sock_net(sk);
	struct ip_xmit x;
	int err;

	if (unlikely(net->trace))
		trace_sendmsg(net, skb, way);
	if (unlikely(way->ipc->gso_size) && skb->len > way->ipc->gso_size)
		udp_set_gso(skb, (u16)way->ipc->gso_size);
	udp_fill_header(skb, sk, way);
	if (unlikely(way->fl6)) {
		err = dgram6_xmit(sk, skb, dst_rt6_info(way->dst), way_ipc6(way), way->fl6);
	} else {
		x = dgram_ip_xmit(sk, way->ipc, way->fl, way->dst,
				  skb->len + IPV4_HLEN <= way->mtu);
		err = dgram_xmit(sk, skb, dst_rtable(way->dst), &x);
	}
	if (err)
		return err;
	udp_mib(net, way->fl6, OutDatagrams);
	return 0;
}

/* Each datagram fits the path as it is, and they are not too many, as in Linux. */
static int check_gso(const struct sock *sk, const struct udp_way *way, size_t len)
{
	u32 mtu = sk->pmtudisc < LN_IP_PMTUDISC_PROBE ? way->mtu : way->dst->dev->mtu;
	u16 size = (u16)way->ipc->gso_size;

	if (way_hlen(way) + UDP_HLEN + min(len, size) > mtu)
		return -EMSGSIZE;
	return len > (size_t)size * UDP_MAX_SEGMENTS ? -EINVAL : 0;
}

static __noinline int check_len_slow(struct sock *sk, const struct udp_way *way, size_t len)
{
	u32 packet = IPV4_MAX_LEN;

	if (way->ipc->gso_size && len <= IPV4_MAX_LEN - IPV4_HLEN - UDP_HLEN)
		return check_gso(sk, way, len);
	if (way->fl6)
		return dgram6_check_len(sk, way_ipc6(way), way->fl6, way->dst, len + UDP_HLEN,
					UDP_HLEN);
	if (sk->pmtudisc == LN_IP_PMTUDISC_DO)
		packet = min_t(u32, way->mtu, packet);
	else if (sk->pmtudisc == LN_IP_PMTUDISC_PROBE || sk->pmtudisc == LN_IP_PMTUDISC_INTERFACE)
		packet = min_t(u32, way->dst->dev->mtu, packet);
	if (len <= packet - IPV4_HLEN - UDP_HLEN)
		return 0;
	ip_local_error(sk, EMSGSIZE, way->fl->daddr, way->ipc->dport, way->mtu);
	return -EMSGSIZE;
}

/* -EMSGSIZE: one datagram cannot have len bytes of payload. */
static __always_inline int udp_check_len(struct sock *sk, const struct udp_way *way, size_t len)
{
	if (likely(len <= IPV4_MAX_LEN - IPV4_HLEN - UDP_HLEN &&
		   sk->pmtudisc < LN_IP_PMTUDISC_DO && !way->ipc->gso_size && !way->fl6))
		return 0;
	return check_len_slow(sk, way, len);
}

static void udp_cork_free(struct sock *sk, struct udp_cork *cork)
{
	ipv6_txopt_free(sock_net(sk), cork->opt);
	mem_free(&sock_net(sk)->mem, cork, sizeof(*cork));
}

void udp_flush_pending_frames(struct sock *sk)
{
	struct udp_cork *cork = udp_sk(sk)->cork;

	if (!cork)
		return;
	udp_sk(sk)->cork = NULL;
	kfree_skb_reason(cork->skb, SKB_DROP_REASON_QUEUE_PURGE);
	dst_release(cork->dst);
	udp_cork_free(sk, cork);
}

static int udp_cork_lookup(struct sock *sk, struct udp_cork *cork, struct dst_entry **dst)
{
	struct rt6_info *rt6;
	struct rtable *rt;
	int err;

	if (cork->v6) {
		cork->ipc6.saddr = cork->fl6.saddr;
		err = dgram6_route(sk, &cork->ipc6, &cork->fl6, &rt6);
		*dst = err ? NULL : &rt6->dst;
	} else {
		cork->ipc.saddr = cork->fl.saddr;
		err = dgram_route(sk, &cork->ipc, &cork->fl, &rt);
		*dst = err ? NULL : &rt->dst;
	}
	return err;
}

/* The tables may have changed while it grew. Its source address stays what it was. */
static int udp_cork_route(struct sock *sk, struct udp_cork *cork)
{
	struct dst_entry *dst;
	int err;

	if (likely(dst_check(cork->dst)))
		return 0;
	err = udp_cork_lookup(sk, cork, &dst);
	if (err)
		return err;
	dst_release(cork->dst);
	cork->dst = dst;
	return 0;
}

static struct udp_way udp_cork_way(const struct udp_cork *cork)
{
	return cork->v6 ? udp_way6(&cork->ipc6, &cork->fl6, dst_rt6_info(cork->dst)) :
			  udp_way(&cork->ipc, &cork->fl, dst_rtable(cork->dst));
}

int udp_push_pending_frames(struct sock *sk)
{
	struct udp_cork *cork = udp_sk(sk)->cork;
	struct udp_way way;
	int err;

	if (!cork)
		return 0;
	err = udp_cork_route(sk, cork);
	if (err) {
		udp_flush_pending_frames(sk);
		return err;
	}
	udp_sk(sk)->cork = NULL;
	way = udp_cork_way(cork);
	err = udp_send_skb(sk, cork->skb, &way);
	udp_cork_free(sk, cork);
	return err;
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
		way = udp_cork_way(cork);
		err = udp_check_len(sk, &way, cork->skb->len + len);
	}
	if (!err && msg->zc)
		zerocopy_copied(msg->zc);
	if (!err)
		err = dgram_append(cork->skb, &msg->iter, len);
	if (err)
		udp_flush_pending_frames(sk);
	else if (!more)
		err = udp_push_pending_frames(sk);
	return err ? err : (ptrdiff_t)len;
}

/* The user's memory, where the headers of one message are, is not ours later. */
static bool udp_cork_options(struct sock *sk, struct udp_cork *cork)
{
	if (!cork->ipc6.opt)
		return true;
	cork->opt = ipv6_dup_options(sock_net(sk), cork->ipc6.opt);
	cork->ipc6.opt = cork->opt;
	return cork->opt;
}

/* Takes over skb and the route when it succeeds. */
static int udp_cork(struct sock *sk, struct sk_buff *skb, const struct udp_way *way)
{
	struct udp_cork *cork = mem_alloc(&sock_net(sk)->mem, sizeof(*cork));

	if (!cork)
		return -ENOBUFS;
	*cork = (struct udp_cork){ .skb = skb, .dst = way->dst, .v6 = way->fl6 };
	if (way->fl6) {
		cork->fl6 = *way->fl6;
		cork->ipc6 = *way_ipc6(way);
		if (!udp_cork_options(sk, cork)) {
			udp_cork_free(sk, cork);
			return -ENOBUFS;
		}
	} else {
		cork->fl = *way->fl;
		cork->ipc = *way->ipc;
	}
	udp_sk(sk)->cork = cork;
	return 0;
}

/* As they stand in the user's memory where nobody has to sum them before the card. */
static int udp_fill_zerocopy(struct sk_buff *skb, struct msg *msg, u32 len)
{
	if (!skb->csum_valid)
		return zerocopy_fill(msg->zc, skb, &msg->iter, len);
	zerocopy_copied(msg->zc);
	return dgram_append(skb, &msg->iter, len);
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
					   (!dev_does_csum(way->dst) ||
					    len + way_hlen(way) + UDP_HLEN > way->mtu));
		*err = unlikely(msg->zc) ? udp_fill_zerocopy(skb, msg, len) :
					   dgram_append(skb, &msg->iter, len);
	}
	if (!skb || *err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		*err = *err == -EMSGSIZE ? -EMSGSIZE : -ENOBUFS;
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
		dst_release(way->dst);
	return err;
}

int udp_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm *ipc)
{
	int err = dgram_dest(sk, msg, flags, ipc);

	if (err)
		return err;
	if (ipc->gso_size == GSO_OF_SOCK)
		ipc->gso_size = udp_sk(sk)->gso_size;
	return msg->name && !ipc->dport ? -EINVAL : 0;
}

static bool wants_zerocopy(const struct sock *sk, const struct msg *msg, int flags)
{
	return unlikely(flags & LN_MSG_ZEROCOPY) && !msg->zc && sock_flag(sk, SOCK_ZEROCOPY) &&
	       msg->iter.count;
}

/* send() with msg->zc set. */
static __noinline ptrdiff_t send_zerocopy(struct sock *sk, struct msg *msg, int flags,
					  ptrdiff_t (*send)(struct sock *sk, struct msg *msg,
							    int flags))
{
	ptrdiff_t n;
	bool taken;

	msg->zc = zerocopy_begin(sk, udp_sk(sk)->zc_calls);
	if (!msg->zc)
		return -ENOBUFS;
	n = send(sk, msg, flags);
	/* It may have failed with some datagrams of a UDP_SEGMENT on their way. */
	taken = n > 0 || zerocopy_in_use(msg->zc);
	if (taken)
		udp_sk(sk)->zc_calls++;
	zerocopy_end(msg->zc, taken);
	msg->zc = NULL;
	return n;
}

/* To the peer, whose route is at hand. */
static __always_inline ptrdiff_t send_straight(struct sock *sk, struct msg *msg,
					       struct neighbour *n, const struct udp_to *to)
{
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct sk_buff *skb = udp_straight_frame(sk, msg, n, to);
	int err;

	if (unlikely(!skb))
		return udp_no_memory(sk);
	err = dev_xmit_frame(skb);
	if (unlikely(err) && (err != -ENOBUFS || sock_flag(sk, SOCK_RECVERR))) {
		if (err == -ENOBUFS)
			mib_inc(sock_net(sk), UdpSndbufErrors);
		return err;
	}
	mib_inc(sock_net(sk), UdpOutDatagrams);
	return len;
}

ptrdiff_t udp_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	struct udp_to to = { NULL, sk->saddr, sk->c.daddr, sk->c.dport };
	struct neighbour *n;

	if (likely(sk->dst && dst_check(sk->dst) && !msg->name && !sk->c.v6 &&
		   sk->c.state == TCP_ESTABLISHED && !sock_flag(sk, SOCK_LOCALROUTE) &&
		   udp_is_plain(sk, msg, flags))) {
		to.rt = dst_rtable(sk->dst);
		n = udp_straight(&to, msg);
		if (likely(n))
			return send_straight(sk, msg, n, &to);
	}
	return udp_sendmsg_slow(sk, msg, flags);
}

__noinline ptrdiff_t udp_sendmsg_slow(struct sock *sk, struct msg *msg, int flags)
{
	bool more = udp_sk(sk)->corked || (flags & LN_MSG_MORE);
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct flowi4 fl;
	struct rtable *rt;
	struct udp_way way;
	struct ipcm ipc;
	int err;

	if (wants_zerocopy(sk, msg, flags))
		return send_zerocopy(sk, msg, flags, udp_sendmsg);
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

/* A peer of IPv4, or the one that it is connected to, for a socket of AF_INET6. */
static ptrdiff_t sendmsg_by_ipv4(struct sock *sk, const struct msg *msg, int flags,
				 struct ln_sockaddr_in *sin)
{
	struct msg m = *msg;

	m.name = sin->sin_family == LN_AF_INET ? sin : NULL;
	m.namelen = sizeof(*sin);
	return udp_sendmsg(sk, &m, flags);
}

static int send_by_ipv6(struct sock *sk, struct msg *msg, struct ipcm6 *ipc, bool more)
{
	struct udp_way way;
	struct rt6_info *rt;
	struct flowi6 fl;
	int err;

	if (ipc->ipc.gso_size == GSO_OF_SOCK)
		ipc->ipc.gso_size = udp_sk(sk)->gso_size;
	if (msg->name && !ipc->ipc.dport)
		return -EINVAL;
	err = dgram6_route(sk, ipc, &fl, &rt);
	if (err)
		return err;
	way = udp_way6(ipc, &fl, rt);
	return udp_make_send(sk, msg, &way, more);
}

ptrdiff_t udpv6_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	bool more = udp_sk(sk)->corked || (flags & LN_MSG_MORE);
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct ln_sockaddr_in sin;
	struct ipcm6 ipc;
	int err;

	if (wants_zerocopy(sk, msg, flags))
		return send_zerocopy(sk, msg, flags, udpv6_sendmsg);
	if (udp_sk(sk)->cork && len <= DGRAM_MAX_LEN && !(flags & LN_MSG_OOB))
		return udp_append(sk, msg, more);
	err = dgram6_dest(sk, msg, flags, &ipc, &sin);
	if (err > 0)
		return sendmsg_by_ipv4(sk, msg, flags, &sin);
	if (!err)
		err = send_by_ipv6(sk, msg, &ipc, more);
	if (err == -EAGAIN || err == -ENOBUFS)
		mib_inc(sock_net(sk), Udp6SndbufErrors);
	return err ? err : len;
}

int udp_run_send(struct sock *sk, struct msg *msg, const struct dgram_run *run)
{
	struct udp_way way = { &run->ipc, &run->fl, NULL, &run->rt->dst, run->mtu };

	dst_hold(&run->rt->dst);
	return udp_make_send(sk, msg, &way, false);
}
