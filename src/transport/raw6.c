/* SPDX-License-Identifier: MIT */
/*
 * Raw sockets of AF_INET6 (RFC 3542 3): they read and write what stands behind the IPv6 header and
 * its extension headers. The checksum of ICMPv6 is always made and checked here, that of others
 * where IPV6_CHECKSUM says.
 */
#include "transport/datagram6.h"
#include "net/inet_iif.h"
#include "transport/mcast_sock.h"
#include "transport/raw.h"
#include "wire/icmp6.h"

static struct raw6_sock *raw6_sk(struct sock *sk)
{
	return container_of(sk, struct raw6_sock, sk);
}

/* Bound to an address of its own a socket hears groups all the same, as in Linux. */
static bool hears(const struct inet6_key *k, const struct ip6_addr *laddr)
{
	return ipv6_addr_any(&k->rcv_saddr) || ipv6_addr_equal(&k->rcv_saddr, laddr) ||
	       ipv6_addr_is_multicast(laddr);
}

/* raddr, laddr: the peer's address in the packet, and ours. */
static bool raw6_match(const struct sock_common *c, const struct ip6_addr *raddr,
		       const struct ip6_addr *laddr, u8 protocol, int dif)
{
	const struct inet6_key *k = inet6_key(c);

	return c->v6 && c->num == protocol &&
	       (ipv6_addr_any(&k->daddr) || ipv6_addr_equal(&k->daddr, raddr)) &&
	       hears(k, laddr) &&
	       (!c->bound_dev_if || c->bound_dev_if == dif);
}

/* The reader does not want this type. */
static bool icmp_filtered(struct sock *sk, const struct sk_buff *skb)
{
	u8 type;

	if (sk->c.num != LN_IPPROTO_ICMPV6 || skb_copy_bits(skb, 0, &type, 1))
		return false;
	return raw6_sk(sk)->icmp6_filter[type / 32] & BIT(type % 32);
}

static bool csum_wrong(struct sock *sk, const struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	return raw6_sk(sk)->csum_offset >= 0 && skb->ip_summed == CHECKSUM_NONE &&
	       csum_ipv6_magic(&h->saddr, &h->daddr, skb->len, (u8)sk->c.num,
			       skb_checksum(skb, 0, skb->len, 0));
}

static void queue_clone(struct sock *sk, const struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb);

	if (!copy) {
		sk->drops++;
		return;
	}
	if (csum_wrong(sk, skb)) {
		sk->drops++;
		kfree_skb_reason(copy, SKB_DROP_REASON_SKB_CSUM);
		return;
	}
	inet6_rx_cb_fill(copy, 0);
	sock_queue_rcv_skb(sk, copy);
}

/* netns_ipv6.raw_rcv */
static bool raw6_local_deliver(struct sk_buff *skb, u8 protocol)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	int dif = inet_iif(skb);
	struct sock_common *c;
	bool taken = false;

	hlist_for_each_entry(c, raw_head(skb->net, protocol), node) {
		struct sock *sk = container_of(c, struct sock, c);

		if (!raw6_match(c, &h->saddr, &h->daddr, protocol, dif) ||
		    (ipv6_addr_is_multicast(&h->daddr) &&
		     !inet6_mc_check(sk, &h->daddr, &h->saddr, dif)))
			continue;
		taken = true;
		if (!icmp_filtered(sk, skb))
			queue_clone(sk, skb);
	}
	return taken;
}

/* netns_ipv6.raw_err: of the quoted packet the source is ours. */
static void raw6_icmp_error(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	int dif = skb->dev ? skb->dev->ifindex : 0;
	struct sock_common *c;
	struct ipv6_ext e;

	ipv6_ext_start(&e, h->nexthdr);
	if (ipv6_skip_exthdr(&e, skb->data, skb_headlen(skb)))
		return;
	hlist_for_each_entry(c, raw_head(skb->net, e.nexthdr), node)
		if (raw6_match(c, &h->daddr, &h->saddr, e.nexthdr, dif))
			dgram6_err(container_of(c, struct sock, c), skb, type, code, off, info, 0);
}

static int raw6_init(struct sock *sk)
{
	struct net *net = sock_net(sk);

	if (sk->protocol == IP_PROTO_RAW)	/* whose sockets write the IP header, too */
		return -EPROTONOSUPPORT;
	sk->c.num = sk->protocol;
	raw6_sk(sk)->csum_offset = sk->protocol == LN_IPPROTO_ICMPV6 ?
				   (int)offsetof(struct icmp6hdr, icmp6_cksum) : -1;
	hlist_add_head(&sk->c.node, raw_head(net, sk->protocol));
	net->ipv6->raw_rcv = raw6_local_deliver;
	net->ipv6->raw_err = raw6_icmp_error;
	return 0;
}

/* The checksum that the user left to us, in a packet whose first bytes are linear. */
static int put_checksum(struct sock *sk, struct sk_buff *skb, const struct flowi6 *fl)
{
	int at = raw6_sk(sk)->csum_offset;
	be16 sum = 0;

	if (at < 0)
		return 0;
	if ((u32)at + sizeof(sum) > skb_headlen(skb))
		return -EINVAL;
	memcpy(skb->data + at, &sum, sizeof(sum));
	sum = csum_ipv6_magic(&fl->saddr, &fl->daddr, skb->len, sk->protocol,
			      skb_checksum(skb, 0, skb->len, 0));
	if (!sum && sk->protocol == LN_IPPROTO_UDP)
		sum = CSUM_MANGLED_0;
	memcpy(skb->data + at, &sum, sizeof(sum));
	return 0;
}

#define LINEAR 64u		/* so much of a packet is in its inline part */

/* The user's bytes. NULL and *err. */
static struct sk_buff *make_skb(struct sock *sk, struct msg *msg, const struct flowi6 *fl, int *err)
{
	u32 len = (u32)msg->iter.count, linear = min_t(u32, len, LINEAR);
	struct sk_buff *skb;

	*err = dgram_may_send(sk);
	if (*err)
		return NULL;
	*err = -ENOBUFS;
	skb = dgram_alloc(sk);
	if (!skb)
		return NULL;
	if (!dgram_append(skb, &msg->iter, linear) &&
	    !dgram_append(skb, &msg->iter, len - linear))
		*err = put_checksum(sk, skb, fl);
	if (*err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	skb_reset_transport_header(skb);
	return skb;
}

static ptrdiff_t raw6_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	bool no_type = sk->protocol == LN_IPPROTO_ICMPV6 && len < 2;
	struct ln_sockaddr_in sin;
	struct sk_buff *skb = NULL;
	struct rt6_info *rt;
	struct flowi6 fl;
	struct ipcm6 ipc;
	int err;

	/* Linux looks at type and code before it looks for a way. */
	err = dgram6_name_ok(msg, no_type ? -EFAULT : -ENETUNREACH);
	if (err)
		return err;
	err = dgram6_dest(sk, msg, flags, &ipc, &sin);
	if (err > 0)		/* to its peer, which is one of IPv4 */
		return -ENETUNREACH;
	/* ipv6(7): the port is the protocol, or 0. */
	if (!err && msg->name && ipc.ipc.dport && be16_to_cpu(ipc.ipc.dport) != sk->c.num)
		err = -EINVAL;
	if (!err && no_type)
		err = -EFAULT;
	if (!err)
		err = dgram6_route(sk, &ipc, &fl, &rt);
	if (err)
		return err;
	err = dgram6_check_len(sk, &ipc, &fl, &rt->dst, (size_t)len, 0);
	if (!err)
		skb = make_skb(sk, msg, &fl, &err);
	if (err) {
		dst_release(&rt->dst);
		return err;
	}
	err = dgram6_xmit(sk, skb, rt, &ipc, &fl);
	return err ? err : len;
}

enum { SOL_ICMPV6_ = 58, SOL_IPV6_CHECKSUM = 7 };

static int raw6_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len)
{
	struct raw6_sock *rp = raw6_sk(sk);
	int v;

	if (level == SOL_ICMPV6_ && name == LN_ICMPV6_FILTER) {
		if (sk->c.num != LN_IPPROTO_ICMPV6)
			return -EOPNOTSUPP;
		memcpy(rp->icmp6_filter, val, min_t(u32, len, sizeof(rp->icmp6_filter)));
		return 0;
	}
	if (level != LN_SOL_RAW && level != LN_SOL_IPV6)
		return -ENOPROTOOPT;
	if (len < sizeof(v))
		return -EINVAL;
	if (name != SOL_IPV6_CHECKSUM)
		return -ENOPROTOOPT;
	memcpy(&v, val, sizeof(v));
	/* RFC 3542 3.1: ICMPv6's is not for the user to choose; others' stands at an even place. */
	if (sk->c.num == LN_IPPROTO_ICMPV6 || (v > 0 && v & 1))
		return -EINVAL;
	rp->csum_offset = v < 0 ? -1 : v;
	return 0;
}

static int raw6_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len)
{
	struct raw6_sock *rp = raw6_sk(sk);

	if (level == SOL_ICMPV6_ && name == LN_ICMPV6_FILTER) {
		if (sk->c.num != LN_IPPROTO_ICMPV6)
			return -EOPNOTSUPP;
		*len = min_t(u32, *len, sizeof(rp->icmp6_filter));
		memcpy(val, rp->icmp6_filter, *len);
		return 0;
	}
	if ((level != LN_SOL_RAW && level != LN_SOL_IPV6) || name != SOL_IPV6_CHECKSUM)
		return -ENOPROTOOPT;
	*len = min_t(u32, *len, sizeof(rp->csum_offset));
	memcpy(val, &rp->csum_offset, *len);
	return 0;
}

const struct proto rawv6_prot = {
	.name = "RAWv6",
	.obj_size = sizeof(struct raw6_sock),
	.type = LN_SOCK_RAW,
	.init = raw6_init,
	.close = dgram_close,
	.connect = dgram_connect,
	.disconnect = dgram_disconnect,
	.get_port = raw_get_port,
	.unhash = raw_unhash,
	.sendmsg = raw6_sendmsg,
	.sendmsg6 = raw6_sendmsg,
	.recvmsg = dgram_recvmsg,
	.borrow = &dgram_borrow_ops,
	.poll = dgram_poll,
	.setsockopt = raw6_setsockopt,
	.getsockopt = raw6_getsockopt,
	.ioctl = dgram_ioctl,
};
