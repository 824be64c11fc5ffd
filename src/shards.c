/* SPDX-License-Identifier: MIT */
#include "shards.h"

#include <linnet/ctl.h>
#include <linnet/linnet.h>

#include "base/assert.h"
#include "base/shard.h"
#include "base/spsc.h"
#include "ctl/ctl.h"
#include "device/netdevice.h"
#include "driver/nic_rss.h"

#define RING_BYTES (512u << 10)		/* between two shards; a frame may have 64 KB */

_Static_assert(LN_SHARDS_MAX == SHARDS_MAX, "the public limit is ours");

struct shard {
	struct ln_net *net;
	struct nic *nic[LN_SHARDS_NICS_MAX];
	struct spsc *in;		/* by the shard that writes */
	u32 asleep __aligned(CACHE_LINE);	/* wake() is wanted; others look at it */
};

struct ln_shards {
	struct mem_ops mem;
	struct ln_shards_params params;
	struct shard_group *group;
	struct spsc *rings;		/* count * count, by reader and writer */
	u8 *bytes;			/* of all of them */
	unsigned cards;
	struct shard shard[LN_SHARDS_MAX];
};

/* What stands before a frame on its way to another shard. */
struct handed {
	struct nic_meta meta;
	u32 card;
};

static unsigned ring_count(const struct ln_shards *s)
{
	return s->params.count > 1 ? s->params.count * s->params.count : 0;
}

/* ---- handing over ---- */

/*
 * The mark is changed by exchanges only, which all see in one order: whoever exchanges later sees
 * what the other one wrote before. So either the sleeper finds the frame, or we find him asleep.
 */
static void wake_shard(struct ln_shards *s, u32 i)
{
	if (__atomic_exchange_n(&s->shard[i].asleep, 0, __ATOMIC_ACQ_REL) && s->params.wake)
		s->params.wake(s->params.ctx, i);
}

static void give_frame(struct nic *nic, u32 to, const struct nic_seg *segs, u32 nsegs,
		       const struct nic_meta *meta)
{
	struct ln_shards *s = nic->rss->ctx;
	struct spsc *ring = &s->shard[to].in[nic->rss->self];
	struct handed *h;
	u32 len = 0;
	u8 *place;

	for (u32 i = 0; i < nsegs; i++)
		len += segs[i].len;
	h = (void *)spsc_reserve(ring, (u32)sizeof(*h) + len);
	if (unlikely(!h)) {
		nic_rx_drop(nic, meta->packet, SKB_DROP_REASON_SHARD_RING);
		return;
	}
	*h = (struct handed){ .meta = *meta };
	while (s->shard[nic->rss->self].nic[h->card] != nic)
		h->card++;
	h->meta.packet = 0;		/* ids are each instance's own */
	h->meta.tstamp = 0;
	place = (u8 *)(h + 1);
	for (u32 i = 0; i < nsegs; place += segs[i++].len)
		memcpy(place, segs[i].addr, segs[i].len);
	spsc_publish(ring);
	wake_shard(s, to);
}

/* As by DMA: into the next slot, and on into its spare buffers when segments are merged. */
static void take_frame(struct nic *nic, const struct handed *h, u32 len)
{
	const u8 *from = (const u8 *)(h + 1);
	struct nic_rx_piece piece[NIC_RX_PIECES];
	u32 n = nic_rx_pieces(nic, piece), left = len;

	for (u32 i = 0; i < n && left; i++) {
		u32 part = min(left, piece[i].len);

		memcpy(piece[i].addr, from, part);
		from += part;
		left -= part;
	}
	if (nic_rx_commit(nic, len, &h->meta))
		nic_rx_event(nic, 1);
}

/* Whether the card's ring is full, or without memory for buffers: its own event comes first. */
static bool must_wait(const struct shard *to, const struct handed *h)
{
	struct nic *nic = to->nic[h->card];

	return nic->up && !nic_rx_has_room(nic);
}

/* Frames from one other shard, as long as the card's ring has room; all: whatever becomes of
 * them. */
static void drain(struct shard *to, struct spsc *r, bool all)
{
	const struct handed *h;
	u32 len;

	while ((h = (const void *)spsc_peek(r, &len))) {
		if (!all && must_wait(to, h))
			return;
		take_frame(to->nic[h->card], h, len - (u32)sizeof(*h));
		spsc_pop(r);
	}
}

static void drain_all(struct ln_shards *s, unsigned i, bool all)
{
	for (unsigned from = 0; from < s->params.count; from++)
		if (from != i)
			drain(&s->shard[i], &s->shard[i].in[from], all);
}

void ln_shards_run(struct ln_shards *s, unsigned i, int64_t now)
{
	if (__atomic_load_n(&s->shard[i].asleep, __ATOMIC_RELAXED))
		__atomic_exchange_n(&s->shard[i].asleep, 0, __ATOMIC_ACQ_REL);
	drain_all(s, i, false);
	ln_net_run(s->shard[i].net, now);
}

int64_t ln_shards_sleep(struct ln_shards *s, unsigned i)
{
	__atomic_exchange_n(&s->shard[i].asleep, 1, __ATOMIC_ACQ_REL);
	return ln_shards_next_event(s, i);
}

int64_t ln_shards_next_event(const struct ln_shards *s, unsigned i)
{
	const struct shard *me = &s->shard[i];
	const struct handed *h;
	u32 len;

	for (unsigned from = 0; from < s->params.count; from++) {
		h = from != i ? (const void *)spsc_peek(&me->in[from], &len) : NULL;
		if (h && !must_wait(me, h))
			return ln_net_now(me->net);
	}
	return ln_net_next_event(me->net);
}

/* ---- cards ---- */

int shards_add_ring(struct ln_shards *s, unsigned shard, unsigned card, struct nic *nic)
{
	int err;

	ln_assert(card < LN_SHARDS_NICS_MAX && !s->shard[shard].nic[card]);
	if (s->params.count == 1)
		return 0;
	err = nic_rss_create(nic, s->params.count, shard);
	if (err)
		return err;
	nic->rss->group = s->group;
	nic->rss->give = give_frame;
	nic->rss->ctx = s;
	s->shard[shard].nic[card] = nic;
	return 0;
}

static void remove_card(struct ln_shards *s, struct ln_nic *nics[], unsigned made)
{
	while (made--) {
		struct nic *nic = (struct nic *)(void *)nics[made];

		s->shard[made].nic[s->cards] = NULL;
		unregister_netdevice(nic->dev);
	}
}

/* 0, or negative with the rings that were made until then in *made. */
static int make_rings(struct ln_shards *s, struct ln_nic_params p, struct ln_nic *nics[],
		      unsigned *made)
{
	for (*made = 0; *made < s->params.count; ++*made) {
		struct net *net = net_of(s->shard[*made].net);
		struct nic *nic;

		if (p.name && dev_get_by_name(net, p.name))
			return -EEXIST;
		nics[*made] = ln_nic_create(s->shard[*made].net, &p);
		if (!nics[*made])
			return -ENOMEM;
		ln_nic_mac(nics[*made], p.mac);		/* the first one's is all others' */
		nic = (struct nic *)(void *)nics[*made];
		nic->rx_gso = s->params.count > 1;	/* a cable's segments for another shard */
		if (shards_add_ring(s, *made, s->cards, nic)) {
			++*made;
			return -ENOMEM;
		}
	}
	return 0;
}

int ln_shards_nic(struct ln_shards *s, const struct ln_nic_params *params, struct ln_nic *nics[])
{
	unsigned made;
	int err;

	if (s->cards == LN_SHARDS_NICS_MAX)
		return -ENOSPC;
	err = make_rings(s, *params, nics, &made);
	if (err)
		remove_card(s, nics, made);
	else
		s->cards++;
	return err;
}

unsigned ln_shards_of_frame(const struct ln_nic *handle, const void *frame, size_t len)
{
	const struct nic *nic = (const void *)handle;

	return nic->rss ? nic_rss_steer(nic->rss, frame, len).ring : 0;
}

/* ---- the machine ---- */

static void *shards_alloc(const struct mem_ops *ops, size_t size)
{
	void *p = ops->alloc(ops->ctx, size);

	if (p)
		memset(p, 0, size);
	return p;
}

static bool make_handing(struct ln_shards *s)
{
	unsigned n = ring_count(s), count = s->params.count;

	s->group = shards_alloc(&s->mem, sizeof(*s->group));
	if (!s->group)
		return false;
	s->group->count = count;
	if (!n)
		return true;
	s->rings = s->mem.alloc(s->mem.ctx, n * sizeof(*s->rings));
	s->bytes = s->mem.alloc(s->mem.ctx, (size_t)n * RING_BYTES);
	if (!s->rings || !s->bytes)
		return false;
	for (unsigned i = 0; i < n; i++) {
		spsc_init(&s->rings[i], s->bytes + (size_t)i * RING_BYTES, RING_BYTES);
		s->shard[i / count].in = &s->rings[i / count * count];
	}
	return true;
}

static bool make_nets(struct ln_shards *s, const struct ln_net_params *each)
{
	struct ln_net_params np = *each;

	for (unsigned i = 0; i < s->params.count; i++) {
		struct net *net;
		u64 seed = each->seed + i;

		np.seed = i ? splitmix64(&seed) : each->seed;
		s->shard[i].net = ln_net_create(&np);
		if (!s->shard[i].net)
			return false;
		net = net_of(s->shard[i].net);
		net->shards = s->params.count > 1 ? s->group : NULL;
		net->shard = i;
		s->group->net[i] = net;
	}
	return true;
}

struct ln_shards *ln_shards_create(const struct ln_net_params *each,
				   const struct ln_shards_params *params)
{
	const struct mem_ops mem = { each->mem.alloc, each->mem.free, each->mem.ctx,
				     each->mem.reserve };
	struct ln_shards *s;

	if (!params->count || params->count > LN_SHARDS_MAX || each->packet_ids)
		return NULL;
	s = shards_alloc(&mem, sizeof(*s));
	if (!s)
		return NULL;
	s->mem = mem;
	s->params = *params;
	if (make_handing(s) && make_nets(s, each))
		return s;
	ln_shards_destroy(s, NULL);
	return NULL;
}

static void shards_free(struct ln_shards *s)
{
	const struct mem_ops mem = s->mem;
	unsigned n = ring_count(s);

	if (s->bytes)
		mem.free(mem.ctx, s->bytes, (size_t)n * RING_BYTES);
	if (s->rings)
		mem.free(mem.ctx, s->rings, n * sizeof(*s->rings));
	if (s->group)
		mem.free(mem.ctx, s->group, sizeof(*s->group));
	mem.free(mem.ctx, s, sizeof(*s));
}

int ln_shards_destroy(struct ln_shards *s, struct ln_leaks *leaks)
{
	struct ln_leaks sum = { 0 }, one;
	int err = 0;

	if (!s)
		return 0;
	for (unsigned i = 0; i < s->params.count; i++) {
		if (!s->shard[i].net)
			continue;
		if (s->rings)
			drain_all(s, i, true);
	}
	for (unsigned i = 0; i < s->params.count; i++) {
		err = ln_net_destroy(s->shard[i].net, &one) ? -ENOTRECOVERABLE : err;
		sum.bytes += one.bytes;
		sum.objects += one.objects;
		sum.packets += one.packets;
		sum.borrowed += one.borrowed;
		sum.frames_unaccounted += one.frames_unaccounted;
	}
	if (leaks)
		*leaks = sum;
	shards_free(s);
	return err;
}

unsigned ln_shards_count(const struct ln_shards *s)
{
	return s->params.count;
}

struct ln_net *ln_shards_net(const struct ln_shards *s, unsigned shard)
{
	return s->shard[shard].net;
}

int ln_shards_ctl(struct ln_shards *s, const char *cmd, char *out, size_t cap, size_t *len)
{
	char why[256];
	int err;

	s->group->together = true;
	err = ln_ctl(s->shard[0].net, cmd, out, cap, len);
	s->group->together = false;
	for (unsigned i = 1; i < s->params.count && !err; i++) {
		err = ln_ctl(s->shard[i].net, cmd, why, sizeof(why), NULL);
		if (err && out && cap) {
			struct strbuf sb;

			sb_init(&sb, out, cap);
			sb_printf(&sb, "on shard %u only: %s", i, why);
			if (len)
				*len = sb.len;
		}
	}
	return err;
}
