/* SPDX-License-Identifier: MIT */
/* What the kernel tells of its interfaces. */
#ifndef LINNET_HOST_IFQUERY_H
#define LINNET_HOST_IFQUERY_H

#include <stdbool.h>

/* 1500 when the kernel does not tell. */
unsigned if_mtu(const char *name);

/* True when the kernel does not tell. */
bool if_is_up(const char *name);

bool if_exists(const char *name);

#endif
