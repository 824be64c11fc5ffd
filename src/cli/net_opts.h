/* SPDX-License-Identifier: MIT */
/* The options that put the stack on a real interface; `linnet get` and `linnet up` share them. */
#ifndef LINNET_CLI_NET_OPTS_H
#define LINNET_CLI_NET_OPTS_H

#include "cli/cli_opts.h"
#include "host/machine.h"

struct net_opts {
	struct machine_params params;	/* refers to what is below, and to argv */
	struct link_params link;
	char *hosts;			/* text of the hosts file */
	unsigned addr_count, dev_count;
	const char *first;		/* the first of these options that was given, or NULL */
	bool has_dhcp;			/* the command knows --dhcp */
	bool dhcp;			/* an address is asked for: none needs to be given */
};

enum {
	NET_OPT_DEV = CLI_OPT + 100, NET_OPT_ADDR, NET_OPT_GW, NET_OPT_DNS, NET_OPT_HOSTS,
	NET_OPT_LINK, NET_OPT_MAC, NET_OPT_NO_OFFLOAD, NET_OPT_BUSY_POLL, NET_OPT_SLAAC,
	NET_OPT_MTU,
};

#define NET_LONG_OPTS \
	{ "dev", required_argument, NULL, NET_OPT_DEV }, \
	{ "addr", required_argument, NULL, NET_OPT_ADDR }, \
	{ "gw", required_argument, NULL, NET_OPT_GW }, \
	{ "gateway", required_argument, NULL, NET_OPT_GW }, \
	{ "slaac", no_argument, NULL, NET_OPT_SLAAC }, \
	{ "dns", required_argument, NULL, NET_OPT_DNS }, \
	{ "hosts", required_argument, NULL, NET_OPT_HOSTS }, \
	{ "link", required_argument, NULL, NET_OPT_LINK }, \
	{ "mac", required_argument, NULL, NET_OPT_MAC }, \
	{ "no-offload", no_argument, NULL, NET_OPT_NO_OFFLOAD }, \
	{ "busy-poll", required_argument, NULL, NET_OPT_BUSY_POLL }, \
	{ "mtu", required_argument, NULL, NET_OPT_MTU }

#define NET_OPTS_HELP \
"      --dev DEVICE     the wire, one of (docs/DEVICES.md):\n" \
"          tap:NAME     or NAME alone, a TAP device, made when it does not exist and we may\n" \
"          packet:IF    an interface of this machine, with our own MAC beside its\n" \
"          xdp:IF[:QUEUES]  an interface by AF_XDP: all, or the first QUEUES, of its receive\n" \
"                       queues are ours as long as we run\n" \
"      --addr A/LEN     our address, 10.0.0.2/24 or 2001:db8::2/64; several times\n" \
"      --gw ADDRESS     the default gateway; once for each family\n" \
"      --slaac          IPv6 as routers advertise it: address, gateway, name servers\n" \
"      --dns ADDRESS    a name server to ask; up to three times\n" \
"      --hosts FILE     our hosts file, as /etc/hosts\n" \
"      --link KEYS      what happens to frames on the way to and from the TAP, with the keys of\n" \
"                       a lab's link (docs/LABS.md): \"loss: 1%, reorder: 1%, delay: 5ms\"\n" \
"      --mac MAC        our card's address; left out: a local one made from --addr, with xdp:IF\n" \
"                       the interface's\n" \
"      --mtu N          left out: the device's\n" \
"      --no-offload     frames as on a cable, also in captures: not merged, checksums complete\n" \
"      --busy-poll US   with xdp:IF, ask its queues for so long after a frame before we sleep\n"

#define NET_OPTS_TAP_HELP \
"A TAP for it is made by root, once:\n" \
"  ip tuntap add dev tap0 mode tap user $USER\n" \
"  ip addr add 10.0.0.1/24 dev tap0; ip link set tap0 up\n" \
"packet:NAME needs CAP_NET_RAW, as root has it.\n"

/* 1: taken; 0: not one of these; -1: a mistake, told. */
int net_opts_take(struct net_opts *n, const struct cli_opts *o, int opt);

/* What must be given together. False: told. */
bool net_opts_check(struct net_opts *n, const struct cli *cli);

/* Says so when the other end of the cable cannot hear: once the TAP is there. */
void net_opts_tell_down(const struct net_opts *n, const struct cli *cli);
void net_opts_free(struct net_opts *n);

#endif
