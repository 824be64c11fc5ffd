/* SPDX-License-Identifier: MIT */
#include "drill/info.h"

#include <linnet/tcp_cc.h>

#define FIELD(f) { "tcpi_" #f, offsetof(struct ln_tcp_info, tcpi_##f), \
		   sizeof(((struct ln_tcp_info *)0)->tcpi_##f) }

static const struct {
	const char *name;
	u16 offset, size;
} fields[] = {
	FIELD(state), FIELD(ca_state), FIELD(retransmits), FIELD(probes), FIELD(backoff),
	FIELD(options), FIELD(rto), FIELD(ato), FIELD(snd_mss), FIELD(rcv_mss), FIELD(unacked),
	FIELD(sacked), FIELD(lost), FIELD(retrans), FIELD(fackets), FIELD(last_data_sent),
	FIELD(last_ack_sent), FIELD(last_data_recv), FIELD(last_ack_recv), FIELD(pmtu),
	FIELD(rcv_ssthresh), FIELD(rtt), FIELD(rttvar), FIELD(snd_ssthresh), FIELD(snd_cwnd),
	FIELD(advmss), FIELD(reordering), FIELD(rcv_rtt), FIELD(rcv_space), FIELD(total_retrans),
	FIELD(pacing_rate), FIELD(max_pacing_rate), FIELD(bytes_acked), FIELD(bytes_received),
	FIELD(segs_out), FIELD(segs_in), FIELD(notsent_bytes), FIELD(min_rtt), FIELD(data_segs_in),
	FIELD(data_segs_out), FIELD(delivery_rate), FIELD(busy_time), FIELD(rwnd_limited),
	FIELD(sndbuf_limited), FIELD(delivered), FIELD(delivered_ce), FIELD(bytes_sent),
	FIELD(bytes_retrans), FIELD(dsack_dups), FIELD(reord_seen), FIELD(rcv_ooopack),
	FIELD(snd_wnd), FIELD(rcv_wnd), FIELD(rehash), FIELD(total_rto),
	FIELD(total_rto_recoveries), FIELD(total_rto_time), FIELD(received_ce),
	FIELD(delivered_e1_bytes), FIELD(delivered_e0_bytes), FIELD(delivered_ce_bytes),
	FIELD(received_e1_bytes), FIELD(received_e0_bytes), FIELD(received_ce_bytes),
	FIELD(accecn_fail_mode), FIELD(accecn_opt_seen),
};

static const struct {
	const char *name;
	u32 value;
} constants[] = {
	{ "TCP_ESTABLISHED", 1 }, { "TCP_SYN_SENT", 2 }, { "TCP_SYN_RECV", 3 },
	{ "TCP_FIN_WAIT1", 4 }, { "TCP_FIN_WAIT2", 5 }, { "TCP_TIME_WAIT", 6 },
	{ "TCP_CLOSE", 7 }, { "TCP_CLOSE_WAIT", 8 }, { "TCP_LAST_ACK", 9 }, { "TCP_LISTEN", 10 },
	{ "TCP_CLOSING", 11 }, { "TCP_CA_Open", 0 }, { "TCP_CA_Disorder", 1 },
	{ "TCP_CA_CWR", 2 }, { "TCP_CA_Recovery", 3 }, { "TCP_CA_Loss", 4 },
	{ "TCPI_OPT_TIMESTAMPS", 1 }, { "TCPI_OPT_SACK", 2 }, { "TCPI_OPT_WSCALE", 4 },
	{ "TCPI_OPT_ECN", 8 }, { "TCPI_OPT_ECN_SEEN", 16 }, { "TCPI_OPT_SYN_DATA", 32 },
	{ "TCPI_OPT_TFO_CHILD", 128 },
	{ "TCP_INFINITE_SSTHRESH", 0x7fffffff }, { "True", 1 }, { "False", 0 },
};

#define CC_FIELD(of, f) { #f, offsetof(struct ln_tcp_##of##_info, f), \
			  sizeof(((struct ln_tcp_##of##_info *)0)->f) }

static const struct {
	const char *name;
	u16 offset, size;
} cc_fields[] = {
	CC_FIELD(bbr, bbr_bw_lo), CC_FIELD(bbr, bbr_bw_hi), CC_FIELD(bbr, bbr_min_rtt),
	CC_FIELD(bbr, bbr_pacing_gain), CC_FIELD(bbr, bbr_cwnd_gain),
	CC_FIELD(dctcp, dctcp_enabled), CC_FIELD(dctcp, dctcp_ce_state),
	CC_FIELD(dctcp, dctcp_alpha), CC_FIELD(dctcp, dctcp_ab_ecn),
	CC_FIELD(dctcp, dctcp_ab_tot),
};

/* The connection's socket; before accept() the last one that is open. */
static int info_fd(const struct drill *d)
{
	int fd = -1;

	if (d->conn && d->conn->fd >= 0)
		return d->conn->fd;
	for (unsigned i = 0; i < FDS_MAX; i++)
		if (d->fds[i].used && d->fds[i].stream)
			fd = d->fds[i].live;
	return fd;
}

bool info_read(const struct drill *d, struct ln_tcp_info *info)
{
	u32 len = sizeof(*info);
	int fd = d->w ? info_fd(d) : -1;

	memset(info, 0, sizeof(*info));
	return fd >= 0 &&
	       !d->w->ops->getsockopt(d->w, fd, LN_SOL_TCP, LN_TCP_INFO, info, &len);
}

static bool same(const char *name, const char *s, size_t len)
{
	return strlen(name) == len && !memcmp(name, s, len);
}

bool info_value(const struct ln_tcp_info *info, const char *name, size_t len, double *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++) {
		if (same(constants[i].name, name, len)) {
			*v = constants[i].value;
			return true;
		}
	}
	if (same("tcpi_snd_wscale", name, len) || same("tcpi_rcv_wscale", name, len)) {
		*v = name[5] == 's' ? info->tcpi_snd_wscale : info->tcpi_rcv_wscale;
		return true;
	}
	if (same("tcpi_fastopen_client_fail", name, len)) {
		*v = info->tcpi_fastopen_client_fail;
		return true;
	}
	if (same("tcpi_delivery_rate_app_limited", name, len)) {
		*v = info->tcpi_delivery_rate_app_limited;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *at = (const char *)info + fields[i].offset;
		u64 n = 0;

		if (!same(fields[i].name, name, len))
			continue;
		memcpy(&n, at, fields[i].size);	/* little end first, as all that linnet runs on */
		*v = (double)n;
		return true;
	}
	return false;
}

bool cc_info_value(const struct drill *d, const char *name, size_t len, double *v)
{
	union ln_tcp_cc_info cc = { .bbr = { 0 } };
	u32 size = sizeof(cc);
	int fd = d->w ? info_fd(d) : -1;

	for (size_t i = 0; i < ARRAY_SIZE(cc_fields); i++) {
		u32 n = 0;

		if (!same(cc_fields[i].name, name, len))
			continue;
		if (fd >= 0)
			d->w->ops->getsockopt(d->w, fd, LN_SOL_TCP, LN_TCP_CC_INFO, &cc, &size);
		memcpy(&n, (const char *)&cc + cc_fields[i].offset, cc_fields[i].size);
		*v = n;
		return true;
	}
	return false;
}
