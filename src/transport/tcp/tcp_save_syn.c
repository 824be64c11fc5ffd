/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_save_syn.h"

enum { SAVE_HEADERS = 1, SAVE_LINK_HEADER = 2 };

void tcp_save_syn(struct request_sock *req, const struct sk_buff *skb)
{
	u8 what = tcp_cold(tcp_sk(req->listener))->save_syn;
	const u8 *from, *end = (const u8 *)tcp_hdr(skb) + tcph_hlen(tcp_hdr(skb));
	struct tcp_saved_syn *syn;

	if (likely(!what))
		return;
	from = what == SAVE_LINK_HEADER ? skb_mac_header(skb) : skb_network_header(skb);
	syn = mem_alloc(&req->c.net->mem, sizeof(*syn) + (size_t)(end - from));
	if (!syn)
		return;
	syn->len = (u32)(end - from);
	memcpy(syn->bytes, from, syn->len);
	req->saved_syn = syn;
}

void tcp_saved_syn_free(struct net *net, struct tcp_saved_syn **syn)
{
	if (*syn)
		mem_free(&net->mem, *syn, sizeof(**syn) + (*syn)->len);
	*syn = NULL;
}

int tcp_saved_syn_get(struct sock *sk, void *val, u32 *len)
{
	struct tcp_cold *cold = tcp_sk(sk)->cold;
	struct tcp_saved_syn *syn = cold ? cold->saved_syn : NULL;

	if (!syn) {
		*len = 0;
		return 0;
	}
	if (*len < syn->len) {
		*len = syn->len;
		return -EINVAL;
	}
	*len = syn->len;
	memcpy(val, syn->bytes, syn->len);
	tcp_saved_syn_free(sock_net(sk), &cold->saved_syn);
	return 0;
}
