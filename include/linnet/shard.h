/* SPDX-License-Identifier: MIT */
/*
 * Shards: one machine on several cores. Each shard is an instance (struct ln_net) with a thread of
 * its own; together they have the same addresses, routes and cards, and to the world they are one
 * host. A card has a ring for each shard; which shard a frame is for is said by the Toeplitz hash
 * of its flow (ethtool -x, -X), and a frame that was given to another's ring is handed over by
 * itself, through rings that nobody waits at.
 *
 *	thread i:	ln_nic_receive(nic[i], ...)	frames of the card's queue i, or any
 *			ln_shards_run(s, i, now)	in the place of ln_net_run()
 *			ln_nic_transmit(nic[i], ...)
 *			wait until ln_shards_sleep(s, i), a frame, or wake(ctx, i)
 *
 * Sockets belong to the shard where they were made, and are used on its thread. A connection made
 * by ln_connect() chooses a port whose packets come back to its own shard. A port that one shard
 * bound is that shard's; when several bind it, they share its flows as SO_REUSEPORT sockets do (no
 * option is needed between shards), each the flows that hash to it. Bind in all before traffic
 * comes: flows of a port whose group changes may move, and are then reset.
 *
 * Settings are for all: ln_shards_ctl(). Neighbours are learned by all, since ARP goes to all.
 * Traffic to the machine's own addresses (loopback) stays in its shard. Raw and packet sockets see
 * what comes to their shard.
 *
 * Create, configure, then start the threads; stop them before ln_shards_destroy().
 */
#ifndef LINNET_SHARD_H
#define LINNET_SHARD_H

#include <linnet/nic.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LN_SHARDS_MAX 64
#define LN_SHARDS_NICS_MAX 16

struct ln_shards;

struct ln_shards_params {
	unsigned count;		/* 1 to LN_SHARDS_MAX */
	/* Frames wait for a shard that sleeps: let it call ln_shards_run(). Called on another
	 * shard's thread, once for each ln_shards_sleep(); may be NULL. */
	void (*wake)(void *ctx, unsigned shard);
	void *ctx;
};

/**
 * ln_shards_create - the instances of one machine
 * @each: of each shard, budget included; seeds differ by themselves. mem and trace are used by all
 * threads at once; packet_ids must be NULL.
 *
 * Return: owned by the caller; NULL: no memory, or a parameter is out of range.
 */
LN_API struct ln_shards *ln_shards_create(const struct ln_net_params *each,
					  const struct ln_shards_params *params);

/* Ends all of them; leaks (may be NULL) are added up. 0 or -ENOTRECOVERABLE. */
LN_API int ln_shards_destroy(struct ln_shards *shards, struct ln_leaks *leaks);

LN_API unsigned ln_shards_count(const struct ln_shards *shards);
LN_API struct ln_net *ln_shards_net(const struct ln_shards *shards, unsigned shard);

/**
 * ln_shards_nic - a card with a ring pair for each shard
 * @params: as for ln_nic_create(); doorbell is called on the thread of the shard that sends, with
 * @ctx of the params
 * @nics: where its rings go, one for each shard
 *
 * Return: 0; -ENOMEM; -EEXIST: the name is taken; -ENOSPC: LN_SHARDS_NICS_MAX are there.
 */
LN_API int ln_shards_nic(struct ln_shards *shards, const struct ln_nic_params *params,
			 struct ln_nic *nics[]);

/**
 * ln_shards_of_frame - the shard that a frame is for (one of them, where all get it)
 * For who can choose the ring to receive it at: what comes right needs no handing over.
 */
LN_API unsigned ln_shards_of_frame(const struct ln_nic *nic, const void *frame, size_t len);

/* Takes in what others handed over, then as ln_net_run(). On the shard's thread. */
LN_API void ln_shards_run(struct ln_shards *shards, unsigned shard, int64_t now);

/* As ln_net_next_event(); frames that others handed over mean at once. On the shard's thread. */
LN_API int64_t ln_shards_next_event(const struct ln_shards *shards, unsigned shard);

/*
 * The same for who will wait until then: wake() is called when a frame is handed over before the
 * next ln_shards_run(). On the shard's thread.
 */
LN_API int64_t ln_shards_sleep(struct ln_shards *shards, unsigned shard);

/**
 * ln_shards_ctl - one command line for the machine (see ln_ctl())
 *
 * What it changes is changed on every shard; sockets, counters and neighbours that it lists are
 * those of all. No thread may be inside any of the shards meanwhile.
 *
 * Return: as ln_ctl(); what fails on the first shard is not tried on the others.
 */
LN_API int ln_shards_ctl(struct ln_shards *shards, const char *cmd, char *out, size_t cap,
			 size_t *len);

#ifdef __cplusplus
}
#endif
#endif
