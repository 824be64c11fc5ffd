/* SPDX-License-Identifier: MIT */
/* netstat, ss and /proc/net/tcp: sockets in all states, as Linux lists them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "ctl/ss_filter.h"
#include "socket/bare_hosts6.h"
#include "transport/tcp/tcp_metrics.h"
#include "wire/inet_addr.h"

static int tcp_socket(struct host *h)
{
	int fd = ln_socket(h->ln, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static int listener(struct host *h, be32 addr, u16 port, int backlog)
{
	int fd = tcp_socket(h);

	assert_int_equal(bind_to(h, fd, addr, port), 0);
	assert_int_equal(ln_listen(h->ln, fd, backlog), 0);
	return fd;
}

/* b connects from a port of its own choice to a. */
static int connected(struct pair *p, u16 from, u16 to)
{
	int fd = tcp_socket(&p->b);

	assert_int_equal(bind_to(&p->b, fd, 0, from), 0);
	assert_int_equal(connect_to(&p->b, fd, ADDR_A, to), -EINPROGRESS);
	pair_run(p);
	return fd;
}

static int accepted(struct host *h, int fd)
{
	int s = ln_accept(h->ln, fd, NULL, NULL);

	assert_true(s >= 0);
	return s;
}

/*
 * a listens on 80 and 8080, has one connection with unread data (40000), one in TIME-WAIT (40001),
 * one that b closed (40002), one nobody accepted (40003), UDP on 53 with a datagram, a raw socket.
 */
static void make_sockets(struct pair *p)
{
	static const u8 bytes[1000];
	int l = listener(&p->a, 0, 80, 128), fd;
	int one = 1;

	listener(&p->a, ADDR_A, 8080, 5);
	fd = connected(p, 40000, 80);
	accepted(&p->a, l);
	assert_int_equal(ln_send(p->b.ln, fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	pair_run(p);
	fd = connected(p, 40001, 80);
	assert_int_equal(ln_close(p->a.ln, accepted(&p->a, l)), 0);
	pair_run(p);
	assert_int_equal(ln_close(p->b.ln, fd), 0);
	pair_run(p);
	fd = connected(p, 40002, 80);
	accepted(&p->a, l);
	assert_int_equal(ln_close(p->b.ln, fd), 0);
	pair_run(p);
	fd = connected(p, 40003, 8080);
	assert_int_equal(ln_setsockopt(p->b.ln, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, &one, 4), 0);
	fd = udp_socket(&p->a);
	assert_int_equal(bind_to(&p->a, fd, 0, 53), 0);
	fd = udp_socket(&p->b);
	assert_int_equal(bind_to(&p->b, fd, 0, 40004), 0);
	assert_int_equal(connect_to(&p->b, fd, ADDR_A, 53), 0);
	assert_true(ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_RAW, LN_IPPROTO_ICMP) >= 0);
}

static int setup(void **state)
{
	ctl_test_setup(state);
	make_sockets(*state);
	return 0;
}

#define SOCKS_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, ctl_test_teardown)

#define TCP_ROWS(tail) \
	"tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN     " tail \
	"tcp        1      0 10.0.0.1:8080           0.0.0.0:*               LISTEN     " tail \
	"tcp     1000      0 10.0.0.1:80             10.0.0.2:40000          ESTABLISHED" tail \
	"tcp        0      0 10.0.0.1:80             10.0.0.2:40001          TIME_WAIT  " tail \
	"tcp        1      0 10.0.0.1:80             10.0.0.2:40002          CLOSE_WAIT " tail \
	"tcp        0      0 10.0.0.1:8080           10.0.0.2:40003          ESTABLISHED" tail

static void netstat_lists_all(void **state)
{
	struct host *a = &((struct pair *)*state)->a;

	ok(a, "netstat -napt", "Active Internet connections (servers and established)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
	   "PID/Program name    \n" TCP_ROWS(" -                   \n"));
	ok(a, "netstat -an", "Active Internet connections (servers and established)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n"
	   TCP_ROWS("\n")
	   "udp        0      0 0.0.0.0:53              0.0.0.0:*                          \n"
	   "raw        0      0 0.0.0.0:1               0.0.0.0:*               7          \n"
	   "Active UNIX domain sockets (servers and established)\n"
	   "Proto RefCnt Flags       Type       State         I-Node   Path\n");
	ok(a, "netstat -ltn", "Active Internet connections (only servers)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n"
	   "tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN     \n"
	   "tcp        1      0 10.0.0.1:8080           0.0.0.0:*               LISTEN     \n");
	ok(a, "netstat --tcp --numeric -e", "Active Internet connections (w/o servers)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
	   "User       Inode     \n"
	   "tcp     1000      0 10.0.0.1:80             10.0.0.2:40000          ESTABLISHED "
	   "0          0         \n"
	   "tcp        0      0 10.0.0.1:80             10.0.0.2:40001          TIME_WAIT   "
	   "0          0         \n"
	   "tcp        1      0 10.0.0.1:80             10.0.0.2:40002          CLOSE_WAIT  "
	   "0          0         \n"
	   "tcp        0      0 10.0.0.1:8080           10.0.0.2:40003          ESTABLISHED "
	   "0          0         \n");
	fails(a, "netstat -q", -EINVAL, NULL);
}

static void netstat_shows_timers(void **state)
{
	struct pair *p = *state;

	ok(&p->b, "netstat -tno", "Active Internet connections (w/o servers)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State       Timer\n"
	   "tcp        0      0 10.0.0.2:40000          10.0.0.1:80             ESTABLISHED "
	   "off (0.00/0/0)\n"
	   "tcp        0      0 10.0.0.2:40002          10.0.0.1:80             FIN_WAIT2   "
	   "timewait (60.00/0/0)\n"
	   "tcp        0      0 10.0.0.2:40003          10.0.0.1:8080           ESTABLISHED "
	   "keepalive (7200.00/0/0)\n");
	ok(&p->b, "netstat -unp", "Active Internet connections (w/o servers)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
	   "PID/Program name    \n"
	   "udp        0      0 10.0.0.2:40004          10.0.0.1:53             ESTABLISHED "
	   "-                   \n");
}

static void ss_fits_its_columns(void **state)
{
	struct pair *p = *state;

	ok(&p->a, "ss -tan",
	   "State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
	   "LISTEN     0      128          0.0.0.0:80        0.0.0.0:*           \n"
	   "LISTEN     1      5           10.0.0.1:8080      0.0.0.0:*           \n"
	   "ESTAB      1000   0           10.0.0.1:80       10.0.0.2:40000       \n"
	   "TIME-WAIT  0      0           10.0.0.1:80       10.0.0.2:40001       \n"
	   "CLOSE-WAIT 1      0           10.0.0.1:80       10.0.0.2:40002       \n"
	   "ESTAB      0      0           10.0.0.1:8080     10.0.0.2:40003       \n");
	ok(&p->a, "ss -lntu",
	   "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
	   "udp   UNCONN 0      0            0.0.0.0:53        0.0.0.0:*          \n"
	   "tcp   LISTEN 0      128          0.0.0.0:80        0.0.0.0:*          \n"
	   "tcp   LISTEN 1      5           10.0.0.1:8080      0.0.0.0:*          \n");
	ok(&p->b, "ss -u", "Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n"
	   "0      0           10.0.0.2:40004     10.0.0.1:53         \n");
	ok(&p->a, "ss -H -tln", "LISTEN 0      128     0.0.0.0:80   0.0.0.0:*\n"
	   "LISTEN 1      5      10.0.0.1:8080 0.0.0.0:*\n");
	ok(&p->a, "ss -wan", "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
	   "UNCONN 0      0            0.0.0.0:1         0.0.0.0:*          \n");
	ok(&p->b, "ss -to state fin-wait-2",
	   "Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess                 \n"
	   "0      0           10.0.0.2:40002     10.0.0.1:80   timer:(timewait,1min,0)\n");
	shows(&p->a, "ss -s", "TCP:   6 (estab 2, closed 1, orphaned 0, timewait 1)\n");
}

static void ss_tells_what_tcp_knows(void **state)
{
	struct pair *p = *state;
	const char *text = ask(&p->b, "ss -tni sport = :40000", NULL);

	assert_non_null(strstr(text, "10.0.0.2:40000     10.0.0.1:80  \n\t ts sack cubic wscale:"));
	assert_non_null(strstr(text, " mss:1448 pmtu:1500 "));
	assert_non_null(strstr(text, " cwnd:1"));
	assert_non_null(strstr(text, " bytes_sent:1000 bytes_acked:1001 "));
	shows(&p->a, "ss -tnm sport = :80 and dport = :40000", "\n\t skmem:(r");
	shows(&p->a, "ss -tane dport = :40002", " -->");
	shows(&p->a, "ss -tane dport = :40000", " <->");
	shows(&p->a, "ss -O -tni dport = :40000", "10.0.0.2:40000 ts sack cubic ");
}

static void ss_tells_of_marks(void **state)
{
	struct pair *p = *state;
	static const u8 bytes[1000];
	const char *text;
	int fd;

	does(&p->a, "sysctl -q -w net.ipv4.tcp_ecn=3");
	does(&p->b, "sysctl -q -w net.ipv4.tcp_ecn=3");
	listener(&p->a, ADDR_A, 81, 5);
	fd = connected(p, 40009, 81);
	assert_int_equal(ln_send(p->b.ln, fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	pair_advance(p, 100);
	text = ask(&p->b, "ss -tni sport = :40009", NULL);
	assert_non_null(strstr(text, " ts sack ecn"));
	assert_non_null(strstr(text, " delivered_e0_bytes:1000"));
	shows(&p->a, "ss -tni sport = :81 and dport = :40009", " received_e0_bytes:1000");
	hides(&p->a, "ss -tni sport = :81 and dport = :40009", "received_ce");
}

static unsigned rows(struct host *h, const char *filter)
{
	char cmd[128];
	struct strbuf sb;
	const char *text;
	unsigned n = 0;
	int err;

	sb_init(&sb, cmd, sizeof(cmd));
	sb_printf(&sb, "ss -H -tuna %s", filter);
	text = ask(h, cmd, &err);
	assert_int_equal(err, 0);
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void ss_chooses_by_expressions(void **state)
{
	struct host *a = &((struct pair *)*state)->a;

	assert_int_equal(rows(a, ""), 7);
	assert_int_equal(rows(a, "sport = :80"), 4);
	assert_int_equal(rows(a, "sport eq 80 dport = 40001"), 1);
	assert_int_equal(rows(a, "sport = :53 or dport ge 40002"), 3);
	assert_int_equal(rows(a, "not sport = :80"), 3);
	assert_int_equal(rows(a, "'(' sport = :80 or sport = :8080 ')' and dport gt 40001"), 2);
	assert_int_equal(rows(a, "dst 10.0.0.2"), 4);
	assert_int_equal(rows(a, "dst 10.0.0.0/24:40003"), 1);
	assert_int_equal(rows(a, "src 10.0.0.1:8080"), 2);
	assert_int_equal(rows(a, "dst != 10.0.0.2"), 3);
	assert_int_equal(rows(a, "state listening"), 2);
	assert_int_equal(rows(a, "state established state close-wait"), 3);
	assert_int_equal(rows(a, "exclude listening exclude closed exclude time-wait"), 3);
	assert_int_equal(rows(a, "state bucket"), 1);
	assert_int_equal(rows(a, "state connected sport = :80"), 3);
	assert_int_equal(rows(a, "dev eth0"), 0);
	fails(a, "ss -t state foo", -EINVAL, "ss: wrong state name: foo\n");
	fails(a, "ss -t sport", -EINVAL, NULL);
	fails(a, "ss -t sport = x", -EINVAL, NULL);
	fails(a, "ss -t '(' sport = 1", -EINVAL, NULL);
	fails(a, "ss -t sport = 1 ')'", -EINVAL, NULL);
	fails(a, "ss -t foo", -EINVAL, NULL);
	fails(a, "ss -q", -EINVAL, NULL);
	fails(a, "ss -t ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! "
	   "dev eth0",
	      -EINVAL, NULL);
}

/* Addresses are printed as they stand in memory: little-endian machines turn them. */
static void proc_files_are_the_kernels(void **state)
{
	struct host *a = &((struct pair *)*state)->a;

	shows(a, "cat /proc/net/tcp", "\n   0: 00000000:0050 00000000:0000 0A 00000000:00000000 "
	      "00:00000000 00000000     0        0 0 1 0000000000000000 100 0 0 10 0");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	shows(a, "cat /proc/net/tcp", "\n   2: 0100000A:0050 0200000A:9C40 01 00000000:000003E8 ");
	shows(a, "cat /proc/net/tcp", "\n   3: 0100000A:0050 0200000A:9C41 06 00000000:00000000 "
	      "03:00001770 00000000 ");
#endif
	shows(a, "cat /proc/net/udp", "    0: 00000000:0035 00000000:0000 07 00000000:00000000 ");
	shows(a, "cat /proc/net/raw", "    0: 00000000:0001 00000000:0000 07 00000000:00000000 ");
	shows(a, "cat /proc/net/sockstat", "TCP: inuse 5 orphan 0 tw 1 alloc 5 mem ");
	shows(a, "cat /proc/net/sockstat", "RAW: inuse 1\n");
	fails(a, "cat /proc/net/foo", -ENOENT,
	      "cat: /proc/net/foo: No such file or directory\n");
}

static void packet_sockets_are_listed(void **state)
{
	struct host *a = &((struct pair *)*state)->a;
	struct ln_sockaddr_ll ll = { .sll_family = LN_AF_PACKET, .sll_ifindex = 2,
				     .sll_protocol = CONST_BE16(0x0806) };
	int fd = ln_socket(a->ln, LN_AF_PACKET, LN_SOCK_RAW, CONST_BE16(3));

	assert_true(fd >= 0);
	ok(a, "ss -0a", "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
	   "p_raw UNCONN 0      0                  *:*                *           \n");
	assert_int_equal(ln_bind(a->ln, fd, &ll, sizeof(ll)), 0);
	shows(a, "ss -0a", " [2054]:eth0 ");
	shows(a, "cat /proc/net/packet", " 3    0806   2     1 0 ");
}

static void counters_are_told_in_sentences(void **state)
{
	struct host *a = &((struct pair *)*state)->a;

	shows(a, "netstat -s", "Tcp:\n    0 active connection openings\n"
	      "    4 passive connection openings\n");
	shows(a, "netstat -s", "    3 connections established\n");
	hides(a, "netstat -su", "Tcp:");
	hides(a, "netstat -st", "Udp:");
	a->net.mib[MIB_IpInHdrErrors] = 3;
	a->net.mib[MIB_IcmpInEchos] = 2;
	a->net.mib[MIB_TcpExtTCPTimeouts] = 7;
	a->net.mib[MIB_TcpExtDelayedACKLost] = 9;
	shows(a, "netstat -s", "    3 with invalid headers\n");
	shows(a, "netstat -s", "    ICMP input histogram:\n        echo requests: 2\n");
	shows(a, "netstat -s", "    TCPTimeouts: 7\n");
	shows(a, "netstat -s", "    Quick ack mode was activated 9 times\n");
	shows(a, "cat /proc/net/snmp", "\nTcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens "
	      "PassiveOpens AttemptFails EstabResets CurrEstab ");
	shows(a, "cat /proc/net/snmp", "\nTcp: 1 200 120000 -1 0 4 0 0 3 ");
	shows(a, "cat /proc/net/snmp", "Ip: Forwarding DefaultTTL InReceives ");
	shows(a, "cat /proc/net/snmp", "\nIp: 2 64 ");
	shows(a, "cat /proc/net/netstat", "TcpExt: SyncookiesSent ");
}

/* As iproute2: what is not known is left out; locked ones are not marked. */
static void metrics_of_tcp(void **state)
{
	struct host *a = &((struct pair *)*state)->a;
	struct ip6_addr me = ipv6_addr_v4mapped_of(INET_ADDR4(192, 168, 0, 1));
	struct ip6_addr peer = ipv6_addr_v4mapped_of(INET_ADDR4(192, 0, 2, 1));
	struct tcp_metrics *m = tcp_metrics_make(&a->net, &me, &peer);

	m->val[TCP_METRIC_RTT] = 300726 << 3;
	m->val[TCP_METRIC_RTTVAR] = 150363 << 2 | 1;
	m->val[TCP_METRIC_CWND] = 10;
	m->stamp = a->net.now - 108 * NSEC_PER_MSEC;
	shows(a, "ip tcp_metrics show", "192.0.2.1 age 0.108sec cwnd 10 rtt 300726us rttvar "
	      "150363us source 192.168.0.1\n");
	m->val[TCP_METRIC_SSTHRESH] = 7;
	m->val[TCP_METRIC_REORDERING] = 9;
	shows(a, "ip tcp_metrics show 192.0.2.1", " ssthresh 7 cwnd 10 reordering 9 rtt ");
	hides(a, "ip tcp_metrics show 192.0.2.2", "rtt");
	shows(a, "ip tcp_metrics flush 192.0.2.1", "");
	hides(a, "ip tcp_metrics", "192.0.2.1");
}

/* What a and b show after a while, with connections that rest and without. */
static char *shown_after_a_while(int rest_ms, u32 *resting)
{
	static const char *const cmds[] = {
		"ss -tanoiem", "ss -s", "ss -tn sport = :80", "ss -tn dev eth0", "netstat -anto",
		"netstat -s", "cat /proc/net/tcp", "cat /proc/net/sockstat",
	};
	char *all = calloc(1, 65536);
	size_t n = 0;
	struct pair *p;
	void *state;

	ctl_test_setup(&state);
	p = state;
	p->a.net.sysctl.tcp_rest_ms = p->b.net.sysctl.tcp_rest_ms = rest_ms;
	make_sockets(p);
	pair_advance(p, 10000);
	*resting = p->a.net.tcp->rest.count + p->b.net.tcp->rest.count;
	for (int i = 0; i < 2; i++) {
		for (size_t c = 0; c < ARRAY_SIZE(cmds); c++) {
			const char *got = ask(i ? &p->b : &p->a, cmds[c], NULL);
			size_t len = strlen(got);

			assert_true(len > 0 && n + len < 65536);
			memcpy(all + n, got, len);
			n += len;
		}
	}
	/* To look does not wake. */
	assert_int_equal(*resting, p->a.net.tcp->rest.count + p->b.net.tcp->rest.count);
	ctl_test_teardown(&state);
	return all;
}

static void connections_at_rest_look_like_others(void **state)
{
	u32 resting;
	char *without = shown_after_a_while(0, &resting), *with;

	(void)state;
	assert_int_equal(resting, 0);
	with = shown_after_a_while(1000, &resting);
	assert_int_equal(resting, 2);
	assert_string_equal(with, without);
	free(with);
	free(without);
}

static int listener6(struct host *h, const char *addr, u16 port, bool v6only)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_STREAM, 0);

	if (v6only)
		assert_int_equal(opt_on(h, fd, LN_SOL_IPV6, LN_IPV6_V6ONLY), 0);
	assert_int_equal(bind_to6(h, fd, addr, port), 0);
	assert_int_equal(ln_listen(h->ln, fd, 5), 0);
	return fd;
}

/* As ss, net-tools and the kernel show them; * is who is open to both families. */
static void sockets_of_ipv6(void **state)
{
	struct pair *p = *state;
	struct host *a = &p->a;
	int l, fd;

	host_init6(&p->a, "fd00::1");
	host_init6(&p->b, "fd00::2");
	l = listener6(a, "::", 80, false);
	listener6(a, "::", 81, true);
	connected(p, 40000, 80);
	accepted(a, l);
	fd = ln_socket(p->b.ln, LN_AF_INET6, LN_SOCK_STREAM, 0);
	assert_int_equal(bind_to6(&p->b, fd, "fd00::2", 40001), 0);
	assert_int_equal(connect_to6(&p->b, fd, "fd00::1", 80), -EINPROGRESS);
	pair_run(p);
	accepted(a, l);
	fd = ln_socket(a->ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);
	assert_int_equal(bind_to6(a, fd, "::", 53), 0);
	udp_bound(a, 0, 54);
	ok(a, "ss -tan",
	   "State  Recv-Q Send-Q     Local Address:Port      Peer Address:Port Process\n"
	   "LISTEN 0      5                      *:80                   *:*           \n"
	   "LISTEN 0      5                   [::]:81                [::]:*           \n"
	   "ESTAB  0      0      [::ffff:10.0.0.1]:80   [::ffff:10.0.0.2]:40000       \n"
	   "ESTAB  0      0              [fd00::1]:80           [fd00::2]:40001       \n");
	ok(a, "ss -6 -Huan", "UNCONN 0      0      *:53 *:*\n");
	ok(a, "ss -4 -Huan", "UNCONN 0      0      0.0.0.0:54 0.0.0.0:*\n");
	shows(a, "ss -Htan dst [fd00::2]:40001", "[fd00::1]:80");
	shows(a, "ss -Htan dst fd00::/64 and sport = 80", "[fd00::2]:40001");
	shows(a, "ss -Htan dst 10.0.0.2", "[::ffff:10.0.0.2]:40000");
	ok(a, "ss -Htan dst fd01::/64", "");
	shows(a, "ss -Htan state established '( dport = :ssh or sport = :http )'", "10.0.0.1]:80");
	ok(a, "ss -Htan dst :https", "");
	fails(a, "ss -tan sport = :nosuch", -EINVAL, NULL);
	fails(a, "ss -tan dst [fd00::2:40001", -EINVAL, NULL);
	shows(a, "ss -s", "UDP\t  2         1         1        \nTCP\t  4         0         4");
	ok(a, "netstat -atn", "Active Internet connections (servers and established)\n"
	   "Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n"
	   "tcp6       0      0 :::80                   :::*                    LISTEN     \n"
	   "tcp6       0      0 :::81                   :::*                    LISTEN     \n"
	   "tcp6       0      0 10.0.0.1:80             10.0.0.2:40000          ESTABLISHED\n"
	   "tcp6       0      0 fd00::1:80              fd00::2:40001           ESTABLISHED\n");
	shows(a, "netstat -6 -aun", "udp6       0      0 :::53                   :::*   ");
	shows(a, "cat /proc/net/tcp6",
	      "0000000000000000FFFF00000100000A:0050 0000000000000000FFFF00000200000A:9C40 01 ");
	shows(a, "cat /proc/net/tcp6",
	      "000000FD000000000000000001000000:0050 000000FD000000000000000002000000:9C41 01 ");
	shows(a, "cat /proc/net/udp6",
	      "00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 ");
	shows(a, "cat /proc/net/sockstat", "TCP: inuse 0 orphan 0 tw 0 alloc 4 mem ");
	shows(a, "cat /proc/net/sockstat", "\nUDP: inuse 1 mem ");
	shows(a, "cat /proc/net/sockstat6", "TCP6: inuse 4\nUDP6: inuse 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOCKS_TEST(netstat_lists_all),
		SOCKS_TEST(netstat_shows_timers),
		SOCKS_TEST(ss_fits_its_columns),
		SOCKS_TEST(ss_tells_what_tcp_knows),
		SOCKS_TEST(ss_tells_of_marks),
		SOCKS_TEST(ss_chooses_by_expressions),
		SOCKS_TEST(proc_files_are_the_kernels),
		SOCKS_TEST(packet_sockets_are_listed),
		SOCKS_TEST(counters_are_told_in_sentences),
		SOCKS_TEST(metrics_of_tcp),
		cmocka_unit_test_setup_teardown(sockets_of_ipv6, ctl_test_setup,
						ctl_test_teardown),
		cmocka_unit_test(connections_at_rest_look_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
