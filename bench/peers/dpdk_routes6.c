/* SPDX-License-Identifier: MIT */
/* DPDK's tables of IPv6 prefixes: librte_lpm, and librte_fib with its best vectorized lookup. */
#include "peers/dpdk_routes6.h"

#include <rte_eal.h>
#include <rte_fib6.h>
#include <rte_memory.h>
#include <rte_lpm6.h>

#define BULK 32
#define TBL8 (1u << 19)

static struct rte_lpm6 *lpm;
static struct rte_fib6 *fib;

/* ---- librte_lpm ---- */

static int lpm_load(const struct prefix6 *p, unsigned n)
{
	struct rte_lpm6_config config = { .max_rules = n, .number_tbl8s = TBL8 };

	lpm = rte_lpm6_create("routes6", SOCKET_ID_ANY, &config);
	if (!lpm)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (rte_lpm6_add(lpm, p[i].addr, p[i].len, p[i].value))
			return -1;
	return 0;
}

static void lpm_unload(void)
{
	rte_lpm6_free(lpm);
}

static uint32_t lpm_one(const uint8_t *a)
{
	uint32_t v = 0;

	return rte_lpm6_lookup(lpm, a, &v) ? 0 : v;
}

static uint32_t lpm_independent(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += lpm_one(a[i]);
	return sum;
}

static uint32_t lpm_bulk(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0;
	int32_t v[BULK];

	for (unsigned i = 0; i < n; i += BULK) {
		rte_lpm6_lookup_bulk_func(lpm, a + i, v, BULK);
		for (unsigned k = 0; k < BULK; k++)
			sum += v[k] > 0 ? (uint32_t)v[k] : 0;
	}
	return sum;
}

static uint32_t lpm_dependent(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0, v = 0;

	for (unsigned i = 0; i < n; i++) {
		v = lpm_one(a[index_after(i, v)]);
		sum += v;
	}
	return sum;
}

/* ---- librte_fib ---- */

static int fib_load(const struct prefix6 *p, unsigned n)
{
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE, .default_nh = 0, .max_routes = (int)n,
		.trie = { .nh_sz = RTE_FIB6_TRIE_4B, .num_tbl8 = TBL8 },
	};

	fib = rte_fib6_create("routes6", SOCKET_ID_ANY, &conf);
	if (!fib)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (rte_fib6_add(fib, p[i].addr, p[i].len, p[i].value))
			return -1;
	rte_fib6_select_lookup(fib, RTE_FIB6_LOOKUP_DEFAULT);
	return 0;
}

static void fib_unload(void)
{
	rte_fib6_free(fib);
}

static uint32_t fib_some(uint8_t (*a)[16], int n)
{
	uint64_t v[BULK];
	uint32_t sum = 0;

	rte_fib6_lookup_bulk(fib, a, v, n);
	for (int k = 0; k < n; k++)
		sum += (uint32_t)v[k];
	return sum;
}

static uint32_t fib_independent(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += fib_some(a + i, 1);
	return sum;
}

static uint32_t fib_bulk(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i += BULK)
		sum += fib_some(a + i, BULK);
	return sum;
}

static uint32_t fib_dependent(uint8_t (*a)[16], unsigned n)
{
	uint32_t sum = 0, v = 0;

	for (unsigned i = 0; i < n; i++) {
		v = fib_some(a + index_after(i, v), 1);
		sum += v;
	}
	return sum;
}

unsigned dpdk_peers6(const struct lookup6_peer **peers)
{
	static const struct lookup6_peer all[] = {
		{ "rte_lpm6", lpm_load, lpm_unload, lpm_independent, lpm_bulk, lpm_dependent },
		{ "rte_fib6", fib_load, fib_unload, fib_independent, fib_bulk, fib_dependent },
	};
	static char words[][32] = { "core_routes6", "--no-huge", "--no-pci", "--no-shconf", "-m",
				    "3072", "--log-level=4", "--no-telemetry",
				    "--force-max-simd-bitwidth=512" };
	char *args[10] = { NULL };

	for (unsigned i = 0; i < 9; i++)
		args[i] = words[i];
	*peers = all;
	return rte_eal_init(9, args) < 0 ? 0 : 2;
}
