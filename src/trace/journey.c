/* SPDX-License-Identifier: MIT */
#include "trace/journey.h"

#include "base/fmt.h"
#include "base/netns.h"
#include "trace/trace_text.h"

#include "trace/journey_priv.h"

struct journey *journey_create(const struct journey_params *params)
{
	struct mem mem;
	struct journey *j;

	mem_init(&mem, &params->mem, SIZE_MAX);
	j = mem_zalloc(&mem, sizeof(*j));
	if (!j)
		return NULL;
	j->p = *params;
	j->mem = mem;
	return j;
}

void journey_destroy(struct journey *j)
{
	struct mem mem;

	if (!j)
		return;
	mem_free(&j->mem, j->told.key, j->told.size * sizeof(u64));
	mem_free(&j->mem, j->flows, j->max_flows * sizeof(*j->flows));
	mem_free(&j->mem, j->aliases, j->max_aliases * sizeof(*j->aliases));
	mem = j->mem;
	mem_free(&mem, j, sizeof(*j));
}

void journey_write(struct journey *j, const struct strbuf *sb)
{
	j->p.write(j->p.ctx, sb->buf, min(sb->len, sb->cap - 1));
}

/* head 64 | data 78 len 1500 (frags 1448) | tail 406 */
static void put_geometry(struct strbuf *sb, const struct ln_trace_event *ev)
{
	size_t from = sb->len;

	if (ev->has_skb) {
		sb_printf(sb, "head %u len %u", ev->headroom, ev->len);
		if (ev->data_len)
			sb_printf(sb, " (frags %u)", ev->data_len);
		sb_printf(sb, " tail %u", ev->tailroom);
	}
	while (sb->len - from < 36)
		sb_putc(sb, ' ');
}

static void full_event(struct journey *j, const struct ln_trace_event *ev)
{
	bool same = j->last_node && ev->packet == j->last_packet &&
		    !strcmp(ev->node, j->last_node);
	enum ln_trace_layer layer = ln_trace_point_layer(ev->point);
	char line[640], id[24];
	struct strbuf sb, idsb;

	sb_init(&idsb, id, sizeof(id));
	if (ev->packet)
		sb_printf(&idsb, "#%llu", (unsigned long long)ev->packet);
	sb_init(&sb, line, sizeof(line));
	/* The packet and the machine are named once, as they change. */
	sb_printf(&sb, "%-7s %-10s ", same ? "" : id, same ? "" : ev->node);
	trace_put_time(&sb, ev->time_ns - j->p.start_ns, true);
	sb_printf(&sb, "  %-9s %-22s ", trace_layer_name(layer), ln_trace_point_name(ev->point));
	put_geometry(&sb, ev);
	if (*ev->dev)
		sb_printf(&sb, " %s:", ev->dev);
	sb_putc(&sb, ' ');
	trace_put_text(&sb, ev);
	if (sb.len >= sb.cap)
		sb.len = sb.cap - 2;
	line[sb.len] = '\n';
	sb.len++;
	j->p.write(j->p.ctx, line, sb.len);
	j->last_packet = ev->packet;
	j->last_node = ev->node;
}

void journey_event(void *ctx, const struct ln_trace_event *ev)
{
	struct journey *j = ctx;

	if (j->p.mode == JOURNEY_FULL)
		full_event(j, ev);
	else
		journey_brief_event(j, ev);
}

void journey_total_add(struct journey_totals *t, const struct ln_net *handle)
{
	const struct net *net = net_of_const(handle);

	t->frames += net->frames.rx;
	t->user_in += net->copies.user_in;
	t->user_out += net->copies.user_out;
	t->linearized += net->copies.linearized;
	t->header += net->copies.header;
	t->dma += net->copies.dma_in + net->copies.dma_out;
	for (int r = 0; r < SKB_DROP_REASON_MAX; r++)
		t->drops[r] += net->drops[r];
}

static void put_drops(struct strbuf *sb, const struct journey_totals *t)
{
	u64 sum = 0;
	const char *sep = " (";

	for (int r = 1; r < SKB_DROP_REASON_MAX; r++)
		if (r != SKB_DROP_REASON_NET_EXIT)
			sum += t->drops[r];
	sb_printf(sb, "%llu dropped", (unsigned long long)sum);
	for (int r = 1; r < SKB_DROP_REASON_MAX && sum; r++) {
		if (!t->drops[r] || r == SKB_DROP_REASON_NET_EXIT)
			continue;
		sb_printf(sb, "%s%s: %llu", sep, skb_drop_name((enum skb_drop_reason)r),
			  (unsigned long long)t->drops[r]);
		sep = ", ";
	}
	if (sum)
		sb_putc(sb, ')');
}

void journey_finish(struct journey *j, const struct journey_totals *t)
{
	char line[1024];
	struct strbuf sb;

	journey_run_end(j);
	if (j->p.mode == JOURNEY_BRIEF)
		journey_brief_finish(j);
	sb_init(&sb, line, sizeof(line));
	sb_printf(&sb, "    %llu frames received by cards; ", (unsigned long long)t->frames);
	put_drops(&sb, t);
	sb_printf(&sb, "\n    copied: %llu bytes from programs into sk_buffs, %llu bytes from "
		  "sk_buffs to programs, %llu between layers; header bytes %llu, DMA %llu\n",
		  (unsigned long long)t->user_in, (unsigned long long)t->user_out,
		  (unsigned long long)t->linearized, (unsigned long long)t->header,
		  (unsigned long long)t->dma);
	journey_write(j, &sb);
}
