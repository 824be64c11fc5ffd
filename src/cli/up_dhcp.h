/* SPDX-License-Identifier: MIT */
/* linnet up --dhcp and --dhcpd: the programs dhclient and dhcpd on the machine, from its start. */
#ifndef LINNET_CLI_UP_DHCP_H
#define LINNET_CLI_UP_DHCP_H

#include "app/program.h"
#include "host/machine.h"

struct up_dhcp {
	struct machine *m;
	struct program *client, *server;
};

/* dhcpd: the words behind dhcpd's name but the device, or NULL. False: told. */
bool up_dhcp_start(struct up_dhcp *d, struct machine *m, bool client, const char *dhcpd);
/* The lease is given back. */
void up_dhcp_stop(struct up_dhcp *d);

#endif
