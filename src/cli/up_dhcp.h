/* SPDX-License-Identifier: MIT */
/* linnet up --dhcp and --dhcpd, linnet get --dhcp: the programs dhclient and dhcpd on the machine,
 * from its start. */
#ifndef LINNET_CLI_UP_DHCP_H
#define LINNET_CLI_UP_DHCP_H

#include "app/program.h"
#include "cli/cli.h"
#include "cli/up_leases.h"
#include "host/machine.h"

struct up_dhcp {
	struct machine *m;
	const struct cli *cli;
	const char *dhcpd;
	struct up_leases leases;
	struct program *client, *server;
	bool failed;			/* one of them ended, which was told: so does the machine */
	bool stopping;
	bool quiet;			/* the page has standard output to itself */
};

/*
 * dhcpd: the words behind dhcpd's name but the device, or NULL; lease_file: NULL, they end with the
 * server. False: told.
 */
bool up_dhcp_start(struct up_dhcp *d, const struct cli *cli, struct machine *m, bool client,
		   const char *dhcpd, const char *lease_file);
/* Asks for an address, without a word. False: told. */
bool up_dhcp_ask(struct up_dhcp *d, const struct cli *cli, struct machine *m);
/* The lease is given back. */
void up_dhcp_stop(struct up_dhcp *d);

#endif
