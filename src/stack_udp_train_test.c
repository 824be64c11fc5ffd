/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of one sendmmsg() over a cable, of which those in a row that are small are handed over
 * together (nic_rx_handover_run()), are what they would be one by one: of two pairs of hosts that
 * say the same one is traced, so that each frame goes for itself. What is read, counters, the
 * ledgers of frames and memory are compared. The lengths are around those up to which a datagram
 * stands in its sk_buff, and a frame is handed over in one piece.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "stack_pair.h"

#define PORT 7000
#define ROUNDS 300
#define MESSAGES 24
#define LEN_MAX 240u

struct talk {
	struct pair p;
	int client, server;
	u64 traced;
};

static struct talk talk[2];
static u8 out[MESSAGES][LEN_MAX], in[MESSAGES][LEN_MAX];

static void count_trace(void *ctx, const struct ln_trace_event *ev)
{
	(void)ev;
	++*(u64 *)ctx;
}

static void talk_begin(struct talk *t, bool traced)
{
	struct ln_sockaddr_in to = pair_addr(1, PORT);

	pair_create(&t->p, NULL);
	assert_true(pair_connect(&t->p));
	for (unsigned i = 0; traced && i < 2; i++) {
		net_of(t->p.net[i])->trace_ctx = &t->traced;
		net_of(t->p.net[i])->trace = count_trace;
	}
	t->client = ln_socket(t->p.net[0], LN_AF_INET, LN_SOCK_DGRAM, 0);
	t->server = ln_socket(t->p.net[1], LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_bind(t->p.net[1], t->server, &to, sizeof(to)), 0);
	assert_int_equal(ln_connect(t->p.net[0], t->client, &to, sizeof(to)), 0);
	/* The neighbour is known afterwards. */
	assert_int_equal(ln_send(t->p.net[0], t->client, "x", 1, 0), 1);
	pair_settle(&t->p);
	assert_int_equal(ln_recv(t->p.net[1], t->server, in, 1, 0), 1);
}

/* n messages of these lengths. */
static void fill(struct ln_mmsghdr *v, struct ln_iovec *iov, u8 (*data)[LEN_MAX], const u32 *len,
		 u32 n)
{
	memset(v, 0, n * sizeof(*v));
	for (u32 i = 0; i < n; i++) {
		iov[i] = (struct ln_iovec){ data[i], len ? len[i] : LEN_MAX };
		v[i].msg_hdr = (struct ln_msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
}

static void say(struct talk *t, const u32 *len, u32 n)
{
	struct ln_mmsghdr v[MESSAGES];
	struct ln_iovec iov[MESSAGES];

	fill(v, iov, out, len, n);
	assert_int_equal(ln_sendmmsg(t->p.net[0], t->client, v, n, 0), n);
	pair_settle(&t->p);
	memset(in, 0, sizeof(in));
	fill(v, iov, in, NULL, n);
	assert_int_equal(ln_recvmmsg(t->p.net[1], t->server, v, n, 0), n);
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(v[i].msg_len, len[i]);
		assert_memory_equal(in[i], out[i], len[i]);
	}
}

/* Most are small; some are of one length only. */
static u32 draw_lengths(struct prng *r, u32 *len)
{
	u32 n = 1 + prng_below(r, MESSAGES), most = prng_below(r, 3) ? 90 : LEN_MAX;
	bool alike = prng_below(r, 2);

	for (u32 i = 0; i < n; i++)
		len[i] = i && alike ? len[0] : prng_below(r, most);
	return n;
}

static void expect_alike(void)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct net *a = net_of(talk[0].p.net[i]), *b = net_of(talk[1].p.net[i]);

		assert_memory_equal(a->mib, b->mib, sizeof(a->mib));
		assert_memory_equal(&a->frames, &b->frames, sizeof(a->frames));
		assert_memory_equal(a->drops, b->drops, sizeof(a->drops));
		assert_int_equal(a->copies.user_in, b->copies.user_in);
		assert_int_equal(a->copies.user_out, b->copies.user_out);
		assert_int_equal(a->mem.used, b->mem.used);
	}
}

static void together_as_one_by_one(void **state)
{
	struct prng r;
	u32 len[MESSAGES];

	(void)state;
	prng_init(&r, 17);
	talk_begin(&talk[0], false);
	talk_begin(&talk[1], true);
	for (u32 round = 0; round < ROUNDS; round++) {
		u32 n = draw_lengths(&r, len);

		for (u32 i = 0; i < n; i++)
			for (u32 k = 0; k < LEN_MAX; k++)
				out[i][k] = (u8)prng_u64(&r);
		for (u32 i = 0; i < 2; i++) {
			say(&talk[i], len, n);
			pair_run(&talk[i].p, PAIR_MS);
		}
		expect_alike();
	}
	assert_true(talk[1].traced > 1000);
	pair_end(&talk[0].p);
	pair_end(&talk[1].p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(together_as_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
