/* SPDX-License-Identifier: MIT */
/*
 * What is seen when an instance is watched: one event at each step of each packet.
 *
 * Set ln_net_params.trace; off, a trace point costs one predictable branch. The event and
 * all it points to is valid during the call only. The function must not call back into
 * the instance.
 */
#ifndef LINNET_TRACE_H
#define LINNET_TRACE_H

#include <linnet/net.h>
#include <linnet/trace_points.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ln_trace_layer {
	LN_TRACE_APP, LN_TRACE_SOCKET, LN_TRACE_TRANSPORT, LN_TRACE_NET, LN_TRACE_LINK,
	LN_TRACE_DEVICE, LN_TRACE_SOFTIRQ, LN_TRACE_IRQ, LN_TRACE_NIC, LN_TRACE_WIRE, LN_TRACE_DROP,
};

enum ln_trace_point {
#define LN_TRACE_ENUM(name, layer, text) LN_TP_##name,
	LN_TRACE_POINTS(LN_TRACE_ENUM)
#undef LN_TRACE_ENUM
	LN_TP_COUNT
};

#define LN_TRACE_ARGS 6

struct ln_trace_event {
	int64_t time_ns;
	struct ln_net *net;		/* NULL for events of a link between machines */
	const char *node;		/* the instance's name, or the link's */
	const char *dev;		/* device name, "" when none is concerned */
	enum ln_trace_point point;
	uint64_t packet;		/* its id: the same in clones, retransmissions, elsewhere */
	bool has_skb;			/* the geometry below is set */
	uint32_t headroom;		/* bytes from head to data */
	uint32_t len, data_len;		/* whole length; of it in fragments */
	uint32_t tailroom;
	const uint8_t *data;		/* skb->data, len - data_len bytes; NULL when none */
	uint64_t arg[LN_TRACE_ARGS];	/* as in the point's text; {s}: const char * */
};

/* "ip_rcv", LN_TRACE_NET, its text; NULL or APP for a bad point. */
LN_API const char *ln_trace_point_name(enum ln_trace_point point);
LN_API enum ln_trace_layer ln_trace_point_layer(enum ln_trace_point point);
LN_API const char *ln_trace_point_text(enum ln_trace_point point);

/**
 * ln_trace_format - the point's text with the event's arguments filled in
 * Return: length of the whole text, as snprintf.
 */
LN_API size_t ln_trace_format(const struct ln_trace_event *ev, char *buf, size_t cap);

/**
 * ln_trace_app - an application's own line in the journey ("name not in the cache")
 * Does nothing when the instance is not traced.
 */
LN_API void ln_trace_app(struct ln_net *net, const char *text);

/* Whether anybody watches, to spare the work of making a text. */
LN_API bool ln_trace_on(const struct ln_net *net);

/*
 * What each step costs, by a clock of the caller's (cycles, ns), as the core has none. The time
 * from one trace point to the next is booked to the one that is reached; the trace function's own
 * time is left out. Instances of one thread may share one of these, so that the sums add up. Who
 * calls into an instance sets `last` to the present before, so that his own time is not booked.
 */
struct ln_trace_costs {
	uint64_t (*clock)(void *ctx);
	void *ctx;
	uint64_t last;		/* when the last point was left */
	struct {
		uint64_t count, ticks;
	} at[LN_TP_COUNT];
};

/**
 * ln_trace_cost - switch it on, with a trace function or without one; NULL: off
 * @costs: owned by the caller, who zeroes it, and written while it is on
 *
 * Off, it costs nothing beyond the trace points' own branch. What is seen depends on the machine:
 * nothing that must be repeatable may use it.
 */
LN_API void ln_trace_cost(struct ln_net *net, struct ln_trace_costs *costs);

#ifdef __cplusplus
}
#endif
#endif
