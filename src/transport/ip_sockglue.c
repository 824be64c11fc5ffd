/* SPDX-License-Identifier: MIT */
#include "transport/ip_sockglue.h"

#include "device/netdevice.h"
#include "net/ipv4/ip.h"

#define CMSG_ALIGN_(len) (((len) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))

enum { SO_EE_ORIGIN_LOCAL = 1, SO_EE_ORIGIN_ICMP = 2 };	/* and LN_SO_EE_ORIGIN_ZEROCOPY */

/* What an error queue entry keeps in skb->cb; its data is what is shown of the packet. */
struct err_cb {
	struct ln_sock_extended_err ee;
	be32 offender, daddr;
	be16 port;
};

_Static_assert(sizeof(struct err_cb) <= sizeof(((struct sk_buff *)0)->cb) &&
	       sizeof(struct inet_rx_cb) <= sizeof(((struct sk_buff *)0)->cb), "cb holds them");

static struct err_cb *err_cb(struct sk_buff *skb)
{
	return (struct err_cb *)(void *)skb->cb;
}

void inet_rx_cb_fill(struct sk_buff *skb, be16 sport)
{
	const struct iphdr *iph = ip_hdr(skb);

	*inet_rx_cb(skb) = (struct inet_rx_cb){
		.saddr = iph->saddr, .daddr = iph->daddr, .sport = sport, .ttl = iph->ttl,
		.iif = skb->dev ? skb->dev->ifindex : 0,
	};
}

static int cmsg_one(const struct ln_cmsghdr *c, const void *data, size_t len, struct ipcm *ipc)
{
	struct ln_in_pktinfo info;
	int val = 0;

	switch (c->cmsg_type) {
	case LN_IP_PKTINFO:
		if (len != sizeof(info))
			return -EINVAL;
		memcpy(&info, data, sizeof(info));
		if (info.ipi_ifindex)
			ipc->oif = info.ipi_ifindex;
		ipc->saddr = info.ipi_spec_dst;
		return 0;
	case LN_IP_TTL:
	case LN_IP_TOS:
		if (len == sizeof(int))
			memcpy(&val, data, sizeof(int));
		else if (len == 1 && c->cmsg_type == LN_IP_TOS)
			val = *(const u8 *)data;
		else
			return -EINVAL;
		if (val < 0 || val > 255 || (c->cmsg_type == LN_IP_TTL && !val))
			return -EINVAL;
		*(c->cmsg_type == LN_IP_TTL ? &ipc->ttl : &ipc->tos) = (u8)val;
		return 0;
	default:
		return -EINVAL;
	}
}

static bool is_udp(const struct sock *sk)
{
	return sk->type == LN_SOCK_DGRAM && sk->protocol == LN_IPPROTO_UDP;
}

static int udp_cmsg_one(const struct ln_cmsghdr *c, const void *data, size_t len, struct ipcm *ipc)
{
	u16 size;

	if (c->cmsg_type != LN_UDP_SEGMENT || len != sizeof(size))
		return -EINVAL;
	memcpy(&size, data, sizeof(size));
	ipc->gso_size = size;
	return 0;
}

int ip_cmsg_send(const struct sock *sk, const struct msg *msg, struct ipcm *ipc)
{
	const u8 *at = msg->control;
	size_t left = msg->control ? msg->controllen : 0;

	while (left >= sizeof(struct ln_cmsghdr)) {
		struct ln_cmsghdr c;
		int err = 0;

		memcpy(&c, at, sizeof(c));
		if (c.cmsg_len < sizeof(c) || c.cmsg_len > left)
			return -EINVAL;
		if (c.cmsg_level == LN_SOL_IP) {
			err = cmsg_one(&c, at + sizeof(c), c.cmsg_len - sizeof(c), ipc);
			ipc->cmsg = true;
		} else if (c.cmsg_level == LN_SOL_UDP && is_udp(sk)) {
			err = udp_cmsg_one(&c, at + sizeof(c), c.cmsg_len - sizeof(c), ipc);
		}
		if (err)
			return err;
		at += min(CMSG_ALIGN_(c.cmsg_len), left);
		left -= min(CMSG_ALIGN_(c.cmsg_len), left);
	}
	return 0;
}

void put_cmsg(struct msg *msg, int level, int type, const void *data, size_t len)
{
	struct ln_cmsghdr c = { sizeof(c) + len, level, type };
	size_t room = msg->control ? msg->controllen - msg->control_used : 0;
	u8 *at = (u8 *)msg->control + (msg->control ? msg->control_used : 0);

	if (room < sizeof(c)) {
		msg->flags |= LN_MSG_CTRUNC;
		return;
	}
	if (room < c.cmsg_len) {
		msg->flags |= LN_MSG_CTRUNC;
		c.cmsg_len = room;
	}
	memcpy(at, &c, sizeof(c));
	memcpy(at + sizeof(c), data, c.cmsg_len - sizeof(c));
	msg->control_used += min(CMSG_ALIGN_(c.cmsg_len), room);
}

void ip_cmsg_recv_slow(const struct sock *sk, struct msg *msg, const struct sk_buff *skb)
{
	const struct inet_rx_cb *cb = inet_rx_cb(skb);

	if (sock_flag(sk, SOCK_UDP_GRO) && skb->gso_type & SKB_GSO_UDP_L4) {
		int size = skb->gso_size;

		put_cmsg(msg, LN_SOL_UDP, LN_UDP_GRO, &size, sizeof(size));
	}
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

/* UDP shows what it carried; TCP and ping their header; raw what its reader deals in. */
static u32 shown_from(const struct sock *sk, const struct sk_buff *skb)
{
	u32 hlen = iph_hlen((const struct iphdr *)(const void *)skb->data);

	if (sock_flag(sk, SOCK_HDRINCL))
		return 0;
	if (is_udp(sk))
		hlen += 8;
	return min(hlen, skb->len);
}

void sock_queue_err(struct sock *sk, const struct sk_buff *skb, int err, u8 type, u8 code, u32 info,
		    be16 port)
{
	const struct iphdr *quoted = (const void *)skb->data;
	const struct iphdr *outer = ip_hdr(skb);
	struct sk_buff *copy = skb_clone(skb);

	if (!copy)
		return;
	*err_cb(copy) = (struct err_cb){
		.ee = { .ee_errno = (u32)err, .ee_origin = SO_EE_ORIGIN_ICMP, .ee_type = type,
			.ee_code = code, .ee_info = info },
		.offender = outer->saddr, .daddr = quoted->daddr, .port = port,
	};
	skb_eat(copy, shown_from(sk, skb));
	error_queue_tail(sk, copy);
}

void ip_local_error(struct sock *sk, int err, be32 daddr, be16 port, u32 info)
{
	struct sk_buff *skb;

	if (!sock_flag(sk, SOCK_RECVERR))
		return;
	skb = alloc_skb(sock_net(sk), 0);
	if (!skb)
		return;
	*err_cb(skb) = (struct err_cb){
		.ee = { .ee_errno = (u32)err, .ee_origin = SO_EE_ORIGIN_LOCAL, .ee_info = info },
		.daddr = daddr, .port = port,
	};
	error_queue_tail(sk, skb);
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

bool sock_zerocopy_room(struct sock *sk)
{
	const struct sk_buff_head *q = error_queue(sk);

	return q && q->qlen < ZEROCOPY_NOTES_MAX;
}

ptrdiff_t ip_recv_error(struct sock *sk, struct msg *msg)
{
	struct sk_buff *skb = sk->error_queue ? skb_dequeue(sk->error_queue) : NULL;
	struct {
		struct ln_sock_extended_err ee;
		struct ln_sockaddr_in offender;
	} e;
	const struct err_cb *cb;
	ptrdiff_t copied;

	if (!skb)
		return -EAGAIN;
	cb = err_cb(skb);
	copied = (ptrdiff_t)skb_copy_to_iter(skb, 0, skb->len, &msg->iter);
	if ((u32)copied < skb->len)
		msg->flags |= LN_MSG_TRUNC;
	if (cb->ee.ee_origin != LN_SO_EE_ORIGIN_ZEROCOPY)
		msg_put_addr(msg, cb->daddr, cb->port);
	memset(&e, 0, sizeof(e));
	e.ee = cb->ee;
	if (cb->ee.ee_origin == SO_EE_ORIGIN_ICMP) {
		e.offender.sin_family = LN_AF_INET;
		e.offender.sin_addr = cb->offender;
	}
	put_cmsg(msg, LN_SOL_IP, LN_IP_RECVERR, &e, sizeof(e));
	msg->flags |= LN_MSG_ERRQUEUE;
	consume_skb(skb);
	return copied;
}
