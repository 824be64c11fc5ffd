/* SPDX-License-Identifier: MIT */
/* Groups as ip(7), ipv6(7) and RFC 3678 have them: what the user wrote, checked. */
#include "socket/sockopt_mcast.h"

#include <linnet/mcast.h>

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "socket/sockopt_mcast_impl.h"
#include "transport/mcast_sock.h"
#include "wire/inet_addr.h"

#define MREQ_LEN 8u			/* ln_ip_mreqn without the index */

static bool may_join(const struct sock *sk)
{
	return sk->type != LN_SOCK_STREAM;
}

/* ---- devices ---- */

static struct net_device *dev_of_route4(struct net *net, be32 group)
{
	struct flowi4 fl = { .daddr = group };
	struct net_device *dev;
	struct rtable *rt;

	if (ip_route_output(net, &fl, &rt))
		return NULL;
	dev = rt->dst.dev;
	dst_release(&rt->dst);
	return dev;
}

static struct net_device *dev_of_route6(struct net *net, const struct ip6_addr *group)
{
	struct flowi6 fl = { .daddr = *group };
	struct net_device *dev;
	struct rt6_info *rt;

	if (ip6_route_output(net, &fl, &rt))
		return NULL;
	dev = rt->dst.dev;
	dst_release(&rt->dst);
	return dev;
}

static struct net_device *find_dev(const struct sock *sk, const struct mcast_request *r)
{
	struct net *net = sock_net(sk);
	const struct in_ifaddr *ifa;
	be32 group;

	if (r->ifindex)
		return dev_get_by_index(net, r->ifindex);
	if (!ipv6_addr_v4mapped(&r->group))
		return dev_of_route6(net, &r->group);
	if (r->address) {
		ifa = inet_lookup_ifaddr(net, r->address);
		return ifa ? ifa->in_dev->dev : NULL;
	}
	memcpy(&group, r->group.s6_addr + 12, sizeof(group));
	return dev_of_route4(net, group);
}

static bool is_group(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return ipv6_addr_v4mapped(a) ? ipv4_is_multicast(v4) : ipv6_addr_is_multicast(a);
}

int mcast_request_resolve(const struct sock *sk, struct mcast_request *r)
{
	if (!is_group(&r->group))
		return -EINVAL;
	r->dev = find_dev(sk, r);
	if (!r->dev || (ipv6_addr_v4mapped(&r->group) ? !r->dev->ip_ptr : !r->dev->ip6_ptr))
		return -ENODEV;
	return 0;
}

/* ---- reading what the user wrote ---- */

bool mcast_get_storage(const struct ln_sockaddr_storage *ss, int family, struct ip6_addr *a)
{
	struct ln_sockaddr_in sin;
	struct ln_sockaddr_in6 sin6;

	if (ss->ss_family != family)
		return false;
	if (family == LN_AF_INET) {
		memcpy(&sin, ss, sizeof(sin));
		*a = ipv6_addr_v4mapped_of(sin.sin_addr);
	} else {
		memcpy(&sin6, ss, sizeof(sin6));
		memcpy(a, sin6.sin6_addr, sizeof(*a));
	}
	return true;
}

static int read_mreqn(struct mcast_request *r, const void *val, u32 len)
{
	struct ln_ip_mreqn m = { .imr_ifindex = 0 };

	if (len < MREQ_LEN)
		return -EINVAL;
	memcpy(&m, val, len >= sizeof(m) ? sizeof(m) : MREQ_LEN);
	r->group = ipv6_addr_v4mapped_of(m.imr_multiaddr);
	r->address = m.imr_address;
	r->ifindex = m.imr_ifindex;
	return 0;
}

static int read_mreq6(struct mcast_request *r, const void *val, u32 len)
{
	struct ln_ipv6_mreq m;

	if (len < sizeof(m))
		return -EINVAL;
	memcpy(&m, val, sizeof(m));
	memcpy(&r->group, m.ipv6mr_multiaddr, sizeof(r->group));
	r->ifindex = m.ipv6mr_ifindex;
	return 0;
}

static int read_group_req(struct mcast_request *r, int family, const void *val, u32 len)
{
	struct ln_group_req g;

	if (len < sizeof(g))
		return -EINVAL;
	memcpy(&g, val, sizeof(g));
	r->ifindex = (int)g.gr_interface;
	if (mcast_get_storage(&g.gr_group, family, &r->group))
		return 0;
	return family == LN_AF_INET ? -EINVAL : -EADDRNOTAVAIL;
}

static int read_source_req(struct mcast_request *r, int family, const void *val, u32 len)
{
	struct ln_group_source_req g;

	if (len < sizeof(g) || (family == LN_AF_INET && len != sizeof(g)))
		return -EINVAL;
	memcpy(&g, val, sizeof(g));
	r->ifindex = (int)g.gsr_interface;
	return mcast_get_storage(&g.gsr_group, family, &r->group) &&
	       mcast_get_storage(&g.gsr_source, family, &r->source) ? 0 : -EADDRNOTAVAIL;
}

static int read_mreq_source(struct mcast_request *r, const void *val, u32 len)
{
	struct ln_ip_mreq_source m;

	if (len != sizeof(m))
		return -EINVAL;
	memcpy(&m, val, sizeof(m));
	r->group = ipv6_addr_v4mapped_of(m.imr_multiaddr);
	r->source = ipv6_addr_v4mapped_of(m.imr_sourceaddr);
	r->address = m.imr_interface;
	return 0;
}

/* ---- joining, leaving, sources ---- */

static int join(struct sock *sk, struct mcast_request *r)
{
	int err = mcast_request_resolve(sk, r);

	return err ? err : mcast_join(sk, &r->group, r->dev, r->address, true);
}

/* Linux: a device that is not found matters only when none was named. */
static int leave(struct sock *sk, struct mcast_request *r)
{
	if (!r->ifindex && !r->address && ipv6_addr_v4mapped(&r->group) && !find_dev(sk, r))
		return -ENODEV;
	if (!is_group(&r->group))
		return -EINVAL;
	return mcast_leave(sk, &r->group, r->ifindex, r->address);
}

enum source_op { SOURCE_BLOCK, SOURCE_UNBLOCK, SOURCE_JOIN, SOURCE_LEAVE };

static int change_source(struct sock *sk, struct mcast_request *r, enum source_op op)
{
	bool exclude = op == SOURCE_BLOCK || op == SOURCE_UNBLOCK;
	int err = mcast_request_resolve(sk, r);

	if (err)
		return err;
	if (op == SOURCE_JOIN) {
		err = mcast_join(sk, &r->group, r->dev, r->address, false);
		if (err && err != -EADDRINUSE)
			return err;
	}
	return mcast_source(sk, &r->group, r->dev->ifindex, &r->source, exclude,
			    op == SOURCE_BLOCK || op == SOURCE_JOIN);
}

/* ---- how it is sent ---- */

/* A number; of IPv4 a byte will do. -EINVAL: no value at all. */
static int read_int(const void *val, u32 len, bool byte, int *v)
{
	if (len >= sizeof(*v)) {
		memcpy(v, val, sizeof(*v));
		return 0;
	}
	if (!len || !byte)
		return -EINVAL;
	*v = *(const u8 *)val;
	return 0;
}

static int set_multicast_if(struct sock *sk, const void *val, u32 len)
{
	struct ln_ip_mreqn m = { .imr_ifindex = 0 };
	struct mcast_request r = { .ifindex = 0 };
	struct mcast_sock *mc;

	if (sk->type == LN_SOCK_STREAM || len < sizeof(be32))
		return -EINVAL;
	if (len >= MREQ_LEN)
		memcpy(&m, val, len >= sizeof(m) ? sizeof(m) : MREQ_LEN);
	else
		memcpy(&m.imr_address, val, sizeof(m.imr_address));
	mc = mcast_sock_get(sk);
	if (!mc)
		return -ENOMEM;
	if (m.imr_ifindex || m.imr_address) {
		r.group = ipv6_addr_v4mapped_of(m.imr_multiaddr);
		r.ifindex = m.imr_ifindex;
		r.address = m.imr_address;
		r.dev = find_dev(sk, &r);
		if (!r.dev)
			return -EADDRNOTAVAIL;
		if (sk->c.bound_dev_if && sk->c.bound_dev_if != r.dev->ifindex)
			return -EINVAL;
	}
	mc->oif4 = r.dev ? r.dev->ifindex : 0;
	mc->saddr4 = m.imr_address;
	return 0;
}

static int set_multicast_if6(struct sock *sk, int ifindex)
{
	struct mcast_sock *mc;

	if (sk->type == LN_SOCK_STREAM)
		return -ENOPROTOOPT;
	if (ifindex && (ifindex < 0 || !dev_get_by_index(sock_net(sk), ifindex)))
		return -ENODEV;
	if (ifindex && sk->c.bound_dev_if && sk->c.bound_dev_if != ifindex)
		return -EINVAL;
	mc = mcast_sock_get(sk);
	if (!mc)
		return -ENOMEM;
	mc->oif6 = ifindex;
	return 0;
}

/* -1: the default. */
static int set_ttl(struct sock *sk, int v, bool v6)
{
	struct mcast_sock *mc;

	if (sk->type == LN_SOCK_STREAM)
		return v6 ? -ENOPROTOOPT : -EINVAL;
	if (v < -1 || v > 255)
		return -EINVAL;
	mc = mcast_sock_get(sk);
	if (!mc)
		return -ENOMEM;
	*(v6 ? &mc->hops : &mc->ttl) = v < 0 ? 1 : (u8)v;
	return 0;
}

static int set_flag(struct sock *sk, size_t at, int v, bool strict)
{
	struct mcast_sock *mc = mcast_sock_get(sk);

	if (!mc)
		return -ENOMEM;
	if (strict && v != 0 && v != 1)
		return -EINVAL;
	*(bool *)((u8 *)mc + at) = !v;
	return 0;
}

#define FLAG(name) offsetof(struct mcast_sock, name)

/* ---- the options ---- */

/* Those of both levels, and -ENOPROTOOPT. */
static int mcast_setsockopt(struct sock *sk, int family, int name, const void *val, u32 len)
{
	static const u8 ops[] = {
		[LN_MCAST_BLOCK_SOURCE] = SOURCE_BLOCK, [LN_MCAST_UNBLOCK_SOURCE] = SOURCE_UNBLOCK,
		[LN_MCAST_JOIN_SOURCE_GROUP] = SOURCE_JOIN,
		[LN_MCAST_LEAVE_SOURCE_GROUP] = SOURCE_LEAVE,
	};
	struct mcast_request r = { .ifindex = 0 };
	int err;

	if (name < LN_MCAST_JOIN_GROUP || name > LN_MCAST_MSFILTER)
		return -ENOPROTOOPT;
	if (name == LN_MCAST_MSFILTER)
		return mcast_set_group_filter(sk, family, val, len);
	if (name == LN_MCAST_JOIN_GROUP || name == LN_MCAST_LEAVE_GROUP)
		err = read_group_req(&r, family, val, len);
	else
		err = read_source_req(&r, family, val, len);
	if (!err && family == LN_AF_INET6 && !may_join(sk))
		err = -EPROTO;
	if (err)
		return err;
	if (name == LN_MCAST_JOIN_GROUP)
		return join(sk, &r);
	return name == LN_MCAST_LEAVE_GROUP ? leave(sk, &r) : change_source(sk, &r, ops[name]);
}

static int ip_memberships(struct sock *sk, int name, const void *val, u32 len)
{
	static const u8 ops[] = {
		[LN_IP_BLOCK_SOURCE] = SOURCE_BLOCK, [LN_IP_UNBLOCK_SOURCE] = SOURCE_UNBLOCK,
		[LN_IP_ADD_SOURCE_MEMBERSHIP] = SOURCE_JOIN,
		[LN_IP_DROP_SOURCE_MEMBERSHIP] = SOURCE_LEAVE,
	};
	struct mcast_request r = { .ifindex = 0 };
	int err;

	if (name == LN_IP_MSFILTER)
		return mcast_set_msfilter(sk, val, len);
	if (name == LN_IP_ADD_MEMBERSHIP || name == LN_IP_DROP_MEMBERSHIP) {
		if (!may_join(sk))
			return -EPROTO;
		err = read_mreqn(&r, val, len);
		if (err)
			return err;
		return name == LN_IP_ADD_MEMBERSHIP ? join(sk, &r) : leave(sk, &r);
	}
	err = read_mreq_source(&r, val, len);
	return err ? err : change_source(sk, &r, ops[name]);
}

int ip_mcast_setsockopt(struct sock *sk, int name, const void *val, u32 len)
{
	int v, err;

	if (name == LN_IP_MULTICAST_IF)
		return set_multicast_if(sk, val, len);
	if (name >= LN_IP_ADD_MEMBERSHIP && name <= LN_IP_MSFILTER)
		return ip_memberships(sk, name, val, len);
	if (name != LN_IP_MULTICAST_TTL && name != LN_IP_MULTICAST_LOOP &&
	    name != LN_IP_MULTICAST_ALL)
		return mcast_setsockopt(sk, LN_AF_INET, name, val, len);
	err = read_int(val, len, true, &v);
	if (err)
		return err;
	if (name == LN_IP_MULTICAST_TTL)
		return set_ttl(sk, v, false);
	return name == LN_IP_MULTICAST_LOOP ? set_flag(sk, FLAG(no_loop4), v, false) :
					      set_flag(sk, FLAG(no_all4), v, true);
}

int ipv6_mcast_setsockopt(struct sock *sk, int name, const void *val, u32 len)
{
	struct mcast_request r = { .ifindex = 0 };
	int v, err;

	if (name == LN_IPV6_ADD_MEMBERSHIP || name == LN_IPV6_DROP_MEMBERSHIP) {
		err = read_mreq6(&r, val, len);
		if (!err && !may_join(sk))
			err = -EPROTO;
		if (err)
			return err;
		return name == LN_IPV6_ADD_MEMBERSHIP ? join(sk, &r) : leave(sk, &r);
	}
	if (name != LN_IPV6_MULTICAST_IF && name != LN_IPV6_MULTICAST_HOPS &&
	    name != LN_IPV6_MULTICAST_LOOP && name != LN_IPV6_MULTICAST_ALL)
		return mcast_setsockopt(sk, LN_AF_INET6, name, val, len);
	if (!may_join(sk) && (name == LN_IPV6_MULTICAST_IF || name == LN_IPV6_MULTICAST_HOPS))
		return -ENOPROTOOPT;
	err = read_int(val, len, false, &v);
	if (err)
		return err;
	switch (name) {
	case LN_IPV6_MULTICAST_IF:
		return set_multicast_if6(sk, v);
	case LN_IPV6_MULTICAST_HOPS:
		return set_ttl(sk, v, true);
	case LN_IPV6_MULTICAST_LOOP:
		return set_flag(sk, FLAG(no_loop6), v, true);
	default:
		return set_flag(sk, FLAG(no_all6), v, false);
	}
}

static int give_int(void *val, u32 *len, int v, bool byte)
{
	u8 b = (u8)v;

	if (byte && *len && *len < sizeof(v)) {
		memcpy(val, &b, 1);
		*len = 1;
		return 0;
	}
	*len = min_t(u32, *len, sizeof(v));
	memcpy(val, &v, *len);
	return 0;
}

int ip_mcast_getsockopt(struct sock *sk, int name, void *val, u32 *len)
{
	const struct mcast_sock *mc = sk->mcast;
	be32 a = mc ? mc->saddr4 : 0;

	switch (name) {
	case LN_IP_MULTICAST_TTL:
		return give_int(val, len, mcast_ttl(sk), true);
	case LN_IP_MULTICAST_LOOP:
		return give_int(val, len, !mc || !mc->no_loop4, true);
	case LN_IP_MULTICAST_ALL:
		return give_int(val, len, !mc || !mc->no_all4, true);
	case LN_IP_MULTICAST_IF:
		*len = min_t(u32, *len, sizeof(a));
		memcpy(val, &a, *len);
		return 0;
	case LN_IP_MSFILTER:
		return mcast_get_msfilter(sk, val, len);
	case LN_MCAST_MSFILTER:
		return mcast_get_group_filter(sk, LN_AF_INET, val, len);
	default:
		return -ENOPROTOOPT;
	}
}

int ipv6_mcast_getsockopt(struct sock *sk, int name, void *val, u32 *len)
{
	const struct mcast_sock *mc = sk->mcast;

	switch (name) {
	case LN_IPV6_MULTICAST_IF:
		return give_int(val, len, mc ? mc->oif6 : 0, false);
	case LN_IPV6_MULTICAST_HOPS:
		return give_int(val, len, mc ? mc->hops : 1, false);
	case LN_IPV6_MULTICAST_LOOP:
		return give_int(val, len, !mc || !mc->no_loop6, false);
	case LN_IPV6_MULTICAST_ALL:
		return give_int(val, len, !mc || !mc->no_all6, false);
	case LN_MCAST_MSFILTER:
		return mcast_get_group_filter(sk, LN_AF_INET6, val, len);
	default:
		return -ENOPROTOOPT;
	}
}
