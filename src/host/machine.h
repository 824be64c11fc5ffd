/* SPDX-License-Identifier: MIT */
/*
 * A real machine: one instance with a wire as its eth0, a resolver, and the loop that they live on.
 * Or several wires as ports of a bridge, which has the addresses then. Its time is the monotonic
 * clock.
 *
 *	machine_create -> machine_turn ... until done -> machine_destroy
 */
#ifndef LINNET_HOST_MACHINE_H
#define LINNET_HOST_MACHINE_H

#include <linnet/net.h>

#include "app/util/inet.h"
#include "host/loop.h"
#include "lab/el_link.h"

#define MACHINE_DNS_MAX 3
#define MACHINE_ADDRS_MAX 8
#define MACHINE_PORTS_MAX 32
#define MACHINE_BUSY_MAX 16	/* turns in a row with work that do not look at descriptors */
#define MACHINE_BUDGET ((size_t)256 << 20)	/* bytes that the instance may hold */

struct capture;
struct crew;
struct dns_client;
struct journey;
struct pcapng;
struct wire;

struct machine_params {
	const char *dev;		/* "tap:tap0", "packet:eth1", "xdp:eth1": wire.h */
	const char *bridge;		/* its name and options, "br0 stp_state 1", over dev and
					 * more_devs, which are called as their interfaces; NULL =
					 * dev alone, as eth0 */
	const char *more_devs[MACHINE_PORTS_MAX];	/* up to NULL */
	const char *name;		/* the host's; NULL = "linnet" */
	const char *addr;		/* "10.0.0.2/24", "2001:db8::2/64"; NULL = none */
	const char *more_addrs[MACHINE_ADDRS_MAX];	/* up to NULL */
	const char *gw;			/* default gateway, "10.0.0.1"; NULL = none */
	const char *gw6;		/* of IPv6; "fe80::1", too */
	bool slaac;			/* IPv6, and what routers say of it */
	struct ipaddr dns[MACHINE_DNS_MAX];
	unsigned dns_count;
	const char *hosts;		/* text of its hosts file; NULL = only localhost */
	u8 mac[6];			/* zero = the wire's choice */
	u32 mtu;			/* 0 = the interface's */
	unsigned shards;		/* instances, on a thread each (crew.h); 0 = one */
	u32 busy_poll_us;		/* 0 = none (wire.h) */
	bool no_offload;		/* frames as on a cable: not merged, checksums complete */
	const struct link_params *link;	/* between stack and TAP, both ways; NULL = nothing */
	u64 seed;			/* of the link's chance and, when not 0, of the instance's;
					 * 0 = entropy, as a real wire wants it */
	struct journey *journey;	/* or NULL */
	struct pcapng *pcap;		/* begun; or NULL */
};

struct machine {
	struct ln_net *net;		/* the first shard's, as all of these */
	struct loop loop;
	struct wire *wire;
	struct wire *more_wires[MACHINE_PORTS_MAX];	/* up to NULL: a bridge's other ports */
	char ifname[16];		/* that has the addresses */
	unsigned busy;			/* turns since descriptors were looked at */
	struct crew *crew;		/* of several shards; NULL: one is all */
	bool slaac;
	struct dns_client *dns;
	struct capture *capture;
};

/* NULL: err says what went wrong and what would mend it. */
struct machine *machine_create(const struct machine_params *params, char *err, size_t cap);

/* Ends capture and journey: what ends from here on ends because the machine does. */
void machine_unwatch(struct machine *m);

/* The i-th shard's instance; NULL past the last. */
struct ln_net *machine_net_at(const struct machine *m, unsigned i);

/* A command line for all of them (ln_ctl, ln_shards_ctl). */
int machine_ctl(struct machine *m, const char *cmd, char *out, size_t cap, size_t *len);

/* The other shards' threads end. For who has something on their instances to take down. */
void machine_stop(struct machine *m);

/* May be NULL; leaks too. 0, or -ENOTRECOVERABLE: a frame or byte is missing. */
int machine_destroy(struct machine *m, struct ln_leaks *leaks);

/*
 * Lets everything happen that is due, then waits for the next frame, timer or descriptor, at most
 * until until_ns (host_now_ns() time). The loop may say that a signal came (loop.interrupted).
 * The first turn lets the other shards run, too.
 */
void machine_turn(struct machine *m, s64 until_ns);

/*
 * Whether what it was made with is there: addresses tested for duplicates, with slaac one that a
 * router's prefix made. A second or two after the start.
 */
bool machine_is_ready(const struct machine *m);

#endif
