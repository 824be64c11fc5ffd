/* SPDX-License-Identifier: MIT */
/* The machine that is fuzzed: its making, the records of the input in turn, its end. */
#include "harness/fuzz_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/netns.h"
#include "wire/eth.h"

#define START_NS 1000000000ll
#define POOR_BYTES (192u << 10)
#define RECORDS_MAX 400
#define EVENTS_MAX 200000	/* steps of the quiet time at the end */
#define HOUR_NS 3600000000000ll

_Noreturn void fz_fail(const char *what, s64 number)
{
	fprintf(stderr, "fuzz: %s (%lld)\n", what, (long long)number);
	abort();
}

/* Text of each event: whatever it points to is read. */
static void on_trace(void *ctx, const struct ln_trace_event *ev)
{
	char text[512];
	u32 sum = 0;

	(void)ctx;
	if (ln_trace_format(ev, text, sizeof(text)) == 0)
		fz_fail("trace event without text", ev->point);
	if (ev->has_skb && ev->data)
		for (u32 i = 0; i < ev->len - ev->data_len; i++)
			sum += ev->data[i];
	*(volatile u32 *)&sum = sum;
}

static void drain(struct fz *f)
{
	u8 frame[ETH_MAX_MTU + 18];
	ptrdiff_t n;

	for (unsigned i = 0; i < 2 && !f->stalled; i++) {
		while (f->nic[i] && (n = ln_nic_transmit(f->nic[i], frame, sizeof(frame))) > 0)
			fz_output(f, i, frame, (size_t)n);
	}
}

/* All that is due now; a machine that never comes to rest at one time is a defect. */
void fz_run(struct fz *f)
{
	struct ln_mem_info mem;
	unsigned rounds = 0;

	do {
		ln_net_run(f->net, f->now);
		drain(f);
		if (++rounds > 20000)
			fz_fail("never done at this time", f->now);
	} while (ln_net_next_event(f->net) <= f->now);
	ln_net_memory(f->net, &mem);
	if (mem.used > mem.budget || mem.peak > mem.budget)
		fz_fail("memory beyond the budget", (s64)mem.peak);
}

void fz_input(struct fz *f, unsigned nic, const u8 *frame, size_t len)
{
	/* On the heap at its true size, so that a read past its end is seen. */
	u8 *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, frame, len);
	if (f->nic[nic])
		ln_nic_receive(f->nic[nic], copy, len);
	free(copy);
}

static void ctl(struct fz *f, const char *cmd)
{
	char out[256] = "";

	if (ln_ctl(f->net, cmd, out, sizeof(out), NULL) && !f->nomem)
		fz_fail(out, 0);
}

static void make_cards(struct fz *f, bool small_mtu)
{
	for (u8 i = 0; i < 2; i++) {
		struct ln_nic_params params = {
			.name = i ? "eth1" : "eth0", .mac = { 2, 0, 0, 0, i, 1 },
			.mtu = small_mtu ? 576 : 1500, .rx_ring = 16, .tx_ring = 16,
		};

		f->nic[i] = ln_nic_create(f->net, &params);
		if (!f->nic[i] && !f->nomem)
			fz_fail("no card", i);
	}
}

static void configure(struct fz *f, u8 how)
{
	ctl(f, "ip link set lo up");
	if (f->bridge) {
		ctl(f, "ip link add br0 type bridge");
		ctl(f, "ip link set eth0 master br0");
		ctl(f, "ip link set eth1 master br0");
		ctl(f, "ip addr add 10.0.0.1/24 dev br0");
		ctl(f, "ip link set br0 up");
	} else {
		ctl(f, "ip addr add 10.0.0.1/24 dev eth0");
		ctl(f, "ip addr add 10.1.0.1/24 dev eth1");
		ctl(f, "sysctl -q -w net.ipv4.ip_forward=1");
	}
	ctl(f, "ip link set eth0 up");
	ctl(f, "ip link set eth1 up");
	if (!f->bridge) {
		ctl(f, "sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=0");
		ctl(f, "sysctl -q -w net.ipv6.conf.eth1.disable_ipv6=0");
		ctl(f, "sysctl -q -w net.ipv6.conf.all.forwarding=1");
		ctl(f, "ip addr add 2001:db8::1/64 dev eth0 nodad");
		ctl(f, "ip addr add 2001:db8:1::1/64 dev eth1 nodad");
		ctl(f, "ip addr add fe80::1/64 dev eth0 nodad");
		ctl(f, "ip addr add 2001:db8::7/64 dev eth0");
	}
	ctl(f, "ip route add default via 10.0.0.254");
	if (how & FZ_ABORT_ON_OVERFLOW)
		ctl(f, "sysctl -q -w net.ipv4.tcp_abort_on_overflow=1");
}

static bool machine_make(struct fz *f, u8 how, struct fz_in *in, bool nomem)
{
	struct ln_net_params params;

	*f = (struct fz){
		.now = START_NS, .bridge = how & FZ_BRIDGE, .no_arp = how & FZ_NO_ARP,
		.nomem = nomem || how & FZ_POOR,
	};
	memset(f->fd, -1, sizeof(f->fd));
	ln_net_params_init(&params);
	params.seed = 1;
	params.start_ns = f->now;
	params.mem_budget = how & FZ_POOR ? POOR_BYTES : 0;
	params.softirq_cost_ns = how & FZ_COSTLY ? 50000 : 0;
	if (how & FZ_TRACED)
		params.trace = on_trace;
	f->net = ln_net_create(&params);
	if (!f->net) {
		if (!f->nomem)
			fz_fail("no instance", 0);
		return false;
	}
	if (nomem)
		ln_net_fail_alloc(f->net, fz_u16(in));
	make_cards(f, how & FZ_SMALL_MTU);
	configure(f, how);
	fz_run(f);
	fz_open_sockets(f);
	return true;
}

/* To the next event, so often; or on by 2^n ns. */
static void let_time_pass(struct fz *f, struct fz_in *in)
{
	u8 how = fz_u8(in);
	s64 next;

	if (how & 0x80) {
		f->now += (s64)(((u64)1 << (how & 0x3f) % 43) + fz_u16(in));
		fz_run(f);
		return;
	}
	for (unsigned i = 0; i <= (how & 0x1fu); i++) {
		next = ln_net_next_event(f->net);
		if (next == LN_TIME_NEVER || next - f->now > 24 * HOUR_NS)
			return;
		f->now = max(next, f->now);
		fz_run(f);
	}
}

static void set_carrier(struct fz *f, struct fz_in *in)
{
	u8 what = fz_u8(in);

	if (f->nic[what & 1])
		ln_nic_set_carrier(f->nic[what & 1], what & 2);
	f->cut |= !(what & 2);
}

static void do_record(struct fz *f, u8 op, struct fz_in *in)
{
	unsigned nic = op & FZ_NIC1 ? 1 : 0;

	if (f->nomem && op & FZ_FAIL && in->end > in->p)
		ln_net_fail_alloc(f->net, 1 + (in->end[-1] & 31u));
	switch (op & FZ_OP_MASK) {
	case FZ_RAW:
		f->last_len = min_t(size_t, fz_left(in), sizeof(f->last));
		memcpy(f->last, in->p, f->last_len);
		fz_input(f, nic, f->last, f->last_len);
		break;
	case FZ_TIME:
		let_time_pass(f, in);
		break;
	case FZ_CALL:
		fz_call(f, in);
		break;
	case FZ_CTL:
		fz_ctl(f, in);
		break;
	case FZ_CARRIER:
		set_carrier(f, in);
		break;
	case FZ_STALL:
		f->stalled = fz_u8(in) & 1;
		break;
	case FZ_ECHO:
		fz_input(f, nic, f->sent, f->sent_len);
		break;
	default:
		if (fz_template(f, op & FZ_OP_MASK, in))
			fz_input(f, nic, f->last, f->last_len);
		break;
	}
	if (!(op & FZ_BATCH))
		fz_run(f);
}

static void do_records(struct fz *f, struct fz_in *in)
{
	for (unsigned i = 0; i < RECORDS_MAX && in->p < in->end; i++) {
		u8 op = fz_u8(in);
		size_t len = min_t(size_t, fz_u16(in), fz_left(in));
		struct fz_in record = { in->p, in->p + len };

		in->p += len;
		do_record(f, op, &record);
	}
}

/* Every socket closed and an hour later: nothing is held back for anybody. */
static void come_to_rest(struct fz *f)
{
	s64 end = f->now + HOUR_NS, next;
	u64 packets;

	for (unsigned i = 0; i < FZ_FDS; i++)
		ln_close(f->net, f->fd[i]);
	ln_timer_cancel(f->net, f->timer);
	ln_net_fail_alloc(f->net, 0);
	f->stalled = false;
	f->wake_does = 0;
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		fz_run(f);
		next = ln_net_next_event(f->net);
		if (next > end)
			break;
		f->now = next;
	}
	f->now = end;
	fz_run(f);
	packets = net_of(f->net)->skb_slab.live;
	if (packets && !f->cut)
		fz_fail("packets held when all is closed and quiet", (s64)packets);
}

int fz_run_input(const u8 *data, size_t size, bool nomem)
{
	struct fz_in in = { data, data + size };
	struct ln_leaks leaks;
	struct fz f;
	u8 how = fz_u8(&in);

	if (!machine_make(&f, how, &in, nomem))
		return 0;
	do_records(&f, &in);
	if (!(how & FZ_ABRUPT))
		come_to_rest(&f);
	if (ln_net_destroy(f.net, &leaks)) {
		fprintf(stderr, "leaks: %zu bytes, %zu objects, %llu packets, %lld frames\n",
			leaks.bytes, leaks.objects, (unsigned long long)leaks.packets,
			(long long)leaks.frames_unaccounted);
		abort();
	}
	return 0;
}
