/* SPDX-License-Identifier: MIT */
/* An application's line in the journey, made only when somebody watches. */
#ifndef LINNET_APP_UTIL_JOURNEY_H
#define LINNET_APP_UTIL_JOURNEY_H

#include <linnet/trace.h>

#define JOURNEY_LINE_MAX 768

__attribute__((format(printf, 2, 3))) void journeyf(struct ln_net *net, const char *fmt, ...);

#endif
