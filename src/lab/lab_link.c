/* SPDX-License-Identifier: MIT */
/*
 * A cable between two cards (row P1). The sending card gives a frame and waits to be told that it
 * has left; the model says what becomes of it; each copy is an event at the receiving end.
 *
 * Frames go by reference: sender, copies under way and receiver look at the same bytes. Only one
 * whose bits are flipped is copied first, because what others hold is never written.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/trace.h"
#include "lab/lab_priv.h"
#include "wire/eth.h"

/* ---- what people see ---- */

static void trace_link(const struct lab_dir *dir, enum ln_trace_point point, u64 packet,
		       const u64 *args, unsigned n)
{
	struct lab *lab = dir->link->lab;
	struct ln_trace_event ev = {
		.time_ns = lab->sched.now_ns,
		.node = dir->name,
		.dev = "",
		.point = point,
		.packet = packet,
	};

	for (unsigned i = 0; i < n; i++)
		ev.arg[i] = args[i];
	journey_event(lab->params.journey, &ev);
}

#define trace_dir(dir, point, packet, ...) \
	do { \
		const u64 args_[] = { __VA_ARGS__ }; \
		if ((dir)->link->lab->params.journey) \
			trace_link(dir, LN_TP_##point, packet, args_, ARRAY_SIZE(args_)); \
	} while (0)

static const char *drop_text(enum link_drop drop)
{
	static const char *const texts[LINK_DROP_COUNT] = {
		[LINK_DROP_NONE] = "",
		[LINK_DROP_DOWN] = "the cable is unplugged",
		[LINK_DROP_GIANT] = "longer than the link carries",
		[LINK_DROP_QUEUE] = "its queue is full",
		[LINK_DROP_CODEL] = "its queue is too long, and it cannot be marked",
		[LINK_DROP_LOSS] = "by its loss rate",
	};

	return texts[drop];
}

static void trace_fate(const struct lab_dir *dir, const struct wire_frame *frame,
		       const struct link_fate *fate)
{
	u32 told = min(fate->flips, (u32)LINK_FLIPS_MAX);

	if (fate->drop) {
		trace_dir(dir, link_drop, frame->packet, TRACE_STR(drop_text(fate->drop)));
		return;
	}
	trace_dir(dir, link_xmit, frame->packet, frame->len, (u64)(fate->end_ns - fate->start_ns),
		  (u64)fate->arrive_ns[0]);
	if (fate->marked)
		trace_dir(dir, link_mark, frame->packet, 0);
	for (u32 i = 0; i < told; i++)
		trace_dir(dir, link_corrupt, frame->packet, fate->flip_bit[i], frame->len * 8u);
	if (fate->held)
		trace_dir(dir, link_reorder, frame->packet, (u64)fate->arrive_ns[0]);
	if (fate->copies == 2)
		trace_dir(dir, link_duplicate, frame->packet, (u64)fate->arrive_ns[1]);
}

/* ---- frames under way ---- */

static void frame_arrive(struct sched_event *ev, s64 now_ns)
{
	struct lab_frame *f = container_of(ev, struct lab_frame, arrive);
	struct lab_port *to = f->dir->to;
	struct wire_frame frame = f->frame;

	(void)now_ns;
	list_move_tail(&f->list, &to->node->lab->idle_frames);
	to->arrived++;
	lab_node_advance(to->node);
	nic_sim_rx(to->sim, &frame);
	lab_node_arm(to->node);
}

/* With room in the queue for its event, so that arming it cannot fail. */
static struct lab_frame *frame_get(struct lab *lab)
{
	u32 fixed = lab->topo->node_count + 2 * lab->topo->link_count + lab->topo->action_count;
	struct lab_frame *f;

	if (!list_empty(&lab->idle_frames)) {
		f = list_first_entry(&lab->idle_frames, struct lab_frame, list);
		list_del_init(&f->list);
		return f;
	}
	if (sched_reserve(&lab->sched, fixed + lab->frames_made + 1))
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->arrive.fn = frame_arrive;
	lab->frames_made++;
	return f;
}

/* A copy arrives at a time; takes over a reference on the buffer. */
static void frame_launch(struct lab_dir *dir, const struct wire_frame *frame, s64 arrive_ns)
{
	struct lab *lab = dir->link->lab;
	struct lab_frame *f = frame_get(lab);

	if (!f) {
		dir->no_memory++;
		buf_put(frame->buf);
		return;
	}
	f->dir = dir;
	f->frame = *frame;
	list_add_tail(&f->list, &dir->in_flight);
	ln_assert(!sched_set(&lab->sched, &f->arrive, arrive_ns));
}

/* A private copy, marked or with the link's bit errors, in place of the frame; false: no memory. */
static bool frame_change(struct lab *lab, struct wire_frame *frame, const struct link_fate *fate)
{
	struct buf *buf = buf_alloc(lab->bufs, frame->len);
	u32 len = frame->len - ETH_FCS_LEN;

	if (!buf)
		return false;
	memcpy(buf->data, frame->buf->data + frame->off, frame->len);
	if (fate->marked) {
		el_frame_mark(buf->data);
		nic_sim_put_fcs(buf->data, len);
	}
	link_fate_corrupt(fate, buf->data, len, buf->data + len);
	buf_put(frame->buf);
	frame->buf = buf;
	frame->off = 0;
	return true;
}

static void send_copies(struct lab_dir *dir, struct wire_frame *frame,
			const struct link_fate *fate)
{
	if ((fate->flips || fate->marked) && !frame_change(dir->link->lab, frame, fate)) {
		dir->no_memory += fate->copies;
		buf_put(frame->buf);
		return;
	}
	for (u32 i = 1; i < fate->copies; i++) {
		buf_get(frame->buf);
		frame_launch(dir, frame, fate->arrive_ns[i]);
	}
	frame_launch(dir, frame, fate->arrive_ns[0]);
}

/* The card sends: nic_sim_wire.xmit. */
static void dir_xmit(void *wire, struct nic_sim *sim, const struct wire_frame *given)
{
	struct lab_dir *dir = wire;
	struct lab *lab = dir->link->lab;
	struct wire_frame frame = *given;
	u32 len = frame.len - ETH_FCS_LEN;
	struct link_fate fate;

	(void)sim;
	ln_assert(frame.len > ETH_FCS_LEN && !sched_is_armed(&dir->tx_done));
	link_model_frame(&dir->model, lab->sched.now_ns, len,
			 el_frame_is_ect(frame.buf->data + frame.off, len), &fate);
	trace_fate(dir, &frame, &fate);
	ln_assert(!sched_set(&lab->sched, &dir->tx_done, fate.done_ns));
	if (fate.drop)
		buf_put(frame.buf);
	else
		send_copies(dir, &frame, &fate);
}

static void dir_tx_done(struct sched_event *ev, s64 now_ns)
{
	struct lab_dir *dir = container_of(ev, struct lab_dir, tx_done);

	(void)now_ns;
	lab_node_advance(dir->from->node);
	nic_sim_tx_done(dir->from->sim);
	lab_node_arm(dir->from->node);
}

/* ---- the cable ---- */

static struct lab_port *end_port(struct lab *lab, const struct topo_end *end)
{
	return &lab->nodes[end->node].ports[end->iface];
}

void lab_link_init(struct lab *lab, u32 index)
{
	struct lab_link *link = &lab->links[index];
	const struct topo_link *topo = &lab->topo->links[index];

	*link = (struct lab_link){ .lab = lab, .topo = topo };
	for (int d = 0; d < 2; d++) {
		struct lab_dir *dir = &link->dir[d];

		*dir = (struct lab_dir){
			.link = link,
			.name = topo->dir_name[d],
			.from = end_port(lab, &topo->end[d]),
			.to = end_port(lab, &topo->end[!d]),
			.wire = { .xmit = dir_xmit, .wire = dir },
			.tx_done.fn = dir_tx_done,
		};
		list_init(&dir->in_flight);
		link_model_init(&dir->model, &topo->params[d], lab->seed, dir->name);
		dir->model.down = true;
	}
}

/* The frames under way come to nothing. */
static void dir_cut(struct lab_dir *dir, bool tell)
{
	struct lab *lab = dir->link->lab;

	sched_cancel(&lab->sched, &dir->tx_done);
	while (!list_empty(&dir->in_flight)) {
		struct lab_frame *f = list_first_entry(&dir->in_flight, struct lab_frame, list);

		sched_cancel(&lab->sched, &f->arrive);
		list_move_tail(&f->list, &lab->idle_frames);
		if (tell)
			trace_dir(dir, link_drop, f->frame.packet,
				  TRACE_STR(drop_text(LINK_DROP_DOWN)));
		buf_put(f->frame.buf);
		dir->cut++;
	}
}

static void link_set(struct lab_link *link, bool up)
{
	link->up = up;
	for (int d = 0; d < 2; d++) {
		struct lab_dir *dir = &link->dir[d];

		dir->model.down = !up;
		if (!up)
			dir_cut(dir, true);
		lab_node_advance(dir->from->node);
		nic_sim_plug(dir->from->sim, up ? &dir->wire : NULL);
		lab_node_arm(dir->from->node);
	}
}

void lab_link_plug(struct lab_link *link)
{
	link_set(link, true);
}

void lab_link_set(struct lab *lab, u32 index, bool up)
{
	ln_assert(index < lab->topo->link_count);
	if (lab->links[index].up != up)
		link_set(&lab->links[index], up);
}

void lab_link_exit(struct lab_link *link)
{
	for (int d = 0; d < 2; d++)
		dir_cut(&link->dir[d], false);
}

/* ---- sums ---- */

const struct link_stats *lab_link_stats(const struct lab *lab, u32 index, u32 direction)
{
	ln_assert(index < lab->topo->link_count && direction < 2);
	return &lab->links[index].dir[direction].model.stats;
}

void lab_link_ledger(const struct lab_link *link, struct lab_ledger *sum)
{
	for (int d = 0; d < 2; d++) {
		const struct lab_dir *dir = &link->dir[d];
		const struct link_stats *stats = &dir->model.stats;
		const struct list_head *pos;

		sum->offered += stats->frames;
		sum->duplicated += stats->duplicated;
		for (int r = 0; r < LINK_DROP_COUNT; r++)
			sum->dropped += stats->drops[r];
		sum->dropped += dir->cut + dir->no_memory;
		sum->arrived += dir->to->arrived;
		for (pos = dir->in_flight.next; pos != &dir->in_flight; pos = pos->next)
			sum->in_flight++;
	}
}

void lab_link_drops(const struct lab_link *link, u64 drops[SKB_DROP_REASON_MAX])
{
	static const enum skb_drop_reason reasons[LINK_DROP_COUNT] = {
		[LINK_DROP_DOWN] = SKB_DROP_REASON_NIC_DOWN,
		[LINK_DROP_GIANT] = SKB_DROP_REASON_LINK_MTU,
		[LINK_DROP_QUEUE] = SKB_DROP_REASON_LINK_QUEUE,
		[LINK_DROP_LOSS] = SKB_DROP_REASON_LINK_LOSS,
	};

	for (int d = 0; d < 2; d++) {
		const struct lab_dir *dir = &link->dir[d];

		for (int r = LINK_DROP_NONE + 1; r < LINK_DROP_COUNT; r++)
			drops[reasons[r]] += dir->model.stats.drops[r];
		drops[SKB_DROP_REASON_NIC_DOWN] += dir->cut;
		drops[SKB_DROP_REASON_NOMEM] += dir->no_memory;
	}
}
