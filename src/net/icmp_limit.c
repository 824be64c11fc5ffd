/* SPDX-License-Identifier: MIT */
#include "net/icmp_limit.h"

/* What one that nothing is known of has saved up, as in Linux. */
#define NEW_PEER_SAVED (60 * NSEC_PER_SEC)

struct icmp_limit *icmp_limit_alloc(struct net *net)
{
	return mem_zalloc(&net->mem, sizeof(struct icmp_limit));
}

void icmp_limit_free(struct net *net, struct icmp_limit *limit)
{
	if (!limit)
		return;
	mem_free(&net->mem, limit->peers, ICMP_LIMIT_SLOTS * sizeof(*limit->peers));
	mem_free(&net->mem, limit, sizeof(*limit));
}

bool icmp_global_allow(struct net *net, struct icmp_limit *limit)
{
	u32 burst = (u32)net->sysctl.icmp_msgs_burst, noise;
	ktime_t passed = min(net->now - limit->stamp, (ktime_t)NSEC_PER_SEC);
	u64 add;

	if (!limit->used) {
		limit->used = true;
		limit->credit = burst;
		limit->stamp = net->now;
		passed = 0;
	}
	/* Credit comes in steps of 20 ms, so that the division does not lose it. */
	if (passed >= 20 * NSEC_PER_MSEC) {
		add = (u64)passed * (u64)net->sysctl.icmp_msgs_per_sec / NSEC_PER_SEC;
		limit->credit = (u32)min_t(u64, limit->credit + add, burst);
		limit->stamp = net->now;
	}
	if (!limit->credit)
		return false;
	/* Up to two more are taken at random: else an outsider could count what is left and so
	 * learn which ports are open (CVE-2020-25705). */
	noise = prng_below(&net->prng, 3);
	limit->credit -= min(limit->credit, 1 + noise);
	return true;
}

static struct icmp_limit_peer *peer_slot(struct net *net, struct icmp_limit *limit, u64 peer,
					 u32 kind)
{
	struct icmp_limit_peer *p;

	if (!limit->peers) {
		limit->peers = mem_zalloc(&net->mem, ICMP_LIMIT_SLOTS * sizeof(*p));
		if (!limit->peers)
			return NULL;
	}
	p = &limit->peers[siphash_2u64(peer, kind, &net->hash_key) % ICMP_LIMIT_SLOTS];
	if (p->peer != peer || p->kind != kind || !p->tokens)
		*p = (struct icmp_limit_peer){ .peer = peer, .kind = kind, .last = KTIME_MAX };
	return p;
}

bool icmp_peer_take(struct net *net, struct icmp_limit *limit, u64 peer, u32 kind, ktime_t cost,
		    ktime_t burst)
{
	struct icmp_limit_peer *p = peer_slot(net, limit, peer, kind);
	ktime_t passed;

	if (!p)
		return !cost;
	passed = p->last == KTIME_MAX ? NEW_PEER_SAVED : net->now - p->last;
	p->tokens = min(p->tokens + passed, burst);
	p->last = net->now;
	if (p->tokens < cost)
		return false;
	/* 1 ns stays: tokens of 0 mark an empty slot. */
	p->tokens = max(p->tokens - cost, (ktime_t)1);
	return true;
}

bool icmp_peer_allow(struct net *net, struct icmp_limit *limit, u64 peer, u32 kind,
		     ktime_t timeout)
{
	return icmp_peer_take(net, limit, peer, kind, timeout, XRLIM_BURST_FACTOR * timeout);
}
