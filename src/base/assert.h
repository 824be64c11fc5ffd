/* SPDX-License-Identifier: MIT */
/*
 * ln_assert: a programmer's error, never something that a peer sent. It stays on
 * in release builds and stops the program with the place; it needs no libc I/O.
 */
#ifndef LINNET_BASE_ASSERT_H
#define LINNET_BASE_ASSERT_H

#include "base/types.h"

/* Ends the program; the strings are left in the trap's frame for the debugger. */
__attribute__((noreturn)) __cold void assert_failed(const char *expr, const char *file, int line);

#define ln_assert(expr) \
	do { \
		if (unlikely(!(expr))) \
			assert_failed(#expr, __FILE__, __LINE__); \
	} while (0)

#endif
