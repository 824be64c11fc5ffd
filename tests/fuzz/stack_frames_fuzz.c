/* SPDX-License-Identifier: MIT */
/*
 * Frames, time, socket calls and commands, in any order, into a live machine with open sockets.
 * The input's format and what must hold: harness/fuzz_stack.h. make_stack_corpus.py writes inputs.
 */
#include "harness/fuzz_stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 4000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fz_run_input(data, size, false);
}
