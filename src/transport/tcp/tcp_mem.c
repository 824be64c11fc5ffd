/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_sock.h"

static s32 pages_of(size_t bytes)
{
	return (s32)min(bytes >> TCP_MEM_PAGE_SHIFT, (size_t)INT32_MAX);
}

/* The budget's own limits, which all that is in queues is a part of: these begin to count when they
 * are set lower. As Linux's, the first is three quarters of the second. */
void tcp_mem_init(struct net *net)
{
	size_t budget = net->mem.budget;

	net->sysctl.tcp_mem_min = pages_of(budget / 8 * 3);
	net->sysctl.tcp_mem_pressure = pages_of(budget / 2);
	net->sysctl.tcp_mem_max = pages_of(budget - budget / 8);
}

void tcp_enter_memory_pressure(struct net *net)
{
	if (net->sock->memory_pressure)
		return;
	net->sock->memory_pressure = true;
	mib_inc(net, TcpExtTCPMemoryPressures);
}
