/* SPDX-License-Identifier: MIT */
/*
 * SOL_SOCKET, SOL_IP, SOL_IPV6: socket(7), ip(7), ipv6(7). Most options are an int; a table says
 * for each how it is kept. Rules worth knowing: buffer sizes are doubled (half is taken for
 * overhead) and have a floor; SO_ERROR is taken by reading it.
 */
#include "device/netdevice.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "socket/inet.h"
#include "socket/socket.h"
#include "socket/sockopt_mcast.h"
#include "transport/inet6_key.h"
#include "transport/sock_txtime.h"
#include "transport/tcp/tcp.h"

#define SOCK_MIN_RCVBUF 2304	/* Linux: one small packet with its sk_buff */
#define SOCK_MIN_SNDBUF (2 * SOCK_MIN_RCVBUF)
#define NO_FLAG (-1)

struct int_option {
	int name;
	int flag;				/* enum sock_flags that it is, or NO_FLAG */
	int (*set)(struct sock *sk, int val);	/* NULL and no flag: cannot be set */
	int (*get)(struct sock *sk);		/* NULL and no flag: cannot be read; or -errno */
};

static const struct int_option *option_find(const struct int_option *table, size_t n, int name)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].name == name)
			return &table[i];
	}
	return NULL;
}

static int option_set(const struct int_option *o, struct sock *sk, int val)
{
	if (!o || (!o->set && o->flag == NO_FLAG))
		return -ENOPROTOOPT;
	if (o->flag != NO_FLAG) {
		if (val)
			sock_set_flag(sk, o->flag);
		else
			sock_reset_flag(sk, o->flag);
	}
	return o->set ? o->set(sk, val) : 0;
}

static int option_get(const struct int_option *o, struct sock *sk, int *val)
{
	if (!o || (!o->get && o->flag == NO_FLAG))
		return -ENOPROTOOPT;
	*val = o->get ? o->get(sk) : sock_flag(sk, o->flag);
	return *val < 0 ? *val : 0;
}

/* As much as the reader has room for. */
static void put_value(void *to, u32 *len, const void *from, size_t n)
{
	*len = min_t(u32, *len, (u32)n);
	memcpy(to, from, *len);
}

/* ---- SOL_SOCKET ---- */

static int set_reuseaddr(struct sock *sk, int val)
{
	sk->c.reuse = val != 0;
	return 0;
}

static int get_reuseaddr(struct sock *sk)
{
	return sk->c.reuse;
}

static int set_reuseport(struct sock *sk, int val)
{
	sk->c.reuseport = val != 0;
	sock_net(sk)->sock->lookup_epoch++;
	return 0;
}

static int get_reuseport(struct sock *sk)
{
	return sk->c.reuseport;
}

static u32 buffer_size(int val, int limit, u32 least)
{
	u32 v = min_t(u32, (u32)val, (u32)limit);	/* as Linux: a negative one is very large */

	return max(min_t(u32, v, INT32_MAX / 2) * 2, least);
}

static int set_sndbuf(struct sock *sk, int val)
{
	sk->sndbuf = buffer_size(val, sock_net(sk)->sysctl.wmem_max, SOCK_MIN_SNDBUF);
	sock_set_flag(sk, SOCK_SNDBUF_LOCK);
	sk->ops->write_space(sk);
	return 0;
}

static int get_sndbuf(struct sock *sk)
{
	return (int)sk->sndbuf;
}

static int set_rcvbuf(struct sock *sk, int val)
{
	sk->rcvbuf = buffer_size(val, sock_net(sk)->sysctl.rmem_max, SOCK_MIN_RCVBUF);
	sock_set_flag(sk, SOCK_RCVBUF_LOCK);
	return 0;
}

static int get_rcvbuf(struct sock *sk)
{
	return (int)sk->rcvbuf;
}

/* Only these know how; Linux says so with an errno of its own (ENOTSUPP). */
static int set_zerocopy(struct sock *sk, int val)
{
	if (sk->type != LN_SOCK_STREAM &&
	    (sk->type != LN_SOCK_DGRAM || sk->protocol != LN_IPPROTO_UDP))
		return -EOPNOTSUPP;
	if (val < 0 || val > 1)
		return -EINVAL;
	if (val)
		sock_set_flag(sk, SOCK_ZEROCOPY);
	else
		sock_reset_flag(sk, SOCK_ZEROCOPY);
	return 0;
}

static int get_zerocopy(struct sock *sk)
{
	return sock_flag(sk, SOCK_ZEROCOPY);
}

static int set_keepalive(struct sock *sk, int val)
{
	if (sk->prot->keepalive)
		sk->prot->keepalive(sk, val);
	return 0;
}

static int set_priority(struct sock *sk, int val)
{
	sk->priority = (u32)val;
	return 0;
}

static int get_priority(struct sock *sk)
{
	return (int)(sk->priority & INT32_MAX);
}

static int set_rcvlowat(struct sock *sk, int val)
{
	u32 bytes = val < 0 ? INT32_MAX : (u32)max(val, 1);

	if (sk->prot->rcvlowat)
		sk->prot->rcvlowat(sk, bytes);
	else
		sk->rcvlowat = bytes;
	return 0;
}

static int get_rcvlowat(struct sock *sk)
{
	return (int)sk->rcvlowat;
}

static int set_mark(struct sock *sk, int val)
{
	sk->mark = (u32)val;
	sk_dst_reset(sk);
	return 0;
}

static int get_type(struct sock *sk)
{
	return sk->type;
}

static int get_protocol(struct sock *sk)
{
	return sk->c.family == LN_AF_PACKET ? 0 : sk->protocol;
}

static int get_domain(struct sock *sk)
{
	return sk->c.family;
}

static int get_acceptconn(struct sock *sk)
{
	return sk->c.state == TCP_LISTEN;
}

static int get_error(struct sock *sk)
{
	int err = -sock_error(sk);

	if (!err) {
		err = sk->err_soft;
		sk->err_soft = 0;
	}
	return err;
}

static int set_dontroute(struct sock *sk, int val)
{
	(void)val;
	sk_dst_reset(sk);
	return 0;
}

static const struct int_option sol_socket[] = {
	{ LN_SO_REUSEADDR, NO_FLAG, set_reuseaddr, get_reuseaddr },
	{ LN_SO_TYPE, NO_FLAG, NULL, get_type },
	{ LN_SO_ERROR, NO_FLAG, NULL, get_error },
	{ LN_SO_DONTROUTE, SOCK_LOCALROUTE, set_dontroute, NULL },
	{ LN_SO_BROADCAST, SOCK_BROADCAST, NULL, NULL },
	{ LN_SO_SNDBUF, NO_FLAG, set_sndbuf, get_sndbuf },
	{ LN_SO_RCVBUF, NO_FLAG, set_rcvbuf, get_rcvbuf },
	{ LN_SO_KEEPALIVE, SOCK_KEEPOPEN, set_keepalive, NULL },
	{ LN_SO_ZEROCOPY, NO_FLAG, set_zerocopy, get_zerocopy },
	{ LN_SO_OOBINLINE, SOCK_URGINLINE, NULL, NULL },
	{ LN_SO_PRIORITY, NO_FLAG, set_priority, get_priority },
	{ LN_SO_REUSEPORT, NO_FLAG, set_reuseport, get_reuseport },
	{ LN_SO_RCVLOWAT, NO_FLAG, set_rcvlowat, get_rcvlowat },
	{ LN_SO_ACCEPTCONN, NO_FLAG, NULL, get_acceptconn },
	{ LN_SO_PROTOCOL, NO_FLAG, NULL, get_protocol },
	{ LN_SO_DOMAIN, NO_FLAG, NULL, get_domain },
};

static int set_linger(struct sock *sk, const void *val, u32 len)
{
	struct ln_linger l;

	if (len < sizeof(l))
		return -EINVAL;
	memcpy(&l, val, sizeof(l));
	if (!l.l_onoff) {
		sock_reset_flag(sk, SOCK_LINGER);
		return 0;
	}
	sk->linger_s = (u32)l.l_linger;
	sock_set_flag(sk, SOCK_LINGER);
	return 0;
}

/* A name of at most 15 bytes, with or without its end; none: every device. */
static int set_bindtodevice(struct sock *sk, const void *val, u32 len)
{
	const struct net_device *dev;
	char name[IFNAMSIZ_] = "";
	int index = 0;

	memcpy(name, val, min_t(u32, len, IFNAMSIZ_ - 1));
	if (name[0]) {
		dev = dev_get_by_name(sock_net(sk), name);
		if (!dev)
			return -ENODEV;
		index = dev->ifindex;
	}
	sk->c.bound_dev_if = index;
	sock_net(sk)->sock->lookup_epoch++;
	sk_dst_reset(sk);
	return 0;
}

static int get_bindtodevice(struct sock *sk, void *val, u32 *len)
{
	const struct net_device *dev;

	if (!sk->c.bound_dev_if) {
		*len = 0;
		return 0;
	}
	if (*len < IFNAMSIZ_)
		return -EINVAL;
	dev = dev_get_by_index(sock_net(sk), sk->c.bound_dev_if);
	if (!dev)
		return -ENODEV;
	put_value(val, len, dev->name, strlen(dev->name) + 1);
	return 0;
}

int sock_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len)
{
	struct sock *sk;
	int v;

	if (level != LN_SOL_SOCKET)
		return sock->ops->setsockopt ?
		       sock->ops->setsockopt(sock, level, name, val, len) : -EOPNOTSUPP;
	sk = socket_sk(sock);
	if (!sk)
		return -ENOMEM;
	if (name == LN_SO_BINDTODEVICE)
		return set_bindtodevice(sk, val, len);
	if (name == LN_SO_MAX_PACING_RATE)
		return sk->type == LN_SOCK_STREAM ?
		       sk->prot->setsockopt(sk, level, name, val, len) :
		       sock_set_max_pacing_rate(sk, val, len);
	if (name == LN_SO_TXTIME)
		return sock_set_txtime(sk, val, len);
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	if (name == LN_SO_LINGER)
		return set_linger(sk, val, len);
	if (name == LN_SO_MARK)
		return set_mark(sk, v);
	if (sock_is_timestamp(name))
		return sock_set_timestamp(sk, name, v);
	return option_set(option_find(sol_socket, ARRAY_SIZE(sol_socket), name), sk, v);
}

int sock_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len)
{
	struct sock *sk;
	struct ln_sock_txtime txtime;
	struct ln_linger l;
	int v, err;

	if (level != LN_SOL_SOCKET)
		return sock->ops->getsockopt ?
		       sock->ops->getsockopt(sock, level, name, val, len) : -EOPNOTSUPP;
	sk = socket_sk(sock);
	if (!sk)
		return -ENOMEM;
	switch (name) {
	case LN_SO_LINGER:
		l = (struct ln_linger){ sock_flag(sk, SOCK_LINGER), (int)sk->linger_s };
		put_value(val, len, &l, sizeof(l));
		return 0;
	case LN_SO_BINDTODEVICE:
		return get_bindtodevice(sk, val, len);
	case LN_SO_MAX_PACING_RATE:
		if (sk->type == LN_SOCK_STREAM)
			return sk->prot->getsockopt(sk, level, name, val, len);
		pacing_rate_put(sock_max_pacing_rate(sk), val, len);
		return 0;
	case LN_SO_TXTIME:
		sock_get_txtime(sk, &txtime);
		put_value(val, len, &txtime, sizeof(txtime));
		return 0;
	case LN_SO_MARK:	/* all 32 bits may be set: not an int that can be an error */
		put_value(val, len, &sk->mark, sizeof(sk->mark));
		return 0;
	}
	if (sock_is_timestamp(name)) {
		v = sock_get_timestamp(sk, name);
		put_value(val, len, &v, sizeof(v));
		return 0;
	}
	err = option_get(option_find(sol_socket, ARRAY_SIZE(sol_socket), name), sk, &v);
	if (!err)
		put_value(val, len, &v, sizeof(v));
	return err;
}

/* ---- SOL_IP ---- */

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
	return sk->type == LN_SOCK_RAW ? sock_flag(sk, SOCK_HDRINCL) : -ENOPROTOOPT;
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
};

/* These options may be given as one byte too. */
int ip_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len)
{
	int v = 0, err;

	if (level != LN_SOL_IP)
		return -ENOPROTOOPT;
	err = ip_mcast_setsockopt(sk, name, val, len);
	if (err != -ENOPROTOOPT)
		return err;
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
	err = option_get(option_find(sol_ip, ARRAY_SIZE(sol_ip), name), sk, &v);
	if (err)
		return err;
	if (*len > 0 && *len < sizeof(v) && v <= 255) {
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
	if (sk->c.num || !sk->c.v6)
		return -EINVAL;
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
};

int ipv6_setsockopt(struct sock *sk, int name, const void *val, u32 len)
{
	int v, err = ipv6_mcast_setsockopt(sk, name, val, len);

	if (err != -ENOPROTOOPT)
		return err;
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	return option_set(option_find(sol_ipv6, ARRAY_SIZE(sol_ipv6), name), sk, v);
}

int ipv6_getsockopt(struct sock *sk, int name, void *val, u32 *len)
{
	int v, err = ipv6_mcast_getsockopt(sk, name, val, len);

	if (err != -ENOPROTOOPT)
		return err;
	err = option_get(option_find(sol_ipv6, ARRAY_SIZE(sol_ipv6), name), sk, &v);
	if (!err)
		put_value(val, len, &v, sizeof(v));
	return err;
}
