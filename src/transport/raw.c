/* SPDX-License-Identifier: MIT */
#include "transport/raw.h"

#include "net/inet_iif.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "transport/datagram.h"
#include "transport/mcast_sock.h"
#include "transport/sock_tstamp.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"

static struct raw_sock *raw_sk(struct sock *sk)
{
	return container_of(sk, struct raw_sock, sk);
}

struct hlist_head *raw_head(struct net *net, u8 protocol)
{
	return &net->sock->raw[protocol % RAW_HTABLE_SIZE];
}

/* raddr, laddr: the peer's address in the packet, and ours. */
static bool raw_match(const struct sock_common *c, be32 raddr, be32 laddr, u8 protocol, int dif)
{
	return c->family == LN_AF_INET && c->num == protocol && (!c->daddr || c->daddr == raddr) &&
	       (!c->rcv_saddr || c->rcv_saddr == laddr) &&
	       (!c->bound_dev_if || c->bound_dev_if == dif);
}

/* The reader does not want this ICMP type. */
static bool icmp_filtered(struct sock *sk, const struct sk_buff *skb)
{
	u8 type;

	if (sk->c.num != LN_IPPROTO_ICMP || !raw_sk(sk)->icmp_filter ||
	    skb_copy_bits(skb, 0, &type, 1))
		return false;
	return type < 32 && (raw_sk(sk)->icmp_filter & BIT(type));
}

static void raw_queue_clone(struct sock *sk, const struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb);

	if (!copy) {
		sk->drops++;
		return;
	}
	inet_rx_cb_fill(copy, 0);
	skb_push(copy, (u32)(copy->data - skb_network_header(copy)));
	sock_queue_rcv_skb(sk, copy);
}

/* netns_ipv4.raw_rcv */
static bool raw_local_deliver(struct sk_buff *skb, u8 protocol)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct hlist_head *head = raw_head(skb->net, protocol);
	int dif = inet_iif(skb);
	struct sock_common *c;
	bool taken = false;

	hlist_for_each_entry(c, head, node) {
		struct sock *sk = container_of(c, struct sock, c);

		if (!raw_match(c, iph->saddr, iph->daddr, protocol, dif) ||
		    (ipv4_is_multicast(iph->daddr) &&
		     !ip_mc_sf_allow(sk, iph->daddr, iph->saddr, dif)))
			continue;
		taken = true;
		if (!icmp_filtered(sk, skb))
			raw_queue_clone(sk, skb);
	}
	return taken;
}

/* netns_ipv4.raw_err: of the quoted packet the source is ours. */
static void raw_icmp_error(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *quoted = (const void *)skb->data;
	int dif = skb->dev ? skb->dev->ifindex : 0;
	struct sock_common *c;

	if (quoted->protocol == IP_PROTO_RAW)	/* whose sockets receive nothing */
		return;
	hlist_for_each_entry(c, raw_head(skb->net, quoted->protocol), node)
		if (raw_match(c, quoted->daddr, quoted->saddr, quoted->protocol, dif))
			dgram_err(container_of(c, struct sock, c), skb, type, code, info, 0);
}

/* The doors are opened by the first raw socket: without one no packet pays for them. */
int raw_net_init(struct net *net)
{
	net->ipv4->raw_rcv = NULL;
	net->ipv4->raw_err = NULL;
	if (net->ipv6) {
		net->ipv6->raw_rcv = NULL;
		net->ipv6->raw_err = NULL;
	}
	return 0;
}

void raw_net_exit(struct net *net)
{
	if (net->ipv4)
		raw_net_init(net);
}

/* socket() made the protocol the port. */
static int raw_init(struct sock *sk)
{
	sk->c.num = sk->protocol;
	if (sk->protocol == IP_PROTO_RAW)
		sock_set_flag(sk, SOCK_HDRINCL);
	hlist_add_head(&sk->c.node, raw_head(sock_net(sk), sk->protocol));
	sock_net(sk)->ipv4->raw_rcv = raw_local_deliver;
	sock_net(sk)->ipv4->raw_err = raw_icmp_error;
	return 0;
}

void raw_unhash(struct sock *sk)
{
	hlist_del_init(&sk->c.node);
}

/* ip(7): a raw socket has no port to take; the protocol is its number for good. */
int raw_get_port(struct sock *sk, u16 port)
{
	(void)sk;
	(void)port;
	return 0;
}

static int raw_bind_addr_ok(struct sock *sk, const struct ln_sockaddr_in *addr)
{
	u8 type = inet_addr_type(sock_net(sk), addr->sin_addr);

	return !addr->sin_addr || type == RTN_LOCAL || type == RTN_MULTICAST ||
	       type == RTN_BROADCAST ? 0 : -EADDRNOTAVAIL;
}

/* Checks and completes the user's IP header, which is linear. 0 or -EINVAL. */
static int raw_fix_header(struct sk_buff *skb, be32 saddr)
{
	struct iphdr *iph = (void *)skb->data;
	u32 hlen;

	if (skb_headlen(skb) < IPV4_HLEN)
		return -EINVAL;
	hlen = iph_hlen(iph);
	if (hlen < IPV4_HLEN || hlen > skb_headlen(skb))
		return -EINVAL;
	if (!iph->saddr)
		iph->saddr = saddr;
	if (!iph->id)
		iph->id = (be16)prng_u32(&skb->net->prng);
	iph->tot_len = cpu_to_be16((u16)skb->len);
	ip_send_check(iph);
	skb_reset_network_header(skb);
	skb->transport_header = (u16)(skb->network_header + hlen);
	return 0;
}

/* Consumes skb and the reference on rt, errors included. */
static int raw_send_hdrinc(struct sock *sk, struct sk_buff *skb, struct rtable *rt,
			   const struct flowi4 *fl)
{
	int err;

	skb_dst_set(skb, &rt->dst);
	err = raw_fix_header(skb, fl->saddr);
	if (err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_INHDR);
		return err;
	}
	skb_set_owner_w(skb, sk);
	if (unlikely(sk->txstamp))
		sock_tx_timestamp(sk, skb);
	err = ip_local_out(sock_net(sk), skb);
	return err == -ENOBUFS && !sock_flag(sk, SOCK_RECVERR) ? 0 : err;
}

/* The user's bytes; with IP_HDRINCL the header's part of them is linear. NULL and *err. */
static struct sk_buff *raw_make_skb(struct sock *sk, struct msg *msg, bool hdrincl, int *err)
{
	u32 len = (u32)msg->iter.count, linear = 0;
	struct sk_buff *skb;

	*err = dgram_may_send(sk);
	if (*err)
		return NULL;
	skb = dgram_alloc(sk);
	if (skb && hdrincl) {
		linear = min_t(u32, len, IPV4_HLEN_MAX);
		*err = dgram_append(skb, &msg->iter, linear);
	}
	if (skb && !*err)
		*err = dgram_append(skb, &msg->iter, len - linear);
	if (!skb || *err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		*err = -ENOBUFS;
		return NULL;
	}
	skb_reset_transport_header(skb);
	return skb;
}

static int raw_check_len(struct sock *sk, const struct flowi4 *fl, struct rtable *rt, size_t len,
			 bool hdrincl)
{
	u32 mtu = dst_mtu(&rt->dst, fl->daddr), most = IPV4_MAX_LEN - IPV4_HLEN;

	if (hdrincl)
		most = rt->dst.dev->mtu;
	else if (sk->pmtudisc == LN_IP_PMTUDISC_DO)
		most = mtu - IPV4_HLEN;
	if (hdrincl && len < IPV4_HLEN)
		return -EINVAL;
	if (len <= most)
		return 0;
	ip_local_error(sk, EMSGSIZE, fl->daddr, 0, mtu);
	return -EMSGSIZE;
}

/* An ICMP message is counted whoever wrote it. */
static void raw_count_icmp(const struct sock *sk, const struct sk_buff *skb)
{
	u8 type;

	if (sk->protocol != LN_IPPROTO_ICMP || skb_copy_bits(skb, 0, &type, 1))
		return;
	mib_inc(sock_net(sk), IcmpOutMsgs);
	if (type == ICMP_ECHO)
		mib_inc(sock_net(sk), IcmpOutEchos);
}

static ptrdiff_t raw_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	bool hdrincl = sock_flag(sk, SOCK_HDRINCL);
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct sk_buff *skb = NULL;
	struct flowi4 fl;
	struct rtable *rt;
	struct ip_xmit x;
	struct ipcm ipc;
	int err;

	err = dgram_dest(sk, msg, flags, &ipc);
	/* Linux looks at type and code before it looks for a way. */
	if (!err && !hdrincl && sk->protocol == LN_IPPROTO_ICMP && len < 2)
		err = -EFAULT;
	if (!err)
		err = dgram_route(sk, &ipc, &fl, &rt);
	if (err)
		return err;
	err = raw_check_len(sk, &fl, rt, (size_t)len, hdrincl);
	if (!err)
		skb = raw_make_skb(sk, msg, hdrincl, &err);
	if (err) {
		dst_release(&rt->dst);
		return err;
	}
	if (hdrincl) {
		err = raw_send_hdrinc(sk, skb, rt, &fl);
	} else {
		raw_count_icmp(sk, skb);
		x = dgram_ip_xmit(sk, &ipc, &fl, &rt->dst,
				  skb->len + IPV4_HLEN <= dst_mtu(&rt->dst, fl.daddr));
		err = dgram_xmit(sk, skb, rt, &x);
	}
	return err ? err : len;
}

static int raw_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len)
{
	if (level != LN_SOL_RAW || name != LN_ICMP_FILTER)
		return -ENOPROTOOPT;
	if (sk->c.num != LN_IPPROTO_ICMP)
		return -EOPNOTSUPP;
	memcpy(&raw_sk(sk)->icmp_filter, val, min_t(u32, len, sizeof(u32)));
	return 0;
}

static int raw_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len)
{
	if (level != LN_SOL_RAW || name != LN_ICMP_FILTER)
		return -ENOPROTOOPT;
	if (sk->c.num != LN_IPPROTO_ICMP)
		return -EOPNOTSUPP;
	*len = min_t(u32, *len, sizeof(u32));
	memcpy(val, &raw_sk(sk)->icmp_filter, *len);
	return 0;
}

const struct proto raw_prot = {
	.name = "RAW",
	.obj_size = sizeof(struct raw_sock),
	.type = LN_SOCK_RAW,
	.init = raw_init,
	.close = dgram_close,
	.connect = dgram_connect,
	.disconnect = dgram_disconnect,
	.bind_addr_ok = raw_bind_addr_ok,
	.get_port = raw_get_port,
	.unhash = raw_unhash,
	.sendmsg = raw_sendmsg,
	.recvmsg = dgram_recvmsg,
	.borrow = &dgram_borrow_ops,
	.poll = dgram_poll,
	.setsockopt = raw_setsockopt,
	.getsockopt = raw_getsockopt,
	.ioctl = dgram_ioctl,
};
