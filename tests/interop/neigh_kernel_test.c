/* SPDX-License-Identifier: MIT */
/*
 * Neighbours beside the kernel's (harness/nft_twins.h): settings at random, the same ARP and
 * neighbour discovery for both; after each frame the same answers, byte for byte, and the same
 * ip neigh. Senders with a group's MAC are left out: RFC 1812 3.3.2 forbids to believe them, which
 * Linux does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/nft_twins.h"

#define ROUNDS 40		/* of other settings */
#define FRAMES 25		/* with the same */

static uint64_t state;

static unsigned draw(unsigned n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(state >> 33) % n;
}

/* ---- settings ---- */

struct setting {
	const char *name;
	unsigned values;	/* 0 .. */
};

static const struct setting settings4[] = {
	{ "conf.lan.arp_ignore", 9 }, { "conf.all.arp_ignore", 4 }, { "conf.lan.arp_filter", 2 },
	{ "conf.lan.arp_accept", 3 }, { "conf.all.arp_accept", 2 },
	{ "conf.lan.drop_gratuitous_arp", 2 }, { "conf.lan.proxy_arp", 2 },
	{ "conf.lan.proxy_arp_pvlan", 2 }, { "conf.all.proxy_arp_pvlan", 2 },
	{ "conf.all.proxy_arp", 2 }, { "conf.lan.medium_id", 3 }, { "conf.wan.medium_id", 3 },
	{ "conf.lan.forwarding", 2 }, { "conf.lan.route_localnet", 2 },
	{ "conf.lan.accept_local", 2 }, { "conf.lan.rp_filter", 3 },
};

static const struct setting settings6[] = {
	{ "conf.lan.proxy_ndp", 2 }, { "conf.all.proxy_ndp", 2 }, { "conf.lan.forwarding", 2 },
	{ "conf.lan.drop_unsolicited_na", 2 }, { "conf.lan.accept_untracked_na", 3 },
};

static char told[8192];

/* Mostly 0: else nothing would be answered for long. */
static void draw_settings(const struct setting *s, size_t n, int family)
{
	char line[128];

	*told = '\0';
	for (size_t i = 0; i < n; i++) {
		unsigned v = s[i].values == 2 || draw(2) ? draw(s[i].values) : 0;

		snprintf(line, sizeof(line), "sysctl -qw net.ipv%d.%s=%u", family, s[i].name, v);
		twins_both(line);
		snprintf(told + strlen(told), sizeof(told) - strlen(told), "  %s\n", line);
	}
}

/* ---- frames ---- */

static const uint8_t macs[][6] = {
	{ 2, 0, 0, 0, 9, 1 }, { 2, 0, 0, 0, 9, 2 }, { 2, 0, 0, 0, 1, 1 },
};

static void put_mac(uint8_t *to, const uint8_t *mac)
{
	memcpy(to, mac, 6);
}

/* To the port itself, to all, seldom to another. */
static void draw_dest(struct twin_frame *f)
{
	unsigned who = draw(10);

	memset(f->b, 0xff, 6);
	if (who < 4)
		put_mac(f->b, macs[2]);
	else if (who == 4)
		put_mac(f->b, macs[0]);
}

static const char *const addrs4[] = {
	"10.0.1.1", "10.0.1.20", "10.0.1.21", "10.0.1.2", "192.0.2.1", "192.0.2.20", "198.51.100.7",
	"0.0.0.0", "10.0.1.255", "255.255.255.255", "127.0.0.1", "224.0.0.5", "8.8.8.8",
	"10.0.1.9", "192.0.2.30", "10.7.0.1",
};

static void draw_addr4(uint8_t *to)
{
	/* The first ones more often. */
	unsigned n = sizeof(addrs4) / sizeof(addrs4[0]), i = draw(3) ? draw(8) : draw(n);

	inet_pton(AF_INET, addrs4[i], to);
}

static void draw_arp(struct twin_frame *f)
{
	static const uint8_t head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0 };

	memset(f, 0, sizeof(*f));
	f->len = 42;
	draw_dest(f);
	put_mac(f->b + 6, macs[draw(2)]);
	memcpy(f->b + 12, head, sizeof(head));
	f->b[21] = (uint8_t)(draw(20) ? 1 + draw(2) : 3);
	put_mac(f->b + 22, macs[draw(12) ? draw(2) : 2]);
	draw_addr4(f->b + 28);
	if (draw(2))
		put_mac(f->b + 32, macs[draw(3)]);
	draw_addr4(f->b + 38);
	if (!draw(4))
		memcpy(f->b + 38, f->b + 28, 4);
	if (!draw(3))
		memcpy(f->b + 32, f->b + 22, 6);
}

static const char *const addrs6[] = {
	"fd00:1::1", "fd00:1::20", "fd00:1::21", "fd00:1::99", "::", "2001:db8:2::1",
	"2001:db8:2::20", "fd00:1::2", "fd00:1::98", "ff02::1", "fe80::9", "::1",
};

static void draw_addr6(uint8_t *to)
{
	unsigned n = sizeof(addrs6) / sizeof(addrs6[0]), i = draw(3) ? draw(5) : draw(n);

	inet_pton(AF_INET6, addrs6[i], to);
}

static void put_sum(struct twin_frame *f)
{
	uint8_t *ip = f->b + 14;
	size_t len = f->len - 54;
	unsigned sum = (unsigned)len + 58;

	for (size_t i = 8; i < 40 + len; i += 2)
		sum += (unsigned)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	ip[42] = (uint8_t)(~sum >> 8);
	ip[43] = (uint8_t)~sum;
}

/* Mostly as one that is asked or told: to the group of the target, or to us. */
static void draw_dest6(struct twin_frame *f, const uint8_t *target)
{
	static const uint8_t group[13] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };
	uint8_t *to = f->b + 38;

	put_mac(f->b, macs[2]);
	switch (draw(5)) {
	case 0:
	case 1:
		memcpy(to, group, sizeof(group));
		memcpy(to + 13, target + 13, 3);
		break;
	case 2:
		inet_pton(AF_INET6, "ff02::1", to);
		break;
	case 3:
		inet_pton(AF_INET6, "fd00:1::1", to);
		return;
	default:	/* what is not for us is forwarded, but not from everybody */
		if (f->b[22] == 0xfd || f->b[22] == 0x20)
			memcpy(to, target, 16);
		else
			inet_pton(AF_INET6, "fd00:1::1", to);
		return;
	}
	f->b[0] = f->b[1] = 0x33;
	memcpy(f->b + 2, to + 12, 4);
}

static void draw_nd(struct twin_frame *f)
{
	static const uint8_t head[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 24, 58, 255 };
	bool ns = draw(2), option = draw(3);

	memset(f, 0, sizeof(*f));
	f->len = option ? 86 : 78;
	put_mac(f->b + 6, macs[draw(2)]);
	memcpy(f->b + 12, head, sizeof(head));
	f->b[19] = option ? 32 : 24;
	draw_addr6(f->b + 22);
	draw_addr6(f->b + 62);
	if (!f->b[62])	/* a router of the kernel's is the anycast address of its network, too */
		inet_pton(AF_INET6, "fd00:1::20", f->b + 62);
	draw_dest6(f, f->b + 62);
	f->b[54] = ns ? 135 : 136;
	if (!ns)
		f->b[58] = (uint8_t)(draw(8) << 5);
	if (option) {
		f->b[78] = ns ? 1 : 2;
		f->b[79] = 1;
		put_mac(f->b + 80, macs[draw(2)]);
	}
	put_sum(f);
}

/* ---- rounds ---- */

static bool same_tables(bool v6)
{
	const char *command = v6 ? "ip -6 neigh show dev lan" : "ip -4 neigh show dev lan";
	static char kernel[16384], ours[16384];

	twins_kernel_says(command, kernel, sizeof(kernel));
	twins_linnet_says(command, ours, sizeof(ours));
	if (!strcmp(kernel, ours))
		return true;
	printf("BAD: neighbours differ\nkernel:\n%s\nlinnet:\n%s\n", kernel, ours);
	return false;
}

static bool round_of(unsigned seed, bool v6)
{
	static char name[64];
	struct twin_out out;
	struct twin_frame f;
	bool ok = true, all = getenv("LINNET_ALL_FRAMES");

	state = seed;
	snprintf(name, sizeof(name), "seed %u IPv%d", seed, v6 ? 6 : 4);
	twins_name(name);
	if (v6)
		draw_settings(settings6, sizeof(settings6) / sizeof(settings6[0]), 6);
	else
		draw_settings(settings4, sizeof(settings4) / sizeof(settings4[0]), 4);
	twins_both(v6 ? "ip -6 neigh flush dev lan" : "ip -4 neigh flush dev lan");
	for (int i = 0; ok && i < FRAMES; i++) {
		(v6 ? draw_nd : draw_arp)(&f);
		ok = twins_send(LAN, &f, false, &out);
		if (all) {
			printf("frame %d:", i);
			for (size_t j = 0; j < f.len; j++)
				printf(" %02x", f.b[j]);
			printf("\n");
		}
		ok = ok && same_tables(v6);
		if (!ok)
			printf("  frame %d\n%s", i, told);
		if (!ok && out.n < 100) {
			printf("  it was");
			for (size_t j = 0; j < f.len; j++)
				printf(" %02x", f.b[j]);
			printf("\n");
		}
	}
	return ok;
}

/* [FIRST seed [HOW many]] */
int main(int argc, char **argv)
{
	unsigned first = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1;
	unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : ROUNDS;
	unsigned failed = 0;

	twins_enter();
	twins_hear_neighbours();
	twins_linnet_says("ip -6 addr flush dev lan scope link", told, sizeof(told));
	twins_linnet_says("ip -6 addr flush dev wan scope link", told, sizeof(told));
	twins_both("sysctl -qw net.ipv4.neigh.lan.proxy_delay=0");
	twins_both("sysctl -qw net.ipv6.neigh.lan.proxy_delay=0");
	/* The first one to claim an address holds it, but for gratuitous ARP. */
	twins_both("sysctl -qw net.ipv4.neigh.lan.locktime=1000000");
	/* What waits is not asked for again meanwhile: each has its own clock. */
	for (int i = 0; i < 4; i++) {
		snprintf(told, sizeof(told), "sysctl -qw net.ipv%d.neigh.%s.retrans_time_ms=%d",
			 i & 1 ? 6 : 4, i & 2 ? "lan" : "wan", 1000000);
		twins_both(told);
		snprintf(told, sizeof(told), "sysctl -qw net.ipv%d.neigh.%s.%s=%d", i & 1 ? 6 : 4,
			 i & 2 ? "lan" : "wan", "delay_first_probe_time", 3000);
		twins_both(told);
	}
	twins_both("ip neigh add proxy 192.0.2.30 dev lan");
	twins_both("ip neigh add proxy fd00:1::99 dev lan");
	twins_both("ip neigh add proxy fd00:1::98 dev lan router");
	twins_both("ip addr add 10.7.0.1/24 dev lan scope host");
	for (unsigned seed = first; seed < first + n; seed++) {
		failed += !round_of(seed, false);
		failed += !round_of(seed, true);
	}
	printf("%u rounds, %u differ\n", 2 * n, failed);
	return failed != 0;
}
