/* SPDX-License-Identifier: MIT */
#include "host/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/ktime.h"

static s64 read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (s64)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

s64 host_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

s64 host_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

u64 host_entropy(void)
{
	u64 seed;

	/* A predictable seed on a real wire would give away sequence numbers: better none. */
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
		perror("linnet: getrandom");
		exit(1);
	}
	return seed;
}
