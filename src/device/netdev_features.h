/* SPDX-License-Identifier: MIT */
/* What a device is like: its flags, and what it does for the stack (ethtool -k). */
#ifndef LINNET_DEVICE_NETDEV_FEATURES_H
#define LINNET_DEVICE_NETDEV_FEATURES_H

/* flags: Linux's IFF_* numbers */
enum {
	IFF_UP_ = 0x1, IFF_BROADCAST_ = 0x2, IFF_LOOPBACK_ = 0x8, IFF_POINTOPOINT_ = 0x10,
	IFF_RUNNING_ = 0x40, IFF_NOARP_ = 0x80, IFF_PROMISC_ = 0x100, IFF_ALLMULTI_ = 0x200,
	IFF_MULTICAST_ = 0x1000, IFF_LOWER_UP_ = 0x10000,
};

/* features: what the device does for the stack */
enum {
	NETIF_F_SG = 0x1,		/* takes fragments */
	NETIF_F_HW_CSUM = 0x2,		/* finishes transport checksums */
	NETIF_F_RXCSUM = 0x4,
	NETIF_F_TSO = 0x8,		/* takes segments of IPv4 with gso_size */
	NETIF_F_LOOPBACK = 0x10,	/* packets do not leave the machine: no checksum needed */
	NETIF_F_GRO = 0x20,		/* received segments are joined (gro.h) */
	NETIF_F_GSO_UDP_L4 = 0x40,	/* takes datagrams with gso_size, as TSO segments */
	NETIF_F_GRO_UDP_FWD = 0x80,	/* datagrams for other machines are joined too */
	NETIF_F_TSO6 = 0x100,		/* NETIF_F_TSO of IPv6 */
	NETIF_F_ALL_TSO = NETIF_F_TSO | NETIF_F_TSO6,
};

#endif
