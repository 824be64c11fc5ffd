/* SPDX-License-Identifier: MIT */
/* Groups as ip(7), ipv6(7) and RFC 3678 have them: what the user wrote, checked. */
#include "socket/sockopt_mcast.h"

#include <linnet/mcast.h>

#include "base/mem.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "transport/mcast_sock.h"
#include "wire/inet_addr.h"

#define MREQ_LEN 8u			/* ln_ip_mreqn without the index */
#define MSFILTER_LEN 16u		/* without sources */
#define GROUP_FILTER_LEN offsetof(struct ln_group_filter, gf_slist)

/* An option's value, whichever its layout. */
struct request {
	struct ip6_addr group, source;
	be32 address;			/* of IPv4: of the device */
	int ifindex;
	struct net_device *dev;
};

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

static struct net_device *find_dev(const struct sock *sk, const struct request *r)
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

/* -EINVAL: no group; -ENODEV. The index is known then. */
static int resolve(const struct sock *sk, struct request *r)
{
	if (!is_group(&r->group))
		return -EINVAL;
	r->dev = find_dev(sk, r);
	if (!r->dev || (ipv6_addr_v4mapped(&r->group) ? !r->dev->ip_ptr : !r->dev->ip6_ptr))
		return -ENODEV;
	return 0;
}

/* ---- reading what the user wrote ---- */

/* As family says: an address of it. */
static bool get_storage(const struct ln_sockaddr_storage *ss, int family, struct ip6_addr *a)
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

static int read_mreqn(struct request *r, const void *val, u32 len)
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

static int read_mreq6(struct request *r, const void *val, u32 len)
{
	struct ln_ipv6_mreq m;

	if (len < sizeof(m))
		return -EINVAL;
	memcpy(&m, val, sizeof(m));
	memcpy(&r->group, m.ipv6mr_multiaddr, sizeof(r->group));
	r->ifindex = m.ipv6mr_ifindex;
	return 0;
}

static int read_group_req(struct request *r, int family, const void *val, u32 len)
{
	struct ln_group_req g;

	if (len < sizeof(g))
		return -EINVAL;
	memcpy(&g, val, sizeof(g));
	r->ifindex = (int)g.gr_interface;
	if (get_storage(&g.gr_group, family, &r->group))
		return 0;
	return family == LN_AF_INET ? -EINVAL : -EADDRNOTAVAIL;
}

static int read_source_req(struct request *r, int family, const void *val, u32 len)
{
	struct ln_group_source_req g;

	if (len < sizeof(g) || (family == LN_AF_INET && len != sizeof(g)))
		return -EINVAL;
	memcpy(&g, val, sizeof(g));
	r->ifindex = (int)g.gsr_interface;
	return get_storage(&g.gsr_group, family, &r->group) &&
	       get_storage(&g.gsr_source, family, &r->source) ? 0 : -EADDRNOTAVAIL;
}

static int read_mreq_source(struct request *r, const void *val, u32 len)
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

static int join(struct sock *sk, struct request *r)
{
	int err = resolve(sk, r);

	return err ? err : mcast_join(sk, &r->group, r->dev, r->address, true);
}

/* Linux: a device that is not found matters only when none was named. */
static int leave(struct sock *sk, struct request *r)
{
	if (!r->ifindex && !r->address && ipv6_addr_v4mapped(&r->group) && !find_dev(sk, r))
		return -ENODEV;
	if (!is_group(&r->group))
		return -EINVAL;
	return mcast_leave(sk, &r->group, r->ifindex, r->address);
}

enum source_op { SOURCE_BLOCK, SOURCE_UNBLOCK, SOURCE_JOIN, SOURCE_LEAVE };

static int change_source(struct sock *sk, struct request *r, enum source_op op)
{
	bool exclude = op == SOURCE_BLOCK || op == SOURCE_UNBLOCK;
	int err = resolve(sk, r);

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

/* ---- whole filters ---- */

/* A list of at most `most` without those that are there twice; *n of them. NULL and *err. */
static struct ip6_addr *sources_alloc(struct sock *sk, u32 n, u32 most, int *err)
{
	struct ip6_addr *all;

	*err = n > most ? -ENOBUFS : 0;
	if (*err || !n)
		return NULL;
	all = mem_alloc(&sock_net(sk)->mem, n * sizeof(*all));
	*err = all ? 0 : -ENOMEM;
	return all;
}

static u32 sources_unique(struct ip6_addr *all, u32 n)
{
	u32 kept = 0;

	for (u32 i = 0; i < n; i++) {
		u32 j = 0;

		while (j < kept && !ipv6_addr_equal(&all[j], &all[i]))
			j++;
		if (j == kept)
			all[kept++] = all[i];
	}
	return kept;
}

static int apply_filter(struct sock *sk, struct request *r, u32 mode, struct ip6_addr *all, u32 n)
{
	struct mc_filter f = { .exclude = mode == LN_MCAST_EXCLUDE };
	int err = mode > LN_MCAST_INCLUDE ? -EINVAL : resolve(sk, r);

	if (!err) {
		f.n = sources_unique(all, n);
		f.sources = all;
		err = mcast_set_filter(sk, &r->group, r->dev->ifindex, &f);
	}
	mem_free(&sock_net(sk)->mem, all, n * sizeof(*all));
	return err;
}

static int set_msfilter(struct sock *sk, const void *val, u32 len)
{
	struct request r = { .ifindex = 0 };
	struct ip6_addr *all;
	u32 h[4], n;
	int err;

	if (len < MSFILTER_LEN)
		return -EINVAL;
	memcpy(h, val, sizeof(h));
	n = h[3];
	all = sources_alloc(sk, n, (u32)sock_net(sk)->sysctl.igmp_max_msf, &err);
	if (err)
		return err;
	if (MSFILTER_LEN + n * sizeof(be32) > len) {
		mem_free(&sock_net(sk)->mem, all, n * sizeof(*all));
		return -EINVAL;
	}
	for (u32 i = 0; i < n; i++) {
		be32 a;

		memcpy(&a, (const u8 *)val + MSFILTER_LEN + i * sizeof(a), sizeof(a));
		all[i] = ipv6_addr_v4mapped_of(a);
	}
	r.group = ipv6_addr_v4mapped_of(h[0]);
	r.address = h[1];
	return apply_filter(sk, &r, h[2], all, n);
}

static int set_group_filter(struct sock *sk, int family, const void *val, u32 len)
{
	const struct netns_sysctl *s = &sock_net(sk)->sysctl;
	struct request r = { .ifindex = 0 };
	struct ln_group_filter f;
	struct ln_sockaddr_storage ss;
	struct ip6_addr *all;
	int err;

	if (len < GROUP_FILTER_LEN)
		return -EINVAL;
	memcpy(&f, val, GROUP_FILTER_LEN);
	all = sources_alloc(sk, f.gf_numsrc,
			    (u32)(family == LN_AF_INET ? s->igmp_max_msf : s->mld_max_msf), &err);
	if (err)
		return err;
	if (GROUP_FILTER_LEN + f.gf_numsrc * sizeof(ss) > len)
		err = -EINVAL;
	else if (!get_storage(&f.gf_group, family, &r.group))
		err = family == LN_AF_INET ? -EADDRNOTAVAIL : -EINVAL;
	for (u32 i = 0; !err && i < f.gf_numsrc; i++) {
		memcpy(&ss, (const u8 *)val + GROUP_FILTER_LEN + i * sizeof(ss), sizeof(ss));
		err = get_storage(&ss, family, &all[i]) ? 0 : -EADDRNOTAVAIL;
	}
	if (err) {
		mem_free(&sock_net(sk)->mem, all, f.gf_numsrc * sizeof(*all));
		return err;
	}
	r.ifindex = (int)f.gf_interface;
	return apply_filter(sk, &r, f.gf_fmode, all, f.gf_numsrc);
}

static const struct mc_membership *membership(struct sock *sk, struct request *r, int *err)
{
	const struct mc_membership *m;

	*err = resolve(sk, r);
	if (*err)
		return NULL;
	m = mcast_membership(sk, &r->group, r->dev->ifindex);
	*err = m ? 0 : -EADDRNOTAVAIL;
	return m;
}

/* The head says how many there are; as many follow as the reader asked for. */
static int get_msfilter(struct sock *sk, void *val, u32 *len)
{
	struct request r = { .ifindex = 0 };
	const struct mc_membership *m;
	u32 h[4], n;
	int err;

	if (*len < MSFILTER_LEN)
		return -EINVAL;
	memcpy(h, val, sizeof(h));
	r.group = ipv6_addr_v4mapped_of(h[0]);
	r.address = h[1];
	m = membership(sk, &r, &err);
	if (!err && MSFILTER_LEN + (u64)h[3] * sizeof(be32) > *len)
		err = -EINVAL;
	if (err)
		return err;
	n = min(h[3], m->n);
	h[2] = m->exclude ? LN_MCAST_EXCLUDE : LN_MCAST_INCLUDE;
	h[3] = m->n;
	memcpy(val, h, sizeof(h));
	for (u32 i = 0; i < n; i++)
		memcpy((u8 *)val + MSFILTER_LEN + i * 4, m->sources[i].s6_addr + 12, 4);
	*len = MSFILTER_LEN + n * 4;
	return 0;
}

static void put_storage(struct ln_sockaddr_storage *ss, int family, const struct ip6_addr *a)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET };
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6 };

	memset(ss, 0, sizeof(*ss));
	memcpy(&sin.sin_addr, a->s6_addr + 12, sizeof(sin.sin_addr));
	memcpy(sin6.sin6_addr, a, sizeof(*a));
	if (family == LN_AF_INET)
		memcpy(ss, &sin, sizeof(sin));
	else
		memcpy(ss, &sin6, sizeof(sin6));
}

static int get_group_filter(struct sock *sk, int family, void *val, u32 *len)
{
	struct request r = { .ifindex = 0 };
	struct ln_group_filter f;
	struct ln_sockaddr_storage ss;
	const struct mc_membership *m;
	u32 n;
	int err;

	if (*len < GROUP_FILTER_LEN)
		return -EINVAL;
	memcpy(&f, val, GROUP_FILTER_LEN);
	if (!get_storage(&f.gf_group, family, &r.group))
		return family == LN_AF_INET ? -EINVAL : -EADDRNOTAVAIL;
	r.ifindex = (int)f.gf_interface;
	m = membership(sk, &r, &err);
	if (!err && GROUP_FILTER_LEN + (u64)f.gf_numsrc * sizeof(ss) > *len)
		err = -EINVAL;
	if (err)
		return err;
	n = min(f.gf_numsrc, m->n);
	f.gf_fmode = m->exclude ? LN_MCAST_EXCLUDE : LN_MCAST_INCLUDE;
	f.gf_numsrc = m->n;
	memcpy(val, &f, GROUP_FILTER_LEN);
	for (u32 i = 0; i < n; i++) {
		put_storage(&ss, family, &m->sources[i]);
		memcpy((u8 *)val + GROUP_FILTER_LEN + i * sizeof(ss), &ss, sizeof(ss));
	}
	*len = (u32)(GROUP_FILTER_LEN + n * sizeof(ss));
	return 0;
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
	struct request r = { .ifindex = 0 };
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
	struct request r = { .ifindex = 0 };
	int err;

	if (name < LN_MCAST_JOIN_GROUP || name > LN_MCAST_MSFILTER)
		return -ENOPROTOOPT;
	if (name == LN_MCAST_MSFILTER)
		return set_group_filter(sk, family, val, len);
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
	struct request r = { .ifindex = 0 };
	int err;

	if (name == LN_IP_MSFILTER)
		return set_msfilter(sk, val, len);
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
	struct request r = { .ifindex = 0 };
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
		return get_msfilter(sk, val, len);
	case LN_MCAST_MSFILTER:
		return get_group_filter(sk, LN_AF_INET, val, len);
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
		return get_group_filter(sk, LN_AF_INET6, val, len);
	default:
		return -ENOPROTOOPT;
	}
}
