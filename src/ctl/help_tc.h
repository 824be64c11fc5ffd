/* SPDX-License-Identifier: MIT */
/* What "tc help" prints. */
#ifndef LINNET_CTL_HELP_TC_H
#define LINNET_CTL_HELP_TC_H

#define HELP_TC \
	"Usage: tc [ -s[tatistics] ] qdisc show [ dev DEV ]\n" \
	"       tc qdisc { add | change | replace } dev DEV root QDISC\n" \
	"       tc qdisc delete dev DEV root\n" \
	"QDISC := { pfifo | codel [ CODEL ] | fq_codel [ CODEL ] [ flows N ] [ quantum BYTES ]\n" \
	"           [ memory_limit BYTES ] [ drop_batch N ] | fq [ FQ ] }\n" \
	"CODEL := [ limit PACKETS ] [ target TIME ] [ interval TIME ] [ ce_threshold TIME ]\n" \
	"         [ ecn | noecn ]\n" \
	"FQ := [ limit PACKETS ] [ flow_limit PACKETS ] [ buckets N ] [ orphan_mask MASK ]\n" \
	"      [ quantum BYTES ] [ initial_quantum BYTES ] [ maxrate RATE ]\n" \
	"      [ low_rate_threshold RATE ] [ pacing | nopacing ] [ refill_delay TIME ]\n" \
	"      [ ce_threshold TIME ] [ timer_slack TIME ] [ horizon TIME ]\n" \
	"      [ horizon_drop | horizon_cap ] [ bands 3 ] [ priomap B1 ... B16 ]\n" \
	"      [ weights W1 W2 W3 ]\n"

#endif
