/* SPDX-License-Identifier: MIT */
/* The runner: what passes, and what is told when a line does not hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "drill/drill.h"

#define LISTEN \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" \
	"+0 bind(3, ..., ...) = 0\n" \
	"+0 listen(3, 1) = 0\n"
#define ESTABLISHED LISTEN \
	"+0 < S 0:0(0) win 32792 <mss 1000,nop,wscale 7>\n" \
	"+0 > S. 0:0(0) ack 1 <...>\n" \
	"+.1 < . 1:1(0) ack 1 win 257\n" \
	"+0 accept(3, ..., ...) = 4\n"

static char *said;

static int run_as(const char *text, bool strict)
{
	size_t len;
	FILE *f = open_memstream(&said, &len);
	struct drill_options o = { .out = f, .err = f, .strict = strict };
	int status = drill_text("t", text, &o);

	fclose(f);
	return status;
}

static void run_is(const char *text, bool strict, int status, const char *tells)
{
	assert_int_equal(run_as(text, strict), status);
	if (!strstr(said, tells))
		fail_msg("this was told:\n%swithout:\n%s", said, tells);
	free(said);
}

static void passes(const char *text)
{
	int status = run_as(text, true);

	if (status)
		fail_msg("%s", said);
	free(said);
}

static void fails(const char *text, const char *tells)
{
	run_is(text, false, DRILL_FAILED, tells);
}

static void packets_are_compared(void **state)
{
	(void)state;
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > . 1:101(100) ack 1",
	      "t:9: the flags are P., not .\n  script:   +0 > . 1:101(100) ack 1\n"
	      "  expected: 0.200000 > . 1:101(100) ack 1\n"
	      "  came:     0.200000 > P. 1:101(100) ack 1 win 502\n"
	      "  socket:   ESTABLISHED ca Open cwnd 10 ");
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > P. 1:100(99) ack 1",
	      "the length is 100, not 99");
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 2",
	      "ack is 1, not 2");
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 win 3",
	      "win is 502, not 3");
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 <nop>",
	      "missing option nop");
	fails(LISTEN "+0 < S 0:0(0) win 1000 <mss 1000,nop,wscale 7>\n"
	      "+0 > S. 0:0(0) ack 1 <mss 1460>", "option nop is too many");
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > [ect0] P. 1:101(100) ack 1",
	      "came:     0.200000 > [noecn] P. 1:101(100)");
}

/* What no descriptor stands for: not accepted, closed, gone; a listener. */
static void sockets_are_told(void **state)
{
#define CLOSED ESTABLISHED "+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n"
	(void)state;
	fails(LISTEN "+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 2 <...>\n",
	      "  socket:   nobody's: SYN-RECV 0 0 192.168.0.1:8080 192.0.2.1:33000 timer:(on,");
	fails(CLOSED "+0 > . 2:2(0) ack 1\n",
	      "  socket:   nobody's: FIN-WAIT-1 0 1 192.168.0.1:8080 192.0.2.1:33000 timer:(on,");
	fails(CLOSED "+0 < F. 1:1(0) ack 2 win 257\n+0 > . 2:2(0) ack 3\n",
	      "  socket:   nobody's: TIME-WAIT 0 0 ");
	fails(CLOSED "+0 < R 1:1(0) win 0\n+0 > . 2:2(0) ack 1\n",
	      "  socket:   none: there is no connection of these ports\n");
	fails(LISTEN "+0 listen(3, 7) = 1\n", "  socket:   LISTEN, 0 of 7 connections wait for ");
#undef CLOSED
}

/* Keys that sign: what came is signed by another one, under other ids, with another algorithm. */
static void signatures_are_compared(void **state)
{
#define SIGNED(option, got, want) \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" \
	"+0 setsockopt(3, SOL_TCP, " option ", ...) = 0\n" \
	"+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n" \
	"+0 < S 0:0(0) win 1000 <" got ">\n+0 > S. 0:0(0) ack 1 <" want ",mss 1460>"
#define MD5 "TCP_MD5SIG, {tcpm_key=\"one\"}"
#define AO "TCP_AO_ADD_KEY, {sndid=1, rcvid=2, key=\"one\"}"
	(void)state;
	passes(SIGNED(MD5, "md5 \"one\"", "nop,nop,md5 \"one\""));
	fails(SIGNED(MD5, "md5 \"one\"", "nop,nop,md5 \"two\""), " instead of md5 \"two\"");
	fails(SIGNED(MD5, "md5 \"two\"", "nop,nop,md5 \"one\""), "nothing was sent");
	passes(SIGNED(AO, "ao 2 1 \"one\"", "ao 1 2 \"one\""));
	fails(SIGNED(AO, "ao 2 1 \"one\"", "ao 1 2 \"two\""), " instead of ao 1 2 \"two\"");
	fails(SIGNED(AO, "ao 2 1 \"one\"", "ao 1 3 \"one\""), " instead of ao 1 3 \"one\"");
	fails(SIGNED(AO, "ao 2 1 \"one\"", "ao 1 2 cmac exclude_options \"one\""),
	      " instead of ao 1 2 cmac exclude_options \"one\"");
	fails(SIGNED(AO, "ao 2 1 \"one\"", "ao 1 2 maclen 8 \"one\""),
	      " instead of ao 1 2 maclen 8 \"one\"");
	fails(SIGNED(AO, "ao 2 1 sha256 \"one\"", "ao 1 2 \"one\""), "nothing was sent");
	run_is(SIGNED(AO, "ao 2 1 sha512 \"one\"", "ao 1 2 \"one\""), false, DRILL_BAD,
	       "t:5:32: expected ");
	fails(SIGNED(AO, "ao 2 1 \"one\"", "ao 1 2 \"one\"")
	      "\n+0 getsockopt(3, SOL_TCP, TCP_AO_INFO, {pkt_good=7}, ...) = 0",
	      "pkt_good is 1 (0x1), expected 7");
}

/* Counters of the machine, and why it dropped packets. */
static void counters_are_compared(void **state)
{
	(void)state;
	passes(ESTABLISHED "+0 %{ assert TcpPassiveOpens == 1 and TcpExtTCPMD5Failure == 0\n"
	       "assert SKB_DROP_REASON_TCP_MD5UNEXPECTED == 0 }%\n"
	       "+0 < . 1:1(0) ack 1 win 257 <md5 00112233445566778899aabbccddeeff,nop,nop>\n"
	       "+0 %{ assert TcpExtTCPMD5Unexpected == 1\n"
	       "assert SKB_DROP_REASON_TCP_MD5UNEXPECTED == 1 }%\n");
	fails(ESTABLISHED "+0 %{ assert TcpPassiveOpens == 2, TcpPassiveOpens }%",
	      "does not hold: TcpPassiveOpens == 2; it is 1");
	run_is(ESTABLISHED "+0 %{ assert TcpPassiveOpened == 2 }%", false, DRILL_BAD,
	       "or a counter, as TcpOutRsts");
	run_is(ESTABLISHED "+0 %{ assert SKB_DROP_REASON_NONE_SUCH == 2 }%", false, DRILL_BAD,
	       "or a counter, as TcpOutRsts");
}

/* The four packets of a handshake that is reset, both ways, as blocks of a pcapng file. */
static void the_conversation_is_written(void **state)
{
	char path[] = "/tmp/drill_test.XXXXXX";
	static const uint8_t flags[] = { 2, 18, 16, 20 };	/* S, S., ., R. */
	static uint8_t bytes[65536];
	struct drill_options o = { .out = stderr, .err = stderr, .pcap = path };
	int fd = mkstemp(path);
	uint32_t block[7];
	unsigned packets = 0;
	ptrdiff_t n, at;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(drill_text("t", LISTEN
		"+0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>\n"
		"+0 > S. 0:0(0) ack 1 <...>\n+.1 < . 1:1(0) ack 1 win 257\n"
		"+.5 < R. 1:1(0) ack 1 win 257\n", &o), DRILL_OK);
	n = read(fd, bytes, sizeof(bytes));
	for (at = 0; at + (ptrdiff_t)sizeof(block) < n; at += block[1]) {
		const uint8_t *ip = bytes + at + 28 + 14;

		memcpy(block, bytes + at, sizeof(block));
		assert_in_range(block[1], 12, n - at);
		if (block[0] != 6)	/* a packet */
			continue;
		assert_int_equal(ip[0], 0x45);
		assert_int_equal(ip[13], packets == 1 ? 168 : 0);	/* 192.168.0.1, 192.0.2.1 */
		assert_int_equal(ip[20 + 13], flags[packets % 4]);
		packets++;
	}
	assert_int_equal(packets, 4);
	close(fd);
	unlink(path);
}

static void times_are_compared(void **state)
{
	(void)state;
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+.1 > P. 1:101(100) ack 1",
	      "sent at 0.200000, expected at 0.300000");
	fails(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n"
	      "+.1 > P. 1:101(100) ack 1", "sent at 0.500000, expected at 0.300000");
	fails(ESTABLISHED "+.1~.2 > P. 1:101(100) ack 1", "nothing was sent by 0.304");
	passes(ESTABLISHED "+.1 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n"
	       "+.2~.5 > P. 1:101(100) ack 1\n* > P. 1:101(100) ack 1\n"
	       "+.1 < . 1:1(0) ack 101 win 257\n");
}

static void results_are_compared(void **state)
{
	(void)state;
	fails("0 socket(..., SOCK_STREAM, 0) = 3\n+0 listen(3, 1) = -1 EINVAL",
	      "t:2: listen() returned 0, expected -1 EINVAL");
	fails(LISTEN "+0 bind(3, ..., ...) = 0", "bind() failed with EINVAL (Invalid argument), "
	      "expected 0");
	fails(LISTEN "+0 bind(3, ..., ...) = -1 EBADF", "bind() failed with EINVAL (Invalid "
	      "argument), expected EBADF");
	fails(LISTEN "+0 getsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], [4]) = 0",
	      "getsockopt(): the value is 0 (0), expected 1");
	fails(ESTABLISHED "+0 poll([{fd=4, events=POLLOUT, revents=POLLIN}], 1, 0) = 1",
	      "poll(): revents is 4 (0x4), expected POLLIN");
	fails("0 close(77) = 0", "close() failed with EBADF");
}

static void calls_block(void **state)
{
	(void)state;
	passes(LISTEN "+0...0.2 accept(3, ..., ...) = 4\n"
	       "+.1 < S 0:0(0) win 32792 <mss 1000,nop,wscale 7>\n"
	       "+0 > S. 0:0(0) ack 1 <...>\n"
	       "+.1 < . 1:1(0) ack 1 win 257\n");
	fails(LISTEN "+0...0.1 accept(3, ..., ...) = 4\n"
	      "+.2 < S 0:0(0) win 32792 <mss 1000,nop,wscale 7>\n"
	      "+0 > S. 0:0(0) ack 1 <...>\n"
	      "+0 < . 1:1(0) ack 1 win 257\n",
	      "t:4: accept() returned at 0.200000, expected at 0.100000");
	fails(LISTEN "+0 accept(3, ..., ...) = 4", "accept() blocks; a line that may wait");
	fails(LISTEN "+0...0.5 accept(3, ..., ...) = 4", "accept() still blocks at 0.504000");
	passes(LISTEN "+0...0.25 poll([{fd=3, events=POLLIN, revents=0}], 1, 250) = 0");
	passes(LISTEN "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
	       "+0 accept(3, ..., ...) = -1 EAGAIN");
}

static void strict_wants_all(void **state)
{
	static const char text[] = ESTABLISHED "+.1 write(4, ..., 100) = 100\n";

	(void)state;
	run_is(text, false, DRILL_OK, "");
	run_is(text, true, DRILL_FAILED, "a packet was sent that no line awaits");
}

/* What leaves as segments may be awaited as one packet, as where a card segments. */
static void segments_may_be_one(void **state)
{
	(void)state;
	passes(ESTABLISHED "+.1 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1\n"
	       "+.1 < . 1:1(0) ack 3001 win 257\n");
	passes(ESTABLISHED "+.1 write(4, ..., 3000) = 3000\n+0 > . 1:1001(1000) ack 1\n"
	       "+0 > P. 1001:3001(2000) ack 1\n+.1 < . 1:1(0) ack 3001 win 257\n");
}

static void code(void **state)
{
	(void)state;
	passes(ESTABLISHED "+0 %{ assert tcpi_snd_cwnd == 10 and not tcpi_unacked, tcpi_snd_cwnd\n"
	       "x = (2 + 3) * 4 // 3  # 6\nassert x == 6; assert 5 < x <= 6 and x in (1, 6)\n"
	       "assert (tcpi_options & TCPI_OPT_SACK) == 0 or False\n"
	       "assert abs(-3) == max(1, 3) and 0x10 >> 2 == 4 and 7 % 4 == 3 and -1 < 0 }%");
	fails(ESTABLISHED "+0 %{ assert tcpi_snd_cwnd == 9, tcpi_snd_cwnd }%",
	      "t:8: does not hold: tcpi_snd_cwnd == 9; it is 10");
	fails(ESTABLISHED "+0 %{ assert 1 == 2, \"no\" }%", "does not hold: 1 == 2; no");
	run_is(ESTABLISHED "+0 %{ assert tcpi_foo == 9 }%", false, DRILL_BAD,
	       "expected a field of tcp_info, as tcpi_snd_cwnd, or a counter, as TcpOutRsts, not "
	       "\"tcpi_foo == 9 \"");
	run_is(ESTABLISHED "+0 %{ assert (1 == 2, 'no') }%", false, DRILL_BAD,
	       "a condition, not a tuple or a string, which always holds");
	run_is(ESTABLISHED "+0 %{ print(tcpi_snd_cwnd + 1) }%", false, DRILL_OK, "11 \n");
	/* Variables last. */
	passes(ESTABLISHED "+0 %{ was = tcpi_snd_cwnd }%\n+.1 write(4, ..., 100) = 100\n"
			   "+0 > P. 1:101(100) ack 1\n+.1 < . 1:1(0) ack 101 win 257\n"
			   "+0 %{ assert tcpi_snd_cwnd == was, was; was = 3; assert was == 3 }%");
}

/* What only Python can read. */
static void code_of_python(void **state)
{
	(void)state;
	if (system("python3 -c ''") != 0)
		skip();
	passes(ESTABLISHED
	       "+0 %{ was = 9; was = tcpi_snd_cwnd }%\n"
	       "+0 %{\nimport math\ndef twice(x):\n\treturn 2 * x\n"
	       "if was == 10:\n\tnow = twice(was)\nelse:\n\tassert False, 'was %d' % was\n}%\n"
	       "+.1 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n"
	       "+0 %{ assert (now, tcpi_unacked) == (20, 1), (now, tcpi_unacked) }%\n"
	       "+0 %{ assert math.sqrt(16) == 4 and True }%");
	run_is(ESTABLISHED
	       "+0 %{ x = [tcpi_snd_cwnd] * 2; print('cwnd %d, %s' % (x[1], TCP_CLOSE)) }%",
	       false, DRILL_OK, "cwnd 10, 7\n");
	fails(ESTABLISHED "+0 %{ assert [tcpi_snd_cwnd] == [9], 'cwnd=%d' % tcpi_snd_cwnd }%",
	      "t:8: in %{ }%: AssertionError: cwnd=10");
	run_is(ESTABLISHED "+0 %{ import nonesuch }%", false, DRILL_BAD,
	       "expected assert, print()");
}

/* Whose packet it is: the ports say so. */
static void ports_are_named(void **state)
{
	(void)state;
	passes(LISTEN
	       "+0 < 1234>8080 S 0:0(0) win 32792 <mss 1000>\n"
	       "+0 > 8080>1234 S. 0:0(0) ack 1 <...>\n"
	       "+0 < 1235>8080 S 5:5(0) win 32792 <mss 1000>\n"
	       "+0 > 8080>1235 S. 0:0(0) ack 6 <...>\n"
	       "+0 < 1234>8080 . 1:1(0) ack 1 win 257\n"
	       "+0 accept(3, {sa_family=AF_INET, sin_port=htons(1234), sin_addr=...}, [16]) = 4\n"
	       "+0 < 1235>8080 . 1:1(0) ack 1 win 257\n"
	       "+0 accept(3, {sa_family=AF_INET, sin_port=htons(1235), sin_addr=...}, [16]) = 5\n"
	       "+0 write(4, ..., 100) = 100\n+0 > 8080>1234 P. 1:101(100) ack 1\n"
	       "+0 write(5, ..., 10) = 10\n+0 > 8080>1235 P. 1:11(10) ack 1\n"
	       "+0 < 1234>8080 R. 1:1(0) ack 101 win 257\n"
	       "+0 < 1235>8080 . 1:1(0) ack 11 win 257\n");
	passes("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
	       "+0 connect(3, ..., ...) = -1 EINPROGRESS (now)\n"
	       "+0 > 55>8080 S 0:0(0) <...>\n+0 < 8080>55 S. 0:0(0) ack 1 win 257 <mss 1000>\n"
	       "+0 > 55>8080 . 1:1(0) ack 1");
	passes("0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n"
	       "+0 < udp 53>8080 (100)\n+0 < udp 54>8080 (10)\n"
	       "+0 recvfrom(3, ..., 200, 0, {sa_family=AF_INET, sin_port=htons(53), "
	       "sin_addr=inet_addr(\"192.0.2.1\")}, [16]) = 100\n"
	       "+0 sendto(3, ..., 7, 0, {sa_family=AF_INET, sin_port=htons(54), "
	       "sin_addr=inet_addr(\"192.0.2.1\")}, 16) = 7\n+0 > udp 8080>54 (7)\n"
	       "+0 < icmp echo_request id 5\n+0 > icmp echo_reply id 5\n");
	fails(LISTEN "+0 < 1234>8080 S 0:0(0) win 32792 <mss 1000>\n"
		     "+0 < 1235>8080 S 0:0(0) win 32792 <mss 1000>\n"
		     "+0 > 8080>1235 S. 0:0(0) ack 1 <...>\n",
	      "this packet belongs to another connection (ports 8080 to 1234)");
	fails("0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 < icmp echo_request id 5\n"
	      "+0 > icmp echo_reply id 6",
	      "id is 5, not 6");
}

static void flow_labels_are_compared(void **state)
{
	(void)state;
	passes("--ip_version=ipv6\n" LISTEN
	       "+0 < [flowlabel 0x7, ttl 9] S 0:0(0) win 32792 <mss 1000>\n"
	       "+0 > S. 0:0(0) ack 1 <...>");
	fails("--ip_version=ipv6\n" LISTEN "+0 < S 0:0(0) win 32792 <mss 1000>\n"
	      "+0 > [flowlabel 0x7] S. 0:0(0) ack 1 <...>",
	      "t:6: flowlabel is ");
}

/* packetdrill's usual gateway is the machine itself. */
static void the_gateway_is_the_machine(void **state)
{
	(void)state;
	passes("--local_ip=192.168.0.1\n--gateway_ip=192.168.0.1\n--remote_ip=192.0.2.1\n"
	       ESTABLISHED);
	passes("--gateway_ip=192.168.0.2\n" ESTABLISHED);
}

static void segments_may_be_strict(void **state)
{
	(void)state;
	passes(ESTABLISHED "+.1 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1\n");
	fails("--strict_segments\n" ESTABLISHED "+.1 write(4, ..., 2000) = 2000\n"
	      "+0 > P. 1:2001(2000) ack 1\n",
	      "the flags are ., not P.");
}

/* What was sent before the packet that is awaited: of others, and of other flags. */
static void packets_may_be_passed_over(void **state)
{
	static const char talk[] = ESTABLISHED
		"+.1 write(4, ..., 100) = 100\n"
		"+.1 < 1234>8080 S 7:7(0) win 257 <mss 1000>\n"
		"+0 > 8080>1234 S. 0:0(0) ack 8 <...>\n"
		"+.1 < 1234>8080 . 1:1(0) ack 1 win 257\n+0 accept(3, ..., ...) = 5\n"
		"+0 write(5, ..., 10) = 10\n+0 shutdown(5, SHUT_WR) = 0\n"
		"+0 > 8080>1234 F. 11:11(0) ack 1\n";
	char skipping[sizeof(talk) + 32];

	(void)state;
	snprintf(skipping, sizeof(skipping), "--skip_unawaited\n%s", talk);
	passes(skipping);
	fails(talk, "this packet belongs to another connection");
}

/* Its numbers are those of the wire. */
static void strangers_have_their_ports(void **state)
{
	(void)state;
	passes(ESTABLISHED "+.1 < 1234>8080 . 5:5(0) ack 77 win 257\n"
	       "+0 > 8080>1234 R 77:77(0) win 0\n");
}

static void commands_and_options(void **state)
{
	(void)state;
	passes("`sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0\n"
	       "/x/set_sysctls.py /proc/sys/net/ipv4/tcp_window_scaling=0`\n" LISTEN
	       "+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 7>\n"
	       "+0 > S. 0:0(0) ack 1 <mss 1460>\n+0 < R 1:1(0) win 0\n");
	run_is("--ip_version=ipx\n0 close(3) = 0", false, DRILL_BAD,
	       "t: --ip_version=ipx: expected ipv4, ipv4-mapped-ipv6 or ipv6");
	run_is("--foo=1\n0 close(3) = 0", false, DRILL_BAD, "there is no option --foo");
	fails("`sysctl -q net.ipv4.tcp_none=1`\n0 close(77) = 0",
	      "note:     linnet has no net.ipv4.tcp_none = 1");
	passes("--mtu=1000\n" LISTEN "+0 < S 0:0(0) win 1000 <mss 1460>\n"
	       "+0 > S. 0:0(0) ack 1 <mss 960>\n+0 < R 1:1(0) win 0\n");
}

/* As public scripts have them: values worked out by the shell, names given from outside. */
static void names_and_values(void **state)
{
	static const char *const given[] = { "define=LEVEL=SOL_SOCKET", "define=ON=1", "mtu=1000" };
	struct drill_options o = { .options = given, .n_options = 3 };
	size_t len;

	(void)state;
	passes("--define=WHAT=SO_REUSEADDR\n--define=ON=0x1\n"
	       "`sysctl -q net.ipv4.tcp_rmem=\"4096 540000 $((15 * 1024*1024))\"`\n"
	       "0 socket(..., SOCK_STREAM, 0) = 3\n"
	       "+0 setsockopt(3, SOL_SOCKET, WHAT, [ON], 4) = 0\n"
	       "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
	       "+0 < S 0:0(0) win 1000 <mss 1460,nop,wscale 7>\n"
	       "+0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 8>\n+0 < R 1:1(0) win 0\n"
	       "`/tmp/sysctl_restore_${PPID}.sh`\n");
	run_is("--define=X\n0 close(3) = 0", false, DRILL_BAD, "t:1:1: expected --define=NAME=");
	o.out = o.err = open_memstream(&said, &len);
	assert_int_equal(drill_text("t", "0 socket(..., SOCK_STREAM, 0) = 3\n"
				    "+0 setsockopt(3, LEVEL, SO_REUSEADDR, [ON], 4) = 0\n"
				    "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
				    "+0 < S 0:0(0) win 1000 <mss 1460>\n"
				    "+0 > S. 0:0(0) ack 1 <mss 960>\n", &o), DRILL_OK);
	fclose(o.out);
	free(said);
}

/* The peer's acknowledgements, SACK blocks and echoed timestamps are in the script's numbers. */
static void numbers_are_mapped(void **state)
{
	(void)state;
	passes(LISTEN
	       "+0 < S 7000:7000(0) win 32792 <mss 1000,sackOK,TS val 100 ecr 0,nop,wscale 7>\n"
	       "+0 > S. 500:500(0) ack 7001 <mss 1460,sackOK,TS val 900 ecr 100,nop,wscale 7>\n"
	       "+.1 < . 1:1(0) ack 501 win 257 <nop,nop,TS val 200 ecr 900>\n"
	       "+0 accept(3, ..., ...) = 4\n"
	       "+.1 write(4, ..., 988) = 988\n"
	       "+0 > P. 501:1489(988) ack 1 <nop,nop,TS val 1100 ecr 200>\n"
	       "+.1 < . 1:1(0) ack 1489 win 257 <nop,nop,TS val 300 ecr 1100>\n"
	       "+0 %{ assert tcpi_bytes_acked == 988, tcpi_bytes_acked\n"
	       "assert tcpi_rtt == 100000, tcpi_rtt }%\n");
}

/* ---- IP versions ---- */

static int run_version(const char *version, const char *text)
{
	const char *options[] = { version };
	size_t len;
	FILE *f = open_memstream(&said, &len);
	struct drill_options o = { .out = f, .err = f, .strict = true, .options = options,
				   .n_options = 1 };
	int status = drill_text("t", text, &o);

	fclose(f);
	return status;
}

static void version_is(const char *version, const char *text, int status, const char *tells)
{
	assert_int_equal(run_version(version, text), status);
	if (!strstr(said, tells))
		fail_msg("this was told:\n%swithout:\n%s", said, tells);
	free(said);
}

#define V4 "ip_version=ipv4"
#define MAPPED "ip_version=ipv4-mapped-ipv6"
#define V6 "ip_version=ipv6"

static void each_version(void **state)
{
	static const char names[] = ESTABLISHED
		"+0 getsockname(4, {sa_family=AF_INET, sin_port=htons(8080), "
		"sin_addr=inet_addr(\"192.168.0.1\")}, [16]) = 0\n"
		"+0 getpeername(4, {sa_family=AF_INET, sin_addr=inet_addr(\"192.0.2.1\")}, "
		"[16]) = 0\n";

	(void)state;
	version_is(V4, names, DRILL_OK, "");
	version_is(MAPPED, names, DRILL_OK, "");
	version_is(V6, names, DRILL_OK, "");
	version_is(V6, ESTABLISHED "+0 getsockopt(4, SOL_SOCKET, SO_DOMAIN, [AF_INET6], [4]) = 0\n"
		   "+0 < F. 1:1(0) ack 1 win 257\n+0 > . 1:1(0) ack 2\n", DRILL_OK, "");
	version_is(MAPPED, ESTABLISHED "+0 getpeername(4, {sa_family=AF_INET6, "
		   "inet_pton(AF_INET6, \"::ffff:192.0.2.9\", &sin6_addr)}, [28]) = 0\n",
		   DRILL_FAILED, "the address is 192.0.2.1, expected 192.0.2.9");
	version_is("ip_version=ipx", ESTABLISHED, DRILL_BAD,
		   "expected ipv4, ipv4-mapped-ipv6 or ipv6");
}

static void of_one_version_alone(void **state)
{
	(void)state;
	version_is(V4, "--ip_version=ipv6\n" ESTABLISHED, DRILL_SKIPPED, "");
	version_is(V6, "--ip_version=ipv4\n" ESTABLISHED, DRILL_SKIPPED, "");
	version_is(MAPPED, "--ip_version=ipv4\n" ESTABLISHED, DRILL_OK, "");
	version_is(MAPPED, "--ip_version=ipv6\n" ESTABLISHED, DRILL_SKIPPED, "");
	passes("--ip_version=ipv6\n" ESTABLISHED);
	version_is(V6, "--local_ip=10.0.0.1\n" ESTABLISHED, DRILL_BAD,
		   "an address is not of --ip_version=ipv6");
}

static void messages_of_each_version(void **state)
{
	(void)state;
	version_is(V4, "0 < icmp echo_request\n+0 > icmp echo_reply\n", DRILL_OK, "");
	version_is(V6, "0 < icmp echo_request\n+0 > icmp echo_reply\n", DRILL_OK, "");
	version_is(V6, "0 < udp (10)\n+0 > icmp unreachable port_unreachable [udp (10)]\n",
		   DRILL_OK, "");
	version_is(V6, "0 < udp (10)\n+0 > icmp time_exceeded exceeded_in_transit\n",
		   DRILL_FAILED,
		   "came:     0.000000 > icmp unreachable port_unreachable [udp (10)]");
	version_is(V6, "0 < icmp source_quench\n", DRILL_BAD,
		   "there is no such ICMP message in --ip_version=ipv6");
	version_is(V4, "0 < icmp packet_too_big mtu 1300\n", DRILL_BAD,
		   "there is no such ICMP message in --ip_version=ipv4");
}

static void what_cannot_be_read_is_told(void **state)
{
	size_t len;
	FILE *f = open_memstream(&said, &len);
	struct drill_options o = { .out = f, .err = f };

	(void)state;
	assert_int_equal(drill_file("/", &o), DRILL_BAD);
	assert_int_equal(drill_file("/nonesuch.pkt", &o), DRILL_BAD);
	fclose(f);
	assert_string_equal(said, "/: Is a directory\n/nonesuch.pkt: No such file or directory\n");
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_compared),
		cmocka_unit_test(sockets_are_told),
		cmocka_unit_test(signatures_are_compared),
		cmocka_unit_test(counters_are_compared),
		cmocka_unit_test(the_conversation_is_written),
		cmocka_unit_test(times_are_compared),
		cmocka_unit_test(results_are_compared),
		cmocka_unit_test(calls_block),
		cmocka_unit_test(strict_wants_all),
		cmocka_unit_test(segments_may_be_one),
		cmocka_unit_test(code),
		cmocka_unit_test(code_of_python),
		cmocka_unit_test(ports_are_named),
		cmocka_unit_test(flow_labels_are_compared),
		cmocka_unit_test(the_gateway_is_the_machine),
		cmocka_unit_test(segments_may_be_strict),
		cmocka_unit_test(packets_may_be_passed_over),
		cmocka_unit_test(strangers_have_their_ports),
		cmocka_unit_test(commands_and_options),
		cmocka_unit_test(names_and_values),
		cmocka_unit_test(numbers_are_mapped),
		cmocka_unit_test(each_version),
		cmocka_unit_test(of_one_version_alone),
		cmocka_unit_test(messages_of_each_version),
		cmocka_unit_test(what_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
