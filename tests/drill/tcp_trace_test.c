/* SPDX-License-Identifier: MIT */
/* What the trace points of TCP say of a connection; rows V1, V2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_peer.h"

#define SACK "mss 1000,sackOK,nop,nop,nop,wscale 7"

struct heard {
	enum ln_trace_point point;
	char text[2048];	/* its events, a line each */
	size_t len;
};

static void on_trace(void *ctx, const struct ln_trace_event *ev)
{
	struct heard *h = ctx;

	if (ev->point != h->point)
		return;
	h->len += ln_trace_format(ev, h->text + h->len, sizeof(h->text) - h->len);
	assert_true(h->len + 1 < sizeof(h->text));
	h->text[h->len++] = '\n';
	h->text[h->len] = '\0';
}

static void listen_to(struct tcp_peer *t, struct heard *h, enum ln_trace_point point)
{
	struct net *net = net_of(tcp_peer_net(t));

	*h = (struct heard){ .point = point };
	net->trace = on_trace;
	net->trace_ctx = h;
}

/* Whose state it is: this side's address and port, then the peer's. */
static void states_name_their_connection(void **state)
{
	family_ipv4_only("the names are written down");

#define PAIR "192.168.0.1:8080 <-> 192.168.0.2:8080: "
	struct tcp_peer *t = tcp_peer_new(NULL);
	struct heard h;
	int fd;

	(void)state;
	listen_to(t, &h, LN_TP_tcp_set_state);
	fd = tcp_established(t, SACK, 1000, .1);
	assert_string_equal(h.text,
			    "0.0.0.0:8080 <-> 0.0.0.0:0: CLOSE -> LISTEN\n"
			    PAIR "LISTEN -> SYN_RECV\n"
			    PAIR "SYN_RECV -> ESTABLISHED\n"
			    "0.0.0.0:8080 <-> 0.0.0.0:0: LISTEN -> CLOSE\n");
	listen_to(t, &h, LN_TP_tcp_set_state);
	ln_close(tcp_peer_net(t), fd);
	tcp_script(t,
		   "+0 > F. 1:1(0) ack 1\n"
		   "+.1 < . 1:1(0) ack 2 win 1000\n"
		   "+0 < F. 1:1(0) ack 2 win 1000\n"
		   "+0 > . 2:2(0) ack 2\n");
	tcp_skip(t, 61);
	/* The socket left with the TIME-WAIT: of it nothing more is told. */
	assert_string_equal(h.text,
			    PAIR "ESTABLISHED -> FIN_WAIT1\n"
			    PAIR "FIN_WAIT1 -> FIN_WAIT2\n"
			    PAIR "FIN_WAIT2 -> TIME_WAIT\n"
			    PAIR "TIME_WAIT -> CLOSE\n");
	tcp_peer_end(t);
}

static void a_client_names_its_connection(void **state)
{
	family_ipv4_only("the names are written down");

	struct tcp_peer *t = tcp_peer_new(NULL);
	char want[160];
	struct heard h;
	struct ln_sockaddr_in sin;
	uint32_t len = sizeof(sin);
	int fd = tcp_socket(t);

	(void)state;
	listen_to(t, &h, LN_TP_tcp_set_state);
	tcp_connect_to(t, fd);
	assert_int_equal(ln_getsockname(tcp_peer_net(t), fd, &sin, &len), 0);
	tcp_script(t,
		   "+0 > S 0:0(0) <...>\n"
		   "+.1 < R. 0:0(0) ack 1 win 0\n");
	snprintf(want, sizeof(want),
		 "192.168.0.1:%u <-> 192.168.0.2:8080: CLOSE -> SYN_SENT\n"
		 "192.168.0.1:%u <-> 192.168.0.2:8080: SYN_SENT -> CLOSE\n",
		 be16_to_cpu(sin.sin_port), be16_to_cpu(sin.sin_port));
	assert_string_equal(h.text, want);
	tcp_peer_end(t);
}

/* The number tells how many times these bytes were sent again, whatever the cause; segments that
 * leave together are told of together. */
static void retransmissions_are_counted_per_segment(void **state)
{
	struct tcp_peer *t = tcp_peer_new(NULL);
	int fd = tcp_established(t, SACK, 1000, .1);
	struct heard h;
	char want[600];
	uint32_t isn;

	(void)state;
	tcp_write(t, fd, 6000, 0);
	assert_int_equal(tcp_skip(t, 0), 6);
	listen_to(t, &h, LN_TP_tcp_retransmit_skb);
	tcp_script(t,
		   "+.1 < . 1:1(0) ack 1 win 1000 <sack 1001:4001,nop,nop>\n"
		   "+0 > . 1:1001(1000) ack 1\n"
		   "+.1~+.4 > . 1:1001(1000) ack 1\n"
		   "+.1~+.8 > . 1:1001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 4001 win 1000\n"
		   "+0 > . 4001:5001(1000) ack 1\n"
		   "+0 > P. 5001:6001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 5001 win 1000\n"
		   "+.2~+3 > P. 5001:6001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 6001 win 1000\n");
	tcp_write(t, fd, 1000, 0);
	tcp_script(t,
		   "+0 > P. 6001:7001(1000) ack 1\n"
		   "+.2~+3 > P. 6001:7001(1000) ack 1\n"
		   "+.1 < . 1:1(0) ack 7001 win 1000\n");
	assert_int_equal(sscanf(h.text, "again seq %u", &isn), 1);
	snprintf(want, sizeof(want),
		 "again seq %u len 1000, retransmission 1: fast retransmit\n"
		 "again seq %u len 1000, retransmission 2: timeout\n"
		 "again seq %u len 1000, retransmission 3: timeout\n"
		 "again seq %u len 2000, retransmission 1: slow start after a timeout\n"
		 "again seq %u len 1000, retransmission 2: timeout\n"
		 "again seq %u len 1000, retransmission 1: tail loss probe\n",
		 isn, isn, isn, isn + 4000, isn + 5000, isn + 6000);
	assert_string_equal(h.text, want);
	tcp_peer_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_name_their_connection),
		cmocka_unit_test(a_client_names_its_connection),
		cmocka_unit_test(retransmissions_are_counted_per_segment),
	};

	return family_run_both(tests);
}
