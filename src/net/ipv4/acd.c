/* SPDX-License-Identifier: MIT */
/*
 * Address conflict detection (RFC 5227): addresses are announced when they come, and defended when
 * somebody else claims them. Linux leaves both to daemons, so it is off unless conf.DEV.arp_defend,
 * which is no name of Linux's, says otherwise: 1 gives an address up that is claimed again within
 * DEFEND_INTERVAL (2.4 b), 2 keeps it (2.4 c). That one is free is probed by who gives it
 * (app/dhcp/dhcp_client.c); a conflict is counted and traced in any case.
 */
#include "base/trace.h"
#include "link/ethernet.h"
#include "net/ipv4/ifaddr.h"
#include "net/ipv4/ip_impl.h"
#include "wire/arp.h"

#define ANNOUNCE_NUM 2				/* RFC 5227 1.1 */
#define ANNOUNCE_INTERVAL (2 * NSEC_PER_SEC)
#define DEFEND_INTERVAL (10 * NSEC_PER_SEC)

enum { DEFEND_NEVER, DEFEND_ONCE, DEFEND_ALWAYS };

static u8 mode_of(const struct in_ifaddr *ifa)
{
	return IN_DEV_MAXCONF(ifa->in_dev, ifa->in_dev->dev->net, arp_defend);
}

static void announce(const struct in_ifaddr *ifa)
{
	struct net_device *dev = ifa->in_dev->dev;

	arp_send(dev, ARPOP_REQUEST, ifa->local, ifa->local, NULL, dev->dev_addr, NULL);
}

static void announce_timer_fn(struct timer *t)
{
	struct in_ifaddr *ifa = container_of(t, struct in_ifaddr, announce_timer);
	struct net *net = ifa->in_dev->dev->net;

	announce(ifa);
	if (--ifa->announcements)
		net_timer_mod(net, t, net->now + ANNOUNCE_INTERVAL);
}

void acd_addr_init(struct in_ifaddr *ifa)
{
	timer_init(&ifa->announce_timer, announce_timer_fn);
}

void acd_addr_exit(struct in_ifaddr *ifa)
{
	net_timer_del(ifa->in_dev->dev->net, &ifa->announce_timer);
}

/* At once, by a timer: who adds an address still holds it. */
void acd_addr_ready(struct in_ifaddr *ifa)
{
	struct net_device *dev = ifa->in_dev->dev;

	if (!mode_of(ifa) || !netif_running(dev) || dev->flags & (IFF_LOOPBACK_ | IFF_NOARP_))
		return;
	ifa->announcements = ANNOUNCE_NUM;
	net_timer_mod(dev->net, &ifa->announce_timer, dev->net->now);
}

static void tell(const struct in_ifaddr *ifa, const u8 *sha, const char *what)
{
	struct net_device *dev = ifa->in_dev->dev;

	trace_dev(dev->net, arp_conflict, dev, 0, ifa->local, eth_addr_u64(sha), TRACE_STR(what));
}

void acd_conflict(struct net_device *dev, be32 addr, const u8 *sha)
{
	struct in_ifaddr *ifa = inet_lookup_ifaddr(dev->net, addr);
	ktime_t now = dev->net->now;

	dev->ip_ptr->arp_conflicts++;
	if (ifa->in_dev->dev != dev || mode_of(ifa) == DEFEND_NEVER) {
		tell(ifa, sha, "kept");
		return;
	}
	if (now >= ifa->defended_until) {
		tell(ifa, sha, "defended");
		ifa->defended_until = now + DEFEND_INTERVAL;
		announce(ifa);
	} else if (mode_of(ifa) == DEFEND_ONCE) {
		tell(ifa, sha, "given up");
		inet_del_ifa(ifa);
	} else {
		tell(ifa, sha, "kept");
	}
}
