/* SPDX-License-Identifier: MIT */
/*
 * For tests: a client, a router and a server, their cables, no addresses. Behind ip_testbed.h or
 * ip6_testbed.h, whose hosts they are.
 */
#ifndef LINNET_NET_NETFILTER_NF_THREE_H
#define LINNET_NET_NETFILTER_NF_THREE_H

#include "net/testbed.h"

static struct testbed tb;
static struct net *client, *router, *server;

static inline void nf_plug_three(void)
{
	tb.n = 0;	/* a test that failed left its own */
	client = tb_add(&tb, NULL);
	router = tb_add(&tb, NULL);
	server = tb_add(&tb, NULL);
	tb_link(client, "eth0", router, "lan");
	tb_link(router, "wan", server, "eth0");
}

#endif
