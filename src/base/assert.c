/* SPDX-License-Identifier: MIT */
#include "base/assert.h"

void assert_failed(const char *expr, const char *file, int line)
{
	/* Kept alive for the debugger: the core may not print. */
	const char *volatile what = expr;
	const char *volatile where = file;
	volatile int at = line;

	(void)what;
	(void)where;
	(void)at;
	__builtin_trap();
}
