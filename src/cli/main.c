/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

static const struct cli_command commands[] = {
	{ "get", cmd_get, "fetch a page, in the built-in internet, a lab or over a TAP", help_get },
	{ "lab", cmd_lab, "run, check and list labs: networks in a file", help_lab },
	{ "up", cmd_up, "put the stack on a TAP device or interface until stopped", help_up },
	{ "drill", cmd_drill, "run packetdrill scripts, in virtual time", help_drill },
	{ "calc", cmd_calc, "network and host of an address", help_calc },
	{ "help", cmd_help, "this list, or help on a command", help_help },
	/* configuration and state */
	{ "ip", cmd_ip, "addresses, routes, neighbours, devices", NULL },
	{ "route", cmd_ctl, "the routing table", NULL },
	{ "arp", cmd_ctl, "the neighbour table", NULL },
	{ "netstat", cmd_ctl, "connections, routes, devices, counters", NULL },
	{ "ss", cmd_ctl, "sockets, with what TCP knows of them", NULL },
	{ "ifconfig", cmd_ctl, "devices, with overruns", NULL },
	{ "ethtool", cmd_ctl, "the card: rings, moderation, counters", NULL },
	{ "sysctl", cmd_ctl, "settings by name", NULL },
	{ "nft", cmd_nft, "rules for packets, in nftables' language", NULL },
	{ "conntrack", cmd_ctl, "connections that are tracked", NULL },
	{ "bridge", cmd_ctl, "a switch's ports and MAC table", NULL },
	{ "brctl", cmd_ctl, "the same, as bridge-utils print it", NULL },
	{ "tc", cmd_ctl, "queueing disciplines", NULL },
	{ "cat", cmd_ctl, "/proc/softirqs, /proc/net/snmp and their kin; /etc/hosts", NULL },
	{ "hostname", cmd_ctl, "the instance's name", NULL },
	{ "stat", cmd_ctl, "ledger of frames, drops by reason, copies, memory", NULL },
	/* programs */
	{ "ping", cmd_ctl, "echo requests", NULL },
	{ "tcpdump", cmd_tcpdump, "the frames that pass, as lines or as a capture", NULL },
	{ "traceroute", cmd_ctl, "the routers on the way", NULL },
	{ "dig", cmd_ctl, "ask name servers", NULL },
	{ "host", cmd_ctl, "look a name up", NULL },
	{ "nslookup", cmd_ctl, "look a name up", NULL },
	{ "curl", cmd_ctl, "fetch a URL from that machine", NULL },
	{ "nc", cmd_ctl, "standard input and output over TCP or UDP", NULL },
	{ "perf", cmd_ctl, "throughput between two linnets", NULL },
	{ "iperf3", cmd_ctl, "throughput, also with the real iperf3", NULL },
	{ "dhclient", cmd_ctl, "an address by DHCP, until interrupted", NULL },
	{ "dhcpd", cmd_ctl, "addresses for others by DHCP, until interrupted", NULL },
	{ 0 },
};

int main(int argc, char **argv)
{
	return cli_main(commands, argc, argv);
}
