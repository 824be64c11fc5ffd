/* SPDX-License-Identifier: MIT */
/*
 * AF_PACKET, SOCK_RAW (packet(7)): frames with their link header, as the driver gave them or will
 * get them. ETH_P_ALL is a tap and sees what is sent too; one EtherType sees what is received;
 * 0 receives nothing until bind() names one.
 *
 * Not here: SOCK_DGRAM, memory-mapped rings, fanout, memberships (promiscuous mode is set on the
 * device).
 */
#include "device/netdevice.h"
#include "socket/socket.h"
#include "transport/datagram.h"
#include "transport/sock_rare.h"
#include "transport/sock_txtime.h"
#include "wire/eth.h"

#define ETH_P_ALL CONST_BE16(0x0003)

struct packet_sock {
	struct sock sk;
	struct packet_type pt;		/* list: points to itself when not hooked in */
	struct notifier_block nb;	/* list likewise; hooked in while bound to a device */
	int ifindex;			/* 0 = any */
	be16 num;			/* EtherType asked for */
};

/* Kept in skb->cb while the frame waits. */
struct packet_cb {
	struct ln_sockaddr_ll from;
};

static struct packet_sock *pkt_sk(struct sock *sk)
{
	return container_of(sk, struct packet_sock, sk);
}

static struct packet_cb *packet_cb(struct sk_buff *skb)
{
	return (struct packet_cb *)(void *)skb->cb;
}

_Static_assert(sizeof(struct packet_cb) <= sizeof(((struct sk_buff *)0)->cb), "cb holds it");

static int packet_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct sock *sk = pt->af_packet_priv;
	struct ln_sockaddr_ll ll = {
		.sll_family = LN_AF_PACKET, .sll_protocol = skb->protocol,
		.sll_ifindex = dev->ifindex, .sll_hatype = dev->type, .sll_pkttype = skb->pkt_type,
	};

	/* A protocol's door gives the packet behind its link header; a tap gives the frame. */
	if (skb->data > skb_mac_header(skb))
		skb_push(skb, (u32)(skb->data - skb_mac_header(skb)));
	if (dev->addr_len == ETH_ALEN && skb_headlen(skb) >= ETH_HLEN) {
		ll.sll_halen = ETH_ALEN;
		memcpy(ll.sll_addr, ((const struct ethhdr *)(void *)skb->data)->h_source, ETH_ALEN);
	}
	packet_cb(skb)->from = ll;
	sock_queue_rcv_skb(sk, skb);
	return 0;
}

static void packet_unhook(struct packet_sock *po)
{
	dev_remove_pack(&po->pt);
	list_del_init(&po->nb.list);
	po->pt.dev = NULL;
}

/* The device went down or away: the reader is told once. */
static void packet_notifier(struct notifier_block *nb, struct net_device *dev,
			    enum netdev_event event)
{
	struct packet_sock *po = container_of(nb, struct packet_sock, nb);

	if (dev != po->pt.dev || (event != NETDEV_DOWN && event != NETDEV_UNREGISTER))
		return;
	po->sk.err = ENETDOWN;
	po->sk.ops->error_report(&po->sk);
	if (event == NETDEV_UNREGISTER) {
		packet_unhook(po);
		po->ifindex = -1;	/* no device has it: nothing is sent or received any more */
	}
}

static void packet_hook(struct packet_sock *po, struct net_device *dev)
{
	struct net *net = sock_net(&po->sk);

	packet_unhook(po);
	po->ifindex = dev ? dev->ifindex : 0;
	if (po->num) {
		po->pt.type = po->num;
		po->pt.dev = dev;
		dev_add_pack(net, &po->pt);
	}
	if (dev) {
		po->pt.dev = dev;
		register_netdevice_notifier(net, &po->nb);
	}
}

static void packet_prot_close(struct sock *sk)
{
	packet_unhook(pkt_sk(sk));
	sock_orphan(sk);
	sock_put(sk);
}

/* The frame goes to the device as it is; its protocol is what stands in it. */
static struct sk_buff *packet_make_skb(struct sock *sk, struct msg *msg, struct net_device *dev,
				       int *err)
{
	u32 len = (u32)msg->iter.count, linear = min_t(u32, len, 64);
	struct sk_buff *skb = dgram_alloc(sk);

	*err = -ENOBUFS;
	if (!skb)
		return NULL;
	if (dgram_append(skb, &msg->iter, linear) || dgram_append(skb, &msg->iter, len - linear)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	*err = 0;
	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb->network_header = (u16)(skb->mac_header + dev->hard_header_len);
	skb->transport_header = skb->network_header;
	if (dev->hard_header_len == ETH_HLEN)
		skb->protocol = ((const struct ethhdr *)(void *)skb->data)->h_proto;
	return skb;
}

/* The device named in the call, else the one that the socket is bound to. */
static int packet_out_dev(struct packet_sock *po, const struct msg *msg, struct net_device **dev)
{
	const struct ln_sockaddr_ll *ll = msg->name;
	int ifindex = po->ifindex;

	if (ll) {
		if (msg->namelen < offsetof(struct ln_sockaddr_ll, sll_addr) + ETH_ALEN)
			return -EINVAL;
		if (ll->sll_family != LN_AF_PACKET)
			return -EINVAL;
		ifindex = ll->sll_ifindex;
	}
	*dev = dev_get_by_index(sock_net(&po->sk), ifindex);
	if (!*dev)
		return -ENXIO;
	return netif_running(*dev) ? 0 : -ENETDOWN;
}

static ptrdiff_t packet_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct net_device *dev;
	struct sk_buff *skb;
	int err = packet_out_dev(pkt_sk(sk), msg, &dev);

	if (!err && (flags & LN_MSG_OOB))
		err = -EINVAL;
	sock_txstamp_begin(sk);
	if (!err && msg->control && msg->controllen)
		err = sock_cmsgs_send(sk, msg);
	if (!err)
		err = dgram_may_send(sk);
	if (err)
		return err;
	if (msg->iter.count > (size_t)dev->mtu + dev->hard_header_len)
		return -EMSGSIZE;
	if (msg->iter.count < dev->hard_header_len)
		return -EINVAL;
	skb = packet_make_skb(sk, msg, dev, &err);
	if (!skb)
		return err;
	skb_set_owner_w(skb, sk);
	if (unlikely(sk->txstamp))
		sock_tx_time(sk->txstamp, skb);
	err = dev_queue_xmit(skb);
	return err ? err : len;
}

static ptrdiff_t packet_recvmsg(struct sock *sk, struct msg *msg, int flags)
{
	struct sk_buff *skb;
	ptrdiff_t n = sock_error(sk);
	u32 copied;

	if (flags & (LN_MSG_OOB | LN_MSG_ERRQUEUE))
		return flags & LN_MSG_OOB ? -EINVAL : -EAGAIN;
	if (n)
		return n;
	skb = skb_peek(&sk->receive_queue);
	if (!skb)
		return -EAGAIN;
	copied = (u32)skb_copy_to_iter(skb, 0, skb->len, &msg->iter);
	if (copied < skb->len)
		msg->flags |= LN_MSG_TRUNC;
	if (msg->name) {
		msg->namelen = sizeof(struct ln_sockaddr_ll);
		memcpy(msg->name, &packet_cb(skb)->from, min(msg->name_room, msg->namelen));
	}
	if (sk->flags & SOCK_TSTAMP_ANY)
		sock_recv_timestamp(sk, msg, skb->tstamp);
	if (sock_rxopt(sk, RXOPT_OVFL))
		put_drops(msg, skb);
	n = flags & LN_MSG_TRUNC ? skb->len : copied;
	if (!(flags & LN_MSG_PEEK)) {
		skb_unlink(skb, &sk->receive_queue);
		consume_skb(skb);
	}
	return n;
}

static const struct proto packet_prot = {
	.name = "PACKET",
	.obj_size = sizeof(struct packet_sock),
	.type = LN_SOCK_RAW,
	.close = packet_prot_close,
	.sendmsg = packet_sendmsg,
	.recvmsg = packet_recvmsg,
	.poll = dgram_poll,
	.ioctl = dgram_ioctl,
};

static int packet_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	sock->sk = NULL;
	sock_orphan(sk);
	sk->prot->close(sk);
	return 0;
}

static int packet_bind(struct socket *sock, const void *addr, u32 len)
{
	const struct ln_sockaddr_ll *ll = addr;
	struct packet_sock *po = pkt_sk(sock->sk);
	struct net_device *dev = NULL;

	if (len < sizeof(*ll) || ll->sll_family != LN_AF_PACKET)
		return -EINVAL;
	if (ll->sll_ifindex) {
		dev = dev_get_by_index(sock_net(sock->sk), ll->sll_ifindex);
		if (!dev)
			return -ENODEV;
	}
	if (ll->sll_protocol)
		po->num = ll->sll_protocol;
	packet_hook(po, dev);
	if (dev && !netif_running(dev)) {
		sock->sk->err = ENETDOWN;
		sock->sk->ops->error_report(sock->sk);
	}
	return 0;
}

static int packet_getname(struct socket *sock, void *addr, u32 *len, enum getname_of of)
{
	const struct packet_sock *po = pkt_sk(sock->sk);
	const struct net_device *dev = dev_get_by_index(sock_net(sock->sk), po->ifindex);
	struct ln_sockaddr_ll ll = {
		.sll_family = LN_AF_PACKET, .sll_protocol = po->num, .sll_ifindex = po->ifindex,
	};

	if (of)
		return -EOPNOTSUPP;
	if (dev) {
		ll.sll_hatype = dev->type;
		ll.sll_halen = dev->addr_len;
		memcpy(ll.sll_addr, dev->dev_addr, dev->addr_len);
	}
	memcpy(addr, &ll, sizeof(ll));
	*len = sizeof(ll);
	return 0;
}

static unsigned packet_poll(struct socket *sock)
{
	return sock->sk->prot->poll(sock->sk);
}

static ptrdiff_t packet_sock_sendmsg(struct socket *sock, struct msg *msg, int flags)
{
	return sock->sk->prot->sendmsg(sock->sk, msg, flags);
}

static ptrdiff_t packet_sock_recvmsg(struct socket *sock, struct msg *msg, int flags)
{
	return sock->sk->prot->recvmsg(sock->sk, msg, flags);
}

static int packet_ioctl(struct socket *sock, unsigned long request, int *value)
{
	return sock->sk->prot->ioctl(sock->sk, request, value);
}

static int packet_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len)
{
	(void)sock, (void)level, (void)name, (void)val, (void)len;
	return -ENOPROTOOPT;
}

static int packet_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len)
{
	(void)sock, (void)level, (void)name, (void)val, (void)len;
	return -ENOPROTOOPT;
}

static const struct proto_ops packet_ops = {
	.family = LN_AF_PACKET,
	.release = packet_release,
	.bind = packet_bind,
	.getname = packet_getname,
	.poll = packet_poll,
	.setsockopt = packet_setsockopt,
	.getsockopt = packet_getsockopt,
	.sendmsg = packet_sock_sendmsg,
	.recvmsg = packet_sock_recvmsg,
	.ioctl = packet_ioctl,
};

/* protocol: an EtherType in network byte order, as packet(7) has it. */
static int packet_create(struct net *net, struct socket *sock, int type, int protocol)
{
	struct packet_sock *po;
	struct sock *sk;

	if (type != LN_SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	sk = sk_alloc(net, &packet_prot);
	if (!sk)
		return -ENOMEM;
	po = pkt_sk(sk);
	sk->c.family = LN_AF_PACKET;
	po->num = (be16)protocol;
	po->pt = (struct packet_type){ .func = packet_rcv, .af_packet_priv = sk };
	list_init(&po->pt.list);
	list_init(&po->nb.list);
	po->nb.call = packet_notifier;
	packet_hook(po, NULL);
	sock->ops = &packet_ops;
	sock_graft(sk, sock);
	return 0;
}

const struct net_proto_family packet_family_ops = { LN_AF_PACKET, packet_create };
