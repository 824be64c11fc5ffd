/* SPDX-License-Identifier: MIT */
/* What ping counts and how it says it: no sockets. */
#ifndef LINNET_APP_PING_STATS_H
#define LINNET_APP_PING_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/util/text.h"

struct ping_stats {
	uint64_t transmitted, received, duplicates, errors;
	uint64_t timed;			/* replies that carried the time they were sent at */
	int64_t min_ns, max_ns, sum_ns;
	double sum2_us;			/* of squares, us^2 */
	unsigned pipe;			/* most packets in flight at a time */
	uint8_t seen[65536 / 8];	/* sequence numbers answered */
};

/* A packet leaves: its sequence number may be answered once more. */
void ping_stats_sent(struct ping_stats *s, uint16_t seq);
/* A reply. @rtt_ns < 0: not known. Return: whether it is a duplicate. */
bool ping_stats_reply(struct ping_stats *s, uint16_t seq, int64_t rtt_ns);
void ping_stats_error(struct ping_stats *s, uint16_t seq);

/* "0.123 ms": three figures that count, as iputils prints. */
void ping_time_text(struct text *t, int64_t ns);
/* The three last lines. @name: of the target; @ns: how long it all took */
void ping_summary(struct text *t, const struct ping_stats *s, const char *name, int64_t ns);
/* "Destination Host Unreachable" for an ICMP error; @info: its MTU */
/* It goes on all the same: a redirect, a source quench. */
bool ping_error_is_advice(uint8_t type);
void ping_error_text(struct text *t, uint8_t type, uint8_t code, uint32_t info);
/* The same of ICMPv6. */
void ping6_error_text(struct text *t, uint8_t type, uint8_t code, uint32_t info);

#endif
