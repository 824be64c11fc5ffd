/* SPDX-License-Identifier: MIT */
/* DCTCP against RFC 8257 3.3 in plain arithmetic: alpha after windows of which so much was marked,
 * and what the window comes down by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_cong.h"

#define G (1. / 16)

struct flow {
	struct net net;
	struct tcp_cong_table table;
	struct tcp_cong c;
	u32 seq, delivered, marked;
	double alpha;
};

static void flow_begin(struct flow *f)
{
	struct ln_net_params params;

	*f = (struct flow){ .seq = 0xfffff000, .delivered = 7, .marked = 3, .alpha = 1 };
	ln_net_params_init(&params);
	assert_int_equal(netns_init(&f->net, &params), 0);
	tcp_cong_table_init(&f->table, &f->net.mem);
	tcp_cong_init(&f->c, &tcp_dctcp);
	tcp_cong_begin(&f->table, &f->c, 0);
}

static void flow_end(struct flow *f)
{
	tcp_cong_exit(&f->table, &f->c);
	tcp_cong_table_exit(&f->table);
	assert_int_equal(f->net.mem.live, 0);
	netns_exit(&f->net);
}

static void ack(struct flow *f, u32 packets, u32 marked, u32 in_flight)
{
	struct tcp_cong_ecn e;

	f->seq += packets * 1000;
	f->delivered += packets;
	f->marked += marked;
	e = (struct tcp_cong_ecn){
		.snd_una = f->seq, .snd_nxt = f->seq + in_flight * 1000,
		.delivered = f->delivered, .delivered_ce = f->marked,
		.newly = packets, .newly_ce = marked,
	};
	tcp_dctcp.in_ack(&f->c, &e);
}

/* A window of 20 packets, two to an ACK, of which the last so many were marked. */
static void window(struct flow *f, u32 marked)
{
	for (u32 i = 2; i <= 20; i += 2)
		ack(f, 2, min(2u, marked - min(marked, 20 - i)), 20);
}

static u32 alpha(const struct flow *f)
{
	union ln_tcp_cc_info info;

	assert_int_equal(tcp_cong_info(&f->c, 1000, &info), sizeof(info.dctcp));
	assert_int_equal(info.dctcp.dctcp_enabled, 1);
	return info.dctcp.dctcp_alpha;
}

static void is_near(u32 got, double want)
{
	double off = got / 1024. - want;

	if (off > .02 || off < -.02)
		fail_msg("alpha %f, the formula says %f", got / 1024., want);
}

static void alpha_follows_the_marks(void **state)
{
	static const u32 marks[] = { 0, 2, 10, 20, 1 };
	struct flow f;

	(void)state;
	flow_begin(&f);
	assert_int_equal(alpha(&f), 1024);
	ack(&f, 1, 0, 20);	/* ends the window in which nothing was known */
	f.alpha = 1 - G;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		for (int n = 0; n < 100; n++) {
			window(&f, marks[i]);
			f.alpha = (1 - G) * f.alpha + G * marks[i] / 20;
			is_near(alpha(&f), f.alpha);
		}
		is_near(alpha(&f), marks[i] / 20.);
	}
	flow_end(&f);
}

/* Without marks alpha comes down to nothing, and few marks lift it from there. */
static void alpha_ends_at_nothing(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f);
	for (int n = 0; n < 120; n++)
		window(&f, 0);
	assert_int_equal(alpha(&f), 0);
	for (int n = 0; n < 120; n++)
		window(&f, 1);
	assert_in_range(alpha(&f), 48, 54);	/* a 20th of 1024 */
	for (int n = 0; n < 120; n++)
		window(&f, 0);
	f.c.snd_cwnd = 50;
	assert_int_equal(tcp_cong_ssthresh(&f.c), 50);
	flow_end(&f);
}

static void the_window_comes_down_by_half_of_alpha(void **state)
{
	struct flow f;

	(void)state;
	flow_begin(&f);
	for (int n = 0; n < 200; n++)
		window(&f, 10);
	f.c.snd_cwnd = 1000;
	assert_in_range(tcp_cong_ssthresh(&f.c), 735, 765);	/* 1000 (1 - 1/4) */
	f.c.snd_cwnd = 2;
	assert_int_equal(tcp_cong_ssthresh(&f.c), 2);
	f.c.snd_cwnd = 1000;
	tcp_cong_set_state(&f.c, TCP_CA_Recovery);	/* a loss: by half */
	assert_int_equal(f.c.snd_ssthresh, 500);
	f.c.snd_cwnd = 500;
	assert_int_equal(tcp_cong_undo_cwnd(&f.c), 1000);
	tcp_cong_event(&f.c, CA_EVENT_LOSS, 0, 0);
	assert_int_equal(f.c.snd_ssthresh, 250);
	flow_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alpha_follows_the_marks),
		cmocka_unit_test(alpha_ends_at_nothing),
		cmocka_unit_test(the_window_comes_down_by_half_of_alpha),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
