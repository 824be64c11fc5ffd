/* SPDX-License-Identifier: MIT */
/* ipv6(7)'s part of ip_sockglue.c: addresses and control messages of sockets of AF_INET6. */
#include "transport/datagram6.h"
#include "transport/sock_rare.h"

#include "net/inet_iif.h"

void inet6_rx_cb_fill(struct sk_buff *skb, be16 sport)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	*inet6_rx_cb(skb) = (struct inet6_rx_cb){
		.saddr = h->saddr, .daddr = h->daddr, .sport = sport, .hop_limit = h->hop_limit,
		.tclass = ipv6_get_dsfield(h), .iif = inet_iif(skb),
		.flowlabel = ip6_flowlabel(h),
	};
}

struct ln_sockaddr_in6 inet6_sockaddr(const struct ip6_addr *addr, be16 port, int iif)
{
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6, .sin6_port = port };

	memcpy(sin6.sin6_addr, addr, sizeof(sin6.sin6_addr));
	if (ipv6_addr_needs_scope_id(addr))
		sin6.sin6_scope_id = (u32)iif;
	return sin6;
}

struct ln_sockaddr_in6 inet6_sender(const struct sk_buff *skb)
{
	struct ip6_addr a;

	if (skb_is_ipv6(skb))
		return inet6_sockaddr(&inet6_rx_cb(skb)->saddr, inet6_rx_cb(skb)->sport,
				      inet6_rx_cb(skb)->iif);
	a = ipv6_addr_v4mapped_of(inet_rx_cb(skb)->saddr);
	return inet6_sockaddr(&a, inet_rx_cb(skb)->sport, 0);
}

void msg_put_sockaddr6(struct msg *msg, const struct ln_sockaddr_in6 *sin6)
{
	if (!msg->name)
		return;
	memcpy(msg->name, sin6, min_t(size_t, msg->name_room, sizeof(*sin6)));
	msg->namelen = sizeof(*sin6);
}

void msg_put_addr6(struct msg *msg, const struct ip6_addr *addr, be16 port, int iif)
{
	struct ln_sockaddr_in6 sin6 = inet6_sockaddr(addr, port, iif);

	msg_put_sockaddr6(msg, &sin6);
}

void msg_put_sender6(struct msg *msg, const struct sk_buff *skb)
{
	struct ln_sockaddr_in6 sin6 = inet6_sender(skb);

	msg_put_sockaddr6(msg, &sin6);
}

static void put_pktinfo(struct msg *msg, const struct sk_buff *skb)
{
	struct ln_in6_pktinfo info;
	struct ip6_addr a;

	if (skb_is_ipv6(skb)) {
		a = inet6_rx_cb(skb)->daddr;
		info.ipi6_ifindex = inet6_rx_cb(skb)->iif;
	} else {
		a = ipv6_addr_v4mapped_of(inet_rx_cb(skb)->daddr);
		info.ipi6_ifindex = inet_rx_cb(skb)->iif;
	}
	memcpy(info.ipi6_addr, &a, sizeof(a));
	put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_PKTINFO, &info, sizeof(info));
}

/* RFC 3542 5: each header that came between, in the order in which they stood. */
static void put_ext_headers(const struct sock *sk, struct msg *msg, const struct sk_buff *skb)
{
	static const struct { u8 nexthdr, what, type; } told[] = {
		{ NEXTHDR_HOP, RXOPT_HOPOPTS, LN_IPV6_HOPOPTS },
		{ NEXTHDR_DEST, RXOPT_DSTOPTS, LN_IPV6_DSTOPTS },
		{ NEXTHDR_ROUTING, RXOPT_RTHDR, LN_IPV6_RTHDR },
	};
	const u8 *nh = skb_network_header(skb);
	u32 end = (u32)(skb->transport_header - skb->network_header);
	struct ipv6_ext e;

	if (skb->network_header + end > skb_headroom(skb))
		return;
	ipv6_ext_start(&e, ipv6_hdr(skb)->nexthdr);
	while (e.off < end) {
		u32 at = e.off;
		u8 nexthdr = e.nexthdr;

		if (ipv6_ext_next(&e, nh, end) <= 0)
			return;
		for (size_t i = 0; i < ARRAY_SIZE(told); i++)
			if (told[i].nexthdr == nexthdr && sock_rxopt(sk, told[i].what))
				put_cmsg(msg, LN_SOL_IPV6, told[i].type, nh + at, e.off - at);
	}
}

static void put_rare_cmsgs(const struct sock *sk, struct msg *msg, const struct sk_buff *skb)
{
	const struct inet6_rx_cb *cb = inet6_rx_cb(skb);
	be32 flowinfo = cpu_to_be32((u32)cb->tclass << 20 | cb->flowlabel);
	struct ln_sockaddr_in6 to;

	if (sock_rxopt(sk, RXOPT_FLOWINFO) && flowinfo)
		put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_FLOWINFO, &flowinfo, sizeof(flowinfo));
	if (sk->rare->rxopt & (BIT(RXOPT_HOPOPTS) | BIT(RXOPT_DSTOPTS) | BIT(RXOPT_RTHDR)))
		put_ext_headers(sk, msg, skb);
	if (sock_rxopt(sk, RXOPT_ORIGDST)) {
		to = inet6_sockaddr(&cb->daddr, cpu_to_be16(sk->c.num), cb->iif);
		put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_ORIGDSTADDR, &to, sizeof(to));
	}
}

void ip6_cmsg_recv(const struct sock *sk, struct msg *msg, const struct sk_buff *skb)
{
	int v;

	if (sock_flag(sk, SOCK_PKTINFO6))
		put_pktinfo(msg, skb);
	if (!skb_is_ipv6(skb))
		return;
	if (sock_flag(sk, SOCK_RECVHOPLIMIT)) {
		v = inet6_rx_cb(skb)->hop_limit;
		put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_HOPLIMIT, &v, sizeof(v));
	}
	if (sock_flag(sk, SOCK_RECVTCLASS)) {
		v = inet6_rx_cb(skb)->tclass;
		put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_TCLASS, &v, sizeof(v));
	}
	if (sock_flag(sk, SOCK_RXOPT))
		put_rare_cmsgs(sk, msg, skb);
}

/* ---- sending ---- */

static int pktinfo_send(const struct sock *sk, const struct cmsg_walk *w, struct ipcm6 *ipc)
{
	struct ln_in6_pktinfo info;
	struct ip6_addr a;

	if (w->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, w->data, sizeof(info));
	memcpy(&a, info.ipi6_addr, sizeof(a));
	if (info.ipi6_ifindex) {
		if (sk->c.bound_dev_if && sk->c.bound_dev_if != info.ipi6_ifindex)
			return -EINVAL;
		ipc->ipc.oif = info.ipi6_ifindex;
	}
	if (ipv6_addr_any(&a))
		return 0;
	if (!ipv6_chk_addr(sock_net(sk), &a, NULL))
		return -EINVAL;
	ipc->saddr = a;
	return 0;
}

/* -1: as if it were not said. */
static int int_send(const struct cmsg_walk *w, int max, int dflt, int *out)
{
	int v;

	if (w->len != sizeof(v))
		return -EINVAL;
	memcpy(&v, w->data, sizeof(v));
	if (v < -1 || v > max)
		return -EINVAL;
	*out = v == -1 ? dflt : v;
	return 0;
}

/* RFC 3542 6 to 9; the last of two destination options counts. */
static int ext_header_send(const struct cmsg_walk *w, enum ipv6_txopt which,
			   struct ipv6_txoptions *opt)
{
	const u8 *hdr = w->data;

	if (w->len < (which == TXOPT_SRCRT ? 4 : 2) || w->len < ipv6_optlen(hdr))
		return -EINVAL;
	if (which == TXOPT_HOPOPT && opt->hdr[which])
		return -EINVAL;
	if (which == TXOPT_SRCRT && ipv6_txopt_check_rthdr(hdr, ipv6_optlen(hdr), true))
		return -EINVAL;
	ipv6_txopt_set(opt, which, hdr);
	return 0;
}

static int cmsg_one(const struct sock *sk, const struct cmsg_walk *w, struct ipcm6 *ipc)
{
	int v = 0, err;

	switch (w->c.cmsg_type) {
	case LN_IPV6_PKTINFO:
		return pktinfo_send(sk, w, ipc);
	case LN_IPV6_HOPLIMIT:
		err = int_send(w, 255, 0, &v);
		ipc->ipc.ttl = (u8)v;
		return err;
	case LN_IPV6_TCLASS:
		err = int_send(w, 255, 0, &v);
		ipc->ipc.tos = (u8)v;
		return err;
	case LN_IPV6_DONTFRAG:
		err = int_send(w, 1, 0, &v);
		ipc->dontfrag = v;
		return err;
	case LN_IPV6_HOPOPTS:
		return ext_header_send(w, TXOPT_HOPOPT, &ipc->opt_space);
	case LN_IPV6_RTHDRDSTOPTS:
		return ext_header_send(w, TXOPT_DST0OPT, &ipc->opt_space);
	case LN_IPV6_RTHDR:
		return ext_header_send(w, TXOPT_SRCRT, &ipc->opt_space);
	case LN_IPV6_DSTOPTS:
		return ext_header_send(w, TXOPT_DST1OPT, &ipc->opt_space);
	default:
		return -EINVAL;
	}
}

static int ip6_cmsg_one(struct sock *sk, const struct cmsg_walk *w, void *arg)
{
	struct ipcm6 *ipc = arg;

	switch (w->c.cmsg_level) {
	case LN_SOL_IPV6:
		ipc->ipc.cmsg = true;
		return cmsg_one(sk, w, ipc);
	case LN_SOL_UDP:
		return udp_cmsg_send(sk, w, &ipc->ipc);
	default:
		return 0;
	}
}

int ip6_cmsg_send(struct sock *sk, const struct msg *msg, struct ipcm6 *ipc)
{
	return cmsg_for_each(sk, msg, ip6_cmsg_one, ipc);
}
