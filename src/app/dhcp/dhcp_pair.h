/* SPDX-License-Identifier: MIT */
/* For tests only: two hosts on a cable, one with a DHCP server, in virtual time. */
#ifndef LINNET_APP_DHCP_DHCP_PAIR_H
#define LINNET_APP_DHCP_DHCP_PAIR_H

#include "app/util/net_test.h"

#include "app/dhcp/dhcp_server.h"

static struct world w;
static struct ln_net *server_host, *client_host;
static struct dhcp_server *server;

/* The server's end has 10.0.0.1/24 and more if `also` is given; the client's has nothing. */
static inline void begin(const char *also)
{
	struct ln_nic_params params = { .name = "eth0" };
	struct ln_nic *nic;

	memset(&w, 0, sizeof(w));
	server = NULL;
	server_host = world_host(&w, "server");
	client_host = world_host(&w, "client");
	w.cable[0] = world_nic(&w, server_host, 1);
	if (also)
		world_ctl(server_host, "ip addr add %s dev eth0", also);
	nic = ln_nic_create(client_host, &params);
	world_ctl(client_host, "ip link set eth0 up");
	assert_int_equal(ln_nic_connect(w.cable[0], nic), 0);
	w.ncables = 1;
}

static inline struct dhcp_server_params pool(void)
{
	return (struct dhcp_server_params){
		.dev = "eth0", .first = htonl(0x0a000064), .last = htonl(0x0a00006d),
		.lease_s = 600, .router = { htonl(0x0a000001) }, .nrouter = 1,
		.dns = { htonl(0x0a000001), htonl(0x08080808) }, .ndns = 2, .mtu = 1400,
		.domain = "lab.test", .search = "lab.test x.lab.test",
	};
}

static inline void serve(const struct dhcp_server_params *p)
{
	assert_int_equal(dhcp_server_start(server_host, p, &server), 0);
}

static inline void end(void)
{
	dhcp_server_stop(server);
	world_end(&w);
}

#endif
