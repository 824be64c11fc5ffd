/* SPDX-License-Identifier: MIT */
/*
 * Connection tracking of TCP beside the kernel's (harness/nft_twins.h): two hosts that talk by and
 * large as TCP does, and now and then repeat, guess, forget or make things up. What is invalid to
 * one is invalid to the other, and conntrack -L says the same of both, and so does conntrack -E.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "harness/nft_packet.h"

#define STEPS 60

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static uint64_t state;

static unsigned draw(unsigned n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(state >> 33) % n;
}

static bool one_in(unsigned n)
{
	return !draw(n);
}

/* ---- two hosts ---- */

static struct host {
	uint32_t nxt, rcv;	/* what it sends next, what it has seen of the other */
	uint16_t win;
	bool topt;
} host[2];

static bool v6;

static void begin_packet(struct twin_packet *p, unsigned side)
{
	static const uint8_t addr6[2][16] = {
		{ 0xfd, 0, 0, 1, [15] = 2 }, { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = 2 },
	};
	static const uint8_t addr4[2][4] = { { 10, 0, 1, 2 }, { 192, 0, 2, 2 } };

	*p = (struct twin_packet){
		.port = side ? WAN : LAN, .v6 = v6, .proto = 6, .ttl = 64,
		.sport = side ? 80 : 5000, .dport = side ? 5000 : 80, .win = host[side].win,
	};
	memcpy(p->saddr, v6 ? addr6[side] : addr4[side], v6 ? 16 : 4);
	memcpy(p->daddr, v6 ? addr6[!side] : addr4[!side], v6 ? 16 : 4);
}

/* What a host that knows all would send: flags by chance, numbers right. */
static void draw_good(struct twin_packet *p, unsigned side)
{
	static const uint8_t kinds[] = {
		ACK, ACK, ACK, PSH | ACK, PSH | ACK, PSH | ACK, PSH | ACK, FIN | ACK, RST,
		RST | ACK, SYN, SYN | ACK,
	};

	p->flags = kinds[draw(sizeof(kinds))];
	if (p->flags & (RST | SYN | FIN) && one_in(2))
		p->flags = PSH | ACK;
	p->seq = host[side].nxt;
	p->ack = p->flags & ACK ? host[side].rcv : 0;
	p->len = (uint16_t)(p->flags & PSH ? 1 + draw(100) : 0);
	if (p->flags == SYN && one_in(2))
		p->seq += 100000 + draw(1000000);
	if (p->flags & SYN && host[side].topt)
		p->topt = true;
}

/* Something of it is wrong. */
static void spoil(struct twin_packet *p, unsigned side)
{
	static const uint32_t by[] = { 1, 2, 10, 100, 1000, 20000, 70000, 1000000, 1u << 31 };
	uint32_t n = by[draw(sizeof(by) / sizeof(*by))];

	n = one_in(2) ? n : 0 - n;
	switch (draw(6)) {
	case 0:
		p->seq += n;
		break;
	case 1:
		p->ack += n;
		break;
	case 2:
		p->flags = RST;
		p->seq = one_in(3) ? 0 : host[side].nxt + n;
		p->ack = 0;
		break;
	case 3:
		p->flags = RST | ACK;
		p->seq = one_in(2) ? 0 : p->seq;
		p->ack = one_in(2) ? host[side].rcv : host[side].rcv + n;
		break;
	case 4:
		p->win = one_in(2) ? 0 : 65535;
		break;
	default:
		p->flags = (uint8_t)draw(32);
		break;
	}
}

static void sent(const struct twin_packet *p, unsigned side, bool arrived)
{
	uint32_t end = p->seq + p->len + !!(p->flags & SYN) + !!(p->flags & FIN);

	host[side].nxt = end;
	if (arrived)
		host[!side].rcv = end;
}

static bool step(void)
{
	unsigned side = draw(2);
	struct twin_packet p;
	struct twin_frame f;
	struct twin_out out;
	bool good = !one_in(4);

	begin_packet(&p, side);
	draw_good(&p, side);
	if (!good)
		spoil(&p, side);
	twin_packet_build(&p, &f);
	if (!twins_send(p.port, &f, false, &out)) {
		printf("  %s: flags %#x seq %u ack %u len %u win %u\n", side ? "wan" : "lan",
		       p.flags, p.seq, p.ack, p.len, p.win);
		return false;
	}
	if (getenv("TALK"))	/* for a reader: who says what, and whether it goes by */
		printf("  %s: flags %#x seq %u ack %u len %u win %u: %u\n",
		       side ? "wan" : "lan", p.flags, p.seq, p.ack, p.len, p.win, out.n);
	if (good || one_in(8))
		sent(&p, side, out.n);
	return true;
}

static bool open_connection(void)
{
	static const uint8_t flags[] = { SYN, SYN | ACK, ACK };

	for (unsigned i = 0; i < 3; i++) {
		struct twin_packet p;
		struct twin_frame f;
		struct twin_out out;

		begin_packet(&p, i & 1);
		p.flags = flags[i];
		p.seq = host[i & 1].nxt;
		p.ack = p.flags & ACK ? host[i & 1].rcv : 0;
		p.topt = p.flags & SYN && host[i & 1].topt;
		twin_packet_build(&p, &f);
		if (!twins_send(p.port, &f, false, &out))
			return false;
		sent(&p, i & 1, out.n);
	}
	return true;
}

#define RULES "table inet t {\n chain c {\n  type filter hook forward priority 0;\n" \
	"  ct state invalid counter drop\n ct state new counter\n ct state established counter\n" \
	" }\n}\n"

static bool run(unsigned long seed)
{
	char name[64];
	bool ok;

	snprintf(name, sizeof(name), "seed %lu", seed);
	twins_name(name);
	state = seed;
	v6 = one_in(3);
	for (unsigned side = 0; side < 2; side++)
		host[side] = (struct host){
			.nxt = draw(1u << 30) * 4, .win = one_in(4) ? 100 : 8000, .topt = one_in(2),
		};
	twins_both(one_in(4) ? "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0" :
			       "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1");
	twins_both(one_in(6) ? "sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1" :
			       "sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=0");
	twins_both(one_in(6) ? "sysctl -qw net.netfilter.nf_conntrack_tcp_ignore_invalid_rst=1" :
			       "sysctl -qw net.netfilter.nf_conntrack_tcp_ignore_invalid_rst=0");
	ok = twins_load(RULES) && (one_in(4) || open_connection());
	for (unsigned i = 0; ok && i < STEPS; i++) {
		ok = step();
		if (ok && (i % 6 == 5 || getenv("TALK")))
			ok = twins_conntrack("-L");
	}
	return ok && twins_watched();
}

/* [FIRST seed [HOW many]] */
int main(int argc, char **argv)
{
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : 150;
	unsigned failed = 0;

	twins_enter();
	if (system("command -v conntrack >/dev/null")) {
		printf("skipped: not installed: conntrack\n");
		return 77;
	}
	twins_both("sysctl -qw net.netfilter.nf_conntrack_acct=1");
	twins_watch("");
	for (unsigned long s = first; s < first + n; s++)
		failed += !run(s);
	printf("%lu talks, %u differ\n", n, failed);
	return failed ? 1 : 0;
}
