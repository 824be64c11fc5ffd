/* SPDX-License-Identifier: MIT */
/*
 * TCP's states under random segments and calls, drawn from the bytes of the input; the oracle and
 * all else: harness/tcp_life.h. Seeds do the same in tests/drill/tcp_fuzz_test.c.
 */
#include "harness/tcp_life.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 1500;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tcp_life_input(data, size);
	return 0;
}
