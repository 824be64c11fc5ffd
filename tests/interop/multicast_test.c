/* SPDX-License-Identifier: MIT */
/*
 * Groups beside the kernel's: the same calls at random (RFC 3678's, of either family) on sockets of
 * both; after each the same errno, the same reports on the wire, and what one side sends to a group
 * reaches the same sockets of the other.
 *
 *	kernel sockets fd00::1, 10.0.0.1 --- tap0 --- this process: an instance, fd00::2, 10.0.0.2
 */
#define _GNU_SOURCE
#include "harness/tap_sockets.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define STEPS 150
#define SOCKS 3
#define GROUPS 2
#define SOURCES 4
#define PORT 5000
#define QUIET_NS 16000000	/* the kernel's timer is due within two ticks of 4 ms, mostly */
#define PATIENCE_NS 1000000000ll
#define SPOKEN_NS 1500000000ll	/* after that both have told of their own addresses */
#define SIDES 2

static int v6, ifindex[SIDES] = { 0, 2 };

/* What each side told of, in a form that does not depend on order: sums of hashes. */
static struct { unsigned long sum, count; } told[SIDES];

/* ---- the world ---- */

/* Each change is told once (igmp_qrv), or twice, at once: namespaces have no net.ipv6.mld_qrv. */
static void begin(void (*look)(int who, const unsigned char *f, ssize_t n))
{
	tap_begin(look);
	ifindex[KERNEL] = (int)if_nametoindex("tap0");
	tap_write_file("/proc/sys/net/ipv6/conf/tap0/mldv2_unsolicited_report_interval", "4");
	tap_command("sysctl -w net.ipv6.conf.eth0.mldv2_unsolicited_report_interval=4");
	for (int64_t end = tap_clock_ns() + SPOKEN_NS; tap_clock_ns() < end;)
		tap_carry();
}

/* ---- reports on the wire ---- */

static unsigned long hash(unsigned long h, const unsigned char *p, size_t n)
{
	while (n--)
		h = (h ^ *p++) * 0x100000001b3ul;
	return h;
}

/* One record; sources in whichever order. Only of the groups that the test uses. */
static size_t hear_record(int who, const unsigned char *r, size_t alen)
{
	size_t n = (size_t)r[2] << 8 | r[3];
	unsigned long h = hash(1, r + 4, alen), sources = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char last = r[3 + alen * (i + 2)];

		sources += hash(2, last < 3 ? (const unsigned char *)"peer" : &last,
				last < 3 ? 4 : 1);
	}
	if (alen == 4 ? r[4] == 239 : r[5] == 0x15) {
		told[who].sum += (h * 7 + r[0]) * 31 + sources;
		told[who].count++;
	}
	return 4 + alen * (n + 1);
}

static void hear(int who, const unsigned char *f, ssize_t len)
{
	const unsigned char *p = f + 14, *msg;
	size_t alen = 0;

	if (len > 14 + 24 + 8 && f[12] == 8 && !f[13] && p[0] == 0x46 && p[9] == 2 && p[24] == 0x22)
		alen = 4, msg = p + 24;
	else if (len > 14 + 48 + 8 && f[12] == 0x86 && p[6] == 0 && p[48] == 143)
		alen = 16, msg = p + 48;
	if (!alen)
		return;
	p = msg + 8;
	for (int n = msg[6] << 8 | msg[7]; n; n--)
		p += hear_record(who, p, alen);
}

/* Until both told the same, and for a while nothing more. */
static void settle(const char *what)
{
	int64_t begin = tap_clock_ns(), quiet = begin;
	unsigned long seen = told[KERNEL].count + told[OURS].count;

	for (;;) {
		int64_t now = tap_clock_ns();

		tap_carry();
		if (told[KERNEL].count + told[OURS].count != seen) {
			seen = told[KERNEL].count + told[OURS].count;
			quiet = now;
		}
		if (told[KERNEL].count == told[OURS].count && told[KERNEL].sum == told[OURS].sum &&
		    now - quiet > QUIET_NS)
			return;
		if (now - begin > PATIENCE_NS)
			tap_check(false, what, (long)told[KERNEL].count, (long)told[OURS].count);
	}
}

/* ---- one interface to both kinds of socket ---- */

static int sock[SIDES][SOCKS], tx[SIDES];

static int setint(int who, int s, int level, int name, int v)
{
	return tap_setsockopt(who, s, level, name, &v, sizeof(v));
}

static struct sockaddr_storage address(const char *text4, const char *text6, int last, int port)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *a = (void *)&ss;
	struct sockaddr_in6 *a6 = (void *)&ss;

	if (v6) {
		a6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, text6, &a6->sin6_addr);
		a6->sin6_addr.s6_addr[15] |= (unsigned char)last;
		a6->sin6_port = htons((unsigned short)port);
	} else {
		a->sin_family = AF_INET;
		a->sin_addr.s_addr = inet_addr(text4) | htonl((unsigned)last);
		a->sin_port = htons((unsigned short)port);
	}
	return ss;
}

static int level(void)
{
	return v6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

static int open_socket(int who, int port)
{
	const char *host = v6 ? "::" : "0.0.0.0";
	int s = tap_socket(who, host, SOCK_DGRAM);

	setint(who, s, SOL_SOCKET, SO_REUSEADDR, 1);
	tap_bind(who, s, host, (unsigned short)port);
	return s;
}

/* IPV6_MULTICAST_ALL is 29, which older headers lack. */
static void open_sockets(void)
{
	for (int who = 0; who < SIDES; who++) {
		struct ip_mreqn m = { .imr_ifindex = ifindex[who] };

		for (int i = 0; i < SOCKS; i++) {
			sock[who][i] = open_socket(who, PORT);
			if (i)	/* the first one is not particular */
				setint(who, sock[who][i], level(), v6 ? 29 : IP_MULTICAST_ALL, 0);
		}
		tx[who] = open_socket(who, PORT + 1);
		if (v6)
			setint(who, tx[who], level(), IPV6_MULTICAST_IF, ifindex[who]);
		else
			tap_setsockopt(who, tx[who], level(), IP_MULTICAST_IF, &m, sizeof(m));
		/* What is sent here is for the other side. */
		setint(who, tx[who], level(), v6 ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP, 0);
	}
}

static void close_sockets(void)
{
	for (int i = 0; i < SOCKS; i++) {
		tap_close(KERNEL, sock[KERNEL][i]);
		tap_close(OURS, sock[OURS][i]);
		settle("after a socket was closed");
	}
	tap_close(KERNEL, tx[KERNEL]);
	tap_close(OURS, tx[OURS]);
}

static struct sockaddr_storage group(int i)
{
	return address("239.1.1.0", "ff15::", i + 1, PORT);
}

/* Number 0 is the other side's address, as each side sees it; then some that nobody has. */
static struct sockaddr_storage source(int who, int i)
{
	return i ? address("10.0.0.0", "fd00::", 100 + i, 0) :
		   address("10.0.0.0", "fd00::", who ? 1 : 2, 0);
}

static int join_or_leave(int who, int s, int name, int g)
{
	struct group_req r = { .gr_interface = (unsigned)ifindex[who], .gr_group = group(g) };

	return tap_setsockopt(who, s, level(), name, &r, sizeof(r));
}

static int of_source(int who, int s, int name, int g, int src)
{
	struct group_source_req r = { .gsr_interface = (unsigned)ifindex[who],
				      .gsr_group = group(g), .gsr_source = source(who, src) };

	return tap_setsockopt(who, s, level(), name, &r, sizeof(r));
}

static int whole_filter(int who, int s, int g, unsigned bits, int mode)
{
	union {
		struct group_filter f;
		char room[GROUP_FILTER_SIZE(SOURCES)];
	} u;
	unsigned n = 0;

	memset(&u, 0, sizeof(u));
	u.f.gf_interface = (unsigned)ifindex[who];
	u.f.gf_group = group(g);
	u.f.gf_fmode = (unsigned)mode;
	for (int i = 0; i < SOURCES; i++) {
		struct sockaddr_storage ss = source(who, i);

		if (bits & 1u << i)
			memcpy(u.room + offsetof(struct group_filter, gf_slist) +
			       n++ * sizeof(ss), &ss, sizeof(ss));
	}
	u.f.gf_numsrc = n;
	return tap_setsockopt(who, s, level(), MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(n));
}

/* ---- what is delivered ---- */

static void send_group(int who, int g)
{
	char to[INET6_ADDRSTRLEN];

	snprintf(to, sizeof(to), v6 ? "ff15::%d" : "239.1.1.%d", g + 1);
	tap_check(tap_sendto(who, tx[who], "x", 1, 0, to, PORT) == 1, "sendto", who, g);
}

static unsigned received(int who)
{
	unsigned bits = 0;
	char b[8];

	for (int i = 0; i < SOCKS; i++) {
		ssize_t n;

		do {
			n = tap_recv(who, sock[who][i], b, sizeof(b));
			bits |= n == 1 ? 1u << i : 0;
		} while (n == 1);
	}
	return bits;
}

static void deliver(int step)
{
	char what[64];

	for (int g = 0; g < GROUPS; g++) {
		unsigned bits[SIDES];

		send_group(KERNEL, g);
		send_group(OURS, g);
		for (int i = 0; i < 3; i++)
			tap_carry();
		bits[KERNEL] = received(KERNEL);
		bits[OURS] = received(OURS);
		snprintf(what, sizeof(what), "step %d: sockets that group %d reached", step, g);
		tap_check(bits[KERNEL] == bits[OURS], what, bits[KERNEL], bits[OURS]);
	}
}

/* ---- steps ---- */

static unsigned draw(unsigned below)
{
	static unsigned long state = 88172645463325252ul;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 11) % below;
}

static int one(int who, const unsigned r[5])
{
	static const int names[] = { MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE,
				     MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP };
	int s = sock[who][r[1]], g = (int)r[2];

	switch (r[0]) {
	case 0:
	case 1:
		return join_or_leave(who, s, MCAST_JOIN_GROUP, g);
	case 2:
		return join_or_leave(who, s, MCAST_LEAVE_GROUP, g);
	case 3:
		return whole_filter(who, s, g, r[3], (int)r[4] & 1);
	default:
		return of_source(who, s, names[r[0] % 4], g, (int)r[3] % SOURCES);
	}
}

static void steps(void)
{
	char what[80];

	open_sockets();
	settle("before the first step");
	for (int i = 0; i < STEPS; i++) {
		unsigned r[5] = { draw(12), draw(SOCKS), draw(GROUPS), draw(1u << SOURCES),
				  draw(2) };
		int err[SIDES] = { one(KERNEL, r), one(OURS, r) };

		snprintf(what, sizeof(what), "IPv%d step %d: %u %u %u %u %u", v6 ? 6 : 4, i, r[0],
			 r[1], r[2], r[3], r[4]);
		tap_check(err[KERNEL] == err[OURS], what, err[KERNEL], err[OURS]);
		settle(what);
		deliver(i);
	}
	close_sockets();
	settle("after the last step");
}

int main(void)
{
	begin(hear);
	for (v6 = 0; v6 < 2; v6++) {
		memset(told, 0, sizeof(told));
		steps();
		printf("IPv%d: %d steps, %lu records alike\n", v6 ? 6 : 4, STEPS,
		       told[OURS].count);
	}
	tap_end();
	return 0;
}
