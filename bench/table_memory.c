/* SPDX-License-Identifier: MIT */
/*
 * table_memory CASE [N]: what an entry of a table costs of the instance's budget, in bytes, when N
 * of them (1,000) are in it.
 *
 *	route	IPv4 prefixes cut as the Internet's, over 250 next hops
 *	route6	IPv6 prefixes, /32 to /48 and a tenth of them /64, over 250 next hops
 *	neigh	addresses of neighbours, permanent, in IPv4; neigh6 in IPv6
 *	conntrack	UDP flows through a router that tracks connections
 *	fdb	stations that a bridge learned
 *
 * What is charged to the budget (ln_net_memory) is what is asked of the embedder's allocator, pages
 * of pools included; so few entries cost more each, since the pages and first hash tables are there
 * for one as for many, and a table that has just doubled has room in store that is counted too.
 */
#include <linnet/linnet.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frames.h"
#include "common/measure.h"
#include "common/prefixes.h"

#define TURN_NS 4000
#define LINE 96
#define FIRST_FRAMES 4096

static struct ln_net *net;
static struct ln_nic *in, *out;
static int64_t now;
static unsigned entries = 1000, first;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "table_memory: %.60s: %s\n", what, why);
	exit(1);
}

static void command(const char *cmd)
{
	char text[512] = "";

	if (ln_ctl(net, cmd, text, sizeof(text), NULL))
		die(cmd, text);
}

static struct ln_nic *card(const char *name)
{
	struct ln_nic_params n = { .name = name };
	struct ln_nic *nic = ln_nic_create(net, &n);

	if (!nic)
		die("card", strerror(ENOMEM));
	return nic;
}

static void machine(void)
{
	struct ln_net_params p;

	ln_net_params_init(&p);
	p.seed = 1;
	p.mem_budget = (size_t)4 << 30;
	net = ln_net_create(&p);
	if (!net)
		die("net", strerror(ENOMEM));
	in = card("eth0");
	out = card("eth1");
	command("sysctl -w net.ipv6.conf.all.disable_ipv6=0");
	command("ip link set eth0 up");
	command("ip link set eth1 up");
}

static void addresses(void)
{
	command("ip addr add 10.0.0.1/8 dev eth0");
	command("ip addr add 11.0.0.1/8 dev eth1");
	command("ip addr add 2001:db8::1/64 dev eth1 nodad");
	command("ip neigh add 11.0.0.2 lladdr 02:00:00:00:01:02 dev eth1 nud permanent");
	command("sysctl -w net.ipv4.ip_forward=1");
}

static size_t used(void)
{
	struct ln_mem_info m;

	ln_net_memory(net, &m);
	return m.used;
}

/* ---- lines for ip -batch ---- */

static char *batch, *batch_at;

static void batch_begin(const char *family)
{
	batch = batch_at = malloc((size_t)entries * LINE + LINE);
	if (!batch)
		die("lines", strerror(ENOMEM));
	batch_at += sprintf(batch_at, "ip %s -batch lines\n", family);
}

__attribute__((format(printf, 1, 2)))
static void line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	batch_at += vsnprintf(batch_at, LINE, fmt, ap);
	va_end(ap);
}

static void batch_run(void)
{
	command(batch);
	free(batch);
}

/* ---- what fills the tables ---- */

static void fill_route(void)
{
	struct prefix *p = make_prefixes(entries);

	if (!p)
		die("prefixes", strerror(ENOMEM));
	batch_begin("-4");
	for (unsigned i = 0; i < entries; i++)
		line("route add %u.%u.%u.%u/%u via 11.0.0.%u\n", p[i].addr >> 24,
		     p[i].addr >> 16 & 255, p[i].addr >> 8 & 255, p[i].addr & 255, p[i].len,
		     1 + p[i].value);
	free(p);
	batch_run();
}

static void fill_route6(void)
{
	batch_begin("-6");
	for (unsigned i = 0; i < entries; i++) {
		unsigned a = i * 2654435761u;	/* each i another a */

		if (i % 10 == 9)
			line("route add 2a00:%x:%x:%x::/64 via 2001:db8::%x\n", a >> 16,
			     a & 0xffff, i & 0xff, 2 + i % 250);
		else if (i % 10 < 2)
			line("route add 2400:%x:%x::/40 via 2001:db8::%x\n", i >> 8,
			     (i & 0xff) << 8, 2 + i % 250);
		else
			line("route add 2a00:%x:%x::/48 via 2001:db8::%x\n", a >> 16,
			     a & 0xffff, 2 + i % 250);
	}
	batch_run();
}

static void fill_neigh(void)
{
	batch_begin("-4");
	for (unsigned i = 0; i < entries; i++)
		line("neigh add 11.%u.%u.%u lladdr 02:01:%02x:%02x:%02x:%02x dev eth1 "
		     "nud permanent\n", 1 + (i >> 16), i >> 8 & 255, i & 255, i >> 24,
		     i >> 16 & 255, i >> 8 & 255, i & 255);
	batch_run();
}

static void fill_neigh6(void)
{
	batch_begin("-6");
	for (unsigned i = 0; i < entries; i++)
		line("neigh add 2001:db8::%x:%x lladdr 02:01:%02x:%02x:%02x:%02x dev eth1 "
		     "nud permanent\n", 1 + (i >> 16), i & 0xffff, i >> 24, i >> 16 & 255,
		     i >> 8 & 255, i & 255);
	batch_run();
}

/* Through the machine, and out of it, so that no frame stays in its memory. */
static void pass(struct ln_nic *from, const uint8_t *frame)
{
	static uint8_t f[FRAME];
	int r = ln_nic_receive(from, frame, FRAME);

	if (r)
		die("receive", strerror(-r));
	now += TURN_NS;
	ln_net_run(net, now);
	while (ln_nic_transmit(in, f, sizeof(f)) > 0)
		;
	while (ln_nic_transmit(out, f, sizeof(f)) > 0)
		;
}

static void prepare_conntrack(void)
{
	addresses();
	command("sysctl -w net.netfilter.nf_conntrack_max=4000000");
	command("nft add table ip t");
	command("nft add chain ip t c { type filter hook forward priority 0; }");
	command("nft add rule ip t c ct state invalid drop");
	command("ip route add 20.0.0.0/8 via 11.0.0.2");
}

static void fill_conntrack(void)
{
	uint8_t f[FRAME], mac[6];

	ln_nic_mac(in, mac);
	for (unsigned i = 0; i < entries; i++) {
		put_datagram(f, 0x0a000002u, 0x14000001u + first + i);
		memcpy(f, mac, 6);
		put_mac(f + 6, 0xff);
		pass(in, f);
	}
}

static void prepare_fdb(void)
{
	command("ip link add br0 type bridge fdb_max_learned 0");
	command("ip link set eth0 master br0");
	command("ip link set eth1 master br0");
	command("ip link set br0 up");
}

static void fill_fdb(void)
{
	uint8_t f[FRAME];

	for (unsigned i = 0; i < entries; i++) {
		put_datagram(f, 0x0a000002u, 0x0a000003u);
		put_mac(f, 0xfffffff0u);
		put_mac(f + 6, first + i);
		pass(i & 1 ? in : out, f);
	}
}

static const struct {
	const char *name;
	void (*prepare)(void), (*fill)(void);
	bool by_frames;
} cases[] = {
	{ "route", addresses, fill_route, false },
	{ "route6", addresses, fill_route6, false },
	{ "neigh", addresses, fill_neigh, false },
	{ "neigh6", addresses, fill_neigh6, false },
	{ "conntrack", prepare_conntrack, fill_conntrack, true },
	{ "fdb", prepare_fdb, fill_fdb, true },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(int argc, char **argv)
{
	size_t c = 0, before;
	char name[64];

	while (argc > 1 && c < CASES && strcmp(cases[c].name, argv[1]))
		c++;
	if (argc > 2)
		entries = (unsigned)atol(argv[2]);
	if (argc < 2 || c == CASES || entries < 1 || entries > 1000000) {
		fprintf(stderr, "usage: table_memory route|route6|neigh|neigh6|conntrack|fdb [N]\n"
				"N: 1 to 1,000,000 entries\n");
		return 2;
	}
	machine();
	cases[c].prepare();
	snprintf(name, sizeof(name), "%s_%u", argv[1], entries);
	if (cases[c].by_frames) {
		/* the rings' buffers, which come with the first frames, are not counted */
		unsigned n = entries;

		entries = FIRST_FRAMES;
		cases[c].fill();
		first = entries;
		entries = n;
	}
	before = used();
	cases[c].fill();
	report("table_memory", "linnet", name, (double)(used() - before) / entries, "bytes");
	ln_net_destroy(net, NULL);
	return 0;
}
