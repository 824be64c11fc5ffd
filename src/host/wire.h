/* SPDX-License-Identifier: MIT */
/*
 * Real interfaces by name, "KIND:REST": a TAP (tap:NAME, or NAME alone), an interface of the kernel
 * by AF_PACKET (packet:IF) or by AF_XDP (xdp:IF[:QUEUES]). Each kind is a file that opens one as a
 * card of an instance and a row in wire.c's table; all else (rings, interrupt, NAPI) is
 * driver/nic.h's.
 *
 * The card belongs to its device and ends with it (nic_ops.destroy), and the wire with the card.
 */
#ifndef LINNET_HOST_WIRE_H
#define LINNET_HOST_WIRE_H

#include <stddef.h>

#include "driver/nic.h"
#include "host/loop.h"
#include "lab/el_link.h"

#define WIRE_RING_DEFAULT 1024
/* Where frames wait in the kernel until a poll reads them: two polls' worth, more would only cost
 * memory. */
#define WIRE_RX_RING_POLLED 128

struct wire;

struct wire_ops {
	/* When the wire wants to run by itself; NULL, or INT64_MAX: never. */
	s64 (*next)(const struct wire *wire);
	/* Does what is due; before and after net_run(). */
	void (*run)(struct wire *wire, s64 now);
	/* Of the link model, 0: to us, 1: from us. NULL: there is none. */
	const struct link_stats *(*link_stats)(const struct wire *wire, int direction);
};

struct wire {			/* first thing in a kind's own struct */
	const struct wire_ops *ops;
};

struct wire_params {
	const char *spec;		/* "tap:tap0", "packet:eth1", "xdp:eth1:2" */
	const char *name;		/* of the instance's device; NULL = "eth0" */
	u8 mac[6];			/* zero = the interface's where the wire takes it over
					 * (xdp), else a local one made from addr */
	const char *addr;		/* our address, "10.0.0.2/24"; NULL: that MAC is random */
	u32 mtu;			/* 0 = the interface's */
	u32 ring;			/* descriptors each way; 0 = the wire's choice */
	unsigned shards;		/* so many are to be opened, a queue each; 0 = one */
	unsigned shard;			/* which of them this is, from 0 on, in this order */
	struct wire *first;		/* the first one's; NULL for that itself */
	u32 busy_poll_us;		/* xdp: so long after a frame its queues are asked for
					 * the next, and then waited for; 0 = waited for */
	bool no_offload;		/* frames as they would be on a cable: no longer than the
					 * MTU allows, checksums complete */
	const struct link_params *link;	/* between stack and wire, both ways; NULL = none. A TAP
					 * alone takes one, and is without offloads then */
	u64 link_seed;
};

/* NULL: err holds what went wrong and what would mend it. The device is down at first. */
struct wire *wire_open(struct net *net, struct loop *loop, const struct wire_params *params,
		       char *err, size_t err_cap);

static inline s64 wire_next(const struct wire *wire)
{
	return wire->ops->next ? wire->ops->next(wire) : INT64_MAX;
}

static inline void wire_run(struct wire *wire, s64 now)
{
	wire->ops->run(wire, now);
}

static inline const struct link_stats *wire_link_stats(const struct wire *wire, int direction)
{
	return wire->ops->link_stats ? wire->ops->link_stats(wire, direction) : NULL;
}

/* The kernel's name of the interface, from a spec. */
#define WIRE_IFNAME_MAX 64
const char *wire_ifname(const char *spec, char name[WIRE_IFNAME_MAX]);

/* What to tell who opened a wire that cannot carry anything yet, in err; false: nothing. */
bool wire_is_down(const char *spec, char *err, size_t err_cap);

/* ---- for the kinds ---- */

/* err = the text, as printf; returns NULL, for `return wire_fail(...)`. */
__attribute__((format(printf, 3, 4)))
void *wire_fail(char *err, size_t err_cap, const char *fmt, ...);

/*
 * Makes the card's device, with mac, mtu, name and rings as asked; nic->carrier is set, nic->mac
 * too where the wire has one of its own for when none is asked for. NULL: no memory.
 */
struct net_device *wire_add_card(struct net *net, struct nic *nic,
				 const struct wire_params *params, u32 mtu);

#endif
