/* SPDX-License-Identifier: MIT */
/*
 * What AF_XDP needs to know of an interface. Apart from xdp.c because the kernel's headers and
 * wire/ define the same names.
 */
#ifndef LINNET_HOST_XDP_IF_H
#define LINNET_HOST_XDP_IF_H

#include <stdbool.h>
#include <stddef.h>

#define XDP_IFNAME_MAX 16

struct xdp_if {
	char name[XDP_IFNAME_MAX];
	unsigned index;
	unsigned mtu;
	unsigned queues;		/* that it receives with now; 1 when it does not tell */
	unsigned char mac[6];
	bool up;
	bool carrier;			/* somebody is at the other end of the cable */
	bool veth;			/* frames come from this kernel, not from a wire */
};

/* False: err says why. */
bool xdp_if_ask(struct xdp_if *i, const char *name, char *err, size_t cap);

/* That the kernel is too old for frames of several pieces, which this MTU needs. */
void xdp_if_say_sg(const struct xdp_if *i, char *err, size_t cap);

/* A descriptor that is readable when a device of the namespace changed; -1: errno says why. */
int xdp_if_watch(void);

/* Reads what it has to say of this device; true: its carrier is told. A device that is gone or down
 * has none. */
bool xdp_if_watch_read(int fd, unsigned index, bool *carrier);

/*
 * A descriptor that keeps the card in promiscuous mode (else all multicast, which also a card that
 * filters by its own address must let through) until it is closed; -1: errno says why.
 */
int xdp_if_listen(const struct xdp_if *i, bool promisc);

#endif
