/* SPDX-License-Identifier: MIT */
/* The details of one socket that ss -i -m -o -e add to its row. */
#ifndef LINNET_CTL_SS_INFO_H
#define LINNET_CTL_SS_INFO_H

#include "base/fmt.h"
#include "ctl/socks.h"

void ss_put_timer(struct strbuf *sb, const struct sock_row *row, ktime_t now);
void ss_put_details(struct strbuf *sb, const struct sock_row *row);
void ss_put_memory(struct strbuf *sb, const struct sock_row *row);
void ss_put_tcp_info(struct strbuf *sb, const struct sock_row *row);

#endif
