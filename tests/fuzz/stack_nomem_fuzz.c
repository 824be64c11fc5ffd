/* SPDX-License-Identifier: MIT */
/*
 * As stack_frames, with allocations that fail when the input says so: the one whose number stands
 * in bytes 1 and 2, and after each record with FZ_FAIL the one that its last byte says.
 */
#include "harness/fuzz_stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 4000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fz_run_input(data, size, true);
}
