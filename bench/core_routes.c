/* SPDX-License-Identifier: MIT */
/*
 * core_routes [SECONDS [lookups | load]]: longest-prefix matches per second in tables of 10 to
 * 1,000,000 prefixes, and how fast a table is loaded, beside DPDK's librte_lpm and librte_fib
 * (DIR24-8, entries of 4 bytes) where they are installed.
 *
 *	independent	one lookup after the other; the processor may begin the next before the
 *			last is done
 *	bulk		32 at a time, by the contender's call for that; linnet's is what
 *			ip_route_input_list() asks for the packets of a list
 *	dependent	each address depends on the last answer: the time that a packet waits
 *
 * All contenders do the same: one load by the first 24 bits of the address from 64 MiB, of which
 * few prefixes touch little (linnet pays for no more than that, DPDK for all of it). So a lookup
 * takes the same instructions in a table of ten and of a million, and what falls with the table is
 * the memory hierarchy's part alone. With 10 prefixes of up to 256 entries each, what is looked at
 * fits the first level of the cache: dependent, some 10 cycles. With 1,000 it is a megabyte on as
 * many pages: second level, and more than the first TLB holds. From 100,000 on it is all of the 64
 * MiB: a dependent lookup waits for the third level or the memory, independent ones overlap as many
 * misses as the core has buffers for. There linnet's table lies on huge pages, where the system
 * gives them, so that the TLB does not miss as well. librte_lpm looks through all rules of a length
 * to add one, so a million would take it an hour: left out there.
 *
 * load	a text for `ip -batch` with so many "route add" lines, through ln_ctl(): seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linnet/linnet.h>

#include "common/measure.h"
#include "common/prefixes.h"
#include "net/ipv4/fib_lpm.h"
#include "peers/dpdk_routes.h"

#define ADDRESSES (1u << 18)
#define BULK 32

static double seconds = 0.3;

/* ---- linnet's ---- */

static struct fib_lpm lpm;
static struct mem mem;

static int linnet_load(const struct prefix *p, unsigned n)
{
	static const struct mem_ops ops = {
		.alloc = ln_libc_alloc, .free = ln_libc_free, .reserve = ln_libc_reserve,
	};

	mem_init(&mem, &ops, (size_t)1 << 32);
	fib_lpm_init(&lpm, &mem);
	for (unsigned i = 0; i < n; i++)
		if (fib_lpm_set(&lpm, p[i].addr, p[i].len, p[i].value, 0))
			return -1;
	return 0;
}

static void linnet_free(void)
{
	fib_lpm_exit(&lpm);
}

static uint32_t linnet_one(uint32_t addr)
{
	return fib_lpm_lookup(&lpm, addr);
}

static uint32_t linnet_independent(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += fib_lpm_lookup(&lpm, a[i]);
	return sum;
}

static uint32_t linnet_bulk(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0, v[BULK];

	for (unsigned i = 0; i < n; i += BULK) {
		fib_lpm_lookup_bulk(&lpm, a + i, BULK, v);
		for (unsigned k = 0; k < BULK; k++)
			sum += v[k];
	}
	return sum;
}

static uint32_t linnet_dependent(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0, v = 0;

	for (unsigned i = 0; i < n; i++) {
		v = fib_lpm_lookup(&lpm, after(a[i], v));
		sum += v;
	}
	return sum;
}

static const struct lookup_peer linnet = {
	"linnet", 0, linnet_load, linnet_free, linnet_one, linnet_independent, linnet_bulk,
	linnet_dependent,
};

/* ---- measuring ---- */

static void die(const char *what)
{
	fprintf(stderr, "core_routes: %s\n", what);
	exit(1);
}

static double rate(uint32_t (*run)(const uint32_t *a, unsigned n), const uint32_t *a, uint32_t want)
{
	double begin, end;
	unsigned rounds = 0;

	if (run(a, ADDRESSES) != want)
		die("answers differ");
	begin = cpu_seconds();
	do {
		if (run(a, ADDRESSES) != want)
			die("answers differ");
		rounds++;
		end = cpu_seconds();
	} while (end - begin < seconds);
	return (double)rounds * ADDRESSES / (end - begin) / 1e6;
}

static void tell(const struct lookup_peer *peer, const char *how, unsigned n, double value)
{
	char name[64];

	snprintf(name, sizeof(name), "lpm_%s_%u", how, n);
	report("core_routes", peer->name, name, value, "Mlookups/s");
}

static void compare(const struct lookup_peer *peer, const struct prefix *p, unsigned n,
		    const uint32_t *a, uint32_t *want)
{
	if (peer->max && n > peer->max)
		return;
	if (peer->load(p, n))
		die("a table could not be loaded");
	if (!*want)
		*want = peer->independent(a, ADDRESSES);
	tell(peer, "independent", n, rate(peer->independent, a, *want));
	tell(peer, "bulk", n, rate(peer->bulk, a, *want));
	tell(peer, "dependent", n, rate(peer->dependent, a, *want));
	peer->unload();
}

static void lookups(unsigned n, const struct lookup_peer *peers, unsigned count)
{
	struct prefix *p = make_prefixes(n);
	uint32_t *a = p ? make_addresses(p, n, ADDRESSES) : NULL, want = 0;

	if (!a)
		die("no memory");
	compare(&linnet, p, n, a, &want);
	for (unsigned i = 0; i < count; i++)
		compare(&peers[i], p, n, a, &want);
	free(a);
	free(p);
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

static char *batch_text(const struct prefix *p, unsigned n)
{
	char *text = malloc((size_t)n * 64 + 64), *at = text;

	if (!text)
		die("no memory");
	at += sprintf(at, "ip -batch routes\n");
	for (unsigned i = 0; i < n; i++)
		at += sprintf(at, "route add %u.%u.%u.%u/%u via 10.0.0.%u\n", p[i].addr >> 24,
			      p[i].addr >> 16 & 255, p[i].addr >> 8 & 255, p[i].addr & 255,
			      p[i].len, 1 + p[i].value);
	return text;
}

static void load(unsigned n)
{
	struct prefix *p = make_prefixes(n);
	char *text = p ? batch_text(p, n) : NULL, name[32];
	struct ln_net_params params;
	struct ln_net *net;
	double begin;

	ln_net_params_init(&params);
	params.mem_budget = (size_t)1 << 31;
	net = ln_net_create(&params);
	if (!net || !text)
		die("no memory");
	command(net, "ip link add v0 type veth peer name v1");
	command(net, "ip link set v0 up");
	command(net, "ip link set v1 up");
	command(net, "ip addr add 10.0.0.1/24 dev v0");
	begin = cpu_seconds();
	command(net, text);
	snprintf(name, sizeof(name), "load_%u", n);
	report("core_routes", "linnet", name, cpu_seconds() - begin, "s");
	ln_net_destroy(net, NULL);
	free(text);
	free(p);
}

int main(int argc, char **argv)
{
	static const unsigned sizes[] = { 10, 1000, 100000, 1000000 };
	const struct lookup_peer *peers;
	bool only_load = argc > 2 && !strcmp(argv[2], "load");
	unsigned count = only_load ? 0 : dpdk_peers(&peers);

	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !only_load; i++)
		lookups(sizes[i], peers, count);
	if (argc > 2 && !only_load)
		return 0;
	load(100000);
	load(1000000);
	return 0;
}
