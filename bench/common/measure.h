/* SPDX-License-Identifier: MIT */
/*
 * What every benchmark needs: CPU time of this process, resident memory, one JSON line out.
 * A figure is work per CPU-second of the process, so another process on the machine costs little.
 */
#ifndef LINNET_BENCH_COMMON_MEASURE_H
#define LINNET_BENCH_COMMON_MEASURE_H

#include <stdbool.h>

double cpu_seconds(void);
long resident_bytes(void);

/* {"bench": "inproc", "stack": "linnet", "case": "bulk", "value": 1.5, "unit": "Gbit/s"} */
void report(const char *bench, const char *stack, const char *name, double value,
	    const char *unit);

#endif
