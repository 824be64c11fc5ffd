/* SPDX-License-Identifier: MIT */
/*
 * Flow labels that sockets ask for (ipv6(7), IPV6_FLOWLABEL_MGR; Linux's ip6_flowlabel.c): a label
 * is one socket's or shared, and waits after its last socket for as long as it lingers before
 * another may have it. While one lives that is not for anybody, who sends by IPV6_FLOWINFO_SEND
 * must hold the label. An instance is one process of one user. At most FL_MAX_SIZE of an instance.
 *
 * Not here: labels with extension headers of their own, IPV6_FL_F_REFLECT of TCP.
 */
#ifndef LINNET_TRANSPORT_FLOWLABEL_H
#define LINNET_TRANSPORT_FLOWLABEL_H

#include "transport/sock_rare.h"

#define FL_MAX_SIZE 4096
#define FL_MIN_LINGER_S 6

struct ip6_flowlabel {
	struct list_head list;		/* of netns_sock.flowlabels */
	struct ip6_addr dst;
	u32 label, users;
	u8 share;
	ktime_t lastuse, linger, expires;
};

struct ipv6_fl_socklist {		/* those of one socket, the newest first */
	struct ipv6_fl_socklist *next;
	struct ip6_flowlabel *fl;
};

/* The request's errors: -EINVAL, -EPERM, -EEXIST, -ENOENT, -ESRCH, -ENOBUFS, -ENOPROTOOPT. A label
 * that was asked for without saying which is written into it. */
int ipv6_flowlabel_opt(struct sock *sk, struct ln_in6_flowlabel_req *req);

/* May it be sent by sk? */
bool fl6_sock_may_send(const struct sock *sk, u32 label);

void fl6_free_socklist(struct sock *sk);
void fl6_net_exit(struct net *net);

#endif
