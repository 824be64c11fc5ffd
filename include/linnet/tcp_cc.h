/* SPDX-License-Identifier: MIT */
/*
 * LN_TCP_CC_INFO: what a connection's congestion control knows of the path, Linux's tcp_cc_info.
 * Those that tell nothing give no bytes.
 */
#ifndef LINNET_TCP_CC_H
#define LINNET_TCP_CC_H

#include <stdint.h>

struct ln_tcp_bbr_info {
	uint32_t bbr_bw_lo, bbr_bw_hi;	/* bytes/s that the path bears */
	uint32_t bbr_min_rtt;		/* us */
	uint32_t bbr_pacing_gain, bbr_cwnd_gain;	/* times 256 */
};

struct ln_tcp_dctcp_info {
	uint16_t dctcp_enabled;		/* 0: the peer knows no ECN, it is Reno */
	uint16_t dctcp_ce_state;	/* the last data came marked */
	uint32_t dctcp_alpha;		/* times 1024 */
	uint32_t dctcp_ab_ecn, dctcp_ab_tot;	/* bytes of this window: marked, all */
};

union ln_tcp_cc_info {
	struct ln_tcp_dctcp_info dctcp;
	struct ln_tcp_bbr_info bbr;
};

#endif
