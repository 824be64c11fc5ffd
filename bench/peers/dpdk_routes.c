/* SPDX-License-Identifier: MIT */
/* DPDK's tables of IPv4 prefixes: librte_lpm, and librte_fib with its best vectorized lookup. */
#include "peers/dpdk_routes.h"

#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_lpm.h>

#define BULK 32
#define TBL8 32768

static struct rte_lpm *lpm;
static struct rte_fib *fib;

/* ---- librte_lpm ---- */

static int lpm_load(const struct prefix *p, unsigned n)
{
	struct rte_lpm_config config = { .max_rules = n, .number_tbl8s = TBL8 };

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

static uint32_t lpm_one(uint32_t addr)
{
	uint32_t v = 0;

	return rte_lpm_lookup(lpm, addr, &v) ? 0 : v;
}

static uint32_t lpm_independent(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += lpm_one(a[i]);
	return sum;
}

static uint32_t lpm_bulk(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0, v[BULK];

	for (unsigned i = 0; i < n; i += BULK) {
		rte_lpm_lookup_bulk(lpm, a + i, v, BULK);
		for (unsigned k = 0; k < BULK; k++)
			sum += v[k] & RTE_LPM_LOOKUP_SUCCESS ? v[k] & 0xffffff : 0;
	}
	return sum;
}

static uint32_t lpm_dependent(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0, v = 0;

	for (unsigned i = 0; i < n; i++) {
		v = lpm_one(after(a[i], v));
		sum += v;
	}
	return sum;
}

/* ---- librte_fib ---- */

static int fib_load(const struct prefix *p, unsigned n)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8, .default_nh = 0, .max_routes = (int)n,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_4B, .num_tbl8 = TBL8 },
	};

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

static uint32_t fib_one(uint32_t addr)
{
	uint64_t v = 0;

	rte_fib_lookup_bulk(fib, &addr, &v, 1);
	return (uint32_t)v;
}

static uint32_t fib_independent(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += fib_one(a[i]);
	return sum;
}

static uint32_t fib_bulk(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0;
	uint64_t v[BULK];

	for (unsigned i = 0; i < n; i += BULK) {
		rte_fib_lookup_bulk(fib, (uint32_t *)(uintptr_t)(a + i), v, BULK);
		for (unsigned k = 0; k < BULK; k++)
			sum += (uint32_t)v[k];
	}
	return sum;
}

static uint32_t fib_dependent(const uint32_t *a, unsigned n)
{
	uint32_t sum = 0, v = 0;

	for (unsigned i = 0; i < n; i++) {
		v = fib_one(after(a[i], v));
		sum += v;
	}
	return sum;
}

unsigned dpdk_peers(const struct lookup_peer **peers)
{
	static const struct lookup_peer all[] = {
		{ "rte_lpm", 100000, lpm_load, lpm_unload, lpm_one, lpm_independent, lpm_bulk,
		  lpm_dependent },
		{ "rte_fib", 0, fib_load, fib_unload, fib_one, fib_independent, fib_bulk,
		  fib_dependent },
	};
	static char words[][32] = { "core_routes", "--no-huge", "--no-pci", "--no-shconf", "-m",
				    "1024", "--log-level=4", "--no-telemetry",
				    "--force-max-simd-bitwidth=512" };
	char *args[10] = { NULL };

	for (unsigned i = 0; i < 9; i++)
		args[i] = words[i];
	*peers = all;
	return rte_eal_init(9, args) < 0 ? 0 : 2;
}
