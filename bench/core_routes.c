/* SPDX-License-Identifier: MIT */
/*
 * core_routes [-6] [SECONDS [lookups | load]]: longest-prefix matches per second in tables of 10 to
 * 1,000,000 prefixes (-6: of IPv6, to 200,000), and how fast a table is loaded, beside DPDK's
 * librte_lpm and librte_fib (DIR24-8, entries of 4 bytes; rte_lpm6 and rte_fib6, entries of 4
 * bytes, vectors of 64 bytes where the processor has them) where they are installed.
 *
 *	independent	one lookup after the other; the processor may begin the next before the
 *			last is done
 *	bulk		32 at a time, by the contender's call for that; linnet's is what
 *			ip_route_input_list() asks for the packets of a list, or
 *			ip6_forward_straight() for those of a poll
 *	dependent	each address depends on the last answer: the time that a packet waits
 *
 * IPv4: all contenders do the same: one load by the first 24 bits of the address from 64 MiB, of
 * which few prefixes touch little (linnet pays for no more than that, DPDK for all). So a lookup
 * takes the same instructions in a table of ten and of a million, and what falls with the table is
 * the memory hierarchy's part alone. With 10 prefixes of up to 256 entries each, what is looked at
 * fits the first level of the cache: dependent, some 10 cycles. With 1,000 it is a megabyte on as
 * many pages: second level, and more than the first TLB holds. From 100,000 on it is all of the 64
 * MiB: a dependent lookup waits for the third level or the memory, independent ones overlap as many
 * misses as the core has buffers for. There linnet's table lies on huge pages, where the system
 * gives them, so that the TLB does not miss as well. librte_lpm looks through all rules of a length
 * to add one, so a million would take it an hour: left out there.
 *
 * IPv6: after one load for the first 24 bits, as DPDK has it, linnet compares the next 32 with up
 * to 16 boundaries of two cache lines (net/ipv6/ip6_ranges.h), where DPDK has a table of a kilobyte
 * for each eight bits, three of them for a /48. linnet's answers are pointers, one load more.
 * With 10 prefixes all is in the first level of the cache; 200,000 are 6.5 MB of nodes and 1.6 MB
 * of pointers, which no longer fit the second, and DPDK's tables some 400 MB.
 *
 * load	a text for `ip -batch` with so many "route add" lines, through ln_ctl(): seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linnet/linnet.h>

#include "common/measure.h"
#include "net/ipv4/fib_lpm.h"
#include "net/ipv6/ip6_lpm.h"
#include "peers/dpdk_routes.h"

#define LINE_BYTES 96		/* of a route in a text, at most */

static double seconds = 0.3;
static struct mem mem;

static void die(const char *what)
{
	fprintf(stderr, "core_routes: %s\n", what);
	exit(1);
}

static void init_mem(void)
{
	static const struct mem_ops ops = {
		.alloc = ln_libc_alloc, .free = ln_libc_free, .reserve = ln_libc_reserve,
	};

	mem_init(&mem, &ops, (size_t)1 << 32);
}

/* ---- linnet's, IPv4 ---- */

static struct fib_lpm lpm;

static int linnet_load(const void *prefixes, unsigned n)
{
	const struct prefix *p = prefixes;

	init_mem();
	fib_lpm_init(&lpm, &mem);
	for (unsigned i = 0; i < n; i++)
		if (fib_lpm_set(&lpm, p[i].addr, p[i].len, p[i].value, 0))
			return -1;
	return 0;
}

static void linnet_unload(void)
{
	fib_lpm_exit(&lpm);
}

static uint32_t linnet_one(const void *addrs, unsigned i, uint32_t zero)
{
	return fib_lpm_lookup(&lpm, ((const uint32_t *)addrs)[i] + zero);
}

static uint32_t linnet_some(const void *addrs, unsigned i)
{
	uint32_t sum = 0, v[LOOKUP_BULK];

	fib_lpm_lookup_bulk(&lpm, (const uint32_t *)addrs + i, LOOKUP_BULK, v);
	for (unsigned k = 0; k < LOOKUP_BULK; k++)
		sum += v[k];
	return sum;
}

LOOKUP_SUMS(linnet)

static void *draw_table(unsigned n, unsigned count, void **addrs)
{
	struct prefix *p = make_prefixes(n);

	*addrs = p ? make_addresses(p, n, count) : NULL;
	return p;
}

static int print_route(char *at, const void *prefixes, unsigned i)
{
	const struct prefix *p = (const struct prefix *)prefixes + i;

	return sprintf(at, "route add %u.%u.%u.%u/%u via 10.0.0.%u\n", p->addr >> 24,
		       p->addr >> 16 & 255, p->addr >> 8 & 255, p->addr & 255, p->len,
		       1 + p->value);
}

/* ---- linnet's, IPv6 ---- */

static struct ip6_lpm lpm6;
static char next_hops[256];	/* a value is an address in here */

static int linnet6_load(const void *prefixes, unsigned n)
{
	const struct prefix6 *p = prefixes;

	init_mem();
	ip6_lpm_init(&lpm6, &mem);
	for (unsigned i = 0; i < n; i++) {
		void **value = ip6_lpm_add(&lpm6, (const void *)p[i].addr, p[i].len);

		if (!value)
			return -1;
		*value = &next_hops[p[i].value];
	}
	return 0;
}

static void linnet6_unload(void)
{
	ip6_lpm_exit(&lpm6);
}

static uint32_t value_of(const char *v)
{
	return v ? (uint32_t)(v - next_hops) : 0;
}

static uint32_t linnet6_one(const void *addrs, unsigned i, uint32_t zero)
{
	return value_of(ip6_lpm_lookup(&lpm6, (const struct ip6_addr *)addrs + i + zero));
}

static uint32_t linnet6_some(const void *addrs, unsigned i)
{
	const struct ip6_addr *at[LOOKUP_BULK];
	void *v[LOOKUP_BULK];
	uint32_t sum = 0;

	for (unsigned k = 0; k < LOOKUP_BULK; k++)
		at[k] = (const struct ip6_addr *)addrs + i + k;
	ip6_lpm_lookup_bulk(&lpm6, at, LOOKUP_BULK, v);
	for (unsigned k = 0; k < LOOKUP_BULK; k++)
		sum += value_of(v[k]);
	return sum;
}

LOOKUP_SUMS(linnet6)

static void *draw_table6(unsigned n, unsigned count, void **addrs)
{
	struct prefix6 *p = make_prefixes6(n);

	*addrs = p ? make_addresses6(p, n, count) : NULL;
	return p;
}

static int print_route6(char *at, const void *prefixes, unsigned i)
{
	const struct prefix6 *p = (const struct prefix6 *)prefixes + i;
	int len = sprintf(at, "route add ");

	for (unsigned w = 0; w < 16; w += 2)
		len += sprintf(at + len, "%x%s", p->addr[w] << 8 | p->addr[w + 1],
			       w < 14 ? ":" : "");
	return len + sprintf(at + len, "/%u via fd00::%x\n", p->len, 1 + p->value);
}

/* ---- the families ---- */

struct family {
	const char *suffix, *batch, *setup[2];
	unsigned sizes[4], loads[2];		/* prefixes; 0: no more */
	unsigned addresses;
	struct lookup_peer linnet;
	/* n prefixes, and addresses within them. NULL: no memory, for one of both. */
	void *(*draw)(unsigned n, unsigned count, void **addrs);
	int (*print_route)(char *at, const void *prefixes, unsigned i);
};

static const struct family families[] = {
	{
		"", "ip -batch routes\n", { "ip addr add 10.0.0.1/24 dev v0", NULL },
		{ 10, 1000, 100000, 1000000 }, { 100000, 1000000 }, 1u << 18,
		LOOKUP_PEER("linnet", 0, linnet), draw_table, print_route,
	}, {
		"6", "ip -6 -batch routes\n",
		{ "sysctl -w net.ipv6.conf.all.disable_ipv6=0",
		  "ip addr add fd00::ffff/64 dev v0 nodad" },
		{ 10, 1000, 20000, 200000 }, { 200000, 0 }, 1u << 16,
		LOOKUP_PEER("linnet", 0, linnet6), draw_table6, print_route6,
	},
};

static const struct family *f;

/* ---- measuring ---- */

static void measure(const struct lookup_peer *peer, const char *how, unsigned n,
		    uint32_t (*run)(const void *addrs, unsigned n), const void *addrs,
		    uint32_t want)
{
	double begin, end;
	unsigned rounds = 0;
	char name[64];

	if (run(addrs, f->addresses) != want)
		die("answers differ");
	begin = cpu_seconds();
	do {
		if (run(addrs, f->addresses) != want)
			die("answers differ");
		rounds++;
		end = cpu_seconds();
	} while (end - begin < seconds);
	snprintf(name, sizeof(name), "lpm%s_%s_%u", f->suffix, how, n);
	report("core_routes", peer->name, name,
	       (double)rounds * f->addresses / (end - begin) / 1e6, "Mlookups/s");
}

static void compare(const struct lookup_peer *peer, const void *prefixes, unsigned n,
		    const void *addrs, uint32_t *want)
{
	if (peer->max && n > peer->max)
		return;
	if (peer->load(prefixes, n))
		die("a table could not be loaded");
	if (!*want)
		*want = peer->independent(addrs, f->addresses);
	measure(peer, "independent", n, peer->independent, addrs, *want);
	measure(peer, "bulk", n, peer->bulk, addrs, *want);
	measure(peer, "dependent", n, peer->dependent, addrs, *want);
	peer->unload();
}

static void lookups(unsigned n, const struct lookup_peer *peers, unsigned count)
{
	void *addrs, *prefixes = f->draw(n, f->addresses, &addrs);
	uint32_t want = 0;

	if (!addrs)
		die("no memory");
	compare(&f->linnet, prefixes, n, addrs, &want);
	for (unsigned i = 0; i < count; i++)
		compare(&peers[i], prefixes, n, addrs, &want);
	free(addrs);
	free(prefixes);
}

/* ---- loading by command ---- */

static void command(struct ln_net *net, const char *cmd)
{
	char text[512] = "";

	if (ln_ctl(net, cmd, text, sizeof(text), NULL)) {
		fprintf(stderr, "core_routes: %.60s: %s\n", cmd, text);
		exit(1);
	}
}

static char *batch_text(const void *prefixes, unsigned n)
{
	char *text = malloc(((size_t)n + 1) * LINE_BYTES), *at = text;

	if (!text)
		die("no memory");
	at += sprintf(at, "%s", f->batch);
	for (unsigned i = 0; i < n; i++)
		at += f->print_route(at, prefixes, i);
	return text;
}

static void load(unsigned n)
{
	void *addrs, *prefixes = f->draw(n, 1, &addrs);
	struct ln_net_params params;
	char *text, name[32];
	struct ln_net *net;
	double begin;

	ln_net_params_init(&params);
	params.mem_budget = (size_t)1 << 31;
	net = ln_net_create(&params);
	if (!net || !addrs)
		die("no memory");
	text = batch_text(prefixes, n);
	command(net, "ip link add v0 type veth peer name v1");
	command(net, "ip link set v0 up");
	command(net, "ip link set v1 up");
	for (unsigned i = 0; i < 2 && f->setup[i]; i++)
		command(net, f->setup[i]);
	begin = cpu_seconds();
	command(net, text);
	snprintf(name, sizeof(name), "load%s_%u", f->suffix, n);
	report("core_routes", "linnet", name, cpu_seconds() - begin, "s");
	ln_net_destroy(net, NULL);
	free(text);
	free(addrs);
	free(prefixes);
}

int main(int argc, char **argv)
{
	bool inet6 = argc > 1 && !strcmp(argv[1], "-6"), only_load;
	const struct lookup_peer *peers;
	unsigned count;

	f = &families[inet6];
	argc -= inet6;
	argv += inet6;
	only_load = argc > 2 && !strcmp(argv[2], "load");
	count = only_load ? 0 : dpdk_peers(inet6, &peers);
	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	for (unsigned i = 0; i < 4 && !only_load; i++)
		lookups(f->sizes[i], peers, count);
	if (argc > 2 && !only_load)
		return 0;
	for (unsigned i = 0; i < 2 && f->loads[i]; i++)
		load(f->loads[i]);
	return 0;
}
