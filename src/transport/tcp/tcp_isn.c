/* SPDX-License-Identifier: MIT */
/* Numbers that nobody may guess. */
#include "transport/tcp/tcp_af.h"

u32 tcp_init_seq(const struct sock_common *c)
{
	u64 ports = (u64)cpu_to_be16(c->num) << 16 | c->dport;

	/* RFC 6528 3: F(tuple, secret) + M; the clock ticks every 64 ns, as Linux's. */
	return (u32)tcp_af(c)->hash(c, ports) + (u32)((u64)c->net->now >> 6);
}

u32 tcp_ts_hash(const struct sock_common *c)
{
	struct netns_tcp *ns = c->net->tcp;
	u32 hash;

	/* Of the addresses alone: the next connection between the same two has the same. */
	if (likely(!c->v6) && ns->last_ts.daddr == c->daddr && c->daddr &&
	    ns->last_ts.rcv_saddr == c->rcv_saddr)
		return ns->last_ts.hash;
	hash = (u32)tcp_af(c)->hash(c, 1ull << 40);
	if (likely(!c->v6)) {
		ns->last_ts.rcv_saddr = c->rcv_saddr;
		ns->last_ts.daddr = c->daddr;
		ns->last_ts.hash = hash;
	}
	return hash;
}

u32 tcp_init_ts_off(const struct sock_common *c)
{
	return c->net->sysctl.tcp_timestamps == 1 ? tcp_ts_hash(c) : 0;
}
