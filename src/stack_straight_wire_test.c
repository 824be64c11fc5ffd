/* SPDX-License-Identifier: MIT */
/*
 * Both straight ways, out and in, over a wire that loses, doubles, damages and overtakes: what two
 * machines send, know and count is what they do where each packet and each ACK goes step by step,
 * because somebody follows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "stack_pair.h"

#include <linnet/tcp_info.h>

#define FRAME_MAX 1514
#define HELD_MAX 8
#define FLOWS 6
#define ROUNDS 1200

struct frame {
	u32 len, turns;		/* turns: until it goes on */
	u8 to;
	u8 bytes[FRAME_MAX];
};

struct flow {
	int fd[2];		/* -1: not there */
};

struct run {
	struct pair p;
	struct prng r;
	struct frame held[HELD_MAX];
	struct flow flow[FLOWS];
	int listener, udp[2];
	bool v6, followed;
	u32 bad;		/* of a hundred frames */
	u64 sum, frames;
};

static char bytes[20000];

static void nothing(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	(void)ev;
}

static u32 rnd(struct run *t, u32 n)
{
	return prng_u32(&t->r) % n;
}

static void mix(struct run *t, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		t->sum = (t->sum ^ ((const u8 *)p)[i]) * 0x100000001b3ull;
}

/* ---- the wire ---- */

static void arrive(struct run *t, u32 to, u8 *frame, u32 len)
{
	if (!rnd(t, 60))
		frame[rnd(t, len)] ^= (u8)BIT(rnd(t, 8));
	ln_nic_receive(t->p.nic[to], frame, len);
}

static void hold(struct run *t, u32 to, const u8 *frame, u32 len)
{
	for (u32 i = 0; i < HELD_MAX; i++) {
		struct frame *h = &t->held[i];

		if (h->turns)
			continue;
		h->turns = 1 + rnd(t, 4);
		h->to = (u8)to;
		h->len = len;
		memcpy(h->bytes, frame, len);
		return;
	}
}

static void carry(struct run *t, u32 from, u8 *frame, u32 len)
{
	u32 fate = rnd(t, 100);

	mix(t, frame, len);
	t->frames++;
	if (fate >= t->bad) {
		ln_nic_receive(t->p.nic[!from], frame, len);
		return;
	}
	if (fate % 4 == 0)
		return;		/* lost */
	if (fate % 4 == 1)
		hold(t, !from, frame, len);
	if (fate % 4 != 2)
		arrive(t, !from, frame, len);
	else
		hold(t, !from, frame, len);
}

static void let_go(struct run *t)
{
	for (u32 i = 0; i < HELD_MAX; i++)
		if (t->held[i].turns && !--t->held[i].turns)
			arrive(t, t->held[i].to, t->held[i].bytes, t->held[i].len);
}

static void turn(struct run *t, s64 ns)
{
	u8 frame[FRAME_MAX];
	ptrdiff_t n;

	t->p.now += ns;
	for (u32 i = 0; i < 2; i++) {
		/* At times some wait on the card. */
		u32 most = rnd(t, 12) ? 64 : rnd(t, 3);

		while (most-- && (n = ln_nic_transmit(t->p.nic[i], frame, sizeof(frame))) > 0)
			carry(t, i, frame, (u32)n);
	}
	let_go(t);
	for (u32 i = 0; i < 2; i++)
		ln_net_run(t->p.net[i], t->p.now);
}

/* ---- what the machines do ---- */

union addr {
	struct ln_sockaddr_in v4;
	struct ln_sockaddr_in6 v6;
};

static union addr server(const struct run *t)
{
	union addr a = { .v4 = pair_addr(1, 7) };

	if (t->v6) {
		a.v6 = (struct ln_sockaddr_in6){ .sin6_family = LN_AF_INET6,
						 .sin6_port = cpu_to_be16(7) };
		memcpy(a.v6.sin6_addr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	}
	return a;
}

static void begin(struct run *t)
{
	static const char *const cmds[2][3] = {
		{ "sysctl -w net.ipv6.conf.all.disable_ipv6=0",
		  "ip addr add 2001:db8::1/64 dev eth0 nodad", "ip link set eth0 up" },
		{ "sysctl -w net.ipv6.conf.all.disable_ipv6=0",
		  "ip addr add 2001:db8::2/64 dev eth0 nodad", "ip link set eth0 up" },
	};
	int family = t->v6 ? LN_AF_INET6 : LN_AF_INET;
	union addr to = server(t);
	u32 len = sizeof(to);

	pair_create(&t->p, NULL);
	for (u32 i = 0; i < 2; i++) {
		struct ln_nic_params params = { .name = "eth0", .rx_ring = 64, .tx_ring = 128 };

		t->p.nic[i] = ln_nic_create(t->p.net[i], &params);
		assert_int_equal(pair_ctl(&t->p, i, i ? "ip addr add 10.0.0.2/24 dev eth0" :
						    "ip addr add 10.0.0.1/24 dev eth0"), 0);
		for (u32 c = t->v6 ? 0 : 2; c < 3; c++)
			assert_int_equal(pair_ctl(&t->p, i, cmds[i][c]), 0);
		if (t->followed)
			net_of(t->p.net[i])->trace = nothing;
		t->udp[i] = ln_socket(t->p.net[i], family, LN_SOCK_DGRAM, 0);
	}
	t->listener = ln_socket(t->p.net[1], family, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(t->p.net[1], t->listener, &to, len), 0);
	assert_int_equal(ln_bind(t->p.net[1], t->udp[1], &to, len), 0);
	assert_int_equal(ln_listen(t->p.net[1], t->listener, FLOWS), 0);
	for (u32 i = 0; i < FLOWS; i++)
		t->flow[i] = (struct flow){ { -1, -1 } };
}

static void open_or_close(struct run *t, struct flow *f)
{
	int family = t->v6 ? LN_AF_INET6 : LN_AF_INET, one = 1;
	union addr to = server(t);

	if (f->fd[0] < 0) {
		f->fd[0] = ln_socket(t->p.net[0], family, LN_SOCK_STREAM, 0);
		ln_setsockopt(t->p.net[0], f->fd[0], LN_SOL_TCP, LN_TCP_NODELAY, &one, 4);
		ln_connect(t->p.net[0], f->fd[0], &to, sizeof(to));
		return;
	}
	for (u32 i = 0; i < 2; i++) {
		u32 who = i ^ rnd(t, 2);

		if (f->fd[who] >= 0 && rnd(t, 3)) {
			ln_close(t->p.net[who], f->fd[who]);
			f->fd[who] = -1;
		}
	}
}

static void accept_some(struct run *t)
{
	int fd = ln_accept(t->p.net[1], t->listener, NULL, NULL);

	for (u32 i = 0; i < FLOWS && fd >= 0; i++)
		if (t->flow[i].fd[1] < 0) {
			t->flow[i].fd[1] = fd;
			return;
		}
	if (fd >= 0)
		ln_close(t->p.net[1], fd);
}

static void work(struct run *t, u32 who, int fd)
{
	struct ln_tcp_info info;
	u32 len = sizeof(info);
	char in[8000];
	ptrdiff_t n;

	if (fd < 0)
		return;
	if (rnd(t, 3)) {
		n = ln_send(t->p.net[who], fd, bytes,
			    rnd(t, 8) ? 1 + rnd(t, 40) : 1 + rnd(t, sizeof(bytes)), 0);
		mix(t, &n, sizeof(n));
	}
	if (rnd(t, 4)) {
		n = ln_recv(t->p.net[who], fd, in, 1 + rnd(t, sizeof(in)), 0);
		mix(t, &n, sizeof(n));
		if (n > 0)
			mix(t, in, (size_t)n);
	}
	if (!ln_getsockopt(t->p.net[who], fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len))
		mix(t, &info, len);
}

static void step(struct run *t)
{
	union addr to = server(t);
	char in[2000];

	if (!rnd(t, 25))
		open_or_close(t, &t->flow[rnd(t, FLOWS)]);
	accept_some(t);
	for (u32 i = 0; i < FLOWS; i++)
		for (u32 who = 0; who < 2; who++)
			work(t, who, t->flow[i].fd[who]);
	if (!rnd(t, 3))
		ln_sendto(t->p.net[0], t->udp[0], bytes, rnd(t, 1400), 0, &to, sizeof(to));
	ln_recv(t->p.net[1], t->udp[1], in, sizeof(in), 0);
	for (u32 n = 1 + rnd(t, 3); n; n--)
		turn(t, rnd(t, 20) ? rnd(t, 3) * PAIR_MS : rnd(t, 400) * PAIR_MS);
}

static void end(struct run *t)
{
	for (u32 i = 0; i < 2; i++) {
		const struct net *net = net_of(t->p.net[i]);
		struct frame_ledger frames;

		mix(t, net->mib, sizeof(net->mib));
		mix(t, net->drops, sizeof(net->drops));
		frames = net->frames;
		/* Frames cut for who follows them end together with what they were cut from. */
		frames.cloned -= frames.consumed;
		frames.consumed = 0;
		mix(t, &frames, sizeof(frames));
		mix(t, &net->copies, sizeof(net->copies));
	}
	assert_true(t->frames > 2000);
	pair_end(&t->p);
}

/* Return: a sum of all that two machines sent, knew and counted. */
static u64 all_of(u64 seed, bool v6, u32 bad, bool followed)
{
	struct run *t = test_calloc(1, sizeof(*t));
	u64 sum;

	t->v6 = v6;
	t->bad = bad;
	t->followed = followed;
	t->sum = 1;
	prng_init(&t->r, seed);
	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	begin(t);
	for (u32 i = 0; i < ROUNDS; i++)
		step(t);
	end(t);
	sum = t->sum;
	test_free(t);
	return sum;
}

static void same_by_both_ways(bool v6)
{
	for (u64 seed = 1; seed <= 10; seed++) {
		u32 bad = seed % 4 * 4;

		assert_int_equal(all_of(seed, v6, bad, false), all_of(seed, v6, bad, true));
	}
}

static void ipv4_goes_as_step_by_step(void **state)
{
	(void)state;
	same_by_both_ways(false);
}

static void ipv6_goes_as_step_by_step(void **state)
{
	(void)state;
	same_by_both_ways(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_goes_as_step_by_step),
		cmocka_unit_test(ipv6_goes_as_step_by_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
