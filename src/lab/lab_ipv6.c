/* SPDX-License-Identifier: MIT */
/*
 * IPv6 on a node. A lab begins as if its machines had been on for long: what the file's exec lines
 * give, and the link-local addresses, are not tested for duplicates (RFC 4862 5.4), which takes a
 * second in which an address is of no use. What comes later is.
 */
#include <linnet/ctl.h>
#include <stdio.h>

#include "base/netns.h"
#include "lab/lab_priv.h"
#include "net/ipv6/ip6.h"

/* All devices, and those that are still to come. */
static void set_dad(struct lab_node *node, u8 from, u8 to)
{
	struct net *net = net_of(node->net);
	struct net_device *dev;

	if (net->ipv6->conf_default.dad_transmits == from)
		net->ipv6->conf_default.dad_transmits = to;
	for_each_netdev(net, dev)
		if (dev->ip6_ptr && dev->ip6_ptr->cnf.dad_transmits == from)
			dev->ip6_ptr->cnf.dad_transmits = to;
}

void lab_ipv6_begin(struct lab_node *node)
{
	set_dad(node, 1, 0);
	if (topo_node_has_ipv6(node->topo))
		addrconf_disable_ipv6_all(net_of(node->net), false);
}

void lab_ipv6_end(struct lab_node *node)
{
	set_dad(node, 0, 1);
}

/* value < 0: it stays. */
static int set(struct lab_node *node, const char *interface, const char *name, s64 value,
	       char *err, size_t cap)
{
	char cmd[128];

	if (value < 0)
		return 0;
	/* with slashes, as sysctl(8) has it: a dot is a part of the name then, as in eth0.10 */
	snprintf(cmd, sizeof(cmd), "sysctl -q -w 'net/ipv6/conf/%s/%s=%lld'", interface, name,
		 (long long)value);
	return ln_ctl(node->net, cmd, err, cap, NULL);
}

static s64 seconds(s64 ns)
{
	return ns < 0 ? -1 : (ns + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

int lab_radvd_start(struct lab_node *node, const struct topo_radvd *radvd, char *err, size_t cap)
{
	const struct { const char *name; s64 value; } settings[] = {
		{ "adv_interval", seconds(radvd->interval_ns) },
		{ "adv_lifetime", seconds(radvd->lifetime_ns) },
		{ "adv_valid_lft", seconds(radvd->valid_ns) },
		{ "adv_preferred_lft", seconds(radvd->preferred_ns) },
		{ "adv_mtu", radvd->mtu }, { "adv_preference", radvd->preference },
		{ "adv_managed", radvd->managed }, { "adv_other", radvd->other },
		{ "adv_rdnss", radvd->rdnss }, { "adv_send", 1 },
	};
	int res = 0;

	if (!dev_get_by_name(net_of(node->net), radvd->interface)) {
		snprintf(err, cap, "there is no interface %s", radvd->interface);
		return -ENODEV;
	}
	for (size_t i = 0; i < ARRAY_SIZE(settings) && !res; i++)
		res = set(node, radvd->interface, settings[i].name, settings[i].value, err, cap);
	for (char *end = err + strlen(err); res && end > err && end[-1] == '\n'; *--end = '\0')
		;
	return res;
}
