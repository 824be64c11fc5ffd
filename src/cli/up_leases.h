/* SPDX-License-Identifier: MIT */
/*
 * linnet up --lease-file: who has which address, in a file that outlives the server. A line for
 * each, as dnsmasq keeps them, so that one may follow the other:
 *
 *	EXPIRES MAC ADDRESS NAME IDENTIFIER		1780000000 02:00:00:00:00:01 10.0.0.100 pc *
 *
 * EXPIRES is in Unix time, 0 for never; "*" is no name, no identifier. It is written as a whole
 * beside the old one and takes its place, before the client hears that it has the address.
 */
#ifndef LINNET_CLI_UP_LEASES_H
#define LINNET_CLI_UP_LEASES_H

#include <stdio.h>

#include "app/dhcp/dhcp_server.h"
#include "app/util/text.h"
#include "cli/cli.h"

struct up_leases {
	const struct cli *cli;
	const char *name;
	struct dhcp_store store;
	struct text text;		/* of the file, when it was opened */
	size_t at;			/* what was read of it */
	unsigned line;
	bool failed;			/* to be written, which was told */
};

/* A file that is not there is an empty one. False: told. */
bool up_leases_open(struct up_leases *l, const struct cli *cli, const char *name);
void up_leases_close(struct up_leases *l);

#endif
