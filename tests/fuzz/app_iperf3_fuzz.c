/* SPDX-License-Identifier: MIT */
/* The JSON that an iperf3 peer sends: parameters within limits, or refused in words. */
#include <stdlib.h>

#include "app/iperf3_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct iperf3 *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	if (!iperf3_params_read(t, (const char *)data, size) &&
	    (!t->p.parallel || t->p.parallel > IPERF3_STREAMS_MAX || !t->p.block ||
	     t->p.block > IPERF3_BLOCK))
		abort();
	iperf3_results_read(t, (const char *)data, size);
	free(t);
	return 0;
}
