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

/* More than half of the budget is in use: new sockets begin small. */
static inline bool tcp_budget_pressure(const struct net *net)
{
	return net->mem.used > net->mem.budget / 2;
}

/* Either: buffers stop growing. */
static inline bool tcp_under_memory_pressure(struct net *net)
{
	return tcp_budget_pressure(net) || tcp_mem_pressure(net);
}

/* No less than tcp_mem[0]: what grows by itself does so no more. */
static inline bool tcp_mem_moderate(const struct net *net)
{
	return net->sock->memory >> TCP_MEM_PAGE_SHIFT >= (u64)net->sysctl.tcp_mem_min;
}

/* More than tcp_mem[2]. */
static inline bool tcp_mem_exceeded(const struct net *net)
{
	return net->sock->memory >> TCP_MEM_PAGE_SHIFT > (u64)net->sysctl.tcp_mem_max;
}

/* That, or in the last eighth of the budget: what is there for what is in flight,
 * and for each one's minimum. */
static inline bool tcp_memory_short(const struct net *net)
{
	return net->mem.used > net->mem.budget - net->mem.budget / 8 ||
	       tcp_mem_exceeded(net);
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

/* Too many orphans, each counted 1 << shift times; or above tcp_mem[2], and this one holds more
 * than the least that a send buffer may be. */
static inline bool tcp_check_oom(const struct sock *sk, unsigned shift)
{
	const struct net *net = sock_net(sk);

	return net->sock->orphans << shift > (u64)net->sysctl.tcp_max_orphans ||
	       (sk->wmem > SOCK_MIN_SNDBUF && tcp_mem_exceeded(net));
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
