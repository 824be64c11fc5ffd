/* SPDX-License-Identifier: MIT */
/*
 * The threads of a machine that is several shards (<linnet/shard.h>): one for each, with a loop and
 * a queue of the wire of its own. The first shard's is the thread that made the crew: programs and
 * the control socket live there.
 *
 * Between turns a thread can be asked to stand still; that is how one of them may touch all
 * instances (crew_ctl).
 */
#ifndef LINNET_HOST_CREW_H
#define LINNET_HOST_CREW_H

#include <linnet/shard.h>

#include "host/loop.h"

struct crew;
struct wire;
struct wire_params;

/* main_loop is the first shard's. Threads do not run yet. NULL: no memory, or no descriptors. */
struct crew *crew_new(const struct ln_net_params *np, unsigned count, struct loop *main_loop);

unsigned crew_count(const struct crew *c);
struct ln_net *crew_net(const struct crew *c, unsigned shard);

/*
 * A queue of the wire for each shard as its eth0; *first is the first one's. False: err holds what
 * went wrong.
 */
bool crew_open_wires(struct crew *c, const struct wire_params *params, struct wire **first,
		     char *err, size_t err_cap);

/* One turn of the first shard, waiting until until_ns at most. The first call starts the others. */
void crew_turn(struct crew *c, s64 until_ns);

/* A command line for the machine, as ln_shards_ctl(); on the first shard's thread. */
int crew_ctl(struct crew *c, const char *cmd, char *out, size_t cap, size_t *len);

/* The other threads end; instances are as they left them. */
void crew_stop(struct crew *c);
/* Stops too. As ln_shards_destroy(). */
int crew_free(struct crew *c, struct ln_leaks *leaks);

#endif
