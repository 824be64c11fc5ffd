/* SPDX-License-Identifier: MIT */
/* "Did you mean": how far two words are from each other. */
#ifndef LINNET_BASE_NEAR_WORD_H
#define LINNET_BASE_NEAR_WORD_H

#include "base/types.h"

#define NEAR_WORD_MAX 40

/*
 * Letters to insert, delete, change, or swap with their neighbour, to make b of a (optimal string
 * alignment). Words longer than NEAR_WORD_MAX bytes are NEAR_WORD_MAX apart.
 */
unsigned word_distance(const char *a, const char *b);

#endif
