/* SPDX-License-Identifier: MIT */
/*
 * A neighbour's states (RFC 4861 7.3, with Linux's names and moments): what sends a packet, what
 * a reply changes, what the timer does. The table itself: neigh.c.
 *
 * The output function follows the state: neigh_connected_output copies the ready header in front
 * and sends; neigh_resolve_output asks neigh_event_send() first, which starts resolution or, for
 * an entry gone stale, the delay before a probe.
 */
#include "base/trace.h"
#include "link/ethernet.h"
#include "link/neigh.h"
#include "wire/ip6_addr.h"

#define RETRANS_MIN_MS 10u
#define TIMER_MIN_MS 10u	/* Linux's HZ / 100: no circle of states within one moment */

static void neigh_timer_handler(struct timer *t);
static int neigh_resolve_output(struct neighbour *n, struct sk_buff *skb);

static struct net *neigh_net(const struct neighbour *n)
{
	return n->tbl->net;
}

static const struct neigh_parms *neigh_parms(const struct neighbour *n)
{
	return n->parms;
}

/* The two words of {addr}. */
static u64 neigh_addr(const struct neighbour *n, unsigned word)
{
	struct ip6_addr a;
	be32 v4;

	memcpy(&a, n->primary_key, sizeof(a));
	if (n->tbl->key_len == sizeof(v4)) {
		memcpy(&v4, n->primary_key, sizeof(v4));
		a = ipv6_addr_v4mapped_of(v4);
	}
	return ip6_word(&a, word);
}

const char *nud_state_name(u8 state)
{
	switch (state) {
	case NUD_NONE: return "NONE";
	case NUD_INCOMPLETE: return "INCOMPLETE";
	case NUD_REACHABLE: return "REACHABLE";
	case NUD_STALE: return "STALE";
	case NUD_DELAY: return "DELAY";
	case NUD_PROBE: return "PROBE";
	case NUD_FAILED: return "FAILED";
	case NUD_NOARP: return "NOARP";
	case NUD_PERMANENT: return "PERMANENT";
	default: return "?";
	}
}

void neigh_nud_init(struct neighbour *n)
{
	timer_init(&n->timer, neigh_timer_handler);
	skb_queue_head_init(&n->arp_queue);
	n->output = neigh_resolve_output;
}

/* ---- output ---- */

/* Writes the header that neigh_connected_output copies. Devices of other kinds have none. */
static void neigh_update_hh(struct neighbour *n)
{
	struct ethhdr *eth = (void *)n->hh;

	n->hh_len = 0;
	if (n->dev->header_ops != &eth_header_ops)
		return;
	ether_addr_copy(eth->h_dest, n->ha);
	ether_addr_copy(eth->h_source, n->dev->dev_addr);
	eth->h_proto = cpu_to_be16(n->tbl->protocol);
	n->hh_len = ETH_HLEN;
}

static void neigh_suspect(struct neighbour *n)
{
	if (n->output == neigh_connected_output)
		n->output = neigh_resolve_output;
}

static void neigh_connect(struct neighbour *n)
{
	if (n->output == neigh_resolve_output)
		n->output = neigh_connected_output;
}

static bool neigh_push_header(struct neighbour *n, struct sk_buff *skb)
{
	if (unlikely(!n->hh_len))
		return dev_hard_header(skb, n->dev, n->tbl->protocol, n->ha, NULL) >= 0;
	if (unlikely(!skb_cow_head(skb, n->hh_len, 0)))
		return false;
	memcpy(skb_push(skb, n->hh_len), n->hh, ETH_HLEN);
	skb_reset_mac_header(skb);
	return true;
}

/* False: no room for its header, and it was dropped. */
static __always_inline bool connected_header(struct neighbour *n, struct sk_buff *skb)
{
	skb->dev = n->dev;
	trace_skb(neigh_net(n), neigh_output, skb, neigh_addr(n, 0), neigh_addr(n, 1),
		  eth_addr_u64(n->ha));
	if (likely(neigh_push_header(n, skb)))
		return true;
	kfree_skb_reason(skb, SKB_DROP_REASON_DEV_HDR);
	return false;
}

int neigh_connected_output(struct neighbour *n, struct sk_buff *skb)
{
	return connected_header(n, skb) ? dev_queue_xmit(skb) : -EINVAL;
}

void neigh_output_batch_slow(struct neighbour *n, struct sk_buff *skb, struct xmit_batch *out)
{
	if (connected_header(n, skb))
		xmit_batch_add(out, skb);
}

static int neigh_direct_output(struct neighbour *n, struct sk_buff *skb)
{
	skb->dev = n->dev;
	return dev_queue_xmit(skb);
}

void neigh_set_noarp(struct neighbour *n, const u8 *lladdr)
{
	n->nud_state = NUD_NOARP;
	memcpy(n->ha, lladdr, n->dev->addr_len);
	neigh_update_hh(n);
	n->output = neigh_connected_output;
}

void neigh_set_direct(struct neighbour *n)
{
	n->nud_state = NUD_NOARP;
	n->output = neigh_direct_output;
}

/* ---- waiting packets ---- */

/* What one packet counts for: buffers, and the sk_buff that small ones stand in. */
static u32 queue_charge(const struct sk_buff *skb)
{
	return skb->truesize + (u32)sizeof(*skb);
}

static struct sk_buff *neigh_dequeue(struct neighbour *n)
{
	struct sk_buff *skb = skb_dequeue(&n->arp_queue);

	if (skb) {
		n->arp_queue_bytes -= queue_charge(skb);
		n->tbl->queue_bytes -= queue_charge(skb);
	}
	return skb;
}

/* Linux lets each entry fill its queue: a thousand of them would be 200 MB. */
static bool queue_is_full(const struct neighbour *n, u32 charge)
{
	return n->arp_queue_bytes + charge > neigh_parms(n)->queue_len_bytes ||
	       n->tbl->queue_bytes + charge > neigh_net(n)->mem.budget / 16;
}

static void neigh_enqueue(struct neighbour *n, struct sk_buff *skb)
{
	u32 charge = queue_charge(skb);

	while (!skb_queue_empty(&n->arp_queue) && queue_is_full(n, charge)) {
		n->tbl->stats.unresolved_discards++;
		kfree_skb_reason(neigh_dequeue(n), SKB_DROP_REASON_NEIGH_QUEUEFULL);
	}
	skb_queue_tail(&n->arp_queue, skb);
	n->arp_queue_bytes += charge;
	n->tbl->queue_bytes += charge;
	trace_skb(neigh_net(n), neigh_resolve, skb, neigh_addr(n, 0), neigh_addr(n, 1),
		  TRACE_STR(nud_state_name(n->nud_state)), n->arp_queue.qlen);
}

void neigh_nud_stop(struct neighbour *n, enum skb_drop_reason reason)
{
	struct sk_buff *skb;

	net_timer_del(neigh_net(n), &n->timer);
	neigh_suspect(n);
	while ((skb = neigh_dequeue(n)))
		kfree_skb_reason(skb, reason);
}

/* It does not answer: each waiting packet's sender is told. The caller holds n. */
static void neigh_invalidate(struct neighbour *n)
{
	struct sk_buff *skb;

	n->tbl->stats.res_failed++;
	n->updated = neigh_net(n)->now;
	/* Telling may send packets, which may come back here: look at the state each time. */
	while (n->nud_state == NUD_FAILED && !n->dead && (skb = neigh_dequeue(n)))
		n->ops->error_report(n, skb);
}

/* Resolved: what waited goes out. The caller holds n. */
static void neigh_send_queued(struct neighbour *n)
{
	struct sk_buff *skb;

	while (n->nud_state & NUD_VALID && !n->dead && (skb = neigh_dequeue(n)))
		n->output(n, skb);
}

/* ---- states ---- */

static void neigh_set_state(struct neighbour *n, u8 state)
{
	n->nud_state = state;
	n->updated = neigh_net(n)->now;
}

static void neigh_add_timer(struct neighbour *n, ktime_t when)
{
	net_timer_mod(neigh_net(n), &n->timer, when);
}

static ktime_t neigh_retrans_time(const struct neighbour *n)
{
	return ms_to_ktime(max(neigh_parms(n)->retrans_time_ms, RETRANS_MIN_MS));
}

static ktime_t neigh_delay_probe_time(const struct neighbour *n)
{
	return sec_to_ktime(neigh_parms(n)->delay_probe_time_s);
}

static u32 neigh_max_probes(const struct neighbour *n)
{
	const struct neigh_parms *p = neigh_parms(n);

	return p->ucast_solicit + p->app_solicit +
	       (n->nud_state & NUD_PROBE ? p->mcast_resolicit : p->mcast_solicit);
}

u32 neigh_app_probe(const struct neighbour *n)
{
	const struct neigh_parms *p = neigh_parms(n);

	if (n->probes < p->ucast_solicit)
		return 0;
	if (n->probes >= p->ucast_solicit + p->app_solicit)
		return 2;
	n->tbl->stats.app_probes++;
	return 1;
}

static void neigh_probe(struct neighbour *n)
{
	n->ops->solicit(n, skb_peek_tail(&n->arp_queue));
	if (n->probes < UINT8_MAX)
		n->probes++;
}

/* A packet for an entry that knows nothing: ask everybody (the unicast tries are over). */
static bool neigh_start_resolving(struct neighbour *n)
{
	const struct neigh_parms *p = neigh_parms(n);

	if (!(p->mcast_solicit + p->app_solicit)) {
		neigh_set_state(n, NUD_FAILED);
		return false;
	}
	n->probes = (u8)min_t(u32, p->ucast_solicit, UINT8_MAX);
	neigh_set_state(n, NUD_INCOMPLETE);
	neigh_add_timer(n, neigh_net(n)->now + neigh_retrans_time(n));
	return true;
}

/* True: the packet may go now. Else it was taken: it waits, or was dropped. */
static bool neigh_event_send(struct neighbour *n, struct sk_buff *skb)
{
	bool first = false;

	n->used = neigh_net(n)->now;
	if (n->nud_state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE))
		return true;
	if (unlikely(n->dead)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_DEAD);
		return false;
	}
	if (n->nud_state == NUD_STALE) {
		neigh_set_state(n, NUD_DELAY);
		neigh_add_timer(n, n->used + neigh_delay_probe_time(n));
		return true;
	}
	if (n->nud_state != NUD_INCOMPLETE) {
		first = neigh_start_resolving(n);
		if (!first) {
			kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_FAILED);
			return false;
		}
	}
	neigh_enqueue(n, skb);
	if (first)
		neigh_probe(n);
	return false;
}

/* Linux's neigh_event_send() without a packet. */
void neigh_solicit_now(struct neighbour *n)
{
	n->used = neigh_net(n)->now;
	if (n->nud_state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE | NUD_INCOMPLETE) || n->dead)
		return;
	if (n->nud_state == NUD_STALE) {
		neigh_set_state(n, NUD_DELAY);
		neigh_add_timer(n, n->used + neigh_delay_probe_time(n));
	} else if (neigh_start_resolving(n)) {
		neigh_probe(n);
	}
}

static int neigh_resolve_output(struct neighbour *n, struct sk_buff *skb)
{
	if (!neigh_event_send(n, skb))
		return 0;
	return neigh_connected_output(n, skb);
}

/* ---- the timer ---- */

/* REACHABLE: reachable_time is over. Returns when to come again. */
static ktime_t timer_reachable(struct neighbour *n, ktime_t now)
{
	ktime_t until = n->confirmed + neigh_parms(n)->reachable_time;

	if (now < until)
		return until;
	neigh_suspect(n);
	if (now <= n->used + neigh_delay_probe_time(n)) {
		neigh_set_state(n, NUD_DELAY);
		return now + neigh_delay_probe_time(n);
	}
	neigh_set_state(n, NUD_STALE);
	return KTIME_MAX;
}

/* DELAY: somebody may have confirmed it meanwhile, else it is asked. */
static ktime_t timer_delay(struct neighbour *n, ktime_t now)
{
	if (now <= n->confirmed + neigh_delay_probe_time(n)) {
		neigh_set_state(n, NUD_REACHABLE);
		neigh_connect(n);
		return n->confirmed + neigh_parms(n)->reachable_time;
	}
	neigh_set_state(n, NUD_PROBE);
	n->probes = 0;
	return now + neigh_retrans_time(n);
}

static void neigh_timer_handler(struct timer *t)
{
	struct neighbour *n = container_of(t, struct neighbour, timer);
	ktime_t now = neigh_net(n)->now, next;

	neigh_hold(n);
	if (n->nud_state == NUD_REACHABLE)
		next = timer_reachable(n, now);
	else if (n->nud_state == NUD_DELAY)
		next = timer_delay(n, now);
	else
		next = now + neigh_retrans_time(n);
	if (n->nud_state & (NUD_INCOMPLETE | NUD_PROBE) && n->probes >= neigh_max_probes(n)) {
		n->nud_state = NUD_FAILED;
		neigh_invalidate(n);
	} else if (n->nud_state & NUD_IN_TIMER) {
		neigh_add_timer(n, max(next, now + ms_to_ktime(TIMER_MIN_MS)));
		if (n->nud_state & (NUD_INCOMPLETE | NUD_PROBE))
			neigh_probe(n);
	}
	neigh_release(n);
}

/* ---- news ---- */

/* Moves to a state without an address (FAILED, NONE, INCOMPLETE by hand). */
static void neigh_update_invalid(struct neighbour *n, u8 old, u8 new_state)
{
	net_timer_del(neigh_net(n), &n->timer);
	if (old & NUD_CONNECTED)
		neigh_suspect(n);
	neigh_set_state(n, new_state);
	if (old & (NUD_INCOMPLETE | NUD_PROBE) && new_state & NUD_FAILED)
		neigh_invalidate(n);
}

static void neigh_enter(struct neighbour *n, u8 new_state)
{
	ktime_t now = neigh_net(n)->now;

	net_timer_del(neigh_net(n), &n->timer);
	if (new_state & NUD_PROBE)
		n->probes = 0;
	if (new_state & NUD_IN_TIMER)
		neigh_add_timer(n, now + (new_state & NUD_REACHABLE ?
					  neigh_parms(n)->reachable_time : 0));
	n->nud_state = new_state;
}

/* Takes over the address and the state; sends what waited. */
static void neigh_update_valid(struct neighbour *n, const u8 *lladdr, u8 new_state)
{
	struct net *net = neigh_net(n);
	u8 old = n->nud_state;
	bool moved = !(old & NUD_VALID) || memcmp(lladdr, n->ha, n->dev->addr_len);

	if (new_state & NUD_CONNECTED)
		n->confirmed = net->now;
	if (new_state != old || moved)
		n->updated = net->now;
	if (new_state != old)
		neigh_enter(n, new_state);
	if (moved) {
		memcpy(n->ha, lladdr, n->dev->addr_len);
		if (!(new_state & NUD_CONNECTED))
			n->confirmed = net->now -
				       2 * ms_to_ktime(neigh_parms(n)->base_reachable_time_ms);
	}
	neigh_update_hh(n);
	if (new_state == old)
		return;
	trace_dev(net, neigh_update, n->dev, 0, neigh_addr(n, 0), neigh_addr(n, 1),
		  eth_addr_u64(n->ha), TRACE_STR(nud_state_name(new_state)));
	if (new_state & NUD_CONNECTED)
		neigh_connect(n);
	else
		neigh_suspect(n);
	if (!(old & NUD_VALID)) {
		neigh_hold(n);
		neigh_send_queued(n);
		neigh_release(n);
	}
}

static int update_state(struct neighbour *n, const u8 *lladdr, u8 new_state, u32 flags)
{
	u8 old = n->nud_state;
	bool same;

	if (!(new_state & NUD_VALID)) {
		neigh_hold(n);
		neigh_update_invalid(n, old, new_state);
		neigh_release(n);
		return 0;
	}
	if (!lladdr && !(old & NUD_VALID))
		return -EINVAL;
	same = !lladdr || (old & NUD_VALID && !memcmp(lladdr, n->ha, n->dev->addr_len));
	if (same)
		lladdr = n->ha;
	if (old & NUD_VALID) {
		/* A newer claim does not displace the address that is known (locktime); RFC 4861
		 * 7.2.5 I: but it casts doubt on it. */
		if (!same && !(flags & NEIGH_UPDATE_F_OVERRIDE)) {
			if (!(flags & NEIGH_UPDATE_F_WEAK_OVERRIDE) || !(old & NUD_CONNECTED))
				return 0;
			neigh_update_valid(n, n->ha, NUD_STALE);
			return 0;
		}
		if (same && new_state == NUD_STALE && !(flags & NEIGH_UPDATE_F_ADMIN))
			new_state = old;
	}
	if (flags & NEIGH_UPDATE_F_OVERRIDE_ISROUTER)
		n->is_router = flags & NEIGH_UPDATE_F_ISROUTER;
	neigh_update_valid(n, lladdr, new_state);
	return 0;
}

int neigh_update(struct neighbour *n, const u8 *lladdr, u8 new_state, u32 flags)
{
	u8 old = n->nud_state;
	int err;

	if (n->dead)
		return -EINVAL;
	if (!(flags & NEIGH_UPDATE_F_ADMIN)) {
		if (old & (NUD_NOARP | NUD_PERMANENT))
			return -EPERM;
		return update_state(n, lladdr, new_state, flags);
	}
	n->ext_learned = flags & NEIGH_UPDATE_F_EXT_LEARNED;
	neigh_update_managed(n, flags & NEIGH_UPDATE_F_MANAGED);
	neigh_hold(n);
	/* It is the protocol that finds out, not who asks for that. */
	if (flags & (NEIGH_UPDATE_F_USE | NEIGH_UPDATE_F_MANAGED)) {
		n->nud_state = old & (u8)~NUD_PERMANENT;
		neigh_solicit_now(n);
		err = 0;
	} else {
		err = update_state(n, lladdr, new_state, flags);
	}
	neigh_update_gc_list(n);
	neigh_release(n);
	return err;
}
