/* SPDX-License-Identifier: MIT */
#include "transport/ip_sockglue.h"

#include "device/netdevice.h"
#include "net/inet_iif.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "transport/sock_rare.h"
#include "transport/sock_txtime.h"

#define CMSG_ALIGN_(len) (((len) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))

/* and LN_SO_EE_ORIGIN_ZEROCOPY, _TIMESTAMPING, _TXTIME */
enum { SO_EE_ORIGIN_LOCAL = 1, SO_EE_ORIGIN_ICMP = 2, SO_EE_ORIGIN_ICMP6 = 3 };

/* What an error queue entry keeps in skb->cb; its data is what is shown of the packet. */
struct err_cb {
	struct ln_sock_extended_err ee;
	struct ip6_addr offender, daddr;	/* IPv4's are mapped */
	be16 port;
	int iif;				/* a timestamp's device */
};

_Static_assert(sizeof(struct err_cb) <= sizeof(((struct sk_buff *)0)->cb) &&
	       sizeof(struct inet6_rx_cb) + sizeof(struct sock_skb_cb) <=
	       sizeof(((struct sk_buff *)0)->cb), "cb holds them");

static struct err_cb *err_cb(struct sk_buff *skb)
{
	return (struct err_cb *)(void *)skb->cb;
}

void inet_rx_cb_fill(struct sk_buff *skb, be16 sport)
{
	const struct iphdr *iph = ip_hdr(skb);

	*inet_rx_cb(skb) = (struct inet_rx_cb){
		.saddr = iph->saddr, .daddr = iph->daddr, .sport = sport, .ttl = iph->ttl,
		.tos = iph->tos,
		.iif = inet_iif(skb),
	};
}

static int cmsg_walk_next(struct cmsg_walk *w)
{
	if (w->left < sizeof(w->c))
		return 0;
	memcpy(&w->c, w->at, sizeof(w->c));
	if (w->c.cmsg_len < sizeof(w->c) || w->c.cmsg_len > w->left)
		return -EINVAL;
	w->data = w->at + sizeof(w->c);
	w->len = w->c.cmsg_len - sizeof(w->c);
	w->at += min(CMSG_ALIGN_(w->c.cmsg_len), w->left);
	w->left -= min(CMSG_ALIGN_(w->c.cmsg_len), w->left);
	return 1;
}

static int pktinfo_send(const struct cmsg_walk *w, struct ipcm *ipc)
{
	struct ln_in_pktinfo info;

	if (w->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, w->data, sizeof(info));
	if (info.ipi_ifindex)
		ipc->oif = info.ipi_ifindex;
	ipc->saddr = info.ipi_spec_dst;
	return 0;
}

static int cmsg_one(const struct cmsg_walk *w, struct ipcm *ipc)
{
	int type = w->c.cmsg_type, val = 0;

	switch (type) {
	case LN_IP_PKTINFO:
		return pktinfo_send(w, ipc);
	case LN_IP_TTL:
	case LN_IP_TOS:
		if (w->len == sizeof(int))
			memcpy(&val, w->data, sizeof(int));
		else if (w->len == 1 && type == LN_IP_TOS)
			val = *(const u8 *)w->data;
		else
			return -EINVAL;
		if (val < 0 || val > 255 || (type == LN_IP_TTL && !val))
			return -EINVAL;
		*(type == LN_IP_TTL ? &ipc->ttl : &ipc->tos) = (u8)val;
		return 0;
	default:
		return -EINVAL;
	}
}

/* A program of AF_INET6 says it so, whichever way the datagram goes. */
static int mapped_pktinfo_send(const struct cmsg_walk *w, struct ipcm *ipc)
{
	struct ln_in6_pktinfo info;

	if (w->c.cmsg_type != LN_IPV6_PKTINFO)
		return 0;
	if (w->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, w->data, sizeof(info));
	if (!ipv6_addr_v4mapped((const struct ip6_addr *)(const void *)info.ipi6_addr))
		return -EINVAL;
	if (info.ipi6_ifindex)
		ipc->oif = info.ipi6_ifindex;
	memcpy(&ipc->saddr, info.ipi6_addr + 12, sizeof(ipc->saddr));
	ipc->cmsg = true;
	return 0;
}

static bool is_udp(const struct sock *sk)
{
	return sk->type == LN_SOCK_DGRAM && sk->protocol == LN_IPPROTO_UDP;
}

int udp_cmsg_send(const struct sock *sk, const struct cmsg_walk *w, struct ipcm *ipc)
{
	u16 size;

	if (!is_udp(sk))
		return 0;
	if (w->c.cmsg_type != LN_UDP_SEGMENT || w->len != sizeof(size))
		return -EINVAL;
	memcpy(&size, w->data, sizeof(size));
	ipc->gso_size = size;
	return 0;
}

static int sock_cmsg_send(struct sock *sk, const struct cmsg_walk *w)
{
	if (w->c.cmsg_type == LN_SCM_TXTIME)
		return sock_txtime_cmsg(sk, w->data, w->len);
	if (w->c.cmsg_type != LN_SO_TIMESTAMPING && w->c.cmsg_type != LN_SO_TIMESTAMPING_NEW)
		return 0;
	return sock_tstamp_cmsg(sk, w->data, w->len);
}

int cmsg_for_each(struct sock *sk, const struct msg *msg,
		  int (*one)(struct sock *sk, const struct cmsg_walk *w, void *ipc), void *ipc)
{
	struct cmsg_walk w = { .at = msg->control, .left = msg->control ? msg->controllen : 0 };
	int r, err = 0;

	while (!err && (r = cmsg_walk_next(&w))) {
		if (r < 0)
			return r;
		if (w.c.cmsg_level == LN_SOL_SOCKET)
			err = sock_cmsg_send(sk, &w);
		else if (one)
			err = one(sk, &w, ipc);
	}
	return err;
}

int sock_cmsgs_send(struct sock *sk, const struct msg *msg)
{
	return cmsg_for_each(sk, msg, NULL, NULL);
}

static int ip_cmsg_one(struct sock *sk, const struct cmsg_walk *w, void *arg)
{
	struct ipcm *ipc = arg;

	switch (w->c.cmsg_level) {
	case LN_SOL_IP:
		ipc->cmsg = true;
		return cmsg_one(w, ipc);
	case LN_SOL_UDP:
		return udp_cmsg_send(sk, w, ipc);
	case LN_SOL_IPV6:
		return sk->c.family == LN_AF_INET6 ? mapped_pktinfo_send(w, ipc) : 0;
	default:
		return 0;
	}
}

int ip_cmsg_send(struct sock *sk, const struct msg *msg, struct ipcm *ipc)
{
	return cmsg_for_each(sk, msg, ip_cmsg_one, ipc);
}

void put_cmsg(struct msg *msg, int level, int type, const void *data, size_t len)
{
	struct ln_cmsghdr c = { sizeof(c) + len, level, type };
	size_t room = msg->control ? msg->controllen - msg->control_used : 0;
	u8 *at;

	if (room < sizeof(c)) {
		msg->flags |= LN_MSG_CTRUNC;
		return;
	}
	at = (u8 *)msg->control + msg->control_used;
	if (room < c.cmsg_len) {
		msg->flags |= LN_MSG_CTRUNC;
		c.cmsg_len = room;
	}
	memcpy(at, &c, sizeof(c));
	memcpy(at + sizeof(c), data, c.cmsg_len - sizeof(c));
	msg->control_used += min(CMSG_ALIGN_(c.cmsg_len), room);
}

void put_drops(struct msg *msg, const struct sk_buff *skb)
{
	u32 drops = SOCK_SKB_CB(skb)->dropcount;

	if (drops)
		put_cmsg(msg, LN_SOL_SOCKET, LN_SO_RXQ_OVFL, &drops, sizeof(drops));
}

void ip_cmsg_recv_slow(const struct sock *sk, struct msg *msg, const struct sk_buff *skb)
{
	const struct inet_rx_cb *cb = inet_rx_cb(skb);

	if (sk->flags & SOCK_TSTAMP_ANY)
		sock_recv_timestamp(sk, msg, skb->tstamp);
	if (sock_rxopt(sk, RXOPT_OVFL))
		put_drops(msg, skb);
	if (sock_flag(sk, SOCK_UDP_GRO) && skb->gso_type & SKB_GSO_UDP_L4) {
		int size = skb->gso_size;

		put_cmsg(msg, LN_SOL_UDP, LN_UDP_GRO, &size, sizeof(size));
	}
	if (sk->c.family == LN_AF_INET6)
		ip6_cmsg_recv(sk, msg, skb);
	if (skb_is_ipv6(skb))
		return;
	if (sock_flag(sk, SOCK_PKTINFO)) {
		struct ln_in_pktinfo info = {
			.ipi_ifindex = cb->iif, .ipi_addr = cb->daddr, .ipi_spec_dst = cb->daddr,
		};

		/* To a group or to all: the address that an answer would come from. */
		if (inet_addr_type(sock_net(sk), cb->daddr) != RTN_LOCAL)
			info.ipi_spec_dst =
				inet_select_addr(dev_get_by_index(sock_net(sk), cb->iif), cb->saddr,
						 RT_SCOPE_UNIVERSE);
		put_cmsg(msg, LN_SOL_IP, LN_IP_PKTINFO, &info, sizeof(info));
	}
	if (sock_flag(sk, SOCK_RECVTTL)) {
		int ttl = cb->ttl;

		put_cmsg(msg, LN_SOL_IP, LN_IP_TTL, &ttl, sizeof(ttl));
	}
	if (sock_flag(sk, SOCK_RECVTOS))
		put_cmsg(msg, LN_SOL_IP, LN_IP_TOS, &cb->tos, sizeof(cb->tos));
	if (sock_rxopt(sk, RXOPT_ORIGDST)) {
		struct ln_sockaddr_in to = {
			.sin_family = LN_AF_INET, .sin_addr = cb->daddr,
			.sin_port = cpu_to_be16(sk->c.num),
		};

		put_cmsg(msg, LN_SOL_IP, LN_IP_ORIGDSTADDR, &to, sizeof(to));
	}
}

void msg_put_addr(struct msg *msg, be32 addr, be16 port)
{
	struct ln_sockaddr_in sin = {
		.sin_family = LN_AF_INET, .sin_port = port, .sin_addr = addr,
	};

	if (!msg->name)
		return;
	memcpy(msg->name, &sin, min_t(size_t, msg->name_room, sizeof(sin)));
	msg->namelen = sizeof(sin);
}

static struct sk_buff_head *error_queue(struct sock *sk)
{
	if (!sk->error_queue) {
		sk->error_queue = mem_alloc(&sock_net(sk)->mem, sizeof(*sk->error_queue));
		if (sk->error_queue)
			skb_queue_head_init(sk->error_queue);
	}
	return sk->error_queue;
}

/* Takes skb over. */
static void error_queue_tail(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff_head *q = error_queue(sk);

	if (!q || sk->rmem + sk_truesize(skb) >= sk->rcvbuf) {
		kfree_skb_reason(skb, SKB_DROP_REASON_SOCKET_RCVBUFF);
		return;
	}
	skb_dst_drop(skb);
	skb->dev = NULL;
	skb_set_owner_r(skb, sk);
	skb_queue_tail(q, skb);
	sk->ops->error_report(sk);
}

/* UDP shows what it carried; TCP and ping their header; raw what its reader deals in. hlen: of the
 * quoted IP header. */
static u32 shown_from(const struct sock *sk, const struct sk_buff *skb, u32 hlen)
{
	if (sock_flag(sk, SOCK_HDRINCL))
		return 0;
	if (is_udp(sk))
		hlen += 8;
	return min(hlen, skb->len);
}

static void queue_icmp_err(struct sock *sk, const struct sk_buff *skb, const struct err_cb *cb,
			   u32 hlen)
{
	struct sk_buff *copy = skb_clone(skb);

	if (!copy)
		return;
	*err_cb(copy) = *cb;
	skb_eat(copy, shown_from(sk, skb, hlen));
	error_queue_tail(sk, copy);
}

void sock_queue_err(struct sock *sk, const struct sk_buff *skb, int err, u8 type, u8 code, u32 info,
		    be16 port)
{
	const struct iphdr *quoted = (const void *)skb->data;
	const struct err_cb cb = {
		.ee = { .ee_errno = (u32)err, .ee_origin = SO_EE_ORIGIN_ICMP, .ee_type = type,
			.ee_code = code, .ee_info = info },
		.offender = ipv6_addr_v4mapped_of(ip_hdr(skb)->saddr),
		.daddr = ipv6_addr_v4mapped_of(quoted->daddr), .port = port,
	};

	queue_icmp_err(sk, skb, &cb, iph_hlen(quoted));
}

void sock_queue_err6(struct sock *sk, const struct sk_buff *skb, int err, u8 type, u8 code,
		     u32 off, u32 info, be16 port)
{
	const struct ipv6hdr *quoted = (const void *)skb->data;
	const struct err_cb cb = {
		.ee = { .ee_errno = (u32)err, .ee_origin = SO_EE_ORIGIN_ICMP6, .ee_type = type,
			.ee_code = code, .ee_info = info },
		.offender = ipv6_hdr(skb)->saddr, .daddr = quoted->daddr, .port = port,
	};

	queue_icmp_err(sk, skb, &cb, off);
}

void ip6_local_error(struct sock *sk, int err, const struct ip6_addr *daddr, be16 port, u32 info)
{
	struct sk_buff *skb;

	if (!sock_flag(sk, SOCK_RECVERR))
		return;
	skb = alloc_skb(sock_net(sk), 0);
	if (!skb)
		return;
	*err_cb(skb) = (struct err_cb){
		.ee = { .ee_errno = (u32)err, .ee_origin = SO_EE_ORIGIN_LOCAL, .ee_info = info },
		.daddr = *daddr, .port = port,
	};
	error_queue_tail(sk, skb);
}

void ip_local_error(struct sock *sk, int err, be32 daddr, be16 port, u32 info)
{
	struct ip6_addr mapped = ipv6_addr_v4mapped_of(daddr);

	ip6_local_error(sk, err, &mapped, port, info);
}

/* It is told together with the one before it, which is of calls just before. */
static bool zerocopy_merge(struct sock *sk, u32 call, u8 code)
{
	struct sk_buff *tail = sk->error_queue ? skb_peek_tail(sk->error_queue) : NULL;
	struct ln_sock_extended_err *ee = tail ? &err_cb(tail)->ee : NULL;

	if (!ee || ee->ee_origin != LN_SO_EE_ORIGIN_ZEROCOPY || ee->ee_code != code ||
	    ee->ee_data + 1 != call || call - ee->ee_info == UINT32_MAX)
		return false;
	ee->ee_data = call;
	return true;
}

void sock_zerocopy_done(struct sock *sk, struct sk_buff *note, u32 call, bool copied)
{
	u8 code = copied ? LN_SO_EE_CODE_ZEROCOPY_COPIED : 0;
	struct sk_buff_head *q;

	if (sock_flag(sk, SOCK_DEAD) || zerocopy_merge(sk, call, code)) {
		consume_skb(note);
		if (!sock_flag(sk, SOCK_DEAD))	/* an edge for each, as Linux */
			sk->ops->error_report(sk);
		return;
	}
	q = error_queue(sk);
	if (!q) {
		kfree_skb_reason(note, SKB_DROP_REASON_NOMEM);
		return;
	}
	*err_cb(note) = (struct err_cb){
		.ee = { .ee_origin = LN_SO_EE_ORIGIN_ZEROCOPY, .ee_code = code, .ee_info = call,
			.ee_data = call },
	};
	skb_set_owner_r(note, sk);
	skb_queue_tail(q, note);
	sk->ops->error_report(sk);
}

/* Where the packet is, for readers who ask by OPT_CMSG. */
static void tstamp_addresses(const struct sk_buff *skb, struct err_cb *cb)
{
	if (!skb->dev)
		return;
	cb->iif = skb->dev->ifindex;
	if (skb_is_ipv6(skb)) {
		cb->offender = ipv6_hdr(skb)->saddr;
		cb->daddr = ipv6_hdr(skb)->daddr;
	} else {
		cb->offender = ipv6_addr_v4mapped_of(ip_hdr(skb)->saddr);
		cb->daddr = ipv6_addr_v4mapped_of(ip_hdr(skb)->daddr);
	}
}

void sock_queue_tstamp(struct sock *sk, const struct sk_buff *skb, u32 type, u32 key)
{
	u32 tsflags = sk->txstamp ? sk->txstamp->tsflags : 0;
	bool alone = tsflags & LN_SOF_TIMESTAMPING_OPT_TSONLY;
	struct sk_buff *note;
	struct err_cb cb = {
		.ee = { .ee_errno = ENOMSG, .ee_origin = LN_SO_EE_ORIGIN_TIMESTAMPING,
			.ee_info = type },
	};

	if (sock_flag(sk, SOCK_DEAD))
		return;
	note = alone ? alloc_skb(sock_net(sk), 0) : skb_clone(skb);
	if (!note)
		return;
	if (tsflags & LN_SOF_TIMESTAMPING_OPT_ID)
		cb.ee.ee_data = sk->prot->tskey ? key - sk->txstamp->key : key;
	if (tsflags & LN_SOF_TIMESTAMPING_OPT_CMSG)
		tstamp_addresses(skb, &cb);
	note->tx_flags = note->edt = 0;
	note->tstamp = sock_net(sk)->now;
	*err_cb(note) = cb;
	error_queue_tail(sk, note);
}

void sock_queue_txtime(struct sock *sk, const struct sk_buff *skb)
{
	struct sk_buff *note;

	if (sock_flag(sk, SOCK_DEAD))
		return;
	note = skb_clone(skb);
	if (!note)
		return;
	note->tx_flags = note->edt = 0;
	*err_cb(note) = (struct err_cb){
		.ee = { .ee_errno = EINVAL, .ee_origin = LN_SO_EE_ORIGIN_TXTIME,
			.ee_code = LN_SO_EE_CODE_TXTIME_INVALID_PARAM,
			.ee_info = (u32)skb->tstamp, .ee_data = (u32)((u64)skb->tstamp >> 32) },
	};
	error_queue_tail(sk, note);
}

bool sock_zerocopy_room(struct sock *sk)
{
	const struct sk_buff_head *q = error_queue(sk);

	return q && q->qlen < ZEROCOPY_NOTES_MAX;
}

static be32 mapped_v4(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return v4;
}

/* Where a packet went by that a timestamp is of. */
static void put_tx_pktinfo(const struct sock *sk, struct msg *msg, const struct err_cb *cb)
{
	if (sock_flag(sk, SOCK_PKTINFO6)) {
		struct ln_in6_pktinfo info = { .ipi6_ifindex = cb->iif };

		memcpy(info.ipi6_addr, &cb->daddr, sizeof(info.ipi6_addr));
		put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_PKTINFO, &info, sizeof(info));
	}
	if (sock_flag(sk, SOCK_PKTINFO) && ipv6_addr_v4mapped(&cb->daddr)) {
		struct ln_in_pktinfo info = {
			.ipi_ifindex = cb->iif, .ipi_spec_dst = mapped_v4(&cb->offender),
			.ipi_addr = mapped_v4(&cb->daddr),
		};

		put_cmsg(msg, LN_SOL_IP, LN_IP_PKTINFO, &info, sizeof(info));
	}
}

static void put_error(struct msg *msg, const struct err_cb *cb)
{
	struct {
		struct ln_sock_extended_err ee;
		struct ln_sockaddr_in offender;
	} e = { .ee = cb->ee };

	if (cb->ee.ee_origin <= SO_EE_ORIGIN_ICMP6)
		msg_put_addr(msg, mapped_v4(&cb->daddr), cb->port);
	if (cb->ee.ee_origin == SO_EE_ORIGIN_ICMP || cb->iif) {
		e.offender.sin_family = LN_AF_INET;
		e.offender.sin_addr = mapped_v4(&cb->offender);
	}
	put_cmsg(msg, LN_SOL_IP, LN_IP_RECVERR, &e, sizeof(e));
}

static void put_error6(struct msg *msg, const struct err_cb *cb)
{
	struct {
		struct ln_sock_extended_err ee;
		struct ln_sockaddr_in6 offender;
	} e = { .ee = cb->ee };
	u8 origin = cb->ee.ee_origin;

	if (origin <= SO_EE_ORIGIN_ICMP6)
		msg_put_addr6(msg, &cb->daddr, cb->port, 0);
	if (origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6 || cb->iif)
		e.offender = inet6_sockaddr(&cb->offender, 0, 0);
	put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_RECVERR, &e, sizeof(e));
}

static bool is_icmp_error(struct sk_buff *skb)
{
	return err_cb(skb)->ee.ee_origin == SO_EE_ORIGIN_ICMP ||
	       err_cb(skb)->ee.ee_origin == SO_EE_ORIGIN_ICMP6;
}

/* The socket's error is that of the next message; with the last one of ICMP it is over. */
static struct sk_buff *dequeue_error(struct sock *sk)
{
	struct sk_buff *skb = sk->error_queue ? skb_dequeue(sk->error_queue) : NULL;
	struct sk_buff *next = skb ? skb_peek(sk->error_queue) : NULL;

	if (next && is_icmp_error(next))
		sk->err = (s16)err_cb(next)->ee.ee_errno;
	else if (skb && is_icmp_error(skb))
		sk->err = 0;
	return skb;
}

ptrdiff_t ip_recv_error(struct sock *sk, struct msg *msg)
{
	struct sk_buff *skb = dequeue_error(sk);
	ptrdiff_t copied;

	if (!skb)
		return -EAGAIN;
	copied = (ptrdiff_t)skb_copy_to_iter(skb, 0, skb->len, &msg->iter);
	if ((u32)copied < skb->len)
		msg->flags |= LN_MSG_TRUNC;
	if (err_cb(skb)->ee.ee_origin == LN_SO_EE_ORIGIN_TIMESTAMPING)
		sock_recv_tx_timestamp(sk, msg, skb->tstamp);
	if (unlikely(err_cb(skb)->iif))
		put_tx_pktinfo(sk, msg, err_cb(skb));
	if (sk->c.family == LN_AF_INET6)
		put_error6(msg, err_cb(skb));
	else
		put_error(msg, err_cb(skb));
	msg->flags |= LN_MSG_ERRQUEUE;
	consume_skb(skb);
	return copied;
}
