/* SPDX-License-Identifier: MIT */
#include "harness/icmp_cases.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *const icmp_case_setup[] = {
	"ip link set wan mtu 1300",
	"ip route add unreachable 203.0.113.0/26",
	"ip route add prohibit 203.0.113.64/26",
	"ip route add blackhole 203.0.113.128/26",
	"ip -6 route add unreachable 2001:db8:a::/48",
	"ip -6 route add prohibit 2001:db8:b::/48",
	"ip -6 route add blackhole 2001:db8:c::/48",
	NULL,
};

/* ---- kinds: what is wrong with a packet ---- */

struct kind {
	const char *name, *to;
	unsigned char proto, ttl, type, code;
	unsigned short len;		/* of the IP packet; 0: a short one */
	bool local, bad_option;
};

#define NOBODY 254

static const struct kind kinds4[] = {
	{ "protocol unreachable", "10.0.1.1", NOBODY, 64, 3, 2, .local = true },
	{ "port unreachable", "10.0.1.1", 17, 64, 3, 3, .local = true },
	{ "option without end", "10.0.1.1", NOBODY, 64, 12, 0, .local = true, .bad_option = true },
	{ "time exceeded", "198.51.100.7", NOBODY, 1, 11, 0, .len = 0 },
	{ "no route", "8.8.8.8", NOBODY, 64, 3, 0, .len = 0 },
	{ "unreachable", "203.0.113.1", NOBODY, 64, 3, 1, .len = 0 },
	{ "prohibited", "203.0.113.65", NOBODY, 64, 3, 13, .len = 0 },
	{ "too big", "198.51.100.7", NOBODY, 64, 3, 4, .len = 1400 },
};

static const struct kind kinds6[] = {
	{ "unknown next header", "fd00:1::1", NOBODY, 64, 4, 1, .local = true },
	{ "port unreachable", "fd00:1::1", 17, 64, 1, 4, .local = true },
	{ "hop limit", "2001:db8:9::7", NOBODY, 1, 3, 0, .len = 0 },
	{ "no route", "2001:db9::1", NOBODY, 64, 1, 0, .len = 0 },
	{ "unreachable", "2001:db8:a::1", NOBODY, 64, 1, 0, .len = 0 },
	{ "prohibited", "2001:db8:b::1", NOBODY, 64, 1, 1, .len = 0 },
	{ "too big", "2001:db8:9::7", NOBODY, 64, 2, 0, .len = 1400 },
};

/* ---- conditions: why it is not answered all the same ---- */

struct condition {
	const char *name;
	const char *from, *to;		/* instead */
	const char *mac;		/* the frame's destination, instead */
	short icmp;			/* the packet is an ICMP message of this type; -1: none */
	short frag;			/* what stands in its header; IPv6: in a fragment header */
	bool answered;
	bool local_only, cut;		/* the message ends before its type */
	bool linux_answers;		/* ... against the RFC, and so do we */
	bool not_linux;			/* ... and we do not */
};

static const struct condition conditions4[] = {
	{ "as it is", .icmp = -1, .answered = true },
	{ "1122 3.2.2: a frame for all", .mac = "\xff\xff\xff\xff\xff\xff", .icmp = -1 },
	{ "1122 3.2.2: a frame for a group", .mac = "\x01\0\x5e\0\0\x05", .icmp = -1 },
	{ "1122 3.2.2: for the network's broadcast", .to = "10.0.1.255", .icmp = -1,
	  .local_only = true },
	{ "1122 3.2.2: for 255.255.255.255", .to = "255.255.255.255", .icmp = -1,
	  .local_only = true },
	{ "1122 3.2.2: for a group", .to = "224.0.0.1", .icmp = -1, .local_only = true },
	{ "1122 3.2.2: a later fragment", .icmp = -1, .frag = 8 },
	{ "a first fragment", .icmp = -1, .frag = 0x2000, .answered = true },
	{ "1122 3.2.2: from 0.0.0.0", .from = "0.0.0.0", .icmp = -1 },
	{ "1122 3.2.2: from 127.0.0.1", .from = "127.0.0.1", .icmp = -1 },
	{ "1122 3.2.2: from a group", .from = "224.0.0.9", .icmp = -1 },
	{ "1122 3.2.2: from 255.255.255.255", .from = "255.255.255.255", .icmp = -1 },
	{ "from this machine", .from = "10.0.1.1", .icmp = -1 },
	{ "1122 3.2.2: from the network's broadcast", .from = "10.0.1.255", .icmp = -1,
	  .linux_answers = true },
	{ "1122 3.2.2: about an unreachable", .icmp = 3 },
	{ "1122 3.2.2: about a source quench", .icmp = 4 },
	{ "1122 3.2.2: about a redirect", .icmp = 5 },
	{ "1122 3.2.2: about a time exceeded", .icmp = 11 },
	{ "1122 3.2.2: about a parameter problem", .icmp = 12 },
	{ "about an ICMP message that nobody knows", .icmp = 41 },
	{ "about an ICMP message without a type", .icmp = 8, .cut = true },
	{ "about an echo request", .icmp = 8, .answered = true },
	{ "about an echo reply", .icmp = 0, .answered = true },
	{ "about a timestamp request", .icmp = 13, .answered = true },
};

static const struct condition conditions6[] = {
	{ "as it is", .icmp = -1, .answered = true },
	{ "2.4 e.4: a frame for a group", .mac = "\x33\x33\0\0\0\x05", .icmp = -1 },
	{ "2.4 e.4: a frame for all", .mac = "\xff\xff\xff\xff\xff\xff", .icmp = -1 },
	{ "2.4 e.3: for a group", .to = "ff02::1", .icmp = -1, .local_only = true },
	{ "2.4 e.6: from ::", .from = "::", .icmp = -1 },
	{ "2.4 e.6: from a group", .from = "ff02::9", .icmp = -1 },
	{ "from ::1", .from = "::1", .icmp = -1 },
	{ "2.4 e.1: about an unreachable", .icmp = 1 },
	{ "2.4 e.1: about a packet too big", .icmp = 2 },
	{ "2.4 e.1: about an error that nobody knows", .icmp = 100 },
	{ "2.4 e.2: about a redirect", .icmp = 137, .not_linux = true },
	{ "about an ICMPv6 message without a type", .icmp = 128, .cut = true },
	{ "about an echo request", .icmp = 128, .answered = true },
	{ "about an echo reply", .icmp = 129, .answered = true },
	{ "about an informational message that nobody knows", .icmp = 200, .answered = true },
};

/* ---- packets ---- */

static unsigned sum(const unsigned char *p, size_t n, unsigned s)
{
	for (size_t i = 0; i < n; i++)
		s += i & 1 ? p[i] : (unsigned)p[i] << 8;
	while (s >> 16)
		s = (s >> 16) + (s & 0xffff);
	return s;
}

static void put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

/* What the packet carries: n bytes at p. pseudo: the sum of what else its own covers. */
static void put_payload(unsigned char *p, size_t n, unsigned char proto, int icmp, unsigned pseudo)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)i;
	if (proto == 17 && n >= 8) {
		put16(p, 4000);
		put16(p + 2, 9);
		put16(p + 4, (unsigned)n);
		put16(p + 6, 0);
		put16(p + 6, ~sum(p, n, pseudo + 17 + (unsigned)n) & 0xffff);
	} else if (icmp >= 0 && n >= 8) {
		p[0] = (unsigned char)icmp;
		p[1] = 0;
		put16(p + 2, 0);
		put16(p + 2, ~sum(p, n, proto == 58 ? pseudo + 58 + (unsigned)n : 0) & 0xffff);
	}
}

static void put_eth(struct twin_frame *f, const char *mac, unsigned proto)
{
	static const unsigned char from[] = { 2, 0, 0, 0, 1, 2 }, us[] = { 2, 0, 0, 0, 1, 1 };

	memset(f, 0, sizeof(*f));
	memcpy(f->b, mac ? mac : (const char *)us, 6);
	memcpy(f->b + 6, from, 6);
	put16(f->b + 12, proto);
}

static void group_mac4(struct twin_frame *f, const char *to)
{
	unsigned char a[4];

	inet_pton(AF_INET, to, a);
	if (a[0] == 255 || a[3] == 255)
		memset(f->b, 0xff, 6);
	else if (a[0] >> 4 == 14)
		memcpy(f->b, (const unsigned char[]){ 1, 0, 0x5e, a[1] & 127, a[2], a[3] }, 6);
}

/* From the host whose last number is `host`. */
static void build4(const struct kind *k, const struct condition *c, unsigned host,
		   struct twin_frame *f)
{
	unsigned char *ip = f->b + 14;
	unsigned hlen = k->bad_option ? 24 : 20, len = k->len ? k->len : hlen + 32;
	const char *to = c->to ? c->to : k->to;

	if (c->cut)
		len = hlen;
	put_eth(f, c->mac, 0x0800);
	if (c->to)
		group_mac4(f, to);
	f->len = 14 + len;
	ip[0] = (unsigned char)(0x40 | hlen / 4);
	put16(ip + 2, len);
	put16(ip + 6, (unsigned)c->frag | (k->len && !c->frag ? 0x4000u : 0));
	ip[8] = k->ttl;
	ip[9] = c->icmp >= 0 ? 1 : k->proto;
	inet_pton(AF_INET, c->from ? c->from : "10.0.1.0", ip + 12);
	if (!c->from)
		ip[15] = (unsigned char)host;
	f->b[11] = (unsigned char)host;
	inet_pton(AF_INET, to, ip + 16);
	if (k->bad_option)
		memcpy(ip + 20, "\x44\x28\x05\x00", 4);	/* a timestamp of 40 bytes */
	put_payload(ip + hlen, len - hlen, ip[9], c->icmp, sum(ip + 12, 8, 0));
	put16(ip + 10, ~sum(ip, hlen, 0) & 0xffff);
}

static void build6(const struct kind *k, const struct condition *c, unsigned host,
		   struct twin_frame *f)
{
	unsigned char *ip = f->b + 14;
	unsigned len = k->len ? k->len - 40u : 32;
	const char *to = c->to ? c->to : k->to;

	if (c->cut)
		len = 0;
	put_eth(f, c->mac, 0x86dd);
	f->len = 54 + len;
	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = c->icmp >= 0 ? 58 : k->proto;
	ip[7] = k->ttl;
	inet_pton(AF_INET6, c->from ? c->from : "fd00:1::", ip + 8);
	if (!c->from)
		ip[23] = (unsigned char)host;
	f->b[11] = (unsigned char)host;
	inet_pton(AF_INET6, to, ip + 24);
	if (c->to && ip[24] == 0xff)
		memcpy(f->b, "\x33\x33\0\0\0\x01", 6);
	put_payload(ip + 40, len, ip[6], c->icmp, sum(ip + 8, 32, 0));
}

/* ---- which of them ---- */

/* A packet for this machine itself waits for its other pieces, an ICMP message is taken. */
static bool applies(const struct kind *k, const struct condition *c)
{
	if (c->local_only && !k->local)
		return false;
	if (k->local && !k->bad_option && (c->frag || c->icmp >= 0))
		return false;
	if (k->len && (c->cut || c->frag))
		return false;
	/* What routes refuse is told to one address once a second, and there is only one. */
	if (c->linux_answers && !k->local && !k->len && k->ttl > 1)
		return false;
	return !(k->bad_option && c->frag);
}

static bool find(unsigned n, bool v6, struct icmp_case *out)
{
	const struct kind *kinds = v6 ? kinds6 : kinds4;
	const struct condition *conditions = v6 ? conditions6 : conditions4;
	size_t nk = v6 ? sizeof(kinds6) / sizeof(*kinds6) : sizeof(kinds4) / sizeof(*kinds4);
	size_t nc = v6 ? sizeof(conditions6) / sizeof(*conditions6) :
			 sizeof(conditions4) / sizeof(*conditions4);

	for (size_t i = 0; i < nk * nc; i++) {
		const struct kind *k = &kinds[i / nc];
		const struct condition *c = &conditions[i % nc];

		if (!applies(k, c) || n--)
			continue;
		snprintf(out->name, sizeof(out->name), "IPv%d %s, %s", v6 ? 6 : 4, k->name,
			 c->name);
		(v6 ? build6 : build4)(k, c, ICMP_CASE_HOST + (unsigned)i % ICMP_CASE_HOSTS,
				       &out->f);
		out->not_linux = c->not_linux;
		out->answered = c->answered || c->linux_answers;
		out->type = k->type;
		out->code = k->code;
		return true;
	}
	return false;
}

static unsigned count4(void)
{
	struct icmp_case c;
	unsigned n = 0;

	while (find(n, false, &c))
		n++;
	return n;
}

bool icmp_case_get(unsigned n, struct icmp_case *c)
{
	unsigned of4 = count4();

	return n < of4 ? find(n, false, c) : find(n - of4, true, c);
}

bool icmp_case_matches(const struct icmp_case *c, const struct twin_frame *f)
{
	bool v6 = f->b[12] == 0x86;
	const unsigned char *ip = f->b + 14, *icmp = ip + (v6 ? 40 : (ip[0] & 15) * 4);

	return (v6 ? ip[6] == 58 : ip[9] == 1) && icmp[0] == c->type && icmp[1] == c->code;
}

void icmp_case_port(bool v6, unsigned host, struct twin_frame *f)
{
	struct condition c = { "", .icmp = -1 };

	(v6 ? build6 : build4)(v6 ? &kinds6[1] : &kinds4[1], &c, host, f);
}
