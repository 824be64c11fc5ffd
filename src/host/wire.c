/* SPDX-License-Identifier: MIT */
#include "host/wire.h"

#include <stdarg.h>
#include <stdio.h>

#include "device/dev_nic.h"
#include "host/ifquery.h"
#include "host/packet.h"
#include "host/tap.h"
#include "host/xdp.h"
#include "link/ethernet.h"

struct wire_kind {
	const char *name;
	bool link;			/* takes a link model */
	struct wire *(*open)(struct net *net, struct loop *loop, const char *rest,
			     const struct wire_params *params, char *err, size_t err_cap);
	/* What is wrong when the interface is down: %s its name. NULL: open() tells. */
	const char *down;
};

/* The first is meant when none is named. */
static const struct wire_kind kinds[] = {
	{ "tap", true, tap_open,
	  "the kernel's end of %s is down, so nobody hears us: ip link set %s up, and give it an "
	  "address (ip addr add ... dev %s)" },
	{ "packet", false, packet_open,
	  "%s is down, so nobody hears us: ip link set %s up (it is not to have our address: "
	  "that is ours alone on %s)" },
	{ "xdp", false, xdp_open, NULL },	/* refuses an interface that is down */
};

void *wire_fail(char *err, size_t err_cap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, err_cap, fmt, ap);
	va_end(ap);
	return NULL;
}

/* The kind of a spec, and where its rest begins; NULL: there is no such kind. */
static const struct wire_kind *find_kind(const char *spec, const char **rest)
{
	const char *colon = strchr(spec, ':');
	size_t len = colon ? (size_t)(colon - spec) : 0;

	*rest = colon ? colon + 1 : spec;
	if (!colon)
		return &kinds[0];
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i].name) == len && !memcmp(kinds[i].name, spec, len))
			return &kinds[i];
	return NULL;
}

struct wire *wire_open(struct net *net, struct loop *loop, const struct wire_params *params,
		       char *err, size_t err_cap)
{
	const struct wire_kind *kind;
	const char *rest;

	kind = find_kind(params->spec, &rest);
	if (!kind)
		return wire_fail(err, err_cap, "%s: there is no such kind of device; expected "
				 "tap:NAME, packet:INTERFACE, xdp:INTERFACE[:QUEUES], or NAME "
				 "alone for a TAP", params->spec);
	if (!*rest)
		return wire_fail(err, err_cap, "%s: the name of the interface is missing",
				 params->spec);
	if (params->link && !kind->link)
		return wire_fail(err, err_cap, "%s: a link can only be simulated before a TAP "
				 "(tap:NAME)", params->spec);
	return kind->open(net, loop, rest, params, err, err_cap);
}

const char *wire_ifname(const char *spec, char name[WIRE_IFNAME_MAX])
{
	const char *rest;

	find_kind(spec, &rest);
	snprintf(name, WIRE_IFNAME_MAX, "%.*s", (int)strcspn(rest, ":"), rest);
	return name;
}

bool wire_is_down(const char *spec, char *err, size_t err_cap)
{
	const char *rest;
	const struct wire_kind *kind = find_kind(spec, &rest);
	char name[WIRE_IFNAME_MAX];

	if (!kind || !kind->down || if_is_up(wire_ifname(spec, name)))
		return false;
	/* The texts are the table's own, with the name three times. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(err, err_cap, kind->down, name, name, name);
#pragma GCC diagnostic pop
	return true;
}

/* The same address has the same MAC again: who knows it need not find out that it changed. */
static void local_mac(struct net *net, u8 mac[6], const char *addr)
{
	u64 h = 0xcbf29ce484222325;	/* FNV-1a */

	for (; addr && *addr && *addr != '/'; addr++)
		h = (h ^ (u8)*addr) * 0x100000001b3;
	if (!addr)
		h = prng_u64(&net->prng);
	put_be16(mac, (u16)(0x0200 | ((h >> 40) & 0xfcff)));	/* locally administered, unicast */
	put_be32(mac + 2, (u32)h);
}

struct net_device *wire_add_card(struct net *net, struct nic *nic,
				 const struct wire_params *params, u32 mtu)
{
	static const struct dev_nic_link ether = { ether_setup, eth_type_trans };
	static const u8 no_mac[6];
	u32 rx = nic->rx_ring ? nic->rx_ring : WIRE_RING_DEFAULT;

	if (memcmp(params->mac, no_mac, 6))
		memcpy(nic->mac, params->mac, 6);
	else if (!memcmp(nic->mac, no_mac, 6))
		local_mac(net, nic->mac, params->addr);
	nic->mtu = params->mtu ? params->mtu : mtu;
	return dev_nic_create(net, nic, params->name ? params->name : "eth0",
			      params->ring ? params->ring : rx,
			      params->ring ? params->ring : WIRE_RING_DEFAULT, &ether);
}
