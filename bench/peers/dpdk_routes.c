/* SPDX-License-Identifier: MIT */
/* DPDK's tables of prefixes: librte_lpm, and librte_fib with its best vectorized lookup. */
#include "peers/dpdk_routes.h"

#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_lpm.h>
#include <rte_lpm6.h>
#include <rte_memory.h>

#define TBL8 32768
#define TBL8_6 (1u << 19)

static struct rte_lpm *lpm;
static struct rte_fib *fib;
static struct rte_lpm6 *lpm6;
static struct rte_fib6 *fib6;

/* DPDK takes no const. */
static uint32_t *addr_at(const void *addrs, unsigned i)
{
	return (uint32_t *)(uintptr_t)addrs + i;
}

static uint8_t (*addr6_at(const void *addrs, unsigned i))[16]
{
	return (uint8_t (*)[16])(uintptr_t)addrs + i;
}

static uint32_t sum_of(const uint64_t *v, unsigned n)
{
	uint32_t sum = 0;

	for (unsigned k = 0; k < n; k++)
		sum += (uint32_t)v[k];
	return sum;
}

/* ---- librte_lpm ---- */

static int lpm_load(const void *prefixes, unsigned n)
{
	struct rte_lpm_config config = { .max_rules = n, .number_tbl8s = TBL8 };
	const struct prefix *p = prefixes;

	lpm = rte_lpm_create("routes", SOCKET_ID_ANY, &config);
	if (!lpm)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (rte_lpm_add(lpm, p[i].addr, p[i].len, p[i].value))
			return -1;
	return 0;
}

static void lpm_unload(void)
{
	rte_lpm_free(lpm);
}

static uint32_t lpm_one(const void *addrs, unsigned i, uint32_t zero)
{
	uint32_t v = 0;

	return rte_lpm_lookup(lpm, *addr_at(addrs, i) + zero, &v) ? 0 : v;
}

static uint32_t lpm_some(const void *addrs, unsigned i)
{
	uint32_t sum = 0, v[LOOKUP_BULK];

	rte_lpm_lookup_bulk(lpm, addr_at(addrs, i), v, LOOKUP_BULK);
	for (unsigned k = 0; k < LOOKUP_BULK; k++)
		sum += v[k] & RTE_LPM_LOOKUP_SUCCESS ? v[k] & 0xffffff : 0;
	return sum;
}

LOOKUP_SUMS(lpm)

static int lpm6_load(const void *prefixes, unsigned n)
{
	struct rte_lpm6_config config = { .max_rules = n, .number_tbl8s = TBL8_6 };
	const struct prefix6 *p = prefixes;

	lpm6 = rte_lpm6_create("routes6", SOCKET_ID_ANY, &config);
	if (!lpm6)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (rte_lpm6_add(lpm6, p[i].addr, p[i].len, p[i].value))
			return -1;
	return 0;
}

static void lpm6_unload(void)
{
	rte_lpm6_free(lpm6);
}

static uint32_t lpm6_one(const void *addrs, unsigned i, uint32_t zero)
{
	uint32_t v = 0;

	return rte_lpm6_lookup(lpm6, *addr6_at(addrs, i + zero), &v) ? 0 : v;
}

static uint32_t lpm6_some(const void *addrs, unsigned i)
{
	uint32_t sum = 0;
	int32_t v[LOOKUP_BULK];

	rte_lpm6_lookup_bulk_func(lpm6, addr6_at(addrs, i), v, LOOKUP_BULK);
	for (unsigned k = 0; k < LOOKUP_BULK; k++)
		sum += v[k] > 0 ? (uint32_t)v[k] : 0;
	return sum;
}

LOOKUP_SUMS(lpm6)

/* ---- librte_fib ---- */

static int fib_load(const void *prefixes, unsigned n)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8, .default_nh = 0, .max_routes = (int)n,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_4B, .num_tbl8 = TBL8 },
	};
	const struct prefix *p = prefixes;

	fib = rte_fib_create("routes", SOCKET_ID_ANY, &conf);
	if (!fib)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (rte_fib_add(fib, p[i].addr, p[i].len, p[i].value))
			return -1;
	rte_fib_select_lookup(fib, RTE_FIB_LOOKUP_DEFAULT);
	return 0;
}

static void fib_unload(void)
{
	rte_fib_free(fib);
}

static uint32_t fib_one(const void *addrs, unsigned i, uint32_t zero)
{
	uint32_t addr = *addr_at(addrs, i) + zero;
	uint64_t v = 0;

	rte_fib_lookup_bulk(fib, &addr, &v, 1);
	return (uint32_t)v;
}

static uint32_t fib_some(const void *addrs, unsigned i)
{
	uint64_t v[LOOKUP_BULK];

	rte_fib_lookup_bulk(fib, addr_at(addrs, i), v, LOOKUP_BULK);
	return sum_of(v, LOOKUP_BULK);
}

LOOKUP_SUMS(fib)

static int fib6_load(const void *prefixes, unsigned n)
{
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE, .default_nh = 0, .max_routes = (int)n,
		.trie = { .nh_sz = RTE_FIB6_TRIE_4B, .num_tbl8 = TBL8_6 },
	};
	const struct prefix6 *p = prefixes;

	fib6 = rte_fib6_create("routes6", SOCKET_ID_ANY, &conf);
	if (!fib6)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (rte_fib6_add(fib6, p[i].addr, p[i].len, p[i].value))
			return -1;
	rte_fib6_select_lookup(fib6, RTE_FIB6_LOOKUP_DEFAULT);
	return 0;
}

static void fib6_unload(void)
{
	rte_fib6_free(fib6);
}

static uint32_t fib6_one(const void *addrs, unsigned i, uint32_t zero)
{
	uint64_t v = 0;

	rte_fib6_lookup_bulk(fib6, addr6_at(addrs, i + zero), &v, 1);
	return (uint32_t)v;
}

static uint32_t fib6_some(const void *addrs, unsigned i)
{
	uint64_t v[LOOKUP_BULK];

	rte_fib6_lookup_bulk(fib6, addr6_at(addrs, i), v, LOOKUP_BULK);
	return sum_of(v, LOOKUP_BULK);
}

LOOKUP_SUMS(fib6)

unsigned dpdk_peers(bool inet6, const struct lookup_peer **peers)
{
	static const struct lookup_peer all[] = {
		LOOKUP_PEER("rte_lpm", 100000, lpm), LOOKUP_PEER("rte_fib", 0, fib),
	};
	static const struct lookup_peer all6[] = {
		LOOKUP_PEER("rte_lpm6", 0, lpm6), LOOKUP_PEER("rte_fib6", 0, fib6),
	};
	static char words[][32] = { "core_routes", "--no-huge", "--no-pci", "--no-shconf",
				    "--log-level=4", "--no-telemetry",
				    "--force-max-simd-bitwidth=512", "-m" };
	static char megabytes[][8] = { "1024", "3072" };
	char *args[10] = { NULL };

	for (unsigned i = 0; i < 8; i++)
		args[i] = words[i];
	args[8] = megabytes[inet6];
	*peers = inet6 ? all6 : all;
	return rte_eal_init(9, args) < 0 ? 0 : 2;
}
