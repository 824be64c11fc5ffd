/* SPDX-License-Identifier: MIT */
/*
 * What a sender waits for, for TCP_INFO: how long there was data to send or to be acknowledged
 * (busy), and of that how long the peer's window or the send buffer was what held it up. One clock
 * runs at a time: of what holds, the highest in the enum.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_CHRONO_H
#define LINNET_TRANSPORT_TCP_TCP_CHRONO_H

#include "base/ktime.h"

enum tcp_chrono_type {
	TCP_CHRONO_NONE, TCP_CHRONO_BUSY, TCP_CHRONO_RWND_LIMITED, TCP_CHRONO_SNDBUF_LIMITED,
	TCP_CHRONO_MAX,
};

struct tcp_chrono {
	ktime_t start;
	u64 ns[TCP_CHRONO_MAX - 1];	/* of BUSY and what follows, until start */
	u8 type;
};

static inline void tcp_chrono_set(struct tcp_chrono *c, enum tcp_chrono_type type, ktime_t now)
{
	if (c->type)
		c->ns[c->type - 1] += (u64)(now - c->start);
	c->start = now;
	c->type = (u8)type;
}

/* There is data to send. */
static inline void tcp_chrono_busy(struct tcp_chrono *c, ktime_t now)
{
	if (c->type)
		return;
	c->start = now;
	c->type = TCP_CHRONO_BUSY;
}

static inline void tcp_chrono_start(struct tcp_chrono *c, enum tcp_chrono_type type, ktime_t now)
{
	if (type > c->type)
		tcp_chrono_set(c, type, now);
}

/* It no longer holds; there is still data. */
static inline void tcp_chrono_stop(struct tcp_chrono *c, enum tcp_chrono_type type, ktime_t now)
{
	if (unlikely(type == c->type))
		tcp_chrono_set(c, TCP_CHRONO_BUSY, now);
}

/* Nothing is left to send, and all is acknowledged. */
static inline void tcp_chrono_end(struct tcp_chrono *c, ktime_t now)
{
	if (!c->type)
		return;
	c->ns[c->type - 1] += (u64)(now - c->start);
	c->start = 0;
	c->type = TCP_CHRONO_NONE;
}

static inline u64 tcp_chrono_us(const struct tcp_chrono *c, enum tcp_chrono_type type, ktime_t now)
{
	return (c->ns[type - 1] + (c->type == type ? (u64)(now - c->start) : 0)) / NSEC_PER_USEC;
}

#endif
