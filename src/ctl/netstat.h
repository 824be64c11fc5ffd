/* SPDX-License-Identifier: MIT */
/* netstat -s, and the counters of /proc/net/snmp, snmp6 and /proc/net/netstat. */
#ifndef LINNET_CTL_NETSTAT_H
#define LINNET_CTL_NETSTAT_H

#include "ctl/ctl.h"

/* None of the three: all groups. */
void netstat_stats(struct ctl *c, bool tcp, bool udp, bool raw);
void netstat_stats6(struct ctl *c, bool tcp, bool udp, bool raw);

void proc_net_snmp(struct ctl *c);
void proc_net_snmp6(struct ctl *c);
void proc_net_netstat(struct ctl *c);

#endif
