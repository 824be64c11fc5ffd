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

union ln_tcp_cc_info {
	struct ln_tcp_bbr_info bbr;
};

#endif
