/* SPDX-License-Identifier: MIT */
/*
 * inproc [-6] [-c COMMAND] CASE [AMOUNT [PAIRS]]: what one core does between two instances in one
 * process.
 *
 *	bulk	TCP goodput, 64 KB writes, MTU 1500, checksums made and verified on every frame
 *	bulk_turns	as bulk, which fills the send buffer first, but the instances are run behind
 *		each write, as a loop of events does; so do the programs of the peers
 *	tso	as bulk, but the cards take segments of up to 64 KB (ethtool -K eth0 tso on)
 *	bulk_zc	bulk without copies at the reader: ln_recv_borrow
 *	rr	TCP round trips of 1 byte
 *	crr	connect, 1 byte, close; the closing side keeps TIME-WAIT, 60 s of virtual time
 *	crr_tw	the same while so many (PAIRS, or 10,000) are in TIME-WAIT
 *	udp	UDP datagrams of 64 bytes, batches of 32, a call for each
 *	udp_batch	the same, a call for each batch (sendmmsg, recvmmsg)
 *	udp_gso	the same by UDP_SEGMENT and UDP_GRO, a frame on the link for each datagram
 *	udp_gso_whole	the same, a batch handed over as one (tx-udp-segmentation on)
 *	idle	resident bytes per established connection pair (both ends), buffers empty, after
 *		5 s of virtual time in which nothing happened: what is idle has come to rest by then
 *
 * AMOUNT: seconds of CPU time, "0.5", or so many steps, "2000x", for who counts instructions: the
 *	figure is then what was done, not how much of it in a second.
 * -6: over IPv6 instead of IPv4.
 * -c: a command for both ends before all else, "sysctl -w net.ipv4.tcp_wmem='4096 16384 400000'".
 * PAIRS: of idle and crr_tw; in the other cases, so many idle connections stand beside the busy
 *	one.
 *
 * The two cards are joined by a cable without rate or delay; the public calls only are used.
 * Time is virtual: 1 us for each turn of the loop, so timers run as they would.
 * peers/lwip_pair.c does the same work on lwIP; compare with scripts/bench.
 */
#include <linnet/linnet.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/measure.h"

#define PORT 7000
#define CRR_PORTS 96
#define CRR_BURST 10
#define TIME_WAITS 10000
#define TIME_WAIT_NS 60000000000ll
#define WRITE_BYTES 65536
#define UDP_BATCH 32
#define TURN_NS 1000
#define IDLE_PAIRS 10000
#define IDLE_PORT 9000
/* Connections to one port. There are 28,232 to connect from, but connect() tries the even half
 * first, as Linux does, and all of it when it is full. */
#define IDLE_PER_PORT 12000
#define IDLE_NS 5000000000ll

struct end {
	struct ln_net *net;
	struct ln_nic *nic;
};

static struct end a, b;
static int family = LN_AF_INET;
static const char *first_command;
static int64_t now;
static char out_buf[WRITE_BYTES], in_buf[WRITE_BYTES];

static void die(const char *what, long err)
{
	fprintf(stderr, "inproc: %s: %s\n", what, strerror((int)-err));
	exit(1);
}

static long must(const char *what, long r)
{
	if (r < 0)
		die(what, r);
	return r;
}

static void command(struct end *e, const char *cmd)
{
	char out[512] = "";

	if (ln_ctl(e->net, cmd, out, sizeof(out), NULL)) {
		fprintf(stderr, "inproc: %s: %s\n", cmd, out);
		exit(1);
	}
}

static void end_init(struct end *e, uint64_t seed, const char *addr)
{
	struct ln_net_params p;
	struct ln_nic_params n = { .name = "eth0", .rx_ring = 1024, .tx_ring = 1024 };

	ln_net_params_init(&p);
	p.seed = seed;
	p.mem_budget = (size_t)4 << 30;
	e->net = ln_net_create(&p);
	e->nic = e->net ? ln_nic_create(e->net, &n) : NULL;
	if (!e->nic)
		die("create", -ENOMEM);
	if (first_command)
		command(e, first_command);
	if (family == LN_AF_INET6)
		command(e, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
	command(e, "ip link set eth0 up");
	command(e, addr);
}

/* Carries frames over, and runs who has something to do, as an embedder's loop would. */
static void turn(void)
{
	now += TURN_NS;
	ln_nic_cable_run(a.nic);
	if (ln_net_next_event(b.net) <= now)
		ln_net_run(b.net, now);
	if (ln_net_next_event(a.net) <= now)
		ln_net_run(a.net, now);
}

/* A socket address of the family that is measured: of everybody, or of the second end. */
struct name {
	union {
		struct ln_sockaddr_in v4;
		struct ln_sockaddr_in6 v6;
	} u;
	uint32_t len;
};

static const char *const addrs[2][2] = {
	{ "ip addr add 10.77.0.1/24 dev eth0", "ip addr add 10.77.0.2/24 dev eth0" },
	{ "ip addr add 2001:db8:77::1/64 dev eth0 nodad",
	  "ip addr add 2001:db8:77::2/64 dev eth0 nodad" },
};
static const uint8_t addr_b[4] = { 10, 77, 0, 2 };
static const uint8_t addr6_b[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0x77, [15] = 2 };

static struct name name_of(bool second_end, uint16_t port)
{
	struct name n = { 0 };
	uint8_t port_be[2] = { (uint8_t)(port >> 8), (uint8_t)port };

	if (family == LN_AF_INET6) {
		n.u.v6.sin6_family = LN_AF_INET6;
		memcpy(&n.u.v6.sin6_port, port_be, 2);
		if (second_end)
			memcpy(n.u.v6.sin6_addr, addr6_b, 16);
		n.len = sizeof(n.u.v6);
	} else {
		n.u.v4.sin_family = LN_AF_INET;
		memcpy(&n.u.v4.sin_port, port_be, 2);
		if (second_end)
			memcpy(&n.u.v4.sin_addr, addr_b, 4);
		n.len = sizeof(n.u.v4);
	}
	return n;
}

static int tcp_listen_on(uint16_t port)
{
	struct name any = name_of(false, port);
	int fd = (int)must("socket", ln_socket(b.net, family, LN_SOCK_STREAM, 0)), one = 1;

	must("reuseaddr", ln_setsockopt(b.net, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, &one, 4));
	must("bind", ln_bind(b.net, fd, &any.u, any.len));
	must("listen", ln_listen(b.net, fd, 1024));
	return fd;
}

static int tcp_start(uint16_t port)
{
	struct name to = name_of(true, port);
	int fd = (int)must("socket", ln_socket(a.net, family, LN_SOCK_STREAM, 0)), one = 1;
	int r = ln_connect(a.net, fd, &to.u, to.len);

	if (r != -EINPROGRESS)
		must("connect", r);
	must("nodelay", ln_setsockopt(a.net, fd, LN_SOL_TCP, LN_TCP_NODELAY, &one, 4));
	return fd;
}

static int tcp_accept(int listener)
{
	int fd, one = 1;

	while ((fd = ln_accept(b.net, listener, NULL, NULL)) == -EAGAIN)
		turn();
	must("accept", fd);
	must("nodelay", ln_setsockopt(b.net, fd, LN_SOL_TCP, LN_TCP_NODELAY, &one, 4));
	return fd;
}

static void pair(int *client, int *server)
{
	int listener = tcp_listen_on(PORT);

	*client = tcp_start(PORT);
	*server = tcp_accept(listener);
}

static double seconds = 1;
static long steps;		/* not 0: so many, whatever they take */

/* Runs step() for `seconds` of CPU time after a short warm-up; returns count per CPU-second. */
static double rate(double (*step)(void))
{
	double start, t, done;

	if (steps) {
		for (long i = done = 0; i < steps; i++)
			done += step();
		return done;
	}
	for (start = cpu_seconds(); cpu_seconds() - start < seconds / 4;)
		for (int i = 0; i < 32; i++)
			step();
	done = 0;
	start = cpu_seconds();
	do {
		for (int i = 0; i < 32; i++)
			done += step();
		t = cpu_seconds() - start;
	} while (t < seconds);
	return done / t;
}

static int client, server;

static double read_all(void)
{
	double got = 0;
	ptrdiff_t n;

	while ((n = ln_recv(b.net, server, in_buf, sizeof(in_buf), 0)) > 0)
		got += (double)n;
	if (n != -EAGAIN)
		die("recv", n);
	return got;
}

static double step_bulk(void)
{
	while (ln_send(a.net, client, out_buf, sizeof(out_buf), 0) > 0)
		;
	turn();
	return read_all();
}

static double step_bulk_turns(void)
{
	ptrdiff_t n = ln_send(a.net, client, out_buf, sizeof(out_buf), 0);

	if (n < 0 && n != -EAGAIN)
		die("send", n);
	turn();
	return read_all();
}

static double step_bulk_zc(void)
{
	static struct ln_rxbuf bufs[64];
	double got = 0;
	ptrdiff_t n;

	while ((n = ln_send(a.net, client, out_buf, sizeof(out_buf), 0)) > 0)
		;
	turn();
	while ((n = ln_recv_borrow(b.net, server, bufs, 64, 0)) > 0) {
		for (ptrdiff_t i = 0; i < n; i++)
			got += (double)bufs[i].len;
		must("return", ln_recv_return(b.net, bufs, (unsigned)n));
	}
	if (n != -EAGAIN)
		die("borrow", n);
	return got;
}

static double step_rr(void)
{
	ptrdiff_t n;

	must("send", ln_send(a.net, client, out_buf, 1, 0));
	do
		turn();
	while ((n = ln_recv(b.net, server, in_buf, sizeof(in_buf), 0)) == -EAGAIN);
	must("recv", n);
	must("send", ln_send(b.net, server, in_buf, (size_t)n, 0));
	do
		turn();
	while ((n = ln_recv(a.net, client, in_buf, sizeof(in_buf), 0)) == -EAGAIN);
	must("recv", n);
	return 1;
}

static int crr_listener[CRR_PORTS];
static unsigned crr_ports, crr_turn;
static int64_t crr_pace_ns;	/* of virtual time between two connections */

static double step_crr(void)
{
	unsigned i = crr_turn++ % crr_ports;
	int c = tcp_start((uint16_t)(PORT + i)), s = tcp_accept(crr_listener[i]);
	ptrdiff_t n;

	must("send", ln_send(a.net, c, out_buf, 1, 0));
	must("close", ln_close(a.net, c));
	while ((n = ln_recv(b.net, s, in_buf, sizeof(in_buf), 0)) == -EAGAIN)
		turn();
	must("recv", n);
	while ((n = ln_recv(b.net, s, in_buf, sizeof(in_buf), 0)) == -EAGAIN)
		turn();
	must("eof", n);
	must("close", ln_close(b.net, s));
	turn();
	now += crr_pace_ns;
	return 1;
}

/* At this pace so many are in TIME-WAIT, in no port more than connect() finds at once. */
static void crr_start(long time_waits)
{
	crr_pace_ns = TIME_WAIT_NS / time_waits;
	crr_ports = (unsigned)(time_waits / IDLE_PER_PORT + 1);
	if (crr_ports > CRR_PORTS)
		die("TIME-WAITs", -E2BIG);
	for (unsigned i = 0; i < crr_ports; i++)
		crr_listener[i] = tcp_listen_on((uint16_t)(PORT + i));
}

/* Time passes from event to event, as long as there are any. */
static void pass(int64_t ns)
{
	int64_t until = now + ns, next;

	for (;;) {
		turn();
		next = ln_net_next_event(a.net);
		if (ln_net_next_event(b.net) < next)
			next = ln_net_next_event(b.net);
		if (next > until)
			break;
		if (next > now)
			now = next;
	}
	now = until;
	turn();
}

/*
 * Connections while so many are in TIME-WAIT and a tenth more: bursts, for which the clock all but
 * stands still, and between them, not counted, all TIME-WAITs end and begin again. The first burst
 * finds memory, and is not counted either.
 */
static double crr_kept(long time_waits)
{
	long burst = steps ? steps : time_waits / 10 > CRR_BURST ? time_waits / 10 : CRR_BURST;
	double cpu = 0, begin = cpu_seconds(), start, done = 0;

	crr_start(time_waits + burst);
	crr_pace_ns = 0;
	for (int round = 0; round < 2 || (cpu < seconds && cpu_seconds() - begin < 4 * seconds);
	     round++) {
		for (long i = 0; i < time_waits; i++)
			step_crr();
		start = cpu_seconds();
		for (long i = 0; i < burst; i++)
			step_crr();
		if (round) {
			cpu += cpu_seconds() - start;
			done += (double)burst;
		}
		pass(2 * TIME_WAIT_NS);
	}
	return done / cpu;
}

static double step_udp(void)
{
	ptrdiff_t n;
	double got = 0;

	for (int i = 0; i < UDP_BATCH; i++)
		must("send", ln_send(a.net, client, out_buf, 64, 0));
	turn();
	while ((n = ln_recv(b.net, server, in_buf, sizeof(in_buf), 0)) > 0)
		got++;
	return got;
}

static struct ln_mmsghdr udp_out[UDP_BATCH], udp_in[UDP_BATCH];

static void mmsg_init(struct ln_mmsghdr *v, struct ln_iovec *iov, char *buf, size_t len)
{
	for (int i = 0; i < UDP_BATCH; i++) {
		iov[i] = (struct ln_iovec){ buf + i * 64, len };
		v[i].msg_hdr.msg_iov = &iov[i];
		v[i].msg_hdr.msg_iovlen = 1;
	}
}

static double step_udp_batch(void)
{
	double got = 0;
	int n;

	must("sendmmsg", ln_sendmmsg(a.net, client, udp_out, UDP_BATCH, 0));
	turn();
	while ((n = ln_recvmmsg(b.net, server, udp_in, UDP_BATCH, 0)) > 0)
		got += n;
	return got;
}

static double step_udp_gso(void)
{
	ptrdiff_t n;
	double got = 0;

	/* The card tells late of a single frame that it was sent. */
	while ((n = ln_send(a.net, client, out_buf, UDP_BATCH * 64, 0)) == -EAGAIN)
		turn();
	must("send", n);
	turn();
	while ((n = ln_recv(b.net, server, in_buf, sizeof(in_buf), 0)) > 0)
		got += (double)(n / 64);
	return got;
}

static void udp_gso(bool whole)
{
	int size = 64, on = 1;

	if (whole)
		command(&a, "ethtool -K eth0 tx-udp-segmentation on");
	must("UDP_SEGMENT", ln_setsockopt(a.net, client, LN_SOL_UDP, LN_UDP_SEGMENT, &size, 4));
	must("UDP_GRO", ln_setsockopt(b.net, server, LN_SOL_UDP, LN_UDP_GRO, &on, 4));
}

static void udp_pair(void)
{
	struct name any = name_of(false, PORT), to = name_of(true, PORT);

	client = (int)must("socket", ln_socket(a.net, family, LN_SOCK_DGRAM, 0));
	server = (int)must("socket", ln_socket(b.net, family, LN_SOCK_DGRAM, 0));
	must("bind", ln_bind(b.net, server, &any.u, any.len));
	must("connect", ln_connect(a.net, client, &to.u, to.len));
}

static void idle_pairs(uint16_t port, int n)
{
	int listener = tcp_listen_on(port);

	for (int i = 0; i < n; i++) {
		tcp_start(port);
		tcp_accept(listener);
	}
}

/* So many connections without traffic, after IDLE_NS of it. */
static void idle_connections(int pairs)
{
	uint16_t port = IDLE_PORT;

	for (int left = pairs, n; left > 0; left -= n) {
		n = left < IDLE_PER_PORT ? left : IDLE_PER_PORT;
		idle_pairs(++port, n);
	}
	pass(IDLE_NS);
}

static void idle(int pairs)
{
	long before;

	idle_pairs(IDLE_PORT, 64);
	pass(IDLE_NS);		/* the code too is in memory now */
	before = resident_bytes();
	idle_connections(pairs);
	report("inproc", "linnet", "idle", (double)(resident_bytes() - before) / pairs,
	       "bytes/pair");
}

static void usage(void)
{
	fprintf(stderr, "usage: inproc [-6] [-c COMMAND] bulk|bulk_turns|tso|bulk_zc|rr|crr|crr_tw|"
			"udp|udp_batch|udp_gso|udp_gso_whole|idle [SECONDS|STEPSx [PAIRS]]\n");
	exit(2);
}

static void read_amount(const char *text)
{
	char *end;

	seconds = strtod(text, &end);
	if (end == text || seconds <= 0 || (*end && strcmp(end, "x")))
		usage();
	if (*end)
		steps = (long)seconds;
}

int main(int argc, char **argv)
{
	const char *what;
	int pairs;

	for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
		if (!strcmp(argv[1], "-6")) {
			family = LN_AF_INET6;
		} else if (!strcmp(argv[1], "-c") && argc > 2) {
			first_command = argv[2];
			argc--;
			argv++;
		} else {
			usage();
		}
	}
	what = argc > 1 ? argv[1] : "";
	pairs = argc > 3 ? atoi(argv[3]) : 0;
	if (argc > 2)
		read_amount(argv[2]);
	end_init(&a, 1, addrs[family == LN_AF_INET6][0]);
	end_init(&b, 2, addrs[family == LN_AF_INET6][1]);
	must("cable", ln_nic_connect(a.nic, b.nic));
	if (pairs > 0 && strcmp(what, "idle") && strcmp(what, "crr_tw"))
		idle_connections(pairs);
	if (!strcmp(what, "bulk")) {
		pair(&client, &server);
		report("inproc", "linnet", "bulk", rate(step_bulk) * 8e-9, "Gbit/s");
	} else if (!strcmp(what, "tso")) {
		command(&a, "ethtool -K eth0 tso on");
		command(&b, "ethtool -K eth0 tso on");
		pair(&client, &server);
		report("inproc", "linnet", "tso", rate(step_bulk) * 8e-9, "Gbit/s");
	} else if (!strcmp(what, "bulk_turns")) {
		pair(&client, &server);
		report("inproc", "linnet", "bulk_turns", rate(step_bulk_turns) * 8e-9, "Gbit/s");
	} else if (!strcmp(what, "bulk_zc")) {
		pair(&client, &server);
		report("inproc", "linnet", "bulk_zc", rate(step_bulk_zc) * 8e-9, "Gbit/s");
	} else if (!strcmp(what, "rr")) {
		pair(&client, &server);
		report("inproc", "linnet", "rr", rate(step_rr), "1/s");
	} else if (!strcmp(what, "crr")) {
		crr_start(120000);
		report("inproc", "linnet", "crr", rate(step_crr), "1/s");
	} else if (!strcmp(what, "crr_tw")) {
		report("inproc", "linnet", "crr_tw", crr_kept(pairs > 0 ? pairs : TIME_WAITS),
		       "1/s");
	} else if (!strcmp(what, "udp")) {
		udp_pair();
		report("inproc", "linnet", "udp", rate(step_udp), "1/s");
	} else if (!strcmp(what, "udp_batch")) {
		static struct ln_iovec out_iov[UDP_BATCH], in_iov[UDP_BATCH];

		udp_pair();
		mmsg_init(udp_out, out_iov, out_buf, 64);
		mmsg_init(udp_in, in_iov, in_buf, 64);
		report("inproc", "linnet", "udp_batch", rate(step_udp_batch), "1/s");
	} else if (!strncmp(what, "udp_gso", 7)) {
		udp_pair();
		udp_gso(!strcmp(what + 7, "_whole"));
		report("inproc", "linnet", what, rate(step_udp_gso), "1/s");
	} else if (!strcmp(what, "idle")) {
		idle(pairs > 0 ? pairs : IDLE_PAIRS);
	} else {
		usage();
	}
	ln_net_destroy(a.net, NULL);
	ln_net_destroy(b.net, NULL);
	return 0;
}
