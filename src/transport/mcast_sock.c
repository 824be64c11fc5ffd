/* SPDX-License-Identifier: MIT */
#include "transport/mcast_sock.h"

#include "base/mem.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

static bool is_ipv4(const struct ip6_addr *group)
{
	return ipv6_addr_v4mapped(group);
}

struct mcast_sock *mcast_sock_get(struct sock *sk)
{
	if (sk->mcast)
		return sk->mcast;
	sk->mcast = mem_zalloc(&sock_net(sk)->mem, sizeof(*sk->mcast));
	if (!sk->mcast)
		return NULL;
	list_init(&sk->mcast->memberships);
	sk->mcast->ttl = 1;
	sk->mcast->hops = 1;
	return sk->mcast;
}

void mcast_sock_free(struct sock *sk)
{
	mem_free(&sock_net(sk)->mem, sk->mcast, sk->mcast ? sizeof(*sk->mcast) : 0);
	sk->mcast = NULL;
}

static struct mc_membership *find(const struct sock *sk, const struct ip6_addr *group, int ifindex)
{
	struct mc_membership *m;

	if (!sk->mcast)
		return NULL;
	list_for_each_entry(m, &sk->mcast->memberships, list)
		if ((!ifindex || m->ifindex == ifindex) && ipv6_addr_equal(&m->group, group))
			return m;
	return NULL;
}

const struct mc_membership *mcast_membership(const struct sock *sk, const struct ip6_addr *group,
					     int ifindex)
{
	return find(sk, group, ifindex);
}

static struct mc_filter filter_of(const struct mc_membership *m)
{
	return (struct mc_filter){ m->exclude, m->n, m->sources };
}

/* To the device; when it is gone, so is all that it knew. */
static int tell_device(const struct sock *sk, const struct mc_membership *m,
		       const struct mc_filter *old, const struct mc_filter *now)
{
	struct net_device *dev = dev_get_by_index(sock_net(sk), m->ifindex);
	be32 group;

	if (!dev)
		return now ? -ENODEV : 0;
	if (!is_ipv4(&m->group))
		return ipv6_mc_change(dev, &m->group, old, now);
	memcpy(&group, m->group.s6_addr + 12, sizeof(group));
	return ip_mc_change(dev, group, old, now);
}

/* ---- joining and leaving ---- */

static void sources_free(struct net *net, struct ip6_addr *sources, u32 room)
{
	mem_free(&net->mem, sources, sources ? room * sizeof(*sources) : 0);
}

static void membership_free(struct sock *sk, struct mc_membership *m)
{
	struct net *net = sock_net(sk);

	sources_free(net, m->sources, m->room);
	mem_free(&net->mem, m, sizeof(*m));
}

static int may_join(const struct sock *sk, const struct ip6_addr *group, int ifindex)
{
	if (find(sk, group, ifindex))
		return -EADDRINUSE;
	if (is_ipv4(group) &&
	    sk->mcast->count4 >= (u32)sock_net(sk)->sysctl.igmp_max_memberships)
		return -ENOBUFS;
	return 0;
}

int mcast_join(struct sock *sk, const struct ip6_addr *group, struct net_device *dev, be32 address,
	       bool exclude)
{
	struct mcast_sock *mc = mcast_sock_get(sk);
	struct mc_membership *m;
	struct mc_filter now = { .exclude = exclude };
	int err;

	if (!mc)
		return -ENOMEM;
	err = may_join(sk, group, dev->ifindex);
	if (err)
		return err;
	m = mem_zalloc(&sock_net(sk)->mem, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->group = *group;
	m->address = address;
	m->ifindex = dev->ifindex;
	m->exclude = exclude;
	err = tell_device(sk, m, NULL, &now);
	if (err) {
		membership_free(sk, m);
		return err;
	}
	list_add(&m->list, &mc->memberships);
	mc->count4 += is_ipv4(group);
	sock_net(sk)->sock->lookup_epoch++;
	return 0;
}

static void leave(struct sock *sk, struct mc_membership *m)
{
	struct mc_filter old = filter_of(m);

	int err = tell_device(sk, m, &old, NULL);

	(void)err;	/* nothing is allocated for who goes, and the device may be gone */
	sk->mcast->count4 -= is_ipv4(&m->group);
	sock_net(sk)->sock->lookup_epoch++;
	list_del_init(&m->list);
	membership_free(sk, m);
}

int mcast_leave(struct sock *sk, const struct ip6_addr *group, int ifindex, be32 address)
{
	struct mc_membership *m;

	if (!sk->mcast)
		return -EADDRNOTAVAIL;
	list_for_each_entry(m, &sk->mcast->memberships, list) {
		if (!ipv6_addr_equal(&m->group, group) || (ifindex && m->ifindex != ifindex) ||
		    (!ifindex && address && m->address != address))
			continue;
		leave(sk, m);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

void mcast_sock_close(struct sock *sk)
{
	struct mc_membership *m, *next;

	if (!sk->mcast)
		return;
	list_for_each_entry_safe(m, next, &sk->mcast->memberships, list)
		leave(sk, m);
}

/* ---- sources ---- */

/* The membership says f from now on, whose sources are copied. */
static int set_filter(struct sock *sk, struct mc_membership *m, const struct mc_filter *f)
{
	struct mc_filter old = filter_of(m), now = *f;
	struct net *net = sock_net(sk);
	struct ip6_addr *sources = NULL;
	int err;

	if (f->n) {
		sources = mem_alloc(&net->mem, f->n * sizeof(*sources));
		if (!sources)
			return -ENOMEM;
		memcpy(sources, f->sources, f->n * sizeof(*sources));
		now.sources = sources;
	}
	err = tell_device(sk, m, &old, &now);
	if (err) {
		sources_free(net, sources, f->n);
		return err;
	}
	sources_free(net, m->sources, m->room);
	m->sources = sources;
	m->n = m->room = f->n;
	m->exclude = f->exclude;
	m->listed = true;
	return 0;
}

static u32 sources_max(const struct sock *sk, const struct ip6_addr *group)
{
	const struct netns_sysctl *s = &sock_net(sk)->sysctl;

	return (u32)(is_ipv4(group) ? s->igmp_max_msf : s->mld_max_msf);
}

static u32 source_index(const struct mc_membership *m, const struct ip6_addr *source)
{
	u32 i = 0;

	while (i < m->n && !ipv6_addr_equal(&m->sources[i], source))
		i++;
	return i;
}

static int source_add(struct sock *sk, struct mc_membership *m, const struct ip6_addr *source)
{
	struct mc_filter f = { m->exclude, m->n + 1, NULL };
	struct net *net = sock_net(sk);
	struct ip6_addr *all;
	int err;

	if (m->n >= sources_max(sk, &m->group))
		return -ENOBUFS;
	if (source_index(m, source) < m->n)
		return -EADDRNOTAVAIL;
	all = mem_alloc(&net->mem, f.n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (m->n)
		memcpy(all, m->sources, m->n * sizeof(*all));
	all[m->n] = *source;
	f.sources = all;
	err = set_filter(sk, m, &f);
	sources_free(net, all, f.n);
	return err;
}

static int source_del(struct sock *sk, struct mc_membership *m, const struct ip6_addr *source)
{
	struct mc_filter old = filter_of(m), now = old;
	u32 i = source_index(m, source);
	struct ip6_addr gone;

	if (i == m->n)
		return -EADDRNOTAVAIL;
	if (m->n == 1 && !m->exclude) {		/* from nobody: that is to leave */
		leave(sk, m);
		return 0;
	}
	/* The one that goes stands last while the device hears of both lists. */
	gone = m->sources[i];
	memmove(m->sources + i, m->sources + i + 1, (m->n - i - 1) * sizeof(gone));
	m->sources[m->n - 1] = gone;
	now.n = --m->n;
	return tell_device(sk, m, &old, &now);
}

int mcast_source(struct sock *sk, const struct ip6_addr *group, int ifindex,
		 const struct ip6_addr *source, bool exclude, bool add)
{
	struct mc_membership *m = find(sk, group, ifindex);
	struct mc_filter empty = { .exclude = exclude };
	int err;

	if (!m || (m->listed && m->exclude != exclude))
		return -EINVAL;
	if (m->exclude != exclude) {	/* joined for all, and no source was named yet */
		err = set_filter(sk, m, &empty);
		if (err)
			return err;
		m->listed = false;
	}
	return add ? source_add(sk, m, source) : source_del(sk, m, source);
}

int mcast_set_filter(struct sock *sk, const struct ip6_addr *group, int ifindex,
		     const struct mc_filter *f)
{
	struct mc_membership *m;

	if (!f->exclude && !f->n)
		return mcast_leave(sk, group, ifindex, 0);
	m = find(sk, group, ifindex);
	if (!m)
		return -EINVAL;
	if (f->n > sources_max(sk, group))
		return -ENOBUFS;
	return set_filter(sk, m, f);
}

/* ---- delivery ---- */

bool mcast_sock_wants(const struct sock *sk, const struct ip6_addr *group,
		      const struct ip6_addr *saddr, int dif)
{
	const struct mc_membership *m = find(sk, group, dif);

	if (!m)
		return is_ipv4(group) ? !sk->mcast->no_all4 : !sk->mcast->no_all6;
	return (source_index(m, saddr) < m->n) != m->exclude;
}
