/* SPDX-License-Identifier: MIT */
/*
 * What a sock at rest remembers: everything. Each byte of a tcp_sock is changed in turn and must
 * come back, but for those that tcp_may_rest() knows to be empty; a field that is new and not
 * written is found here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "transport/tcp/tcp_pack.h"

struct range {
	size_t at, n;
};

#define MEMBER(m) { offsetof(struct tcp_sock, m), sizeof(((struct tcp_sock *)0)->m) }

/* Not packed: empty, fixed, or the sock's place in lists; and bools, which have tests of their
 * own. */
static const struct range not_packed[] = {
	MEMBER(sk.c), MEMBER(sk.bind_node), MEMBER(sk.bind_bucket), MEMBER(sk.prot),
	MEMBER(sk.ops), MEMBER(sk.socket), MEMBER(sk.refcnt), MEMBER(sk.type), MEMBER(sk.protocol),
	MEMBER(sk.shutdown), MEMBER(sk.err), MEMBER(sk.dst), MEMBER(sk.rmem), MEMBER(sk.wmem),
	MEMBER(sk.receive_queue), MEMBER(sk.error_queue), MEMBER(sk.mcast), MEMBER(sk.txstamp),
	MEMBER(sk.rare), MEMBER(sk.min_ttl),
	MEMBER(snd_una), MEMBER(snd_nxt), MEMBER(copied_seq),
	MEMBER(rtxq), MEMBER(write_queue), MEMBER(cong.ops),
	MEMBER(tm.timer), MEMBER(tm.xmit), MEMBER(tm.ack), MEMBER(tm.keep), MEMBER(tm.pace),
	MEMBER(tm.event),
	MEMBER(fastopen_rsk), MEMBER(auth),
	MEMBER(frag), MEMBER(ooo), MEMBER(listen), MEMBER(accept_next), MEMBER(rest_node),
	MEMBER(rest_due), MEMBER(rest_level), MEMBER(rec.sack),
	MEMBER(cong.rate.rate_app_limited), MEMBER(chrono.start), MEMBER(chrono.type),
	/* What is sent later is later than they are. */
	MEMBER(rec.rack.mstamp), MEMBER(rec.rack.end_seq),
};

struct fixture {
	struct net net;
	struct netns_tcp ns;
	struct prng p;
};

static void *no_alloc(void *ctx, size_t size)
{
	(void)ctx;
	(void)size;
	return NULL;
}

static void no_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)p;
	(void)size;
}

static int setup(void **state)
{
	static const struct mem_ops ops = { .alloc = no_alloc, .free = no_free };
	struct fixture *f = calloc(1, sizeof(*f));

	mem_init(&f->net.mem, &ops, 0);
	f->net.tcp = &f->ns;
	f->net.secret.k[0] = 17;
	prng_init(&f->p, 5);
	tcp_cong_table_init(&f->ns.cong, &f->net.mem);
	tcp_register_congestion_control(&f->ns.cong, &tcp_reno);
	tcp_register_congestion_control(&f->ns.cong, &tcp_cubic);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void begin(struct fixture *f, struct tcp_sock *tp)
{
	memset(tp, 0, sizeof(*tp));
	tp->sk.c.net = &f->net;
	tp->sk.c.rcv_saddr = 0x0a000001;
	tp->sk.c.daddr = 0x0a000002;
	tp->cong.ops = &tcp_cubic;
}

static void copy_not_packed(struct tcp_sock *to, const struct tcp_sock *from)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_packed); i++)
		memcpy((char *)to + not_packed[i].at, (const char *)from + not_packed[i].at,
		       not_packed[i].n);
	to->rec.sack = false;
	to->cong.rate.rate_app_limited = false;
	to->cong.ops = NULL;
}

/* Packed and unpacked: the same to the byte. Returns how many bytes it took. */
static u32 round_trip(struct fixture *f, const struct tcp_sock *tp)
{
	u8 packed[TCP_PACK_MAX + 1];
	struct tcp_sock again, before = *tp;
	u32 n;

	memset(packed, 0xa5, sizeof(packed));
	n = tcp_pack(tp, packed);
	assert_in_range(n, 2, TCP_PACK_MAX);
	assert_int_equal(packed[n], 0xa5);
	assert_memory_equal(tp, &before, sizeof(before));
	begin(f, &again);
	copy_not_packed(&again, tp);
	tcp_unpack(&again, packed);
	assert_memory_equal(&again, tp, sizeof(again));
	return n;
}

static bool is_packed(size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_packed); i++) {
		if (at - not_packed[i].at < not_packed[i].n)
			return false;
	}
	return true;
}

/* Bytes between members are nobody's. */
static void clear_padding(struct tcp_sock *tp)
{
#if __has_builtin(__builtin_clear_padding)
	__builtin_clear_padding(tp);
#else
	(void)tp;
#endif
}

static bool is_padding(size_t at)
{
	struct tcp_sock tp;

	memset(&tp, 0, sizeof(tp));
	((u8 *)&tp)[at] = 0xff;
	clear_padding(&tp);
	return !((const u8 *)&tp)[at];
}

static void quiet(struct tcp_sock *tp)
{
	tp->snd_una = tp->snd_nxt = tp->write_seq;
	tp->copied_seq = tp->rcv_nxt;
	tp->fin_unsent = tp->orphan_counted = tp->over = false;
	tp->snd_wscale &= 15;
}

static void test_each_byte(void **state)
{
	struct fixture *f = *state;
	struct tcp_sock tp;

	if (!__has_builtin(__builtin_clear_padding))
		skip();
	for (size_t at = 0; at < sizeof(tp); at++) {
		if (!is_packed(at) || is_padding(at))
			continue;
		for (u8 bit = 0; bit < 8; bit++) {
			begin(f, &tp);
			((u8 *)&tp)[at] = (u8)BIT(bit);
			clear_padding(&tp);
			quiet(&tp);
			round_trip(f, &tp);
		}
	}
}

static void test_all_at_once(void **state)
{
	struct fixture *f = *state;
	struct tcp_sock tp;

	if (!__has_builtin(__builtin_clear_padding))
		skip();
	for (int round = 0; round < 2000; round++) {
		begin(f, &tp);
		for (size_t at = 0; at < sizeof(tp); at++) {
			if (is_packed(at))
				((u8 *)&tp)[at] = (u8)(round ? prng_u32(&f->p) : 0xff);
		}
		clear_padding(&tp);
		quiet(&tp);
		tp.cong.ops = round & 1 ? &tcp_reno : &tcp_cubic;
		tp.rec.sack = round & 2;
		tp.cong.rate.rate_app_limited = round & 8;
		round_trip(f, &tp);
	}
}

/* A new connection with everything negotiated is as guessed but for what nobody can guess. */
static void test_new_connection_is_small(void **state)
{
	struct fixture *f = *state;
	struct tcp_sock tp;

	begin(f, &tp);
	tp.write_seq = tp.pushed_seq = tp.snd_sml = 0x89abcdef;
	tp.iss = tp.write_seq - 1;
	tp.rcv_nxt = tp.snd_wl1 = tp.rwin.rcv_wup = tp.rcvq_space.seq = 0x76543210;
	tp.irs = tp.rcv_nxt - 1;
	quiet(&tp);
	tp.tstamp_ok = tp.wscale_ok = tp.rec.sack = true;
	tcp_rate_init(&tp.cong.rate);
	tp.ts_recent = 0xfedcba98;
	tp.snd_wscale = tp.rwin.rcv_wscale = 7;
	tp.snd_wnd = tp.max_window = 64256;
	tp.tcp_header_len = 32;
	tp.mss_clamp = tp.advmss = 1460;
	tp.mss_cache = 1448;
	tp.pmtu_cookie = 1500;
	assert_in_range(round_trip(f, &tp), 2, 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_connection_is_small, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
