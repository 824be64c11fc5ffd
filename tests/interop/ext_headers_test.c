/* SPDX-License-Identifier: MIT */
/*
 * Extension headers of sockets (RFC 3542), beside the kernel: headers drawn at random, set for all
 * that is sent or said for one message, by UDP, raw and TCP sockets. Both ends of a TAP do the same
 * in turn: what the calls answer, the frames, what the error queue says and what the reader at the
 * other end is told must be alike (harness/tap_sockets.h).
 *
 *	ext_headers_test [cases [seed]]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap_sockets.h"

#define ADDR_LEN 16
#define FROM_PORT 5000
#define TO_PORT 6000
#define RAW_PROTOCOL 253
#define HDR_MAX 264
#define NOTES_MAX 300000

enum { HOP = IPV6_HOPOPTS, DST0 = IPV6_RTHDRDSTOPTS, RT = IPV6_RTHDR, DST1 = IPV6_DSTOPTS };

static const int names[] = { HOP, DST0, RT, DST1 };
enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* What happened, as bytes that must be the same. */
struct notes {
	unsigned char b[NOTES_MAX];
	size_t n;
};

static struct notes notes;
/* The case has a routing header, whose end both take differently (docs/RFC.md). */
static bool routed;
/* ... or destination options, whose length the kernel counts twice where a packet may not be cut:
 * what would fit is refused, of the size that it just told. Then the packets are short. */
static bool has_dst1;
static int noting = -1;		/* whose frames are noted; -1: nobody's */
static unsigned char addr[2][ADDR_LEN];
static unsigned long long seed = 1;

static unsigned draw(unsigned n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % n;
}

static void note(const void *p, size_t n)
{
	tap_check(notes.n + n <= NOTES_MAX, "room for notes", (long)notes.n, (long)n);
	memcpy(notes.b + notes.n, p, n);
	notes.n += n;
}

static void note_int(const char *what, long v)
{
	char line[64];

	note(line, (size_t)snprintf(line, sizeof(line), "%s=%ld\n", what, v));
}

/* Whoever it is, it is 1, and the other one 2. */
static void same_names(unsigned char *p, size_t n, int who)
{
	for (size_t i = 0; i + ADDR_LEN <= n; i++) {
		if (!memcmp(p + i, addr[0], ADDR_LEN - 1) && p[i + 15] >= 1 && p[i + 15] <= 2)
			p[i + 15] = (unsigned char)((p[i + 15] - 1 == who) + 1);
	}
}

/* Flow labels and identifications of fragments are nobody's to foresee. */
static void blank(unsigned char *ip, size_t n)
{
	size_t at = 40;
	unsigned char next = ip[6];

	ip[1] &= 0xf0;
	ip[2] = ip[3] = 0;
	while (at + 8 <= n && (next == 0 || next == 43 || next == 44 || next == 60)) {
		size_t len = next == 44 ? 8 : (ip[at + 1] + 1u) * 8;

		if (next == 44)
			memset(ip + at + 4, 0, 4);
		next = ip[at];
		at += len;
	}
}

/* Of what each side sends by TCP: what stands between IPv6's header and its own, the longest. */
struct stream {
	unsigned char headers[1024];
	size_t hlen, most, syns;
};

static struct stream stream[2];

static void look_at_tcp(int who, unsigned char *ip, size_t n)
{
	struct stream *st = &stream[who];
	unsigned char next = ip[6];
	size_t at = 40;

	while (at + 8 <= n && (next == 0 || next == 43 || next == 60)) {
		next = ip[at];
		at += (ip[at + 1] + 1u) * 8;
	}
	if (next != IPPROTO_TCP || at + 20 > n)
		return;
	same_names(ip, n, who);
	st->syns += ip[at + 13] >> 1 & 1;
	st->hlen = at - 40;
	memcpy(st->headers, ip + 40, st->hlen);
	n -= at + (ip[at + 12] >> 4) * 4u;
	st->most = n > st->most ? n : st->most;
}

static void look(int who, const unsigned char *frame, ssize_t n)
{
	unsigned char ip[2048];
	size_t len = (size_t)n - 14;

	if (n < 54 || frame[12] != 0x86 || frame[13] != 0xdd)
		return;
	memcpy(ip, frame + 14, len);
	if (noting < 0)
		look_at_tcp(who, ip, len);
	if (who != noting)
		return;
	/* Neighbour discovery, MLD and errors are nobody's here. */
	if (ip[6] == 58 || (ip[6] == 0 && ip[40] == 58))
		return;
	blank(ip, len);
	same_names(ip, len, who);
	note_int("frame", (long)len);
	note(ip, len);
}

/* ---- headers ---- */

struct hdr {
	unsigned char b[HDR_MAX];
	unsigned len;
};

/* Options that nobody knows and everybody passes over, and padding between them. */
static void draw_options(struct hdr *h)
{
	unsigned at = 2, units = draw(4) ? 1 + draw(3) : 1 + draw(30);

	*h = (struct hdr){ .len = units * 8 };
	h->b[0] = (unsigned char)draw(256);
	h->b[1] = (unsigned char)(units - 1);
	while (at < h->len) {
		unsigned left = h->len - at, n;

		if (left == 1) {
			h->b[at++] = 0;
			continue;
		}
		n = left - 2 < 60 ? left - 2 : draw(60);
		if (left - 2 - n == 1)
			n--;
		h->b[at] = n <= 5 && at + 2 + n == h->len ? 1 : 0x1e;
		h->b[at + 1] = (unsigned char)n;
		for (unsigned i = 0; i < n && h->b[at] != 1; i++)
			h->b[at + 2 + i] = (unsigned char)draw(256);
		at += 2 + n;
	}
}

/* Segment routing (RFC 8754), by way of the peer. */
static void draw_rthdr(struct hdr *h, int who)
{
	unsigned addrs = 1 + draw(3);

	*h = (struct hdr){ .len = 8 + addrs * ADDR_LEN };
	h->b[1] = (unsigned char)(addrs * 2);
	h->b[2] = draw(20) ? 4 : (unsigned char)draw(6);
	h->b[3] = (unsigned char)(draw(20) ? draw(addrs) : draw(8));
	h->b[4] = (unsigned char)(draw(20) ? addrs - 1 : draw(5));
	for (unsigned i = 0; i < addrs; i++)
		memcpy(h->b + 8 + i * ADDR_LEN, addr[!who], ADDR_LEN);
}

static void draw_header(struct hdr *h, int name, int who)
{
	if (name == RT)
		draw_rthdr(h, who);
	else
		draw_options(h);
	/* A mistake now and then. */
	if (!draw(40))
		h->len -= draw(h->len);
	if (!draw(60))
		h->b[1]++;
}

/* ---- one case ---- */

static void set_int(int who, int s, int name, int v)
{
	note_int("set", tap_setsockopt(who, s, IPPROTO_IPV6, name, &v, sizeof(v)));
}

static void set_some(int who, int s)
{
	unsigned char got[HDR_MAX];
	struct hdr h;
	unsigned len;
	int err;

	for (int i = 0; i < NAMES; i++) {
		if (draw(3))
			continue;
		draw_header(&h, names[i], who);
		if (!draw(15))
			h.len = 0;
		err = tap_setsockopt(who, s, IPPROTO_IPV6, names[i], h.b, h.len);
		note_int("sticky", err);
		routed |= names[i] == RT && !err && h.len;
		has_dst1 |= names[i] == DST1;
		len = draw(4) ? sizeof(got) : draw(40);
		note_int("get", tap_getsockopt(who, s, IPPROTO_IPV6, names[i], got, &len));
		same_names(got, len, who);
		note(got, len);
	}
}

/* Control messages with some of them; each at most once, which Linux counts right. */
static size_t put_some(int who, unsigned char *control)
{
	size_t at = 0;
	struct hdr h;

	for (int i = 0; i < NAMES; i++) {
		struct cmsghdr c = { .cmsg_level = IPPROTO_IPV6, .cmsg_type = names[i] };

		if (draw(names[i] == RT ? 20 : 5))
			continue;
		has_dst1 |= names[i] == DST1;
		draw_header(&h, names[i], who);
		c.cmsg_len = CMSG_LEN(h.len);
		memcpy(control + at, &c, sizeof(c));
		memcpy(control + at + CMSG_LEN(0), h.b, h.len);
		at += CMSG_SPACE(h.len);
	}
	return at;
}

/* Reads one message of s, or what else waits there, and notes it. */
static void read_one(int who, int s, int flags)
{
	static unsigned char buf[70000];
	_Alignas(8) unsigned char control[4096] = { 0 };
	struct sockaddr_in6 from = { 0 };
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = draw(8) ? sizeof(control) : draw(200),
	};
	ssize_t n = tap_recvmsg(who, s, &m, flags);

	note_int(flags ? "errqueue" : "read", n);
	if (n < 0)
		return;
	note_int("flags", m.msg_flags);
	note_int("name", m.msg_namelen);
	from.sin6_scope_id = 0;
	same_names((void *)&from, sizeof(from), who);
	note(&from, m.msg_namelen < sizeof(from) ? m.msg_namelen : sizeof(from));
	same_names(control, m.msg_controllen, who);
	note_int("control", (long)m.msg_controllen);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		note(c, c->cmsg_len);
}

static void to_read(int who, int s)
{
	static const int told[] = { IPV6_RECVHOPOPTS, IPV6_RECVDSTOPTS, IPV6_RECVRTHDR };

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (draw(4))
			set_int(who, s, told[i], 1);
}

/* Whether packets may not be cut. */
static bool to_send(int who, int s)
{
	bool whole = !draw(3);
	int discover = -1;

	if (whole)
		set_int(who, s, IPV6_DONTFRAG, 1);
	if (!draw(3))
		set_int(who, s, IPV6_RECVERR, 1);
	if (!draw(2))
		set_int(who, s, IPV6_RECVPATHMTU, 1);
	if (!draw(3)) {
		discover = (int)draw(6);
		set_int(who, s, IPV6_MTU_DISCOVER, discover);
	}
	set_some(who, s);
	return whole || discover > IPV6_PMTUDISC_WANT;
}

static void send_some(int who, int s, const struct sockaddr_in6 *to, bool may_grow,
		      bool whole)
{
	static unsigned char payload[66000];
	_Alignas(8) unsigned char control[NAMES * (HDR_MAX + 32)] = { 0 };
	unsigned pieces = may_grow && !draw(4) ? 2 : 1;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (unsigned char)(i * 7 + i / 251);
	for (unsigned i = 0; i < pieces; i++) {
		struct iovec iov = { payload, draw(3) ? draw(300) : 1100 + draw(600) };
		struct msghdr m = { .msg_name = (void *)(uintptr_t)to,
				    .msg_namelen = sizeof(*to), .msg_iov = &iov, .msg_iovlen = 1 };

		if (!draw(40))
			iov.iov_len = 65000 + draw(1000);
		if (!draw(2) && !i) {
			m.msg_controllen = put_some(who, control);
			m.msg_control = m.msg_controllen ? control : NULL;
		}
		if (has_dst1 && (whole || iov.iov_len > 60000))
			iov.iov_len %= 300;
		note_int("send", tap_sendmsg(who, s, &m, i + 1 < pieces ? MSG_MORE : 0));
		memset(control, 0xff, sizeof(control));
	}
}

static void one_side(int who, bool raw)
{
	int type = raw ? SOCK_RAW : SOCK_DGRAM, protocol = raw ? RAW_PROTOCOL : 0;
	int s = tap_socket_of(who, AF_INET6, type, protocol);
	int at = tap_socket_of(!who, AF_INET6, type, protocol);
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(raw ? 0 : TO_PORT) };
	bool whole;

	memcpy(&to.sin6_addr, addr[!who], ADDR_LEN);
	tap_bind(who, s, tap_names[1].of[who], raw ? 0 : FROM_PORT);
	tap_bind(!who, at, tap_names[1].of[!who], raw ? 0 : TO_PORT);
	routed = has_dst1 = false;
	to_read(!who, at);
	whole = to_send(who, s);
	if (!raw && !draw(3))
		note_int("connect", tap_connect(who, s, tap_names[1].of[!who], TO_PORT));
	noting = who;
	send_some(who, s, &to, !raw, whole);
	for (int i = 0; i < 6; i++)
		tap_carry();
	noting = -1;
	if (!routed) {
		read_one(!who, at, 0);
		read_one(who, s, MSG_ERRQUEUE);
		read_one(who, s, 0);
		read_one(who, s, 0);
	}
	tap_close(who, s);
	tap_close(!who, at);
}

static void show(const struct notes *a, const struct notes *b, size_t at)
{
	const struct notes *both[] = { a, b };

	for (int who = 0; who < 2; who++) {
		printf("%s, %zu bytes:\n", who ? "ours" : "kernel", both[who]->n);
		for (size_t i = at > 700 ? at - 700 : 0; i < both[who]->n && i < at + 400; i++) {
			unsigned char c = both[who]->b[i];

			if (i == at)
				printf(" >>>");
			printf(c >= ' ' && c < 127 ? "%c" : c == '\n' ? "\n" : "\\%02x", c);
		}
		printf("\n");
	}
}

static void same(const struct notes *kernel, unsigned i, const char *what)
{
	size_t at = 0;

	while (at < kernel->n && at < notes.n && kernel->b[at] == notes.b[at])
		at++;
	if (at == kernel->n && at == notes.n)
		return;
	show(kernel, &notes, at);
	tap_check(false, what, (long)i, (long)at);
}

static void datagrams(unsigned cases)
{
	static struct notes kernel;

	for (unsigned i = 0; i < cases; i++) {
		unsigned long long before = seed;
		bool raw = i % 3 == 2;

		for (int who = KERNEL; who <= OURS; who++) {
			seed = before;
			notes.n = 0;
			one_side(who, raw);
			if (who == KERNEL)
				kernel = notes;
		}
		same(&kernel, i, raw ? "raw" : "udp");
	}
}

/* ---- flow labels ---- */

/* Two sockets ask for some of few labels, and send by them. */
static void labels_of_two(int who, unsigned base)
{
	static const unsigned char shares[] = { 0, 1, 2, 3, 9, 255, 255, 255 };
	int s[2] = { tap_socket(who, "::", SOCK_DGRAM), tap_socket(who, "::", SOCK_DGRAM) };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	int on = 1;

	memcpy(&to.sin6_addr, addr[!who], ADDR_LEN);
	for (int i = 0; i < 2; i++)
		tap_setsockopt(who, s[i], IPPROTO_IPV6, LN_IPV6_FLOWINFO_SEND, &on, sizeof(on));
	for (int i = 0; i < 60; i++) {
		struct ln_in6_flowlabel_req req = {
			.flr_label = htonl(draw(30) ? base + draw(6) : 1 << 20),
			.flr_action = (unsigned char)(draw(2) ? 0 : draw(draw(9) ? 3 : 9)),
			.flr_share = shares[draw(sizeof(shares))],
			.flr_flags = (unsigned short)draw(8),
			.flr_expires = (unsigned short)draw(20),
			.flr_linger = (unsigned short)draw(20),
		};
		int which = (int)draw(2);

		memcpy(req.flr_dst, addr[!who], draw(20) ? ADDR_LEN : 0);
		note_int("label", tap_setsockopt(who, s[which], IPPROTO_IPV6,
						 LN_IPV6_FLOWLABEL_MGR, &req,
						 draw(20) ? sizeof(req) : draw(sizeof(req))));
		to.sin6_flowinfo = htonl(base + draw(9));
		note_int("by", who ? ln_sendto(tap_net, s[which], "x", 1, 0, &to, sizeof(to)) :
				     sendto(s[which], "x", 1, 0, (void *)&to, sizeof(to)) < 0 ?
				     -errno : 1);
	}
	for (int i = 0; i < 2; i++)
		tap_close(who, s[i]);
}

/* What lingers is of a case before: each has labels of its own. */
static void labels(unsigned cases)
{
	static struct notes kernel;

	for (unsigned i = 0; i < cases; i++) {
		unsigned long long before = seed;

		for (int who = KERNEL; who <= OURS; who++) {
			seed = before;
			notes.n = 0;
			labels_of_two(who, 1 + i * 10);
			if (who == KERNEL)
				kernel = notes;
		}
		same(&kernel, i, "flow labels");
		tap_settle();
	}
}

/* ---- TCP ---- */

/* Destination options of so many bytes, hop-by-hop ones of 8. */
static void set_fixed(int who, int s, unsigned dst_len)
{
	unsigned char hop[8] = { 0, 0, 0x1e, 4, 1, 2, 3, 4 }, dst[512] = { 0 };

	dst[1] = (unsigned char)(dst_len / 8 - 1);
	for (unsigned at = 2; at < dst_len; at += 2u + dst[at + 1]) {
		dst[at] = 0x1e;
		dst[at + 1] = (unsigned char)(dst_len - at - 2 < 100 ? dst_len - at - 2 : 98);
	}
	note_int("hop", tap_setsockopt(who, s, IPPROTO_IPV6, HOP, hop, sizeof(hop)));
	note_int("dst", tap_setsockopt(who, s, IPPROTO_IPV6, DST1, dst, dst_len));
}

/* role: of whom its segments were. */
static void note_stream(int who, const char *role)
{
	struct stream *st = &stream[who];

	note_int(role, (long)st->hlen);
	note(st->headers, st->hlen);
	note_int("most", (long)st->most);
	note_int("syns", (long)st->syns);
	*st = (struct stream){ .most = 0 };
}

/* who connects; both transfer; then the headers grow, and go. */
static void one_stream(int who, unsigned client_dst, unsigned server_dst, unsigned short port)
{
	int l = tap_socket(!who, "::", SOCK_STREAM), s = tap_socket(who, "::", SOCK_STREAM), at;

	tap_settle();
	memset(stream, 0, sizeof(stream));
	if (client_dst)
		set_fixed(who, s, client_dst);
	if (server_dst)
		set_fixed(!who, l, server_dst);
	tap_bind(!who, l, "::", port);
	tap_listen(!who, l);
	tap_connect(who, s, tap_names[1].of[!who], port);
	at = tap_accept(!who, l, NULL);
	for (unsigned i = 0; i < 3; i++) {
		tap_transfer(who, s, at, 40000);
		tap_transfer(!who, at, s, 40000);
		tap_settle();
		note_stream(who, "client");
		note_stream(!who, "server");
		if (i < 2)
			set_fixed(who, s, i ? 400 : 24);
	}
	tap_close(who, s);
	tap_settle();
	tap_close(!who, at);
	tap_close(!who, l);
	tap_settle();
}

static void streams(void)
{
	static const unsigned dst[][2] = { { 8, 0 }, { 0, 8 }, { 48, 120 }, { 200, 504 } };
	static struct notes kernel;

	for (unsigned i = 0; i < sizeof(dst) / sizeof(dst[0]); i++) {
		for (int who = KERNEL; who <= OURS; who++) {
			notes.n = 0;
			one_stream(who, dst[i][0], dst[i][1], (unsigned short)(7000 + i * 2 + who));
			if (who == KERNEL)
				kernel = notes;
		}
		same(&kernel, i, "TCP");
	}
}

int main(int argc, char **argv)
{
	unsigned cases = argc > 1 ? (unsigned)atoi(argv[1]) : 600;
	char zero = 0;

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	tap_begin(look);
	for (int who = KERNEL; who <= OURS; who++)
		inet_pton(AF_INET6, tap_names[1].of[who], addr[who]);
	/* Neighbours know each other. */
	tap_sendto(KERNEL, tap_socket(KERNEL, "::", SOCK_DGRAM), &zero, 1, 0, "fd00::2", 9);
	tap_settle();
	datagrams(cases);
	labels(cases / 20);
	streams();
	tap_end();
	printf("%u cases alike\n", cases);
	return 0;
}
