/* SPDX-License-Identifier: MIT */
/* stat: what Linux has no command for: the ledger of frames, why packets ended, what was copied. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/machine.h"
#include "device/napi.h"
#include "transport/sock.h"

struct stat_row {
	char key[20];
	u16 offset;		/* of a u64 in struct net */
	char text[52];
};

#define FRAMES(field, text) { #field, offsetof(struct net, frames.field), text }
#define COPIES(field, text) { #field, offsetof(struct net, copies.field), text }

static const struct stat_row frame_rows[] = {
	FRAMES(rx, "taken off a receive ring"),
	FRAMES(made, "made here"),
	FRAMES(cloned, "clones, fragments"),
	FRAMES(consumed, "reached their goal"),
	FRAMES(sent, "sent by a card"),
	FRAMES(dropped, "dropped with a reason"),
};

static const struct stat_row copy_rows[] = {
	COPIES(user_in, "user to packets"),
	COPIES(user_out, "packets to user"),
	COPIES(header, "headers"),
	COPIES(dma_in, "by cards, in"),
	COPIES(dma_out, "by cards, out"),
	COPIES(summed, "not copied, read for a sum"),
	COPIES(linearized, "anything else"),
};

static u64 row_value(const struct net *net, const struct stat_row *row)
{
	u64 v;

	memcpy(&v, (const char *)net + row->offset, sizeof(v));
	return v;
}

/* Born less ended: what is still queued somewhere. */
static u64 frames_queued(const struct net *net)
{
	const struct frame_ledger *f = &net->frames;

	return f->rx + f->made + f->cloned - f->consumed - f->sent - f->dropped;
}

static void text_rows(struct ctl *c, const struct stat_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sb_printf(c->out, "  %-12s %12llu  %s\n", rows[i].key,
			  ull(row_value(c->net, &rows[i])), rows[i].text);
}

static void stat_text(struct ctl *c)
{
	const struct net *net = c->net;

	sb_printf(c->out, "%s at %lld.%09lld s\n\nframes (born = ended + queued)\n", net->name,
		  (long long)(net->now / NSEC_PER_SEC), (long long)(net->now % NSEC_PER_SEC));
	text_rows(c, frame_rows, ARRAY_SIZE(frame_rows));
	sb_printf(c->out, "  %-12s %12llu  in rings, queues, buffers\n", "queued",
		  ull(frames_queued(net)));
	sb_puts(c->out, "\ndropped\n");
	for (int i = 1; i < SKB_DROP_REASON_MAX; i++)
		if (net->drops[i])
			sb_printf(c->out, "  %-27s %12llu  %s\n", skb_drop_name(i),
				  ull(net->drops[i]), skb_drop_text(i));
	if (!net->frames.dropped)
		sb_puts(c->out, "  nothing\n");
	sb_puts(c->out, "\nbytes copied\n");
	text_rows(c, copy_rows, ARRAY_SIZE(copy_rows));
	sb_printf(c->out, "\nmemory (bytes)\n  used %zu, peak %zu, budget %zu; %zu objects; "
		  "%llu requests, %llu refused\n", net->mem.used, net->mem.peak, net->mem.budget,
		  net->mem.live, ull(net->mem.requests),
		  ull(net->mem.failed));
	sb_printf(c->out, "\nsockets\n  %llu open, %llu closed by their user and not yet done, "
		  "%llu bytes in their queues\n", ull(net->sock->sockets),
		  ull(net->sock->orphans), ull(net->sock->memory));
	sb_puts(c->out, "\nsoftirq\n");
	sb_printf(c->out, "  NET_RX %llu, NET_TX %llu, out of budget %llu, ksoftirqd %llu\n",
		  ull(net->softnet->count[NET_RX_SOFTIRQ]),
		  ull(net->softnet->count[NET_TX_SOFTIRQ]),
		  ull(net->softnet->time_squeeze),
		  ull(net->softnet->ksoftirqd_wakeups));
}

static void json_rows(struct ctl *c, const char *key, const struct stat_row *rows, size_t n)
{
	json_object_begin(&c->js, key);
	for (size_t i = 0; i < n; i++)
		json_uint(&c->js, rows[i].key, row_value(c->net, &rows[i]));
	if (rows == frame_rows)
		json_uint(&c->js, "queued", frames_queued(c->net));
	json_object_end(&c->js);
}

static void json_drops(struct json *js, const struct net *net)
{
	json_array_begin(js, "drops");
	for (int i = 1; i < SKB_DROP_REASON_MAX; i++) {
		if (!net->drops[i])
			continue;
		json_object_begin(js, NULL);
		json_str(js, "reason", skb_drop_name(i));
		json_uint(js, "count", net->drops[i]);
		json_str(js, "text", skb_drop_text(i));
		json_object_end(js);
	}
	json_array_end(js);
}

static void stat_json(struct ctl *c)
{
	const struct net *net = c->net;
	struct json *js = &c->js;

	json_object_begin(js, NULL);
	json_str(js, "name", net->name);
	json_uint(js, "time_ns", (u64)net->now);
	json_rows(c, "frames", frame_rows, ARRAY_SIZE(frame_rows));
	json_drops(js, net);
	json_rows(c, "copies", copy_rows, ARRAY_SIZE(copy_rows));
	json_object_begin(js, "memory");
	json_uint(js, "used", net->mem.used);
	json_uint(js, "peak", net->mem.peak);
	json_uint(js, "budget", net->mem.budget);
	json_uint(js, "objects", net->mem.live);
	json_uint(js, "requests", net->mem.requests);
	json_uint(js, "refused", net->mem.failed);
	json_object_end(js);
	json_object_begin(js, "sockets");
	json_uint(js, "open", net->sock->sockets);
	json_uint(js, "orphans", net->sock->orphans);
	json_uint(js, "queued_bytes", net->sock->memory);
	json_object_end(js);
	json_object_begin(js, "softirq");
	json_uint(js, "net_rx", net->softnet->count[NET_RX_SOFTIRQ]);
	json_uint(js, "net_tx", net->softnet->count[NET_TX_SOFTIRQ]);
	json_uint(js, "time_squeeze", net->softnet->time_squeeze);
	json_uint(js, "ksoftirqd", net->softnet->ksoftirqd_wakeups);
	json_object_end(js);
	json_object_end(js);
	sb_putc(c->out, '\n');
}

int ctl_stat(struct ctl *c)
{
	bool json = false, pretty = false;
	struct machine_view view;
	const char *w;

	while ((w = arg_next(c))) {
		if (arg_wants_help(w))
			return ctl_print(c, HELP_STAT);
		if (arg_is(w, "--json") || arg_is(w, "-j"))
			json = true;
		else if (arg_is(w, "--pretty") || arg_is(w, "-p"))
			pretty = true;
		else
			return ctl_usage(c, HELP_STAT);
	}
	json_init(&c->js, c->out, pretty);
	machine_view_init(&view, c->net);
	c->net = &view.net;
	if (json || pretty)
		stat_json(c);
	else
		stat_text(c);
	return 0;
}
