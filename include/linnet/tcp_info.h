/* SPDX-License-Identifier: MIT */
/*
 * What LN_TCP_INFO tells of a connection: Linux 6.18's struct tcp_info, all 280 bytes, same layout.
 * Times in us but for those with _ms in their remark; sequences of bytes unless said else.
 * Of a listener only tcpi_state and the two lengths of its accept queue (tcpi_unacked: how many
 * wait, tcpi_sacked: at most) mean something.
 */
#ifndef LINNET_TCP_INFO_H
#define LINNET_TCP_INFO_H

#include <stdint.h>

enum {		/* tcpi_options */
	LN_TCPI_OPT_TIMESTAMPS = 1, LN_TCPI_OPT_SACK = 2, LN_TCPI_OPT_WSCALE = 4,
	LN_TCPI_OPT_ECN = 8, LN_TCPI_OPT_ECN_SEEN = 16, LN_TCPI_OPT_SYN_DATA = 32,
	LN_TCPI_OPT_USEC_TS = 64, LN_TCPI_OPT_TFO_CHILD = 128,
};

struct ln_tcp_info {
	uint8_t tcpi_state, tcpi_ca_state;	/* 1 ESTABLISHED ...; 0 Open ... 4 Loss */
	uint8_t tcpi_retransmits;		/* timeouts in a row */
	uint8_t tcpi_probes, tcpi_backoff, tcpi_options;
	uint8_t tcpi_snd_wscale : 4, tcpi_rcv_wscale : 4;
	uint8_t tcpi_delivery_rate_app_limited : 1, tcpi_fastopen_client_fail : 2;
	uint32_t tcpi_rto, tcpi_ato, tcpi_snd_mss, tcpi_rcv_mss;
	uint32_t tcpi_unacked, tcpi_sacked, tcpi_lost, tcpi_retrans;	/* segments */
	uint32_t tcpi_fackets;			/* always 0, as in Linux since 4.15 */
	uint32_t tcpi_last_data_sent;		/* ms ago; the next three too */
	uint32_t tcpi_last_ack_sent;		/* always 0, as in Linux */
	uint32_t tcpi_last_data_recv, tcpi_last_ack_recv;
	uint32_t tcpi_pmtu, tcpi_rcv_ssthresh, tcpi_rtt, tcpi_rttvar;
	uint32_t tcpi_snd_ssthresh, tcpi_snd_cwnd;	/* segments */
	uint32_t tcpi_advmss, tcpi_reordering, tcpi_rcv_rtt, tcpi_rcv_space, tcpi_total_retrans;
	uint64_t tcpi_pacing_rate, tcpi_max_pacing_rate;	/* bytes/s */
	uint64_t tcpi_bytes_acked, tcpi_bytes_received;
	uint32_t tcpi_segs_out, tcpi_segs_in, tcpi_notsent_bytes, tcpi_min_rtt;
	uint32_t tcpi_data_segs_in, tcpi_data_segs_out;
	uint64_t tcpi_delivery_rate;		/* bytes/s */
	uint64_t tcpi_busy_time;		/* with data to send; of it limited by */
	uint64_t tcpi_rwnd_limited, tcpi_sndbuf_limited;
	uint32_t tcpi_delivered, tcpi_delivered_ce;	/* segments */
	uint64_t tcpi_bytes_sent, tcpi_bytes_retrans;
	uint32_t tcpi_dsack_dups, tcpi_reord_seen, tcpi_rcv_ooopack;	/* events */
	uint32_t tcpi_snd_wnd, tcpi_rcv_wnd;
	uint32_t tcpi_rehash;			/* changes of the flow label: always 0 */
	uint16_t tcpi_total_rto;		/* timeouts, those of SYNs too */
	uint16_t tcpi_total_rto_recoveries;	/* runs of timeouts, */
	uint32_t tcpi_total_rto_time;		/* ms that they took */
	uint32_t tcpi_received_ce;		/* segments; from here on Accurate ECN */
	uint32_t tcpi_delivered_e1_bytes, tcpi_delivered_e0_bytes, tcpi_delivered_ce_bytes;
	uint32_t tcpi_received_e1_bytes, tcpi_received_e0_bytes, tcpi_received_ce_bytes;
	uint16_t tcpi_accecn_fail_mode, tcpi_accecn_opt_seen;
};

#endif
