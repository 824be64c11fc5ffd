/* SPDX-License-Identifier: MIT */
#include "common/measure.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

long resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all, resident = 0;

	if (f && fscanf(f, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * sysconf(_SC_PAGESIZE);
}

void report(const char *bench, const char *stack, const char *name, double value,
	    const char *unit)
{
	printf("{\"bench\": \"%s\", \"stack\": \"%s\", \"case\": \"%s\", \"value\": %.6g, "
	       "\"unit\": \"%s\"}\n", bench, stack, name, value, unit);
	fflush(stdout);
}
