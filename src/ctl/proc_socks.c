/* SPDX-License-Identifier: MIT */
/* /proc/net/tcp and its kin: one line per socket, in the kernel's columns. */
#include "ctl/args.h"
#include "ctl/procfs.h"
#include "ctl/socks.h"
#include "socket/socket.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_sock.h"

struct lines {
	struct ctl *c;
	u16 family;
	u32 n;
};

#define USER_HZ 100
#define COLUMNS \
	"local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "

/* As stored: %08X of each 32 bits in network order. */
static void put_addr(struct lines *l, const struct ip6_addr *a, u16 port)
{
	for (u32 i = l->family == LN_AF_INET6 ? 0 : 3; i < 4; i++)
		sb_printf(l->c->out, "%08X", cpu_to_be32(ip6_u32(a, i)));
	sb_printf(l->c->out, ":%04X ", port);
}

/* Local and remote address, state, queues. */
static void put_common(struct lines *l, const struct sock_row *row)
{
	put_addr(l, &row->saddr, row->sport);
	put_addr(l, &row->daddr, row->dport);
	sb_printf(l->c->out, "%02X %08X:%08X", row->state,
		  row->state == TCP_LISTEN ? 0 : row->wqueue, row->rqueue);
}

static u64 ticks_left(const struct net *net, const struct sock_row *row)
{
	s64 left = row->timer_expires - net->now;

	return row->timer && left > 0 ? (u64)left / (NSEC_PER_SEC / USER_HZ) : 0;
}

/* What only a full socket has: RTO, ATO, quick ACKs, cwnd and ssthresh. */
static void put_tcp_tail(struct strbuf *sb, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	int ssthresh = tp->cong.snd_ssthresh >= TCP_INFINITE_SSTHRESH ? -1 :
		       (int)tp->cong.snd_ssthresh;

	if (sk->c.state == TCP_LISTEN) {
		sb_printf(sb, " 100 0 0 10 0");
		return;
	}
	sb_printf(sb, " %u %u %u %u %d", tp->rtt.rto_us / (1000000 / USER_HZ),
		  tp->ack.ato_ms / (1000 / USER_HZ),
		  (u32)tp->ack.quick << 1 | tcp_in_pingpong_mode(tp),
		  tp->cong.snd_cwnd, ssthresh);
}

static int tcp_line(const struct sock_row *row, void *ctx)
{
	struct lines *l = ctx;
	char tail[64] = "";
	struct strbuf sb;
	size_t start = l->c->out->len;
	int width = 0;

	if (row->family != l->family)
		return 0;
	sb_init(&sb, tail, sizeof(tail));
	if (row->sk)
		put_tcp_tail(&sb, row->sk);
	sb_printf(l->c->out, "%4u: ", l->n++);
	put_common(l, row);
	sb_printf(l->c->out, " %02X:%08X %08X %5u %8u %u %u %016X%s", row->timer,
		  (u32)ticks_left(l->c->net, row), row->retransmits, 0, 0, 0,
		  row->sk ? row->sk->refcnt : 1, 0, tail);
	/* As long as the kernel's lines. */
	if (l->family == LN_AF_INET)
		width = (int)max_t(s64, 0, 149 - (s64)(l->c->out->len - start));
	sb_printf(l->c->out, "%*s\n", width, "");
	return 0;
}

static int dgram_line(const struct sock_row *row, void *ctx)
{
	struct lines *l = ctx;

	if (row->family != l->family)
		return 0;
	sb_printf(l->c->out, "%5u: ", l->n++);
	put_common(l, row);
	sb_printf(l->c->out, " %02X:%08X %08X %5u %8u %u %u %016X %llu", 0, 0, 0, 0, 0, 0,
		  row->sk->refcnt, 0, ull(row->sk->drops));
	sb_putc(l->c->out, '\n');
	return 0;
}

static int list(struct ctl *c, u16 family, enum sock_kind kind, const char *header)
{
	struct lines l = { .c = c, .family = family };

	sb_puts(c->out, header);
	return socks_for_each(c->net, kind, kind == SOCKS_TCP ? tcp_line : dgram_line, &l);
}

int proc_net_tcp(struct ctl *c)
{
	sb_printf(c->out, "%-149s", "  sl  " COLUMNS "inode");
	return list(c, LN_AF_INET, SOCKS_TCP, "\n");
}

int proc_net_udp(struct ctl *c)
{
	return list(c, LN_AF_INET, SOCKS_UDP,
		    "   sl  " COLUMNS "inode ref pointer drops             \n");
}

int proc_net_raw(struct ctl *c)
{
	return list(c, LN_AF_INET, SOCKS_RAW, "  sl  " COLUMNS "inode ref pointer drops\n");
}

#define COLUMNS6 \
	"local_address                         remote_address                        st " \
	"tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

int proc_net_tcp6(struct ctl *c)
{
	return list(c, LN_AF_INET6, SOCKS_TCP, "  sl  " COLUMNS6 "\n");
}

int proc_net_udp6(struct ctl *c)
{
	return list(c, LN_AF_INET6, SOCKS_UDP, "  sl  " COLUMNS6 " ref pointer drops\n");
}

int proc_net_raw6(struct ctl *c)
{
	return list(c, LN_AF_INET6, SOCKS_RAW, "  sl  " COLUMNS6 " ref pointer drops\n");
}

static int packet_line(const struct sock_row *row, void *ctx)
{
	struct lines *l = ctx;

	sb_printf(l->c->out, "%016X %-6u %-4u %04x   %-5d %1d %-6u %-6u %-6u\n", 0,
		  row->sk->refcnt, row->sk->type, row->sport, row->ifindex, 1, row->rqueue, 0, 0);
	return 0;
}

int proc_net_packet(struct ctl *c)
{
	struct lines l = { .c = c };

	sb_puts(c->out, "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
	return socks_for_each(c->net, SOCKS_PACKET, packet_line, &l);
}

/* ---- sockstat ---- */

/* By family, as Linux counts them: TIME-WAITs and memory stand with IPv4's, for both. */
struct count {
	u32 inuse, inuse6, tw;
	u64 memory;
};

static int count_row(const struct sock_row *row, void *ctx)
{
	struct count *n = ctx;

	if (row->state == TCP_TIME_WAIT && row->kind == SOCKS_TCP)
		n->tw++;
	else if (row->family == LN_AF_INET6)
		n->inuse6++;
	else
		n->inuse++;
	if (row->sk)
		n->memory += row->sk->rmem + row->sk->wmem;
	return 0;
}

#define PAGE 4096

int proc_net_sockstat(struct ctl *c)
{
	struct count tcp = { 0 }, udp = { 0 }, raw = { 0 };

	socks_for_each(c->net, SOCKS_TCP, count_row, &tcp);
	socks_for_each(c->net, SOCKS_UDP, count_row, &udp);
	socks_for_each(c->net, SOCKS_RAW, count_row, &raw);
	sb_printf(c->out, "sockets: used %llu\n", ull(c->net->sock->sockets));
	sb_printf(c->out, "TCP: inuse %u orphan %llu tw %u alloc %u mem %llu\n", tcp.inuse,
		  ull(c->net->sock->orphans), tcp.tw, tcp.inuse + tcp.inuse6,
		  ull(div_round_up(tcp.memory, PAGE)));
	sb_printf(c->out, "UDP: inuse %u mem %llu\nUDPLITE: inuse 0\nRAW: inuse %u\n"
		  "FRAG: inuse 0 memory 0\n", udp.inuse,
		  ull(div_round_up(udp.memory, PAGE)), raw.inuse);
	return 0;
}

int proc_net_sockstat6(struct ctl *c)
{
	static const struct {
		enum sock_kind kind;
		char name[12];
	} kinds[] = { { SOCKS_TCP, "TCP6" }, { SOCKS_UDP, "UDP6" }, { SOCKS_RAW, "RAW6" } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct count n = { 0 };

		socks_for_each(c->net, kinds[i].kind, count_row, &n);
		sb_printf(c->out, "%s: inuse %u\n%s", kinds[i].name, n.inuse6,
			  kinds[i].kind == SOCKS_UDP ? "UDPLITE6: inuse 0\n" : "");
	}
	sb_puts(c->out, "FRAG6: inuse 0 memory 0\n");
	return 0;
}
