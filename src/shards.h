/* SPDX-License-Identifier: MIT */
/*
 * The shards of a machine (<linnet/shard.h>) for who makes their cards: from every shard to every
 * other there is a ring of frames (base/spsc.h), drained by ln_shards_run().
 */
#ifndef LINNET_SHARDS_H
#define LINNET_SHARDS_H

#include <linnet/shard.h>

#include "driver/nic.h"

/* nic is shard's ring of the machine's card number `card` (0 to LN_SHARDS_NICS_MAX - 1); before
 * frames come. -ENOMEM. */
int shards_add_ring(struct ln_shards *shards, unsigned shard, unsigned card, struct nic *nic);

#endif
