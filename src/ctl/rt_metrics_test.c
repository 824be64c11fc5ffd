/* SPDX-License-Identifier: MIT */
/* Metrics of routes: read, shown, and, for IPv6, obeyed by TCP (IPv4: tests/pkt/metrics). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "socket/bare_hosts6.h"
#include "wire/tcp.h"

#define WORDS "mtu 1400 advmss 1000 window 30000 rtt 100ms rttvar 50 rto_min 40ms initcwnd 4 " \
	"initrwnd 5 ssthresh 20 cwnd lock 30 reordering 7 congctl reno quickack 1 features ecn " \
	"fastopen_no_cookie 1 hoplimit 33"
#define SHOWN "mtu 1400 window 30000 rtt 100ms rttvar 12ms ssthresh 20 cwnd lock 30 advmss 1000 " \
	"reordering 7 hoplimit 33 initcwnd 4 features ecn rto_min lock 40ms initrwnd 5 " \
	"quickack 1 congctl reno fastopen_no_cookie 1 "
#define JSON "\"metrics\":[{\"mtu\":1400,\"window\":30000,\"rtt\":100,\"rttvar\":12," \
	"\"ssthresh\":20,\"cwnd\":30,\"advmss\":1000,\"reordering\":7,\"hoplimit\":33," \
	"\"initcwnd\":4,\"ecn\":null,\"rto_min\":40,\"initrwnd\":5,\"quickack\":1," \
	"\"congestion\":\"reno\",\"fastopen_no_cookie\":1}]"

static void shown_as_ip_does(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip route add 10.1.0.0/24 via 10.0.0.2 " WORDS);
	ok(h, "ip route show 10.1.0.0/24", "10.1.0.0/24 via 10.0.0.2 dev eth0 " SHOWN "\n");
	ok(h, "ip -j route show 10.1.0.0/24", "[{\"dst\":\"10.1.0.0/24\",\"gateway\":\"10.0.0.2\","
	   "\"dev\":\"eth0\",\"flags\":[]," JSON "}]\n");
	ok(h, "ip route get 10.1.0.4", "10.1.0.4 via 10.0.0.2 dev eth0 src 10.0.0.1 uid 0 \n"
	   "    cache " SHOWN "\n");
	does(h, "ip route add 10.2.0.0/24 via 10.0.0.2 rtt 1.5s rttvar 1500ms rto_min 3 "
	     "mtu lock 90000 advmss 90000 cwnd lock 0 initcwnd 0");
	ok(h, "ip route show 10.2.0.0/24", "10.2.0.0/24 via 10.0.0.2 dev eth0 mtu lock 65520 "
	   "rtt 1.5s rttvar 1.5s cwnd lock 0 advmss 65495 rto_min lock 3ms \n");
}

static void shown_as_ip_does_6(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip -6 route add fd01::/64 via fd00::2 " WORDS);
	ok(h, "ip -6 route show fd01::/64",
	   "fd01::/64 via fd00::2 dev eth0 metric 1024 " SHOWN "pref medium\n");
	ok(h, "ip -6 -j route show fd01::/64", "[{\"dst\":\"fd01::/64\",\"gateway\":\"fd00::2\","
	   "\"dev\":\"eth0\",\"metric\":1024,\"flags\":[]," JSON ",\"pref\":\"medium\"}]\n");
	ok(h, "ip route get fd01::5",
	   "fd01::5 from :: via fd00::2 dev eth0 src fd00::1 metric 1024 " SHOWN "pref medium\n");
	does(h, "ip -6 route replace fd01::/64 via fd00::2 rto_min 1300");
	ok(h, "ip -6 route show fd01::/64",
	   "fd01::/64 via fd00::2 dev eth0 metric 1024 rto_min lock 1.3s pref medium\n");
	does(h, "ip -6 route change fd01::/64 via fd00::2");
	ok(h, "ip -6 route show fd01::/64",
	   "fd01::/64 via fd00::2 dev eth0 metric 1024 pref medium\n");
	does(h, "ip -6 route del fd01::/64");
}

/* Two that differ in nothing else are two routes, and each is deleted by what it says. */
static void tell_routes_apart(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip route add 10.5.0.0/24 via 10.0.0.2 initcwnd 4");
	fails(h, "ip route add 10.5.0.0/24 via 10.0.0.2 initcwnd 5", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	does(h, "ip route append 10.5.0.0/24 via 10.0.0.2 initcwnd 5");
	ok(h, "ip route show 10.5.0.0/24", "10.5.0.0/24 via 10.0.0.2 dev eth0 initcwnd 4 \n"
	   "10.5.0.0/24 via 10.0.0.2 dev eth0 initcwnd 5 \n");
	fails(h, "ip route del 10.5.0.0/24 initcwnd 6", -ESRCH,
	      "RTNETLINK answers: No such process\n");
	does(h, "ip route del 10.5.0.0/24 initcwnd 5");
	does(h, "ip route replace 10.5.0.0/24 via 10.0.0.2");
	ok(h, "ip route show 10.5.0.0/24", "10.5.0.0/24 via 10.0.0.2 dev eth0 \n");
}

static void wrong_words(void **state)
{
	static const char *const bad[][3] = {
		{ "rtt abc", "abc", "\"rtt\" value is invalid" },
		{ "rto_min 1us", "1us", "\"rto_min\" value is invalid" },
		{ "advmss x", "x", "\"mss\" value is invalid" },
		{ "hoplimit 300", "300", "\"hoplimit\" value is invalid" },
		{ "quickack 7", "7", "\"quickack\" value should be 0 or 1" },
		{ "features foo", "foo", "\"features\" value not valid" },
		{ "cwnd lock x", "x", "\"cwnd\" value is invalid" },
	};
	struct host *h = &((struct pair *)*state)->a;
	char cmd[128], text[128];
	struct strbuf sb;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sb_init(&sb, cmd, sizeof(cmd));
		sb_printf(&sb, "ip route add 10.5.0.0/24 via 10.0.0.2 %s", bad[i][0]);
		sb_init(&sb, text, sizeof(text));
		sb_printf(&sb, "Error: argument \"%s\" is wrong: %s\n", bad[i][1], bad[i][2]);
		fails(h, cmd, -EINVAL, text);
	}
	fails(h, "ip route add 10.5.0.0/24 via 10.0.0.2 congctl foo", -EINVAL,
	      "Error: Unknown tcp congestion algorithm.\n");
	fails(h, "ip route add 10.5.0.0/24 via 10.0.0.2 initcwnd", -EINVAL,
	      "Command line is not complete. Try option \"help\"\n");
}

/* ---- obeyed ---- */

static const struct tcphdr *last_tcp(const struct pair *p, const struct ipv6hdr **h)
{
	*h = (const void *)(p->last + ETH_HLEN);
	return (const void *)(*h + 1);
}

static int begin_connect(struct pair *p, u16 port)
{
	int fd = ln_socket(p->a.ln, LN_AF_INET6, LN_SOCK_STREAM, 0);

	assert_int_equal(connect_to6(&p->a, fd, "fd00::2", port), -EINPROGRESS);
	pair_run(p);
	return fd;
}

static void obeyed_by_tcp6(void **state)
{
	struct pair *p = *state;
	int lfd = ln_socket(p->b.ln, LN_AF_INET6, LN_SOCK_STREAM, 0), fd;
	struct ln_tcp_info info;
	const struct ipv6hdr *h;
	const struct tcphdr *th;
	u32 n = sizeof(info);
	char ca[16];

	assert_int_equal(bind_to6(&p->b, lfd, "::", 80), 0);
	assert_int_equal(ln_listen(p->b.ln, lfd, 8), 0);
	begin_connect(p, 81);		/* nobody there, but the neighbour is known now */
	does(&p->a, "ip -6 route replace fd00::/64 dev eth0 proto kernel metric 256 initcwnd 3 "
	     "rto_min 50ms advmss 1000 initrwnd 7 hoplimit 33 features ecn congctl lock reno");
	p->cut = true;
	begin_connect(p, 80);
	th = last_tcp(p, &h);
	assert_int_equal(h->hop_limit, 33);
	assert_int_equal(th->flags, TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR);
	assert_int_equal(be16_to_cpu(th->window), 7000);
	p->cut = false;
	fd = begin_connect(p, 80);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_TCP, LN_TCP_INFO, &info, &n), 0);
	assert_int_equal(info.tcpi_state, TCP_ESTABLISHED);
	assert_int_equal(info.tcpi_snd_cwnd, 3);
	assert_int_equal(info.tcpi_advmss, 1000 - TCPOLEN_TSTAMP_ALIGNED);
	assert_true(info.tcpi_options & 8);	/* ECN */
	assert_in_range(info.tcpi_rto, 1000, 60000);
	n = sizeof(ca);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_TCP, LN_TCP_CONGESTION, ca, &n), 0);
	assert_string_equal(ca, "reno");
	assert_int_equal(ln_setsockopt(p->a.ln, fd, LN_SOL_TCP, LN_TCP_CONGESTION, "cubic", 5),
			 -EPERM);
}

/* What ICMP says of the path counts, unless the route's MTU is locked. */
static void mtu_is_locked(void **state)
{
	struct host *a = &((struct pair *)*state)->a;
	struct ip6_addr peer;
	struct flowi6 fl = { .oif = 0 };
	struct rt6_info *rt;

	assert_true(ip6_addr_parse("fd00::2", &peer));
	does(a, "ip -6 route replace fd00::/64 dev eth0 proto kernel metric 256 mtu 1450");
	ip6_update_pmtu(&a->net, &peer, 1300);
	fl.daddr = peer;
	assert_int_equal(ip6_route_output(&a->net, &fl, &rt), 0);
	assert_int_equal(ip6_dst_mtu(rt, &peer), 1300);
	dst_release(&rt->dst);
	does(a, "ip -6 route replace fd00::/64 dev eth0 proto kernel metric 256 mtu lock 1450");
	assert_int_equal(ip6_route_output(&a->net, &fl, &rt), 0);
	assert_int_equal(ip6_dst_mtu(rt, &peer), 1450);
	dst_release(&rt->dst);
}

#define TEST6(fn) cmocka_unit_test_setup_teardown(fn, pair6_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(shown_as_ip_does), TEST6(shown_as_ip_does_6),
		CTL_TEST(tell_routes_apart), CTL_TEST(wrong_words),
		TEST6(obeyed_by_tcp6), TEST6(mtu_is_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
