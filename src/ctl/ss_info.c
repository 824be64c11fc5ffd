/* SPDX-License-Identifier: MIT */
#include "ctl/ss_info.h"

#include "ctl/ctl.h"
#include "transport/tcp/tcp.h"

/* "1min30sec", "9.500ms", "200ms": as coarse as ss is. */
static void put_span(struct strbuf *sb, u64 ms)
{
	u64 minutes = ms / 60000, secs = ms / 1000 % 60;

	ms %= 1000;
	if (minutes) {
		ms = 0;
		sb_printf(sb, "%llumin", ull(minutes));
		if (minutes > 9)
			secs = 0;
	}
	if (secs) {
		if (secs > 9)
			ms = 0;
		sb_printf(sb, "%llu%s", ull(secs), ms ? "." : "sec");
	}
	if (ms)
		sb_printf(sb, "%03llums", ull(ms));
}

void ss_put_timer(struct strbuf *sb, const struct sock_row *row, ktime_t now)
{
	static const char names[][10] = { "off", "on", "keepalive", "timewait", "persist" };
	s64 left = row->timer_expires - now;

	if (!row->timer)
		return;
	sb_printf(sb, " timer:(%s,", names[min(row->timer, (u8)4)]);
	put_span(sb, left > 0 ? (u64)left / NSEC_PER_MSEC : 0);
	sb_printf(sb, ",%u)", row->retransmits);
}

/* There are no inodes; sk is the descriptor. */
void ss_put_details(struct strbuf *sb, const struct sock_row *row)
{
	const struct sock *sk = row->sk;

	sb_puts(sb, " ino:0");
	if (row->fd >= 0)
		sb_printf(sb, " sk:%x", (unsigned)row->fd);
	if (!sk)
		return;
	if (sk->mark)
		sb_printf(sb, " fwmark:0x%x", sk->mark);
	sb_printf(sb, " %c-%c", sk->shutdown & RCV_SHUTDOWN ? '-' : '<',
		  sk->shutdown & SEND_SHUTDOWN ? '-' : '>');
}

void ss_put_memory(struct strbuf *sb, const struct sock_row *row)
{
	const struct sock *sk = row->sk;
	bool tcp = row->kind == SOCKS_TCP;

	if (!sk)
		return;
	sb_printf(sb, " skmem:(r%u,rb%u,t%u,tb%u,f0,w%u,o0,bl0,d%llu)", sk->rmem, sk->rcvbuf,
		  tcp ? 0 : sk->wmem, sk->sndbuf, tcp ? sk->wmem : 0,
		  ull(sk->drops));
}

/*
 * us as ms with %g's six significant digits: 0.012, 200, 1.25, 123457. Three decimals at most are
 * there to be shown.
 */
static void put_ms(struct strbuf *sb, const char *name, u64 us)
{
	u64 unit = 1, whole = us / 1000, frac;
	unsigned decimals = 3;

	while (decimals && us / unit >= 1000000) {
		unit *= 10;
		decimals--;
	}
	us = (us + unit / 2) / unit * unit;
	whole = us / 1000;
	frac = us % 1000 / unit;
	sb_printf(sb, "%s%llu", name, ull(whole));
	while (decimals && frac % 10 == 0) {
		frac /= 10;
		decimals--;
	}
	if (decimals)
		sb_printf(sb, ".%0*llu", (int)decimals, ull(frac));
}

static void put_u(struct strbuf *sb, const char *name, u64 v)
{
	if (v)
		sb_printf(sb, " %s:%llu", name, ull(v));
}

static void put_rate(struct strbuf *sb, const char *name, u64 bytes_per_s)
{
	if (bytes_per_s)
		sb_printf(sb, " %s %llubps", name, ull(bytes_per_s) * 8);
}

static void put_options(struct strbuf *sb, const char *algorithm, const struct ln_tcp_info *i)
{
	if (i->tcpi_options & 1)
		sb_puts(sb, " ts");
	if (i->tcpi_options & 2)
		sb_puts(sb, " sack");
	if (i->tcpi_options & 8)
		sb_puts(sb, " ecn");
	if (i->tcpi_options & 16)
		sb_puts(sb, " ecnseen");
	if (*algorithm)
		sb_printf(sb, " %s", algorithm);
	if (i->tcpi_options & 4)
		sb_printf(sb, " wscale:%u,%u", i->tcpi_snd_wscale, i->tcpi_rcv_wscale);
}

static void put_timing(struct strbuf *sb, const struct ln_tcp_info *i)
{
	/* A listener's or a new socket's first guess says nothing. */
	if (i->tcpi_rto && i->tcpi_rto != 3000000 && i->tcpi_state != TCP_LISTEN)
		put_ms(sb, " rto:", i->tcpi_rto);
	put_u(sb, "backoff", i->tcpi_backoff);
	if (i->tcpi_rtt) {
		put_ms(sb, " rtt:", i->tcpi_rtt);
		put_ms(sb, "/", i->tcpi_rttvar);
	}
	if (i->tcpi_ato)
		put_ms(sb, " ato:", i->tcpi_ato);
}

static void put_volume(struct strbuf *sb, const struct ln_tcp_info *i)
{
	if (i->tcpi_state != TCP_LISTEN) {
		put_u(sb, "mss", i->tcpi_snd_mss);
		put_u(sb, "pmtu", i->tcpi_pmtu);
		put_u(sb, "rcvmss", i->tcpi_rcv_mss);
		put_u(sb, "advmss", i->tcpi_advmss);
	}
	put_u(sb, "cwnd", i->tcpi_snd_cwnd);
	if (i->tcpi_snd_ssthresh < 0xffff)
		put_u(sb, "ssthresh", i->tcpi_snd_ssthresh);
	put_u(sb, "bytes_sent", i->tcpi_bytes_sent);
	put_u(sb, "bytes_retrans", i->tcpi_bytes_retrans);
	put_u(sb, "bytes_acked", i->tcpi_bytes_acked);
	put_u(sb, "bytes_received", i->tcpi_bytes_received);
	put_u(sb, "segs_out", i->tcpi_segs_out);
	put_u(sb, "segs_in", i->tcpi_segs_in);
	put_u(sb, "data_segs_out", i->tcpi_data_segs_out);
	put_u(sb, "data_segs_in", i->tcpi_data_segs_in);
}

/* As ss shows INET_DIAG_BBRINFO: gains as %g of times 1/256. */
static void put_gain(struct strbuf *sb, const char *name, u32 gain)
{
	u32 whole = gain / 256, frac = (u32)(gain % 256 * 100000000ull / 256);
	unsigned digits = whole ? 5 : 6, unit = whole ? 1000 : 100;

	frac = (frac + unit / 2) / unit;
	while (digits && frac % 10 == 0) {
		frac /= 10;
		digits--;
	}
	sb_printf(sb, ",%s:%u", name, whole);
	if (digits)
		sb_printf(sb, ".%0*u", (int)digits, frac);
}

static void put_bbr(struct strbuf *sb, struct sock *sk, const char *algorithm)
{
	union ln_tcp_cc_info cc;
	const struct ln_tcp_bbr_info *b = &cc.bbr;
	u32 len = sizeof(cc);

	if (strcmp(algorithm, "bbr") ||
	    sk->prot->getsockopt(sk, LN_SOL_TCP, LN_TCP_CC_INFO, &cc, &len) || len < sizeof(*b))
		return;
	sb_printf(sb, " bbr:(bw:%llubps", ull((u64)b->bbr_bw_hi << 32 | b->bbr_bw_lo) * 8);
	put_ms(sb, ",mrtt:", b->bbr_min_rtt);
	if (b->bbr_pacing_gain)
		put_gain(sb, "pacing_gain", b->bbr_pacing_gain);
	if (b->bbr_cwnd_gain)
		put_gain(sb, "cwnd_gain", b->bbr_cwnd_gain);
	sb_puts(sb, ")");
}

static void put_dctcp(struct strbuf *sb, struct sock *sk, const char *algorithm)
{
	union ln_tcp_cc_info cc;
	const struct ln_tcp_dctcp_info *d = &cc.dctcp;
	u32 len = sizeof(cc);

	if (strncmp(algorithm, "dctcp", 5) ||
	    sk->prot->getsockopt(sk, LN_SOL_TCP, LN_TCP_CC_INFO, &cc, &len) || len < sizeof(*d))
		return;
	if (!d->dctcp_enabled) {
		sb_puts(sb, " dctcp:fallback_mode");
		return;
	}
	sb_printf(sb, " dctcp:(ce_state:%u,alpha:%u,ab_ecn:%u,ab_tot:%u)", d->dctcp_ce_state,
		  d->dctcp_alpha, d->dctcp_ab_ecn, d->dctcp_ab_tot);
}

/* Accurate ECN's counters, by the names of struct tcp_info: packets, then bytes of each mark. */
static void put_accecn(struct strbuf *sb, const struct ln_tcp_info *i)
{
	put_u(sb, "received_ce", i->tcpi_received_ce);
	put_u(sb, "delivered_e1_bytes", i->tcpi_delivered_e1_bytes);
	put_u(sb, "delivered_e0_bytes", i->tcpi_delivered_e0_bytes);
	put_u(sb, "delivered_ce_bytes", i->tcpi_delivered_ce_bytes);
	put_u(sb, "received_e1_bytes", i->tcpi_received_e1_bytes);
	put_u(sb, "received_e0_bytes", i->tcpi_received_e0_bytes);
	put_u(sb, "received_ce_bytes", i->tcpi_received_ce_bytes);
}

static void put_pace(struct strbuf *sb, const struct ln_tcp_info *i)
{
	if (i->tcpi_rtt && i->tcpi_snd_mss && i->tcpi_snd_cwnd)
		put_rate(sb, "send", (u64)i->tcpi_snd_cwnd * i->tcpi_snd_mss * 1000000 /
				     i->tcpi_rtt);
	if (i->tcpi_state != TCP_LISTEN) {
		put_u(sb, "lastsnd", i->tcpi_last_data_sent);
		put_u(sb, "lastrcv", i->tcpi_last_data_recv);
		put_u(sb, "lastack", i->tcpi_last_ack_recv);
	}
	if (i->tcpi_pacing_rate != UINT64_MAX)
		put_rate(sb, "pacing_rate", i->tcpi_pacing_rate);
	put_rate(sb, "delivery_rate", i->tcpi_delivery_rate);
	put_u(sb, "delivered", i->tcpi_delivered);
	put_u(sb, "delivered_ce", i->tcpi_delivered_ce);
	put_accecn(sb, i);
	if (i->tcpi_delivery_rate_app_limited)
		sb_puts(sb, " app_limited");
	if (i->tcpi_busy_time)
		sb_printf(sb, " busy:%llums", ull(i->tcpi_busy_time) / 1000);
}

static void put_queue(struct strbuf *sb, const struct ln_tcp_info *i)
{
	put_u(sb, "unacked", i->tcpi_unacked);
	if (i->tcpi_retrans || i->tcpi_total_retrans)
		sb_printf(sb, " retrans:%u/%u", i->tcpi_retrans, i->tcpi_total_retrans);
	put_u(sb, "lost", i->tcpi_lost);
	if (i->tcpi_state != TCP_LISTEN)
		put_u(sb, "sacked", i->tcpi_sacked);
	put_u(sb, "dsack_dups", i->tcpi_dsack_dups);
	if (i->tcpi_reordering != 3)
		put_u(sb, "reordering", i->tcpi_reordering);
	put_u(sb, "reord_seen", i->tcpi_reord_seen);
	if (i->tcpi_rcv_rtt)
		put_ms(sb, " rcv_rtt:", i->tcpi_rcv_rtt);
	if (i->tcpi_state != TCP_LISTEN) {
		put_u(sb, "rcv_space", i->tcpi_rcv_space);
		put_u(sb, "rcv_ssthresh", i->tcpi_rcv_ssthresh);
	}
	put_u(sb, "notsent", i->tcpi_notsent_bytes);
	if (i->tcpi_min_rtt && i->tcpi_min_rtt != UINT32_MAX)
		put_ms(sb, " minrtt:", i->tcpi_min_rtt);
	put_u(sb, "rcv_ooopack", i->tcpi_rcv_ooopack);
	put_u(sb, "snd_wnd", i->tcpi_snd_wnd);
}

void ss_put_tcp_info(struct strbuf *sb, const struct sock_row *row)
{
	struct sock *sk = row->sk;
	char algorithm[TCP_CA_NAME_MAX] = "";
	struct ln_tcp_info info;
	u32 len = sizeof(info), name_len = sizeof(algorithm) - 1;

	memset(&info, 0, sizeof(info));
	if (!sk || sk->prot->getsockopt(sk, LN_SOL_TCP, LN_TCP_INFO, &info, &len))
		return;
	sk->prot->getsockopt(sk, LN_SOL_TCP, LN_TCP_CONGESTION, algorithm, &name_len);
	put_options(sb, algorithm, &info);
	put_timing(sb, &info);
	put_volume(sb, &info);
	put_bbr(sb, sk, algorithm);
	put_dctcp(sb, sk, algorithm);
	put_pace(sb, &info);
	put_queue(sb, &info);
}
