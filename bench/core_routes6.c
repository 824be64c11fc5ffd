/* SPDX-License-Identifier: MIT */
/*
 * core_routes6 [SECONDS [lookups | load]]: longest-prefix matches of IPv6 per second in tables of
 * 10 to 200,000 prefixes, and how fast a table is loaded, beside DPDK's librte_lpm (rte_lpm6) and
 * librte_fib (rte_fib6, entries of 4 bytes, vectors of 64 bytes where the processor has them) where
 * they are installed: independent, in bulk and dependent, as core_routes has it. linnet's bulk call
 * is what ip6_forward_straight() asks for the packets of a poll; its answers are pointers, which
 * are one load more.
 *
 * Prefixes are cut as the Internet's: half of them /48, a fifth /32, others between. After one load
 * for the first 24 bits, as DPDK has it, linnet compares the next 32 with up to 16 boundaries of
 * two cache lines (net/ipv6/ip6_ranges.h), where DPDK has a table of a kilobyte for each eight
 * bits, three of them for a /48. What falls with the table is the memory hierarchy's part: with 10
 * prefixes all is in the first level of the cache. 200,000 are 6.5 MB of nodes and 1.6 MB of
 * pointers, which no longer fit the second, and DPDK's tables some 400 MB.
 *
 * load	a text for `ip -6 -batch` with so many "route add" lines, through ln_ctl(): seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linnet/linnet.h>

#include "common/measure.h"
#include "net/ipv6/ip6_lpm.h"
#include "peers/dpdk_routes6.h"

#define ADDRESSES (1u << 16)
#define BULK 32

static double seconds = 0.3;
static struct ip6_lpm lpm;
static struct mem mem;
static char next_hops[256];	/* a value is an address in here */

static uint64_t rng_state = 7;

static uint32_t draw(void)
{
	uint64_t x;

	rng_state += 0x9e3779b97f4a7c15;
	x = (rng_state ^ (rng_state >> 30)) * 0xbf58476d1ce4e5b9;
	return (uint32_t)(x >> 32);
}

static void die(const char *what)
{
	fprintf(stderr, "core_routes6: %s\n", what);
	exit(1);
}

/* ---- the table ---- */

static uint8_t draw_len(void)
{
	uint32_t r = draw() % 100;

	if (r < 50)
		return 48;
	if (r < 70)
		return 32;
	return r < 97 ? (uint8_t)(33 + draw() % 15) : (uint8_t)(49 + draw() % 16);
}

/* A /20 of 2000::/8 and random bits behind, as registries give them out. */
static struct prefix6 draw_prefix(void)
{
	struct prefix6 p = { .len = draw_len(), .value = 1 + draw() % 250 };

	p.addr[0] = 0x20 + draw() % 8;
	p.addr[1] = (uint8_t)(draw() % 16);
	for (unsigned bit = 16; bit < p.len; bit++)
		p.addr[bit / 8] |= (uint8_t)((draw() >> 7 & 1) << (7 - bit % 8));
	return p;
}

static int by_prefix(const void *a, const void *b)
{
	const struct prefix6 *x = a, *y = b;
	int order = memcmp(x->addr, y->addr, 16);

	return order ? order : x->len - y->len;
}

static struct prefix6 *make_prefixes6(unsigned n)
{
	struct prefix6 *p = malloc(n * sizeof(*p));
	unsigned have = 0, kept;

	while (p && have < n) {
		for (unsigned i = have; i < n; i++)
			p[i] = draw_prefix();
		qsort(p, n, sizeof(*p), by_prefix);
		for (kept = 0, have = 0; kept < n; kept++)
			if (!have || by_prefix(&p[have - 1], &p[kept]))
				p[have++] = p[kept];
	}
	return p;
}

/* Within the prefixes; one more, which nobody asks for. */
static uint8_t (*make_addresses6(const struct prefix6 *p, unsigned n))[16]
{
	uint8_t (*a)[16] = malloc((ADDRESSES + 1) * sizeof(*a));

	for (unsigned i = 0; a && i <= ADDRESSES; i++) {
		const struct prefix6 *at = &p[draw() % n];

		memcpy(a[i], at->addr, 16);
		for (unsigned bit = at->len; bit < 128; bit++)
			a[i][bit / 8] |= (uint8_t)((draw() >> 9 & 1) << (7 - bit % 8));
	}
	return a;
}

/* ---- linnet's ---- */

static int linnet_load(const struct prefix6 *p, unsigned n)
{
	static const struct mem_ops ops = {
		.alloc = ln_libc_alloc, .free = ln_libc_free, .reserve = ln_libc_reserve,
	};

	mem_init(&mem, &ops, (size_t)1 << 32);
	ip6_lpm_init(&lpm, &mem);
	for (unsigned i = 0; i < n; i++) {
		void **value = ip6_lpm_add(&lpm, (const void *)p[i].addr, p[i].len);

		if (!value)
			return -1;
		*value = &next_hops[p[i].value];
	}
	return 0;
}

static void linnet_unload(void)
{
	ip6_lpm_exit(&lpm);
}

static uint32_t linnet_one(const uint8_t *a)
{
	const char *v = ip6_lpm_lookup(&lpm, (const void *)a);

	return v ? (uint32_t)(v - next_hops) : 0;
}

static uint32_t linnet_independent(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += linnet_one(a[i]);
	return sum;
}

static uint32_t linnet_bulk(uint8_t (*a)[16], unsigned n)
{
	const struct ip6_addr *at[BULK];
	uint32_t sum = 0;
	void *v[BULK];

	for (unsigned i = 0; i < n; i += BULK) {
		for (unsigned k = 0; k < BULK; k++)
			at[k] = (const void *)a[i + k];
		ip6_lpm_lookup_bulk(&lpm, at, BULK, v);
		for (unsigned k = 0; k < BULK; k++)
			sum += v[k] ? (uint32_t)((char *)v[k] - next_hops) : 0;
	}
	return sum;
}

static uint32_t linnet_dependent(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0, v = 0;

	for (unsigned i = 0; i < n; i++) {
		v = linnet_one(a[index_after(i, v)]);
		sum += v;
	}
	return sum;
}

static const struct lookup6_peer linnet = {
	"linnet", linnet_load, linnet_unload, linnet_independent, linnet_bulk, linnet_dependent,
};

/* ---- measuring ---- */

static void measure(const struct lookup6_peer *peer, const char *how, unsigned n,
		    uint32_t (*run)(uint8_t (*a)[16], unsigned n), uint8_t (*a)[16], uint32_t want)
{
	double begin, end;
	unsigned rounds = 0;
	char name[64];

	if (run(a, ADDRESSES) != want)
		die("answers differ");
	begin = cpu_seconds();
	do {
		if (run(a, ADDRESSES) != want)
			die("answers differ");
		rounds++;
		end = cpu_seconds();
	} while (end - begin < seconds);
	snprintf(name, sizeof(name), "lpm6_%s_%u", how, n);
	report("core_routes6", peer->name, name, rounds * (double)ADDRESSES / (end - begin) / 1e6,
	       "Mlookups/s");
}

static void compare(const struct lookup6_peer *peer, const struct prefix6 *p, unsigned n,
		    uint8_t (*a)[16], uint32_t *want)
{
	if (peer->load(p, n))
		die("a table could not be loaded");
	if (!*want)
		*want = peer->independent(a, ADDRESSES);
	measure(peer, "independent", n, peer->independent, a, *want);
	measure(peer, "bulk", n, peer->bulk, a, *want);
	measure(peer, "dependent", n, peer->dependent, a, *want);
	peer->unload();
}

static void lookups(unsigned n, const struct lookup6_peer *peers, unsigned count)
{
	struct prefix6 *p = make_prefixes6(n);
	uint8_t (*a)[16] = p ? make_addresses6(p, n) : NULL;
	uint32_t want = 0;

	if (!a)
		die("no memory");
	compare(&linnet, p, n, a, &want);
	for (unsigned k = 0; k < count; k++)
		compare(&peers[k], p, n, a, &want);
	free(a);
	free(p);
}

/* ---- loading by command ---- */

static void command(struct ln_net *net, const char *cmd)
{
	char text[512] = "";

	if (ln_ctl(net, cmd, text, sizeof(text), NULL))
		die(text);
}

static char *batch_text(const struct prefix6 *p, unsigned n)
{
	char *text = malloc((size_t)n * 96 + 64), *at = text;

	if (!text)
		die("no memory");
	at += sprintf(at, "ip -6 -batch routes\n");
	for (unsigned i = 0; i < n; i++) {
		at += sprintf(at, "route add ");
		for (unsigned w = 0; w < 16; w += 2)
			at += sprintf(at, "%x%s", p[i].addr[w] << 8 | p[i].addr[w + 1],
				      w < 14 ? ":" : "");
		at += sprintf(at, "/%u via fd00::%x\n", p[i].len, 1 + p[i].value);
	}
	return text;
}

static void load(unsigned n)
{
	struct prefix6 *p = make_prefixes6(n);
	char *text = p ? batch_text(p, n) : NULL, name[32];
	struct ln_net_params params;
	struct ln_net *net;
	double begin;

	ln_net_params_init(&params);
	params.mem_budget = (size_t)1 << 31;
	net = ln_net_create(&params);
	if (!net || !text)
		die("no memory");
	command(net, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
	command(net, "ip link add v0 type veth peer name v1");
	command(net, "ip link set v0 up");
	command(net, "ip link set v1 up");
	command(net, "ip addr add fd00::ffff/64 dev v0 nodad");
	begin = cpu_seconds();
	command(net, text);
	snprintf(name, sizeof(name), "load6_%u", n);
	report("core_routes6", "linnet", name, cpu_seconds() - begin, "s");
	ln_net_destroy(net, NULL);
	free(text);
	free(p);
}

int main(int argc, char **argv)
{
	static const unsigned sizes[] = { 10, 1000, 20000, 200000 };
	const struct lookup6_peer *peers;
	bool only_load = argc > 2 && !strcmp(argv[2], "load");
	unsigned count = only_load ? 0 : dpdk_peers6(&peers);

	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !only_load; i++)
		lookups(sizes[i], peers, count);
	if (argc > 2 && !only_load)
		return 0;
	load(200000);
	return 0;
}
