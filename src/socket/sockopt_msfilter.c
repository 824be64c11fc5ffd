/* SPDX-License-Identifier: MIT */
/* A group's whole list of sources at once (RFC 3678 4.2, 5.2): written, and read back. */
#include "socket/sockopt_mcast_impl.h"

#include <linnet/mcast.h>

#include "base/mem.h"
#include "transport/mcast_sock.h"

#define MSFILTER_LEN 16u		/* without sources */
#define GROUP_FILTER_LEN offsetof(struct ln_group_filter, gf_slist)

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

static int apply_filter(struct sock *sk, struct mcast_request *r, u32 mode,
			struct ip6_addr *all, u32 n)
{
	struct mc_filter f = { .exclude = mode == LN_MCAST_EXCLUDE };
	int err = mode > LN_MCAST_INCLUDE ? -EINVAL : mcast_request_resolve(sk, r);

	if (!err) {
		f.n = sources_unique(all, n);
		f.sources = all;
		err = mcast_set_filter(sk, &r->group, r->dev->ifindex, &f);
	}
	mem_free(&sock_net(sk)->mem, all, n * sizeof(*all));
	return err;
}

int mcast_set_msfilter(struct sock *sk, const void *val, u32 len)
{
	struct mcast_request r = { .ifindex = 0 };
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

int mcast_set_group_filter(struct sock *sk, int family, const void *val, u32 len)
{
	const struct netns_sysctl *s = &sock_net(sk)->sysctl;
	struct mcast_request r = { .ifindex = 0 };
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
	else if (!mcast_get_storage(&f.gf_group, family, &r.group))
		err = family == LN_AF_INET ? -EADDRNOTAVAIL : -EINVAL;
	for (u32 i = 0; !err && i < f.gf_numsrc; i++) {
		memcpy(&ss, (const u8 *)val + GROUP_FILTER_LEN + i * sizeof(ss), sizeof(ss));
		err = mcast_get_storage(&ss, family, &all[i]) ? 0 : -EADDRNOTAVAIL;
	}
	if (err) {
		mem_free(&sock_net(sk)->mem, all, f.gf_numsrc * sizeof(*all));
		return err;
	}
	r.ifindex = (int)f.gf_interface;
	return apply_filter(sk, &r, f.gf_fmode, all, f.gf_numsrc);
}

static const struct mc_membership *membership(struct sock *sk, struct mcast_request *r, int *err)
{
	const struct mc_membership *m;

	*err = mcast_request_resolve(sk, r);
	if (*err)
		return NULL;
	m = mcast_membership(sk, &r->group, r->dev->ifindex);
	*err = m ? 0 : -EADDRNOTAVAIL;
	return m;
}

/* The head says how many there are; as many follow as the reader asked for. */
int mcast_get_msfilter(struct sock *sk, void *val, u32 *len)
{
	struct mcast_request r = { .ifindex = 0 };
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

int mcast_get_group_filter(struct sock *sk, int family, void *val, u32 *len)
{
	struct mcast_request r = { .ifindex = 0 };
	struct ln_group_filter f;
	struct ln_sockaddr_storage ss;
	const struct mc_membership *m;
	u32 n;
	int err;

	if (*len < GROUP_FILTER_LEN)
		return -EINVAL;
	memcpy(&f, val, GROUP_FILTER_LEN);
	if (!mcast_get_storage(&f.gf_group, family, &r.group))
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
