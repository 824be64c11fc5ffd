/* SPDX-License-Identifier: MIT */
/* What is remembered of destinations is bounded, and the least used goes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/tcp/tcp.h"
#include "transport/tcp/tcp_metrics.h"

static void *get(void *ctx, size_t size)
{
	(void)ctx;
	return aligned_alloc(16, round_up(size, 16));
}

static void put(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

static const struct mem_ops ops = { .alloc = get, .free = put };

static void the_least_used_makes_room(void **state)
{
	struct netns_tcp ns = { .metrics = NULL };
	struct net *net = calloc(1, sizeof(*net));
	static struct ip6_addr addr[100 + TCP_METRICS_MAX];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(addr); i++)
		addr[i] = ipv6_addr_v4mapped_of(i);
	mem_init(&net->mem, &ops, SIZE_MAX);
	net->tcp = &ns;
	assert_null(tcp_metrics_get(net, &addr[1], &addr[2]));
	for (u32 i = 0; i < TCP_METRICS_MAX; i++)
		tcp_metrics_make(net, &addr[1], &addr[100 + i])->mss = (u16)i;
	/* Used: the second is the oldest now. */
	assert_non_null(tcp_metrics_get(net, &addr[1], &addr[100]));
	assert_non_null(tcp_metrics_make(net, &addr[1], &addr[5]));
	assert_int_equal(ns.metrics->n, TCP_METRICS_MAX);
	assert_null(tcp_metrics_get(net, &addr[1], &addr[101]));
	assert_int_equal(tcp_metrics_get(net, &addr[1], &addr[100])->mss, 0);
	assert_int_equal(tcp_metrics_get(net, &addr[1], &addr[102])->mss, 2);
	/* another address of ours */
	assert_null(tcp_metrics_get(net, &addr[2], &addr[102]));
	assert_int_equal(tcp_metrics_flush(net, &addr[102]), 1);
	assert_null(tcp_metrics_get(net, &addr[1], &addr[102]));
	net->mem.fail_after = 1;
	assert_null(tcp_metrics_make(net, &addr[1], &addr[6]));
	tcp_metrics_exit(net);
	assert_int_equal(net->mem.live, 0);
	assert_int_equal(net->mem.used, 0);
	free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_used_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
