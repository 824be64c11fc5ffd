/* SPDX-License-Identifier: MIT */
/* The constants that a script may name. Alone, since the system's headers have names of ours. */
#ifndef LINNET_DRILL_NAMES_H
#define LINNET_DRILL_NAMES_H

#include "base/types.h"

/* AF_INET, O_NONBLOCK ...; false: not known. */
bool name_lookup(const char *name, size_t len, s64 *value);
/* ENOENT 2 ... */
bool errno_lookup(const char *name, size_t len, int *err);
const char *errno_name(int err);	/* "EAGAIN" */
/* The closest name, near enough to be meant, or NULL. */
const char *name_closest(const char *word, size_t len);

#endif
