/* SPDX-License-Identifier: MIT */
/*
 * Random lives of a machine's TCP (harness/tcp_life.h), by seeds: so many in a test; for as long as
 * one likes by hand:
 *
 *	tcp_fuzz_test [FIRST [COUNT [STEPS [-v]]]]
 *
 * A failure names its seed; the same with COUNT 1 plays it again, and -v tells each segment.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/tcp_life.h"

#define LIVES 600
#define STEPS 500

int main(int argc, char **argv)
{
	u64 first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	u64 count = argc > 2 ? strtoull(argv[2], NULL, 10) : LIVES;
	unsigned steps = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : STEPS;

	for (u64 seed = first; seed < first + count; seed++)
		tcp_life_seed(seed, steps, argc > 4);
	printf("%llu lives of %u steps\n", (unsigned long long)count, steps);
	return 0;
}
