/* SPDX-License-Identifier: MIT */
#include "app/util/journey.h"

#include <stdarg.h>
#include <stdio.h>

void journeyf(struct ln_net *net, const char *fmt, ...)
{
	char line[JOURNEY_LINE_MAX];
	va_list ap;

	if (!ln_trace_on(net))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ln_trace_app(net, line);
}
