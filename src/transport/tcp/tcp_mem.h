/* SPDX-License-Identifier: MIT */
/* Memory of a connection's queues: what it counts against, and when it is short. Part of
 * transport/tcp/tcp_sock.h, which includes it. */
#ifndef LINNET_TRANSPORT_TCP_TCP_MEM_H
#define LINNET_TRANSPORT_TCP_TCP_MEM_H

void tcp_mem_init(struct net *net);
void tcp_enter_memory_pressure(struct net *net);

/* A segment counts against the send buffer from when it is queued until it is acknowledged. */
static inline void tcp_wmem_charge(struct tcp_sock *tp, u32 bytes)
{
	tp->sk.wmem += bytes;
	tcp_net(tp)->sock->memory += bytes;
}

static inline void tcp_wmem_uncharge(struct tcp_sock *tp, u32 bytes)
{
	tp->sk.wmem -= bytes;
	tcp_net(tp)->sock->memory -= bytes;
}

#define TCP_MEM_PAGE_SHIFT 12		/* of tcp_mem */

/* More in all queues than tcp_mem[1], until it is no more than tcp_mem[0]; as it is looked at. */
static inline bool tcp_mem_pressure(struct net *net)
{
	u64 pages = net->sock->memory >> TCP_MEM_PAGE_SHIFT;
	bool *on = &net->sock->memory_pressure;

	if (unlikely(pages > (u64)net->sysctl.tcp_mem_pressure))
		tcp_enter_memory_pressure(net);
	else if (unlikely(*on) && pages <= (u64)net->sysctl.tcp_mem_min)
		*on = false;
	return *on;
}

/* That, or more than half of the budget is in use: buffers stop growing. */
static inline bool tcp_under_memory_pressure(struct net *net)
{
	return net->mem.used > net->mem.budget / 2 || tcp_mem_pressure(net);
}

/* More than tcp_mem[2], or in the last eighth of the budget: what is there for what is in flight,
 * and for each one's minimum. */
static inline bool tcp_memory_short(const struct net *net)
{
	return net->mem.used > net->mem.budget - net->mem.budget / 8 ||
	       net->sock->memory >> TCP_MEM_PAGE_SHIFT > (u64)net->sysctl.tcp_mem_max;
}

/*
 * Memory is short: may a connection whose queue holds so much have more? Its minimum is each one's,
 * or nothing would ever move; near the end its first segment only; and the very last of it belongs
 * to the machine: without buffers for its cards it would not even hear the ACKs that free the rest.
 */
static inline bool tcp_memory_minimum(const struct net *net, u32 held, s32 least)
{
	size_t budget = net->mem.budget, left = budget > net->mem.used ? budget - net->mem.used : 0;

	if (left > budget / 32)
		return held < (u32)least;
	return !held && left > budget / 64;
}

static inline u32 tcp_full_space(const struct sock *sk)
{
	return tcp_win_from_space(sk->rcvbuf);
}

static inline u32 tcp_space(const struct sock *sk)
{
	return sk->rcvbuf > sk->rmem ? tcp_win_from_space(sk->rcvbuf - sk->rmem) : 0;
}

#endif
