/* SPDX-License-Identifier: MIT */
/*
 * SYN cookies (RFC 4987 3.6): when the SYN queue is full, the SYN-ACK remembers for us. What comes
 * back makes a connection with what the number and the timestamp could carry; what does not come
 * back has cost nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"
#include "transport/sock.h"
#include "wire/inet_addr.h"

#define MIB(t, name) (net_of(tcp_peer_net(t))->mib[MIB_TcpExt##name])
#define DROPS(t, name) (net_of(tcp_peer_net(t))->drops[SKB_DROP_REASON_##name])
#define BACKLOG 4

static void route_back(struct tcp_peer *t)
{
	family_add_default(family_is_ipv6, tcp_peer_net(t), INET_ADDR4(192, 168, 0, 2));
}

/* Its SYN queue is full. */
static struct tcp_peer *flooded(int *listener, void (*setup)(struct net *net))
{
	const struct tcp_peer_params p = { .setup = setup };
	struct tcp_peer *t = tcp_peer_new(&p);

	route_back(t);
	*listener = tcp_listen_backlog(t, BACKLOG);
	assert_int_equal(tcp_syn_flood(t, BACKLOG + 1, "mss 1460"), BACKLOG + 1);
	assert_int_equal(MIB(t, SyncookiesSent), 0);
	return t;
}

/* The old requests send their SYN-ACKs again, to nobody. */
static void flood_is_over(struct tcp_peer *t)
{
	tcp_skip(t, 200);
	tcp_peer_end(t);
}

static void options_come_back_by_the_timestamp(void **state)
{
	int l, fd;
	struct tcp_peer *t = flooded(&l, NULL);
	struct ln_tcp_info info;

	(void)state;
	tcp_script(t,
		   "+0 < S 0:0(0) win 65535 <mss 1400,sackOK,TS val 100 ecr 0,nop,wscale 7>\n"
		   "+0 > S. 0:0(0) ack 1 win 65160 "
			"<mss 1460,sackOK,TS val 1000 ecr 100,nop,wscale 7>\n"
		   "+.1 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 200 ecr 1000>\n");
	assert_int_equal(MIB(t, TCPReqQFullDoCookies), 1);
	assert_int_equal(MIB(t, SyncookiesSent), 1);
	assert_int_equal(MIB(t, SyncookiesRecv), 1);
	fd = tcp_accept_one(t, l);
	info = tcp_info_of(t, fd);
	assert_int_equal(info.tcpi_options, 1 | 2 | 4);	/* timestamps, SACK, window scale */
	assert_int_equal(info.tcpi_snd_wscale, 7);
	assert_int_equal(info.tcpi_rcv_wscale, 7);
	/* Of the table, below 1400. */
	assert_int_equal(info.tcpi_snd_mss, (family_is_ipv6 ? 1220 : 1300) - 12);
	assert_int_equal(info.tcpi_snd_wnd, 257 << 7);
	assert_int_equal(tcp_write(t, fd, 100, 0), 100);
	tcp_script(t, "+0 > P. 1:101(100) ack 1 <...>\n"
		      "+.1 < . 1:101(100) ack 101 win 257 <nop,nop,TS val 300 ecr 1100>\n");
	assert_int_equal(tcp_read(t, fd, 200), 100);
	ln_close(tcp_peer_net(t), fd);
	flood_is_over(t);
}

static void no_cookies(struct net *net)
{
	net->sysctl.tcp_syncookies = 0;
}

static void always_cookies(struct net *net)
{
	net->sysctl.tcp_syncookies = 2;
}

static const struct tcp_peer_params always = { .setup = always_cookies };

static void without_timestamps_only_the_mss_comes_back(void **state)
{
	static const struct { const char *syn, *options; unsigned mss, mss6; } cases[] = {
		{ "<mss 1460,nop,nop,sackOK,nop,wscale 7>", "<mss 1460>", 1460, 1440 },
		{ "<mss 9000>", "<mss 1460>", 1460, 1460 },
		{ "<mss 1459>", "<mss 1460>", 1440, 1440 },
		{ "<mss 1300>", "<mss 1460>", 1300, 1220 },
		{ "<mss 537>", "<mss 1460>", 536, 1220 },
		{ "<mss 300>", "<mss 1460>", 536, 1220 },
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tcp_peer *t = tcp_peer_new(&always);
		int l = tcp_listen_on(t), fd;

		snprintf(line, sizeof(line), "+0 < S 0:0(0) win 65535 %s\n", cases[i].syn);
		tcp_script(t, line);
		snprintf(line, sizeof(line), "+0 > S. 0:0(0) ack 1 win 64240 %s\n",
			 cases[i].options);
		tcp_script(t, line);
		tcp_script(t, "+59 < P. 1:11(10) ack 1 win 20000\n"	/* with data at once */
			      "+0 > . 1:1(0) ack 11\n");
		fd = tcp_accept_one(t, l);
		assert_int_equal(tcp_info_of(t, fd).tcpi_options, 0);
		assert_int_equal(tcp_info_of(t, fd).tcpi_snd_mss,
				 family_is_ipv6 ? cases[i].mss6 : cases[i].mss);
		assert_int_equal(tcp_info_of(t, fd).tcpi_snd_wnd, 20000);
		assert_int_equal(tcp_read(t, fd, 100), 10);
		ln_close(tcp_peer_net(t), fd);
		tcp_skip(t, 200);
		tcp_peer_end(t);
	}
}

/* Each bit of the number counts that a guess would have to hit. */
static void a_guess_is_refused(void **state)
{
	int l;
	struct tcp_peer *t = flooded(&l, NULL);
	char line[96];

	(void)state;
	tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
		      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n");
	/* The low two bits hold an index of four: a neighbour of it is as good. */
	for (unsigned bit = 2; bit < 32; bit++) {
		snprintf(line, sizeof(line), "+0 < . 1:1(0) ack %u win 1000\n", 1 + (1u << bit));
		tcp_script(t, line);
		snprintf(line, sizeof(line), "+0 > R %u:%u(0)\n", 1 + (1u << bit), 1 + (1u << bit));
		tcp_script(t, line);
	}
	assert_int_equal(MIB(t, SyncookiesFailed), 30);
	assert_int_equal(MIB(t, SyncookiesRecv), 0);
	assert_int_equal(ln_accept(tcp_peer_net(t), l, NULL, NULL), -EAGAIN);
	flood_is_over(t);
}

static void the_peers_number_counts(void **state)
{
	int l;
	struct tcp_peer *t = flooded(&l, NULL);

	(void)state;
	tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
		      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n"
		      "+0 < . 100:100(0) ack 1 win 1000\n"
		      "+0 > R 1:1(0)\n");
	assert_int_equal(MIB(t, SyncookiesFailed), 1);
	flood_is_over(t);
}

/* Good for the minute it was made in and for the next one. */
static void a_cookie_grows_old(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&always);
	int l = tcp_listen_on(t);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tcp_use(t, i);
		tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
			      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n");
	}
	tcp_use(t, 2);
	tcp_script(t, "+115 < S 0:0(0) win 65535 <mss 1460>\n"
		      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n");
	tcp_use(t, 0);
	tcp_script(t, "+3 < . 1:1(0) ack 1 win 1000\n");
	ln_close(tcp_peer_net(t), tcp_accept_one(t, l));
	tcp_use(t, 1);
	tcp_skip(t, 0);
	tcp_script(t, "+1 < . 1:1(0) ack 1 win 1000\n"
		      "+0 > R 1:1(0)\n");
	assert_int_equal(MIB(t, SyncookiesRecv), 1);
	assert_int_equal(MIB(t, SyncookiesFailed), 1);
	tcp_skip(t, 200);
	tcp_peer_end(t);
}

/* Who gave out no cookie lately takes none: no guessing in quiet times. */
static void none_is_taken_when_none_was_given(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);

	(void)state;
	tcp_listen_on(t);
	tcp_use_raw(t, TCP_PEER_PORT, 4000);
	tcp_script(t, "+0 < . 1:1(0) ack 5000 win 1000\n"
		      "+0 > R 5000:5000(0)\n");
	assert_int_equal(MIB(t, SyncookiesFailed), 0);
	tcp_peer_end(t);
}

static void syncookies_0_drops(void **state)
{
	int l;
	struct tcp_peer *t = flooded(&l, no_cookies);

	(void)state;
	tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
		      "+.1 quiet\n");
	assert_int_equal(MIB(t, TCPReqQFullDrop), 1);
	assert_int_equal(DROPS(t, TCP_REQQFULLDROP), 1);
	flood_is_over(t);
}

static void syncookies_2_needs_no_queue(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&always);
	int l = tcp_listen_on(t);

	(void)state;
	tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
		      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n"
		      "+10 < . 1:1(0) ack 1 win 1000\n");	/* and nothing was sent again */
	assert_int_equal(MIB(t, SyncookiesSent), 1);
	ln_close(tcp_peer_net(t), tcp_accept_one(t, l));
	tcp_skip(t, 200);
	tcp_peer_end(t);
}

/* The last place in the accept queue is taken while the ACK is on its way. */
static void no_room_for_the_child(void **state)
{
	struct tcp_peer *t = tcp_peer_new(&always);
	int l = tcp_listen_backlog(t, 0);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tcp_use(t, i);
		tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
			      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n");
	}
	for (unsigned i = 0; i < 2; i++) {
		tcp_use(t, i);
		tcp_script(t, "+0 < . 1:1(0) ack 1 win 1000\n");
	}
	assert_int_equal(DROPS(t, TCP_LISTEN_OVERFLOW), 1);
	ln_close(tcp_peer_net(t), tcp_accept_one(t, l));
	assert_int_equal(ln_accept(tcp_peer_net(t), l, NULL, NULL), -EAGAIN);
	tcp_skip(t, 200);
	tcp_peer_end(t);
}

/* 300,000 SYNs from as many addresses: memory stays what it was, a good client gets through. */
static void a_flood_costs_no_memory(void **state)
{
	int l, fd;
	struct tcp_peer *t = flooded(&l, NULL);
	struct ln_mem_info before, after;

	(void)state;
	assert_int_equal(tcp_syn_flood(t, 1000, "mss 1460"), 1000);
	ln_net_memory(tcp_peer_net(t), &before);
	assert_int_equal(tcp_syn_flood(t, 150000, "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7"),
			 150000);
	tcp_script(t, "+0 < S 0:0(0) win 65535 <mss 1460>\n"
		      "+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n");
	assert_int_equal(tcp_syn_flood(t, 150000, "mss 1460"), 150000);
	ln_net_memory(tcp_peer_net(t), &after);
	assert_int_equal(after.peak, before.peak);
	tcp_script(t, "+.1 < P. 1:101(100) ack 1 win 1000\n"
		      "+0 > . 1:1(0) ack 101\n");
	fd = tcp_accept_one(t, l);
	assert_int_equal(tcp_read(t, fd, 200), 100);
	assert_int_equal(MIB(t, SyncookiesSent), 301001);
	assert_int_equal(MIB(t, SyncookiesRecv), 1);
	ln_close(tcp_peer_net(t), fd);
	flood_is_over(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_come_back_by_the_timestamp),
		cmocka_unit_test(without_timestamps_only_the_mss_comes_back),
		cmocka_unit_test(a_guess_is_refused),
		cmocka_unit_test(the_peers_number_counts),
		cmocka_unit_test(a_cookie_grows_old),
		cmocka_unit_test(none_is_taken_when_none_was_given),
		cmocka_unit_test(syncookies_0_drops),
		cmocka_unit_test(syncookies_2_needs_no_queue),
		cmocka_unit_test(no_room_for_the_child),
		cmocka_unit_test(a_flood_costs_no_memory),
	};

	return family_run_both(tests);
}
