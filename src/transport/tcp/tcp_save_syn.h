/* SPDX-License-Identifier: MIT */
/* TCP_SAVE_SYN: a listener's children can tell the headers of the SYN that they came of, once. */
#ifndef LINNET_TRANSPORT_TCP_TCP_SAVE_SYN_H
#define LINNET_TRANSPORT_TCP_TCP_SAVE_SYN_H

#include "transport/tcp/tcp_minisocks.h"

struct tcp_saved_syn {
	u32 len;
	u8 bytes[];		/* from the IP header on, or the link's, to the end of TCP's */
};

/* As the request's listener wants it. Without memory nothing is kept, as Linux. */
void tcp_save_syn(struct request_sock *req, const struct sk_buff *skb);
void tcp_saved_syn_free(struct net *net, struct tcp_saved_syn **syn);

/* TCP_SAVED_SYN: it is gone then. -EINVAL: *len was too small, and says what it takes. */
int tcp_saved_syn_get(struct sock *sk, void *val, u32 *len);

#endif
