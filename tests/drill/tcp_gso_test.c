/* SPDX-License-Identifier: MIT */
/*
 * Several segments in one entry of the queues: what happens to a part of them. Each write here is
 * one entry; what leaves are the frames that single segments would be (row T6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/tcp/tcp_recovery.h"

#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 7"

#define RTT .0004	/* so short that as much leaves together as there is */

/* Payload that was read only for its sum: of a segment whose ends were moved. */
static uint64_t summed(struct tcp_peer *t)
{
	return net_of(tcp_peer_net(t))->copies.summed;
}

/* One loss: its neighbours on both sides are SACKed, and it alone goes again. */
static void one_of_many_is_lost(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, RTT);

	(void)state;
	tcp_write(t, fd, 8000, 0);
	assert_int_equal(tcp_skip(t, 0), 8);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 2001 win 1000\n"
		   "+.01 < . 1:1(0) ack 2001 win 1000 <sack 3001:6001,nop,nop>\n"
		   "+0 > . 2001:3001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 8001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 1);
	assert_int_equal(tcp_info_of(t, fd).tcpi_delivered, 9);	/* with the SYN-ACK */
	assert_int_equal(summed(t), 0);
	tcp_peer_end(t);
}

/* A block that ends within segments marks the whole ones between. */
static void a_block_in_the_middle(void **state)
{
	struct tcp_peer *t = tcp_peer_without_rack();
	int fd = tcp_established(t, SACK, 1000, RTT);

	(void)state;
	tcp_write(t, fd, 8000, 0);
	assert_int_equal(tcp_skip(t, 0), 8);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 2501:4501,nop,nop>\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_sacked, 1);		/* 3001:4001 */
	tcp_script(t,
		   "+.01 < . 1:1(0) ack 1 win 1000 <sack 2001:5001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+0 > P. 1001:2001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_sacked, 3);
	assert_int_equal(tcp_info_of(t, fd).tcpi_lost, 2);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 8001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 2);
	assert_int_equal(tcp_info_of(t, fd).tcpi_unacked, 0);
	assert_int_equal(summed(t), 0);
	tcp_peer_end(t);
}

/* ACKs between and within segments; then a timeout: what is left is cut anew from there. */
static void a_part_is_acknowledged(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, RTT);

	(void)state;
	tcp_write(t, fd, 5000, 0);
	assert_int_equal(tcp_skip(t, 0), 5);
	tcp_script(t, "+.1 < . 1:1(0) ack 2001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_unacked, 3);
	tcp_script(t, "+.01 < . 1:1(0) ack 2501 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_unacked, 3);	/* 2500 bytes */
	tcp_script(t,
		   "+.1~+1 > . 2501:3501(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 3501 win 1000\n"
		   "+0 > . 3501:4501(1000) ack 1\n"
		   "+0 > P. 4501:5001(500) ack 1\n"
		   "+.1 < . 1:1(0) ack 5001 win 1000\n");
	assert_int_equal(summed(t), 2500);
	tcp_peer_end(t);
}

/* A timeout sends the first segment only; the rest by slow start. */
static void a_timeout_sends_the_first(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, RTT);

	(void)state;
	tcp_write(t, fd, 4500, 0);
	assert_int_equal(tcp_skip(t, 0), 5);
	tcp_script(t,
		   "+.1~+1 > . 1:1001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 1001 win 1000\n"
		   "+0 > . 1001:2001(1000) ack 1\n"
		   "+0 > P. 2001:3001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 3001 win 1000\n"
		   "+0 > . 3001:4001(1000) ack 1\n"
		   "+0 > P. 4001:4501(500) ack 1\n"
		   "+.1 < . 1:1(0) ack 4501 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 5);
	assert_int_equal(summed(t), 0);
	tcp_peer_end(t);
}

/* Without SACK one segment is taken for lost, not all that left with it. */
static void duplicates_mean_the_first(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, "mss 1000,nop,wscale 7", 1000, RTT);

	(void)state;
	tcp_write(t, fd, 8000, 0);
	assert_int_equal(tcp_skip(t, 0), 8);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n"
		   "+.01 < . 1:1(0) ack 1 win 1000\n"
		   "+0 > . 1:1001(1000) ack 1\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_lost, 1);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 3001 win 1000\n"		/* the next hole */
		   "+0 > . 3001:4001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 8001 win 1000\n");
	assert_int_equal(tcp_info_of(t, fd).tcpi_total_retrans, 2);
	tcp_peer_end(t);
}

/* Half is in flight and half waits when the path gets narrower: all of it goes in shorter ones. */
static void the_path_gets_narrower(void **state)
{
	family_ipv4_only("a path narrower than IPv6's least");

	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, RTT);
	struct tcp_line l;
	uint32_t end = 1;

	(void)state;
	tcp_write(t, fd, 20000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t, "+.05 icmp 4 mtu 640 seq 1\n");
	while (end < 20001) {
		char ack[64];
		uint32_t seen = end;

		while (tcp_next(t, 0, &l)) {
			assert_int_equal(l.seq, seen);
			assert_in_range(l.len, 1, 600);
			seen = l.end;
		}
		assert_true(seen > end);
		end = seen;
		snprintf(ack, sizeof(ack), "+.1 < . 1:1(0) ack %u win 1000\n", end);
		tcp_script(t, ack);
	}
	assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss, 600);
	tcp_peer_end(t);
}

/* The window takes seven segments and a half: as Linux, that much leaves. */
static void the_window_takes_a_part(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, "mss 1000", 7500, RTT);

	(void)state;
	tcp_write(t, fd, 9000, 0);	/* as three of 3000 */
	assert_int_equal(tcp_skip(t, 0), 6 + 2);
	assert_int_equal(tcp_info_of(t, fd).tcpi_unacked, 8);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 7501 win 800\n"
		   "+.1~+1 > P. 7501:8301(800) ack 1\n"	/* less than one waits for a probe */
		   "+.1 < . 1:1(0) ack 8301 win 7500\n"
		   "+0 > P. 8301:9001(700) ack 1\n"
		   "+.1 < . 1:1(0) ack 9001 win 7500\n");
	tcp_peer_end(t);
}

/* The congestion window opens by a segment at a time, and an ACK for more is near: it waits for
 * that, not longer than a third of the window. */
static void a_little_waits_for_more(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, SACK, 1000, RTT);

	(void)state;
	tcp_write(t, fd, 60000, 0);
	assert_int_equal(tcp_skip(t, 0), 10);
	tcp_script(t,
		   "+.0004 < . 1:1(0) ack 1001 win 1000\n"	/* two may go */
		   "+0 < . 1:1(0) ack 2001 win 1000\n"		/* four: a third of the window */
		   "+0 > . 10001:11001(1000) ack 1\n"
		   "+0 > . 11001:12001(1000) ack 1\n"
		   "+0 > . 12001:13001(1000) ack 1\n"
		   "+0 > P. 13001:14001(1000) ack 1\n"
		   "+.0012 < . 1:1(0) ack 3001 win 1000\n"	/* no ACK comes soon: at once */
		   "+0 > . 14001:15001(1000) ack 1\n"
		   "+0 > P. 15001:16001(1000) ack 1\n"
		   "+0 < R. 1:1(0) ack 3001 win 1000\n");
	tcp_peer_end(t);
}

/* What is in flight: so many packets of a tiny MSS as one cut by SACKs would make of memory. */
static uint32_t fill_flight(struct tcp_peer *t, int fd, unsigned packets)
{
	char line[80];
	uint32_t una = 1;

	for (int i = 0; i < 60; i++) {
		while (tcp_write(t, fd, 20000, 0) > 0)
			;
		tcp_skip(t, 0);
		if (tcp_info_of(t, fd).tcpi_unacked >= packets)
			return una;
		una = 1 + (uint32_t)tcp_info_of(t, fd).tcpi_bytes_sent;
		snprintf(line, sizeof(line), "+.0004 < . 1:1(0) ack %u win 4000\n", una);
		tcp_script(t, line);
	}
	fail_msg("%u packets in flight", tcp_info_of(t, fd).tcpi_unacked);
	return 0;
}

/* A peer that SACKs every second packet makes of one sk_buff a thousand (CVE-2019-11478). */
static void sacks_of_a_hostile_peer(void **state)
{
	struct tcp_peer *t = tcp_peer_without_tlp();
	int fd = tcp_established(t, "mss 48,sackOK,nop,nop,nop,wscale 7", 4000, RTT);
	const struct net *net = net_of(tcp_peer_net(t));
	uint32_t una;
	u64 live;
	char line[160];

	(void)state;
	tcp_opt(t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, 65536);
	una = fill_flight(t, fd, 2000);
	live = net->skb_slab.live;
	for (uint32_t at = una + 48; at < una + 1900 * 48; at += 3 * 96) {
		snprintf(line, sizeof(line),
			 "+0 < . 1:1(0) ack %u win 4000 <sack %u:%u %u:%u %u:%u,nop,nop>\n", una,
			 at, at + 48, at + 96, at + 144, at + 192, at + 240);
		tcp_script(t, line);
		tcp_skip(t, 0);
	}
	assert_true(net->mib[MIB_TcpExtTCPWqueueTooBig] > 0);
	/* Linux's limit is twice of sndbuf and 128 KB, and a part of it was used. */
	assert_in_range(net->skb_slab.live - live, 1, 2 * 4 * 65536 / sizeof(struct sk_buff));
	una = 1 + (uint32_t)(tcp_info_of(t, fd).tcpi_bytes_sent -
			     tcp_info_of(t, fd).tcpi_bytes_retrans);
	snprintf(line, sizeof(line), "+.01 < . 1:1(0) ack %u win 4000\n", una);
	tcp_script(t, line);
	tcp_skip(t, 0);
	ln_close(tcp_peer_net(t), fd);
	tcp_skip(t, 0);
	tcp_script(t, "+0 < R 1:1(0) win 0\n");
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_many_is_lost),
		cmocka_unit_test(a_block_in_the_middle),
		cmocka_unit_test(a_part_is_acknowledged),
		cmocka_unit_test(a_timeout_sends_the_first),
		cmocka_unit_test(duplicates_mean_the_first),
		cmocka_unit_test(the_path_gets_narrower),
		cmocka_unit_test(the_window_takes_a_part),
		cmocka_unit_test(a_little_waits_for_more),
		cmocka_unit_test(sacks_of_a_hostile_peer),
	};

	return family_run_both(tests);
}
