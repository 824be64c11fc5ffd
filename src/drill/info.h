/* SPDX-License-Identifier: MIT */
/* TCP_INFO of the connection that the script's packets belong to, by the names of its fields. */
#ifndef LINNET_DRILL_INFO_H
#define LINNET_DRILL_INFO_H

#include "drill/drill.h"

bool info_read(const struct drill *d, struct ln_tcp_info *info);
/* tcpi_snd_cwnd ...; also TCP_ESTABLISHED, TCP_CA_Open, TCPI_OPT_SACK. False: no such name. */
bool info_value(const struct ln_tcp_info *info, const char *name, size_t len, double *v);
/* bbr_bw_lo, dctcp_alpha ...: of TCP_CC_INFO. */
bool cc_info_value(const struct drill *d, const char *name, size_t len, double *v);

#endif
