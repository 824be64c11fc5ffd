/* SPDX-License-Identifier: MIT */
/* ECN (RFC 3168) beyond the scripts of tests/pkt/ecn: counters, losses, connections at rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_net.h"
#include "harness/tcp_peer.h"
#include "transport/tcp/tcp.h"

#define OPT_ECN 8
#define OPT_ECN_SEEN 16
#define IN(what) (family_is_ipv6 ? MIB_Ip6In##what : MIB_IpExtIn##what)
#define RECEIVED (family_is_ipv6 ? MIB_Ip6InReceives : MIB_IpInReceives)

/* But what the other says of its groups. */
static u64 packets_in(const struct net *net)
{
	return net->mib[RECEIVED] - net->mib[MIB_Ip6InMcastPkts];
}

static void ask_for_ecn(struct net *net)
{
	net->sysctl.tcp_ecn = 1;
}

/* Each data segment is ECT(0), and nothing else is; the other end counts them. */
static void data_is_ect_and_is_counted(void **state)
{
	struct tcp_two_params p = {
		.cable = { .delay_s = .01, .rate_bps = 1e8 }, .seed = 1, .setup = ask_for_ecn,
	};
	struct tcp_transfer tr = { .up = 1000000, .limit_s = 60 };
	const u64 *up, *down;
	struct tcp_two w;

	(void)state;
	tcp_two_init(&w, &p);
	assert_true(tcp_two_transfer(&w, &tr) > 0);
	assert_true(tr.info.tcpi_options & OPT_ECN);
	assert_int_equal(tr.info.tcpi_total_retrans, 0);
	up = w.m[1].net->mib;
	down = w.m[0].net->mib;
	assert_int_equal(up[IN(ECT0Pkts)], tr.info.tcpi_data_segs_out);
	assert_int_equal(down[IN(ECT0Pkts)], 0);
	assert_int_equal(up[IN(CEPkts)] + up[IN(ECT1Pkts)], 0);
	assert_int_equal(up[IN(NoECTPkts)] + up[IN(ECT0Pkts)], up[RECEIVED]);
	assert_int_equal(down[IN(NoECTPkts)], down[RECEIVED]);
	tcp_two_end(&w);
}

/* Losses and ECN together: the bytes are checked, and each reduction is told of. */
static void lossy_transfers_end(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 8; seed++) {
		struct tcp_two_params p = {
			.cable = { .delay_s = .02, .rate_bps = 2e7, .loss = .02, .reorder = .02,
				   .duplicate = .01, .jitter_s = .01 },
			.seed = seed, .setup = ask_for_ecn,
		};
		struct tcp_transfer tr = { .up = 300000, .down = 300000, .limit_s = 600 };
		struct tcp_two w;

		tcp_two_init(&w, &p);
		assert_true(tcp_two_transfer(&w, &tr) > 0);
		assert_true(tr.info.tcpi_options & OPT_ECN_SEEN);
		tcp_two_end(&w);
	}
}

/* What was negotiated, and that CWR is owed, is remembered by a connection at rest. */
static void a_resting_connection_remembers(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	int fd, listener = tcp_listen_on(t);

	(void)state;
	tcp_script(t,
		   "+0 < SEW 0:0(0) win 65535 <mss 1000,sackOK,nop,wscale 7>\n"
		   "+0 > SE. 0:0(0) ack 1 <...>\n"
		   "+.01 < . 1:1(0) ack 1 win 257\n");
	fd = tcp_accept_one(t, listener);
	assert_int_equal(tcp_write(t, fd, 1000, 0), 1000);
	tcp_script(t,
		   "+0 > P. 1:1001(1000) ack 1\n"
		   "+.01 < E. 1:1(0) ack 1001 win 257\n");
	tcp_quiet(t, 5);
	assert_int_equal(net->tcp->rest.count, 1);
	assert_int_equal(tcp_info_of(t, fd).tcpi_options & OPT_ECN, OPT_ECN);
	assert_int_equal(tcp_info_of(t, fd).tcpi_delivered_ce, 1);
	assert_int_equal(tcp_write(t, fd, 1000, 0), 1000);
	tcp_script(t,
		   "+0 > PW. 1001:2001(1000) ack 1\n"
		   "+.01 < . 1:1(0) ack 2001 win 257\n");
	assert_int_equal(net->mib[MIB_TcpExtTCPDeliveredCE], 1);
	tcp_peer_end(t);
}

static void ask_for_accurate_ecn(struct net *net)
{
	net->sysctl.tcp_ecn = 3;
}

/* Both ends count the same bytes; under loss, too, every byte is what was written. */
static void accurate_counts_agree(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 6; seed++) {
		struct tcp_two_params p = {
			.cable = { .delay_s = .01, .rate_bps = 5e7, .loss = seed > 1 ? .02 : 0,
				   .reorder = seed > 1 ? .02 : 0, .jitter_s = .01 },
			.seed = seed, .setup = ask_for_accurate_ecn,
		};
		struct tcp_transfer tr = { .up = 300000, .down = seed > 1 ? 300000 : 0,
					   .limit_s = 600 };
		struct tcp_two w;

		tcp_two_init(&w, &p);
		assert_true(tcp_two_transfer(&w, &tr) > 0);
		assert_true(tr.info.tcpi_options & OPT_ECN);
		assert_int_equal(tr.info.tcpi_accecn_fail_mode, 0);
		assert_int_equal(tr.info.tcpi_delivered_ce, 0);
		assert_int_equal(tr.info.tcpi_accecn_opt_seen, 2);
		if (seed == 1) {
			assert_int_equal(tr.info.tcpi_delivered_e0_bytes,
					 tr.info.tcpi_bytes_acked - 1);
			assert_int_equal(w.m[1].net->mib[IN(ECT0Pkts)] + 1, packets_in(w.m[1].net));
		}
		tcp_two_end(&w);
	}
}

static void use_dctcp(struct net *net)
{
	const struct tcp_cong_table *t = &net->tcp->cong;

	net->sysctl.tcp_ecn = 0;
	for (u32 i = 0; i < t->n; i++)
		if (t->ops[i] == &tcp_dctcp)
			net->sysctl.tcp_congestion_control = (int)i;
}

/* All packets are ECT from the SYN on; under loss every byte is what was written. */
static void dctcp_transfers_end(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 6; seed++) {
		struct tcp_two_params p = {
			.cable = { .delay_s = .01, .rate_bps = 5e7, .loss = seed > 1 ? .02 : 0,
				   .reorder = seed > 1 ? .02 : 0, .jitter_s = .01 },
			.seed = seed, .setup = use_dctcp,
		};
		struct tcp_transfer tr = { .up = 300000, .down = 300000, .limit_s = 600 };
		struct tcp_two w;

		tcp_two_init(&w, &p);
		assert_true(tcp_two_transfer(&w, &tr) > 0);
		assert_true(tr.info.tcpi_options & OPT_ECN_SEEN);
		for (int i = 0; i < 2; i++)
			assert_int_equal(w.m[i].net->mib[IN(ECT0Pkts)], packets_in(w.m[i].net));
		tcp_two_end(&w);
	}
}

/* A connection at rest knows that it is without ECN, and what stands in for DCTCP. */
static void the_fallback_rests(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct net *net = net_of(tcp_peer_net(t));
	char name[16] = "";
	u32 len = sizeof(name);
	int fd, listener;

	(void)state;
	use_dctcp(net);
	listener = tcp_listen_on(t);
	tcp_script(t,
		   "+0 < S 0:0(0) win 65535 <mss 1000,sackOK,nop,wscale 7>\n"
		   "+0 > S. 0:0(0) ack 1 <...>\n"
		   "+.01 < . 1:1(0) ack 1 win 257\n");
	fd = tcp_accept_one(t, listener);
	tcp_quiet(t, 5);
	assert_int_equal(net->tcp->rest.count, 1);
	assert_int_equal(ln_getsockopt(tcp_peer_net(t), fd, LN_SOL_TCP, LN_TCP_CONGESTION, name,
				       &len), 0);
	assert_string_equal(name, "dctcp-reno");
	assert_int_equal(tcp_write(t, fd, 1000, 0), 1000);
	tcp_script(t, "+0 > P. 1:1001(1000) ack 1\n");
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_is_ect_and_is_counted),
		cmocka_unit_test(lossy_transfers_end),
		cmocka_unit_test(a_resting_connection_remembers),
		cmocka_unit_test(accurate_counts_agree),
		cmocka_unit_test(dctcp_transfers_end),
		cmocka_unit_test(the_fallback_rests),
	};

	return family_run_both(tests);
}
