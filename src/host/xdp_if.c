/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp_if.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Cards have combined queues, or queues for receiving, or both. */
static unsigned ask_queues(int s, struct ifreq *ifr)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };

	ifr->ifr_data = (void *)&ch;
	if (ioctl(s, SIOCETHTOOL, ifr))
		return 1;
	return ch.combined_count + ch.rx_count ? ch.combined_count + ch.rx_count : 1;
}

static bool ask_veth(int s, struct ifreq *ifr)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	ifr->ifr_data = (void *)&info;
	return !ioctl(s, SIOCETHTOOL, ifr) && !strcmp(info.driver, "veth");
}

static bool ask_carrier(int s, struct ifreq *ifr)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };

	ifr->ifr_data = (void *)&link;
	return ioctl(s, SIOCETHTOOL, ifr) || link.data;
}

/* False: errno. */
static bool ask_all(struct xdp_if *i, int s)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	memcpy(ifr.ifr_name, i->name, sizeof(i->name));
	if (ioctl(s, SIOCGIFINDEX, &ifr))
		return false;
	i->index = (unsigned)ifr.ifr_ifindex;
	if (ioctl(s, SIOCGIFMTU, &ifr))
		return false;
	i->mtu = (unsigned)ifr.ifr_mtu;
	if (ioctl(s, SIOCGIFFLAGS, &ifr))
		return false;
	i->up = ifr.ifr_flags & IFF_UP;
	if (ioctl(s, SIOCGIFHWADDR, &ifr))
		return false;
	if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
		errno = EAFNOSUPPORT;
		return false;
	}
	memcpy(i->mac, ifr.ifr_hwaddr.sa_data, sizeof(i->mac));
	i->queues = ask_queues(s, &ifr);
	i->veth = ask_veth(s, &ifr);
	i->carrier = ask_carrier(s, &ifr);
	return true;
}

bool xdp_if_ask(struct xdp_if *i, const char *name, char *err, size_t cap)
{
	bool good;
	int s;

	*i = (struct xdp_if){ .index = 0 };
	if (!*name || strlen(name) >= sizeof(i->name)) {
		snprintf(err, cap, "xdp:%s: device names have 1 to 15 bytes", name);
		return false;
	}
	memcpy(i->name, name, strlen(name) + 1);
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0) {
		snprintf(err, cap, "socket: %s", strerror(errno));
		return false;
	}
	good = ask_all(i, s);
	if (!good && errno == EAFNOSUPPORT)
		snprintf(err, cap, "%s: not an Ethernet device", name);
	else if (!good)
		snprintf(err, cap, "%s: %s; ip link shows the devices that there are", name,
			 strerror(errno));
	else if (!i->up)
		snprintf(err, cap, "%s: the device is down: ip link set %s up", name, name);
	close(s);
	return good && i->up;
}

void xdp_if_say_sg(const struct xdp_if *i, char *err, size_t cap)
{
	snprintf(err, cap, "%s: MTU %u needs frames of several pieces, which AF_XDP has from "
		 "kernel 6.6 on: ip link set dev %s mtu 1500, and the other end's", i->name, i->mtu,
		 i->name);
}

int xdp_if_watch(void)
{
	const struct sockaddr_nl links = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (s >= 0 && bind(s, (const void *)&links, sizeof(links))) {
		int saved = errno;

		close(s);
		errno = saved;
		return -1;
	}
	return s;
}

/* One message; true: it is of this device. (IFF_RUNNING may say the state of a second ago.) */
static bool link_message(const struct nlmsghdr *h, unsigned index, bool *carrier)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);

	if ((h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK) ||
	    (unsigned)info->ifi_index != index || info->ifi_family != AF_UNSPEC)
		return false;
	*carrier = h->nlmsg_type == RTM_NEWLINK && (info->ifi_flags & IFF_LOWER_UP);
	return true;
}

bool xdp_if_watch_read(int fd, unsigned index, bool *carrier)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	bool told = false;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		size_t left = (size_t)n;
		struct nlmsghdr *h = (void *)buf;

		for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			told |= link_message(h, index, carrier);
	}
	return told;
}

int xdp_if_listen(const struct xdp_if *i, bool promisc)
{
	const struct packet_mreq mreq = {
		.mr_ifindex = (int)i->index,
		.mr_type = promisc ? PACKET_MR_PROMISC : PACKET_MR_ALLMULTI,
	};
	int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);	/* protocol 0: it hears nothing */

	if (s >= 0 && setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq))) {
		int saved = errno;

		close(s);
		errno = saved;
		return -1;
	}
	return s;
}
