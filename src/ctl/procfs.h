/* SPDX-License-Identifier: MIT */
/* Files of /proc as `cat` shows them. */
#ifndef LINNET_CTL_PROCFS_H
#define LINNET_CTL_PROCFS_H

#include "ctl/ctl.h"

/* path below /proc/sys. -ENOENT, nothing printed. */
int proc_sys_cat(struct ctl *c, const char *path);

int proc_net_tcp(struct ctl *c);
int proc_net_tcp6(struct ctl *c);
int proc_net_udp(struct ctl *c);
int proc_net_udp6(struct ctl *c);
int proc_net_igmp(struct ctl *c);
int proc_net_igmp6(struct ctl *c);
int proc_net_mcfilter(struct ctl *c);
int proc_net_mcfilter6(struct ctl *c);
int proc_net_raw(struct ctl *c);
int proc_net_raw6(struct ctl *c);
int proc_net_packet(struct ctl *c);
int proc_net_sockstat(struct ctl *c);
int proc_net_sockstat6(struct ctl *c);

void netstat_groups(struct ctl *c, bool v4, bool v6);	/* netstat -g */

#endif
