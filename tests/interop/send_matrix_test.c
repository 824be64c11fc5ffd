/* SPDX-License-Identifier: MIT */
/*
 * Where a packet goes (PI-34 to PI-36): each kind of socket (UDP, ping, raw, TCP; both families),
 * bound to each kind of address, with a device or without, with SO_BROADCAST or without, sends or
 * connects to each kind of destination. What the calls return, the names that the socket has then,
 * which frames appear with which addresses, and which sockets of either side hear it is written
 * down, with the kernel as the sender and with linnet, and is the same line.
 * (harness/tap_sockets.h)
 */
#define _GNU_SOURCE
#include "harness/kernel_age.h"
#include "harness/tap_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PORT 7000
#define HEARERS 6
#define SHOWN 20	/* differences that are printed */

/* Of addresses: these stand for the sender's own and the other side's. */
static const char OWN[] = "own", PEER[] = "peer";

struct kind {
	const char *name;
	int family, type, protocol;
	const char *hearers[HEARERS];		/* bound to; ends with NULL */
	const char *binds[9], *tos[14];
};

#define BINDS4 { NULL, "0.0.0.0", OWN, PEER, "127.0.0.1", "255.255.255.255", "10.0.0.255", \
		 "224.0.0.9" }
#define TOS4 { PEER, OWN, "127.0.0.1", "0.0.0.0", "255.255.255.255", "10.0.0.255", "10.0.0.0", \
	       "224.0.0.9", "224.0.0.1", "239.1.1.1", "192.0.2.1", "240.0.0.1" }
#define BINDS6 { NULL, "::", OWN, PEER, "::1", "ff02::9", "ff05::9" }
#define TOS6 { PEER, OWN, "::1", "::", "ff02::9", "ff02::1", "ff01::9", "ff05::9", "2001:db8::1", \
	       "fe80::77", "4in6", "v4" }

static const struct kind kinds[] = {
	{ "udp", AF_INET, SOCK_DGRAM, IPPROTO_UDP,
	  { "0.0.0.0", OWN, "255.255.255.255", "10.0.0.255", "224.0.0.9" }, BINDS4, TOS4 },
	{ "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, { NULL }, BINDS4, TOS4 },
	{ "raw-icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP, { "0.0.0.0", OWN }, BINDS4, TOS4 },
	{ "raw-253", AF_INET, SOCK_RAW, 253, { "0.0.0.0", OWN, "224.0.0.9" }, BINDS4, TOS4 },
	{ "udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, { "::", OWN, "ff05::9" }, BINDS6, TOS6 },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, { NULL }, BINDS6, TOS6 },
	{ "raw-icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, { "::", OWN }, BINDS6, TOS6 },
	{ "tcp", AF_INET, SOCK_STREAM, 0, { NULL }, BINDS4, TOS4 },
	{ "tcp6", AF_INET6, SOCK_STREAM, 0, { NULL }, BINDS6, TOS6 },
	{ "raw6-253", AF_INET6, SOCK_RAW, 253, { "::", OWN, "ff05::9" }, BINDS6, TOS6 },
};

static const struct kind *kind;
static int sender;
static char frames[TAP_LINE];

/* ---- what is written down ---- */

static const char *host_of(const char *name, int who)
{
	const struct tap_names *names = &tap_names[kind->family == AF_INET6];

	if (name == OWN)
		return names->of[who];
	return name == PEER ? names->of[!who] : name;
}

/* An address on the wire, told by whose it is. */
static const char *told(int family, const void *addr)
{
	static char text[2][INET6_ADDRSTRLEN];
	static int turn;
	char *to = text[turn ^= 1];

	inet_ntop(family, addr, to, INET6_ADDRSTRLEN);
	for (int who = KERNEL; who <= OURS; who++)
		for (int i = 0; tap_names[i].name; i++)
			if (!strcmp(to, tap_names[i].of[who]))
				return who == sender ? OWN : PEER;
	return strncmp(to, "fe80:", 5) ? to : "link-local";
}

/* What keeps the network going is not looked at. */
static bool is_upkeep(const unsigned char *p, bool v6)
{
	unsigned type = p[40], next = p[6];

	if (!v6)
		return p[9] == IPPROTO_IGMP;
	if (next == IPPROTO_HOPOPTS)
		next = p[40], type = p[48];
	return next == IPPROTO_ICMPV6 && type >= 130 && type <= 143;
}

static void look(int who, const unsigned char *frame, ssize_t n)
{
	const unsigned char *p = frame + 14;
	unsigned proto = (unsigned)frame[12] << 8 | frame[13];
	bool v6 = proto == 0x86dd;
	unsigned hlen = v6 ? 40 : 20;

	if ((!v6 && proto != 0x0800) || n < 34 || is_upkeep(p, v6))
		return;
	tap_put(frames, " %c", who == sender ? '>' : '<');
	if (frame[0] & 1)
		tap_put(frames, "%02x%02x%02x%02x%02x%02x ", frame[0], frame[1], frame[2], frame[3],
		    frame[4], frame[5]);
	tap_put(frames, "%s", told(v6 ? AF_INET6 : AF_INET, p + (v6 ? 8 : 12)));
	tap_put(frames, ">%s ttl%u proto%u", told(v6 ? AF_INET6 : AF_INET, p + (v6 ? 24 : 16)),
	    v6 ? p[7] : p[8], v6 ? p[6] : p[9]);
	if ((v6 ? p[6] : p[9]) == (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		tap_put(frames, " type%u/%u", p[hlen], p[hlen + 1]);
	tap_put(frames, " len%u", v6 ? (unsigned)p[4] << 8 | p[5] : (unsigned)p[2] << 8 | p[3]);
}

/* ---- sockets ---- */

static int or_errno(int r)
{
	return r < 0 ? -errno : r;
}

static int open_socket(int who)
{
	return tap_socket_of(who, kind->family, kind->type, kind->protocol);
}

static int device_of(int who)
{
	return who ? 2 : (int)if_nametoindex("tap0");
}

/* A name of either family; link-local ones with the device where with_scope says so. */
static socklen_t name(const char *host, int who, bool with_scope, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *sin6 = (void *)out;
	const char *at = host_of(host, who);
	socklen_t len;

	if (!strcmp(at, "4in6"))
		at = tap_names[2].of[!who];
	else if (!strcmp(at, "v4"))
		at = tap_names[0].of[!who];
	len = tap_name(at, kind->type == SOCK_RAW ? 0 : PORT, out);
	if (out->ss_family == AF_INET6 && with_scope)
		sin6->sin6_scope_id = (unsigned)device_of(who);
	return len;
}

static int bind_to(int who, int s, const char *host, bool scope, unsigned short port)
{
	struct sockaddr_storage at;
	socklen_t len = name(host, who, scope, &at);

	((struct sockaddr_in *)(void *)&at)->sin_port = htons(port);
	return who ? ln_bind(tap_net, s, &at, len) : or_errno(bind(s, (void *)&at, len));
}

static void join(int who, int s, const char *group)
{
	struct ipv6_mreq m6 = { .ipv6mr_interface = (unsigned)device_of(who) };
	struct ip_mreqn m4 = { .imr_ifindex = device_of(who) };
	int err;

	if (kind->family == AF_INET6) {
		inet_pton(AF_INET6, group, &m6.ipv6mr_multiaddr);
		err = tap_setsockopt(who, s, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &m6, sizeof(m6));
	} else {
		inet_pton(AF_INET, group, &m4.imr_multiaddr);
		err = tap_setsockopt(who, s, SOL_IP, IP_ADD_MEMBERSHIP, &m4, sizeof(m4));
	}
	tap_check(!err, group, who, err);
}

static int hearers[2][HEARERS];

static void open_hearers(int who)
{
	int one = 1;

	for (int i = 0; kind->hearers[i]; i++) {
		int s = hearers[who][i] = open_socket(who);

		tap_setsockopt(who, s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (!i) {
			join(who, s, kind->family == AF_INET6 ? "ff02::9" : "224.0.0.9");
			if (kind->family == AF_INET6)
				join(who, s, "ff05::9");
		}
		tap_check(!bind_to(who, s, kind->hearers[i], true,
				   kind->type == SOCK_RAW ? 0 : PORT), kind->hearers[i], who, i);
	}
}

static void close_hearers(int who)
{
	for (int i = 0; kind->hearers[i]; i++)
		tap_close(who, hearers[who][i]);
}

/* Errors of earlier cases come when neighbours have been waited for in vain. */
static bool is_late(const unsigned char *p)
{
	if (kind->type != SOCK_RAW)
		return false;
	if (kind->protocol == IPPROTO_ICMP)
		return p[20] == 3;
	return kind->protocol == IPPROTO_ICMPV6 && (p[0] == 1 || (p[0] >= 130 && p[0] <= 143));
}

static void put_heard(int who, int s, const char *by, char *line)
{
	unsigned char buf[2000];
	ssize_t n;

	while ((n = tap_recv(who, s, buf, sizeof(buf))) >= 0)
		if (!is_late(buf))
			tap_put(line, " %s:%zd", by, n);
	if (n != -EAGAIN)
		tap_put(line, " %s!%zd", by, n);
}

static void drain(int who, char *line)
{
	tap_put(line, who == sender ? " | here" : " | there");
	for (int i = 0; kind->hearers[i]; i++)
		put_heard(who, hearers[who][i], kind->hearers[i], line);
}

/* ---- one case ---- */

struct how {
	const char *bind, *to;
	bool device, broadcast, scope, connect;
	unsigned size;
};

static int connect_to(int s, const struct how *h)
{
	struct sockaddr_storage to;
	socklen_t len = name(h->to, sender, h->scope, &to);

	return sender ? ln_connect(tap_net, s, &to, len) :
			or_errno(connect(s, (void *)&to, len));
}

static int send_one(int s, const struct how *h)
{
	unsigned char buf[2000] = { kind->family == AF_INET6 ? 128 : 8 };	/* an echo */
	unsigned short *sum = (void *)(buf + 2);
	struct sockaddr_storage to;
	socklen_t len = name(h->to, sender, h->scope, &to);

	if (kind->protocol == IPPROTO_ICMP && kind->type == SOCK_RAW)
		*sum = (unsigned short)~htons(0x0800);
	if (h->connect)
		return (int)tap_send(sender, s, buf, h->size);
	return sender ? (int)ln_sendto(tap_net, s, buf, h->size, 0, &to, len) :
			or_errno((int)sendto(s, buf, h->size, MSG_NOSIGNAL, (void *)&to, len));
}

/* The names that a socket has after all that. */
static void put_names(int s, char *line)
{
	for (int peer = 0; peer < 2; peer++) {
		struct sockaddr_storage at;
		socklen_t len;
		int err = tap_getname(sender, s, peer, &at, &len);

		tap_put(line, peer ? " to %s" : " from %s", err ? "nobody" :
		    at.ss_family == AF_INET6 ?
		    told(AF_INET6, &((struct sockaddr_in6 *)(void *)&at)->sin6_addr) :
		    told(AF_INET, &((struct sockaddr_in *)(void *)&at)->sin_addr));
	}
}

static void run_one(int who, const struct how *h, char *line)
{
	static const char *const device[] = { "tap0", "eth0" };
	int one = 1, err = 0, s;

	sender = who;
	line[0] = frames[0] = 0;
	s = open_socket(who);
	if (h->device)
		err = tap_setsockopt(who, s, SOL_SOCKET, SO_BINDTODEVICE, device[who], 5);
	tap_check(!err, "SO_BINDTODEVICE", who, err);
	if (h->broadcast)
		tap_setsockopt(who, s, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	if (h->bind)
		tap_put(line, "bind %d", bind_to(who, s, h->bind, h->scope, 0));
	if (h->connect)
		tap_put(line, " connect %d", connect_to(s, h));
	if (kind->type != SOCK_STREAM)
		tap_put(line, " send %d", send_one(s, h));
	while (tap_carry())
		;
	put_names(s, line);
	tap_put(line, "%s | itself", frames);
	put_heard(who, s, "it", line);
	drain(who, line);
	drain(!who, line);
	tap_close(who, s);
}

/* ---- all of them ---- */

static unsigned done, different;

static void compare(const struct how *h)
{
	char line[2][TAP_LINE];

	run_one(KERNEL, h, line[KERNEL]);
	run_one(OURS, h, line[OURS]);
	done++;
	if (!strcmp(line[KERNEL], line[OURS]))
		return;
	if (different++ < SHOWN)
		printf("BAD: %s bound to %s%s%s%s, %u bytes to %s%s\n  kernel: %s\n  linnet: %s\n",
		       kind->name, h->bind ? h->bind : "nothing", h->device ? ", device" : "",
		       h->broadcast ? ", broadcast" : "", h->scope ? ", scope" : "", h->size,
		       h->connect ? "its peer " : "", h->to, line[KERNEL], line[OURS]);
}

static void compare_sizes(struct how h)
{
	static const unsigned sizes[] = { 0, 8, 1024 };

	for (unsigned i = 0; i < 3; i++) {
		h.size = sizes[i];
		if (kind->type != SOCK_STREAM)
			compare(&h);
	}
	h.size = 8;
	h.connect = true;
	compare(&h);
}

static void run_kind(void)
{
	int binds = sizeof(kind->binds) / sizeof(kind->binds[0]);

	open_hearers(KERNEL);
	open_hearers(OURS);
	tap_settle();
	for (int b = 0; b < binds && (!b || kind->binds[b]); b++)
		for (int t = 0; kind->tos[t]; t++)
			for (unsigned flags = 0; flags < 4; flags++)
				compare_sizes((struct how){
					.bind = kind->binds[b], .to = kind->tos[t],
					.device = flags & 1,
					.broadcast = kind->family == AF_INET && flags & 2,
					.scope = kind->family == AF_INET6 && flags & 2,
				});
	close_hearers(KERNEL);
	close_hearers(OURS);
}

int main(void)
{
	kernel_must_be(6, 18);
	tap_begin(look);
	tap_kernel_loopback();
	tap_write_file("/proc/sys/net/ipv4/ping_group_range", "0 0");
	for (kind = kinds; kind < kinds + sizeof(kinds) / sizeof(kinds[0]); kind++)
		run_kind();
	tap_end();
	printf("%u cases, %u differ\n", done, different);
	return different || !done;
}
