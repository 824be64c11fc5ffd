/* SPDX-License-Identifier: MIT */
/* What the files of nft_twins.h share. */
#ifndef LINNET_TESTS_HARNESS_NFT_TWINS_IMPL_H
#define LINNET_TESTS_HARNESS_NFT_TWINS_IMPL_H

#include <linnet/linnet.h>

#include "harness/nft_twins.h"

extern struct ln_net *twins_net;
extern int64_t twins_now;

/* What went wrong is told; false. */
bool twins_differ(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Ends the test as skipped, with errno. */
void twins_skip(const char *what);

#endif
