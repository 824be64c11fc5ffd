/* SPDX-License-Identifier: MIT */
/*
 * The kernel's bridge and linnet's do the same with the same frames (harness/br_twins.h): groups
 * and routers heard of by IGMP, MLD and PIM, in VLANs or not, what is malformed, what is set by
 * hand, flags of ports; and they ask the same as queriers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/br_twins.h"

#define STEPS 60
#define GROUPS 3
#define SETTLED_MS 60

static unsigned long chance;
static bool vlans, vlans_known;

static unsigned rnd(unsigned n)
{
	chance = chance * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(chance >> 33) % n;
}

/* ---- frames ---- */

static unsigned sum16(const uint8_t *p, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += (unsigned)p[i] << 8 | (i + 1 < len ? p[i + 1] : 0);
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

static void put_sum(uint8_t *at, unsigned sum)
{
	at[0] = (uint8_t)(~sum >> 8);
	at[1] = (uint8_t)~sum;
}

/* The port's host, 02:00:00:00:01:XX; with VLANs in one of them by chance. */
static uint8_t *begin(struct br_twin_frame *f, unsigned port, const uint8_t *dest, unsigned type)
{
	static const uint8_t vid[] = { 1, 10, 20, 30 };
	uint8_t *p = f->b + 12;

	memset(f->b, 0, sizeof(f->b));
	memcpy(f->b, dest, 6);
	memcpy(f->b + 6, (const uint8_t[]){ 2, 0, 0, 0, 1, (uint8_t)(port + 1) }, 6);
	if (vlans && rnd(2)) {
		memcpy(p, (const uint8_t[]){ 0x81, 0, 0, vid[rnd(4)] }, 4);
		p += 4;
	}
	p[0] = (uint8_t)(type >> 8);
	p[1] = (uint8_t)type;
	return p + 2;
}

static void end(struct br_twin_frame *f, const uint8_t *at)
{
	f->len = (size_t)(at - f->b);
	if (f->len < 64)
		f->len = 64;
}

static void ip4(struct br_twin_frame *f, unsigned port, uint32_t saddr, uint32_t daddr,
		uint8_t proto, const uint8_t *msg, size_t len)
{
	const uint8_t dest[6] = { 1, 0, 0x5e, daddr >> 16 & 0x7f, (uint8_t)(daddr >> 8),
				  (uint8_t)daddr };
	uint8_t *p = begin(f, port, dest, 0x0800);
	size_t total = 24 + len;

	memcpy(p, (const uint8_t[]){ 0x46, 0xc0, (uint8_t)(total >> 8), (uint8_t)total, 0, 0, 0x40,
				     0, 1, proto }, 10);
	for (int i = 0; i < 4; i++) {
		p[12 + i] = (uint8_t)(saddr >> (24 - 8 * i));
		p[16 + i] = (uint8_t)(daddr >> (24 - 8 * i));
	}
	memcpy(p + 20, (const uint8_t[]){ 0x94, 4, 0, 0 }, 4);
	put_sum(p + 10, sum16(p, 24, 0));
	memcpy(p + 24, msg, len);
	end(f, p + total);
}

static void ip6(struct br_twin_frame *f, unsigned port, const uint8_t *saddr, const uint8_t *daddr,
		const uint8_t *msg, size_t len, bool hop_by_hop)
{
	const uint8_t dest[6] = { 0x33, 0x33, daddr[12], daddr[13], daddr[14], daddr[15] };
	uint8_t *p = begin(f, port, dest, 0x86dd), *l4 = p + 40;
	size_t payload = len + (hop_by_hop ? 8 : 0);

	memcpy(p, (const uint8_t[]){ 0x60, 0, 0, 0, (uint8_t)(payload >> 8), (uint8_t)payload,
				     hop_by_hop ? 0 : 58, 1 }, 8);
	memcpy(p + 8, saddr, 16);
	memcpy(p + 24, daddr, 16);
	if (hop_by_hop) {
		memcpy(l4, (const uint8_t[]){ 58, 0, 5, 2, 0, 0, 1, 0 }, 8);
		l4 += 8;
	}
	memcpy(l4, msg, len);
	put_sum(l4 + 2, sum16(l4, len, sum16(p + 8, 32, 58 + (unsigned)len)));
	end(f, l4 + len);
}

static uint32_t group4(unsigned g)
{
	return g == GROUPS ? 0xe0000005 : 0xef010101 + g;	/* 224.0.0.5, 239.1.1.1 ... */
}

/* ff0e::1 ..., and ff02::1. */
static const uint8_t *group6(unsigned g)
{
	static uint8_t a[16];

	memset(a, 0, sizeof(a));
	a[0] = 0xff;
	a[1] = g == GROUPS ? 2 : 0xe;
	a[15] = (uint8_t)(g == GROUPS ? 1 : g + 1);
	return a;
}

static const uint8_t *host6(unsigned port)
{
	static uint8_t a[16] = { 0xfe, 0x80 };

	a[15] = (uint8_t)(port + 1);
	return a;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* ---- messages ---- */

static void igmp(struct br_twin_frame *f, unsigned port, uint32_t to, uint8_t *msg, size_t len)
{
	put_sum(msg + 2, sum16(msg, len, 0));
	ip4(f, port, 0x0a000002 + port, to, 2, msg, len);
}

static void report4(struct br_twin_frame *f, unsigned port, unsigned g, bool v1)
{
	uint8_t m[8] = { v1 ? 0x12 : 0x16 };

	put32(m + 4, group4(g));
	igmp(f, port, group4(g), m, sizeof(m));
}

static void leave4(struct br_twin_frame *f, unsigned port, unsigned g)
{
	uint8_t m[8] = { 0x17 };

	put32(m + 4, group4(g));
	igmp(f, port, 0xe0000002, m, sizeof(m));
}

/* Two records of any kind, one with a source. */
static void report4v3(struct br_twin_frame *f, unsigned port, unsigned g)
{
	uint8_t m[28] = { 0x22, [7] = 2, [8] = (uint8_t)rnd(8), [16] = (uint8_t)rnd(8), [19] = 1 };

	put32(m + 12, group4(g));
	put32(m + 20, group4(rnd(GROUPS)));
	put32(m + 24, 0x0a000063);
	igmp(f, port, 0xe0000016, m, sizeof(m));
}

/* g < 0: a general one. A long answering time is never given, so that nothing is open later. */
static void query4(struct br_twin_frame *f, unsigned port, int g)
{
	uint8_t m[12] = { 0x11, [9] = 125 };

	if (g >= 0)
		put32(m + 4, group4((unsigned)g));
	igmp(f, port, 0xe0000001, m, sizeof(m));
}

static void hello4(struct br_twin_frame *f, unsigned port)
{
	uint8_t m[8] = { 0x20 };

	put_sum(m + 2, sum16(m, sizeof(m), 0));
	ip4(f, port, 0x0a000002 + port, 0xe000000d, 103, m, sizeof(m));
}

static void advertisement4(struct br_twin_frame *f, unsigned port)
{
	uint8_t m[8] = { 0x30, 20 };

	igmp(f, port, 0xe000006a, m, sizeof(m));
}

static void mld1(struct br_twin_frame *f, unsigned port, uint8_t type, unsigned g)
{
	static const uint8_t routers[16] = { 0xff, 2, [15] = 2 };
	uint8_t m[24] = { type };

	memcpy(m + 8, group6(g), 16);
	ip6(f, port, host6(port), type == 132 ? routers : group6(g), m, sizeof(m), true);
}

static void mld2(struct br_twin_frame *f, unsigned port, unsigned g)
{
	static const uint8_t routers[16] = { 0xff, 2, [15] = 0x16 };
	uint8_t m[64] = { 143, [7] = 2, [8] = (uint8_t)rnd(8), [28] = (uint8_t)rnd(8), [31] = 1 };

	memcpy(m + 12, group6(g), 16);
	memcpy(m + 32, group6(rnd(GROUPS)), 16);
	memset(m + 48, 0x20, 16);
	ip6(f, port, host6(port), routers, m, sizeof(m), true);
}

static void query6(struct br_twin_frame *f, unsigned port, int g)
{
	static const uint8_t all[16] = { 0xff, 2, [15] = 1 };
	uint8_t m[28] = { 130, [25] = 125 };

	if (g >= 0)
		memcpy(m + 8, group6((unsigned)g), 16);
	ip6(f, port, host6(port), all, m, sizeof(m), true);
}

static void data(struct br_twin_frame *f, unsigned port, unsigned g)
{
	static const uint8_t other[6] = { 3, 0, 0, 0, 0, 7 };
	uint8_t udp[20] = { 0x13, 0x88, 0x13, 0x88, 0, 20 };

	if (rnd(6) == 0)
		end(f, begin(f, port, other, 0x88b5) + 46);
	else if (rnd(2))
		ip4(f, port, 0x0a000002 + port, group4(g), 17, udp, sizeof(udp));
	else
		ip6(f, port, host6(port), group6(g), udp, sizeof(udp), rnd(4) == 0);
}

/* Known or not, one of the hosts, or all. */
static void plain(struct br_twin_frame *f, unsigned port)
{
	uint8_t dest[6] = { 2, 0, 0, 0, 1, (uint8_t)(1 + rnd(TWIN_BR_PORTS + 1)) };

	if (rnd(3) == 0)
		memset(dest, 0xff, sizeof(dest));
	end(f, begin(f, port, dest, 0x88b5) + 46);
}

/* A byte is another behind the Ethernet header, or the end is missing. */
static void damage(struct br_twin_frame *f)
{
	if (rnd(3))
		f->b[14 + rnd((unsigned)f->len - 14)] ^= (uint8_t)(1 << rnd(8));
	else
		f->len = 24 + rnd((unsigned)f->len - 24);
}

/* True: what it says takes effect a little later. */
static bool message(struct br_twin_frame *f, unsigned port, unsigned g)
{
	unsigned kind = rnd(13);

	switch (kind) {
	case 0: report4(f, port, g, true); return false;
	case 1: case 2: report4(f, port, g, false); return false;
	case 3: report4v3(f, port, g); return true;
	case 4: leave4(f, port, g); return true;
	case 5: query4(f, port, rnd(2) ? -1 : (int)rnd(GROUPS)); return true;
	case 6: hello4(f, port); return false;
	case 7: advertisement4(f, port); return false;
	case 8: case 9: mld1(f, port, 131, g); return false;
	case 10: mld1(f, port, 132, g); return true;
	case 11: mld2(f, port, g); return true;
	default: query6(f, port, rnd(2) ? -1 : (int)rnd(GROUPS)); return true;
	}
}

/* ---- steps ---- */

static bool set_something(unsigned port, unsigned g)
{
	static const char *const flags[] = { "fastleave", "mcast_flood", "bcast_flood", "flood",
					     "learning", "hairpin", "isolated" };
	const char *on = rnd(2) ? "on" : "off";

	switch (rnd(vlans ? 6 : 5)) {
	case 0:
		return br_twins_do("bridge link set dev p%u mcast_router %u", port + 1, rnd(4));
	case 1:
		return br_twins_do("bridge mdb %s dev br0 port %s%u grp 239.1.1.%u %s",
				   rnd(3) ? "add" : "del", rnd(5) ? "p" : "br", port + 1, g + 1,
				   rnd(2) ? "permanent" : "temp");
	case 2:
		return br_twins_do("bridge mdb %s dev br0 port p%u grp ff0e::%u permanent",
				   rnd(3) ? "add" : "del", port + 1, g + 1);
	case 3:
		return br_twins_do("bridge link set dev p%u %s %s", port + 1, flags[rnd(7)], on);
	case 4:
		return br_twins_do("bridge mdb %s dev br0 port p%u grp 03:00:00:00:00:07 permanent",
				   rnd(3) ? "add" : "del", port + 1);
	default:
		return br_twins_do("bridge mdb %s dev br0 port p%u grp 239.1.1.%u vid %u",
				   rnd(3) ? "add" : "del", port + 1, g + 1, 10 * rnd(3) + 10);
	}
}

static bool step(void)
{
	unsigned port = rnd(TWIN_BR_PORTS), g = rnd(GROUPS + 1), what = rnd(100), out;
	struct br_twin_frame f;
	bool later = false;

	if (what < 12)
		return set_something(port, rnd(GROUPS));
	if (what < 22)
		plain(&f, port);
	else if (what < 55)
		data(&f, port, g);
	else
		later = message(&f, port, g);
	if (what >= 93) {
		damage(&f);
		later = true;
	}
	if (!br_twins_send(port, &f, &out))
		return false;
	if (later)
		br_twins_wait_ms(SETTLED_MS);
	return true;
}

static bool begin_bridges(const char *name)
{
	return br_twins_begin(name) &&
	       br_twins_do("ip link set br0 type bridge mcast_last_member_interval 1");
}

static bool make_vlans(void)
{
	return br_twins_do("ip link set br0 type bridge vlan_filtering 1") &&
	       br_twins_do("bridge vlan add dev p1 vid 10") &&
	       br_twins_do("bridge vlan add dev p1 vid 20") &&
	       br_twins_do("bridge vlan add dev p2 vid 10 pvid untagged") &&
	       br_twins_do("bridge vlan add dev p3 vid 10") &&
	       br_twins_do("bridge vlan add dev p3 vid 20 untagged") &&
	       br_twins_do("bridge vlan add dev p4 vid 20");
}

static bool run_seed(unsigned long seed)
{
	char name[32];
	bool ok;

	snprintf(name, sizeof(name), "seed %lu", seed);
	chance = seed * 2654435761u;
	vlans = vlans_known && seed % 3 == 0;
	ok = begin_bridges(name) && (!vlans || make_vlans());
	for (unsigned i = 0; ok && i < STEPS; i++)
		ok = step() && (i % 10 || br_twins_mdb());
	return ok && br_twins_mdb();
}

/* ---- cases ---- */

/* What both ask, at first and when somebody leaves; they are silent while another asks. */
static bool queriers(void)
{
	struct br_twin_frame f;
	unsigned out, n;
	bool ok = begin_bridges("queriers") &&
		  br_twins_do("sysctl -qw net.ipv6.conf.br0.disable_ipv6=0");

	br_twins_wait_ms(3000);		/* until the kernel's address is no more tentative */
	ok = ok && br_twins_asked(&n) &&
	     br_twins_do("ip link set br0 type bridge mcast_querier 1");
	br_twins_wait_ms(SETTLED_MS);
	ok = ok && br_twins_asked(&n);
	if (ok && n != 2 * TWIN_BR_PORTS) {
		printf("BAD: queriers: %u general queries\n", n);
		return false;
	}
	report4(&f, 0, 0, false);
	ok = ok && br_twins_send(0, &f, &out);
	leave4(&f, 0, 0);
	/* The question comes before the leave itself has gone: seen with it, as a frame of it. */
	ok = ok && br_twins_send(0, &f, &out);
	query4(&f, 1, -1);
	ok = ok && br_twins_send(1, &f, &out);
	br_twins_wait_ms(SETTLED_MS);
	return ok && br_twins_mdb();
}

/* As in Linux, the report that would be one too many ends it all. */
static bool too_many(void)
{
	struct br_twin_frame f;
	unsigned out;
	bool ok = begin_bridges("too many groups") &&
		  br_twins_do("ip link set br0 type bridge mcast_hash_max 2");

	query4(&f, 3, -1);
	ok = ok && br_twins_send(3, &f, &out);
	br_twins_wait_ms(SETTLED_MS);
	for (unsigned g = 0; ok && g < 3; g++) {
		report4(&f, 0, g, false);
		ok = br_twins_send(0, &f, &out) && br_twins_mdb();
	}
	for (unsigned g = 0; ok && g < 3; g++) {
		report4(&f, 1, g, false);
		ok = br_twins_send(1, &f, &out) && br_twins_mdb();
	}
	return ok;
}

/* A port that loses its carrier, and one that leaves the bridge. */
static bool ports_go(void)
{
	struct br_twin_frame f;
	unsigned out;
	bool ok = begin_bridges("ports go") &&
		  br_twins_do("bridge mdb add dev br0 port p1 grp 239.1.1.2 permanent") &&
		  br_twins_do("bridge link set dev p2 mcast_router 2");

	query4(&f, 3, -1);
	ok = ok && br_twins_send(3, &f, &out);
	br_twins_wait_ms(SETTLED_MS);
	for (unsigned port = 0; ok && port < 3; port++) {
		report4(&f, port, 0, false);
		ok = br_twins_send(port, &f, &out);
	}
	ok = ok && br_twins_mdb() && br_twins_do("ip link set p1 down") &&
	     br_twins_do("ip link set p4 down") && br_twins_mdb() &&
	     br_twins_do("ip link set p1 up") && br_twins_do("ip link set p4 up") &&
	     br_twins_mdb() && br_twins_do("ip link set p1 nomaster") && br_twins_mdb() &&
	     br_twins_do("ip link set br0 type bridge mcast_snooping 0");
	report4(&f, 1, 2, false);
	ok = ok && br_twins_send(1, &f, &out) && br_twins_mdb() &&
	     br_twins_do("ip link set br0 type bridge mcast_snooping 1") &&
	     br_twins_send(1, &f, &out) && br_twins_mdb();
	return ok;
}

/* Options before what is MLD, or ICMPv6 of another kind, that run over their header's end. */
static bool bad_options(void)
{
	static const uint8_t bad[][6] = { { 5, 0x82, 0, 0, 1, 0 }, { 5, 2, 0, 0, 1, 0x80 },
					  { 1, 4, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 },
					  { 5, 2, 0, 0, 1 }, { 1, 4, 0, 0, 0, 7 },
					  { 5, 2, 0, 1, 0, 0 }, { 1, 0, 1, 0, 1, 0 },
					  { 0x3e, 4, 0, 0, 0, 0 }, { 0xc2, 4, 0, 0, 0, 0 },
					  { 5, 3, 0, 0, 0, 0 }, { 0x7e, 4, 0, 0, 0, 0 } };
	static const uint8_t types[] = { 131, 128, 130 };
	struct br_twin_frame f;
	unsigned out;
	bool ok = begin_bridges("bad options");

	for (unsigned i = 0; ok && i < 3 * sizeof(bad) / sizeof(bad[0]); i++) {
		mld1(&f, 0, types[i % 3], 0);
		memcpy(f.b + 14 + 42, bad[i / 3], 6);
		ok = br_twins_send(0, &f, &out);
	}
	return ok;
}

/* What scripts read: the same objects with the same keys. */
static bool json(void)
{
	static const char *const lines[] = {
		"bridge -j link", "bridge -j -d link show dev p2", "bridge -j -d link",
		"bridge -j fdb show br br0", "bridge -j fdb show dev p1", "bridge -j -s fdb",
		"bridge -j mdb", "bridge -j -d mdb", "bridge -j -s -d mdb show dev br0",
	};
	struct br_twin_frame f;
	unsigned out;
	bool ok = begin_bridges("json");

	for (int i = 1; ok && i <= TWIN_BR_PORTS; i++)
		ok = br_twins_do("ip link set p%d address 02:00:00:00:00:2%d", i, i) &&
		     br_twins_do("bridge link set dev p%d cost %d priority %d", i, 10 * i, i);
	ok = ok && br_twins_do("bridge link set dev p2 hairpin on learning off mcast_router 2") &&
	     br_twins_do("bridge link set dev p3 mcast_router 2 isolated on") &&
	     br_twins_do("bridge fdb add 02:00:00:00:00:33 dev p1 master static") &&
	     br_twins_do("bridge fdb add 02:00:00:00:00:34 dev p2 master dynamic") &&
	     br_twins_do("bridge mdb add dev br0 port p1 grp 239.1.1.1 permanent") &&
	     br_twins_do("bridge mdb add dev br0 port p1 grp ff0e::1 temp") &&
	     br_twins_do("bridge mdb add dev br0 port br0 grp 239.1.1.2") &&
	     br_twins_do("bridge mdb add dev br0 port p4 grp 03:00:00:00:00:07 permanent");
	report4(&f, 3, 1, false);
	ok = ok && br_twins_send(3, &f, &out) && br_twins_do("ip link set p4 down");
	br_twins_wait_ms(SETTLED_MS);
	for (size_t i = 0; ok && i < sizeof(lines) / sizeof(lines[0]); i++)
		ok = br_twins_json(lines[i]);
	return ok;
}

/* [FIRST seed [HOW many]] */
int main(int argc, char **argv)
{
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : 20;
	unsigned failed = 0;

	br_twins_enter();
	vlans_known = br_twins_kernel_can("ip link set br0 type bridge vlan_filtering 1");
	if (argc == 1) {
		failed += !queriers();
		failed += !too_many();
		failed += !ports_go();
		failed += !bad_options();
		failed += !json();
	}
	for (unsigned long s = first; s < first + n; s++)
		failed += !run_seed(s);
	printf("%u of the cases and seeds differ; VLANs: %s\n", failed,
	       vlans_known ? "compared" : "this kernel has none");
	return failed ? 1 : 0;
}
