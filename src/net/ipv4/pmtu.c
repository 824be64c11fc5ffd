/* SPDX-License-Identifier: MIT */
/*
 * Path MTUs that ICMP taught (RFC 1191): destination -> MTU, for ten minutes (6.3), then the
 * device's MTU is tried again. A table of fixed size, four places to a bucket; the entry that
 * would expire first makes room, so whoever forges ICMP displaces, but cannot grow anything.
 */
#include "net/ipv4/ip_impl.h"

#define PMTU_BUCKETS 256
#define PMTU_WAYS 4
#define PMTU_EXPIRES (600 * NSEC_PER_SEC)

struct pmtu_entry {
	be32 daddr;
	u32 mtu : 31;			/* 0: unused */
	u32 locked : 1;			/* less was told than is believed */
	ktime_t expires;
};

void pmtu_net_exit(struct net *net)
{
	mem_free(&net->mem, net->ipv4->pmtu.entry,
		 PMTU_BUCKETS * PMTU_WAYS * sizeof(struct pmtu_entry));
	net->ipv4->pmtu.entry = NULL;
}

static struct pmtu_entry *bucket(const struct net *net, be32 daddr)
{
	u64 h = siphash_2u64(daddr, 0, &net->hash_key);

	return net->ipv4->pmtu.entry + h % PMTU_BUCKETS * PMTU_WAYS;
}

static const struct pmtu_entry *find(const struct net *net, be32 daddr)
{
	const struct pmtu_entry *e;

	if (net->ipv4->pmtu.latest <= net->now || !net->ipv4->pmtu.entry)
		return NULL;
	e = bucket(net, daddr);
	for (int i = 0; i < PMTU_WAYS; i++)
		if (e[i].mtu && e[i].daddr == daddr)
			return e[i].expires > net->now ? &e[i] : NULL;
	return NULL;
}

u32 pmtu_lookup(const struct net *net, be32 daddr)
{
	const struct pmtu_entry *e = find(net, daddr);

	return e ? e->mtu : 0;
}

bool ip_pmtu_locked(const struct net *net, be32 daddr)
{
	const struct pmtu_entry *e = find(net, daddr);

	return e && e->locked;
}

void ip_rt_update_pmtu(struct net *net, be32 daddr, u32 mtu)
{
	struct pmtu_cache *cache = &net->ipv4->pmtu;
	struct pmtu_entry *e, *victim;

	if (net->sysctl.ip_no_pmtu_disc || mtu > IPV4_MAX_LEN)
		return;
	if (!cache->entry) {
		cache->entry = mem_zalloc(&net->mem,
					  PMTU_BUCKETS * PMTU_WAYS * sizeof(*cache->entry));
		if (!cache->entry)
			return;		/* not learned: the next error tells again */
	}
	victim = e = bucket(net, daddr);
	for (int i = 0; i < PMTU_WAYS; i++) {
		if (e[i].mtu && e[i].daddr == daddr) {
			victim = &e[i];
			/* Only time makes it larger again (RFC 1191 6.3). */
			if (victim->expires > net->now && victim->mtu < mtu)
				return;
			break;
		}
		if (e[i].expires < victim->expires)
			victim = &e[i];
	}
	*victim = (struct pmtu_entry){
		.daddr = daddr, .mtu = max(mtu, IP_PMTU_MIN), .locked = mtu < IP_PMTU_MIN,
		.expires = net->now + PMTU_EXPIRES,
	};
	cache->latest = victim->expires;
}
