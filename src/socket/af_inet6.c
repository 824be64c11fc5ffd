/* SPDX-License-Identifier: MIT */
/*
 * AF_INET6: what has addresses in it. A socket speaks IPv6, or, with ::ffff:a.b.c.d, IPv4; bound to
 * :: it is open to both unless IPV6_V6ONLY. The rest is af_inet.c's.
 */
#include "net/ipv4/ip.h"
#include "socket/inet.h"
#include "transport/datagram6.h"
#include "transport/ping.h"
#include "transport/raw.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp.h"
#include "transport/udp.h"

enum { IPV6_CHECKSUM_ = 7 };	/* of raw sockets alone */

/* 0: it may be bound to; what a link's address is of is then what sk is bound to. */
static int addr6_ok(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len,
		    const struct ip6_addr *a)
{
	bool scoped = ipv6_addr_needs_scope_id(a), ping = sk->prot == &pingv6_prot;
	const struct net_device *dev = NULL;
	int index = sk->c.bound_dev_if;

	if (ipv6_addr_any(a))
		return 0;
	if (ping && ipv6_addr_is_multicast(a))
		return -EINVAL;
	/* A ping socket's address is looked for on that device in any case. */
	if ((scoped || ping) && len >= sizeof(*addr) && addr->sin6_scope_id)
		index = (int)addr->sin6_scope_id;
	if (scoped && !index)
		return -EINVAL;
	if (index) {
		dev = dev_get_by_index(sock_net(sk), index);
		if (!dev)
			return -ENODEV;
	}
	if (!ipv6_addr_is_multicast(a) && !ipv6_chk_addr(sock_net(sk), a, dev) &&
	    !sock_nonlocal_bind(sk, LN_AF_INET6))
		return -EADDRNOTAVAIL;
	if (scoped)
		sk->c.bound_dev_if = index;
	return 0;
}

/* The addresses of sk for one of IPv4, whose four bytes end a. */
static int bind4(struct sock *sk, const struct ip6_addr *a)
{
	be32 v4;
	u8 type;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	if (sk->c.v6only)
		return -EINVAL;
	type = inet_addr_type(sock_net(sk), v4);
	if (v4 && type != RTN_LOCAL && type != RTN_BROADCAST && type != RTN_MULTICAST &&
	    !sock_nonlocal_bind(sk, LN_AF_INET))
		return -EADDRNOTAVAIL;
	inet6_key_set_kind(&sk->c, false);
	sk->c.rcv_saddr = v4;
	sk->saddr = type == RTN_BROADCAST || type == RTN_MULTICAST ? 0 : v4;
	return 0;
}

static int bind6(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len,
		 const struct ip6_addr *a)
{
	struct inet6_key *key;
	int err = addr6_ok(sk, addr, len, a);

	if (err)
		return err;
	if (ipv6_addr_any(a) || !sk->c.v6)	/* what it was before it was closed */
		inet6_key_set_kind(&sk->c, true);
	if (ipv6_addr_any(a))
		return 0;
	key = inet6_key_own(&sk->c);
	if (!key)
		return -ENOMEM;
	key->rcv_saddr = *a;
	key->saddr = ipv6_addr_is_multicast(a) ? IN6ADDR_ANY : *a;
	sk->c.v6only = true;
	return 0;
}

/* As before bind(). */
static void unbind(struct sock *sk, bool v6only, int bound_dev_if)
{
	inet6_key_set_kind(&sk->c, true);
	sk->saddr = 0;
	sk->c.v6only = v6only;
	sk->c.bound_dev_if = bound_dev_if;
}

static int inet6_bind(struct socket *sock, const void *uaddr, u32 len)
{
	const struct ln_sockaddr_in6 *addr = uaddr;
	struct sock *sk = sock->sk;
	bool v6only = sk->c.v6only;
	int dev = sk->c.bound_dev_if, err;
	struct ip6_addr a;

	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (addr->sin6_family != LN_AF_INET6)
		return -EAFNOSUPPORT;
	memcpy(&a, addr->sin6_addr, sizeof(a));
	if (ipv6_addr_is_multicast(&a) && sk->type == LN_SOCK_STREAM)
		return -EINVAL;
	if (sk->c.state != TCP_CLOSE || (sk->c.num && sk->type != LN_SOCK_RAW))
		return -EINVAL;
	/* Only TCP and UDP speak IPv4 too. */
	if (ipv6_addr_v4mapped(&a) && sk->prot != &tcp_prot && sk->prot != &udp_prot)
		return -EADDRNOTAVAIL;
	err = ipv6_addr_v4mapped(&a) ? bind4(sk, &a) : bind6(sk, addr, len, &a);
	if (!err)
		err = inet_bind_port(sk, addr->sin6_port);
	if (err) {
		unbind(sk, v6only, dev);
		return err;
	}
	if (!ipv6_addr_any(&a))
		sock_set_flag(sk, SOCK_BINDADDR_LOCK);
	if (addr->sin6_port)
		sock_set_flag(sk, SOCK_BINDPORT_LOCK);
	sk->c.dport = 0;
	sk_dst_reset(sk);
	return 0;
}

static struct ip6_addr own_addr(const struct sock_common *c)
{
	struct ip6_addr a = inet6_shown_rcv_saddr(c);

	return c->v6 && ipv6_addr_any(&a) ? inet6_key(c)->saddr : a;
}

void inet6_name_of(const struct sock_common *c, bool peer, void *addr, u32 *len)
{
	struct ip6_addr a = peer ? inet6_shown_daddr(c) : own_addr(c);
	struct ln_sockaddr_in6 sin6 = inet6_sockaddr(&a, peer ? c->dport : cpu_to_be16(c->num),
						     c->bound_dev_if);

	memcpy(addr, &sin6, sizeof(sin6));
	*len = sizeof(sin6);
}

static int inet6_getname(struct socket *sock, void *addr, u32 *len, enum getname_of of)
{
	const struct sock *sk = sock->sk;

	if (of != GETNAME_OWN &&
	    (!sk->c.dport || (of == GETNAME_PEER && (sk->c.state == TCP_CLOSE ||
						     sk->c.state == TCP_SYN_SENT))))
		return -ENOTCONN;
	inet6_name_of(&sk->c, of != GETNAME_OWN, addr, len);
	return 0;
}

static int inet6_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len)
{
	struct sock *sk = sock->sk;

	if (level == LN_SOL_IPV6 && !(sk->type == LN_SOCK_RAW && name == IPV6_CHECKSUM_))
		return ipv6_setsockopt(sk, name, val, len);
	if (level == LN_SOL_IP && sk->type != LN_SOCK_RAW)
		return ip_setsockopt(sk, level, name, val, len);
	return sk->prot->setsockopt ? sk->prot->setsockopt(sk, level, name, val, len) :
				      -ENOPROTOOPT;
}

static int inet6_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len)
{
	struct sock *sk = sock->sk;

	if (level == LN_SOL_IPV6 && !(sk->type == LN_SOCK_RAW && name == IPV6_CHECKSUM_))
		return ipv6_getsockopt(sk, name, val, len);
	if (level == LN_SOL_IP && sk->type != LN_SOCK_RAW)
		return ip_getsockopt(sk, level, name, val, len);
	return sk->prot->getsockopt ? sk->prot->getsockopt(sk, level, name, val, len) :
				      -ENOPROTOOPT;
}

static ptrdiff_t inet6_sendmsg(struct socket *sock, struct msg *msg, int flags)
{
	struct sock *sk = sock->sk;

	return inet_autobind(sk) ? -EAGAIN : sk->prot->sendmsg6(sk, msg, flags);
}

#define INET6_OPS \
	.family = LN_AF_INET6, .release = inet_release, .bind = inet6_bind, \
	.getname = inet6_getname, .poll = inet_poll, .shutdown = inet_shutdown, \
	.setsockopt = inet6_setsockopt, .getsockopt = inet6_getsockopt, \
	.recvmsg = inet_recvmsg, .ioctl = inet_ioctl

static const struct proto_ops inet6_dgram_ops = {
	INET6_OPS, .connect = inet_dgram_connect, .sendmsg = inet6_sendmsg,
	.recvmsg_next = inet_recvmsg_next,
};

const struct proto_ops inet6_stream_ops = {
	INET6_OPS, .connect = inet_stream_connect, .listen = inet_stream_listen,
	.accept = inet_accept, .sendmsg = inet_stream_sendmsg,
};

static const struct inet_protosw inetsw6[] = {
	{ LN_SOCK_STREAM, LN_IPPROTO_TCP, false, &tcp_prot, &inet6_stream_ops },
	{ LN_SOCK_DGRAM, LN_IPPROTO_UDP, false, &udp_prot, &inet6_dgram_ops },
	{ LN_SOCK_DGRAM, LN_IPPROTO_ICMPV6, true, &pingv6_prot, &inet6_dgram_ops },
	{ LN_SOCK_RAW, LN_IPPROTO_IP, true, &rawv6_prot, &inet6_dgram_ops },
};

static int inet6_create(struct net *net, struct socket *sock, int type, int protocol)
{
	const struct inet_protosw *sw;
	int err;
	struct sock *sk = inet_create_sock(net, inetsw6, ARRAY_SIZE(inetsw6), type, protocol, &sw,
					   &err);

	if (!sk)
		return err;
	sk->c.family = LN_AF_INET6;
	sk->c.v6 = true;
	sk->c.v6only = net->sysctl.ipv6_bindv6only;
	return inet_create_done(sock, sk, sw);
}

const struct net_proto_family inet6_family_ops = { LN_AF_INET6, inet6_create };
