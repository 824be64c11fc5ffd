/* SPDX-License-Identifier: MIT */
/* SOL_IP, SOL_IPV6: ip(7), ipv6(7). */
#include "device/netdevice.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6_flowlabel.h"
#include "socket/inet.h"
#include "socket/int_option.h"
#include "socket/sockopt_mcast.h"
#include "socket/sockopt_rare.h"
#include "transport/inet6_key.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp.h"

static int set_tos(struct sock *sk, int val)
{
	/* TCP's two low bits are ECN's, not the user's. */
	if (sk->type == LN_SOCK_STREAM)
		val = (val & ~INET_ECN_MASK) | (sk->tos & INET_ECN_MASK);
	sk->tos = (u8)val;
	sk_dst_reset(sk);
	return 0;
}

static int get_tos(struct sock *sk)
{
	return sk->tos;
}

static int set_ttl(struct sock *sk, int val)
{
	if (val != -1 && (val < 1 || val > 255))
		return -EINVAL;
	sk->ttl = val == -1 ? 0 : (u8)val;
	return 0;
}

static int get_ttl(struct sock *sk)
{
	return sk->ttl ? sk->ttl : sock_net(sk)->sysctl.ip_default_ttl;
}

static int set_hdrincl(struct sock *sk, int val)
{
	if (sk->type != LN_SOCK_RAW)
		return -ENOPROTOOPT;
	if (val)
		sock_set_flag(sk, SOCK_HDRINCL);
	else
		sock_reset_flag(sk, SOCK_HDRINCL);
	return 0;
}

static int get_hdrincl(struct sock *sk)
{
	return sock_flag(sk, SOCK_HDRINCL);
}

static int set_mtu_discover(struct sock *sk, int val)
{
	if (val < LN_IP_PMTUDISC_DONT || val > LN_IP_PMTUDISC_OMIT)
		return -EINVAL;
	sk->pmtudisc = (u8)val;
	return 0;
}

/* TCP's; who knows how far off the peer is takes nothing from elsewhere (RFC 5082). */
static int set_min_ttl(struct sock *sk, int val)
{
	struct netns_tcp *ns = sock_net(sk)->tcp;

	if (val < 0 || val > 255)
		return -EINVAL;
	sk->min_ttl = (u8)val;
	/* From now on segments are looked at for it. */
	ns->auth_users += !ns->min_ttl;
	ns->min_ttl = true;
	return 0;
}

static int get_min_ttl(struct sock *sk)
{
	return sk->min_ttl;
}

static int get_mtu_discover(struct sock *sk)
{
	return sk->pmtudisc;
}

static int set_recverr(struct sock *sk, int val)
{
	if (!val && sk->error_queue)
		sock_purge(sk->error_queue, sock_net(sk));
	return 0;
}

static int get_mtu(struct sock *sk)
{
	return !sk->c.v6 && sk->dst && dst_check(sk->dst) ?
	       (int)dst_mtu(sk->dst, sk->c.daddr) : -ENOTCONN;
}

/* An option that is a bit of inet_flags. */
#define INET_FLAG_OPTION(name, flag)					\
	static int set_##name(struct sock *sk, int val)			\
	{								\
		inet_flag_set(sk, flag, val != 0);			\
		return 0;						\
	}								\
	static int get_##name(struct sock *sk)				\
	{								\
		return inet_flag(sk, flag);				\
	}

INET_FLAG_OPTION(freebind, INET_FREEBIND)
INET_FLAG_OPTION(transparent, INET_TRANSPARENT)
INET_FLAG_OPTION(bind_address_no_port, INET_BIND_ADDRESS_NO_PORT)
INET_FLAG_OPTION(sndflow, INET_SNDFLOW)

/* ... or of rare->rxopt. */
#define RXOPT_OPTION(name, what)					\
	static int set_##name(struct sock *sk, int val)			\
	{								\
		return sock_set_rxopt(sk, what, val != 0);		\
	}								\
	static int get_##name(struct sock *sk)				\
	{								\
		return sock_rxopt(sk, what);				\
	}

RXOPT_OPTION(recvorigdst, RXOPT_ORIGDST)
RXOPT_OPTION(recvflowinfo, RXOPT_FLOWINFO)
RXOPT_OPTION(recvhopopts, RXOPT_HOPOPTS)
RXOPT_OPTION(recvdstopts, RXOPT_DSTOPTS)
RXOPT_OPTION(recvrthdr, RXOPT_RTHDR)
RXOPT_OPTION(recvpathmtu, RXOPT_PATHMTU)

/* index: in network byte order; of another device than the one that it is bound to it makes no
 * sense. */
static int set_ucast_oif(struct sock *sk, int index, bool v6)
{
	int oif = (int)be32_to_cpu((be32)index);
	struct sock_rare *r;

	if (oif && !dev_get_by_index(sock_net(sk), oif))
		return -EADDRNOTAVAIL;
	if (oif && sk->c.bound_dev_if && sk->c.bound_dev_if != oif)
		return -EINVAL;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOMEM;
	*(v6 ? &r->uc_oif6 : &r->uc_oif) = oif;
	sk_dst_reset(sk);
	return 0;
}

static int set_unicast_if(struct sock *sk, int index)
{
	return set_ucast_oif(sk, index, false);
}

static int get_unicast_if(struct sock *sk)
{
	return (int)cpu_to_be32((u32)sock_rare(sk)->uc_oif);
}

static int set_port_range(struct sock *sk, int val)
{
	u16 low = (u16)val, high = (u16)((u32)val >> 16);
	struct sock_rare *r;

	if (low && high && low > high)
		return -EINVAL;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOMEM;
	r->port_low = low;
	r->port_high = high;
	return 0;
}

/* Linux's word for it: of a raw socket its protocol, of others the port. */
static int get_ip_protocol(struct sock *sk)
{
	return sk->c.num;
}

static const struct int_option sol_ip[] = {
	{ LN_IP_TOS, NO_FLAG, set_tos, get_tos },
	{ LN_IP_TTL, NO_FLAG, set_ttl, get_ttl },
	{ LN_IP_HDRINCL, NO_FLAG, set_hdrincl, get_hdrincl },
	{ LN_IP_PKTINFO, SOCK_PKTINFO, NULL, NULL },
	{ LN_IP_MTU_DISCOVER, NO_FLAG, set_mtu_discover, get_mtu_discover },
	{ LN_IP_RECVERR, SOCK_RECVERR, set_recverr, NULL },
	{ LN_IP_RECVTTL, SOCK_RECVTTL, NULL, NULL },
	{ LN_IP_MTU, NO_FLAG, NULL, get_mtu },
	{ LN_IP_MINTTL, NO_FLAG, set_min_ttl, get_min_ttl },
	{ LN_IP_RECVTOS, SOCK_RECVTOS, NULL, NULL },
	{ LN_IP_RECVORIGDSTADDR, NO_FLAG, set_recvorigdst, get_recvorigdst },
	{ LN_IP_FREEBIND, NO_FLAG, set_freebind, get_freebind },
	{ LN_IP_TRANSPARENT, NO_FLAG, set_transparent, get_transparent },
	{ LN_IP_BIND_ADDRESS_NO_PORT, NO_FLAG, set_bind_address_no_port,
	  get_bind_address_no_port },
	{ LN_IP_UNICAST_IF, NO_FLAG, set_unicast_if, get_unicast_if },
	{ LN_IP_LOCAL_PORT_RANGE, NO_FLAG, set_port_range, NULL },
	{ LN_IP_PROTOCOL, NO_FLAG, NULL, get_ip_protocol },
};

/* Most options may be given as one byte too, or as nothing, which is 0. */
static bool length_ok(int name, u32 len)
{
	switch (name) {
	case LN_IP_UNICAST_IF:
	case LN_IP_LOCAL_PORT_RANGE:
		return len == sizeof(int);
	case LN_IP_FREEBIND:
	case LN_IP_TRANSPARENT:
	case LN_IP_MINTTL:
		return len > 0;
	default:
		return true;
	}
}

int ip_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len)
{
	int v = 0, err;

	if (level != LN_SOL_IP)
		return -ENOPROTOOPT;
	err = ip_mcast_setsockopt(sk, name, val, len);
	if (err != -ENOPROTOOPT)
		return err;
	if (!length_ok(name, len))
		return -EINVAL;
	if (len >= sizeof(v))
		memcpy(&v, val, sizeof(v));
	else if (len)
		v = *(const u8 *)val;
	return option_set(option_find(sol_ip, ARRAY_SIZE(sol_ip), name), sk, v);
}

int ip_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len)
{
	u8 byte;
	int v, err;

	if (level != LN_SOL_IP)
		return -ENOPROTOOPT;
	err = ip_mcast_getsockopt(sk, name, val, len);
	if (err != -ENOPROTOOPT)
		return err;
	err = 0;
	if (name == LN_IP_LOCAL_PORT_RANGE)	/* all 32 bits are its own */
		v = (int)(sock_rare(sk)->port_low | (u32)sock_rare(sk)->port_high << 16);
	else
		err = option_get(option_find(sol_ip, ARRAY_SIZE(sol_ip), name), sk, &v);
	if (err)
		return err;
	if (*len > 0 && *len < sizeof(v) && v >= 0 && v <= 255) {
		byte = (u8)v;
		put_value(val, len, &byte, 1);
	} else {
		put_value(val, len, &v, sizeof(v));
	}
	return 0;
}

/* ---- SOL_IPV6 ---- */

/* -1: the default. */
static int set_tclass(struct sock *sk, int val)
{
	if (val < -1 || val > 255)
		return -EINVAL;
	return set_tos(sk, max(val, 0));
}

static int get_unicast_hops(struct sock *sk)
{
	const struct net_device *dev = sk->dst && sk->c.v6 ? sk->dst->dev : NULL;

	if (sk->ttl)
		return sk->ttl;
	return dev && dev->ip6_ptr ? in6_dev_get(dev)->cnf.hop_limit :
				     sock_net(sk)->ipv6->conf_all.hop_limit;
}

/* Before it is decided what may come to the socket's port. */
static int set_v6only(struct sock *sk, int val)
{
	if (sk->c.num)
		return -EINVAL;
	if (!sk->c.v6)		/* what it was before it was closed */
		inet6_key_set_kind(&sk->c, true);
	sk->c.v6only = val != 0;
	return 0;
}

static int get_v6only(struct sock *sk)
{
	return sk->c.v6only;
}

static int get_mtu6(struct sock *sk)
{
	if (!sk->dst || !dst_check(sk->dst))
		return -ENOTCONN;
	return sk->c.v6 ? (int)ip6_dst_mtu(dst_rt6_info(sk->dst), &inet6_key(&sk->c)->daddr) :
			  (int)dst_mtu(sk->dst, sk->c.daddr);
}

static int set_autoflowlabel(struct sock *sk, int val)
{
	inet_flag_set(sk, INET_AUTOLABEL_ON, val != 0);
	inet_flag_set(sk, INET_AUTOLABEL_OFF, !val);
	return 0;
}

static int get_autoflowlabel(struct sock *sk)
{
	int policy = sock_net(sk)->sysctl.ip6_auto_flowlabels;

	if (inet_flag(sk, INET_AUTOLABEL_ON) || inet_flag(sk, INET_AUTOLABEL_OFF))
		return inet_flag(sk, INET_AUTOLABEL_ON);
	return policy == IP6_AUTO_FLOW_LABEL_OPTOUT || policy == IP6_AUTO_FLOW_LABEL_FORCED;
}

static int set_unicast_if6(struct sock *sk, int index)
{
	return set_ucast_oif(sk, index, true);
}

static int get_unicast_if6(struct sock *sk)
{
	return (int)cpu_to_be32((u32)sock_rare(sk)->uc_oif6);
}

static const struct int_option sol_ipv6[] = {
	{ LN_IPV6_UNICAST_HOPS, NO_FLAG, set_ttl, get_unicast_hops },
	{ LN_IPV6_MTU_DISCOVER, NO_FLAG, set_mtu_discover, get_mtu_discover },
	{ LN_IPV6_MTU, NO_FLAG, NULL, get_mtu6 },
	{ LN_IPV6_MINHOPCOUNT, NO_FLAG, set_min_ttl, get_min_ttl },
	{ LN_IPV6_RECVERR, SOCK_RECVERR, set_recverr, NULL },
	{ LN_IPV6_V6ONLY, NO_FLAG, set_v6only, get_v6only },
	{ LN_IPV6_RECVPKTINFO, SOCK_PKTINFO6, NULL, NULL },
	{ LN_IPV6_RECVHOPLIMIT, SOCK_RECVHOPLIMIT, NULL, NULL },
	{ LN_IPV6_DONTFRAG, SOCK_DONTFRAG6, NULL, NULL },
	{ LN_IPV6_RECVTCLASS, SOCK_RECVTCLASS, NULL, NULL },
	{ LN_IPV6_TCLASS, NO_FLAG, set_tclass, get_tos },
	{ LN_IPV6_FLOWINFO, NO_FLAG, set_recvflowinfo, get_recvflowinfo },
	{ LN_IPV6_RECVHOPOPTS, NO_FLAG, set_recvhopopts, get_recvhopopts },
	{ LN_IPV6_RECVDSTOPTS, NO_FLAG, set_recvdstopts, get_recvdstopts },
	{ LN_IPV6_RECVRTHDR, NO_FLAG, set_recvrthdr, get_recvrthdr },
	{ LN_IPV6_RECVPATHMTU, NO_FLAG, set_recvpathmtu, get_recvpathmtu },
	{ LN_IPV6_FLOWINFO_SEND, NO_FLAG, set_sndflow, get_sndflow },
	{ LN_IPV6_AUTOFLOWLABEL, NO_FLAG, set_autoflowlabel, get_autoflowlabel },
	{ LN_IPV6_RECVORIGDSTADDR, NO_FLAG, set_recvorigdst, get_recvorigdst },
	{ LN_IPV6_TRANSPARENT, NO_FLAG, set_transparent, get_transparent },
	{ LN_IPV6_UNICAST_IF, NO_FLAG, set_unicast_if6, get_unicast_if6 },
	{ LN_IPV6_FREEBIND, NO_FLAG, set_freebind, get_freebind },
};

/* RFC 3542 6.2: for all datagrams that do not say it themselves. */
static int set_pktinfo6(struct sock *sk, const void *val, u32 len)
{
	struct ln_in6_pktinfo info;
	struct sock_rare *r;

	if (len < sizeof(info))
		return -EINVAL;
	memcpy(&info, val, sizeof(info));
	if (sk->c.bound_dev_if && info.ipi6_ifindex != sk->c.bound_dev_if)
		return -EINVAL;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOMEM;
	r->pktinfo_oif6 = info.ipi6_ifindex;
	return 0;
}

static int get_pathmtu(struct sock *sk, void *val, u32 *len)
{
	struct ln_ip6_mtuinfo info = { .ip6m_mtu = 0 };
	int mtu;

	if (*len < sizeof(info))
		return -EINVAL;
	mtu = get_mtu6(sk);
	if (mtu < 0)
		return mtu;
	info.ip6m_mtu = (u32)mtu;
	put_value(val, len, &info, sizeof(info));
	return 0;
}

/* Some take less than a number for 0; one takes nothing but a number. */
static bool length6_ok(int name, u32 len)
{
	if (name == LN_IPV6_UNICAST_IF)
		return len == sizeof(int);
	return len >= sizeof(int) || name == LN_IPV6_UNICAST_HOPS || name == LN_IPV6_DONTFRAG ||
	       name == LN_IPV6_AUTOFLOWLABEL;
}

int ipv6_setsockopt(struct sock *sk, int name, const void *val, u32 len)
{
	const struct int_option *o = option_find(sol_ipv6, ARRAY_SIZE(sol_ipv6), name);
	int v = 0, err = ipv6_mcast_setsockopt(sk, name, val, len);

	if (err != -ENOPROTOOPT)
		return err;
	if (name == LN_IPV6_PKTINFO)
		return set_pktinfo6(sk, val, len);
	if (name == LN_IPV6_FLOWLABEL_MGR)
		return flowlabel_setsockopt(sk, (void *)(uintptr_t)val, len);
	err = ipv6_txopt_setsockopt(sk, name, val, len);
	if (err != -ENOPROTOOPT)
		return err;
	if (!o)
		return -ENOPROTOOPT;
	if (!length6_ok(name, len))
		return -EINVAL;
	if (len >= sizeof(v))
		memcpy(&v, val, sizeof(v));
	return option_set(o, sk, v);
}

int ipv6_getsockopt(struct sock *sk, int name, void *val, u32 *len)
{
	int v, err = ipv6_mcast_getsockopt(sk, name, val, len);

	if (err != -ENOPROTOOPT)
		return err;
	if (name == LN_IPV6_PATHMTU)
		return get_pathmtu(sk, val, len);
	err = ipv6_txopt_getsockopt(sk, name, val, len);
	if (err != -ENOPROTOOPT)
		return err;
	err = option_get(option_find(sol_ipv6, ARRAY_SIZE(sol_ipv6), name), sk, &v);
	if (!err)
		put_value(val, len, &v, sizeof(v));
	return err;
}
