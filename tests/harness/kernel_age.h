/* SPDX-License-Identifier: MIT */
/* Which Linux runs this: what tests compare with changes from one to the next. */
#ifndef LINNET_TESTS_HARNESS_KERNEL_AGE_H
#define LINNET_TESTS_HARNESS_KERNEL_AGE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

static inline bool kernel_is_before(int major, int minor)
{
	struct utsname u;
	int at[2];

	return uname(&u) || sscanf(u.release, "%d.%d", &at[0], &at[1]) != 2 || at[0] < major ||
	       (at[0] == major && at[1] < minor);
}

/* Ends the test as skipped. */
static inline void kernel_must_be(int major, int minor)
{
	if (!kernel_is_before(major, minor))
		return;
	printf("skipped: what Linux says here changed until %d.%d\n", major, minor);
	exit(77);
}

#endif
