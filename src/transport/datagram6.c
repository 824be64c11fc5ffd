/* SPDX-License-Identifier: MIT */
#include "transport/datagram6.h"

#include "net/ipv6/ip6_flowlabel.h"
#include "net/ipv6/ip6_straight.h"
#include "transport/flowlabel.h"
#include "transport/mcast_sock.h"
#include "transport/sock_rare.h"
#include "transport/sock_tstamp.h"
#include "transport/udp.h"
#include "wire/icmp6.h"
#include "wire/inet_addr.h"

/* ---- to whom ---- */

static struct ln_sockaddr_in sockaddr_of_mapped(const struct ip6_addr *a, be16 port)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = port };

	memcpy(&sin.sin_addr, a->s6_addr + 12, sizeof(sin.sin_addr));
	return sin;
}

/* Bound to an address of IPv4: "this host" is then 127.0.0.1. */
static bool is_bound4(const struct sock *sk)
{
	return !sk->c.v6 && sk->c.rcv_saddr;
}

static struct ip6_addr dest_addr(const struct sock *sk, const struct ln_sockaddr_in6 *sin6)
{
	struct ip6_addr a;

	memcpy(&a, sin6->sin6_addr, sizeof(a));
	if (!ipv6_addr_any(&a))
		return a;
	return is_bound4(sk) ? ipv6_addr_v4mapped_of(INADDR4_LOOPBACK) : IN6ADDR_LOOPBACK;
}

/* It sends from an address of IPv6, as one that is connected by it does. */
static bool has_addr6(const struct sock *sk)
{
	return sk->c.v6 && !ipv6_addr_any(&inet6_key(&sk->c)->saddr);
}

/* The address of one message. As dgram6_dest(). */
static int dest_of_name(const struct sock *sk, const struct msg *msg, struct ipcm6 *ipc,
			struct ln_sockaddr_in *sin)
{
	const struct ln_sockaddr_in6 *sin6 = msg->name;

	if (msg->namelen < sizeof(sin6->sin6_family))
		return -EINVAL;
	if (sin6->sin6_family == LN_AF_INET) {
		if (sk->c.v6only)
			return -ENETUNREACH;
		memcpy(sin, msg->name, sizeof(*sin));
		return msg->namelen < sizeof(*sin) || has_addr6(sk) ? -EINVAL : 1;
	}
	if (sin6->sin6_family != LN_AF_INET6 || msg->namelen < SIN6_LEN_RFC2133)
		return -EINVAL;
	ipc->daddr = dest_addr(sk, sin6);
	if (ipv6_addr_v4mapped(&ipc->daddr)) {
		*sin = sockaddr_of_mapped(&ipc->daddr, sin6->sin6_port);
		if (sk->c.v6only)
			return -ENETUNREACH;
		return has_addr6(sk) ? -EINVAL : 1;
	}
	if (!sk->c.v6)
		return -EAFNOSUPPORT;
	ipc->ipc.dport = sin6->sin6_port;
	if (inet_flag(sk, INET_SNDFLOW)) {
		ipc->flowlabel = be32_to_cpu(sin6->sin6_flowinfo) & IPV6_FLOWLABEL_MASK;
		if (!fl6_sock_may_send(sk, ipc->flowlabel))
			return -EINVAL;
	}
	if (msg->namelen >= sizeof(*sin6) && sin6->sin6_scope_id &&
	    ipv6_addr_needs_scope_id(&ipc->daddr))
		ipc->ipc.oif = (int)sin6->sin6_scope_id;
	return 0;
}

static bool has_name(const struct msg *msg)
{
	const struct ln_sockaddr_in6 *sin6 = msg->name;

	/* AF_UNSPEC: as if there were none. */
	return sin6 && !(msg->namelen >= sizeof(sin6->sin6_family) &&
			 sin6->sin6_family == LN_AF_UNSPEC);
}

int dgram6_name_ok(const struct msg *msg, int mapped)
{
	const struct ln_sockaddr_in6 *sin6 = msg->name;
	struct ip6_addr a;

	if (!has_name(msg))
		return 0;
	if (msg->namelen < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != LN_AF_INET6)
		return -EAFNOSUPPORT;
	memcpy(&a, sin6->sin6_addr, sizeof(a));
	return ipv6_addr_v4mapped(&a) ? mapped : 0;
}

static void ipcm6_init(struct sock *sk, int flags, struct ipcm6 *ipc)
{
	*ipc = (struct ipcm6){
		.ipc = {
			.oif = sk->c.bound_dev_if, .ttl = sk->ttl, .tos = sk->tos,
			.gso_size = GSO_OF_SOCK,
			.localroute = sock_flag(sk, SOCK_LOCALROUTE) ||
				      (flags & LN_MSG_DONTROUTE),
		},
		.dontfrag = sock_flag(sk, SOCK_DONTFRAG6),
	};
	if (sk->c.v6)
		ipc->saddr = inet6_key(&sk->c)->saddr;
}

static __noinline void mcast_settings(const struct sock *sk, struct ipcm6 *ipc)
{
	ipc->ipc.ttl = sk->mcast ? sk->mcast->hops : 1;
	if (!ipc->ipc.oif && sk->mcast)
		ipc->ipc.oif = sk->mcast->oif6;
}

int dgram6_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm6 *ipc,
		struct ln_sockaddr_in *sin)
{
	int r = 0;

	ipcm6_init(sk, flags, ipc);
	*sin = (struct ln_sockaddr_in){ .sin_family = LN_AF_UNSPEC };
	if (has_name(msg)) {
		r = dest_of_name(sk, msg, ipc, sin);
	} else if (sk->c.state != TCP_ESTABLISHED) {
		return -EDESTADDRREQ;
	} else if (sk->c.v6) {
		ipc->daddr = inet6_key(&sk->c)->daddr;
		ipc->ipc.dport = sk->c.dport;
	} else {
		r = 1;
	}
	if (r)
		return r;
	if (flags & LN_MSG_OOB && sk->prot != &udp_prot)	/* Linux's UDP of IPv6 lets it be */
		return -EOPNOTSUPP;
	if (unlikely(sk->rare) && !ipc->ipc.oif)
		ipc->ipc.oif = sk->rare->pktinfo_oif6;
	if (unlikely(ipv6_addr_is_multicast(&ipc->daddr)))
		mcast_settings(sk, ipc);
	else if (unlikely(sk->rare) && !ipc->ipc.oif)
		ipc->ipc.oif = sk->rare->uc_oif6;
	sock_txstamp_begin(sk);
	if (msg->control && msg->controllen)
		r = ip6_cmsg_send(sk, msg, ipc);
	/* RFC 3542 6: who says one of them for a message says all of them. */
	if (unlikely(ipv6_txopt_len(&ipc->opt_space)))
		ipc->opt = ipv6_fixup_options(&ipc->opt_space, &ipc->opt_space);
	else if (unlikely(inet_flag(sk, INET_TXOPTIONS)))
		ipc->opt = ipv6_fixup_options(&ipc->opt_space, sk->rare->opt6);
	return r;
}

/* ---- by what route ---- */

static bool is_to_peer(const struct sock *sk, const struct ipcm6 *ipc)
{
	return sk->c.v6 && sk->c.state == TCP_ESTABLISHED && !ipc->ipc.cmsg &&
	       likely(!ipc->opt || !ipc->opt->hdr[TXOPT_SRCRT]) &&
	       ipv6_addr_equal(&ipc->daddr, &inet6_key(&sk->c)->daddr);
}

int dgram6_route(struct sock *sk, const struct ipcm6 *ipc, struct flowi6 *fl, struct rt6_info **rt)
{
	int err;

	*fl = (struct flowi6){
		.daddr = *ipv6_first_hop(ipc->opt, &ipc->daddr), .saddr = ipc->saddr,
		.dport = ipc->ipc.dport,
		.sport = cpu_to_be16(sk->c.num), .oif = ipc->ipc.oif, .mark = sk->mark,
		.tclass = ipc->ipc.tos, .proto = sk->protocol,
	};
	if (sk->dst && is_to_peer(sk, ipc) && dst_check(sk->dst)) {
		*rt = dst_rt6_info(dst_hold(sk->dst));
		return 0;
	}
	err = ip6_route_output(sock_net(sk), fl, rt);
	if (unlikely(ipc->opt != NULL))
		fl->daddr = ipc->daddr;
	if (err == -ENETUNREACH)
		mib_inc(sock_net(sk), Ip6OutNoRoutes);
	if (err)
		return err;
	if (is_to_peer(sk, ipc)) {
		sk_dst_reset(sk);
		sk->dst = dst_hold(&(*rt)->dst);
	}
	return 0;
}

/* A flow's datagrams come one after the other: its label is remembered. */
static u32 udp_label(struct udp_sock *up, const struct flowi6 *fl)
{
	u64 whom = hash_mum(ip6_word(&fl->daddr, 0) ^ fl->dport, ip6_word(&fl->daddr, 1) ^
			    (u64)fl->sport << 16 ^ 0x9e3779b97f4a7c15ull);

	if (up->label_of != (u32)whom) {
		up->label_of = (u32)whom;
		up->label = ip6_flow_hash(sock_net(&up->sk), fl);
	}
	return up->label;
}

static u32 label_of(struct sock *sk, const struct ipcm6 *ipc, const struct flowi6 *fl)
{
	if (unlikely(ipc->flowlabel))
		return ipc->flowlabel;
	if (unlikely(!ip6_autolabel(sock_net(sk), inet_flag(sk, INET_AUTOLABEL_OFF),
				    inet_flag(sk, INET_AUTOLABEL_ON))))
		return 0;
	return sk->prot == &udp_prot ? udp_label(udp_sk(sk), fl) :
				       ip6_flow_hash(sock_net(sk), fl);
}

int dgram6_xmit(struct sock *sk, struct sk_buff *skb, struct rt6_info *rt,
		const struct ipcm6 *ipc, const struct flowi6 *fl)
{
	struct ip6_xmit x = {
		.saddr = fl->saddr, .daddr = fl->daddr, .protocol = sk->protocol,
		.tclass = ipc->ipc.tos, .hop_limit = ipc->ipc.ttl,
		.flowlabel = label_of(sk, ipc, fl), .opt = ipc->opt,
	};
	struct neighbour *n = NULL;
	int err;

	if (likely(!ipc->opt)) {
		n = ip6_straight(skb, rt, &fl->daddr);
	} else if (!ipv6_txopt_room(skb, ipc->opt)) {
		dst_release(&rt->dst);
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return -ENOBUFS;
	}
	skb_set_owner_w(skb, sk);
	if (unlikely(sk->txstamp))
		sock_tx_timestamp(sk, skb);
	if (likely(n)) {
		err = ip6_straight_xmit(sock_net(sk), skb, n, &x);
		dst_release(&rt->dst);
	} else {
		x.no_loop = sk->mcast && sk->mcast->no_loop6;
		skb->protocol = CONST_BE16(0x86dd);
		skb_dst_set(skb, &rt->dst);
		err = ip6_xmit(sock_net(sk), skb, &x);
	}
	return err == -ENOBUFS && !sock_flag(sk, SOCK_RECVERR) ? 0 : err;
}

/* ---- how long ---- */

static void local_rxpmtu(struct sock *sk, const struct ipcm6 *ipc, u32 mtu)
{
	struct sock_rare *r = sk->rare;

	if (!sock_rxopt(sk, RXOPT_PATHMTU))
		return;
	if (!r->rxpmtu)
		r->rxpmtu = mem_alloc(&sock_net(sk)->mem, sizeof(*r->rxpmtu));
	if (r->rxpmtu)
		*r->rxpmtu = (struct rxpmtu){ ipc->daddr, (u32)ipc->ipc.oif, mtu };
}

ptrdiff_t dgram6_recv_rxpmtu(struct sock *sk, struct msg *msg)
{
	struct rxpmtu *told = sk->rare->rxpmtu;
	struct ln_ip6_mtuinfo info = {
		.ip6m_addr = { .sin6_family = LN_AF_INET6, .sin6_scope_id = told->scope_id },
		.ip6m_mtu = told->mtu,
	};

	memcpy(info.ip6m_addr.sin6_addr, &told->daddr, sizeof(told->daddr));
	msg_put_sockaddr6(msg, &info.ip6m_addr);
	put_cmsg(msg, LN_SOL_IPV6, LN_IPV6_PATHMTU, &info, sizeof(info));
	mem_free(&sock_net(sk)->mem, told, sizeof(*told));
	sk->rare->rxpmtu = NULL;
	return 0;
}

static bool dontfrag_counts(const struct sock *sk)
{
	return sk->protocol == LN_IPPROTO_UDP || sk->protocol == LN_IPPROTO_ICMPV6;
}

int dgram6_check_len(struct sock *sk, const struct ipcm6 *ipc, const struct flowi6 *fl,
		     const struct dst_entry *dst, size_t len, u32 thlen)
{
	u32 hlen = IPV6_HLEN + ipv6_txopt_len(ipc->opt), mtu, most;

	mtu = sk->pmtudisc >= LN_IP_PMTUDISC_PROBE ? ip6_dev_mtu(dst->dev) :
						     dgram6_mtu(ipc, fl, dst_rt6_info(dst));
	most = sk->pmtudisc < LN_IP_PMTUDISC_DO || sk->pmtudisc == LN_IP_PMTUDISC_OMIT ?
	       IPV6_HLEN + IPV6_MAXPLEN : mtu;
	if (likely(hlen + thlen <= mtu)) {
		if (unlikely(ipc->dontfrag && len > mtu - hlen && dontfrag_counts(sk)))
			local_rxpmtu(sk, ipc, mtu - hlen + IPV6_HLEN);
		else if (likely(len <= most - hlen))
			return 0;
	}
	ip6_local_error(sk, EMSGSIZE, &fl->daddr, ipc->ipc.dport,
			hlen < mtu + IPV6_HLEN ? mtu + IPV6_HLEN - hlen : 0);
	return -EMSGSIZE;
}

/* ---- connect ---- */

int inet6_connect_addr(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len,
		       struct ip6_addr *daddr, struct ln_sockaddr_in *sin)
{
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (addr->sin6_family != LN_AF_INET6)
		return -EAFNOSUPPORT;
	*daddr = dest_addr(sk, addr);
	if (ipv6_addr_v4mapped(daddr)) {
		*sin = sockaddr_of_mapped(daddr, addr->sin6_port);
		if (sk->c.v6only)	/* a raw socket is so when bound alone */
			return sk->type == LN_SOCK_RAW ? -EINVAL : -ENETUNREACH;
		return 1;
	}
	if (!sk->c.v6)
		return -EAFNOSUPPORT;	/* bound to an address of IPv4 */
	if (!ipv6_addr_needs_scope_id(daddr))
		return 0;
	if (len >= sizeof(*addr) && addr->sin6_scope_id) {
		if (sk->c.bound_dev_if && sk->c.bound_dev_if != (int)addr->sin6_scope_id)
			return -EINVAL;
		sk->c.bound_dev_if = (int)addr->sin6_scope_id;
	}
	if (!sk->c.bound_dev_if && ipv6_addr_is_multicast(daddr) && sk->mcast)
		return sk->mcast->oif6 ? 0 : -EINVAL;
	return sk->c.bound_dev_if ? 0 : -EINVAL;
}

/* Connected by IPv4: its addresses are of that kind from now on. */
static int connect_by_ipv4(struct sock *sk, const struct ln_sockaddr_in *sin)
{
	bool was6 = sk->c.v6;
	int err;

	if (was6)
		inet6_key_set_kind(&sk->c, false);
	err = dgram4_connect(sk, sin, sizeof(*sin));
	if (err && was6)
		inet6_key_set_kind(&sk->c, true);
	return err;
}

int dgram6_connect(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len)
{
	struct ipcm6 ipc = { .ipc = { .tos = sk->tos }, .opt = sock_txopt(sk) };
	struct ln_sockaddr_in sin;
	struct inet6_key *key;
	struct rt6_info *rt;
	struct flowi6 fl;
	int r;

	if (len >= sizeof(sin) && addr->sin6_family == LN_AF_INET) {
		memcpy(&sin, addr, sizeof(sin));
		return sk->c.v6only || sk->prot != &udp_prot ? -EAFNOSUPPORT :
							       connect_by_ipv4(sk, &sin);
	}
	r = inet6_connect_addr(sk, addr, len, &ipc.daddr, &sin);
	if (r)
		return r > 0 ? connect_by_ipv4(sk, &sin) : r;
	key = inet6_key_own(&sk->c);
	if (!key)
		return -ENOMEM;
	ipc.saddr = key->saddr;
	ipc.ipc.oif = sk->c.bound_dev_if ? sk->c.bound_dev_if : sock_rare(sk)->pktinfo_oif6;
	ipc.ipc.dport = addr->sin6_port;
	if (ipv6_addr_is_multicast(&ipc.daddr))
		mcast_settings(sk, &ipc);
	sk_dst_reset(sk);
	r = dgram6_route(sk, &ipc, &fl, &rt);
	if (r)
		return r;
	if (ipv6_addr_any(&key->saddr))
		key->saddr = fl.saddr;
	if (ipv6_addr_any(&key->rcv_saddr))
		key->rcv_saddr = fl.saddr;
	key->daddr = fl.daddr;
	sk->c.dport = addr->sin6_port;
	sk->c.state = TCP_ESTABLISHED;
	sk_dst_reset(sk);
	sk->dst = &rt->dst;
	return 0;
}

/* ---- errors ---- */

void dgram6_err(struct sock *sk, const struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info,
		be16 port)
{
	const struct ipv6hdr *quoted = (const void *)skb->data;
	bool hard;
	int err = icmpv6_err_convert(type, code, &hard);

	if (type == ICMPV6_PKT_TOOBIG) {
		ip6_update_pmtu(sock_net(sk), &quoted->daddr, info);
		hard = sk->pmtudisc != LN_IP_PMTUDISC_DONT;
	}
	if (sock_flag(sk, SOCK_RECVERR))
		sock_queue_err6(sk, skb, err, type, code, off, info, port);
	else if (!hard || sk->c.state != TCP_ESTABLISHED)
		return;
	sk->err = (s16)err;
	sk->ops->error_report(sk);
}
