/* SPDX-License-Identifier: MIT */
/* Settings that are no plain numbers, as text: read and written for sysctl.c. */
#ifndef LINNET_CTL_SYSCTL_TEXT_H
#define LINNET_CTL_SYSCTL_TEXT_H

#include "base/fmt.h"
#include "base/netns.h"
#include "net/ipv6/ip6.h"

/* tcp_fastopen_key: one or two of xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx. -EINVAL */
void sysctl_put_fastopen_key(struct net *net, struct strbuf *sb);
int sysctl_set_fastopen_key(struct net *net, const char *text);

/* "0-1,3-127", as Linux writes a large bitmap: n bits, 256 at most. -EINVAL */
void sysctl_put_bits(const u32 *bits, u32 n, struct strbuf *sb);
int sysctl_set_bits(u32 *bits, u32 n, const char *text);

/* ip_local_reserved_ports; an empty text: none. -EINVAL, -ENOMEM */
void sysctl_put_reserved_ports(const struct net *net, struct strbuf *sb);
int sysctl_set_reserved_ports(struct net *net, const char *text);

/* Connections tracked, or chains of the table that they are in. */
void sysctl_put_conntrack(const struct net *net, bool count, struct strbuf *sb);

/* stable_secret: of a device, or (NULL) of those to come; nothing is shown before it is set. */
void sysctl_put_secret(const struct ipv6_devconf *cnf, struct strbuf *sb);
int sysctl_set_secret(struct net *net, struct net_device *dev, const char *text);

#endif
